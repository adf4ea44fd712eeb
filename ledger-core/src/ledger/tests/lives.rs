//! Random lives of many orders at once: whatever people try, in whatever order and at whatever time, the books balance,
//! nobody serves two people at once, no budget line is overdrawn, and every count is what it counts.
//!
//! Every block is built on one state and applied on another ([`City`]), so that determinism is checked on the way. The
//! checks below work everything out anew from the records alone.

use std::collections::{BTreeMap, BTreeSet};

use borsh::BorshDeserialize;
use proptest::prelude::*;

use super::city::{City, Creates};
use crate::amount::Minutes;
use crate::id::{AccountId, BudgetId, OrderId};
use crate::record::account::AccountRecord;
use crate::record::budget::BudgetRecord;
use crate::record::order::{
    EndedOrder, Funds, OpenOrder, OrderRecord, OrderStage, ProviderDay, TOMBSTONE_MS,
};
use crate::state::key::kinds::{is_account_key, is_budget_key, is_order_key};
use crate::state::{DueEntry, DueWork, StateKey, StateView};
use crate::time::{Calendar, TimestampMs};

const PEOPLE: [&str; 4] = ["chen", "cao", "wang", "elder"];
const ORDERS: [&str; 6] = ["o1", "o2", "o3", "o4", "o5", "o6"];
const SIDES: [&str; 2] = ["provider", "recipient"];
const STEPS_MAX: usize = 80;

/// Something somebody tries.
#[derive(Clone, Debug)]
enum Step {
    /// A line of the language; whether it applies is the rules' business.
    Try(String),
    /// What would come next for this order, by somebody, for so many quarters of an hour.
    Advance(&'static str, &'static str, u64),
    /// Minutes pass.
    Pass(u64),
}

fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(names)
}

/// A time of service that is short, long, overlapping, across midnight or in the future, as it happens.
fn service() -> impl Strategy<Value = String> {
    (1u64..200, 0u64..1_000, proptest::bool::weighted(0.05)).prop_map(|(length, ago, future)| {
        if future {
            format!("-{length}..+{ago}")
        } else {
            format!("-{}..-{ago}", ago + length)
        }
    })
}

fn funds() -> impl Strategy<Value = &'static str> {
    one_of(&[
        "",
        "payer wang",
        "payer cao",
        "budget winter",
        "budget spring service S02",
        "service S02",
    ])
}

fn verifier() -> impl Strategy<Value = &'static str> {
    one_of(&["social@gulou/1", "social@gulou/1/1", "social@xuanwu/1"])
}

fn arbiter() -> impl Strategy<Value = &'static str> {
    one_of(&["arbiter@gulou", "arbiter@nanjing", "arbiter2@nanjing"])
}

