//! What passes by itself, what is arranged outside the rules, and what is claimed about the books.
//!
//! ```text
//! 25 hours pass                       3 days pass
//! cao is granted 300                  (minutes as from a grant, which no operation makes)
//! cao belongs to P01,P02              (programmes likewise)
//! cao has 120                         spendable minutes
//! cao holds 60                        held minutes
//! cao is honoured with 30             honorary minutes
//! rice is owed 480
//! pool gulou:donation has 30
//! supply redeemed is 480              any total of the supply
//! cao keeps 3 kin                     cao keeps 2 proxies
//! ```

use super::super::city::{City, pool};
use super::minutes;
use crate::amount::Minutes;
use crate::record::account::AccountKind;
use crate::record::budget::PoolRecord;
use crate::record::lot::Source;
use crate::state::StateKey;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS};

impl City {
    /// Plays a statement; whether it is one.
    pub(super) fn statement(&mut self, words: &[&str]) -> bool {
        match words {
            [count, unit, "pass" | "passes"] => self.pass(duration(count, unit)),
            [name, "is", "granted", amount] => {
                self.endow(name, minutes(amount), Source::Granted, None);
            }
            [name, "belongs", "to", programmes] => self.enrol(name, programmes),
            _ => return self.claim(words),
        }
        true
    }

    /// Checks a claim about the books; whether the words are one.
    fn claim(&self, words: &[&str]) -> bool {
        let claimed = words.last().and_then(|word| word.parse().ok()).map(Minutes);
        match (words, claimed) {
            ([name, "has", _], Some(claimed)) => {
                let spendable = self.account(name).spendable().expect("few minutes");
                assert_eq!(spendable, claimed, "what {name} has");
            }
            ([name, "holds", _], Some(claimed)) => {
                assert_eq!(self.account(name).held, claimed, "what {name} holds");
            }
            ([name, "is", "honoured", "with", _], Some(claimed)) => {
                assert_eq!(
                    self.account(name).honorary,
                    claimed,
                    "honorary minutes of {name}"
                );
            }
            ([name, "is", "owed", _], Some(claimed)) => {
                let owed = AccountKind::Merchant { owed: claimed };
                assert_eq!(self.account(name).kind, owed, "what {name} is owed");
            }
            (["pool", name, "has", _], Some(claimed)) => {
                let record: Option<PoolRecord> = self.load(&StateKey::Pool(pool(name)));
                let held = record.map_or(Minutes::ZERO, |record| record.minutes);
                assert_eq!(held, claimed, "what the pool {name} has");
            }
            (["supply", total, "is", _], Some(claimed)) => {
                assert_eq!(self.total(total), claimed, "total {total} of the supply");
            }
            ([name, "keeps", count, thing], _) => {
                let record = self.account(name);
                let kept = match *thing {
                    "kin" => record.kin,
                    "proxy" | "proxies" => record.proxies,
                    other => panic!("nobody counts {other:?}"),
                };
                assert_eq!(kept.to_string(), *count, "what {name} keeps");
            }
            _ => return false,
        }
        true
    }

    fn total(&self, name: &str) -> Minutes {
        let supply = self.supply();
        match name {
            "service" => supply.issued_service,
            "grant" => supply.issued_grant,
            "fund" => supply.issued_fund,
            "training" => supply.issued_training,
            "campaign" => supply.issued_campaign,
            "spendable" => supply.spendable,
            "held" => supply.held,
            "pools" => supply.pools,
            "redeemed" => supply.redeemed,
            "expired" => supply.expired,
            "voided" => supply.voided,
            other => panic!("no total is called {other:?}"),
        }
    }

    fn enrol(&mut self, name: &str, programmes: &str) {
        let mut record = self.account(name);
        record.programmes = programmes
            .split(',')
            .map(|code| code.parse().expect("a programme code"))
            .collect();
        let key = StateKey::Account(self.account_id(name));
        self.arrange(|state| state.store(&key, &record));
    }
}

/// Milliseconds of, say, `3 days`.
pub(super) fn duration(count: &str, unit: &str) -> u64 {
    let count: u64 = count.parse().expect("a number of hours or days");
    count
        * match unit {
            "minute" | "minutes" => MINUTE_MS,
            "hour" | "hours" => HOUR_MS,
            "day" | "days" => DAY_MS,
            other => panic!("nobody measures time in {other:?}"),
        }
}
