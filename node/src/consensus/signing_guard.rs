//! What keeps a key from contradicting itself: the last-signed record and the rule that is asked before every signature.
//!
//! Two levels, because a crash and a loss are different accidents:
//!
//! - **Every signature** is an entry of the write-ahead log, synced before it leaves the node. After a crash the guard
//!   is rebuilt from those entries, so a host that replays its log signs exactly what it had signed.
//! - **Once a height**, before the first signature of that height leaves, the record [`LastSigned`] is written durably
//!   to a place of its own, *after* the log was synced. The record is for the day the log is lost, and it lives outside
//!   of backups, so that a restored node does not bring an old one back. It costs one more sync a height, not three.
//!   When one of its two slots is bad, the older record counts only while the log has a message of ours of a later height:
//!   every message is in the log, synced, before its record (`replica/recovery.rs`).
//!
//! What a start then means, at height `h`:
//!
//! | record | log of `h` | |
//! |---|---|---|
//! | older than `h` | anything | votes |
//! | of `h` | holds a message of ours | votes, as the log allows |
//! | of `h` | holds none: it was lost | observes `h` |
//! | newer than `h`: the blocks were restored | anything | observes until past the record |
//! | none: wiped, restored or cloned | anything | observes until two heights after one decided since the start |
//!
//! A new key comes with a record that says [`LastSigned::NOTHING`], written when the key is made; a chain could never
//! start otherwise. If we crash between the sync of the log and the write of the record, the log speaks and the record
//! is merely older; the other order could leave a record without its log on every node at once, and no node would vote
//! again.
//!
//! Blocks committed by sync do not count as "decided since the start": they may be old. Why two heights: an earlier
//! life of this key can have voted at the height that was in progress when we started, and, if that one was decided
//! before we could see it, at the next.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::certificate::{Vote, VoteStep};
use ledger_core::codec::{self, DecodeError};
use ledger_core::id::{BlockId, Height};

use super::wire::Proposal;
use crate::planted::{self, Planted};

/// The longest encoding of a record, in bytes.
pub const LAST_SIGNED_BYTES_MAX: usize = 128;
/// A node without a record votes this many heights after one that was decided since it started.
pub const OBSERVED_HEIGHTS: u64 = 2;

/// The steps of a round in which something is signed, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum SignedStep {
    /// A proposal.
    Propose,
    /// A prevote.
    Prevote,
    /// A precommit.
    Precommit,
}

impl SignedStep {
    pub(crate) fn of_vote(step: VoteStep) -> SignedStep {
        match step {
            VoteStep::Prevote => SignedStep::Prevote,
            VoteStep::Precommit => SignedStep::Precommit,
        }
    }
}

/// The latest message a key has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct LastSigned {
    /// The height; 0 when nothing was ever signed.
    pub height: Height,
    /// The round.
    pub round: u32,
    /// The step.
    pub step: SignedStep,
    /// What was voted for or proposed; none is nil.
    pub block_id: Option<BlockId>,
    /// A proposal's proof-of-lock round; none for votes.
    pub valid_round: Option<u32>,
}

impl LastSigned {
    /// The truth about a new key.
    pub const NOTHING: LastSigned = LastSigned {
        height: Height::GENESIS,
        round: 0,
        step: SignedStep::Propose,
        block_id: None,
        valid_round: None,
    };

    /// The bytes that are stored.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Parses stored bytes. A record that does not parse is no record: the node observes.
    ///
    /// # Errors
    /// When the bytes are not a record.
    pub fn decode(bytes: &[u8]) -> Result<LastSigned, DecodeError> {
        codec::decode(bytes, LAST_SIGNED_BYTES_MAX)
    }

    pub(crate) fn of_vote(vote: &Vote) -> LastSigned {
        LastSigned {
            height: vote.height,
            round: vote.round,
            step: SignedStep::of_vote(vote.step),
            block_id: vote.block_id,
            valid_round: None,
        }
    }

