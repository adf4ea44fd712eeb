//! Cases about how services are reported and verified, and what districts owe each other.

use super::city::{City, Plan, VERIFIERS};
use super::*;
use crate::facts::Origin;

/// One person verifies so many services of these servers on one evening, a minute apart.
fn burst(city: &mut City, verifier: u8, size: u64, servers: &[u8]) {
    burst_on(city, 60, (verifier, size, 1), servers);
}

/// The same on some day, so many a minute.
fn burst_on(city: &mut City, day: u64, (verifier, size, a_minute): (u8, u64, u64), servers: &[u8]) {
    for turn in 0..size {
        let place = usize::try_from(turn).unwrap() % servers.len();
        city.serve(Plan {
            server: servers[place],
            recipient: 101 + u8::try_from(turn % 20).unwrap(),
            day,
            at: 6 * 60 + turn * 30,
            minutes: 15,
            verifier,
            verified_at: 20 * 60 + turn / a_minute,
            ..Plan::default()
        });
    }
}

#[test]
fn finds_many_verifications_at_once_about_a_few_people() {
    let mut city = City::alive();
    burst(&mut city, 201, 24, &[81, 82]);
    let finding = city.finds("verifier_burst", &[201, 81, 82]);
    assert_eq!(finding.figures[0], counted("verifications", 24));
    assert!(
        finding
            .subjects
            .contains(&Subject::Staff(city::staff(201, 201)))
    );
}

#[test]
fn finds_a_burst_beyond_all_proportion_whomever_it_is_about() {
    let mut city = City::alive();
    let many: Vec<u8> = (30..60).collect();
    burst(&mut city, 201, 30, &many);
    city.finds("verifier_burst", &[201]);
}

#[test]
fn tells_all_bursts_of_a_verifier_in_one_finding_and_is_mild_about_haste() {
    let mut city = City::alive();
    for day in [20, 50, 80] {
        burst_on(&mut city, day, (201, 24, 1), &[81, 82]);
    }
    let hasty = city.finds("verifier_burst", &[201, 81, 82]);
    assert_eq!(hasty.severity, Severity::Low);
    assert_eq!(hasty.figures[2], counted("bursts", 3));
    assert_eq!(hasty.orders().len(), 72);
    // Ten a minute: nobody read them.
    burst_on(&mut city, 65, (201, 16, 10), &[83, 84]);
    let unread = city.finds("verifier_burst", &[201, 83, 84]);
    assert_eq!(unread.severity, Severity::Medium);
    assert_eq!(unread.orders().len(), 16);
}

#[test]
fn spares_somebody_who_takes_minutes_for_each_of_a_pile() {
    let mut city = City::alive();
    for turn in 0..40 {
        city.serve(Plan {
            server: 81 + u8::try_from(turn % 2).unwrap(),
            day: 40 + turn / 8,
            late_days: 5 - turn / 8,
            at: 8 * 60 + turn % 8 * 60,
            minutes: 30,
            verified_at: 9 * 60 + turn * 4,
            ..Plan::default()
        });
    }
    city.spares("verifier_burst");
}

#[test]
fn spares_somebody_who_always_verifies_a_pile() {
    let mut city = City::alive();
    for week in 0..10 {
        for turn in 0..16 {
            city.serve(Plan {
                server: 81 + u8::try_from(turn % 2).unwrap(),
                recipient: 101 + u8::try_from(turn).unwrap(),
                day: week * 7,
                at: 8 * 60 + turn * 30,
                minutes: 15,
                verifier: 204,
                verified_at: 16 * 60 + turn,
                ..Plan::default()
            });
        }
    }
    city.spares("verifier_burst");
}

#[test]
fn spares_a_pile_after_a_holiday() {
    let mut city = City::alive();
    let many: Vec<u8> = (30..44).collect();
    burst(&mut city, 201, 14, &many);
    city.spares("verifier_burst");
}

#[test]
fn finds_a_provider_whom_one_person_verifies() {
    let mut city = City::alive();
    for day in 0..14 {
        city.serve(Plan {
            server: 80,
            recipient: 101 + u8::try_from(day % 5).unwrap(),
            day: day * 5,
            at: 16 * 60,
            verifier: 204,
            ..Plan::default()
        });
    }
    let finding = city.finds("verifier_concentration", &[80, 204]);
    assert_eq!(finding.figures[2], counted("services_expected", 0));
}

