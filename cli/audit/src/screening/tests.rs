//! Each rule finds its planted case and leaves an honest near miss alone, with the rules that come with the program, in a
//! city where ordinary life goes on. The cases are the smallest that show what a kind is for; how well the rules do in a
//! whole city is measured elsewhere (`timebank-simulations frauds`).

mod city;
mod people;
mod records;

use super::*;
use city::{City, Plan, person};

#[test]
fn ordinary_life_is_left_alone() {
    let city = City::alive();
    let findings = screen(&city.facts, &Rules::built_in(), Period::ALL);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_city_without_services_gives_nothing() {
    let city = City::empty();
    assert_eq!(screen(&city.facts, &Rules::built_in(), Period::ALL), []);
}

#[test]
fn only_services_of_the_period_count() {
    let mut city = City::alive();
    city.each_other(81, 82, 6);
    let whole = city.findings("pair_both_ways");
    assert_eq!(whole.len(), 1);
    let first = city.facts.calendar.day(city.begin);
    let early = Period {
        from: first,
        to: first.plus_days(2),
    };
    assert_eq!(screen(&city.facts, &Rules::built_in(), early), []);
}

#[test]
fn a_service_that_was_taken_back_counts_no_more() {
    let mut city = City::alive();
    let orders = city.each_other(81, 82, 6);
    for id in orders {
        let order = city.facts.orders.get_mut(&id).unwrap();
        order.reversed = order.ended;
    }
    assert_eq!(city.findings("pair_both_ways"), []);
}

#[test]
fn findings_come_the_gravest_first_and_always_in_the_same_order() {
    let mut city = City::alive();
    city.each_other(81, 82, 6);
    for day in 0..4 {
        city.serve(Plan {
            server: 90,
            recipient: 150,
            day: 40 + day,
            at: 23 * 60,
            minutes: 120,
            ..Plan::default()
        });
    }
    let rules = Rules::built_in();
    let findings = screen(&city.facts, &rules, Period::ALL);
    let kinds: Vec<_> = findings.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, ["pair_both_ways", "night_work"]);
    assert_eq!(findings, screen(&city.facts, &rules, Period::ALL));
    assert!(findings.iter().all(|it| it.score >= 100), "{findings:#?}");
    assert!(findings[0].concerns(person(81)) && findings[0].concerns(person(82)));
    assert_eq!(findings[0].orders().len(), 12);
    assert_eq!(findings[0].evidence_total, 12);
}

#[test]
fn ones_own_rules_take_the_place_of_the_built_in_ones() {
    let mut city = City::alive();
    city.each_other(81, 82, 6);
    let text = Rules::built_in_text();
    let own = text.replacen("each_way_count = 3", "each_way_count = 7", 1);
    assert_ne!(own, text);
    let rules = Rules::read(&own).unwrap();
    assert_eq!(screen(&city.facts, &rules, Period::ALL), []);
}

#[test]
fn a_finding_lists_a_bounded_number_of_entries_and_counts_all() {
    let mut city = City::alive();
    city.each_other(81, 82, 150);
    let findings = city.findings("pair_both_ways");
    assert_eq!(findings[0].evidence.len(), EVIDENCE_MAX);
    assert_eq!(findings[0].evidence_total, 300);
}
