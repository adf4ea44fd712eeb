//! What is said about training, campaigns and clearing.
//!
//! ```text
//! training of chen,cao in gulou -90..-30 for 60 from school     (who; minutes before block time; how much each; the line)
//! campaign of snow[1-1000] in gulou -120..+0 for 120 from snow
//! month -1 is cosigned by auditor@gulou                          month -1 is cosigned wrongly by auditor@gulou
//! ```
//!
//! Unless the line says otherwise, an administrator of the district organises and its social worker attests. Statements:
//!
//! ```text
//! snow[1-3000] live at gulou                      (accounts as from OpenAccount, which would take long for so many)
//! net of gulou in month -1 is -150
//! flow from gulou to xuanwu in month -1 is 120    what was counted; `flow back from …` what reversals counted back
//! moves from gulou to xuanwu in month -1 are 3600
//! gulou opened month -1 with 300                  gulou closed month -1 with 480
//! gulou granted 600 in month -1                   gulou lost 30 in month -1    (by expiry)
//! month -1 is not closed
//! chen trained for 60
//! ```

use super::super::city::{CITY, City, Creates, Draft, home, identity, organisation, public};
use super::minutes;
use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{AccountId, OrganisationId};
use crate::record::account::{AccountKind, AccountRecord};
use crate::record::clearing::{ClearingRecord, DistrictClearing};
use crate::state::StateKey;
use crate::time::{MINUTE_MS, Month, TimestampMs};
use crate::transaction::Operation;
use crate::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use crate::transaction::government::CosignClearing;

impl City {
    pub(super) fn attendances(&self, words: &[&str]) -> Option<Draft> {
        let (operation, parties) = match words {
            [what @ ("training" | "campaign"), "of", ..] => {
                let [
                    "of",
                    people,
                    "in",
                    district,
                    span,
                    "for",
                    amount,
                    "from",
                    line,
                ] = &words[1..]
                else {
                    return None;
                };
                let (start_ms, end_ms) = self.span(span);
                let attendance = Attendance {
                    district: organisation(district),
                    start_ms,
                    end_ms,
                    participants: listed(people)
                        .iter()
                        .map(|name| self.account_id(name))
                        .collect(),
                    minutes: minutes(amount),
                    budget: self.budget_id(line),
                };
                let parties = vec![
                    self.party(&format!("administrator@{district}")),
                    self.party(&format!("social@{district}")),
                ];
                let operation = if *what == "training" {
                    Operation::RecordTraining(RecordTraining { attendance })
                } else {
                    Operation::RecordCampaign(RecordCampaign { attendance })
                };
                (operation, parties)
            }
            ["month", ago, "is", "cosigned", how @ ..] => {
                let month = self.month(ago);
                let record: Option<ClearingRecord> = self.load(&StateKey::Clearing(month));
                let hash = match (record, how) {
                    (Some(record), []) => record.clearing_hash(),
                    _ => Hash([7; 32]),
                };
                let operation = Operation::CosignClearing(CosignClearing { month, hash });
                (operation, vec![self.party("auditor@nanjing")])
            }
            _ => return None,
        };
        Some(Draft {
            operation,
            parties,
            creates: Creates::Nothing,
        })
    }

    /// Plays a statement of this file; whether the words are one.
    pub(super) fn attendance_statement(&mut self, words: &[&str]) -> bool {
        match words {
            [people, "live", "at", place] => self.settle_people(&listed(people), home(place)),
            ["net", "of", district, "in", "month", ago, "is", net] => {
                let net: i64 = net.parse().expect("a net");
                assert_eq!(self.closed(ago, district).net, net, "net of {district}");
            }
            [
                "flow",
                way @ ..,
                "from",
                from,
                "to",
                to,
                "in",
                "month",
                ago,
                "is",
                amount,
            ] => {
                let flow = self.clearing(ago).flows.into_iter();
                let flow = flow.filter(|it| (it.0, it.1) == (organisation(from), organisation(to)));
                let flow = flow.map(|it| it.2).next().unwrap_or_default();
                let counted = match way {
                    [] => flow.minutes,
                    _ => flow.reversed,
                };
                assert_eq!(counted, minutes(amount), "{words:?}");
            }
            [
                "moves",
                "from",
                from,
                "to",
                to,
                "in",
                "month",
                ago,
                "are",
                amount,
            ] => {
                let moves = self.clearing(ago).moves.into_iter();
                let moved =
                    moves.filter(|it| (it.0, it.1) == (organisation(from), organisation(to)));
                let moved = moved.map(|it| it.2).next().unwrap_or_default();
                assert_eq!(moved, minutes(amount), "{words:?}");
            }
            [
                district,
                what @ ("opened" | "closed"),
                "month",
                ago,
                "with",
                amount,
            ] => {
                let figures = self.closed(ago, district);
                let found = if *what == "opened" {
                    figures.opening
                } else {
                    figures.closing
                };
                assert_eq!(found, minutes(amount), "{words:?}");
            }
            [
                district,
                what @ ("granted" | "lost"),
                amount,
                "in",
                "month",
                ago,
            ] => {
                let figures = self.closed(ago, district);
                let found = if *what == "granted" {
                    figures.granted
                } else {
                    figures.expired
                };
                assert_eq!(found, minutes(amount), "{words:?}");
            }
            ["month", ago, "is", "not", "closed"] => {
                let key = StateKey::Clearing(self.month(ago));
                assert_eq!(self.load::<ClearingRecord>(&key), None);
            }
            [name, "trained", "for", amount] => {
                let trained = self.account(name).training_given;
                assert_eq!(trained, minutes(amount), "training of {name}");
            }
            _ => return false,
        }
        true
    }

