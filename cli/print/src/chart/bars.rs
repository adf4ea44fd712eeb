//! Bars under each other, each with its label and number: ranks, and sums that may be below nothing.

use maud::{Markup, PreEscaped, html};

use super::{Chart, WIDTH, drawing, fitted, number, share, text_width};
use crate::page::Tone;

/// The height of a bar with its gap, in units of the drawing.
const PITCH: u64 = 24;
/// The widest room for labels; longer ones are cut, and whole when pointed at.
const LABELS_MAX: u64 = 310;

/// A bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What stands before it.
    pub label: String,
    /// Its number; below nothing it goes to the left.
    pub value: i64,
    /// Its colour.
    pub tone: Tone,
}

/// Bars in the order given, with a line at nothing.
pub fn bars(chart: &Chart<'_>, bars: &[Bar]) -> Markup {
    let above = bars.iter().map(|bar| positive(bar.value)).max();
    let below = bars.iter().map(|bar| positive(bar.value.saturating_neg()));
    let (above, below) = (above.unwrap_or(0), below.max().unwrap_or(0));
    let span = above.saturating_add(below);
    if span == 0 {
        return chart.nothing();
    }
    let widest = bars.iter().map(|bar| text_width(&bar.label)).max();
    let labels = widest.unwrap_or(0).min(LABELS_MAX) + 10;
    // Numbers stand beyond the bars' ends, on either side where there are any.
    let numbers = bars.iter().map(|bar| text_width(&shown(chart, bar)));
    let numbers = numbers.max().unwrap_or(0) + 8;
    let before = if below > 0 { numbers } else { 0 };
    let after = if above > 0 { numbers } else { 0 };
    let width = WIDTH.saturating_sub(labels + before + after).max(60);
    let nothing = labels + before + share(below, span, width);
    let height = PITCH * number(bars.len()) + 6;
    let content = html! {
        @for (index, bar) in bars.iter().enumerate() {
            @let y = 3 + PITCH * number(index);
            @let length = share(bar.value.unsigned_abs(), span, width).max(u64::from(bar.value != 0));
            @let (x, text, anchor) = if bar.value < 0 {
                (nothing - length, nothing - length - 5, "end")
            } else {
                (nothing, nothing + length + 5, "start")
            };
            @let says = chart.says(&bar.label, None, bar.value.unsigned_abs());
            text x="0" y=(y + 16) { (fitted(&bar.label, LABELS_MAX)) title { (bar.label) } }
            rect x=(x) y=(y + 3) width=(length) height=(PITCH - 6) fill=(colour(bar.tone)) { title { (says) } }
            text x=(text) y=(y + 16) text-anchor=(anchor) { (shown(chart, bar)) }
            (PreEscaped("\n"))
        }
        line x1=(nothing) x2=(nothing) y1="0" y2=(height) stroke="#586573" {}
    };
    chart.framed(&html! {}, &drawing(chart.title, height, &content))
}

fn shown(chart: &Chart<'_>, bar: &Bar) -> String {
    let value = chart.unit.show(bar.value.unsigned_abs(), chart.language);
    match bar.value < 0 {
        true => format!("\u{2212}{value}"),
        false => value,
    }
}

fn positive(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "#1f6399",
        Tone::Good => "#1f7a4d",
        Tone::Notice => "#6c9cc4",
        Tone::Warning => "#d08a2c",
        Tone::Alarm => "#b3262e",
    }
}
