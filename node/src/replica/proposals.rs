//! Building blocks, and keeping those of the height in progress.
//!
//! A block is executed once: by whoever builds it while building, by everyone else while judging it; the outcome is kept
//! until the height is decided. A proposal names its block by the header; the body travels beside it as a list of envelope
//! hashes, with those envelopes that are too new to be everywhere.
//!
//! What always holds: a block this node proposed or found valid is in the log before consensus hears of it, so that
//! after a crash of all nodes at once there is somebody who has the body of whatever was voted for; a transaction with
//! which no block can be built is found and kept out, and the node goes on.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Block;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::ledger::{ApplyError, Built, Execution, build_block_knowing};
use ledger_core::transaction::SealedEnvelope;

use super::effect::Alarm;
use super::messages::{CARRIED_BYTES_MAX, ProposalBody, Topic, ValidatorMessage};
use super::{Load, Replica, ReplicaEffect, Step};
use crate::consensus::HostInput;
use crate::planted::{self, Planted};
use crate::storage::wal::WAL_ENTRY_BYTES_MAX;

/// Blocks of one height kept in memory; earlier ones are read back from the log.
const KEPT_BLOCKS_MAX: usize = 8;
/// Executions of one height kept in memory; another one is repeated when its block is decided.
const KEPT_EXECUTIONS_MAX: usize = 3;
/// Envelopes younger than this travel along with a proposal: they may not be everywhere yet.
const CARRIED_AGE_MS: u64 = 50;
/// How many transactions at fault are looked for before a block is built without any.
const CULPRITS_MAX: usize = 4;

/// An entry of the consensus log.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) enum LogEntry {
    /// The host's.
    Host(Vec<u8>),
    /// A block this node proposed or found valid.
    Block(Arc<Block>),
}

impl LogEntry {
    pub(super) fn decode(bytes: &[u8]) -> Option<LogEntry> {
        codec::decode(bytes, WAL_ENTRY_BYTES_MAX).ok()
    }
}

/// A block of the height in progress.
#[derive(Debug)]
struct Kept {
    id: BlockId,
    block: Arc<Block>,
    execution: Option<Execution>,
}

/// The blocks of the height in progress.
#[derive(Debug, Default)]
pub(super) struct Proposals {
    kept: VecDeque<Kept>,
    /// The block decided last, for peers that are still gathering it.
    previous: Option<(BlockId, Arc<Block>)>,
}

impl Proposals {
    /// How full it is.
    pub(super) fn loads(&self) -> [Load; 2] {
        let executions = self.kept.iter().filter(|kept| kept.execution.is_some());
        [
            Load::new("blocks in progress", self.kept.len(), KEPT_BLOCKS_MAX),
            Load::new("executions", executions.count(), KEPT_EXECUTIONS_MAX),
        ]
    }

    /// A height has begun: forgets the blocks of the one before.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }

    /// Keeps the block that was decided, for peers that are still gathering it.
    pub(super) fn keep_previous(&mut self, id: BlockId, block: Arc<Block>) {
        self.previous = Some((id, block));
    }

    /// Keeps a block of the height in progress, and what executing it gave.
    pub(super) fn keep(&mut self, id: BlockId, block: Arc<Block>, execution: Option<Execution>) {
        self.kept.retain(|kept| kept.id != id);
        self.kept.push_back(Kept {
            id,
            block,
            execution,
        });
        if self.kept.len() > KEPT_BLOCKS_MAX {
            self.kept.pop_front();
        }
        for older in self.kept.iter_mut().rev().skip(KEPT_EXECUTIONS_MAX) {
            older.execution = None;
        }
    }

    /// The block, and what executing it gave, taken out.
    pub(super) fn take_kept(&mut self, id: BlockId) -> Option<(Arc<Block>, Option<Execution>)> {
        let position = self.kept.iter().position(|kept| kept.id == id)?;
        let mut kept = self.kept.remove(position)?;
        if planted::is(Planted::ExecutionMixedUp)
            && let Some(newest) = self.kept.back_mut()
        {
            kept.execution = newest.execution.take();
        }
        Some((kept.block, kept.execution))
    }

