//! What is sent: transactions made and signed before they are due, each with the moment at which it arrives.
//!
//! | mix | what arrives |
//! |---|---|
//! | gifts | gifts to and fro between distinct pairs of kin; none depends on another |
//! | orders | service orders paid by a budget line, each as posting, acceptance, completion and verification, one every [`STEP`] |
//! | nanjing | the same, and three accounts opened for every four orders, as in the published history of Nanjing |
//!
//! What always holds: every transaction applies if it arrives after what it rests on, whatever the others do. Orders need
//! [`RAMP`] until all their steps arrive at the rate asked for; nothing is measured before.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use clap::builder::PossibleValue;
use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::OrderId;
use ledger_core::record::order::Payer;
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{Operation, SealedEnvelope};

use super::people::{People, VALIDITY_MS};
use crate::city::{self, Person, Signatory, staff_id, street_staff};
use crate::driver::order_of;
use crate::say::real_count;

/// Between two steps of one order.
pub(super) const STEP: Duration = Duration::from_secs(1);
/// Until the last step of the first order arrives.
pub(super) const RAMP: Duration = STEP.saturating_mul(3);
/// Minutes of one gift.
const GIFT: u64 = 1;
/// Minutes of one service.
const SERVICE_MINUTES: u64 = 30;
/// Services of one pair on one day, within the daily limit.
const SERVICES_A_DAY: usize = 16;
/// Days back that services are claimed for, within the back-dating limit.
pub(super) const DAYS_BACK: usize = 25;
/// Services of one pair altogether: orders stay open until nobody may dispute them any more, which is longer than a bench.
pub(super) const SERVICES_MAX: usize = SERVICES_A_DAY * DAYS_BACK;
/// Minutes of all of them, in one month if it comes to that.
pub(super) const SERVICES_MINUTES_MAX: u64 = SERVICES_MAX as u64 * SERVICE_MINUTES;

/// A mix of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// Gifts between distinct pairs.
    Gifts,
    /// The life cycle of service orders.
    Orders,
    /// Orders and the opening of accounts.
    Nanjing,
}

impl Mix {
    /// Every mix.
    pub(super) const ALL: [Mix; 3] = [Mix::Gifts, Mix::Orders, Mix::Nanjing];

