//! A plain picture of lines or bars as SVG: axes from zero, even steps, every series with its name.
//!
//! The drawings of `timebank-print` show whole numbers, things or minutes, at even distances under a label each. What was
//! measured has fractions, stands as far apart as its numbers from left to right, and needs the name of a unit on each axis.

use std::fmt::Write;

/// The picture, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
/// Around the field with the lines.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 52.0;
/// Steps of an axis at least; at most a little more than twice as many.
const STEPS_MIN: f64 = 4.0;
/// One for each series, told apart by people who see few colours too (Okabe and Ito).
const COLOURS: [&str; 6] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
];

/// A series of points, from left to right.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// What it is.
    pub(super) name: String,
    /// Where each point stands and how high it is.
    pub(super) points: Vec<(f64, f64)>,
}

/// Where points stand from left to right.
#[derive(Clone, Debug)]
pub(super) enum Across {
    /// As far apart as their numbers, from zero.
    Numbers,
    /// One beside the other, under these names; a point's number is the place of its name.
    Names(Vec<String>),
}

/// A picture.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// What it shows.
    pub(super) title: String,
    /// What stands below.
    pub(super) across_label: String,
    /// What stands at the left.
    pub(super) up_label: String,
    /// Where points stand.
    pub(super) across: Across,
    /// Lines, or bars over names.
    pub(super) series: Vec<Series>,
}

impl Picture {
    /// As SVG.
    pub(super) fn svg(&self) -> String {
        let mut out = String::new();
        self.draw(&mut out).expect("writing to memory cannot fail");
        out
    }

    fn draw(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">"
        )?;
        writeln!(
            out,
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
        )?;
        let title = escaped(&self.title);
        writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{title}</text>"
        )?;
        self.draw_legend(out)?;
        let step = even_step(self.greatest(|point| point.1));
        let top = (self.greatest(|point| point.1) / step).ceil().max(1.0) * step;
        self.draw_up(out, step, top)?;
        match &self.across {
            Across::Numbers => self.draw_lines(out, top)?,
            Across::Names(names) => self.draw_bars(out, names, top)?,
        }
        let below = HEIGHT - 10.0;
        let middle = LEFT + field_width() / 2.0;
        let label = escaped(&self.across_label);
        writeln!(
            out,
            "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"
        )?;
        let label = escaped(&self.up_label);
        let middle = TOP + field_height() / 2.0;
        writeln!(
            out,
            "<text transform=\"translate(18 {middle}) rotate(-90)\" text-anchor=\"middle\">{label}</text>"
        )?;
        writeln!(out, "</svg>")
    }

    fn greatest(&self, of: fn(&(f64, f64)) -> f64) -> f64 {
        let points = self.series.iter().flat_map(|series| &series.points);
        points.map(of).fold(0.0, f64::max)
    }

    fn draw_legend(&self, out: &mut String) -> std::fmt::Result {
        let mut x = LEFT;
        for (index, series) in self.series.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            writeln!(
                out,
                "<rect x=\"{x}\" y=\"34\" width=\"12\" height=\"12\" fill=\"{colour}\"/>"
            )?;
            let name = escaped(&series.name);
            writeln!(out, "<text x=\"{}\" y=\"45\">{name}</text>", x + 17.0)?;
            // Chinese characters are twice as wide as Latin letters.
            let width: usize = series
                .name
                .chars()
                .map(|character| if character.is_ascii() { 7 } else { 13 })
                .sum();
            x += 34.0 + width as f64;
        }
        Ok(())
    }

    fn draw_up(&self, out: &mut String, step: f64, top: f64) -> std::fmt::Result {
        let mut value = 0.0;
        while value <= top * 1.000_001 {
            let y = TOP + field_height() * (1.0 - value / top);
            let right = WIDTH - RIGHT;
            writeln!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>"
            )?;
            let text = number(value);
            let (x, y) = (LEFT - 6.0, y + 4.0);
            writeln!(
                out,
                "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{text}</text>"
            )?;
            value += step;
        }
        Ok(())
    }

    fn draw_lines(&self, out: &mut String, top: f64) -> std::fmt::Result {
        let most = self.greatest(|point| point.0).max(f64::MIN_POSITIVE);
        let place = |(across, up): &(f64, f64)| {
            let x = LEFT + field_width() * across / most;
            let y = TOP + field_height() * (1.0 - up / top);
            (x, y)
        };
        let step = even_step(most);
        let mut value = 0.0;
        while value <= most * 1.000_001 {
            let (x, _) = place(&(value, 0.0));
            let y = HEIGHT - BOTTOM + 18.0;
            let text = number(value);
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>"
            )?;
            value += step;
        }
        for (index, series) in self.series.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let points: Vec<String> = series
                .points
                .iter()
                .map(|point| {
                    let (x, y) = place(point);
                    format!("{x:.1},{y:.1}")
                })
                .collect();
            let points = points.join(" ");
            writeln!(
                out,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
            )?;
        }
        Ok(())
    }

    fn draw_bars(&self, out: &mut String, names: &[String], top: f64) -> std::fmt::Result {
        let share = field_width() / names.len().max(1) as f64;
        let width = share * 0.8 / self.series.len().max(1) as f64;
        for (place, name) in names.iter().enumerate() {
            let middle = LEFT + share * (place as f64 + 0.5);
            let y = HEIGHT - BOTTOM + 18.0;
            let name = escaped(name);
            writeln!(
                out,
                "<text x=\"{middle:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>"
            )?;
        }
        for (index, series) in self.series.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            for (place, value) in &series.points {
                let x = LEFT + share * (place + 0.1) + width * index as f64;
                let height = field_height() * value / top;
                let y = TOP + field_height() - height;
                writeln!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
                )?;
                let (x, y, text) = (x + width / 2.0, y - 4.0, number(*value));
                writeln!(
                    out,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" font-size=\"10\">{text}</text>"
                )?;
            }
        }
        Ok(())
    }
}