#[test]
fn spares_the_only_verifier_of_a_street() {
    let mut city = City::empty();
    for day in 0..60 {
        for server in 1..6 {
            city.serve(Plan {
                server,
                recipient: 101 + server,
                day,
                at: 8 * 60 + u64::from(server) * 90,
                ..Plan::default()
            });
        }
    }
    city.spares("verifier_concentration");
}

#[test]
fn spares_a_provider_whose_recipients_all_have_that_verifier() {
    let mut city = City::alive();
    for day in 0..30 {
        // Everybody who serves these two is verified at their service point.
        for (server, recipient) in [(80, 130), (81, 130), (82, 131), (80, 131)] {
            city.serve(Plan {
                server,
                recipient,
                day: day * 3,
                at: 7 * 60 + u64::from(server - 80) * 120 + u64::from(recipient - 130) * 30,
                minutes: 30,
                verifier: 204,
                ..Plan::default()
            });
        }
    }
    city.spares("verifier_concentration");
}

/// Somebody whose office is another street's verifies a service.
fn verified_from_elsewhere(city: &mut City, plan: Plan) {
    let order = city.serve(plan);
    let order = city.facts.orders.get_mut(&order).unwrap();
    let verification = order.verification.as_mut().unwrap();
    verification.verifiers[0].staff.organisation = timebank_wallet::trial::OTHER_STREET;
}

#[test]
fn finds_a_verifier_from_another_street_although_accomplices_share_recipients() {
    let mut city = City::alive();
    for day in 0..36 {
        for server in [80, 81] {
            let plan = Plan {
                server,
                day: day * 2,
                at: 7 * 60 + u64::from(server - 80) * 90,
                ..Plan::default()
            };
            // A third of what each does, the rest is like everybody's.
            if day % 3 == 0 {
                let (recipient, verifier) = (130 + u8::try_from(day % 2).unwrap(), 204);
                verified_from_elsewhere(
                    &mut city,
                    Plan {
                        recipient,
                        verifier,
                        ..plan
                    },
                );
            } else {
                let verifier = VERIFIERS[usize::try_from(day % 3).unwrap()];
                city.serve(Plan { verifier, ..plan });
            }
        }
    }
    let findings = city.findings("verifier_concentration");
    assert_eq!(findings.len(), 2, "{findings:#?}");
    for (finding, server) in findings.iter().zip([80, 81]) {
        assert!(findings.iter().any(|it| it.concerns(city::person(server))));
        assert!(finding.concerns(city::person(204)), "{finding:#?}");
        assert_eq!(finding.figures[0], counted("services_foreign", 12));
        assert_eq!(finding.orders().len(), 12);
    }
}

#[test]
fn spares_somebody_of_another_street_who_stands_in_for_a_colleague() {
    let mut city = City::alive();
    for day in 0..12 {
        for turn in 0..5 {
            verified_from_elsewhere(
                &mut city,
                Plan {
                    server: 80 + turn,
                    recipient: 130 + turn,
                    day: 30 + day,
                    at: 7 * 60 + u64::from(turn) * 90,
                    verifier: 204,
                    ..Plan::default()
                },
            );
        }
        for turn in 0..5 {
            city.serve(Plan {
                server: 80 + turn,
                recipient: 130 + turn,
                day: 50 + day,
                ..Plan::default()
            });
        }
    }
    city.spares("verifier_concentration");
}

/// A clerk signs for people whom these serve, verified by these in turn.
fn desk(city: &mut City, clerk: u8, times: u64, servers: &[u8], verifiers: &[u8]) {
    for turn in 0..times {
        let place = usize::try_from(turn).unwrap();
        city.serve(Plan {
            server: servers[place % servers.len()],
            recipient: 140 + u8::try_from(turn % 6).unwrap(),
            day: 3 + turn * 2,
            at: 18 * 60,
            clerk: Some(clerk),
            verifier: verifiers[place % verifiers.len()],
            ..Plan::default()
        });
    }
}

#[test]
fn finds_a_clerk_whose_orders_one_person_verifies() {
    let mut city = City::alive();
    desk(&mut city, 210, 16, &[81, 82, 83, 84], &[201]);
    city.finds("clerk_verifier_pair", &[210, 201]);
}

#[test]
fn finds_a_clerk_a_verifier_and_the_one_who_serves() {
    let mut city = City::alive();
    desk(&mut city, 210, 11, &[81], &[201]);
    city.finds("clerk_verifier_pair", &[210, 201, 81]);
}