    /// The block with this id: of the height in progress, or the one decided last.
    pub(super) fn block(&self, id: BlockId) -> Option<&Arc<Block>> {
        let kept = self.kept.iter().find(|kept| kept.id == id);
        let previous = self.previous.as_ref().filter(|(known, _)| *known == id);
        kept.map(|kept| &kept.block)
            .or(previous.map(|(_, block)| block))
    }
}

impl Replica {
    /// Builds a block for the host. It is kept, and in the log, when the host gets its header.
    pub(super) fn build(&mut self, height: Height, round: u32) -> Step {
        if height != self.tip.height.next() {
            return Ok(());
        }
        let bounds = self.config.proposal.in_round(round);
        let turn = height.0.saturating_add(u64::from(round));
        let mut candidates = self.mempool.candidates(&bounds, turn);
        for _ in 0..CULPRITS_MAX {
            match self.try_to_build(&candidates)? {
                Ok(built) => return self.propose(round, built, &candidates),
                Err(reason) => {
                    let position = self.find_culprit(&candidates)?;
                    self.keep_out(height, &reason, &mut candidates, position);
                }
            }
        }
        match self.try_to_build(&[])? {
            Ok(built) => self.propose(round, built, &[]),
            Err(reason) => {
                // Nothing can be proposed: the round ends by its timeout, and the operator is told why.
                self.alarm(Alarm::BuildFailed {
                    height,
                    reason,
                    culprit: None,
                });
                Ok(())
            }
        }
    }

    /// The outer error stops the node, the inner one says why no block can be built of `candidates`.
    fn try_to_build(&self, candidates: &[Arc<SealedEnvelope>]) -> Step<Result<Built, String>> {
        let view = self.storage.state.snapshot();
        let time_ms = self.proposal_time()?;
        match build_block_knowing(
            &view,
            &self.tip,
            self.address,
            time_ms,
            candidates,
            &self.verified,
            self.config.rules_version,
        ) {
            Ok(built) => Ok(Ok(built)),
            Err(ApplyError::State(error)) => Err(error.into()),
            Err(ApplyError::Invalid(error)) => match self.unknown_rules(&error) {
                Some(fault) => Err(fault),
                None => Ok(Err(error.to_string())),
            },
        }
    }

    /// The transaction with which a block can no longer be built, though it can with those before it.
    fn find_culprit(&self, candidates: &[Arc<SealedEnvelope>]) -> Step<Option<usize>> {
        find_first_failure(candidates.len(), |length| {
            let part = candidates.get(..length).unwrap_or(candidates);
            Ok(self.try_to_build(part)?.is_ok())
        })
    }

    fn keep_out(
        &mut self,
        height: Height,
        reason: &str,
        candidates: &mut Vec<Arc<SealedEnvelope>>,
        position: Option<usize>,
    ) {
        let culprit = position
            .filter(|position| *position < candidates.len())
            .map(|position| candidates.remove(position));
        self.alarm(Alarm::BuildFailed {
            height,
            reason: reason.to_owned(),
            culprit: culprit.as_ref().map(|sealed| sealed.id()),
        });
        match culprit {
            Some(sealed) => self.quarantine(&sealed),
            None => candidates.clear(),
        }
    }

    fn propose(&mut self, round: u32, built: Built, candidates: &[Arc<SealedEnvelope>]) -> Step {
        let included: BTreeSet<Hash> = built
            .block
            .transactions
            .iter()
            .map(|sealed| sealed.envelope_hash())
            .collect();
        let refused: BTreeSet<_> = built.refused.iter().map(|(id, _)| *id).collect();
        for sealed in candidates {
            let envelope_hash = sealed.envelope_hash();
            if refused.contains(&sealed.id()) && !included.contains(&envelope_hash) {
                // The block it was refused in may never be decided, so the verdict is not final.
                self.mempool.set_aside(envelope_hash);
            }
        }
        let header = built.block.header.clone();
        let (height, block_id) = (header.height, header.id());
        let block = Arc::new(built.block);
        self.log_block(&block)?;
        self.proposals.keep(block_id, block, Some(built.execution));
        self.feed(HostInput::Propose {
            height,
            round,
            header,
        });
        Ok(())
    }

