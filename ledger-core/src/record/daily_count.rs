//! How many of something there were on one day: transactions that somebody began, pieces of evidence against a validator.
//!
//! An account's count stands in its record: most transactions of accounts change that record anyway, and one record fewer is
//! one fewer to read, hash and store. Everybody else's is a record of its own.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::id::StaffId;
use crate::signature::PublicKey;
use crate::time::Day;
use crate::transaction::Signer;

/// A count that begins anew every day: what was counted on an earlier day no longer matters. The default: nothing yet.
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
pub struct DailyCount {
    /// The last day on which anything was counted.
    pub day: Day,
    /// How many there were on it.
    pub count: u64,
}

impl DailyCount {
    /// How many there were on `day`, which is not before the last one counted on.
    pub fn on(self, day: Day) -> u64 {
        if self.day == day { self.count } else { 0 }
    }

    /// With one more on `day`; none when there were `limit` on it already.
    #[must_use]
    pub fn with_one_more(self, day: Day, limit: u64) -> Option<DailyCount> {
        let before = self.on(day);
        let count = before.saturating_add(1);
        (before < limit).then_some(DailyCount { day, count })
    }
}

/// A signer whose [`DailyCount`] is a record of its own: any but an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountedSigner {
    /// A staff entry, by the transactions it began.
    Staff(StaffId),
    /// A validator, by its consensus key and the pieces of evidence recorded against it.
    Validator(PublicKey),
}

impl CountedSigner {
    /// The one that `signer` is; none for an account.
    pub const fn of(signer: Signer) -> Option<CountedSigner> {
        match signer {
            Signer::Account(_) => None,
            Signer::Staff(staff) => Some(CountedSigner::Staff(staff)),
            Signer::Key(key) => Some(CountedSigner::Validator(key)),
        }
    }

    /// As a signer.
    pub const fn signer(self) -> Signer {
        match self {
            CountedSigner::Staff(staff) => Signer::Staff(staff),
            CountedSigner::Validator(key) => Signer::Key(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(20_000);

    #[test]
    fn counts_up_to_the_limit_of_a_day_and_anew_on_the_next() {
        let one = DailyCount::default().with_one_more(TODAY, 2).unwrap();
        let two = one.with_one_more(TODAY, 2).unwrap();
        assert_eq!((one.on(TODAY), two.on(TODAY)), (1, 2));
        assert_eq!(two.with_one_more(TODAY, 2), None);
        assert_eq!(two.on(TODAY.next()), 0);
        assert_eq!(two.with_one_more(TODAY.next(), 2).unwrap().count, 1);
    }

    #[test]
    fn a_limit_of_nothing_and_a_full_count_allow_no_more() {
        assert_eq!(DailyCount::default().with_one_more(TODAY, 0), None);
        let full = DailyCount {
            day: TODAY,
            count: u64::MAX,
        };
        assert_eq!(full.with_one_more(TODAY, u64::MAX), None);
    }

    #[test]
    fn the_first_day_of_all_is_counted_like_any_other() {
        let first = DailyCount::default().with_one_more(Day(0), 1).unwrap();
        assert_eq!(first.with_one_more(Day(0), 1), None);
    }
}
