//! Clearing between districts (区际清算): what their people gave and took, month by month.
//!
//! Counters move with every posting that crosses or fills a district, under the month of block time; the chain closes a
//! month by gathering them into one [`ClearingRecord`], which auditors recompute from the blocks and co-sign. It informs
//! the districts' funds and never changes a person's balance.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::hash::{Domain, Hash, hash_of};
use crate::id::{AccountId, Height, OrganisationId, StaffId};
use crate::time::Month;

/// The most auditors who co-sign one month.
pub const CLEARING_COSIGNATURES_MAX: usize = 64;

/// What moved within one district in a month: how its supply got from the opening to the closing figure. The city itself
/// stands for its own pools.
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
pub struct DistrictMonth {
    /// What came into accounts at home there and pools of its organisations.
    pub received: Minutes,
    /// What left them.
    pub left: Minutes,
    /// Granted to its people, within `received`.
    pub granted: Minutes,
    /// Expired, within `left`.
    pub expired: Minutes,
}

/// Minutes from one district to another within a month: what was counted, and what reversals counted back.
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
pub struct Flow {
    /// Counted.
    pub minutes: Minutes,
    /// Counted back.
    pub reversed: Minutes,
}

impl Flow {
    /// What was counted less what was counted back; negative when a month reverses more than it pays.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn net(self) -> Result<i64, AmountError> {
        let signed = |minutes: Minutes| i64::try_from(minutes.0).map_err(|_| AmountError);
        signed(self.minutes)?
            .checked_sub(signed(self.reversed)?)
            .ok_or(AmountError)
    }
}

/// The last block of a month, kept from the first block after it until the month is closed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct MonthEnd {
    /// Its height.
    pub height: Height,
    /// The state root after it.
    pub state_root: Hash,
}

/// A closed month.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ClearingRecord {
    /// The month.
    pub month: Month,
    /// The height of the last block of the month, or before it when it had none.
    pub height: Height,
    /// The state root after that block.
    pub state_root: Hash,
    /// `D[i][j]`: paid by people at home in the first for services and goods of the second; sorted, none is zero.
    pub flows: Vec<(OrganisationId, OrganisationId, Flow)>,
    /// `M[i][j]`: balances that moved home from the first to the second; sorted, none is zero.
    pub moves: Vec<(OrganisationId, OrganisationId, Minutes)>,
    /// Every district and the city, sorted.
    pub districts: Vec<DistrictClearing>,
}

/// One district in a closed month.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct DistrictClearing {
    /// The district, or the city.
    pub district: OrganisationId,
    /// Spendable and held minutes of its people and its pools' minutes when the month began.
    pub opening: Minutes,
    /// The same when it ended.
    pub closing: Minutes,
    /// Granted to its people.
    pub granted: Minutes,
    /// Expired.
    pub expired: Minutes,
    /// What others' people paid for its services and goods, less what its people paid elsewhere: positive means the
    /// district gave more than its people took. The nets of all districts sum to zero.
    pub net: i64,
}

impl ClearingRecord {
    /// What auditors co-sign.
    pub fn clearing_hash(&self) -> Hash {
        hash_of(Domain::Clearing, self)
    }

    /// One district's figures, or the city's.
    pub fn district(&self, district: OrganisationId) -> Option<&DistrictClearing> {
        self.districts
            .iter()
            .find(|listed| listed.district == district)
    }
}

/// Who confirmed a closed month.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ClearingCosignatures {
    /// Auditors and the people behind them, in order of signing; each person once, at most
    /// [`CLEARING_COSIGNATURES_MAX`].
    pub auditors: Vec<(StaffId, AccountId)>,
}
