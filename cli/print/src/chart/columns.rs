//! Columns beside each other, series stacked: hours by month, services by hour of the day.

use maud::{Markup, PreEscaped, html};

use super::{COLOURS, Chart, Field, Point, check, drawing, number};

/// The widest column, in units of the drawing.
const COLUMN_MAX: u64 = 56;

/// A column for each point, the series' values stacked in it.
///
/// # Panics
/// When a point has not one value for each series, or there are more series than [`super::SERIES_MAX`].
pub fn columns(chart: &Chart<'_>, series: &[String], points: &[Point]) -> Markup {
    check(series, points);
    let sum = |point: &Point| {
        let values = point.values.iter();
        values.fold(0_u64, |sum, value| sum.saturating_add(*value))
    };
    let largest = points.iter().map(sum).max().unwrap_or(0);
    if largest == 0 {
        return chart.nothing();
    }
    let field = Field::of(chart, largest);
    let count = number(points.len());
    let pitch = field.width / count.max(1);
    let width = (pitch * 7 / 10).clamp(1, COLUMN_MAX);
    let named = |index: usize| (series.len() > 1).then(|| &series[index]);
    let content = html! {
        (field.scale(chart))
        @for (index, point) in points.iter().enumerate() {
            @let middle = field.left + field.width * (2 * number(index) + 1) / (2 * count);
            @for (place, value, from, to) in stacked(&point.values) {
                @let (top, bottom) = (field.y(to), field.y(from));
                // What is there is seen, however little it is.
                @let height = (bottom - top).max(1);
                rect x=(middle - width / 2) y=(bottom - height) width=(width) height=(height) fill=(COLOURS[place]) {
                    title { (chart.says(&point.label, named(place), value)) }
                }
            }
            (PreEscaped("\n"))
        }
        (field.labels(points))
    };
    let height = field.bottom() + Field::FOOT;
    chart.framed(
        &chart.legend(series),
        &drawing(chart.title, height, &content),
    )
}

/// Each value that is not zero: its series, itself, and where it begins and ends above the ground.
fn stacked(values: &[u64]) -> Vec<(usize, u64, u64, u64)> {
    let mut from = 0_u64;
    let mut stacked = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let to = from.saturating_add(*value);
        if *value > 0 {
            stacked.push((place, *value, from, to));
        }
        from = to;
    }
    stacked
}