fn field_width() -> f64 {
    WIDTH - LEFT - RIGHT
}

fn field_height() -> f64 {
    HEIGHT - TOP - BOTTOM
}

/// A step of 1, 2 or 5 times a power of ten, of which some fit below `most`.
fn even_step(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf((most / STEPS_MIN).log10().floor());
    let steps = [5.0, 2.0, 1.0].map(|times| times * power);
    let fits = |step: &f64| most / step >= STEPS_MIN;
    steps.into_iter().find(fits).unwrap_or(power)
}

/// A number as short as it can be without being wrong.
fn number(value: f64) -> String {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_even_and_some_fit() {
        for (most, step) in [
            (0.0, 1.0),
            (7.0, 1.0),
            (100.0, 20.0),
            (0.9, 0.2),
            (2_100.0, 500.0),
        ] {
            assert!(
                (even_step(most) - step).abs() < 1e-9,
                "{most}: {}",
                even_step(most)
            );
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown: Vec<String> = [0.0, 0.25, 2.5, 12.345, 1_234.5].map(number).to_vec();
        assert_eq!(shown, ["0", "0.25", "2.5", "12.3", "1234"]);
    }

    #[test]
    fn every_point_is_inside_the_picture() {
        for across in [
            Across::Numbers,
            Across::Names(vec!["a".into(), "b".into(), "c".into()]),
        ] {
            let picture = Picture {
                title: "a < b & c".to_owned(),
                across_label: "x".to_owned(),
                up_label: "y".to_owned(),
                across,
                series: vec![Series {
                    name: "s".to_owned(),
                    points: vec![(0.0, 3.0), (1.0, 0.0), (2.0, 17.0)],
                }],
            };
            let svg = picture.svg();
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
            assert!(
                svg.contains("a &lt; b &amp; c") && !svg.contains("NaN") && !svg.contains("=\"-")
            );
        }
    }
}
