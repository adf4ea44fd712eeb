//! That the check of the books notices when they are wrong: each way in which they can be, made on purpose.

use super::city::City;
use crate::amount::Minutes;
use crate::ledger::invariants::{self, Imbalance};
use crate::record::account::AccountRecord;
use crate::record::budget::{BudgetRecord, PoolRecord};
use crate::record::order::{OrderRecord, OrderStatus};
use crate::record::reserve::{ReserveClaim, ReserveQueue};
use crate::record::supply::SupplyRecord;
use crate::state::{Overlay, Record, StateKey};

/// Cao holds 60 for o1; the line winter has reserved 60 for o2 and used 60; the pool has 10.
fn city() -> City {
    let mut city = City::new();
    city.play(
        "chen opens at xuanwu -> ok
        cao opens at gulou -> ok
        cao is granted 300
        cao donates 10 to gulou:donation -> ok
        budget winter opens for service of 600 in gulou until +30 -> ok
        chen serves 60 for cao in gulou budget winter -> settled
        cao posts 60 in gulou as o1 -> ok
        cao posts 60 in gulou as o2 budget winter -> ok",
    );
    city
}

/// What the check says after `change` to the record under `key`.
fn after<T: Record>(city: &City, key: &StateKey, change: impl FnOnce(&mut T)) -> Option<Imbalance> {
    let mut state = Overlay::new(&city.state);
    let mut record: T = state.load(key).unwrap().expect("the record is there");
    change(&mut record);
    state.store(key, &record);
    state.keep();
    invariants::check(&state, &[]).unwrap().err()
}

fn total(total: &'static str, recorded: i128, actual: i128) -> Option<Imbalance> {
    Some(Imbalance::Total {
        total,
        recorded,
        actual,
    })
}

#[test]
fn nothing_changed_balances() {
    let city = city();
    let key = StateKey::Account(city.account_id("cao"));
    assert_eq!(after(&city, &key, |_: &mut AccountRecord| ()), None);
    let keeps_kin = after(&city, &key, |record: &mut AccountRecord| record.kin = 7);
    assert_eq!(keeps_kin, None);
}

#[test]
fn minutes_that_appear_are_noticed_wherever_they_appear() {
    let city = city();
    let account = StateKey::Account(city.account_id("cao"));
    let spendable = after(&city, &account, |record: &mut AccountRecord| {
        drop(record.lots.take(Minutes(1)).unwrap());
    });
    assert_eq!(spendable, total("spendable", 0, -1));
    let held = after(&city, &account, |record: &mut AccountRecord| {
        record.held = Minutes(61);
    });
    assert_eq!(held, total("held", 0, 1));
    let pool = StateKey::Pool(super::city::pool("gulou:donation"));
    let pooled = after(&city, &pool, |record: &mut PoolRecord| {
        record.minutes = Minutes(11);
    });
    assert_eq!(pooled, total("pools", 0, 1));
}

#[test]
fn a_supply_that_does_not_add_up_is_noticed() {
    let city = city();
    let change = |change: fn(&mut SupplyRecord)| after(&city, &StateKey::Supply, change);
    assert_eq!(
        change(|supply| supply.redeemed = Minutes(1)),
        Some(Imbalance::Conservation {
            issued: Minutes(360),
            accounted: Minutes(361)
        })
    );
    assert_eq!(
        change(|supply| {
            supply.issued_service = supply.issued_service.plus(Minutes(5)).unwrap();
            supply.voided = Minutes(5);
        }),
        total("issued for service", 5, 0)
    );
    assert_eq!(
        change(|supply| {
            supply.issued_fund = Minutes(5);
            supply.voided = Minutes(5);
        }),
        total("issued into pools", 5, 0)
    );
    assert_eq!(
        change(|supply| {
            supply.issued_training = Minutes(5);
            supply.voided = Minutes(5);
        }),
        total("issued for training", 5, 0)
    );
    assert_eq!(
        change(|supply| supply.budgeted = Minutes(601)),
        total("budgeted", 1, 0)
    );
    assert_eq!(
        change(|supply| supply.voided = Minutes(u64::MAX)),
        Some(Imbalance::Overflow)
    );
}

#[test]
fn a_budget_line_that_promises_more_than_it_has_is_noticed() {
    let city = city();
    let key = StateKey::Budget(city.budget_id("winter"));
    let overdrawn = after(&city, &key, |line: &mut BudgetRecord| {
        line.reserved = Minutes(541);
    });
    assert_eq!(
        overdrawn,
        Some(Imbalance::Overdrawn {
            minutes: Minutes(600),
            reserved: Minutes(541),
            used: Minutes(60)
        })
    );
    let forgotten = after(&city, &key, |line: &mut BudgetRecord| {
        line.reserved = Minutes(59);
    });
    assert_eq!(forgotten, total("reserved for orders", -1, 0));
    let unminted = after(&city, &key, |line: &mut BudgetRecord| {
        line.used = Minutes(61);
    });
    assert_eq!(unminted, total("issued for service", 0, 1));
}

