//! The verdict on a proposed block.
//!
//! A block is valid when it executes on the tip to exactly what its header says. One that does not gets a nil vote and an
//! alarm, and the transaction at fault leaves this node's blocks; the node goes on, because the fault may be the
//! proposer's. Only a *decided* block that fails stops a node (`commit.rs`), and one whose rules this program does not
//! know (`upgrade.rs`).
//!
//! The header's time is judged apart, once, by this node's clock when the proposal first came, and reported beside the
//! verdict; the host knows when it counts: for first proposals only, never after a quorum found otherwise. On a test
//! chain whose time was moved ahead of the clocks, the least time the rules allow is always in time.

use std::sync::Arc;

use ledger_core::block::{Block, Header};
use ledger_core::id::{BlockId, Height};
use ledger_core::ledger::{ApplyError, BlockError, Execution, apply_block_knowing, least_time};
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;

use super::effect::Alarm;
use super::{Replica, Step};
use crate::consensus::{BlockValidity, HostInput};
use crate::planted::{self, Planted};

/// Whether a header's time lies within the bounds of this node's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timely {
    /// It does.
    Yes,
    /// It does not.
    No,
}

impl Replica {
    /// Judges a header's time by the clock as it is now.
    pub(super) fn judge_time(&self, header: &Header) -> Step<Timely> {
        let view = self.storage.state.snapshot();
        let least = least_time(&view, &self.tip)?;
        let now = TimestampMs(self.now_ms);
        let latest = now.plus_ms(self.config.clock_ahead_ms_max).max(least);
        let earliest = now.minus_ms(self.config.clock_behind_ms_max);
        let within = (earliest..=latest).contains(&header.time_ms);
        Ok(if within || planted::is(Planted::ClockUnchecked) {
            Timely::Yes
        } else {
            Timely::No
        })
    }

    /// Executes a proposed block and tells the host.
    pub(super) fn judge_block(
        &mut self,
        block_id: BlockId,
        block: Arc<Block>,
        known: Option<Execution>,
        proposer: ValidatorAddress,
        timely: Timely,
    ) -> Step {
        let height = block.header.height;
        let outcome = match known {
            Some(execution) => Ok(execution),
            None => {
                let view = self.storage.state.snapshot();
                let known = self.config.rules_version;
                apply_block_knowing(&view, &self.tip, &block, &self.verified, known)
            }
        };
        let validity = match outcome {
            Ok(execution) => {
                if self
                    .undelivered
                    .as_ref()
                    .is_some_and(|certificate| certificate.block_id == block_id)
                {
                    return self.commit_undelivered(block, execution);
                }
                self.log_block(&block)?;
                self.proposals.keep(block_id, block, Some(execution));
                match timely {
                    Timely::Yes => BlockValidity::Valid,
                    Timely::No => BlockValidity::OutOfTime,
                }
            }
            Err(ApplyError::State(error)) => return Err(error.into()),
            Err(ApplyError::Invalid(error)) => {
                // A proposer whose clock runs ahead must not stop this node before the day has come.
                if let (Some(fault), Timely::Yes) = (self.unknown_rules(&error), timely) {
                    return Err(fault);
                }
                self.set_culprit_aside(&block, &error);
                self.refuse_block(height, block_id, proposer, &error);
                return Ok(());
            }
        };
        self.feed(HostInput::BlockChecked {
            height,
            block_id,
            validity,
        });
        Ok(())
    }

    /// Says that a block is invalid for everybody.
    pub(super) fn refuse_block(
        &mut self,
        height: Height,
        block_id: BlockId,
        proposer: ValidatorAddress,
        error: &BlockError,
    ) {
        self.alarm(Alarm::InvalidProposal {
            height,
            block_id,
            proposer,
            reason: error.to_string(),
        });
        self.feed(HostInput::BlockChecked {
            height,
            block_id,
            validity: BlockValidity::Invalid,
        });
    }

    /// Keeps the transaction at fault out of this node's own blocks until it was judged by itself. When the books do not
    /// balance, no transaction can be named: this node finds it when it builds a block with it.
    fn set_culprit_aside(&mut self, block: &Block, error: &BlockError) {
        if let BlockError::Transaction { index, .. } = error
            && let Some(sealed) = block.transactions.get(*index)
        {
            self.mempool.set_aside(sealed.envelope_hash());
        }
    }
}
