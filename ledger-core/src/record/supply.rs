//! The supply: where every minute that was ever issued is now.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};

/// The most all budget lines together may mint: far below what 64 bits hold, so that no sum over the ledger can overflow
/// and settlement cannot fail for that. About two billion years of service.
pub const BUDGETED_MAX: Minutes = Minutes(1 << 50);

/// Totals over the whole ledger. Conservation: `issued = spendable + held + pools + redeemed + expired + voided`, after
/// every block.
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
pub struct SupplyRecord {
    /// The minutes of all budget lines, at most [`BUDGETED_MAX`]: what may be issued in all. Not part of the supply.
    pub budgeted: Minutes,
    /// Minted for service.
    pub issued_service: Minutes,
    /// Minted for grants.
    pub issued_grant: Minutes,
    /// Minted for training.
    pub issued_training: Minutes,
    /// Minted for campaigns.
    pub issued_campaign: Minutes,
    /// Minted into pools.
    pub issued_fund: Minutes,
    /// In accounts, spendable.
    pub spendable: Minutes,
    /// In accounts, held under orders.
    pub held: Minutes,
    /// In pools.
    pub pools: Minutes,
    /// Exchanged for goods.
    pub redeemed: Minutes,
    /// Expired.
    pub expired: Minutes,
    /// Minted and taken back by reversal.
    pub voided: Minutes,
}

impl SupplyRecord {
    /// Everything ever issued.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn issued(&self) -> Result<Minutes, AmountError> {
        Minutes::sum([
            self.issued_service,
            self.issued_grant,
            self.issued_training,
            self.issued_campaign,
            self.issued_fund,
        ])
    }

    /// Everything there is now, wherever it went.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn accounted(&self) -> Result<Minutes, AmountError> {
        Minutes::sum([
            self.spendable,
            self.held,
            self.pools,
            self.redeemed,
            self.expired,
            self.voided,
        ])
    }
}