    pub(crate) fn of_proposal(proposal: &Proposal) -> LastSigned {
        LastSigned {
            height: proposal.header.height,
            round: proposal.round,
            step: SignedStep::Propose,
            block_id: Some(proposal.header.id()),
            valid_round: proposal.valid_round,
        }
    }

    fn position(&self) -> (Height, u32, SignedStep) {
        (self.height, self.round, self.step)
    }
}

impl fmt::Display for LastSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the {:?} for {:?} at height {} round {}",
            self.step, self.block_id, self.height, self.round
        )
    }
}

/// Why a validator that was told to vote observes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservingReason {
    /// There is no fresh record of what this key has signed; `until` is the first height at which it will vote, once
    /// that is known.
    NoRecord {
        /// The first height at which it will vote.
        until: Option<Height>,
    },
    /// The record is ahead: this key has signed at `signed`, so the blocks were restored from an older copy.
    RecordAhead {
        /// The height of the record.
        signed: Height,
    },
    /// The record says that this key has signed at this height, and the log does not hold it.
    LogLost,
    /// An entry of the log cannot be read.
    LogUnreadable,
}

/// Asked before every signature.
#[derive(Clone, Debug)]
pub(crate) struct SigningGuard {
    /// The latest message signed, as far as is known; none without a record.
    last: Option<LastSigned>,
    /// The height of the stored record.
    recorded: Height,
    /// The first height decided since this host was made.
    first_decided: Option<Height>,
}

impl SigningGuard {
    pub(crate) fn new(record: Option<LastSigned>) -> SigningGuard {
        SigningGuard {
            last: record,
            recorded: record.map_or(Height::GENESIS, |record| record.height),
            first_decided: None,
        }
    }

    /// Whether this key may sign at `height`, whose log holds `logged` as the latest message of ours.
    pub(crate) fn enter_height(
        &mut self,
        height: Height,
        logged: Option<LastSigned>,
    ) -> Result<(), ObservingReason> {
        match self.last {
            None => {
                let until = self
                    .first_decided
                    .map(|decided| Height(decided.0.saturating_add(OBSERVED_HEIGHTS)));
                let early = until.is_none_or(|until| height < until);
                if early && !planted::is(Planted::ObservingSkipped) {
                    return Err(ObservingReason::NoRecord { until });
                }
                self.last = Some(LastSigned::NOTHING);
            }
            Some(_) if planted::is(Planted::RecordUnheeded) => {}
            Some(last) if last.height > height => {
                return Err(ObservingReason::RecordAhead {
                    signed: last.height,
                });
            }
            // The log was synced before the record was written, so only damage puts the record ahead of it.
            Some(last)
                if last.height == height
                    && logged.is_none_or(|logged| logged.position() < last.position()) =>
            {
                return Err(ObservingReason::LogLost);
            }
            Some(_) => {}
        }
        self.last = self.last.max(logged);
        Ok(())
    }

    /// A height was decided by votes this host has seen.
    pub(crate) fn decided(&mut self, height: Height) {
        self.first_decided.get_or_insert(height);
    }

    /// Asks to sign `wanted`; if that is allowed, it is the latest message from now on.
    ///
    /// # Errors
    /// The message signed before that `wanted` contradicts or should have come before.
    pub(crate) fn ask(&mut self, wanted: LastSigned) -> Result<(), LastSigned> {
        let last = self.last.unwrap_or(LastSigned::NOTHING);
        if self.last.is_none() || (wanted != last && wanted.position() <= last.position()) {
            return Err(last);
        }
        self.last = Some(wanted);
        Ok(())
    }

