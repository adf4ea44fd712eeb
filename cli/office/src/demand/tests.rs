//! Demand counted over a trial city, and what readers see of it.

use expect_test::expect_file;
use ledger_core::message::Language;
use timebank_wallet::trial::{DISTRICT, OTHER_DISTRICT, STREET, TrialCity, genesis};

use super::page::Shown;
use super::*;
use crate::trial_book::{accept, ask, booked};

/// Founders of one street who ask for something.
const ASKING: [&str; 6] = ["chen", "mother", "li", "clerk", "social", "registrar"];

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn demand(city: &TrialCity, weeks: u32) -> Demand {
    let booked = booked(city);
    let begin = genesis().calendar.day(genesis().time_ms);
    Demand::of(&booked.facts, Weeks::from(begin, weeks).unwrap()).unwrap()
}

#[test]
fn weeks_begin_on_mondays_and_there_are_some_and_not_too_many() {
    let weeks = Weeks::from(day("2026-11-22"), 2).unwrap();
    let mondays: Vec<Day> = weeks.mondays().collect();
    assert_eq!(mondays, [day("2026-11-16"), day("2026-11-23")]);
    for (inside, number) in [
        ("2026-11-15", None),
        ("2026-11-16", Some(0)),
        ("2026-11-22", Some(0)),
        ("2026-11-23", Some(1)),
        ("2026-11-29", Some(1)),
        ("2026-11-30", None),
    ] {
        assert_eq!(weeks.number(day(inside)), number, "{inside}");
    }
    assert_eq!(monday(day("2026-11-16")), day("2026-11-16"));
    assert!(Weeks::from(day("2026-11-22"), 0).is_err());
    assert!(Weeks::from(day("2026-11-22"), WEEKS_MAX + 1).is_err());
}

#[test]
fn orders_that_wait_or_lapsed_are_counted_and_those_taken_on_are_not() {
    let city = TrialCity::new();
    for name in ASKING {
        ask(&city, name, 1, 12);
    }
    let taken = ask(&city, "arbiter", 1, 12);
    accept(&city, "chen", taken);
    let now = demand(&city, 2);
    assert_eq!(now.told(Along::All, Along::All, Along::All), Some(6));
    assert_eq!(now.withheld(), 0);
    // What nobody began lapses, and counts; what nobody took on goes on counting.
    city.pass_days(40);
    let later = demand(&city, 2);
    assert_eq!(later.told(Along::All, Along::All, Along::All), Some(7));
    let cells = later.cells(Some(DISTRICT));
    assert!(cells.iter().all(|cell| cell.street == Some(STREET)));
    assert!(!cells.is_empty());
    assert_eq!(later.cells(Some(OTHER_DISTRICT)), []);
}

#[test]
fn what_one_person_asks_for_is_not_told_however_often() {
    let city = TrialCity::new();
    for _ in 0..7 {
        ask(&city, "mother", 1, 12);
    }
    let demand = demand(&city, 3);
    assert_eq!(demand.told(Along::All, Along::All, Along::All), None);
    for shown in [None, Some(DISTRICT)] {
        let shown = Shown {
            demand: &demand,
            district: shown,
        };
        for language in Language::ALL {
            let (page, map) = (shown.page(language), shown.map(language));
            assert!(!page.contains(">7<") && !map.contains(">7<"));
            assert!(page.contains("url(#withheld)") && map.contains("url(#withheld)"));
        }
        let table = shown.table();
        assert!(table.contains(",,yes\r\n"), "{table}");
        assert!(!table.contains(",7,"), "{table}");
    }
}

#[test]
fn a_city_without_orders_has_an_empty_table() {
    let demand = demand(&TrialCity::new(), 4);
    assert_eq!(demand.cells(None), []);
    let shown = Shown {
        demand: &demand,
        district: None,
    };
    assert!(
        shown
            .page(Language::English)
            .contains("Nobody asked in vain.")
    );
    assert_eq!(shown.table().lines().count(), 1);
}

/// Fourteen streets of two districts over a quarter, some of them small.
fn made_up() -> Demand {
    let streets: Vec<_> = (0..14_u64)
        .map(|at| {
            let district = if at < 8 { 320_102 } else { 320_106 };
            let street = OrganisationId(district * 1_000 + 1 + at);
            (street, OrganisationId(district))
        })
        .collect();
    let services = [1, 2, 3, 7].map(ServiceCode).to_vec();
    let weeks = Weeks::from(day("2026-08-24"), 13).unwrap();
    let mut cube = Cube::new([14, 4, 13]).unwrap();
    for street in 0..14 {
        for service in 0..4 {
            for week in 0..13 {
                let busy = (14 - street) * (5 - service) * (2 + (week * 5 + street) % 7) / 9;
                for person in 0..busy {
                    let person = u8::try_from(person + 60 * service).unwrap();
                    cube.count(
                        [street, service, week],
                        ledger_core::id::AccountId([person; 20]),
                    );
                }
            }
        }
    }
    Demand {
        streets,
        services,
        weeks: weeks.mondays().collect(),
        height: Height(88_214),
        time_ms: genesis().time_ms,
        protected: Protected::of(cube),
    }
}

#[test]
fn a_demand_table_looks_as_it_did() {
    let demand = made_up();
    let city = Shown {
        demand: &demand,
        district: None,
    };
    let district = Shown {
        district: Some(DISTRICT),
        ..city
    };
    expect_file!["../../tests/snapshots/demand.zh.html"].assert_eq(&city.page(Language::Chinese));
    expect_file!["../../tests/snapshots/demand.en.html"].assert_eq(&city.page(Language::English));
    expect_file!["../../tests/snapshots/demand.svg"].assert_eq(&city.map(Language::Chinese));
    expect_file!["../../tests/snapshots/demand.csv"].assert_eq(&city.table().replace("\r\n", "\n"));
    expect_file!["../../tests/snapshots/demand-320102.en.html"]
        .assert_eq(&district.page(Language::English));
}

#[test]
fn little_more_is_withheld_than_has_to_be() {
    let demand = made_up();
    let (withheld, besides) = demand.protected.withheld();
    let small = withheld - besides;
    // Small ones cannot protect each other, so that it is a few more than there are of them.
    assert!(
        besides <= small + small / 4,
        "{besides} beside {small} small ones"
    );
    let streets = (0..14).flat_map(|street| (0..13).map(move |week| (street, week)));
    let told = streets
        .map(|(street, week)| demand.told(Along::At(street), Along::All, Along::At(week)))
        .filter(Option::is_some);
    assert!(told.count() > 120, "of 182 on the map");
}
