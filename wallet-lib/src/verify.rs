//! What a wallet calls verified: what was proven, as of which block, and how old that is.
//!
//! A record counts as verified when its proof leads from its key to a header, and the header's certificate to a validator
//! set that the wallet's [`Trust`] holds (`docs/api.md`, "Proofs").

use ledger_core::block::Header;
use ledger_core::genesis::{GENESIS_BYTES_MAX, Genesis};
use ledger_core::id::{BlockId, Height};
use ledger_core::time::{DAY_MS, TimestampMs};

use crate::error::Error;
use crate::trust::system_time;
pub use crate::trust::{BLOCKS_KNOWN_MAX, SET_CHANGES_MAX, Trust};

/// How old a proof may be unless something else is asked for. An idle chain makes no blocks, and its heartbeat may be slow.
pub const AGE_MS_MAX_DEFAULT: u64 = DAY_MS;

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Now, by the wallet's clock.
    pub now_ms: TimestampMs,
    /// The oldest block that counts.
    pub age_ms_max: u64,
}

impl Freshness {
    /// By the system's clock, at most `age_ms_max` old.
    pub fn within(age_ms_max: u64) -> Freshness {
        Freshness {
            now_ms: system_time(),
            age_ms_max,
        }
    }
}

/// Something proven, and as of when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    /// What was proven.
    pub value: T,
    /// The block it was proven against.
    pub height: Height,
    /// That block.
    pub block_id: BlockId,
    /// That block's time.
    pub time_ms: TimestampMs,
}

impl<T> Verified<T> {
    /// How old it is at `now_ms`, in milliseconds: the time since its block. Zero for a block ahead of the wallet's clock.
    pub const fn age_ms(&self, now_ms: TimestampMs) -> u64 {
        now_ms.since_ms(self.time_ms)
    }

    /// The same proof, for what `change` makes of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Verified<U> {
        Verified {
            value: change(self.value),
            height: self.height,
            block_id: self.block_id,
            time_ms: self.time_ms,
        }
    }

    /// `value`, proven against `header`.
    pub(crate) fn of(value: T, header: &Header) -> Verified<T> {
        Verified {
            value,
            height: header.height,
            block_id: header.id(),
            time_ms: header.time_ms,
        }
    }
}

/// Reads a genesis document, as JSON.
///
/// # Errors
/// When it is none.
pub fn read_genesis(text: &str) -> Result<Genesis, Error> {
    if text.len() > GENESIS_BYTES_MAX {
        return Err(Error::GenesisMalformed {
            reason: format!("longer than {GENESIS_BYTES_MAX} bytes"),
        });
    }
    serde_json::from_str(text).map_err(|error| Error::GenesisMalformed {
        reason: error.to_string(),
    })
}
