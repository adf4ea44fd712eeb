//! Matching over a trial city, and whether it is fair in the long run.

use ledger_core::record::account::RatingTotal;
use ledger_core::record::policy::PolicyParameter as Parameter;
use ledger_core::time::DAY_MS;
use ledger_core::transaction::government::SetPolicy;
use timebank_wallet::trial::{CITY, DISTRICT, TrialCity, account, genesis, staff};

use super::*;
use crate::trial_book::{accept, ask, booked, serve};

fn match_of(city: &TrialCity, order: OrderId) -> Matched {
    let booked = booked(city);
    matched(&booked.book, &booked.facts, order, &Scoring::built_in()).unwrap()
}

fn why(matched: &Matched, name: &str) -> Why {
    let found = matched.unable.iter().find(|it| it.account == account(name));
    found
        .unwrap_or_else(|| panic!("{name} is not among the unable"))
        .why
        .clone()
}

fn able<'m>(matched: &'m Matched, name: &str) -> &'m Candidate {
    let found = matched.able.iter().find(|it| it.account == account(name));
    found.unwrap_or_else(|| panic!("{name} is not able: {:?}", matched.unable))
}

#[test]
fn volunteers_are_ranked_with_reasons_and_those_who_cannot_serve_are_named_with_theirs() {
    let city = TrialCity::new();
    for provider in ["chen", "li", "clerk", "treasurer1"] {
        serve(&city, (provider, "registrar"), 60, DISTRICT, None);
        city.pass_minutes(90);
    }
    serve(&city, ("mother", "registrar"), 60, DISTRICT, None);
    serve(&city, ("chen", "mother"), 60, DISTRICT, None);
    city.pass_days(4);
    city.link_kin((account("li"), "li"), (account("mother"), "mother"));
    let wanted = ask(&city, "mother", 2, 3);
    let other = ask(&city, "registrar", 2, 3);
    accept(&city, "clerk", other);
    let matched = match_of(&city, wanted);
    assert_eq!(why(&matched, "li"), Why::KinOfRecipient(Relation::Parent));
    assert_eq!(why(&matched, "clerk"), Why::NoTime);
    let Why::Refused(rejection) = why(&matched, "mother") else {
        panic!("{:?}", matched.unable);
    };
    assert_eq!(rejection.code(), "provider_is_recipient");
    let names: Vec<AccountId> = matched.able.iter().map(|it| it.account).collect();
    assert_eq!(
        names.len(),
        2,
        "who never served is no volunteer: {names:?}"
    );
    let chen = able(&matched, "chen");
    assert!(chen.reasons.contains(&Reason::SameStreet { points: 24 }));
    assert!(chen.reasons.contains(&Reason::Acquainted {
        points: 8,
        count: 1
    }));
    assert!(chen.reasons.contains(&Reason::Experience {
        points: 6,
        count: 2
    }));
    let load = Reason::Load {
        points: -4,
        minutes: 120,
        days: 30,
    };
    assert!(chen.reasons.contains(&load), "{:?}", chen.reasons);
    let sum: i64 = chen.reasons.iter().map(Reason::points).sum();
    assert_eq!((chen.points, chen.band), (sum, sum.div_euclid(10)));
    let begins = booked(&city).facts.orders[&wanted].window_start_ms;
    assert_eq!(chen.free_ms, begins);
    let twice = [match_of(&city, wanted), matched];
    assert_eq!(twice[0], twice[1], "the same book gives the same ranks");
}

#[test]
fn the_ledgers_own_limits_leave_no_room() {
    let city = TrialCity::new();
    let today = genesis().calendar.day(city.time_ms());
    for (parameter, number) in [
        (Parameter::PairMonthlyLimit, 150),
        (Parameter::DailyLimit, 120),
    ] {
        let policy = SetPolicy {
            scope: CITY,
            parameter,
            value: Some(PolicyValue::Number(number)),
            from_day: today.next(),
        };
        city.perform(policy, &[(Signer::Staff(staff("admin")), "admin")]);
    }
    city.pass_days(1);
    serve(&city, ("chen", "mother"), 120, DISTRICT, None);
    serve(&city, ("li", "registrar"), 120, DISTRICT, None);
    let today = ask(&city, "mother", 1, 2);
    let tomorrow = ask(&city, "mother", 25, 26);
    let matched = match_of(&city, today);
    assert_eq!(why(&matched, "li"), Why::NoTime, "the day is full");
    let matched = match_of(&city, tomorrow);
    able(&matched, "li");
    let limit = Why::PairLimit {
        taken: Minutes(120),
        limit: Minutes(150),
    };
    assert_eq!(why(&matched, "chen"), limit);
}

