//! Minutes (分钟): the only quantity on the ledger.
//!
//! Non-negative integers with checked arithmetic only; there is no operator that could overflow silently.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A number of minutes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Minutes(pub u64);

/// A sum that does not fit, or a difference below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("minutes out of range")]
pub struct AmountError;

impl Minutes {
    /// None.
    pub const ZERO: Minutes = Minutes(0);

    /// Whether there are none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// When it does not fit 64 bits.
    pub fn plus(self, other: Minutes) -> Result<Minutes, AmountError> {
        self.0.checked_add(other.0).map(Minutes).ok_or(AmountError)
    }

    /// The difference.
    ///
    /// # Errors
    /// When it would be negative.
    pub fn minus(self, other: Minutes) -> Result<Minutes, AmountError> {
        self.0.checked_sub(other.0).map(Minutes).ok_or(AmountError)
    }

    /// The difference, or none when it would be negative.
    #[must_use]
    pub const fn saturating_minus(self, other: Minutes) -> Minutes {
        Minutes(self.0.saturating_sub(other.0))
    }

    /// The sum, or the greatest figure there is: for memo figures outside the supply only.
    #[must_use]
    pub const fn saturating_plus(self, other: Minutes) -> Minutes {
        Minutes(self.0.saturating_add(other.0))
    }

    /// `percent` of these minutes, rounded down to the minute.
    ///
    /// # Errors
    /// When the product does not fit 64 bits.
    pub fn percent(self, percent: u16) -> Result<Minutes, AmountError> {
        let product = self.0.checked_mul(u64::from(percent)).ok_or(AmountError)?;
        product.checked_div(100).map(Minutes).ok_or(AmountError)
    }

    /// The exact sum of `amounts`.
    ///
    /// # Errors
    /// When it does not fit 64 bits.
    pub fn sum(amounts: impl IntoIterator<Item = Minutes>) -> Result<Minutes, AmountError> {
        amounts.into_iter().try_fold(Minutes::ZERO, Minutes::plus)
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Minutes(1).minus(Minutes(2)), Err(AmountError));
        assert_eq!(Minutes(u64::MAX).plus(Minutes(1)), Err(AmountError));
        assert_eq!(Minutes(u64::MAX).percent(101), Err(AmountError));
        assert_eq!(Minutes(45).percent(150), Ok(Minutes(67)));
        assert_eq!(Minutes(1).saturating_minus(Minutes(2)), Minutes::ZERO);
    }
}
