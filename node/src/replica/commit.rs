//! What a decision does: the block becomes durable, its effects become the state, and the next height begins.
//!
//! The order is the promise: block and certificate first, in one durable write; then the state, which can be derived from
//! the blocks again; then the log of the height is given up; and only then does anybody hear of it.

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::ledger::{
    ApplyError, Execution, Rejection, Tip, VerifiedSignatures, apply_block_knowing,
};
use ledger_core::validator::ValidatorSet;

use super::effect::{Committed, Fault};
use super::pacing::Phase;
use super::{Replica, ReplicaEffect, Step, SubmitError};
use crate::planted::{self, Planted};
use crate::storage::CommittedBlock;

impl Replica {
    /// Consensus has decided. The certificate is verified.
    pub(super) fn decide(&mut self, certificate: CommitCertificate) -> Step {
        if certificate.height != self.tip.height.next() {
            // Block sync was faster.
            return Ok(());
        }
        self.phase = Phase::Between;
        match self.find_kept(certificate.block_id)? {
            Some((block, execution)) => {
                self.commit_decided(block, execution, certificate)?;
                self.begin_next()
            }
            None => {
                // Votes came through and the body did not: a peer that has committed the block serves it.
                self.undelivered = Some(certificate);
                self.sync_now();
                Ok(())
            }
        }
    }

    /// The body of a block that was decided without it has come.
    pub(super) fn commit_undelivered(&mut self, block: Arc<Block>, execution: Execution) -> Step {
        if let Some(certificate) = self.undelivered.take() {
            self.commit(block, execution, certificate)?;
            return self.begin_next();
        }
        Ok(())
    }

    /// Commits a block with a verified certificate, executing it first unless that was done.
    pub(super) fn commit_decided(
        &mut self,
        block: Arc<Block>,
        execution: Option<Execution>,
        certificate: CommitCertificate,
    ) -> Step {
        let execution = match execution {
            Some(execution) => execution,
            None => self.execute_decided(&block, &self.verified)?,
        };
        self.commit(block, execution, certificate)
    }

    fn commit(
        &mut self,
        block: Arc<Block>,
        execution: Execution,
        certificate: CommitCertificate,
    ) -> Step {
        let Execution {
            receipts,
            writes,
            next_validators,
        } = execution;
        let committed = Committed {
            block: Arc::clone(&block),
            certificate: Arc::new(certificate.clone()),
            receipts: Arc::new(receipts),
        };
        if planted::is(Planted::AcknowledgedEarly) {
            let early = committed.clone();
            self.effects.push(ReplicaEffect::Committed(early));
        }
        // If we crash before this, the log still holds the block and the votes, here and at a quorum; the height is
        // decided again, for the same block.
        self.storage.blocks.append(&CommittedBlock {
            block: Arc::clone(&block),
            certificate,
        })?;
        // If we crash here, or at any time before the state is durable, the next start applies the block again from the
        // block store; nobody was told of its effects before.
        let receipts = &committed.receipts;
        self.storage.state.commit(&block, receipts, &writes)?;
        self.tip = Tip::of(&block.header);
        // What was proposed beside it is not judged any more: on this tip it would be wrong, whoever proposed it.
        self.gathering.enter(self.tip.height.next());
        self.last_commit_ms = Some(self.now_ms);
        self.undelivered = None;
        self.proposals
            .keep_previous(self.tip.block_id, Arc::clone(&block));
        if !planted::is(Planted::AcknowledgedEarly) {
            self.effects.push(ReplicaEffect::Committed(committed));
        }
        self.request_flush();
        self.warn_of_upgrade()?;
        self.change_validators(next_validators);
        self.update_mempool(&block)
    }

    fn change_validators(&mut self, next: ValidatorSet) {
        if *self.validators != next {
            self.validators = Arc::new(next);
            self.allow_validators();
        }
    }

    pub(super) fn allow_validators(&mut self) {
        let peers = self
            .validators
            .as_slice()
            .iter()
            .map(|validator| validator.peer_key)
            .collect();
        self.effects.push(ReplicaEffect::SetAllowedPeers(peers));
    }

    fn update_mempool(&mut self, block: &Block) -> Step {
        for sealed in &block.transactions {
            self.mempool.remove_committed(&sealed.id());
        }
        let now_ms = block.header.time_ms;
        for entry in self.mempool.remove_expired(now_ms) {
            let rejection = Rejection::Expired {
                valid_until_ms: entry.sealed.transaction().valid_until_ms,
                now_ms,
            };
            self.report_dropped(&entry.sealed, SubmitError::Rejected(rejection));
        }
        self.reconsider()
    }

    /// Executes a decided block. That it fails means that this build and a quorum disagree, or that the state is damaged,
    /// or that this build does not know the block's rules: the node must stop.
    pub(super) fn execute_decided(
        &self,
        block: &Block,
        verified: &dyn VerifiedSignatures,
    ) -> Step<Execution> {
        let view = self.storage.state.snapshot();
        let known = self.config.rules_version;
        apply_block_knowing(&view, &self.tip, block, verified, known).map_err(|error| match error {
            ApplyError::State(error) => error.into(),
            ApplyError::Invalid(error) => {
                self.unknown_rules(&error)
                    .unwrap_or_else(|| Fault::DecidedBlockFails {
                        height: block.header.height,
                        block_id: block.id(),
                        reason: error.to_string(),
                    })
            }
        })
    }
}
