//! Monthly statements: of an account, of a merchant, of a district.
//!
//! An account's and a merchant's are made from the account's history, which a wallet proves complete; a district's from the
//! book. What always holds: a statement that does not add up is not made. It is an error that names the figure, what the
//! postings come to and what the record says.
//!
//! - [`figures`] is what an account has, and what a posting does to it.
//! - [`account`], [`merchant`], [`district`] are the statements.
//! - [`page`] puts them on paper.

pub mod account;
pub mod district;
pub mod figures;
pub mod merchant;
pub mod page;

use ledger_core::amount::AmountError;
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::time::{Calendar, TimestampMs};
use serde::Serialize;

pub use account::{AccountStatement, Known};
pub use district::{DistrictStatement, DistrictStatements};
pub use figures::Figures;
pub use ledger_core::time::Month;
pub use merchant::MerchantStatement;
pub use page::Paperwork;

/// Why there is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The month has not begun.
    #[error("month {month} has not begun on {now}; ask for an earlier one")]
    Early {
        /// Which.
        month: Month,
        /// The day as of which things are known.
        now: ledger_core::time::Day,
    },
    /// What the postings come to is not what the record says.
    #[error(
        "{figure}: the postings come to {stated} min, the record says {recorded} min; read the history again, from another node"
    )]
    Unreconciled {
        /// Which figure.
        figure: &'static str,
        /// By the postings.
        stated: u64,
        /// By the record.
        recorded: u64,
    },
    /// A merchant's statement was asked for somebody else.
    #[error("account {account} is no merchant's; ask for the statement of an account")]
    NoMerchant {
        /// Whose it is.
        account: AccountId,
    },
    /// A district's statement was asked for something else.
    #[error("{organisation:?} is no district; name one by its six digits")]
    NoDistrict {
        /// What was named.
        organisation: OrganisationId,
    },
    /// An account that nobody opened.
    #[error("account {account} was never opened; feed blocks from the first on")]
    AccountUnknown {
        /// Which.
        account: AccountId,
    },
    /// A sum does not fit, or something would have less than nothing.
    #[error("a sum does not fit, or something would have less than nothing: postings are missing")]
    Amount,
}

impl From<AmountError> for StatementError {
    fn from(_: AmountError) -> StatementError {
        StatementError::Amount
    }
}

/// The month of a statement, and how far it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The month.
    pub month: Month,
    /// By which instants become days.
    #[serde(skip)]
    pub calendar: Calendar,
    /// Its first instant.
    pub begins_ms: TimestampMs,
    /// The first instant after it.
    pub ends_ms: TimestampMs,
    /// The block time up to which things are known.
    pub known_ms: TimestampMs,
    /// Whether the month is over by then; if not, the statement is a provisional one.
    pub is_over: bool,
}

impl Period {
    /// `month` by `calendar`, known up to a block of `known_ms`.
    ///
    /// # Errors
    /// When it has not begun by then.
    pub fn of(
        month: Month,
        calendar: Calendar,
        known_ms: TimestampMs,
    ) -> Result<Period, StatementError> {
        let begins_ms = calendar.start_of(month.first_day());
        if known_ms < begins_ms {
            let now = calendar.day(known_ms);
            return Err(StatementError::Early { month, now });
        }
        let ends_ms = calendar.end_of_month(month);
        Ok(Period {
            month,
            calendar,
            begins_ms,
            ends_ms,
            known_ms,
            is_over: known_ms >= ends_ms,
        })
    }
}

#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod tests;
