//! What is said about absence, ratings and disputes.
//!
//! ```text
//! cao reports provider absent from o1              chen reports recipient absent from o1
//! cao rates provider of o1 with 5                  chen rates recipient of o1 with 4
//! chen disputes o1                                 arbiter@gulou gives chen 30 of o1        chen appeals o1
//! ```
//!
//! Without ` by `, the first name signs. Who gets how much of a dispute is said by the arbiter; the name after `gives` is
//! for the reader.
//!
//! ```text
//! chen missed 1 order           chen is rated 9 by 2           chen is serving 1
//! o1 is escalated               o1 is unescalated              o1 is forgotten
//! o1 paid 60 at jiangbei        (to the provider, by people at home there)
//! chen served cao 60 since -30  (in the month of that day)
//! ```

use super::super::city::{City, Creates, Draft, organisation};
use super::government::named;
use super::minutes;
use crate::amount::Minutes;
use crate::record::order::{EndedOrder, OrderRecord, OrderStage};
use crate::state::StateKey;
use crate::transaction::Operation;
use crate::transaction::dispute::{Appeal, OpenDispute, ResolveDispute};
use crate::transaction::service::{RateOrder, ReportNoShow};

impl City {
    pub(super) fn disputes(&self, words: &[&str]) -> Option<Draft> {
        let (name, operation) = match words {
            [name, "reports", side, "absent", "from", order] => {
                let operation = ReportNoShow {
                    order: self.order_id(order),
                    absent: named(side),
                };
                (name, Operation::ReportNoShow(operation))
            }
            [name, "rates", side, "of", order, "with", stars] => {
                let operation = RateOrder {
                    order: self.order_id(order),
                    rated: named(side),
                    stars: stars.parse().expect("a number of stars"),
                };
                (name, Operation::RateOrder(operation))
            }
            [name, "disputes", order] => {
                let order = self.order_id(order);
                (name, Operation::OpenDispute(OpenDispute { order }))
            }
            [name, "gives", _, amount, "of", order] => {
                let operation = ResolveDispute {
                    order: self.order_id(order),
                    provider_minutes: minutes(amount),
                };
                (name, Operation::ResolveDispute(operation))
            }
            [name, "appeals", order] => {
                let order = self.order_id(order);
                (name, Operation::Appeal(Appeal { order }))
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties: vec![self.party(name)],
            creates: Creates::Nothing,
        })
    }

    /// Plays a claim about conduct and disputes; whether the words are one.
    pub(super) fn dispute_statement(&self, words: &[&str]) -> bool {
        match words {
            [name, "missed", count, "order" | "orders"] => {
                let missed = self.account(name).no_shows.to_string();
                assert_eq!(missed, *count, "orders {name} did not come to");
            }
            [name, "is", "rated", stars, "by", count] => {
                let total = self.account(name).rating;
                let expected = (stars.to_string(), count.to_string());
                assert_eq!(
                    (total.stars.to_string(), total.count.to_string()),
                    expected,
                    "ratings of {name}"
                );
            }
            [name, "is", "serving", count] => {
                let serving = self.account(name).serving.to_string();
                assert_eq!(serving, *count, "orders {name} is serving");
            }
            [order, "is", how @ ("escalated" | "unescalated")] => {
                let record: Option<OrderRecord> = self.load(&StateKey::Order(self.order_id(order)));
                let Some(OrderRecord::Open(open)) = record else {
                    panic!("{order} is not open");
                };
                let OrderStage::Completed { escalated, .. } = open.stage else {
                    panic!("{order} is {:?}", open.stage);
                };
                assert_eq!(escalated, *how == "escalated", "{order}");
            }
            [order, "is", "forgotten"] => {
                let known = self.names.orders[*order];
                let record: Option<OrderRecord> = self.load(&StateKey::Order(known));
                assert_eq!(record, None, "{order}");
            }
            [order, "paid", amount, "at", district] => {
                let paid = self.tombstone(order).paid.expect("the order was paid");
                let expected = (minutes(amount), organisation(district));
                assert_eq!((paid.minutes, paid.payer_district), expected, "{order}");
            }
            [name, "served", recipient, amount, "since", day] => {
                let month = self.day(day).month();
                let (provider, recipient) = (self.account_id(name), self.account_id(recipient));
                let key = StateKey::PairMonth(provider, recipient, month);
                let served: Minutes = self.load(&key).unwrap_or_default();
                assert_eq!(served, minutes(amount), "what {name} served in {month}");
            }
            _ => return false,
        }
        true
    }

    /// What is left of the order called `name`.
    pub(in crate::ledger::tests) fn tombstone(&self, name: &str) -> EndedOrder {
        match self.load(&StateKey::Order(self.order_id(name))) {
            Some(OrderRecord::Ended(ended)) => ended,
            other => panic!("{name} has not ended: {other:?}"),
        }
    }
}