fn step() -> impl Strategy<Value = Step> {
    let (people, orders) = (|| one_of(&PEOPLE), || one_of(&ORDERS));
    let quarters = || (0u64..12).prop_map(|quarters| quarters * 15);
    let clerk = " by clerk@gulou/1/1";
    prop_oneof![
        4 => (people(), quarters(), orders(), funds(), -60i64..60).prop_map(move |(name, amount, order, funds, from)| {
            let signer = if name == "elder" { clerk } else { "" };
            let window = if from < 0 { format!("-{}..+60", -from) } else { format!("+{from}..+90") };
            Step::Try(format!("{name} posts {amount} in gulou as {order} {funds} window {window}{signer}"))
        }),
        4 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("{name} accepts {order}"))),
        1 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("team accepts {order} with {name}"))),
        2 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("{name} starts {order}"))),
        4 => (people(), orders(), service()).prop_map(|(name, order, time)| {
            Step::Try(format!("{name} completes {order} {time}"))
        }),
        2 => (people(), people(), quarters(), orders(), service(), funds()).prop_map(
            |(name, recipient, amount, order, time, funds)| {
                Step::Try(format!("{name} records {amount} for {recipient} in xuanwu as {order} {time} {funds}"))
            }
        ),
        2 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("{name} cancels {order}"))),
        4 => (verifier(), quarters(), orders()).prop_map(|(name, amount, order)| {
            Step::Try(format!("{name} approves {amount} of {order}"))
        }),
        1 => (verifier(), orders()).prop_map(|(name, order)| {
            Step::Try(format!("{name} rejects {order} as wrong_times"))
        }),
        2 => (people(), orders(), one_of(&SIDES)).prop_map(|(name, order, side)| {
            Step::Try(format!("{name} reports {side} absent from {order}"))
        }),
        1 => (people(), orders(), one_of(&SIDES), 0u64..7).prop_map(|(name, order, side, stars)| {
            Step::Try(format!("{name} rates {side} of {order} with {stars}"))
        }),
        2 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("{name} disputes {order}"))),
        2 => (arbiter(), quarters(), orders()).prop_map(|(name, amount, order)| {
            Step::Try(format!("{name} gives them {amount} of {order}"))
        }),
        2 => (people(), orders()).prop_map(|(name, order)| Step::Try(format!("{name} appeals {order}"))),
        1 => (people(), people(), 1u64..100).prop_map(|(name, to, amount)| {
            Step::Try(format!("{name} gives {to} {amount}"))
        }),
        30 => (orders(), people(), 1u64..6).prop_map(|(order, name, quarters)| {
            Step::Advance(order, name, quarters)
        }),
        3 => (1u64..90).prop_map(Step::Pass),
        1 => (600u64..5_000).prop_map(Step::Pass),
        1 => (30u64..400).prop_map(|days| Step::Pass(days * 1_440)),
    ]
}

/// The line that takes `order` a step further.
fn next_line(city: &City, order: &str, name: &str, quarters: u64) -> String {
    let minutes = quarters * 15;
    let record: Option<OrderRecord> = city.load(&StateKey::Order(city.order_id(order)));
    let Some(OrderRecord::Open(open)) = record else {
        let signer = if name == "elder" {
            " by clerk@gulou/1/1"
        } else {
            ""
        };
        let budget = if quarters > 3 { "budget spring" } else { "" };
        return format!(
            "{name} posts {minutes} in gulou as {order} {budget} window -90..+60{signer}"
        );
    };
    let called = |id| PEOPLE.into_iter().find(|name| city.account_id(name) == id);
    let recipient = called(open.recipient).expect("one of the people");
    let recipient = if recipient == "elder" {
        "clerk@gulou/1/1"
    } else {
        recipient
    };
    let provider = open
        .stage
        .provider()
        .and_then(|it| called(it.server))
        .unwrap_or(name);
    match open.stage {
        OrderStage::Posted => format!("{name} accepts {order}"),
        OrderStage::Accepted { .. } if quarters == 5 => {
            format!("{provider} reports recipient absent from {order}")
        }
        OrderStage::Accepted { .. } if quarters.is_multiple_of(2) => {
            format!("{provider} starts {order} by {provider}, {recipient}")
        }
        OrderStage::Accepted { .. } | OrderStage::Started { .. } => {
            format!("{provider} completes {order} -{minutes}..+0 by {provider}, {recipient}")
        }
        OrderStage::Completed { .. } if quarters == 5 => {
            format!("social@gulou/1 rejects {order} as not_served")
        }
        OrderStage::Completed { .. } => format!("social@gulou/1 approves {minutes} of {order}"),
        OrderStage::Verified { .. } if quarters > 2 => format!("{provider} disputes {order}"),
        OrderStage::Verified { .. } => format!("{provider} rates recipient of {order} with 5"),
        OrderStage::Disputed { appealed_from, .. } => {
            let instance = if appealed_from.is_some() {
                "nanjing"
            } else {
                "gulou"
            };
            format!(
                "arbiter@{instance} gives them {} of {order}",
                quarters % 2 * 15
            )
        }
        OrderStage::Resolved { .. } if quarters > 3 => {
            format!("{provider} rates recipient of {order} with 1")
        }
        OrderStage::Resolved { .. } => format!("{provider} appeals {order}"),
    }
}