/// What 81 does on a clerk's word is approved so many minutes after the report; the clerk signs for others' services too.
fn at_once(city: &mut City, waited: u64) {
    desk(city, 210, 40, &[82, 83, 84, 85, 86], &VERIFIERS);
    for turn in 0..12 {
        let order = city.serve(Plan {
            server: 81,
            recipient: 140 + u8::try_from(turn % 6).unwrap(),
            day: 4 + turn * 4,
            clerk: Some(210),
            verifier: 201,
            ..Plan::default()
        });
        let order = city.facts.orders.get_mut(&order).unwrap();
        let reported_ms = order.completed.unwrap().time_ms;
        let verification = order.verification.as_mut().unwrap();
        verification.event.time_ms = reported_ms.plus_ms(waited * ledger_core::time::MINUTE_MS);
    }
}

#[test]
fn finds_a_clerk_a_verifier_and_the_one_who_serves_among_much_that_is_honest() {
    let mut city = City::alive();
    at_once(&mut city, 3);
    let finding = city.finds("clerk_verifier_pair", &[210, 201, 81]);
    assert_eq!(finding.figures[0], counted("services_hurried", 12));
    assert_eq!(finding.figures[4], minutes("median_wait", 3));
    assert_eq!(finding.orders().len(), 12);
}

#[test]
fn spares_a_verifier_who_works_off_everybodys_reports_at_once() {
    let mut city = City::alive();
    for order in city.facts.orders.values_mut() {
        let reported_ms = order.completed.unwrap().time_ms;
        let verification = order.verification.as_mut().unwrap();
        if verification.verifiers[0].person == city::person(201) {
            verification.event.time_ms = reported_ms.plus_ms(4 * ledger_core::time::MINUTE_MS);
        }
    }
    at_once(&mut city, 3);
    city.spares("clerk_verifier_pair");
}

#[test]
fn spares_a_clerk_whose_orders_are_verified_by_whoever_is_there() {
    let mut city = City::alive();
    desk(&mut city, 210, 30, &[81, 82, 83, 84], &VERIFIERS);
    city.spares("clerk_verifier_pair");
}

#[test]
fn spares_a_clerk_for_whom_only_one_verifier_may_verify() {
    let mut city = City::empty();
    // Two verifiers in the street, one of them at the clerk's own service point (see `city::staff`).
    for day in 0..40 {
        for (server, point) in [(1, 1), (2, 201)] {
            let order = city.serve(Plan {
                server,
                day,
                at: 9 * 60 + u64::from(server) * 90,
                verifier: if point == 1 { 220 } else { 201 },
                ..Plan::default()
            });
            let order = city.facts.orders.get_mut(&order).unwrap();
            let verification = order.verification.as_mut().unwrap();
            verification.verifiers[0].staff = city::staff(220, point);
        }
    }
    desk(&mut city, 210, 20, &[81, 82, 83], &[201]);
    city.spares("clerk_verifier_pair");
}

#[test]
fn finds_services_reported_at_the_last_moment() {
    let mut city = City::alive();
    for turn in 0..5 {
        city.serve(Plan {
            server: 80,
            day: turn * 6,
            origin: Origin::Recorded,
            late_days: 29 + turn % 2,
            ..Plan::default()
        });
    }
    let finding = city.finds("backdated_at_limit", &[80]);
    assert_eq!(finding.figures[0], counted("services_at_limit", 5));
}

#[test]
fn finds_a_clerk_who_reports_at_the_last_moment_for_different_people() {
    let mut city = City::alive();
    for turn in 0..6 {
        city.serve(Plan {
            server: 81 + u8::try_from(turn).unwrap(),
            day: turn * 6,
            clerk: Some(210),
            origin: Origin::Recorded,
            late_days: 30,
            ..Plan::default()
        });
    }
    city.finds("backdated_at_limit", &[210]);
}

#[test]
fn spares_a_sheet_of_paper_that_comes_once_a_month() {
    let mut city = City::alive();
    for turn in 0..14 {
        city.serve(Plan {
            server: 80,
            day: turn * 2,
            origin: Origin::Recorded,
            late_days: 30 - turn * 2,
            ..Plan::default()
        });
    }
    city.spares("backdated_at_limit");
}

#[test]
fn finds_orders_reported_done_sooner_than_they_take() {
    let mut city = City::alive();
    for turn in 0..5 {
        city.serve(Plan {
            server: 80,
            day: turn * 6,
            minutes: 120,
            // Posted when all but five minutes were over.
            ahead: -115,
            ..Plan::default()
        });
    }
    let finding = city.finds("implausibly_fast", &[80]);
    assert_eq!(finding.figures[3], minutes("shortest_elapsed", 5));
}

