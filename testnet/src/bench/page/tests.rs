//! The pages of this repository say what their files say; and what a page says of files made up here.

use super::*;
use crate::bench::compare::Postgres;
use crate::bench::growth::{Growth, NodesRun, Validators};
use crate::bench::load::{LevelRun, Load};
use crate::bench::record::Record;
use crate::bench::report::{Machine, Sizes, SizesRow, Taken};
use crate::bench::results::RunResult;
use crate::bench::soak::{Sample, Soak};
use crate::bench::start::Start;

fn report(outcome: Outcome) -> Report {
    Report {
        taken: Taken {
            command: "timebank-testnet bench".to_owned(),
            commit: "abc".to_owned(),
            day: "2026-11-22".to_owned(),
            seconds: 1_234,
            machine: Some(Machine {
                processor: "P".to_owned(),
                cores: 2,
                memory_mb: 24_000,
                system: "linux".to_owned(),
                file_system: Some("ext4".to_owned()),
            }),
        },
        outcome,
    }
}

fn stage(accounts: usize, processor_us: f64) -> Stage {
    let mut result = RunResult::sample();
    result.each.processor_us = processor_us;
    let start = |after, serves_ms| Start {
        after,
        answers_ms: 100,
        serves_ms,
        resident_bytes: 300_000_000,
        waiting_blocks: Some(900),
    };
    Stage {
        accounts,
        result,
        knee: None,
        starts: vec![start(Ending::Stop, 1_500), start(Ending::Kill, 4_000)],
    }
}

/// A file of every kind.
fn results() -> Results {
    let level = |percent| LevelRun {
        percent: Some(percent),
        result: RunResult::sample(),
    };
    let sample = |number: u64| Sample {
        second: number as f64 * 10.0,
        memory: 400_000_000,
        disk: 1_000_000 * number,
        height: number,
    };
    let soak = || {
        let samples = (0..10).map(sample).collect();
        let soak = Soak::of(10, Some(2_000), RunResult::sample(), samples);
        Outcome::Soak(Box::new(soak))
    };
    let record = |row: &str| {
        Outcome::Record(Record {
            seconds: 288.0,
            tables: vec!["| what | share |".to_owned(), row.to_owned()],
            last: "done".to_owned(),
        })
    };
    let late = RunResult {
        late: 1,
        ..RunResult::sample()
    };
    let files = [
        (
            "core",
            record("| gift among 1000000 accounts: whole | 34.1 | raw | 12.3 | 0.36 |"),
        ),
        (
            "postgres",
            Outcome::Postgres(Postgres {
                accounts: 100_000,
                version: "postgres (PostgreSQL) 15".to_owned(),
                ours: vec![RunResult::sample(), late, RunResult::sample()],
                theirs: vec![400.0, 500.0, 600.0],
                ratio: 1.999,
            }),
        ),
        (
            "load",
            Outcome::Load(Load {
                accounts: 100_000,
                knees: vec![RunResult::sample()],
                runs: vec![level(20), level(50), level(80)],
            }),
        ),
        ("gaps", soak()),
        (
            "growth",
            Outcome::Growth(Growth {
                stages: vec![stage(10_000, 200.0), stage(1_000_000, 300.0)],
            }),
        ),
        (
            "validators",
            Outcome::Validators(Validators {
                runs: vec![NodesRun {
                    nodes: 7,
                    result: RunResult::sample(),
                }],
            }),
        ),
        (
            "simulated",
            Outcome::Sizes(Sizes {
                rows: vec![SizesRow {
                    nodes: 31,
                    dead: 0,
                    link_ms_min: 20,
                    link_ms_max: 150,
                    finality_ms_p50: 700,
                    finality_ms_p99: 750,
                    height_ms: 712.4,
                    heights: 20,
                    transactions: 20.0,
                    messages: 2_900.0,
                    bytes_each: 39_000.0,
                }],
            }),
        ),
        ("soak", soak()),
        ("nanjing", record("")),
        (
            "proofs",
            record("| 4 | 1000000 | all signatures | 3222 | 0.10 |"),
        ),
    ];
    let files = files.map(|(name, outcome)| (name.to_owned(), report(outcome)));
    Results(BTreeMap::from(files))
}

fn shown(results: &Results, language: Language, name: &str) -> String {
    let page = format!("before\n{BEGIN}{name} -->\nold\n{END}\nafter\n");
    filled(&page, results, &Voice::new(language)).unwrap()
}

#[test]
fn the_pages_hold_what_their_files_give() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let made = make(&docs).unwrap();
    let mut wrong = Vec::new();
    for (name, text) in &made {
        if fs::read_to_string(docs.join(name)).ok().as_ref() != Some(text) {
            wrong.push(name);
        }
    }
    for entry in fs::read_dir(docs.join("results")).unwrap() {
        let name = format!("results/{}", entry.unwrap().file_name().display());
        if name == "results/.gitkeep" {
            continue;
        }
        let known = made.iter().any(|(made, _)| *made == name)
            || FILES
                .iter()
                .any(|file| name == format!("results/{file}.json"));
        assert!(known, "docs/{name} belongs to no page");
    }
    assert!(
        wrong.is_empty(),
        "not as the files say, run `timebank-testnet bench page`: {wrong:?}"
    );
}

