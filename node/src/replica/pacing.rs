//! When a height begins: a moment after the one before began while there is something to do
//! ([`super::ReplicaConfig::height_interval_ms`]), at once if that moment has passed, and otherwise not before there is.
//!
//! The chain pauses by not starting the next height. It goes on when a transaction would apply, when another validator has
//! begun (the consensus host says so of genuine messages only), when the first piece of automatic work falls due by this
//! node's clock, and, if so configured, when the newest block has become old. An idle network says nothing but heights.

use ledger_core::id::Height;
use ledger_core::ledger::rejection::Outlook;
use ledger_core::ledger::{Rejection, next_due};
use ledger_core::state::StateView;
use ledger_core::time::TimestampMs;

use super::mempool::Signatures;
use super::{Replica, Step, SubmitError, TimerKey};
use crate::consensus::{HostInput, Participation};

/// The longest sleep: a timer that is set anew costs nothing, and clocks are adjusted.
const SLEEP_MS_MAX: u64 = 60_000;
/// The shortest sleep.
const SLEEP_MS_MIN: u64 = 1;
/// How many transactions are tried for whether one would apply; beyond that a height is begun, which tries them all.
const TRIALS_MAX: usize = 256;
/// A proposer takes the time of work that falls due within so many milliseconds, so that clocks that run a little apart
/// do not make empty blocks.
pub(super) const DUE_SOON_MS: u64 = 250;

/// What consensus does about the height after the tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing: a decided block, or blocks of a peer, are on their way.
    Between,
    /// It waits until the height before has begun long enough ago.
    Resting(Height),
    /// It waits for something to do.
    Awaiting(Height),
    /// It decides.
    Deciding {
        /// The height.
        height: Height,
        /// The round.
        round: u32,
    },
}

impl Replica {
    /// Begins the height after the tip, or lets it wait. The log is about that height from here on.
    pub(super) fn begin_next(&mut self) -> Step {
        let height = self.tip.height.next();
        if self.storage.wal.height() != height {
            // If we crash before this, the log is about a height whose block is durable; the next start ignores it.
            self.storage.wal.reset(height)?;
        }
        self.proposals.clear();
        let rest_ms = self.rest_ms();
        if rest_ms == 0 && self.has_work()? {
            return self.start_height(Vec::new());
        }
        self.feed(HostInput::AwaitHeight {
            height,
            validators: self.validators.as_ref().clone(),
        });
        if rest_ms > 0 {
            self.phase = Phase::Resting(height);
            self.set_timer(TimerKey::Wake, rest_ms);
            return Ok(());
        }
        self.wait_for_work(height)
    }

    /// Waits with the height after the tip, as there is nothing to do, and says so.
    fn wait_for_work(&mut self, height: Height) -> Step {
        self.phase = Phase::Awaiting(height);
        self.announce();
        self.set_wake_timer()
    }

    /// How long until the height before has begun long enough ago; not at all after a clock was set back to before that.
    fn rest_ms(&self) -> u64 {
        let since_ms = self.now_ms.checked_sub(self.height_began_ms);
        since_ms.map_or(0, |since_ms| {
            self.config.height_interval_ms.saturating_sub(since_ms)
        })
    }

    /// Starts the height after the tip with what the log holds about it, unless its block would follow rules that this
    /// program does not know.
    pub(super) fn start_height(&mut self, wal: Vec<Vec<u8>>) -> Step {
        // If we stop here, nothing was said about the height; what the log holds about it is found again.
        self.require_known_rules(self.proposal_time()?)?;
        let height = self.tip.height.next();
        self.phase = Phase::Deciding { height, round: 0 };
        self.height_began_ms = self.now_ms;
        self.observing = false;
        self.feed(HostInput::StartHeight {
            height,
            validators: self.validators.as_ref().clone(),
            wal,
            participation: Participation::Vote,
        });
        Ok(())
    }

    /// Starts the height that waits if it has rested and there is something to do.
    pub(super) fn wake_if_due(&mut self) -> Step {
        let (Phase::Resting(height) | Phase::Awaiting(height)) = self.phase else {
            return Ok(());
        };
        let rests = matches!(self.phase, Phase::Resting(_));
        let rest_ms = self.rest_ms();
        if rests && rest_ms > 0 {
            self.set_timer(TimerKey::Wake, rest_ms);
            return Ok(());
        }
        if self.has_work()? {
            return self.start_height(Vec::new());
        }
        if rests {
            return self.wait_for_work(height);
        }
        self.set_wake_timer()
    }

