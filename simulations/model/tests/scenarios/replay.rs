//! Scenario 1: the reference load, "every order as four separate transactions by their own signers".

use timebank_model::id::Signer;
use timebank_model::operation::Operation;
use timebank_model::operation::government::Purpose;
use timebank_model::operation::service::{
    AcceptOrder, CompleteOrder, Payer, PostOrder, Verdict, VerifyOrder,
};
use timebank_model::policy::{Parameter, Value};
use timebank_model::time::{DAY_MS, MINUTE_MS};

use crate::town::{COMPANY, GULOU, Town, of, staff};

/// "107,141 orders … all budget-paid"
const ORDERS: u64 = 107_141;
/// "106,262 × 30 min + 879 × 45 min fits exactly"
const LONG_ORDERS: u64 = 879;
/// Orders of one day, the last of which leaves a little less than the months had.
const ORDERS_PER_DAY: u64 = 400;

#[test]
fn the_replay_of_nanjing_mints_3227415_minutes() {
    let mut town = Town::new();
    let pairs: Vec<_> = (0..ORDERS_PER_DAY)
        .map(|_| (town.open(GULOU), town.open(GULOU)))
        .collect();
    town.policy(Parameter::PairMonthlyLimit, Value::Number(44_640));
    let budget = town.line(Purpose::Service, 3_227_415);
    let worker = of(GULOU, staff::SOCIAL_WORKER);
    for number in 0..ORDERS {
        let place = usize::try_from(number % ORDERS_PER_DAY).expect("a small number");
        if place == 0 {
            town.later(DAY_MS);
        }
        let (volunteer, elder) = pairs[place];
        let minutes = if number < LONG_ORDERS { 45 } else { 30 };
        let (order, now_ms) = (town.order(), town.model.now_ms());
        let start_ms = now_ms - 60 * MINUTE_MS;
        let post = Operation::PostOrder(PostOrder {
            order,
            recipient: elder,
            service: COMPANY,
            district: GULOU,
            window_start_ms: start_ms,
            window_end_ms: now_ms + DAY_MS,
            minutes,
            payer: Payer::Budget(budget),
        });
        let accept = Operation::AcceptOrder(AcceptOrder {
            order,
            provider: volunteer,
            member: None,
        });
        let complete = Operation::CompleteOrder(CompleteOrder {
            order,
            start_ms,
            end_ms: start_ms + minutes * MINUTE_MS,
        });
        let verify = Operation::VerifyOrder(VerifyOrder {
            order,
            verdict: Verdict::Approved(minutes),
        });
        let (volunteer, elder) = (Signer::Account(volunteer), Signer::Account(elder));
        town.ok(&[elder], post);
        town.ok(&[volunteer], accept);
        town.ok(&[volunteer, elder], complete);
        town.ok(&[worker], verify);
    }
    town.later(4 * DAY_MS);
    let supply = town.model.supply();
    assert_eq!(supply.issued_service, 3_227_415);
    assert_eq!(supply.issued(), supply.accounted());
    town.model.check_books();
    let line = town.model.budgets()[&budget];
    assert_eq!((line.used, line.reserved), (3_227_415, 0));
}
