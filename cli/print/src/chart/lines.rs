//! Lines from point to point: how series go on in time.

use maud::{Markup, PreEscaped, html};

use super::{COLOURS, Chart, Field, Point, check, drawing, number};

/// The most points that get a dot each.
const DOTS_MAX: usize = 60;
/// Each series has its own strokes, so that a print without colours can be read.
const STROKES: [&str; super::SERIES_MAX] = ["none", "7 3", "2 3", "10 3 2 3", "4 4", "1 2"];

/// A line for each series.
///
/// # Panics
/// When a point has not one value for each series, or there are more series than [`super::SERIES_MAX`].
pub fn lines(chart: &Chart<'_>, series: &[String], points: &[Point]) -> Markup {
    check(series, points);
    let values = points.iter().flat_map(|point| &point.values);
    let largest = values.max().copied().unwrap_or(0);
    if largest == 0 {
        return chart.nothing();
    }
    let field = Field::of(chart, largest);
    let count = number(points.len());
    let x = |index: usize| field.left + field.width * (2 * number(index) + 1) / (2 * count);
    let named = |place: usize| (series.len() > 1).then(|| &series[place]);
    let content = html! {
        (field.scale(chart))
        @for place in 0..series.len() {
            @let corners: Vec<String> = points.iter().enumerate()
                .map(|(index, point)| format!("{},{}", x(index), field.y(point.values[place]))).collect();
            polyline points=(corners.join(" ")) fill="none" stroke=(COLOURS[place]) stroke-width="2"
                stroke-dasharray=(STROKES[place]) stroke-linejoin="round" {}
            @if points.len() <= DOTS_MAX {
                @for (index, point) in points.iter().enumerate() {
                    circle cx=(x(index)) cy=(field.y(point.values[place])) r="3" fill=(COLOURS[place]) {
                        title { (chart.says(&point.label, named(place), point.values[place])) }
                    }
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