#[test]
fn an_order_that_holds_something_else_than_its_payer_is_noticed() {
    let city = city();
    let paid = StateKey::Order(city.order_id("o1"));
    let less = after(&city, &paid, |record: &mut OrderRecord| {
        if let OrderRecord::Open(order) = record {
            drop(order.held.take(Minutes(15)).unwrap());
        }
    });
    assert_eq!(less, total("held for orders", 0, -15));
    let minted = StateKey::Order(city.order_id("o2"));
    let more = after(&city, &minted, |record: &mut OrderRecord| {
        if let OrderRecord::Open(order) = record {
            order.minutes = Minutes(75);
        }
    });
    assert_eq!(more, total("reserved for orders", 0, 15));
}

/// Chen owes 60: 20 that Gulou's reserve advanced, 40 for which Cao waits, and 30 to nobody.
fn in_debt() -> City {
    let mut city = city();
    city.play(
        "budget fund opens for fund of 20 in gulou until +30 -> ok
        pool gulou:reserve gets 20 from fund -> ok
        chen donates 60 to gulou:donation -> ok
        chen serves 60 for cao in gulou as o3 -> settled
        chen serves 30 for cao in gulou as o4 budget winter -> settled
        chen donates 90 to gulou:donation -> ok
        o3 is reversed -> ok
        o4 is reversed -> ok",
    );
    city
}

#[test]
fn debts_that_change_by_themselves_are_noticed() {
    let city = in_debt();
    let chen = StateKey::Account(city.account_id("chen"));
    let forgiven = |index: usize| {
        after(&city, &chen, move |record: &mut AccountRecord| {
            record.clawback[index].minutes = Minutes(1);
        })
    };
    assert_eq!(forgiven(0), total("funded into a reserve", -59, 0));
    assert_eq!(forgiven(1), total("voided and owed to nobody", -29, 0));
    let pool = super::city::pool("gulou:reserve");
    let queue = StateKey::ReserveQueue(pool);
    let shorter = after(&city, &queue, |queue: &mut ReserveQueue| {
        queue.minutes = Minutes(39);
    });
    assert_eq!(shorter, total("waiting for a reserve", -1, 0));
    let claim = StateKey::ReserveClaim(pool, 0);
    let larger = after(&city, &claim, |claim: &mut ReserveClaim| {
        claim.minutes = Minutes(41);
    });
    assert_eq!(larger, total("waiting for a reserve", 0, 1));
}

#[test]
fn a_reversal_that_takes_nothing_back_is_noticed() {
    let city = in_debt();
    let order = StateKey::Order(city.order_id("o4"));
    let rated = after(&city, &order, |_: &mut OrderRecord| ());
    assert_eq!(rated, None);
    let mut settled = city.clone();
    settled.arrange(|state| {
        let mut record: OrderRecord = state.load(&order).unwrap().expect("o4 is there");
        if let OrderRecord::Ended(ended) = &mut record {
            ended.status = OrderStatus::Settled;
        }
        state.store(&order, &record);
    });
    let reversed = after(&settled, &order, |record: &mut OrderRecord| {
        if let OrderRecord::Ended(ended) = record {
            ended.status = OrderStatus::Reversed;
        }
    });
    assert_eq!(reversed, total("voided and owed to nobody", 0, 30));
}

/// One of the totals.
type Total = fn(&mut SupplyRecord) -> &mut Minutes;

#[test]
fn what_leaves_the_supply_unposted_is_noticed() {
    let city = city();
    let key = StateKey::Supply;
    let account = StateKey::Account(city.account_id("cao"));
    let exits: [(&str, Total); 2] = [
        ("expired", |supply| &mut supply.expired),
        ("redeemed", |supply| &mut supply.redeemed),
    ];
    for (name, leave) in exits {
        let mut state = Overlay::new(&city.state);
        let mut supply: SupplyRecord = state.load(&key).unwrap().expect("there is a supply");
        let mut record: AccountRecord = state.load(&account).unwrap().expect("Cao is there");
        drop(record.lots.take(Minutes(7)).unwrap());
        supply.spendable = supply.spendable.minus(Minutes(7)).unwrap();
        let left = leave(&mut supply);
        *left = left.plus(Minutes(7)).unwrap();
        state.store(&key, &supply);
        state.store(&account, &record);
        state.keep();
        assert_eq!(
            invariants::check(&state, &[]).unwrap().err(),
            total(name, 7, 0)
        );
    }
}