/// Does what `step` says, in a city where an order's name stands for the latest one posted under it.
fn take(city: &mut City, step: &Step) {
    let line = match step {
        Step::Pass(minutes) => return city.play(&format!("{minutes} minutes pass")),
        Step::Try(line) => line.clone(),
        Step::Advance(order, name, quarters) => next_line(city, order, name, *quarters),
    };
    let draft = city.draft(&line);
    if let Creates::Order(name) = &draft.creates {
        city.names.orders.remove(name);
    }
    city.attempt(&[&line]);
}

fn city() -> City {
    let mut city = City::new();
    city.play(
        "chen opens at xuanwu -> ok
        cao opens at gulou -> ok
        wang opens at jiangbei -> ok
        elder opens keyless at gulou -> ok
        chen is granted 89990
        cao is granted 300
        wang is granted 300
        elder is granted 300
        wang links cao as parent -> ok
        wang allows cao 90 until +30 -> ok
        cao allows wang 600 until +30 -> ok
        team opens as group at gulou/2 -> ok
        team adds chen,wang -> ok
        elder appoints clerk@gulou/1/1 for orders 1000 until +30 -> ok
        budget winter opens for service of 300 in gulou until +30 -> ok
        budget spring opens for service of 500 in nanjing until +300 -> ok
        nanjing sets open_orders_max to 4 from +0 -> ok
        nanjing sets order_lapse_ms to 1800000 from +0 -> ok
        xuanwu sets daily_limit to 240 from +0 -> ok
        25 hours pass",
    );
    city
}

/// Everything of one kind in the state.
fn records<T: BorshDeserialize>(city: &City, is_key: fn(&[u8]) -> bool) -> Vec<(Vec<u8>, T)> {
    let found = city.state.records().filter(|(key, _)| is_key(key));
    found
        .map(|(key, value)| {
            let record = T::try_from_slice(value).expect("a record decodes");
            (key.to_vec(), record)
        })
        .collect()
}

fn id_in(key: &[u8]) -> [u8; 20] {
    key[1..21].try_into().expect("a key holds an id")
}

/// Checks everything that must always hold of orders and what belongs to them.
fn check_books(city: &City) {
    city.check_supply();
    let (mut orders, mut ended) = (Vec::new(), Vec::new());
    for (key, record) in records::<OrderRecord>(city, is_order_key) {
        let id = OrderId(id_in(&key));
        match record {
            OrderRecord::Open(order) => orders.push((id, *order)),
            OrderRecord::Ended(order) => ended.push((id, order)),
        }
    }
    check_what_is_set_aside(city, &orders);
    check_serving(city, &orders);
    check_claims(city, &orders, &ended);
    check_queue(city, &orders, &ended);
}

/// Provider and server count the orders they have accepted that have not ended.
fn check_serving(city: &City, orders: &[(OrderId, OpenOrder)]) {
    let mut serving: BTreeMap<AccountId, u16> = BTreeMap::new();
    for provider in orders
        .iter()
        .filter_map(|(_, order)| order.stage.provider())
    {
        *serving.entry(provider.server).or_default() += 1;
        if provider.account != provider.server {
            *serving.entry(provider.account).or_default() += 1;
        }
    }
    for (key, account) in records::<AccountRecord>(city, is_account_key) {
        let id = AccountId(id_in(&key));
        let expected = serving.get(&id).copied().unwrap_or_default();
        assert_eq!(account.serving, expected, "orders {id} is serving");
    }
}

