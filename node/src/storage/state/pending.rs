//! What waits in memory to be made durable, and how much of it is enough for a flush.

use std::num::NonZeroU64;

use crate::storage::lengths::to_u64;

/// A flush is due at the latest when so many blocks wait.
pub const FLUSH_BLOCKS: u64 = 2_048;
/// A flush is due at the latest after this time, when anything waits.
pub const FLUSH_INTERVAL_MS: u64 = 30_000;
/// A flush is due when about so many bytes wait.
pub const FLUSH_BYTES: usize = 48 * 1024 * 1024;
/// The most blocks that wait in memory; [`super::StateStore::commit`] flushes by itself before there are more.
pub const PENDING_BLOCKS_MAX: u64 = 4_096;
/// About the most bytes that wait in memory; [`super::StateStore::commit`] flushes by itself before there are more.
pub const PENDING_BYTES_MAX: usize = 96 * 1024 * 1024;

/// What waits in memory to be made durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Blocks.
    pub blocks: u64,
    /// Bytes, about.
    pub bytes: usize,
}

/// A share of the way from one flush to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    part: NonZeroU64,
    whole: NonZeroU64,
}

impl Share {
    /// All of it.
    pub const FULL: Share = Share {
        part: NonZeroU64::MIN,
        whole: NonZeroU64::MIN,
    };

    /// That of the one at `place` of `count`, counted from 0: the last goes all the way.
    pub fn of_place(place: usize, count: usize) -> Share {
        let whole = NonZeroU64::new(to_u64(count)).unwrap_or(NonZeroU64::MIN);
        Share {
            part: NonZeroU64::MIN.saturating_add(to_u64(place)).min(whole),
            whole,
        }
    }

    /// That of the first place of as many.
    pub const fn least(self) -> Share {
        Share {
            part: NonZeroU64::MIN,
            whole: self.whole,
        }
    }

    /// This share of `full`.
    pub const fn of(self, full: u64) -> u64 {
        full.saturating_mul(self.part.get()) / self.whole.get()
    }

    /// Whether so many bytes are enough for a flush at this share.
    pub fn is_passed_by(self, bytes: usize) -> bool {
        to_u64(bytes) >= self.of(to_u64(FLUSH_BYTES))
    }
}

impl Pending {
    /// Whether it is time to flush, whatever the clock says.
    pub fn is_due(&self) -> bool {
        self.is_due_at(Share::FULL)
    }

    /// Whether it is time to flush for somebody who goes only this share of the way to a flush.
    pub fn is_due_at(&self, share: Share) -> bool {
        self.blocks >= share.of(FLUSH_BLOCKS) || share.is_passed_by(self.bytes)
    }

    /// Whether a commit flushes first, whoever asks or not.
    pub(super) const fn is_full(&self) -> bool {
        self.blocks >= PENDING_BLOCKS_MAX || self.bytes >= PENDING_BYTES_MAX
    }
}
