//! Cases about what people do: hours, nights, each other, gifts, silent accounts.

use super::city::{City, Plan, VERIFIERS, person, staff};
use super::*;
use crate::facts::{AttendanceFacts, AttendanceKind};

/// Somebody serves every day, so many services of so many minutes, for different people.
fn days_of(city: &mut City, server: u8, days: u64, services: u64, minutes: u64) {
    for day in 0..days {
        for turn in 0..services {
            city.serve(Plan {
                server,
                recipient: 101 + u8::try_from((day * 3 + turn) % 20).unwrap(),
                day: 30 + day,
                at: 8 * 60 + turn * (minutes + 15),
                minutes,
                verifier: VERIFIERS[usize::try_from(day % 3).unwrap()],
                verified_at: 17 * 60 + turn,
                ..Plan::default()
            });
        }
    }
}

#[test]
fn finds_days_patched_together_from_many_services() {
    let mut city = City::alive();
    days_of(&mut city, 80, 5, 5, 90);
    let finding = city.finds("hours_a_day", &[80]);
    assert_eq!(finding.figures[4], counted("crowded_days", 5));
}

#[test]
fn finds_more_hours_in_a_month_than_others_have() {
    let mut city = City::alive();
    days_of(&mut city, 80, 25, 2, 165);
    city.finds("hours_a_day", &[80]);
}

#[test]
fn spares_somebody_who_stood_in_for_others_for_a_week() {
    let mut city = City::alive();
    days_of(&mut city, 80, 3, 5, 90);
    days_of(&mut city, 79, 14, 2, 120);
    city.spares("hours_a_day");
}

#[test]
fn spares_night_care_in_shifts() {
    let mut city = City::alive();
    for week in 0..4 {
        for shift in 0..3 {
            city.serve(Plan {
                server: 80,
                recipient: 121,
                day: 30 + week * 7 + shift * 2,
                at: 21 * 60,
                minutes: 480,
                code: 9,
                ..Plan::default()
            });
        }
    }
    city.spares("hours_a_day");
    city.spares("night_work");
}

#[test]
fn spares_long_days_in_a_campaign() {
    let mut city = City::alive();
    days_of(&mut city, 80, 5, 5, 90);
    for day in 0..5 {
        let (start_ms, end_ms) = (city.at(30 + day, 18 * 60), city.at(30 + day, 19 * 60));
        let event = city.event(end_ms);
        city.facts.attendances.push(AttendanceFacts {
            event,
            kind: AttendanceKind::Campaign,
            district: timebank_wallet::trial::DISTRICT,
            organiser: ledger_core::transaction::Signer::Staff(staff(201, 1)),
            attested_by: vec![person(202)],
            start_ms,
            end_ms,
            participants: vec![person(80), person(1), person(2)],
            minutes: 60,
        });
    }
    city.spares("hours_a_day");
}

#[test]
fn finds_two_people_who_serve_each_other() {
    let mut city = City::alive();
    city.each_other(81, 82, 4);
    let finding = city.finds("pair_both_ways", &[81, 82]);
    assert_eq!(finding.figures[0], counted("services_each_way", 4));
}

#[test]
fn spares_neighbours_of_whom_one_does_far_more() {
    let mut city = City::alive();
    city.each_other(81, 82, 3);
    for day in 0..8 {
        city.serve(Plan {
            server: 81,
            recipient: 82,
            day: 50 + day,
            minutes: 120,
            ..Plan::default()
        });
    }
    city.spares("pair_both_ways");
}

#[test]
fn spares_neighbours_who_pay_each_other() {
    let mut city = City::alive();
    for turn in 0..10 {
        for (server, recipient, at) in [(81, 82, 9 * 60), (82, 81, 15 * 60)] {
            city.serve(Plan {
                server,
                recipient,
                day: 4 + turn * 2,
                at,
                minted: false,
                ..Plan::default()
            });
        }
    }
    city.spares("pair_both_ways");
}

#[test]
fn spares_kin_who_look_after_each_other() {
    let mut city = City::alive();
    city.link(81, 82, -100);
    city.each_other(81, 82, 6);
    city.spares("pair_both_ways");
}

#[test]
fn finds_kin_whom_budgets_pay_for_each_other_all_the_time() {
    let mut city = City::alive();
    city.link(81, 82, -100);
    city.each_other(81, 82, 12);
    city.finds("pair_both_ways", &[81, 82]);
}

/// Each serves the next, so often.
fn circle(city: &mut City, members: &[u8], times: u64) {
    for turn in 0..times {
        for (place, server) in members.iter().enumerate() {
            city.serve(Plan {
                server: *server,
                recipient: members[(place + 1) % members.len()],
                day: 10 + turn * 4,
                at: 9 * 60 + u64::try_from(place).unwrap() * 120,
                ..Plan::default()
            });
        }
    }
}

#[test]
fn finds_a_circle_of_people_who_serve_each_other() {
    let mut city = City::alive();
    circle(&mut city, &[81, 84, 82], 4);
    city.finds("service_ring", &[81, 82, 84]);
    city.spares("pair_both_ways");
}

#[test]
fn spares_a_chain_of_services_that_does_not_close() {
    let mut city = City::alive();
    circle(&mut city, &[81, 84, 82], 2);
    for day in 0..6 {
        for (server, recipient) in [(81, 84), (84, 82)] {
            city.serve(Plan {
                server,
                recipient,
                day: 60 + day,
                ..Plan::default()
            });
        }
    }
    city.spares("service_ring");
}