fn check_what_is_set_aside(city: &City, orders: &[(OrderId, OpenOrder)]) {
    let mut held: BTreeMap<AccountId, u64> = BTreeMap::new();
    let mut reserved: BTreeMap<BudgetId, u64> = BTreeMap::new();
    let mut open: BTreeMap<AccountId, u16> = BTreeMap::new();
    for (_, order) in orders {
        *open.entry(order.recipient).or_default() += 1;
        let pays = match order.stage {
            OrderStage::Verified { approval, .. }
            | OrderStage::Disputed { approval, .. }
            | OrderStage::Resolved { approval, .. } => approval.minutes,
            _ => order.minutes,
        };
        match order.funds() {
            Funds::Account(payer) => {
                assert_eq!(order.held.total(), Ok(pays), "{order:?}");
                *held.entry(payer).or_default() += pays.0;
            }
            Funds::Budget(line) => {
                let percent = u64::from(order.terms.multiplier_percent);
                *reserved.entry(line).or_default() += pays.0 * percent / 100;
            }
        }
    }
    for (key, account) in records::<AccountRecord>(city, is_account_key) {
        let id = AccountId(id_in(&key));
        let expected = held.get(&id).copied().unwrap_or_default();
        assert_eq!(account.held, Minutes(expected), "held by {id}");
        let expected = open.get(&id).copied().unwrap_or_default();
        assert_eq!(account.open_orders, expected, "open orders of {id}");
    }
    for (key, line) in records::<BudgetRecord>(city, is_budget_key) {
        let id = BudgetId(id_in(&key));
        let expected = reserved.get(&id).copied().unwrap_or_default();
        assert_eq!(line.reserved, Minutes(expected), "reserved on {id}");
        assert!(line.reserved.0 + line.used.0 <= line.minutes.0, "{line:?}");
    }
}

/// What an order claims: whom it served, when, and how many minutes of it count.
struct Claimed {
    order: OrderId,
    server: AccountId,
    recipient: AccountId,
    start_ms: TimestampMs,
    end_ms: TimestampMs,
    counts: u64,
}

fn claimed_by_open((id, order): &(OrderId, OpenOrder)) -> Option<Claimed> {
    let (claim, counts) = match order.stage {
        OrderStage::Completed { claim, .. } => (claim, claim.minutes),
        OrderStage::Verified { approval, .. }
        | OrderStage::Disputed { approval, .. }
        | OrderStage::Resolved { approval, .. } => (approval.claim, approval.minutes),
        OrderStage::Posted | OrderStage::Accepted { .. } | OrderStage::Started { .. } => {
            return None;
        }
    };
    Some(Claimed {
        order: *id,
        server: claim.provider.server,
        recipient: order.recipient,
        start_ms: claim.start_ms,
        end_ms: claim.end_ms,
        counts: counts.0,
    })
}

fn claimed_by_ended((id, order): &(OrderId, EndedOrder)) -> Option<Claimed> {
    let paid = order.paid.filter(|_| !order.minutes.is_zero())?;
    Some(Claimed {
        order: *id,
        server: order.provider.expect("somebody was paid").server,
        recipient: order.recipient,
        start_ms: paid.start_ms,
        end_ms: paid.end_ms,
        counts: order.minutes.0,
    })
}

/// The days and months hold exactly what open and paid orders claim, and nobody serves two people at once.
fn check_claims(city: &City, orders: &[(OrderId, OpenOrder)], ended: &[(OrderId, EndedOrder)]) {
    let calendar = Calendar::CHINA;
    let open = orders.iter().filter_map(claimed_by_open);
    let claims: Vec<Claimed> = open
        .chain(ended.iter().filter_map(claimed_by_ended))
        .collect();
    let mut served: BTreeMap<AccountId, Vec<(TimestampMs, TimestampMs)>> = BTreeMap::new();
    let mut pairs: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    let mut intervals = 0;
    for claim in &claims {
        let times = (claim.start_ms, claim.end_ms);
        served.entry(claim.server).or_default().push(times);
        let month = calendar.month(claim.start_ms);
        let key = StateKey::PairMonth(claim.server, claim.recipient, month);
        *pairs.entry(key.to_bytes()).or_default() += claim.counts;
        // The parts of the days it touches add up to what counts.
        let mut counted = 0;
        let mut day = calendar.day(claim.start_ms);
        while calendar.start_of(day) < claim.end_ms {
            let key = StateKey::ProviderDay(claim.server, day);
            let record: ProviderDay = city.load(&key).expect("a day of a claim");
            let mut own = record.intervals.iter().filter(|it| it.order == claim.order);
            let interval = own.next().expect("the claim is on each day it touches");
            assert_eq!((interval.start_ms, interval.end_ms), times);
            let total: u64 = record.intervals.iter().map(|it| it.minutes.0).sum();
            assert!(total <= 480, "{record:?}");
            counted += interval.minutes.0;
            intervals += 1;
            day = day.next();
        }
        assert_eq!(counted, claim.counts, "order {}", claim.order);
    }
    for (provider, mut times) in served {
        times.sort();
        for pair in times.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "{provider} serves twice at once");
        }
    }
    let stored: BTreeMap<Vec<u8>, u64> = records::<Minutes>(city, |key| key[0] == 16)
        .into_iter()
        .map(|(key, minutes)| (key, minutes.0))
        .collect();
    assert_eq!(stored, pairs);
    let days = records::<ProviderDay>(city, |key| key[0] == 15);
    let stored: usize = days.iter().map(|(_, day)| day.intervals.len()).sum();
    assert_eq!(
        stored, intervals,
        "no interval stays of what claims nothing"
    );
}

