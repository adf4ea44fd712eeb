//! A heat map: a shade for each row and column, such as street and week.
//!
//! A cell that is withheld to protect people is hatched and says so; it is not a cell with nothing.

use ledger_core::message::Arguments;
use maud::{Markup, PreEscaped, html};

use super::{Chart, WIDTH, drawing, every, fitted, number, text_width};
use crate::sentence::sentence;

/// The shades, lightest first.
const SHADES: [&str; 6] = [
    "#e4eef6", "#bcd6e9", "#8db9d9", "#5a96c2", "#2f72a5", "#124d7d",
];
/// From this shade on, numbers in it are white.
const DARK_FROM: usize = 3;
/// The height of a row, in units of the drawing.
const PITCH: u64 = 24;
/// The widest column.
const COLUMN_MAX: u64 = 90;
/// The widest room for the labels of rows.
const LABELS_MAX: u64 = 200;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heat {
    /// A number.
    Value(u64),
    /// A sum of others: shown without a shade, which would make all others pale.
    Total(u64),
    /// A number that is not told.
    Withheld,
    /// Nothing.
    Absent,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatRow {
    /// What stands before it.
    pub label: String,
    /// A cell for each column.
    pub cells: Vec<Heat>,
}

/// A heat map in its frame, with what its shades mean.
///
/// # Panics
/// When a row has not one cell for each column.
pub fn heat_map(chart: &Chart<'_>, columns: &[String], rows: &[HeatRow]) -> Markup {
    match largest(columns, rows) {
        None => chart.nothing(),
        Some(largest) => chart.framed(
            &legend(chart, rows, largest),
            &drawn(chart, columns, rows, largest, false),
        ),
    }
}

/// A heat map as a file of its own (`.svg`), with its title and what its shades mean in it.
///
/// # Panics
/// When a row has not one cell for each column.
pub fn heat_map_file(chart: &Chart<'_>, columns: &[String], rows: &[HeatRow]) -> String {
    let largest = largest(columns, rows).unwrap_or(0);
    drawn(chart, columns, rows, largest, true).into_string()
}

/// The largest number that is told; none when no cell holds anything.
fn largest(columns: &[String], rows: &[HeatRow]) -> Option<u64> {
    for row in rows {
        assert_eq!(row.cells.len(), columns.len(), "a cell for each column");
    }
    let cells = rows.iter().flat_map(|row| &row.cells);
    cells
        .filter_map(|cell| match cell {
            Heat::Value(value) => Some(*value),
            Heat::Withheld | Heat::Total(_) => Some(0),
            Heat::Absent => None,
        })
        .max()
}

/// The shade of a number that is not zero: as many equal steps as there are shades.
fn shade(value: u64, largest: u64) -> Option<usize> {
    let steps = number(SHADES.len());
    let above = value.checked_sub(1)?;
    let step = super::share(above, largest, steps).min(steps - 1);
    usize::try_from(step).ok()
}

/// What each shade stands for: the first and last number of its step. Empty steps are left out.
fn steps(largest: u64) -> Vec<(usize, u64, u64)> {
    let count = number(SHADES.len());
    // The first number of a step is the least whose share of the shades reaches it.
    let first = |step: u64| {
        let least = (u128::from(step) * u128::from(largest)).div_ceil(u128::from(count));
        u64::try_from(least).unwrap_or(u64::MAX).saturating_add(1)
    };
    let mut steps = Vec::with_capacity(SHADES.len());
    for (place, step) in (0..count).enumerate() {
        let (from, to) = (first(step), first(step + 1).saturating_sub(1).min(largest));
        if from <= to {
            steps.push((place, from, to));
        }
    }
    steps
}

/// The text of a step of the scale.
fn step_text(chart: &Chart<'_>, from: u64, to: u64) -> String {
    let to_text = chart.unit.show(to, chart.language);
    match from == to {
        true => to_text,
        false => format!("{}\u{2013}{to_text}", chart.unit.show(from, chart.language)),
    }
}

fn has(rows: &[HeatRow], wanted: Heat) -> bool {
    rows.iter().any(|row| row.cells.contains(&wanted))
}

fn legend(chart: &Chart<'_>, rows: &[HeatRow], largest: u64) -> Markup {
    let say = |id| sentence(chart.language, id, &Arguments::NONE);
    html! {
        div.legend {
            span { (say("print-scale")) }
            @for (place, from, to) in steps(largest) {
                span { span.patch style=(format!("background:{}", SHADES[place])) {} (step_text(chart, from, to)) }
            }
            @if has(rows, Heat::Withheld) {
                span { span.patch style="background:repeating-linear-gradient(45deg,#fff,#fff 2px,#9aa5b1 2px,#9aa5b1 3px)" {}
                    (say("print-withheld")) }
            }
        }
    }
}

fn drawn(
    chart: &Chart<'_>,
    columns: &[String],
    rows: &[HeatRow],
    largest: u64,
    alone: bool,
) -> Markup {
    let widest = rows.iter().map(|row| text_width(&row.label)).max();
    let left = widest.unwrap_or(0).min(LABELS_MAX) + 10;
    let count = number(columns.len()).max(1);
    let width = ((WIDTH - left) / count).clamp(1, COLUMN_MAX);
    let top = if alone { 56 } else { 6 };
    let body = PITCH * number(rows.len());
    let shown = every(columns.iter().map(String::as_str), width);
    let content = html! {
        defs { pattern id="withheld" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect width="6" height="6" fill="#fff" {}
            line x1="0" x2="0" y1="0" y2="6" stroke="#9aa5b1" stroke-width="2" {}
        } }
        @if alone { (head(chart, rows, largest)) }
        @for (place, row) in rows.iter().enumerate() {
            @let y = top + PITCH * number(place);
            text x="0" y=(y + 16) { (fitted(&row.label, LABELS_MAX)) title { (row.label) } }
            @for (index, (cell, column)) in row.cells.iter().zip(columns).enumerate() {
                (square(chart, *cell, &format!("{}, {column}", row.label), (left + width * number(index), y, width), largest))
            }
            (PreEscaped("\n"))
        }
        @for (index, column) in columns.iter().enumerate().step_by(shown) {
            // Where some are left out, a label begins at its column's edge, else it stands in its middle.
            @let (x, anchor) = if shown > 1 { (width * number(index), "start") } else { (width * number(index) + width / 2, "middle") };
            text x=(left + x) y=(top + body + 16) text-anchor=(anchor) fill="#586573" { (column) }
        }
    };
    drawing(chart.title, top + body + 24, &content)
}