#[test]
fn every_file_has_its_place_on_both_pages() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for (page, ..) in PAGES {
        let text = fs::read_to_string(docs.join(page)).unwrap();
        for name in FILES.into_iter().chain(["goals"]) {
            assert!(
                text.contains(&format!("{BEGIN}{name} -->")),
                "{page}: {name}"
            );
        }
    }
}

#[test]
fn figures_stand_with_how_many_times_the_bound_they_reach() {
    let page = shown(&results(), Language::English, "goals");
    for row in [
        "| **0.80** | 0.60 | core:",
        "| 2.00 | 0.67 | gifts final on four nodes",
        "| 1.98 | 0.74 | finality at 20 %",
        "| 2.97 | 1.19 | finality at half",
        "| 2.08 | 0.42 | Nanjing's",
        "| 6.67 | 1.33 | start to serving",
        "| 1.33 | 0.87 | cost of a transaction",
        "| – | – | check of a balance proof, 100",
    ] {
        assert!(page.contains(row), "{row} is not in\n{page}");
    }
    assert!(page.starts_with("before\n") && page.ends_with("\nafter\n") && !page.contains("old"));
}

/// The long run at half the knee, as it must be.
fn ten_minutes() -> Soak {
    let result = RunResult {
        seconds: 600.0,
        ..RunResult::sample()
    };
    Soak::of(10, Some(2_000), result, Vec::new())
}

/// What the goals called `name` say, of the files made up here with `soak` as the long run and this knee in the file of rates.
fn said(name: &str, soak: Soak, knee: Option<u32>) -> Option<goals::Measured> {
    let mut results = results();
    let soak = report(Outcome::Soak(Box::new(soak)));
    results.0.insert("gaps".to_owned(), soak);
    if let Some(Outcome::Load(load)) = results.0.get_mut("load").map(|it| &mut it.outcome) {
        load.knees[0].offered = knee.unwrap_or_default();
        load.knees.truncate(usize::from(knee.is_some()));
    }
    let goal = goals::GOALS.iter().find(|goal| goal.name == name).unwrap();
    goal.measured(&results)
}

#[test]
fn the_longest_gap_counts_only_of_ten_minutes_at_half_the_knee_with_nothing_lost() {
    let gap = |soak| said("page-goal-gap", soak, Some(64_000));
    let with = |change: fn(&mut Soak)| {
        let mut soak = ten_minutes();
        change(&mut soak);
        soak
    };
    assert_eq!(gap(ten_minutes()), Some((95.0, "gaps")));
    assert_eq!(gap(with(|soak| soak.result.seconds = 300.0)), None);
    assert_eq!(gap(with(|soak| soak.result.applied -= 1)), None);
    assert_eq!(gap(with(|soak| soak.result.offered = 1_200)), None);
    assert_eq!(gap(with(|soak| soak.result.offered = 850)), None);
    assert_eq!(
        gap(with(|soak| soak.result.mix = "orders".to_owned())),
        None
    );
    // Its own knee is not known: then that of the file of rates counts, and without one nothing does.
    let unknown = || with(|soak| soak.knee = None);
    assert_eq!(gap(unknown()), None);
    let found = said("page-goal-gap", unknown(), Some(2_050));
    assert_eq!(found, Some((95.0, "gaps")));
    assert_eq!(said("page-goal-gap", unknown(), None), None);
}

#[test]
fn the_worse_p99_at_half_the_knee_counts() {
    let half = |p99, seconds| {
        let mut soak = ten_minutes();
        soak.result.latency_ms.p99 = p99;
        soak.result.seconds = seconds;
        said("page-goal-half", soak, Some(2_000))
    };
    assert_eq!(half(284.0, 600.0), Some((284.0, "gaps")));
    assert_eq!(half(20.0, 600.0), Some((50.5, "load")));
    assert_eq!(half(284.0, 60.0), Some((50.5, "load")));
}

#[test]
fn the_table_of_turns_tells_what_was_offered_and_whether_it_was_kept_up_with() {
    let page = shown(&results(), Language::English, "postgres");
    for row in [
        "| 1 | 1000 | 1000 | yes | 400 |",
        "| 2 | 1000 | 1000 | no | 500 |",
        "files on ext4; postgres (PostgreSQL) 15\n",
    ] {
        assert!(page.contains(row), "{row} is not in\n{page}");
    }
}

#[test]
fn every_table_can_be_made_in_both_languages_with_figures_and_without() {
    for language in [Language::English, Language::Chinese] {
        for name in FILES {
            let page = shown(&results(), language, name);
            assert!(
                page.contains("2026-11-22") && !page.contains("page-"),
                "{page}"
            );
            let page = shown(&Results::default(), language, name);
            assert!(
                page.contains(&format!("docs/results/{name}.json")),
                "{page}"
            );
        }
        let pictures = pictures::all(&results(), &Voice::new(language));
        assert_eq!(pictures.len(), 6);
        for (_, svg) in pictures {
            assert!(!svg.contains("page-") && !svg.contains("NaN"), "{svg}");
        }
    }
}

#[test]
fn a_table_nobody_knows_is_an_error() {
    let voice = Voice::new(Language::English);
    for page in [
        "<!-- table nothing -->\n<!-- end -->",
        "<!-- table load -->\n",
    ] {
        assert!(filled(page, &Results::default(), &voice).is_err(), "{page}");
    }
}

#[test]
fn what_is_written_can_be_read_again() {
    for (name, report) in results().0 {
        let text = serde_json::to_string(&report).unwrap();
        let again: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text, "{name}");
    }
}