    /// A validator is at `height` already.
    pub(super) fn wake_for_peer(&mut self, height: Height) -> Step {
        if [Phase::Resting(height), Phase::Awaiting(height)].contains(&self.phase) {
            self.start_height(Vec::new())?;
        }
        Ok(())
    }

    fn has_work(&mut self) -> Step<bool> {
        if self.ms_until_wake()? == Some(0) {
            return Ok(true);
        }
        self.has_admissible_transaction()
    }

    /// How long until automatic work falls due or a heartbeat is wanted; none when neither ever is.
    fn ms_until_wake(&self) -> Step<Option<u64>> {
        let view = self.storage.state.snapshot();
        let time_ms = self.next_block_time(&view)?;
        let now_ms = TimestampMs(self.now_ms);
        // On a test chain whose time is ahead, waiting helps only once the clock has caught up with the work.
        let due = self.next_due_after_tip(&view)?.map(|due_ms| {
            if due_ms <= time_ms {
                0
            } else {
                due_ms.since_ms(now_ms).max(SLEEP_MS_MIN)
            }
        });
        let heartbeat = self.config.heartbeat_ms.map(|interval_ms| {
            let newest_ms = self.last_commit_ms.unwrap_or(self.tip.time_ms.0);
            newest_ms
                .saturating_add(interval_ms)
                .saturating_sub(self.now_ms)
        });
        Ok(match (due, heartbeat) {
            (Some(due), Some(heartbeat)) => Some(due.min(heartbeat)),
            (due, heartbeat) => due.or(heartbeat),
        })
    }

    /// When the first piece of automatic work falls due in `view`, the state after the tip. It is looked for once a height:
    /// work that was done and is not yet gone from the database lies before it, and is passed over each time.
    fn next_due_after_tip(&self, view: &dyn StateView) -> Step<Option<TimestampMs>> {
        if let Some((height, due)) = self.next_due.get()
            && height == self.tip.height
        {
            return Ok(due);
        }
        let due = next_due(view)?;
        self.next_due.set(Some((self.tip.height, due)));
        Ok(due)
    }

    fn set_wake_timer(&mut self) -> Step {
        if let Some(after_ms) = self.ms_until_wake()? {
            let after_ms = after_ms.clamp(SLEEP_MS_MIN, SLEEP_MS_MAX);
            self.set_timer(TimerKey::Wake, after_ms);
        }
        Ok(())
    }

    /// Whether a ready transaction would apply. Those that would not leave on the way.
    fn has_admissible_transaction(&mut self) -> Step<bool> {
        for _ in 0..TRIALS_MAX {
            let first = self
                .mempool
                .ready_in_order()
                .next()
                .map(|entry| entry.sealed.clone());
            let Some(sealed) = first else {
                return Ok(false);
            };
            let Err(rejection) = self.try_out(&sealed)? else {
                return Ok(true);
            };
            if let Some(entry) = self.mempool.remove(&sealed.envelope_hash()) {
                self.put_off_or_drop(entry, rejection);
            }
        }
        Ok(self.mempool.has_candidates())
    }

    /// What becomes of a ready transaction that would not apply.
    pub(super) fn put_off_or_drop(&mut self, entry: super::mempool::Entry, rejection: Rejection) {
        let sealed = entry.sealed.clone();
        if rejection.outlook() == Outlook::Final {
            self.report_dropped(&sealed, SubmitError::Rejected(rejection));
            return;
        }
        let tip = self.tip.height;
        let put_off = self
            .mempool
            .insert_waiting(entry, rejection, tip, Signatures::Verified);
        match put_off {
            Ok(evicted) => {
                for entry in evicted {
                    self.report_dropped(&entry.sealed, SubmitError::GaveWay);
                }
            }
            Err(error) => self.report_dropped(&sealed, error),
        }
    }

    /// The time for a block of this node's: now, or, when work falls due in a moment, that moment.
    pub(super) fn proposal_time(&self) -> Step<TimestampMs> {
        let view = self.storage.state.snapshot();
        let time_ms = self.next_block_time(&view)?;
        // By the clock, not by the time found: else a dense queue would push block time ever further ahead of the clock.
        let until_ms = TimestampMs(self.now_ms.saturating_add(DUE_SOON_MS));
        let due = self.next_due_after_tip(&view)?;
        let soon = due.filter(|due_ms| *due_ms > time_ms && *due_ms <= until_ms);
        Ok(soon.unwrap_or(time_ms))
    }
}