/// Queued is exactly what orders wait for: a lapse, an escalation, a payment, or being forgotten.
fn check_queue(city: &City, orders: &[(OrderId, OpenOrder)], ended: &[(OrderId, EndedOrder)]) {
    let waits = orders.iter().filter_map(|(id, order)| {
        let (due_ms, work) = match order.stage {
            OrderStage::Posted | OrderStage::Accepted { .. } => {
                (order.lapses_ms(), DueWork::Lapse(*id))
            }
            OrderStage::Completed {
                escalates_ms,
                escalated: false,
                ..
            } => (escalates_ms, DueWork::Escalate(*id)),
            OrderStage::Verified { settles_ms, .. } => (settles_ms, DueWork::Settle(*id)),
            OrderStage::Resolved { settles_ms, .. } => (settles_ms, DueWork::SettleDecision(*id)),
            OrderStage::Started { .. }
            | OrderStage::Completed { .. }
            | OrderStage::Disputed { .. } => return None,
        };
        Some(DueEntry { due_ms, work })
    });
    let forgotten = ended.iter().map(|(id, order)| DueEntry {
        due_ms: order.ended_ms.plus_ms(TOMBSTONE_MS),
        work: DueWork::ForgetOrder(*id),
    });
    let expected: BTreeSet<DueEntry> = waits.chain(forgotten).collect();
    let (from, to) = StateKey::due_range(TimestampMs(u64::MAX));
    let queued: BTreeSet<DueEntry> = city
        .state
        .scan(&from, &to, usize::MAX)
        .expect("readable")
        .into_iter()
        .map(|(_, value)| DueEntry::try_from_slice(&value).expect("an entry"))
        .filter(|entry| {
            matches!(
                entry.work,
                DueWork::Lapse(_)
                    | DueWork::Escalate(_)
                    | DueWork::Settle(_)
                    | DueWork::SettleDecision(_)
                    | DueWork::ForgetOrder(_)
            )
        })
        .collect();
    assert_eq!(queued, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_books_balance_whatever_people_try(steps in prop::collection::vec(step(), 1..STEPS_MAX)) {
        let mut city = city();
        for step in steps {
            take(&mut city, &step);
            check_books(&city);
        }
        // In the end nothing stays that nobody can get back.
        city.play("40 days pass");
        check_books(&city);
        city.play("400 days pass");
        check_books(&city);
    }
}

/// The steps above do reach every status: a property that only ever saw refusals would prove nothing.
#[test]
fn random_steps_reach_every_status() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut reached = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let mut city = city();
        let steps = prop::collection::vec(step(), STEPS_MAX)
            .new_tree(&mut runner)
            .expect("steps")
            .current();
        for step in steps {
            take(&mut city, &step);
            let orders = records::<OrderRecord>(&city, is_order_key);
            reached.extend(orders.iter().map(|(_, record)| record.status()));
        }
    }
    // Only a reversal is not among the steps.
    assert_eq!(reached.len(), 12, "{reached:?}");
}