    /// Its name on the command line and in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Mix::Gifts => "gifts",
            Mix::Orders => "orders",
            Mix::Nanjing => "nanjing",
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl ValueEnum for Mix {
    fn value_variants<'a>() -> &'a [Mix] {
        &Mix::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// One transaction and when it arrives, counted from the beginning of the run.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// When.
    pub(super) due: Duration,
    /// What.
    pub(super) sealed: Arc<SealedEnvelope>,
}

/// Arrivals at an even rate, made as far ahead as they are asked for.
pub(super) struct Stream {
    mix: Mix,
    rate: u32,
    signatory: Signatory,
    now_ms: TimestampMs,
    /// Transactions begun so far: the number of the next, which says when it arrives.
    number: usize,
    /// Quarters of accounts to be opened.
    quarters: usize,
    /// What was made and is due later, by that time and its place.
    later: BTreeMap<(Duration, usize), Arc<SealedEnvelope>>,
    made: usize,
}

impl Stream {
    /// `rate` transactions a second of `mix`, from the chain's time `now_ms` on.
    pub(super) fn new(people: &mut People, mix: Mix, rate: u32, now_ms: TimestampMs) -> Stream {
        people.runs += 1;
        Stream {
            mix,
            rate,
            signatory: Signatory::new(people.chain_id, &format!("bench {}", people.runs)),
            now_ms,
            number: 0,
            quarters: 0,
            later: BTreeMap::new(),
            made: 0,
        }
    }

    /// What arrives before `end` and was not given out yet, in the order of its arrival.
    ///
    /// # Errors
    /// When the pairs have no room left for so many.
    pub(super) fn until(&mut self, people: &mut People, end: Duration) -> Result<Vec<Arrival>> {
        let until = self.now_ms.plus_ms(VALIDITY_MS);
        loop {
            let first = Duration::from_secs_f64(real_count(self.number) / f64::from(self.rate));
            if first >= end {
                break;
            }
            if self.mix == Mix::Gifts {
                let sealed = people.gift(&mut self.signatory, until);
                self.put(first, sealed);
                self.number += 1;
                continue;
            }
            // What arrives with one order: its four steps, and in Nanjing three quarters of an opening.
            let steps = people.order(&mut self.signatory, until, self.now_ms)?;
            for (step, sealed) in (0..).zip(steps) {
                self.put(first + STEP * step, sealed);
            }
            self.number += 4;
            self.quarters += 3;
            while self.mix == Mix::Nanjing && self.quarters >= 4 {
                let sealed = people.newcomer(&mut self.signatory, until);
                self.put(first, sealed);
                self.number += 1;
                self.quarters -= 4;
            }
        }
        let later = self.later.split_off(&(end, 0));
        let due = std::mem::replace(&mut self.later, later);
        let arrival = |((due, _), sealed)| Arrival { due, sealed };
        Ok(due.into_iter().map(arrival).collect())
    }

    /// What was begun and is not finished: the remaining steps of orders.
    pub(super) fn rest(&mut self) -> Vec<Arrival> {
        let arrival = |((due, _), sealed)| Arrival { due, sealed };
        std::mem::take(&mut self.later)
            .into_iter()
            .map(arrival)
            .collect()
    }

    fn put(&mut self, due: Duration, sealed: SealedEnvelope) {
        self.later.insert((due, self.made), Arc::new(sealed));
        self.made += 1;
    }
}

impl People {
    /// There and back in turns, so that nobody runs out of minutes.
    fn gift(&mut self, signatory: &mut Signatory, until: TimestampMs) -> SealedEnvelope {
        let pair = &self.pairs[self.gifts % self.pairs.len()];
        let back = (self.gifts / self.pairs.len()) % 2 == 1;
        self.gifts += 1;
        let (from, to, giver) = if back {
            (pair.elder_account, pair.volunteer_account, &pair.elder)
        } else {
            (pair.volunteer_account, pair.elder_account, &pair.volunteer)
        };
        let minutes = Minutes(GIFT);
        let operation = Operation::Gift(Gift { from, to, minutes });
        signatory.seal(operation, &[giver], until)
    }

    /// The four transactions of an order: a volunteer serves the elder of the next pair, half an hour of a day gone by that
    /// neither has used.
    fn order(
        &mut self,
        signatory: &mut Signatory,
        until: TimestampMs,
        now_ms: TimestampMs,
    ) -> Result<[SealedEnvelope; 4]> {
        let count = self.pairs.len();
        let place = self.orders / count;
        ensure!(
            place < SERVICES_MAX,
            "the pairs have no time left: ask for more accounts, or less load"
        );
        let served = &self.pairs[self.orders % count];
        let serving = &self.pairs[(self.orders + 1) % count];
        self.orders += 1;
        let days = u32::try_from(place / SERVICES_A_DAY + 1)?;
        let slot = u64::try_from(place % SERVICES_A_DAY)?;
        let today = Calendar::CHINA.day(now_ms);
        let day = ledger_core::time::Day(today.0.saturating_sub(days));
        let start_ms = Calendar::CHINA
            .start_of(day)
            .plus_ms(6 * HOUR_MS + slot * SERVICE_MINUTES * MINUTE_MS);
        let terms = OrderTerms {
            recipient: served.elder_account,
            service: ledger_core::id::ServiceCode(1),
            district: city::SMALL_DISTRICT,
            window_start_ms: start_ms,
            window_end_ms: now_ms.plus_ms(DAY_MS),
            minutes: Minutes(SERVICE_MINUTES),
            payer: Payer::Budget(self.budget),
        };
        let post = Operation::PostOrder(PostOrder { terms });
        let post = signatory.seal(post, &[&served.elder], until);
        let order: OrderId = order_of(post.id());
        let accept = Operation::AcceptOrder(AcceptOrder {
            order,
            provider: serving.volunteer_account,
            member: None,
        });
        let complete = Operation::CompleteOrder(CompleteOrder {
            order,
            start_ms,
            end_ms: start_ms.plus_ms(SERVICE_MINUTES * MINUTE_MS),
            evidence: hash(Domain::EvidenceCommitment, &[&order.0]),
        });
        let verify = Operation::VerifyOrder(VerifyOrder {
            order,
            verdict: Verdict::Approved(Minutes(SERVICE_MINUTES)),
        });
        let worker = Person::staff(staff_id(city::small_street(0), street_staff::SOCIAL_WORKER));
        Ok([
            post,
            signatory.seal(accept, &[&serving.volunteer], until),
            signatory.seal(complete, &[&serving.volunteer, &served.elder], until),
            signatory.seal(verify, &[&worker], until),
        ])
    }
}
