//! Who waits for minutes of a reserve pool: what a reversal could not give back at once is queued, never minted.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::{AccountId, OrderId};

/// The most claims a reserve pool serves at a time; the next are served in the next block.
pub const CLAIMS_SERVED_MAX: usize = 100;

/// The queue of a reserve pool: its claims are numbered from `first` up to, not including, `next`.
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
pub struct ReserveQueue {
    /// The number of the claim served first.
    pub first: u64,
    /// The number of the next claim that joins.
    pub next: u64,
    /// Minutes of all claims together.
    pub minutes: Minutes,
}

impl ReserveQueue {
    /// Whether nobody waits.
    pub const fn is_empty(&self) -> bool {
        self.first == self.next
    }
}

/// One who waits to be made whole.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ReserveClaim {
    /// Who.
    pub account: AccountId,
    /// For which reversed order.
    pub order: OrderId,
    /// How much is still missing; never zero.
    pub minutes: Minutes,
}