#[test]
fn finds_gifts_that_go_round() {
    let mut city = City::alive();
    for (from, to, day) in [(81, 82, 3), (82, 83, 6), (83, 81, 12)] {
        city.gift(from, to, day, 300);
    }
    let finding = city.finds("gift_ring", &[81, 82, 83]);
    assert_eq!(finding.evidence_total, 3);
}

#[test]
fn finds_gifts_that_go_to_and_fro() {
    let mut city = City::alive();
    for round in 0..3 {
        city.gift(81, 82, round * 20, 240);
        city.gift(82, 81, round * 20 + 5, 240);
    }
    city.finds("gift_ring", &[81, 82]);
}

#[test]
fn spares_a_gift_that_was_paid_back_and_a_generous_grandmother() {
    let mut city = City::alive();
    city.gift(81, 82, 3, 300);
    city.gift(82, 81, 20, 300);
    for week in 0..10 {
        city.gift(85, 86, week * 7, 600);
        city.gift(86, 87, week * 7 + 1, 60);
    }
    // A thank-you that is no return of what was given.
    city.gift(87, 85, 75, 60);
    city.spares("gift_ring");
}

/// An account with so many minutes, silent since the beginning, that gives so much away on one day.
fn emptied(city: &mut City, day: u64, gave: u64) {
    let event = city.event(city.begin);
    let earned = ledger_core::receipt::Entry::Granted {
        budget: ledger_core::id::BudgetId([7; 20]),
        credited: ledger_core::amount::Minutes(1_000),
        repaid: ledger_core::amount::Minutes(0),
        overflow: ledger_core::amount::Minutes(0),
    };
    let begin = city.begin;
    let known = city.account(90);
    known.note_activity(begin);
    known.post(event, &earned);
    city.gift(90, 91, day, gave / 2);
    city.gift(90, 92, day + 1, gave - gave / 2);
}

#[test]
fn finds_an_account_that_was_silent_and_emptied() {
    let mut city = City::alive();
    emptied(&mut city, 200, 950);
    let finding = city.finds("dormant_drained", &[90, 91, 92]);
    assert_eq!(finding.figures[0], days("silent", 200));
}

#[test]
fn finds_a_shorter_silence_that_ends_with_a_new_key_or_a_new_kin_link() {
    for by_key in [true, false] {
        let mut city = City::alive();
        if by_key {
            let event = city.event(city.at(95, 0));
            city.account(90).key_changes.push(event);
        } else {
            city.link(90, 92, 90);
        }
        emptied(&mut city, 100, 700);
        city.finds("dormant_drained", &[90, 91, 92]);
    }
}

#[test]
fn spares_somebody_who_saved_and_spends_a_part_or_was_not_silent_for_long() {
    let mut city = City::alive();
    emptied(&mut city, 200, 500);
    city.spares("dormant_drained");
    let mut city = City::alive();
    city.link(90, 91, -400);
    emptied(&mut city, 100, 950);
    city.spares("dormant_drained");
}

#[test]
fn finds_services_at_night_under_a_code_for_the_day() {
    let mut city = City::alive();
    for day in [20, 30, 40] {
        city.serve(Plan {
            server: 80,
            day,
            at: 23 * 60,
            ..Plan::default()
        });
    }
    let finding = city.finds("night_work", &[80]);
    assert_eq!(finding.figures[0], counted("unusual_nights", 3));
}

#[test]
fn finds_many_services_in_one_night_under_the_code_for_the_night() {
    let mut city = City::alive();
    for day in [20, 30, 40] {
        for turn in 0..3 {
            city.serve(Plan {
                server: 80,
                recipient: 101 + turn,
                day,
                at: 22 * 60 + u64::from(turn) * 90,
                minutes: 75,
                code: 9,
                ..Plan::default()
            });
        }
    }
    city.finds("night_work", &[80]);
}

#[test]
fn spares_two_late_evenings() {
    let mut city = City::alive();
    for day in [20, 30] {
        city.serve(Plan {
            server: 80,
            day,
            at: 21 * 60 + 30,
            minutes: 90,
            ..Plan::default()
        });
    }
    // Ends at a quarter past ten, which is hardly night.
    for day in 40..50 {
        city.serve(Plan {
            server: 80,
            day,
            at: 21 * 60,
            minutes: 75,
            ..Plan::default()
        });
    }
    city.spares("night_work");
}

#[test]
fn finds_somebody_who_is_in_two_districts_at_once() {
    let mut city = City::alive();
    for day in 0..3 {
        for (at, elsewhere) in [(9 * 60, false), (10 * 60 + 5, true)] {
            city.serve(Plan {
                server: 80,
                recipient: if elsewhere { 250 } else { 101 },
                day: day * 5,
                at,
                elsewhere,
                ..Plan::default()
            });
        }
    }
    let finding = city.finds("two_places_at_once", &[80]);
    assert_eq!(finding.figures[1], minutes("shortest_gap", 5));
}

#[test]
fn spares_somebody_who_goes_from_district_to_district() {
    let mut city = City::alive();
    for day in 0..10 {
        for (at, elsewhere) in [(9 * 60, false), (10 * 60 + 30, true)] {
            city.serve(Plan {
                server: 80,
                day: day * 5,
                at,
                elsewhere,
                ..Plan::default()
            });
        }
    }
    city.spares("two_places_at_once");
}
