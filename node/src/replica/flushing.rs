//! When the state is made durable.
//!
//! All nodes commit the same blocks, so what waits in memory grows alike on all of them, and without more ado all would flush
//! at the same height: a quorum busy with its disk at once. So the first flush after a start comes at a share of the usual
//! bounds, another for each validator. From then on each goes the full way from flush to flush, and so they stay apart: while one
//! flushes, the others are a quorum. A block that is a large part of the way by itself can take several there at once; whoever
//! flushes after such a block begins with its share again, or they would stay together. So does everybody after a pause in which
//! a flush took all that waited: the others may have flushed in that pause too.

use super::{Replica, ReplicaEffect, TimerKey};
use crate::storage::state::{FLUSH_BYTES, FLUSH_INTERVAL_MS, Pending, Share};

/// How much more waits when a flush that was asked for, and has not taken what waited, is asked for again.
const OVERDUE_BYTES: usize = FLUSH_BYTES / 4;

/// What a replica knows of its flushes.
#[derive(Debug, Default)]
pub(super) struct Flushing {
    /// Whether it goes the full way to the next: there was one since the start, and it came to no other validator as well.
    goes_full: bool,
    timer_runs: bool,
    /// What waited after the last commit.
    waited: Pending,
    /// When that was.
    committed_ms: u64,
    /// What waited when a flush was asked for that has not taken it yet: it settles blocks first, and waits for the one before.
    asked: Option<Pending>,
}

impl Flushing {
    /// How far to go before the next flush, for the one whose share is `first`.
    const fn share(&self, first: Share) -> Share {
        if self.goes_full { Share::FULL } else { first }
    }

    /// Notes what waits after a commit at `now_ms`; whether that commit brought so much of it that it may have taken others to a
    /// flush at the same height.
    fn note(&mut self, pending: Pending, first: Share, now_ms: u64) -> bool {
        // Each commit adds a block, unless a flush took those before.
        let taken = pending.blocks <= self.waited.blocks;
        let before = if taken { 0 } else { self.waited.bytes };
        if taken {
            self.asked = None;
        }
        let brought = pending.bytes.saturating_sub(before);
        self.waited = pending;
        let pause_ms = now_ms.saturating_sub(self.committed_ms);
        self.committed_ms = now_ms;
        // Nothing waited before this block, so a flush took all of it within the pause: so may those of others have.
        if taken && pending.blocks == 1 && pause_ms >= first.least().of(FLUSH_INTERVAL_MS) {
            self.goes_full = false;
        }
        // The shares are as far apart as the least of them is long.
        first.least().is_passed_by(brought)
    }

    /// Whether to ask for a flush of what waits, of which `due` says whether it is enough. Asked for again before it was taken,
    /// a flush would be followed by one of next to nothing; but not taken for long, it may not have begun.
    fn asks(&self, due: bool) -> bool {
        let since = |asked: Pending| self.waited.bytes.saturating_sub(asked.bytes);
        let overdue = |asked| since(asked) >= OVERDUE_BYTES;
        due && self.asked.is_none_or(overdue)
    }

    /// Notes that a flush was asked for of what waits.
    fn ask(&mut self, goes_full: bool) {
        // If nothing waits, nothing will be taken.
        self.asked = (self.waited.blocks > 0).then_some(self.waited);
        self.goes_full = goes_full;
        self.timer_runs = false;
    }
}

impl Replica {
    /// Asks for a flush when enough waits, or else sees to it that there is one before long.
    pub(super) fn request_flush(&mut self) {
        let first = self.first_share();
        let pending = self.storage.state.pending();
        let may_meet = self.flushing.note(pending, first, self.now_ms);
        let share = self.flushing.share(first);
        let due = pending.is_due_at(share) || self.storage.blocks.is_settling_due_at(share);
        if self.flushing.asks(due) {
            // The interval begins anew with what comes after: a small batch soon after a large one costs much for little.
            if self.flushing.timer_runs {
                let timer = ReplicaEffect::CancelTimer(TimerKey::FlushState);
                self.effects.push(timer);
            }
            self.flush(!may_meet);
        } else if !self.flushing.timer_runs {
            self.flushing.timer_runs = true;
            self.set_timer(TimerKey::FlushState, share.of(FLUSH_INTERVAL_MS));
        }
    }

    /// Asks for a flush now, since the interval is over.
    pub(super) fn flush_on_time(&mut self) {
        self.flush(true);
    }

