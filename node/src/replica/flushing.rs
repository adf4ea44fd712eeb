//! When the state is made durable.
//!
//! All nodes commit the same blocks, so what waits in memory grows alike on all of them, and without more ado all would flush
//! at the same height: a quorum busy with its disk at once. So the first flush after a start comes at a share of the usual
//! bounds, another for each validator. From then on each goes the full way from flush to flush, and so they stay apart: while one
//! flushes, the others are a quorum.

use super::{Replica, ReplicaEffect, TimerKey};
use crate::storage::state::{FLUSH_INTERVAL_MS, Share};

/// What a replica knows of its flushes.
#[derive(Debug, Default)]
pub(super) struct Flushing {
    /// Whether one was asked for since the start.
    began: bool,
    timer_runs: bool,
}

impl Replica {
    /// Asks for a flush when enough waits, or else sees to it that there is one before long.
    pub(super) fn request_flush(&mut self) {
        let share = if self.flushing.began {
            Share::FULL
        } else {
            self.first_share()
        };
        if self.storage.state.pending().is_due_at(share) || self.storage.blocks.is_settling_due() {
            // The interval begins anew with what comes after: a small batch soon after a large one costs much for little.
            if self.flushing.timer_runs {
                let timer = ReplicaEffect::CancelTimer(TimerKey::FlushState);
                self.effects.push(timer);
            }
            self.flush();
        } else if !self.flushing.timer_runs {
            self.flushing.timer_runs = true;
            self.set_timer(TimerKey::FlushState, share.of(FLUSH_INTERVAL_MS));
        }
    }

    /// Asks for a flush now.
    pub(super) fn flush(&mut self) {
        self.flushing = Flushing {
            began: true,
            timer_runs: false,
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