/// The title and the scale of a map that stands by itself.
fn head(chart: &Chart<'_>, rows: &[HeatRow], largest: u64) -> Markup {
    let say = |id| sentence(chart.language, id, &Arguments::NONE);
    let mut x = text_width(&say("print-scale")) + 8;
    let mut patches = Vec::new();
    for (place, from, to) in steps(largest) {
        let text = step_text(chart, from, to);
        let wide = text_width(&text) + 28;
        patches.push((x, SHADES[place], text));
        x += wide;
    }
    if has(rows, Heat::Withheld) {
        patches.push((x, "url(#withheld)", say("print-withheld")));
    }
    html! {
        rect x="0" y="0" width=(WIDTH) height="52" fill="#fff" {}
        text x="0" y="16" font-size="15" font-weight="600" { (chart.title) }
        text x="0" y="40" fill="#586573" { (say("print-scale")) }
        @for (x, fill, text) in patches {
            rect x=(x) y="30" width="12" height="12" fill=(fill) stroke="#9aa5b1" {}
            text x=(x + 16) y="40" fill="#586573" { (text) }
        }
        (PreEscaped("\n"))
    }
}

/// A cell at x, y and of a width.
fn square(
    chart: &Chart<'_>,
    cell: Heat,
    label: &str,
    (x, y, width): (u64, u64, u64),
    largest: u64,
) -> Markup {
    let say = |id| sentence(chart.language, id, &Arguments::NONE);
    let total = matches!(cell, Heat::Total(_));
    let edge = if cell == Heat::Withheld {
        "#9aa5b1"
    } else {
        "#fff"
    };
    let (fill, ink, text, says) = match cell {
        Heat::Total(value) => {
            let text = chart.unit.show_short(value);
            (
                "#fff",
                "#1b2733",
                text,
                chart.unit.show(value, chart.language),
            )
        }
        Heat::Absent => ("#fff", "#586573", String::new(), say("print-absent")),
        Heat::Withheld => (
            "url(#withheld)",
            "#586573",
            String::new(),
            say("print-withheld"),
        ),
        Heat::Value(value) => {
            let shade = shade(value, largest);
            let fill = shade.map_or("#fff", |place| SHADES[place]);
            let dark = shade.is_some_and(|place| place >= DARK_FROM);
            let ink = if dark { "#fff" } else { "#1b2733" };
            let text = chart.unit.show_short(value);
            (fill, ink, text, chart.unit.show(value, chart.language))
        }
    };
    let about = Arguments::NONE.text("label", label).text("value", says);
    let says = sentence(chart.language, "print-point_label", &about);
    html! {
        rect x=(x) y=(y) width=(width) height=(PITCH) fill=(fill) stroke=(edge) stroke-width="0.7" { title { (says) } }
        @if text_width(&text) + 4 <= width && !text.is_empty() {
            text x=(x + width / 2) y=(y + 16) text-anchor="middle" fill=(ink) font-weight=[total.then_some("600")] pointer-events="none" { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_says_of_every_number_which_shade_it_has() {
        for largest in [1_u64, 2, 5, 6, 7, 13, 100, 1_001] {
            let steps = steps(largest);
            for value in 1..=largest {
                let place = shade(value, largest).unwrap();
                let step = steps.iter().find(|(step, ..)| *step == place).unwrap();
                assert!(
                    (step.1..=step.2).contains(&value),
                    "{value} of {largest}: {step:?}"
                );
            }
        }
        assert_eq!(shade(0, 10), None);
    }
}
