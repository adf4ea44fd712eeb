//! Pages made from the catalogues: every rejection with its meaning and remedy, and every state of orders and accounts.
//!
//! To write them anew after a change of the messages: `TIMEBANK_WRITE_DOCS=1 cargo test -p ledger-core --features messages
//! --test pages`, and look at the difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use ledger_core::ledger::Rejection;
use ledger_core::message::{REJECTIONS_CHINESE, REJECTIONS_ENGLISH, WORDS_CHINESE, WORDS_ENGLISH};

/// A group of messages under one heading.
struct Section {
    heading: String,
    messages: Vec<Message>,
}

/// A message and its one attribute.
struct Message {
    id: String,
    text: String,
    attribute: Option<String>,
}

/// The sections of a catalogue, in order.
fn sections(source: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in source.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push(Section {
                heading: heading.to_owned(),
                messages: Vec::new(),
            });
        } else if let Some(attribute) = line.strip_prefix("    .") {
            let (_, text) = attribute.split_once(" = ").expect("an attribute");
            let last = sections.last_mut().and_then(|it| it.messages.last_mut());
            let last = last.expect("an attribute follows its message");
            assert!(last.attribute.is_none(), "`{}` has two attributes", last.id);
            last.attribute = Some(plain(text));
        } else if let Some((id, text)) = line.split_once(" = ") {
            let section = sections.last_mut();
            let section = section.unwrap_or_else(|| panic!("`{id}` stands before any heading"));
            section.messages.push(Message {
                id: id.to_owned(),
                text: plain(text),
                attribute: None,
            });
        } else {
            assert!(
                line.is_empty() || line.starts_with('#'),
                "neither a message nor a heading: {line}"
            );
        }
    }
    sections
}

/// A message with the names of its values in their places: `{ TIME($now_ms) }` as `‹now_ms›`.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, placeable)) = rest.split_once('{') {
        let (inside, after) = placeable.split_once('}').expect("a placeable ends");
        let (_, variable) = inside.rsplit_once('$').expect("a placeable shows a value");
        let name = variable.trim_end_matches([' ', ')']);
        shown.push_str(before);
        shown.push('‹');
        shown.push_str(name);
        shown.push('›');
        rest = after;
    }
    shown.push_str(rest);
    shown.replace('|', "\\|")
}

/// What differs between the pages of the two languages besides the messages.
struct Wording {
    title: &'static str,
    other: &'static str,
    introduction: &'static str,
    columns: [&'static str; 3],
}

const REJECTIONS: [Wording; 2] = [
    Wording {
        title: "# What the ledger refuses, and what to do",
        other: "[中文](rejections.zh-CN.md)",
        introduction: "A transaction that breaks a rule is refused by the node it is handed to; nothing is consumed. The code is \
                       stable; values in ‹…› are the names under `details` in the answer (`docs/api.md`). This page is made from \
                       `ledger-core/messages/en.ftl` by `ledger-core/tests/pages.rs`.",
        columns: ["code", "what happened", "what to do"],
    },
    Wording {
        title: "# 账本拒绝什么，怎么办",
        other: "[English](rejections.md)",
        introduction: "违反规则的交易由收到它的节点拒绝，不消耗任何东西。代码固定不变；‹…› 里的值是回答中 `details` 下的名称（`docs/api.md`）。\
                       本页由 `ledger-core/tests/pages.rs` 根据 `ledger-core/messages/zh.ftl` 生成。",
        columns: ["代码", "发生了什么", "怎么办"],
    },
];

const STATES: [Wording; 2] = [
    Wording {
        title: "# States of orders and accounts",
        other: "[中文](states.zh-CN.md)",
        introduction: "This page is made from `ledger-core/messages/words.en.ftl` by `ledger-core/tests/pages.rs`.",
        columns: ["code", "shown as", "meaning"],
    },
    Wording {
        title: "# 订单与账户的状态",
        other: "[English](states.md)",
        introduction: "本页由 `ledger-core/tests/pages.rs` 根据 `ledger-core/messages/words.zh.ftl` 生成。",
        columns: ["代码", "显示为", "含义"],
    },
];

fn page<'s>(wording: &Wording, sections: impl IntoIterator<Item = &'s Section>) -> String {
    let Wording {
        title,
        other,
        introduction,
        columns: [code, text, attribute],
    } = wording;
    let mut page = format!("{title}\n\n{other}\n\n{introduction}\n");
    for section in sections {
        let rows = section.messages.iter().map(|message| {
            let attribute = message.attribute.as_deref().expect("every one has its own");
            let id = message.id.trim_start_matches("word-");
            format!("| `{id}` | {} | {attribute} |\n", message.text)
        });
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n| {code} | {text} | {attribute} |\n|---|---|---|\n{}",
            section.heading,
            rows.collect::<String>()
        );
    }
    page
}

/// The sections of the words whose states have a meaning.
fn states(source: &str) -> Vec<Section> {
    let mut states = sections(source);
    states.retain(|section| section.messages.iter().any(|it| it.attribute.is_some()));
    for section in &mut states {
        // The rest of the heading says what the file's attributes are.
        let heading = section
            .heading
            .split(['；', ';'])
            .next()
            .unwrap_or_default();
        section.heading = heading.to_owned();
    }
    states
}

/// That `docs/<name>` holds `page`, or writes it when asked to.
fn compare(name: &str, page: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name);
    if std::env::var_os("TIMEBANK_WRITE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the documents can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = written
        .lines()
        .zip(page.lines())
        .find(|(written, made)| written != made);
    assert!(
        written == page,
        "docs/{name} is not what the catalogue says{}; write it anew with TIMEBANK_WRITE_DOCS=1 cargo test -p ledger-core \
         --features messages --test pages",
        differs.map_or_else(String::new, |(_, made)| format!(", from {made:?} on")),
    );
}

#[test]
fn the_page_of_rejections_is_what_the_catalogue_says() {
    let names = ["rejections.md", "rejections.zh-CN.md"];
    let sources = [REJECTIONS_ENGLISH, REJECTIONS_CHINESE];
    for ((name, source), wording) in names.into_iter().zip(sources).zip(&REJECTIONS) {
        compare(name, &page(wording, &sections(source)));
    }
}

#[test]
fn the_page_of_states_is_what_the_catalogue_says() {
    let names = ["states.md", "states.zh-CN.md"];
    let sources = [WORDS_ENGLISH, WORDS_CHINESE];
    for ((name, source), wording) in names.into_iter().zip(sources).zip(&STATES) {
        compare(name, &page(wording, &states(source)));
    }
}

#[test]
fn every_rejection_stands_in_one_section_the_same_in_both_languages() {
    let (english, chinese) = (sections(REJECTIONS_ENGLISH), sections(REJECTIONS_CHINESE));
    let grouped = |sections: &[Section]| -> Vec<Vec<String>> {
        let ids = |section: &Section| section.messages.iter().map(|it| it.id.clone()).collect();
        sections.iter().map(ids).collect()
    };
    assert_eq!(grouped(&english), grouped(&chinese));
    let listed: Vec<String> = grouped(&english).concat();
    let once: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    assert_eq!(listed.len(), once.len());
    assert_eq!(once, Rejection::CODES.iter().copied().collect());
    for section in english.iter().chain(&chinese) {
        assert!(!section.messages.is_empty(), "{} is empty", section.heading);
    }
}

#[test]
fn values_are_shown_by_name() {
    assert_eq!(
        plain("{ $account } has { VALUE($parameter, $least) } at { TIME($now_ms) } | end"),
        "‹account› has ‹least› at ‹now_ms› \\| end"
    );
}
