//! Lots: spendable minutes by source and expiry, and the order in which they are spent.
//!
//! At most [`LOTS_MAX`] always. Adding never fails for want of room, because releases and earnings must never fail: what
//! would be one lot too many merges the two that are spent first. Whoever adds has taken out what is past its last day
//! ([`Lots::take_expired`]), so that such a merge cannot bring it back to life.

use std::cmp::Ordering;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::planted::{self, Planted};
use crate::time::Day;

/// The most lots an account holds.
pub const LOTS_MAX: usize = 64;

/// Where minutes came from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Granted by an office.
    Granted,
    /// Earned by service, or received from others.
    Earned,
}

/// Minutes of one source and one expiry.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Lot {
    /// Where they came from.
    pub source: Source,
    /// The last day on which they can be spent; none: they do not expire.
    pub expiry: Option<Day>,
    /// How many; never zero in a stored list.
    pub minutes: Minutes,
}

impl Lot {
    /// Whether its last day has passed.
    pub fn is_past(&self, today: Day) -> bool {
        let early = u32::from(planted::is(Planted::ExpiryOneDayOff));
        self.expiry
            .is_some_and(|last_day| last_day < today.plus_days(early))
    }

    /// The order of spending: soonest expiry first, granted before earned on the same day, no expiry last.
    fn spending_order(&self, other: &Lot) -> Ordering {
        let key = |lot: &Lot| (lot.expiry.is_none(), lot.expiry, lot.source);
        key(self).cmp(&key(other))
    }
}

/// An account's lots, in the order in which they are spent; equal keys merged.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Lots(Vec<Lot>);

/// Why lots cannot be changed as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotError {
    /// Fewer minutes are there than are to be taken.
    Insufficient {
        /// What there is.
        available: Minutes,
    },
    /// A sum does not fit.
    Overflow,
}

impl From<AmountError> for LotError {
    fn from(_: AmountError) -> Self {
        LotError::Overflow
    }
}

impl Lots {
    /// No lots.
    pub const fn new() -> Lots {
        Lots(Vec::new())
    }

    /// The lots, in the order in which they are spent.
    pub fn as_slice(&self) -> &[Lot] {
        &self.0
    }

    /// The sum of all lots.
    ///
    /// # Errors
    /// When it does not fit; a state in which conservation holds has no such lots.
    pub fn total(&self) -> Result<Minutes, AmountError> {
        Minutes::sum(self.0.iter().map(|lot| lot.minutes))
    }

    /// Adds `added`, merging it with a lot of the same source and expiry. When that makes one lot too many, the lot that
    /// is spent first joins the next, so that nothing expires sooner than it would have.
    ///
    /// # Errors
    /// When a sum does not fit; a state in which conservation holds has no such lots.
    pub fn add(&mut self, added: Lot) -> Result<(), AmountError> {
        if added.minutes.is_zero() {
            return Ok(());
        }
        match self.0.binary_search_by(|lot| lot.spending_order(&added)) {
            Ok(index) => self.0[index].minutes = self.0[index].minutes.plus(added.minutes)?,
            Err(index) => self.0.insert(index, added),
        }
        if self.0.len() > LOTS_MAX {
            self.0[1].minutes = self.0[1].minutes.plus(self.0[0].minutes)?;
            self.0.remove(0);
        }
        Ok(())
    }

    /// Takes out every lot past its last day: what there was of each such day, in order. A lot can still be spent on its
    /// last day itself.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn take_expired(&mut self, today: Day) -> Result<Vec<(Day, Minutes)>, AmountError> {
        // Lots with an expiry come first and in order of it, so that what has expired is at the front.
        let count = self.0.partition_point(|lot| lot.is_past(today));
        let mut days: Vec<(Day, Minutes)> = Vec::new();
        for lot in self.0.drain(..count) {
            let day = lot.expiry.expect("a lot without expiry is never past");
            match days.last_mut() {
                Some((last, minutes)) if *last == day => *minutes = minutes.plus(lot.minutes)?,
                _ => days.push((day, lot.minutes)),
            }
        }
        Ok(days)
    }

    /// Puts back what was taken, lot by lot; see [`Lots::add`].
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn put_back(&mut self, taken: &Lots) -> Result<(), AmountError> {
        taken.0.iter().try_for_each(|lot| self.add(*lot))
    }

    /// Takes `minutes` in the order of spending; what was taken, lot by lot.
    ///
    /// # Errors
    /// When fewer are there; nothing is changed then.
    pub fn take(&mut self, minutes: Minutes) -> Result<Lots, LotError> {
        let available = self.total()?;
        if available < minutes {
            return Err(LotError::Insufficient { available });
        }
        let mut taken = Lots::new();
        let mut missing = minutes;
        if planted::is(Planted::LotOrderWrong) {
            self.0.reverse();
        }
        for lot in &mut self.0 {
            let part = lot.minutes.min(missing);
            lot.minutes = lot.minutes.minus(part)?;
            missing = missing.minus(part)?;
            taken.0.push(Lot {
                minutes: part,
                ..*lot
            });
        }
        self.0.retain(|lot| !lot.minutes.is_zero());
        taken.0.retain(|lot| !lot.minutes.is_zero());
        if planted::is(Planted::LotOrderWrong) {
            self.0.reverse();
            taken.0.reverse();
        }
        assert!(missing.is_zero(), "the total covered the amount");
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
