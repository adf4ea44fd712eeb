//! A page that is one file: text and style, nothing to fetch, nothing that runs.
//!
//! A policy in the page itself forbids browsers to load or run anything, so that a page with a stranger's text in it could
//! not even if an escape were forgotten. On paper each sheet has its number and what it belongs to at its foot.

use std::fmt::{Display, Write as _};

use ledger_core::message::{Language, legible};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Nothing is loaded, nothing runs; style is in the page, pictures are too.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const STYLE: &str = include_str!("page.css");

/// The paper a page is printed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// A4, upright.
    #[default]
    Portrait,
    /// A4, on its side: for wide tables.
    Landscape,
}

impl Paper {
    const fn size(self) -> &'static str {
        match self {
            Paper::Portrait => "A4 portrait",
            Paper::Landscape => "A4 landscape",
        }
    }
}

/// How serious something is; each has a colour and looks different without colour too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// All is well.
    Good,
    /// Worth a look.
    Notice,
    /// Should be looked at.
    Warning,
    /// Must be looked at.
    Alarm,
}

impl Tone {
    /// The class of its style.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Good => "good",
            Tone::Notice => "notice",
            Tone::Warning => "warning",
            Tone::Alarm => "alarm",
        }
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page<'p> {
    /// The reader's language.
    pub language: Language,
    /// What it is: in the head, and as the window's title.
    pub title: &'p str,
    /// Under the title: whose, of when.
    pub subtitle: Option<&'p str>,
    /// At the foot of each sheet of paper: what a loose sheet belongs to.
    pub footer: &'p str,
    /// What it is printed on.
    pub paper: Paper,
    /// Everything below the title.
    pub body: Markup,
}

impl Page<'_> {
    /// The whole file.
    pub fn render(&self) -> String {
        let locale = match self.language {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        };
        let sheet = format!(
            "@page {{ size: {}; @bottom-left {{ content: \"{}\"; }} }}\n",
            self.paper.size(),
            style_text(self.footer)
        );
        let page = html! {
            (DOCTYPE) (PreEscaped("\n"))
            html lang=(locale) {
                head {
                    (PreEscaped("\n"))
                    meta charset="utf-8"; (PreEscaped("\n"))
                    meta http-equiv="Content-Security-Policy" content=(POLICY); (PreEscaped("\n"))
                    meta name="viewport" content="width=device-width, initial-scale=1"; (PreEscaped("\n"))
                    meta name="referrer" content="no-referrer"; (PreEscaped("\n"))
                    title { (legible(self.title)) } (PreEscaped("\n"))
                    // The style is this crate's own, and the one text in it is escaped for it.
                    style { (PreEscaped("\n")) (PreEscaped(STYLE)) (PreEscaped(sheet)) }
                }
                (PreEscaped("\n"))
                body class=(self.paper.class()) { main {
                    (PreEscaped("\n"))
                    header {
                        h1 { (legible(self.title)) }
                        @if let Some(subtitle) = self.subtitle { p.subtitle { (legible(subtitle)) } }
                    }
                    (PreEscaped("\n"))
                    (self.body)
                    (PreEscaped("\n"))
                } }
            }
            (PreEscaped("\n"))
        };
        page.into_string()
    }
}

impl Paper {
    const fn class(self) -> &'static str {
        match self {
            Paper::Portrait => "portrait",
            Paper::Landscape => "landscape",
        }
    }
}

/// `text` inside the quotes of a style sheet: everything but letters and digits by its code point.
fn style_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in legible(text).chars() {
        if letter.is_alphanumeric() {
            escaped.push(letter);
        } else {
            // Six digits end the escape by themselves. Writing to a string cannot fail.
            let _ = write!(escaped, "\\{:06x}", u32::from(letter));
        }
    }
    escaped
}

/// A part of a page under a heading.
pub fn section(title: &str, body: &Markup) -> Markup {
    html! { section { h2 { (title) } (PreEscaped("\n")) (body) } (PreEscaped("\n")) }
}

/// A part that begins a new sheet of paper.
pub fn section_on_new_sheet(title: &str, body: &Markup) -> Markup {
    html! { section.sheet { h2 { (title) } (PreEscaped("\n")) (body) } (PreEscaped("\n")) }
}

/// A paragraph.
pub fn paragraph(text: &str) -> Markup {
    html! { p { (legible(text)) } (PreEscaped("\n")) }
}

/// A paragraph that stands apart: what a reader must know, coloured by how serious it is.
pub fn note(tone: Tone, text: &str) -> Markup {
    html! { p.note.(tone.class()) { (legible(text)) } (PreEscaped("\n")) }
}

/// Labels and what they stand for, one a line.
pub fn facts(facts: impl IntoIterator<Item = (String, Markup)>) -> Markup {
    html! {
        dl.facts { @for (label, value) in facts {
            div { dt { (label) } dd { (value) } }
            (PreEscaped("\n"))
        } }
        (PreEscaped("\n"))
    }
}

/// The few numbers that matter most, side by side in rows of equal length where that is possible: label and number.
pub fn tiles(tiles: impl IntoIterator<Item = (String, String, Tone)>) -> Markup {
    let tiles: Vec<(String, String, Tone)> = tiles.into_iter().collect();
    let across = match tiles.len() {
        few @ 0..=4 => few.max(1),
        5 | 6 | 9 => 3,
        _ => 4,
    };
    html! {
        div.tiles style=(format!("--across:{across}")) { @for (label, value, tone) in tiles {
            div.tile.(tone.class()) { span.value { (value) } span.label { (label) } }
            (PreEscaped("\n"))
        } }
        (PreEscaped("\n"))
    }
}

/// An id or a hash: in even letters, broken wherever the line ends.
pub fn identifier(id: impl Display) -> Markup {
    html! { code { (id.to_string()) } }
}

/// A word with a colour behind it.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone.class()) { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, footer: &str) -> String {
        let page = Page {
            language: Language::Chinese,
            title,
            subtitle: None,
            footer,
            paper: Paper::Portrait,
            body: html! {},
        };
        page.render()
    }

    #[test]
    fn a_strangers_text_neither_becomes_a_tag_nor_ends_the_style() {
        let text = page("</title><script>", "\"; } </style><script>\n\u{202e}");
        assert!(!text.contains("<script>"));
        assert_eq!(text.matches("</style>").count(), 1);
        assert_eq!(text.matches("</title>").count(), 1);
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn a_page_names_nothing_to_fetch() {
        let text = page("报告", "320100");
        for forbidden in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        assert!(text.contains("default-src 'none'"));
    }
}
