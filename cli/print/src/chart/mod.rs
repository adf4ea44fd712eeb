//! Drawings of numbers, as SVG: columns, lines, bars, heat maps.
//!
//! Everything is laid out in whole units of the drawing, with integers, so that the same numbers give the same bytes on
//! every machine. Each mark says its number when pointed at, and numbers that fit are written beside it, so that a print
//! without colours says the same.

mod bars;
mod columns;
mod heat_map;
mod lines;

use ledger_core::message::{Arguments, Language};
use maud::{Markup, PreEscaped, html};

use crate::figure::{grouped, hours};
use crate::sentence::sentence;

pub use bars::{Bar, bars};
pub use columns::columns;
pub use heat_map::{Heat, HeatRow, heat_map, heat_map_file};
pub use lines::lines;

/// The width of every drawing, in its own units; about as many as a sheet of A4 has pixels between its margins.
pub(crate) const WIDTH: u64 = 720;
/// The most series of one drawing: as many as there are colours that can be told apart.
pub const SERIES_MAX: usize = 6;
/// The colours of series.
const COLOURS: [&str; SERIES_MAX] = [
    "#1f6399", "#e08a1e", "#3f8f63", "#8a5aa8", "#b3424a", "#7a828c",
];
/// About how many lines a scale has.
const TICKS: u64 = 4;

/// What the numbers of a drawing count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Minutes of service, shown as hours and minutes.
    Minutes,
}

impl Unit {
    /// `value` for people.
    pub(crate) fn show(self, value: u64, language: Language) -> String {
        match self {
            Unit::Count => grouped(value),
            Unit::Minutes => hours(value, language),
        }
    }

    /// `value` where there is little room: hours are rounded down, the exact figure is at the mark.
    fn show_short(self, value: u64) -> String {
        match self {
            Unit::Count => grouped(value),
            Unit::Minutes if value > 0 && value < 60 => "<1".to_owned(),
            Unit::Minutes => grouped(value / 60),
        }
    }

    /// The distance of the lines of a scale up to `largest`: 1, 2 or 5 of a power of ten, in hours for minutes.
    fn step(self, largest: u64) -> u64 {
        let base = match self {
            Unit::Minutes if largest > TICKS * 30 => 60,
            Unit::Minutes => 10,
            Unit::Count => 1,
        };
        let wanted = largest.div_ceil(TICKS).max(1);
        let mut power: u64 = base;
        loop {
            for factor in [1, 2, 5] {
                let step = power.saturating_mul(factor);
                if step >= wanted {
                    return step;
                }
            }
            power = power.saturating_mul(10);
        }
    }
}

/// What every drawing has.
#[derive(Clone, Copy, Debug)]
pub struct Chart<'c> {
    /// The reader's language.
    pub language: Language,
    /// What is drawn.
    pub title: &'c str,
    /// What its numbers count.
    pub unit: Unit,
}

/// A place along a drawing, such as a month, with a number of each series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What stands under it.
    pub label: String,
    /// One number for each series.
    pub values: Vec<u64>,
}

impl Chart<'_> {
    /// The drawing in its frame, under its title.
    fn framed(&self, legend: &Markup, drawing: &Markup) -> Markup {
        html! {
            figure {
                figcaption { (self.title) }
                (legend)
                (drawing)
            }
            (PreEscaped("\n"))
        }
    }

    /// The frame when there is nothing to draw.
    fn nothing(&self) -> Markup {
        let text = sentence(self.language, "print-nothing_drawn", &Arguments::NONE);
        self.framed(&html! {}, &html! { p.nothing { (text) } })
    }

    /// The patches that say which colour is which series; none when there is only one.
    fn legend(&self, series: &[String]) -> Markup {
        html! {
            @if series.len() > 1 { div.legend { @for (name, colour) in series.iter().zip(COLOURS) {
                span { span.patch style=(format!("background:{colour}")) {} (name) }
            } } }
        }
    }

    /// What a mark says when pointed at.
    fn says(&self, label: &str, series: Option<&String>, value: u64) -> String {
        let value = self.unit.show(value, self.language);
        let about = Arguments::NONE.text("label", label).text("value", value);
        match series {
            Some(series) => {
                let about = about.text("series", series);
                sentence(self.language, "print-series_label", &about)
            }
            None => sentence(self.language, "print-point_label", &about),
        }
    }
}

