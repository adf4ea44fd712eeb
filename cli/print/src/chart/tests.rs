//! Drawings: what they are never to do, and pages with all of them, kept as files.
//!
//! The files are made anew by `UPDATE_EXPECT=1 cargo test -p timebank-print`; look at them in a browser afterwards.

use expect_test::expect_file;
use ledger_core::message::Language;
use maud::html;

use super::*;
use crate::page::{self, Page, Paper, Tone};
use crate::table::{Column, Table, cell};

fn chart(language: Language, title: &str, unit: Unit) -> Chart<'_> {
    Chart {
        language,
        title,
        unit,
    }
}

fn points(count: u64, value: impl Fn(u64) -> Vec<u64>) -> Vec<Point> {
    let point = |index| Point {
        label: format!("{index}"),
        values: value(index),
    };
    (0..count).map(point).collect()
}

#[test]
fn a_scale_has_few_lines_and_reaches_the_largest() {
    for unit in [Unit::Count, Unit::Minutes] {
        for largest in [0, 1, 3, 9, 59, 61, 100, 121, 999, 60_000, 1 << 40, u64::MAX] {
            let step = unit.step(largest);
            assert!(largest.div_ceil(step) <= TICKS, "{largest} by {step}");
        }
    }
    assert_eq!(Unit::Minutes.step(60_000) % 60, 0);
}

#[test]
fn nothing_is_drawn_outside_whatever_the_numbers() {
    let chart = chart(Language::English, "t", Unit::Count);
    let series = ["a".to_owned(), "b".to_owned()];
    for count in [1, 2, 31, 366, 2_000] {
        let points = points(count, |index| vec![u64::MAX >> (index % 60), index]);
        for drawn in [
            columns(&chart, &series, &points),
            lines(&chart, &series, &points),
        ] {
            assert_within(&drawn.into_string());
        }
    }
    let extreme = [i64::MIN, i64::MAX, 0, -1].map(|value| Bar {
        label: "长".repeat(80),
        value,
        tone: Tone::Plain,
    });
    assert_within(&bars(&chart, &extreme).into_string());
}

/// The numbers of every attribute `name` of `tag` in `text`.
fn attributes(text: &str, tag: &str, name: &str) -> Vec<u64> {
    let opening = format!("<{tag} ");
    let opened = text.split(opening.as_str()).skip(1);
    let named = opened.filter_map(|rest| {
        let within = rest.split('>').next().unwrap();
        let value = within.split(&format!(" {name}=\"")).nth(1);
        let value = value.or_else(|| within.strip_prefix(&format!("{name}=\"")))?;
        Some(value.split('"').next().unwrap().parse().unwrap())
    });
    named.collect()
}

/// Every rectangle lies within the drawing.
fn assert_within(text: &str) {
    let size = text.split("viewBox=\"0 0 ").nth(1).unwrap();
    let height = size
        .split(['"', ' '])
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap();
    let [x, y, wide, high] = ["x", "y", "width", "height"].map(|it| attributes(text, "rect", it));
    assert!(
        [y.len(), wide.len(), high.len()]
            .iter()
            .all(|it| *it == x.len())
    );
    for (index, x) in x.iter().enumerate() {
        assert!(x + wide[index] <= WIDTH, "{x} + {} across", wide[index]);
        assert!(
            y[index] + high[index] <= height,
            "{} + {} down",
            y[index],
            high[index]
        );
    }
}

#[test]
fn labels_are_escaped_and_cut_to_their_room() {
    let chart = chart(Language::English, "<t>", Unit::Count);
    let bar = Bar {
        label: "<script>".repeat(20),
        value: 1,
        tone: Tone::Plain,
    };
    let text = bars(&chart, &[bar]).into_string();
    assert!(!text.contains("<script>") && !text.contains("<t>"));
    assert!(text.contains('…'));
}

#[test]
fn nothing_to_draw_is_said() {
    let chart = chart(Language::English, "t", Unit::Count);
    let series = ["a".to_owned()];
    for drawn in [
        columns(&chart, &series, &[]),
        lines(&chart, &series, &points(3, |_| vec![0])),
        bars(&chart, &[]),
        heat_map(&chart, &[], &[]),
    ] {
        assert!(drawn.into_string().contains("There is nothing to draw."));
    }
}

/// A table that does not fit on one sheet.
fn long_table(language: Language) -> Markup {
    let say = |zh: &'static str, en: &'static str| match language {
        Language::Chinese => zh,
        Language::English => en,
    };
    let mut table = Table::new([
        Column::text(say("规则", "Rule")),
        Column::text(say("程度", "Severity")),
        Column::number(say("时长", "Hours")),
    ]);
    for number in 0..60_u64 {
        table.row([
            cell(format!("hours-a-day-{number}")),
            page::badge(Tone::Warning, say("警告", "warning")),
            cell(crate::figure::hours(number * 95, language)),
        ]);
    }
    table.total([
        cell(say("合计", "Sum")),
        cell(""),
        cell(crate::figure::hours(60 * 59 * 95 / 2, language)),
    ]);
    table.markup(language)
}