    /// The record to be written before anything leaves, if this is the first signature of its height.
    pub(crate) fn take_due_record(&mut self) -> Option<LastSigned> {
        let last = self.last.filter(|last| last.height > self.recorded)?;
        self.recorded = last.height;
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;

    fn at(height: u64, round: u32, step: SignedStep, value: u8) -> LastSigned {
        LastSigned {
            height: Height(height),
            round,
            step,
            block_id: Some(BlockId(Hash([value; 32]))),
            valid_round: None,
        }
    }

    #[test]
    fn a_new_key_votes_at_once_and_a_lost_record_observes_two_heights() {
        let mut fresh = SigningGuard::new(Some(LastSigned::NOTHING));
        assert_eq!(fresh.enter_height(Height(1), None), Ok(()));

        let mut lost = SigningGuard::new(None);
        let unknown = Err(ObservingReason::NoRecord { until: None });
        assert_eq!(lost.enter_height(Height(7), None), unknown);
        assert!(lost.ask(at(7, 0, SignedStep::Prevote, 1)).is_err());
        lost.decided(Height(7));
        let known = Err(ObservingReason::NoRecord {
            until: Some(Height(9)),
        });
        assert_eq!(lost.enter_height(Height(8), None), known);
        lost.decided(Height(8));
        assert_eq!(lost.enter_height(Height(9), None), Ok(()));
        assert_eq!(lost.ask(at(9, 0, SignedStep::Prevote, 1)), Ok(()));
    }

    #[test]
    fn refuses_contradiction_and_going_back_and_repeats_itself() {
        let mut guard = SigningGuard::new(Some(LastSigned::NOTHING));
        guard.enter_height(Height(3), None).unwrap();
        let prevote = at(3, 1, SignedStep::Prevote, 1);
        assert_eq!(guard.ask(prevote), Ok(()));
        assert_eq!(guard.ask(prevote), Ok(()));
        assert_eq!(guard.ask(at(3, 1, SignedStep::Prevote, 2)), Err(prevote));
        assert_eq!(guard.ask(at(3, 1, SignedStep::Propose, 1)), Err(prevote));
        assert_eq!(guard.ask(at(3, 0, SignedStep::Precommit, 1)), Err(prevote));
        assert_eq!(guard.ask(at(2, 9, SignedStep::Precommit, 1)), Err(prevote));
        let nil = LastSigned {
            block_id: None,
            ..prevote
        };
        assert_eq!(guard.ask(nil), Err(prevote));
        assert_eq!(guard.ask(at(3, 1, SignedStep::Precommit, 1)), Ok(()));
    }

    #[test]
    fn a_record_without_its_log_observes_that_height() {
        let record = at(5, 0, SignedStep::Prevote, 1);
        let enter =
            |height, logged| SigningGuard::new(Some(record)).enter_height(Height(height), logged);
        let ahead = Err(ObservingReason::RecordAhead { signed: Height(5) });
        assert_eq!(enter(4, None), ahead);
        assert_eq!(enter(5, None), Err(ObservingReason::LogLost));
        let cut = at(5, 0, SignedStep::Propose, 1);
        assert_eq!(enter(5, Some(cut)), Err(ObservingReason::LogLost));
        assert_eq!(enter(5, Some(record)), Ok(()));
        assert_eq!(enter(6, None), Ok(()));
    }

    #[test]
    fn the_record_is_due_once_a_height_even_when_a_crash_came_between() {
        let mut guard = SigningGuard::new(Some(LastSigned::NOTHING));
        guard.enter_height(Height(1), None).unwrap();
        assert_eq!(guard.take_due_record(), None);
        let first = at(1, 0, SignedStep::Prevote, 1);
        guard.ask(first).unwrap();
        assert_eq!(guard.take_due_record(), Some(first));
        guard.ask(at(1, 0, SignedStep::Precommit, 1)).unwrap();
        assert_eq!(guard.take_due_record(), None);

        let mut restarted = SigningGuard::new(Some(LastSigned::NOTHING));
        restarted.enter_height(Height(1), Some(first)).unwrap();
        assert_eq!(restarted.take_due_record(), Some(first));
    }

    #[test]
    fn records_round_trip_and_garbage_is_refused() {
        let record = at(5, 3, SignedStep::Precommit, 9);
        assert_eq!(LastSigned::decode(&record.encode()), Ok(record));
        assert!(record.encode().len() <= LAST_SIGNED_BYTES_MAX);
        assert!(LastSigned::decode(&[7; 40]).is_err());
        assert!(LastSigned::decode(&[]).is_err());
    }
}