    fn flush(&mut self, goes_full: bool) {
        self.flushing.ask(goes_full);
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

    /// At which of `blocks`, of so many bytes each, each of four validators flushes, each of them taken `after` so many
    /// blocks more.
    fn heights(blocks: &[usize], after: usize) -> Vec<Vec<usize>> {
        let times: Vec<u64> = (1..).map(|height| height * 15).take(blocks.len()).collect();
        heights_at(blocks, &times, after)
    }

    /// [`heights`] where each block is committed at one of these times.
    fn heights_at(blocks: &[usize], times: &[u64], after: usize) -> Vec<Vec<usize>> {
        heights_of(4, blocks, times, after)
    }

    /// [`heights_at`] of so many validators.
    fn heights_of(
        validators: usize,
        blocks: &[usize],
        times: &[u64],
        after: usize,
    ) -> Vec<Vec<usize>> {
        (0..validators)
            .map(|place| {
                let first = Share::of_place(place, validators);
                let mut flushing = Flushing::default();
                let mut timer_ms = None;
                let mut pending = Pending::default();
                let mut heights = Vec::new();
                for (height, (bytes, now_ms)) in blocks.iter().zip(times).enumerate() {
                    // The timer ran out, and the flush had time.
                    if timer_ms.is_some_and(|timer_ms| timer_ms < *now_ms) {
                        flushing.ask(true);
                        timer_ms = None;
                        pending = Pending::default();
                    }
                    if heights
                        .last()
                        .is_some_and(|last| last + after + 1 == height)
                    {
                        pending = Pending::default();
                    }
                    pending.bytes += bytes;
                    pending.blocks += 1;
                    let may_meet = flushing.note(pending, first, *now_ms);
                    let share = flushing.share(first);
                    if flushing.asks(pending.is_due_at(share)) {
                        heights.push(height);
                        flushing.ask(!may_meet);
                        timer_ms = None;
                    } else if timer_ms.is_none() {
                        timer_ms = Some(now_ms + share.of(FLUSH_INTERVAL_MS));
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
        for after in [0, 1, 5] {
            let heights = heights(&[FLUSH_BYTES / 50; 1_000], after);
            assert_eq!(meetings(&heights), 0, "{heights:?}");
            assert!(heights.iter().all(|it| it.len() >= 17), "{heights:?}");
        }
    }

    #[test]
    fn a_block_that_takes_all_to_a_flush_does_not_keep_them_together() {
        let mut blocks = [FLUSH_BYTES / 50; 1_000];
        blocks[500] = 2 * FLUSH_BYTES;
        let heights = heights(&blocks, 0);
        assert!(heights.iter().all(|it| it.contains(&500)), "{heights:?}");
        assert_eq!(meetings(&heights), 3, "{heights:?}");
    }

    #[test]
    fn a_flush_that_is_slow_to_begin_is_not_asked_for_twice() {
        let times: Vec<u64> = (1..=1_000).map(|height| height * 15).collect();
        for (validators, after) in [(4, 0), (4, 1), (4, 5), (16, 5), (31, 5)] {
            let blocks = [FLUSH_BYTES / 50; 1_000];
            for heights in heights_of(validators, &blocks, &times, after) {
                let ways = heights.windows(2).map(|pair| pair[1] - pair[0]);
                assert!(ways.min() >= Some(50), "{after}: {heights:?}");
            }
        }
    }

    #[test]
    fn a_flush_that_never_begins_is_asked_for_again() {
        let heights = heights(&[FLUSH_BYTES / 50; 1_000], usize::MAX / 2);
        assert!(heights.iter().all(|it| it.len() > 50), "{heights:?}");
    }

    #[test]
    fn validators_stay_apart_after_a_pause_in_which_some_or_all_flushed() {
        for pause_ms in [1, 5, 10, 15, 20, 24, 28, 31, 600].map(|seconds| seconds * 1_000) {
            // Flushes are ten seconds apart.
            let pause = |height: u64| if height > 600 { pause_ms } else { 0 };
            let times: Vec<u64> = (1..=1_000).map(|it| it * 200 + pause(it)).collect();
            let heights = heights_at(&[FLUSH_BYTES / 50; 1_000], &times, 0);
            assert_eq!(meetings(&heights), 0, "{pause_ms}: {heights:?}");
        }
    }
}
