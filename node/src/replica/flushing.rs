//! When the state is made durable.
//!
//! All nodes commit the same blocks, so what waits in memory grows alike on all of them, and without more ado all would flush
//! at the same height: a quorum busy with its disk at once. So the first flush after a start comes at a share of the usual
//! bounds, another for each validator. From then on each goes the full way from flush to flush, and so they stay apart: while one
//! flushes, the others are a quorum. A block that is a large part of the way by itself can take several there at once; whoever
//! flushes after such a block begins with its share again, or they would stay together.

use super::{Replica, ReplicaEffect, TimerKey};
use crate::storage::state::{FLUSH_INTERVAL_MS, Pending, Share};

/// What a replica knows of its flushes.
#[derive(Debug, Default)]
pub(super) struct Flushing {
    /// Whether it goes the full way to the next: there was one since the start, and it came to no other validator as well.
    goes_full: bool,
    timer_runs: bool,
    /// What waited after the last commit.
    waited: Pending,
}

impl Flushing {
    /// How far to go before the next flush, for the one whose share is `first`.
    const fn share(&self, first: Share) -> Share {
        if self.goes_full { Share::FULL } else { first }
    }

    /// Notes what waits after a commit; whether that commit brought so much of it that it may have taken others to a flush at the
    /// same height.
    fn note(&mut self, pending: Pending, first: Share) -> bool {
        let brought = pending.bytes.saturating_sub(self.waited.bytes);
        self.waited = pending;
        // The shares are as far apart as the least of them is long.
        first.least().is_passed_by(brought)
    }
}

impl Replica {
    /// Asks for a flush when enough waits, or else sees to it that there is one before long.
    pub(super) fn request_flush(&mut self) {
        let first = self.first_share();
        let share = self.flushing.share(first);
        let pending = self.storage.state.pending();
        let may_meet = self.flushing.note(pending, first);
        if pending.is_due_at(share) || self.storage.blocks.is_settling_due_at(share) {
            // The interval begins anew with what comes after: a small batch soon after a large one costs much for little.
            if self.flushing.timer_runs {
                let timer = ReplicaEffect::CancelTimer(TimerKey::FlushState);
                self.effects.push(timer);
            }
            self.flush();
            self.flushing.goes_full = !may_meet;
        } else if !self.flushing.timer_runs {
            self.flushing.timer_runs = true;
            self.set_timer(TimerKey::FlushState, share.of(FLUSH_INTERVAL_MS));
        }
    }

    /// Asks for a flush now.
    pub(super) fn flush(&mut self) {
        self.flushing = Flushing {
            goes_full: true,
            ..Flushing::default()
        };
        self.effects.push(ReplicaEffect::FlushState);
    }

    /// How far to go before the first flush: by the place among the validators. Who is none has nobody to stay apart from.
    fn first_share(&self) -> Share {
        let validators = self.validators.as_slice();
        let place = validators
            .iter()
            .position(|validator| validator.address() == self.address);
        place.map_or(Share::FULL, |place| {
            Share::of_place(place, validators.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::state::FLUSH_BYTES;

    /// At which of `blocks`, of so many bytes each, each of four validators flushes.
    fn heights(blocks: &[usize]) -> Vec<Vec<usize>> {
        (0..4)
            .map(|place| {
                let first = Share::of_place(place, 4);
                let mut flushing = Flushing::default();
                let mut pending = Pending::default();
                let mut heights = Vec::new();
                for (height, bytes) in blocks.iter().enumerate() {
                    pending.bytes += bytes;
                    pending.blocks += 1;
                    let share = flushing.share(first);
                    let may_meet = flushing.note(pending, first);
                    if pending.is_due_at(share) {
                        heights.push(height);
                        pending = Pending::default();
                        flushing = Flushing {
                            goes_full: !may_meet,
                            ..Flushing::default()
                        };
                    }
                }
                heights
            })
            .collect()
    }

    fn meetings(heights: &[Vec<usize>]) -> usize {
        let mut all: Vec<usize> = heights.concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        count - all.len()
    }

    #[test]
    fn validators_flush_at_different_heights() {
        let heights = heights(&[FLUSH_BYTES / 50; 1_000]);
        assert_eq!(meetings(&heights), 0, "{heights:?}");
        assert!(heights.iter().all(|it| it.len() >= 19), "{heights:?}");
    }

    #[test]
    fn a_block_that_takes_all_to_a_flush_does_not_keep_them_together() {
        let mut blocks = [FLUSH_BYTES / 50; 1_000];
        blocks[500] = 2 * FLUSH_BYTES;
        let heights = heights(&blocks);
        assert!(heights.iter().all(|it| it.contains(&500)), "{heights:?}");
        assert_eq!(meetings(&heights), 3, "{heights:?}");
    }
}
