//! What a person has given: the record that a volunteer can show to an employer, a school or another city.
//!
//! An account's record tells balance, programmes, kin and debts, and its history names everyone it ever had to do with. What
//! a volunteer shows with a certificate must be the service alone. So that is kept in records of its own (ADR 0012): one
//! [`ServiceRecord`] for all time, and one [`ServiceYear`] for each calendar year, by month and kind of service. They hold
//! sums: no order, no recipient, no day. What was taken back is subtracted where it had been counted, so that there is
//! nothing to leave out. People have them, groups do not: what a member served for a group counts for the member alone.
//!
//! They follow the postings by themselves, block by block: no rule writes them, so none can forget them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::ServiceCode;
use crate::record::account::RatingTotal;
use crate::time::Month;

/// What a person has given in all; never all zero in the state.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct ServiceRecord {
    /// Service that counts as given, campaigns included: what stars are for.
    pub served: Minutes,
    /// Work in campaigns that no budget line covered, beside it.
    pub honorary: Minutes,
    /// Training attended.
    pub trained: Minutes,
    /// How those served rated the service; ratings of a group are not its members'.
    pub rating: RatingTotal,
}

impl ServiceRecord {
    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        *self == ServiceRecord::default()
    }
}

/// How often, and for how long in all.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct Tally {
    /// How often.
    pub times: u32,
    /// How long.
    pub minutes: Minutes,
}

impl Tally {
    /// Whether it counts nothing.
    pub const fn is_empty(&self) -> bool {
        self.times == 0 && self.minutes.is_zero()
    }

    /// Counts `minutes` once more.
    pub fn add(&mut self, minutes: Minutes) {
        self.times = self.times.saturating_add(1);
        self.minutes = self.minutes.saturating_plus(minutes);
    }

    /// Counts `minutes` once less.
    pub fn take(&mut self, minutes: Minutes) {
        self.times = self.times.saturating_sub(1);
        self.minutes = self.minutes.saturating_minus(minutes);
    }
}

/// What was given in one calendar month, by the day on which a service, training or campaign began; never empty in the
/// state.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ServiceMonth {
    /// Services by kind, sorted by code, each once, none empty.
    pub services: Vec<(ServiceCode, Tally)>,
    /// Campaigns whose minutes count as service.
    pub campaigns: Tally,
    /// Campaigns that no budget line covered.
    pub honorary: Tally,
    /// Trainings.
    pub trainings: Tally,
}

impl ServiceMonth {
    /// Whether there is nothing to show.
    pub const fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.campaigns.is_empty()
            && self.honorary.is_empty()
            && self.trainings.is_empty()
    }

    /// Changes what is counted of services of one kind.
    fn change(&mut self, service: ServiceCode, change: impl FnOnce(&mut Tally)) {
        let at = match self
            .services
            .binary_search_by_key(&service, |(code, _)| *code)
        {
            Ok(at) => at,
            Err(at) => {
                self.services.insert(at, (service, Tally::default()));
                at
            }
        };
        change(&mut self.services[at].1);
        if self.services[at].1.is_empty() {
            self.services.remove(at);
        }
    }

    /// Counts a service.
    pub fn add_service(&mut self, service: ServiceCode, minutes: Minutes) {
        self.change(service, |tally| tally.add(minutes));
    }

    /// Counts a service no more.
    pub fn take_service(&mut self, service: ServiceCode, minutes: Minutes) {
        self.change(service, |tally| tally.take(minutes));
    }

    /// Services of every kind and campaigns: what counts as given.
    pub fn served(&self) -> Minutes {
        self.services
            .iter()
            .map(|(_, tally)| tally.minutes)
            .fold(self.campaigns.minutes, Minutes::saturating_plus)
    }
}

/// What a person gave in one calendar year; never empty in the state.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ServiceYear {
    /// By the number of the month, from 1 to 12, sorted, each once, none empty.
    pub months: Vec<(u8, ServiceMonth)>,
}

impl ServiceYear {
    /// Changes what is counted of one month, by its number.
    pub fn change(&mut self, month: u8, change: impl FnOnce(&mut ServiceMonth)) {
        let at = match self
            .months
            .binary_search_by_key(&month, |(number, _)| *number)
        {
            Ok(at) => at,
            Err(at) => {
                self.months.insert(at, (month, ServiceMonth::default()));
                at
            }
        };
        change(&mut self.months[at].1);
        if self.months[at].1.is_empty() {
            self.months.remove(at);
        }
    }

    /// Whether the months, and the kinds in each, are in order, each once and none empty: what the ledger writes.
    pub fn is_in_order(&self) -> bool {
        let months_in_order = self.months.is_sorted_by(|left, right| left.0 < right.0)
            && self.months.iter().all(|(number, month)| {
                (1..=12).contains(number)
                    && !month.is_empty()
                    && month.services.is_sorted_by(|left, right| left.0 < right.0)
                    && month.services.iter().all(|(_, tally)| !tally.is_empty())
            });
        months_in_order && !self.months.is_empty()
    }
}

/// The year of `month`, and the month's number in it.
pub fn year_and_number(month: Month) -> (u32, u8) {
    let number = (month.0 % 12).saturating_add(1);
    (
        month.0 / 12,
        u8::try_from(number).expect("a remainder of twelve, and one"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPANY: ServiceCode = ServiceCode(1);
    const MEAL: ServiceCode = ServiceCode(2);

    #[test]
    fn what_is_added_and_taken_again_leaves_nothing() {
        let mut year = ServiceYear::default();
        year.change(3, |month| month.add_service(MEAL, Minutes(60)));
        year.change(1, |month| month.add_service(MEAL, Minutes(30)));
        year.change(3, |month| month.add_service(COMPANY, Minutes(45)));
        assert!(year.is_in_order());
        assert_eq!(year.months[1].1.served(), Minutes(105));
        year.change(3, |month| month.take_service(MEAL, Minutes(60)));
        assert_eq!(year.months[1].1.services.len(), 1);
        year.change(3, |month| month.take_service(COMPANY, Minutes(45)));
        year.change(1, |month| month.take_service(MEAL, Minutes(30)));
        assert_eq!(year, ServiceYear::default());
        assert!(!year.is_in_order(), "the ledger keeps no empty year");
    }

    #[test]
    fn a_month_has_its_year_and_number() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(year_and_number(month), (2026, 12));
        assert_eq!(year_and_number(month.next()), (2027, 1));
    }
}