    /// The month so many before that of the next block.
    pub(in crate::ledger::tests) fn month(&self, ago: &str) -> Month {
        let ago = ago.strip_prefix('-').expect("a month like -1");
        let ago: u32 = ago.parse().expect("a number of months");
        Month(self.today().month().0 - ago)
    }

    /// The record of a closed month.
    pub(in crate::ledger::tests) fn clearing(&self, ago: &str) -> ClearingRecord {
        let month = self.month(ago);
        let record = self.load(&StateKey::Clearing(month));
        record.unwrap_or_else(|| panic!("{month} is not closed"))
    }

    fn closed(&self, ago: &str, district: &str) -> DistrictClearing {
        let record = self.clearing(ago);
        *record
            .district(organisation(district))
            .unwrap_or_else(|| panic!("{district} is no district"))
    }

    /// `-120..+0`: minutes before the next block's time.
    fn span(&self, text: &str) -> (TimestampMs, TimestampMs) {
        let (from, to) = text.split_once("..").expect("a span");
        let now_ms = self.block_time();
        let at = |text: &str| match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(before), _) => now_ms.minus_ms(minutes(before).0 * MINUTE_MS),
            (_, Some(after)) => now_ms.plus_ms(minutes(after).0 * MINUTE_MS),
            _ => panic!("{text:?} is no time; write -90 or +0"),
        };
        (at(from), at(to))
    }

    fn settle_people(&mut self, names: &[String], street: OrganisationId) {
        let mut records = Vec::new();
        for name in names {
            let identity = identity(name);
            let account = AccountId::from_seed(&identity);
            let kind = AccountKind::Person { identity };
            let district = OrganisationId(street.0 / 1_000);
            let record = AccountRecord::new(kind, street, district, Some(public(name)));
            self.names.accounts.insert(name.clone(), account);
            records.push((StateKey::Account(account), record));
        }
        self.arrange(|state| {
            for (key, record) in &records {
                state.store(key, record);
            }
        });
    }

    /// Where every minute is by the counters of clearing: the last closing figures and what was counted since, over all
    /// districts and the city.
    pub(in crate::ledger::tests) fn counted_supply(&self) -> Minutes {
        use crate::record::clearing::DistrictMonth;
        use borsh::BorshDeserialize;

        let mut last: Option<ClearingRecord> = None;
        let mut counted = 0i128;
        for (key, value) in self.state.records() {
            if crate::state::key::kinds::is_clearing_key(key) {
                let record = ClearingRecord::try_from_slice(value).expect("a closed month");
                if last.as_ref().is_none_or(|last| last.month < record.month) {
                    last = Some(record);
                }
            } else if crate::state::key::district_of_month_key(key).is_some() {
                let month = DistrictMonth::try_from_slice(value).expect("a counter");
                counted += i128::from(month.received.0) - i128::from(month.left.0);
            }
        }
        for district in last.iter().flat_map(|record| &record.districts) {
            counted += i128::from(district.closing.0);
        }
        Minutes(u64::try_from(counted).expect("nobody has less than nothing"))
    }

    /// The nets of a closed month, district by district; the city has none.
    pub(in crate::ledger::tests) fn nets(&self, ago: &str) -> Vec<i64> {
        let record = self.clearing(ago);
        let districts = record.districts.iter().filter(|it| it.district != CITY);
        districts.map(|it| it.net).collect()
    }
}

/// `chen,cao` or `snow[1-1000]`.
fn listed(text: &str) -> Vec<String> {
    match text.split_once('[') {
        Some((name, numbers)) => {
            let numbers = numbers.strip_suffix(']').expect("a closed bracket");
            let (from, to) = numbers.split_once('-').expect("a range");
            let number = |text: &str| -> u32 { text.parse().expect("a number") };
            (number(from)..=number(to))
                .map(|number| format!("{name}{number}"))
                .collect()
        }
        None if text == "nobody" => Vec::new(),
        None => text.split(',').map(str::to_owned).collect(),
    }
}