#[test]
fn only_an_order_that_waits_is_matched() {
    let city = TrialCity::new();
    let order = ask(&city, "mother", 1, 2);
    accept(&city, "chen", order);
    let booked = booked(&city);
    let scoring = Scoring::built_in();
    let taken = matched(&booked.book, &booked.facts, order, &scoring);
    assert!(matches!(
        taken,
        Err(MatchError::OrderTaken {
            status: OrderStatus::Accepted,
            ..
        })
    ));
    let unknown = matched(&booked.book, &booked.facts, OrderId([9; 20]), &scoring);
    assert!(matches!(unknown, Err(MatchError::OrderUnknown { .. })));
}

/// A volunteer in the fairness test.
struct Volunteer {
    account: AccountId,
    same_street: bool,
    rating: RatingTotal,
    served: Vec<TimestampMs>,
}

impl Volunteer {
    fn record(&self, now_ms: TimestampMs) -> Record {
        let lately = self
            .served
            .iter()
            .filter(|at| now_ms.since_ms(**at) < 30 * DAY_MS);
        Record {
            same_street: self.same_street,
            same_district: true,
            same_service: u64::try_from(self.served.len()).unwrap(),
            acquainted: 0,
            rating: self.rating,
            absences: 0,
            load: Minutes(60 * u64::try_from(lately.count()).unwrap()),
            last_served_ms: self.served.last().copied(),
            now_ms,
            trained: Minutes(60),
            served: Minutes(60 * u64::try_from(self.served.len()).unwrap()),
        }
    }
}

#[test]
fn nobody_is_first_for_ever() {
    // Twenty volunteers, a few of them near and well rated, and three orders a day, each taken on by the first in rank.
    let scoring = Scoring::built_in();
    let mut volunteers: Vec<Volunteer> = (0..20_u8)
        .map(|number| Volunteer {
            account: AccountId([number; 20]),
            same_street: number < 6,
            rating: RatingTotal {
                count: u32::from(number % 4) * 5,
                stars: u64::from(number % 4) * if number < 3 { 25 } else { 20 },
            },
            served: Vec::new(),
        })
        .collect();
    let mut first_by_order = Vec::new();
    for order in 0..270_u16 {
        let now_ms = TimestampMs(400 * DAY_MS + u64::from(order) * DAY_MS / 3);
        let mut id = [0; 20];
        id[..2].copy_from_slice(&order.to_be_bytes());
        let rank = |volunteer: &Volunteer| {
            let reasons = points(&scoring, &volunteer.record(now_ms));
            let sum: i64 = reasons.iter().map(Reason::points).sum();
            let band = sum.div_euclid(scoring.fairness.band);
            (std::cmp::Reverse(band), lot(OrderId(id), volunteer.account))
        };
        let first = (0..volunteers.len())
            .min_by_key(|at| rank(&volunteers[*at]))
            .unwrap();
        volunteers[first].served.push(now_ms);
        first_by_order.push(first);
    }
    let counts: Vec<usize> = volunteers.iter().map(|it| it.served.len()).collect();
    let average = 270 / 20;
    assert!(counts.iter().all(|count| *count >= 1), "{counts:?}");
    assert!(
        counts.iter().all(|count| *count <= 3 * average),
        "{counts:?}"
    );
    let month: std::collections::BTreeSet<usize> = first_by_order[180..].iter().copied().collect();
    assert!(
        month.len() >= 15,
        "in the last month only {} served",
        month.len()
    );
}
