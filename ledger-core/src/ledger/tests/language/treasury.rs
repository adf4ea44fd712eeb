//! What is said about what offices give and take back: grants, pools, merchants' claims, reversals, and what is owed since.
//!
//! ```text
//! alms grants 60 to chen,cao of P01                alms grants 60 to cao of P01 until +30
//! gulou:grant gives 60 to cao of P01               (a pool; until a day, as above)
//! rice is settled for 480
//! o1 is reversed                                   (for a stolen key, unless ` as fraud` says otherwise)
//! cao has 60 until +30                             cao has 60 granted for ever         (one lot)
//! cao keeps 2 lots
//! chen owes 60                                     chen owes 60 to gulou:reserve       chen owes 15 to nobody
//! 30 min wait for gulou:reserve                    2 claims wait for gulou:reserve
//! ```
//!
//! Grantees are sorted, so that a script need not know which account comes first.

use super::super::city::{CITY, City, Creates, Draft, organisation, pool};
use super::government::named;
use super::minutes;
use crate::amount::Minutes;
use crate::id::OrganisationId;
use crate::record::account::ClawbackTo;
use crate::record::budget::BudgetRecord;
use crate::record::lot::{Lot, Source};
use crate::record::order::{OrderRecord, ReversalReason};
use crate::record::reserve::{ReserveClaim, ReserveQueue};
use crate::state::StateKey;
use crate::time::Day;
use crate::transaction::Operation;
use crate::transaction::dispute::ReverseOrder;
use crate::transaction::value::{Grant, Grantees, SettleMerchant, SpendPool};

impl City {
    pub(super) fn treasury(&self, words: &[&str]) -> Option<Draft> {
        let (operation, parties) = match words {
            [line, "grants", amount, "to", accounts, "of", terms @ ..] => {
                let budget = self.budget_id(line);
                let record: Option<BudgetRecord> = self.load(&StateKey::Budget(budget));
                let scope = record.map_or(CITY, |record| record.scope);
                let operation = Grant {
                    budget,
                    grantees: self.grantees(amount, accounts, terms),
                };
                (Operation::Grant(operation), self.treasurers(scope))
            }
            [from, "gives", amount, "to", accounts, "of", terms @ ..] if from.contains(':') => {
                let operation = SpendPool {
                    pool: pool(from),
                    grantees: self.grantees(amount, accounts, terms),
                };
                let parties = self.treasurers(operation.pool.organisation);
                (Operation::SpendPool(operation), parties)
            }
            [name, "is", "settled", "for", amount] => {
                let merchant = self.account_id(name);
                let operation = SettleMerchant {
                    merchant,
                    minutes: minutes(amount),
                };
                let home = self.account(name).home;
                let mut parties = self.treasurers(home);
                parties.push(self.holder(name));
                (Operation::SettleMerchant(operation), parties)
            }
            [name, "is", "reversed", rest @ ..] => {
                let reason: ReversalReason = match rest {
                    [] => ReversalReason::StolenKey,
                    ["as", reason] => named(reason),
                    other => panic!("nobody understands {other:?}"),
                };
                let order = self.order_id(name);
                let district = self.district_of_order(name);
                let operation = ReverseOrder { order, reason };
                let parties = ["arbiter", "treasurer"]
                    .map(|role| self.party(&format!("{role}@{}", district.0)))
                    .to_vec();
                (Operation::ReverseOrder(operation), parties)
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates: Creates::Nothing,
        })
    }

    fn grantees(&self, amount: &str, accounts: &str, terms: &[&str]) -> Grantees {
        let (programme, expiry) = match terms {
            [programme] => (programme, None),
            [programme, "until", day] => (programme, Some(self.day(day))),
            other => panic!("nobody understands {other:?}"),
        };
        let mut accounts: Vec<_> = accounts
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| self.account_id(name))
            .collect();
        accounts.sort_unstable();
        Grantees {
            programme: programme.parse().expect("a programme code"),
            accounts,
            minutes: minutes(amount),
            expiry,
        }
    }

    fn district_of_order(&self, name: &str) -> OrganisationId {
        match self.load(&StateKey::Order(self.order_id(name))) {
            Some(OrderRecord::Open(order)) => order.district,
            Some(OrderRecord::Ended(order)) => order.district,
            None => organisation("gulou"),
        }
    }

    /// Checks a claim about lots, debts and queues; whether the words are one.
    pub(super) fn treasury_statement(&self, words: &[&str]) -> bool {
        match words {
            [name, "has", amount, "until", day] => {
                self.has_lot(name, Source::Granted, Some(self.day(day)), amount);
            }
            [name, "has", amount, "earned", "until", day] => {
                self.has_lot(name, Source::Earned, Some(self.day(day)), amount);
            }
            [name, "has", amount, "granted", "for", "ever"] => {
                self.has_lot(name, Source::Granted, None, amount);
            }
            [name, "has", amount, "earned", "for", "ever"] => {
                self.has_lot(name, Source::Earned, None, amount);
            }
            [name, "keeps", count, "lot" | "lots"] => {
                let lots = self.account(name).lots;
                assert_eq!(lots.as_slice().len().to_string(), *count, "lots of {name}");
            }
            [name, "owes", amount] => {
                let owed = self.account(name).clawback;
                let total = Minutes::sum(owed.iter().map(|debt| debt.minutes));
                assert_eq!(total, Ok(minutes(amount)), "what {name} owes");
            }
            [name, "owes", amount, "to", whom] => {
                let to = match *whom {
                    "nobody" => ClawbackTo::Void,
                    reserve => ClawbackTo::Reserve(pool(reserve)),
                };
                let owed = self.account(name).clawback;
                let found = owed.iter().find(|debt| debt.to == to);
                let found = found.map_or(Minutes::ZERO, |debt| debt.minutes);
                assert_eq!(found, minutes(amount), "what {name} owes to {whom}");
            }
            [amount, "min", "wait", "for", reserve] => {
                let queue = self.queue_of(reserve);
                assert_eq!(queue.minutes, minutes(amount), "who waits for {reserve}");
            }
            [count, "claim" | "claims", "wait" | "waits", "for", reserve] => {
                let queue = self.queue_of(reserve);
                let claims = (queue.first..queue.next)
                    .filter_map(|number| self.load::<ReserveClaim>(&claim_key(reserve, number)));
                assert_eq!(claims.count().to_string(), *count, "claims on {reserve}");
            }
            _ => return false,
        }
        true
    }

    fn has_lot(&self, name: &str, source: Source, expiry: Option<Day>, amount: &str) {
        let lots = self.account(name).lots;
        let expected = Lot {
            source,
            expiry,
            minutes: minutes(amount),
        };
        assert!(
            lots.as_slice().contains(&expected),
            "{name} has no {expected:?}, but {lots:?}"
        );
    }

    fn queue_of(&self, reserve: &str) -> ReserveQueue {
        self.load(&StateKey::ReserveQueue(pool(reserve)))
            .unwrap_or_default()
    }
}

fn claim_key(reserve: &str, number: u64) -> StateKey {
    StateKey::ReserveClaim(pool(reserve), number)
}