/// A page with one of each part.
fn sample(language: Language) -> String {
    let say = |zh: &'static str, en: &'static str| match language {
        Language::Chinese => zh,
        Language::English => en,
    };
    let months: Vec<Point> = (1..=12)
        .map(|month| Point {
            label: format!("2026-{month:02}"),
            values: vec![
                18_000 + month * 731,
                9_000 + month * month * 53,
                month * 250,
            ],
        })
        .collect();
    let series = [
        say("鼓楼区", "Gulou"),
        say("玄武区", "Xuanwu"),
        say("秦淮区", "Qinhuai"),
    ]
    .map(str::to_owned);
    let hours = points(24, |hour| {
        vec![if (7..20).contains(&hour) {
            40 + hour * 3
        } else {
            2
        }]
    });
    let nets = [
        (say("鼓楼区", "Gulou"), 12_345),
        (say("玄武区", "Xuanwu"), -9_800),
        (say("秦淮区", "Qinhuai"), -2_545),
    ]
    .map(|(label, value)| Bar {
        label: label.to_owned(),
        value,
        tone: if value < 0 {
            Tone::Warning
        } else {
            Tone::Plain
        },
    });
    let weeks: Vec<String> = (1..=20).map(|week| format!("W{week:02}")).collect();
    let rows: Vec<HeatRow> = (0..6)
        .map(|street| HeatRow {
            label: format!("{} 32010600{street}", say("街道", "Street")),
            cells: (0..20)
                .map(|week: u64| match (street * 7 + week * 3) % 11 {
                    0 => Heat::Absent,
                    1 | 2 => Heat::Withheld,
                    other => Heat::Value(other * 6 + week),
                })
                .collect(),
        })
        .collect();
    let draw = |zh, en, unit| chart(language, say(zh, en), unit);
    let body = html! {
        (page::tiles([
            (say("服务时长", "Served").to_owned(), crate::figure::hours(1_234_567, language), Tone::Plain),
            (say("守恒", "Conservation").to_owned(), say("成立", "holds").to_owned(), Tone::Good),
            (say("发现", "Findings").to_owned(), "17".to_owned(), Tone::Alarm),
        ]))
        (page::facts([
            (say("链", "Chain").to_owned(), page::identifier("7".repeat(64))),
            (say("账户", "Account").to_owned(), page::identifier(format!("tba1{}", "q".repeat(58)))),
        ]))
        (page::note(Tone::Notice, say("这是各种部件的样张。", "This is a sample of all parts.")))
        (page::section(say("图表", "Charts"), &html! {
            (columns(&draw("各区每月服务时长", "Hours served by district and month", Unit::Minutes), &series, &months))
            (lines(&draw("各区每月服务时长", "Hours served by district and month", Unit::Minutes), &series, &months))
            (columns(&draw("一天中的服务时间", "Services by hour of the day", Unit::Count), &series[..1], &hours))
            (bars(&draw("区际清算净额", "Net of clearing", Unit::Minutes), &nets))
            (heat_map(&draw("各街道每周需求", "Demand by street and week", Unit::Count), &weeks, &rows))
        }))
        (page::section_on_new_sheet(say("表格", "A table"), &long_table(language)))
    };
    let page = Page {
        language,
        title: say("样张", "Sample"),
        subtitle: Some("2026-01-01 – 2026-12-31"),
        footer: say("时间银行 · 样张", "Time bank · sample"),
        paper: Paper::Portrait,
        body,
    };
    page.render()
}

#[test]
fn the_sample_page_is_as_it_was_looked_at() {
    expect_file!["../../tests/snapshots/sample.zh.html"].assert_eq(&sample(Language::Chinese));
    expect_file!["../../tests/snapshots/sample.en.html"].assert_eq(&sample(Language::English));
}

#[test]
fn a_heat_map_by_itself_is_a_file() {
    let rows = [HeatRow {
        label: "鼓楼 <1>".to_owned(),
        cells: vec![Heat::Value(7), Heat::Withheld, Heat::Absent],
    }];
    let columns = ["W01", "W02", "W03"].map(str::to_owned);
    let chart = chart(Language::English, "Demand", Unit::Count);
    let file = heat_map_file(&chart, &columns, &rows);
    expect_file!["../../tests/snapshots/heat_map.svg"].assert_eq(&file);
}