#[test]
fn spares_somebody_who_posted_afterwards_twice_and_papers() {
    let mut city = City::alive();
    for turn in 0..20 {
        city.serve(Plan {
            server: 80,
            day: turn * 4,
            minutes: 120,
            ahead: if turn < 2 { -115 } else { 60 },
            ..Plan::default()
        });
        city.serve(Plan {
            server: 81,
            day: turn * 4,
            origin: Origin::Recorded,
            ..Plan::default()
        });
    }
    city.spares("implausibly_fast");
}

#[test]
fn finds_one_piece_of_evidence_for_two_services() {
    let mut city = City::alive();
    for (server, day) in [(80, 10), (81, 20)] {
        city.serve(Plan {
            server,
            day,
            evidence: Some(77),
            ..Plan::default()
        });
    }
    let finding = city.finds("repeated_evidence", &[80, 81]);
    assert_eq!(finding.orders().len(), 2);
}

#[test]
fn spares_shared_rejected_and_absent_evidence() {
    let mut city = City::alive();
    // Two people lift a bed together, and a team that went out together brings one sheet.
    for (server, recipient, evidence) in
        [(80, 101, 77), (81, 101, 77), (84, 102, 79), (85, 103, 79)]
    {
        city.serve(Plan {
            server,
            recipient,
            evidence: Some(evidence),
            ..Plan::default()
        });
    }
    // Rejected for a wrong time, and reported again.
    for (day, again) in [(20, false), (21, true)] {
        let order = city.serve(Plan {
            server: 82,
            day,
            evidence: Some(78),
            ..Plan::default()
        });
        if !again {
            let order = city.facts.orders.get_mut(&order).unwrap();
            order.status = ledger_core::record::order::OrderStatus::Rejected;
        }
    }
    for day in 0..5 {
        city.serve(Plan {
            server: 83,
            day,
            evidence: Some(0),
            ..Plan::default()
        });
    }
    city.spares("repeated_evidence");
}

#[test]
fn finds_two_people_who_verify_each_other() {
    let mut city = City::alive();
    for turn in 0..3 {
        for (server, verifier) in [(205, 206), (206, 205)] {
            city.serve(Plan {
                server,
                verifier,
                day: turn * 7,
                ..Plan::default()
            });
        }
    }
    city.finds("mutual_verification", &[205, 206]);
}

#[test]
fn spares_a_social_worker_who_is_verified_by_others() {
    let mut city = City::alive();
    for turn in 0..9 {
        city.serve(Plan {
            server: 205,
            verifier: VERIFIERS[usize::try_from(turn % 3).unwrap()],
            day: turn * 7,
            ..Plan::default()
        });
        city.serve(Plan {
            server: 201,
            verifier: if turn < 2 { 205 } else { 202 },
            day: turn * 7,
            at: 15 * 60,
            ..Plan::default()
        });
    }
    city.spares("mutual_verification");
}

/// People of the other district are served here, and of this one there: so often in a month, of so many minutes.
fn across(city: &mut City, month: u64, times: u64, minutes: u64, servers: &[u8], back: bool) {
    for turn in 0..times {
        let place = usize::try_from(turn).unwrap();
        city.serve(Plan {
            server: servers[place % servers.len()],
            recipient: if back { 150 } else { 250 },
            day: 5 + month * 30 + turn % 20,
            at: 8 * 60 + (turn / 20) * 200,
            minutes,
            elsewhere: back,
            ..Plan::default()
        });
    }
}

#[test]
fn finds_a_month_in_which_a_flow_between_districts_stands_out() {
    let mut city = City::alive();
    let many: Vec<u8> = (1..20).collect();
    for month in 0..3 {
        across(&mut city, month, 3, 60, &many, false);
        across(&mut city, month, 3, 60, &many, true);
    }
    across(&mut city, 2, 20, 90, &[81, 82], false);
    let findings = city.findings("district_imbalance");
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let finding = &findings[0];
    assert!(finding.concerns(city::person(81)) && finding.concerns(city::person(82)));
    let district = Subject::Organisation(timebank_wallet::trial::OTHER_DISTRICT);
    assert!(finding.subjects.contains(&district));
}

#[test]
fn spares_a_district_that_always_has_more_volunteers() {
    let mut city = City::alive();
    let many: Vec<u8> = (1..20).collect();
    for month in 0..3 {
        across(&mut city, month, 38, 60, &many, false);
        across(&mut city, month, 3, 60, &many, true);
    }
    city.spares("district_imbalance");
}