    /// A block of this height that is in memory or in the log.
    pub(super) fn find_kept(
        &mut self,
        block_id: BlockId,
    ) -> Step<Option<(Arc<Block>, Option<Execution>)>> {
        if let Some(kept) = self.proposals.take_kept(block_id) {
            return Ok(Some(kept));
        }
        let height = self.tip.height.next();
        if self.storage.wal.height() != height {
            return Ok(None);
        }
        let entries = self.storage.wal.entries(height)?;
        let found = entries
            .iter()
            .filter_map(|entry| match LogEntry::decode(entry) {
                Some(LogEntry::Block(block)) => Some(block),
                _ => None,
            })
            .find(|block| block.id() == block_id);
        Ok(found.map(|block| (block, None)))
    }

    /// Adds a block to the log. It is on disk when the host has synced what it says about it.
    pub(super) fn log_block(&mut self, block: &Arc<Block>) -> Step {
        if planted::is(Planted::BlockUnlogged) {
            return Ok(());
        }
        // If we crash before the sync, nothing about this block was said yet. If we crash after it, the block is found
        // again here, whatever was said.
        let entry = codec::encode(&LogEntry::Block(Arc::clone(block)));
        Ok(self.storage.wal.append(&entry)?)
    }

    /// Sends the body of a block of this height to all peers.
    pub(super) fn publish_body(&mut self, block_id: BlockId) -> Step {
        let Some((block, execution)) = self.find_kept(block_id)? else {
            return Ok(());
        };
        self.proposals.keep(block_id, Arc::clone(&block), execution);
        let body = ProposalBody {
            height: block.header.height,
            block_id,
            envelope_hashes: block
                .transactions
                .iter()
                .map(|sealed| sealed.envelope_hash())
                .collect(),
            carried: self.choose_carried(&block),
        };
        self.effects.push(ReplicaEffect::Publish {
            topic: Topic::Consensus,
            bytes: codec::encode(&ValidatorMessage::Body(body)),
        });
        Ok(())
    }

    /// The envelopes of a block that may not be with every peer yet.
    fn choose_carried(&self, block: &Block) -> Vec<Arc<SealedEnvelope>> {
        let mut bytes = 0usize;
        let mut carried = Vec::new();
        for sealed in &block.transactions {
            let arrived_ms = self.mempool.arrived_ms(&sealed.envelope_hash());
            if arrived_ms.is_none_or(|at| at.saturating_add(CARRIED_AGE_MS) < self.now_ms) {
                continue;
            }
            bytes = bytes.saturating_add(sealed.bytes().len());
            if bytes > CARRIED_BYTES_MAX {
                break;
            }
            carried.push(Arc::clone(sealed));
        }
        carried
    }
}

/// The index of an element with which a sequence of `length` fails though the part before it does not; none when the empty
/// part fails already. The whole sequence is known to fail.
fn find_first_failure<E>(
    length: usize,
    mut holds: impl FnMut(usize) -> Result<bool, E>,
) -> Result<Option<usize>, E> {
    if length == 0 || !holds(0)? {
        return Ok(None);
    }
    let (mut good, mut bad) = (0usize, length);
    while good.saturating_add(1) < bad {
        let middle = good.midpoint(bad);
        if holds(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Some(good))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn finds_the_first_element_at_fault() {
        for length in 1..40 {
            for culprit in 0..length {
                let found = find_first_failure(length, |part| Ok::<_, Infallible>(part <= culprit));
                assert_eq!(found, Ok(Some(culprit)));
            }
        }
        let nothing = find_first_failure(5, |_| Ok::<_, Infallible>(false));
        assert_eq!(nothing, Ok(None));
    }
}