/// Checks what columns and lines are given: as many values as series, and no more series than colours.
fn check(series: &[String], points: &[Point]) {
    assert!(
        (1..=SERIES_MAX).contains(&series.len()),
        "{} series, at most {SERIES_MAX}",
        series.len()
    );
    for point in points {
        assert_eq!(point.values.len(), series.len(), "a value for each series");
    }
}

/// An opened drawing of `height`, to be filled.
fn drawing(title: &str, height: u64, content: &Markup) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(title)
            font-family="Noto Sans, Noto Sans CJK SC, Microsoft YaHei, system-ui, sans-serif" font-size="12" fill="#1b2733" {
            (PreEscaped("\n"))
            (content)
        }
        (PreEscaped("\n"))
    }
}

/// `length` times `value` / `of`; nothing of nothing.
fn share(value: u64, of: u64, length: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(length) / u128::from(of.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// About how wide `text` is in letters of 12 units: Chinese letters are square, others little more than half as wide.
fn text_width(text: &str) -> u64 {
    text.chars()
        .map(|letter| if letter >= '\u{2e80}' { 12 } else { 7 })
        .sum()
}

/// `text`, cut where it would be wider than `width`.
fn fitted(text: &str, width: u64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if text_width(&cut) + 24 > width {
            break;
        }
        cut.push(letter);
    }
    cut.push('…');
    cut
}

/// How many labels of a row to leave out after each that is shown, so that none touches the next.
fn every<'l>(labels: impl Iterator<Item = &'l str>, pitch: u64) -> usize {
    let widest = labels.map(text_width).max().unwrap_or(0) + 8;
    usize::try_from(widest.div_ceil(pitch.max(1)).max(1)).unwrap_or(usize::MAX)
}

/// A count as a coordinate's factor.
fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The field in which columns and lines are drawn.
struct Field {
    left: u64,
    top: u64,
    width: u64,
    height: u64,
    /// The value at the upper edge.
    largest: u64,
    step: u64,
}

impl Field {
    const TOP: u64 = 10;
    const HEIGHT: u64 = 190;
    const FOOT: u64 = 26;

    /// A field for values up to `largest`, with room for the scale's numbers.
    fn of(chart: &Chart<'_>, largest: u64) -> Field {
        let step = chart.unit.step(largest);
        let largest = largest.div_ceil(step).max(1).saturating_mul(step);
        let left = text_width(&chart.unit.show(largest, chart.language)) + 10;
        Field {
            left,
            top: Field::TOP,
            width: WIDTH - left - 4,
            height: Field::HEIGHT,
            largest,
            step,
        }
    }

    const fn bottom(&self) -> u64 {
        self.top + self.height
    }

    /// The height at which `value` is drawn.
    fn y(&self, value: u64) -> u64 {
        self.bottom() - share(value, self.largest, self.height)
    }

    /// The lines of the scale with their numbers.
    fn scale(&self, chart: &Chart<'_>) -> Markup {
        html! {
            @for tick in 0..=self.largest / self.step {
                @let value = tick * self.step;
                @let y = self.y(value);
                line x1=(self.left) x2=(self.left + self.width) y1=(y) y2=(y) stroke=(if tick == 0 { "#586573" } else { "#dde3e8" }) {}
                text x=(self.left - 6) y=(y + 4) text-anchor="end" fill="#586573" { (chart.unit.show(value, chart.language)) }
                (PreEscaped("\n"))
            }
        }
    }

    /// The labels under the field, as many as fit.
    fn labels(&self, points: &[Point]) -> Markup {
        let count = number(points.len()).max(1);
        let shown = every(
            points.iter().map(|point| point.label.as_str()),
            self.width / count,
        );
        html! {
            @for (index, point) in points.iter().enumerate().step_by(shown) {
                @let x = self.left + self.width * (2 * number(index) + 1) / (2 * count);
                text x=(x) y=(self.bottom() + 18) text-anchor="middle" fill="#586573" { (point.label) }
            }
            (PreEscaped("\n"))
        }
    }
}

#[cfg(test)]
mod tests;
