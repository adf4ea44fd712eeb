//! Proof files: what was proven here, put together for somebody else who has the genesis document and nothing more.
//!
//! A bundle is fetched from one node, checked as every read is, and then checked once more as its reader will: from the
//! genesis document on. Where the genesis document alone is too old for that, the city's checkpoints go into it, when the
//! node has them.

use std::sync::Arc;

use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::proof::{
    BUNDLE_CHANGES_MAX, BlockClaim, BlockProof, Checkpoint, ListPath, ProofBundle, ProofError,
    SetChange,
};
use ledger_core::receipt::{Owner, Receipt};
use ledger_core::record::account::{AccountRecord, History};
use ledger_core::state::overlay::RECORD_BYTES_MAX;

use super::{Client, TransactionAnswer};
use crate::error::Error;
use crate::nodes::Asking;
use crate::transport::Transport;
use crate::trust::Handovers;
use crate::verify::{Freshness, Verified};

impl<T: Transport> Client<T> {
    /// A proof of an account's record, or that there is none.
    ///
    /// # Errors
    /// The node's, and those of the proof: [`TrustExpired`](crate::error::UnprovenError::TrustExpired) when the genesis document is
    /// too old to begin with and the node has no checkpoint.
    pub fn prove_account(&self, id: AccountId, freshness: Freshness) -> Result<ProofBundle, Error> {
        self.read(freshness, |node| {
            let proof = node.account_proof(id, freshness)?;
            node.bundle(BlockProof::from(proof))
        })
    }

    /// A proof of an order's record, or that there is none.
    ///
    /// # Errors
    /// As for [`Self::prove_account`].
    pub fn prove_order(&self, id: OrderId, freshness: Freshness) -> Result<ProofBundle, Error> {
        self.read(freshness, |node| {
            let proof = node.order_proof(id, freshness)?;
            node.bundle(BlockProof::from(proof))
        })
    }

    /// A proof of a transaction in a decided block, with its receipt.
    ///
    /// The block is the one that holds the transaction, however long ago; its validators' word counts for the trusting
    /// period after they were replaced, and no longer.
    ///
    /// # Errors
    /// [`Error::NotFinal`] when it is not in a block yet; otherwise as for [`Self::prove_account`].
    pub fn prove_transaction(
        &self,
        id: TransactionId,
        freshness: Freshness,
    ) -> Result<ProofBundle, Error> {
        let trust = self.trust()?;
        let absence = crate::nodes::Absence::Claimed;
        self.nodes().read(trust, freshness.now_ms, absence, |node| {
            let block = node.block_proof_of(id)?;
            node.bundle(block)
        })
    }

    /// A proof of the posting at `index`, from 0, in an account's history, with the account's record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is proven that the history is not so long; otherwise as for [`Self::prove_account`] and
    /// [`Self::history`].
    pub fn prove_posting(
        &self,
        id: AccountId,
        index: u64,
        freshness: Freshness,
    ) -> Result<ProofBundle, Error> {
        self.read(freshness, |node| {
            let block = node.posting_proof(id, index, freshness)?;
            node.bundle(block)
        })
    }
}

impl<T: Transport> Asking<'_, T> {
    /// The block that holds the transaction, with the claims of it and of its receipt.
    fn block_proof_of(&self, id: TransactionId) -> Result<BlockProof, Error> {
        let (height, index) = match self.get(&format!("/v1/transactions/{id}"))? {
            TransactionAnswer::Applied { height, index, .. } => (height, index),
            TransactionAnswer::Accepted { .. } => {
                return Err(Error::NotFinal { id, waited_ms: 0 });
            }
        };
        let block = self.block(Some(height))?.value;
        let transactions = &block.block.transactions;
        let envelopes: Vec<Hash> = transactions
            .iter()
            .map(|sealed| sealed.envelope_hash())
            .collect();
        let receipts = block.automatic.iter().chain(&block.receipts);
        let receipts: Vec<Hash> = receipts.map(Receipt::receipt_hash).collect();
        let claims = usize::try_from(index).ok().and_then(|position| {
            let sealed = transactions
                .get(position)
                .filter(|sealed| sealed.id() == id)?;
            let receipt = block.receipts.get(position)?.clone();
            let transaction = BlockClaim::Transaction {
                envelope: Box::new(Arc::clone(sealed).envelope().clone()),
                path: ListPath::of(&envelopes, position)?,
            };
            let position = block.automatic.len().saturating_add(position);
            let path = ListPath::of(&receipts, position)?;
            Some(vec![transaction, BlockClaim::Receipt { receipt, path }])
        });
        let claims = claims.ok_or(Error::TransactionMisplaced { id, height, index })?;
        Ok(BlockProof {
            header: block.block.header,
            certificate: block.certificate,
            claims,
        })
    }

    /// The newest block, with the claims of the account's record and of the posting at `index` of its history.
    fn posting_proof(
        &self,
        id: AccountId,
        index: u64,
        freshness: Freshness,
    ) -> Result<BlockProof, Error> {
        let proof = self.account_proof(id, freshness)?;
        let header = proof.header.clone();
        let missing = |thing: &str, id: String| Error::NotFound {
            thing: thing.to_owned(),
            id,
        };
        let bytes = proof.value.as_deref();
        let bytes = bytes.ok_or_else(|| missing("account", id.to_string()))?;
        let record: AccountRecord =
            ledger_core::codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| {
                Error::RecordMalformed {
                    thing: "account".to_owned(),
                    id: id.to_string(),
                    reason: error.to_string(),
                }
            })?;
        let history = self.history_of(id, Verified::of(record, &header))?.value;
        let owner = Owner::Account(id);
        let claim = BlockClaim::postings(owner, History::EMPTY, &history, |at| at == index);
        let claim = claim.ok_or_else(|| missing("posting", index.to_string()))?;
        let mut block = BlockProof::from(proof);
        block.claims.push(claim);
        Ok(block)
    }

    /// The bundle of `block`, checked as its reader will, from the genesis document on.
    pub(super) fn bundle(&self, block: BlockProof) -> Result<ProofBundle, Error> {
        let (root, clock) = (self.trust().root(), self.clock());
        let since = block.header.last_set_change;
        let chain_id = self.trust().chain_id();
        let changes = self.changes_until(Height::GENESIS, since)?;
        let bundle = ProofBundle::new(chain_id, Vec::new(), changes, vec![block.clone()]);
        let expired = match bundle.verify(root, clock) {
            Ok(_) => return Ok(bundle),
            Err(error) => match error.part().1 {
                ProofError::TrustExpired { .. } | ProofError::RetiredTooLong { .. } => error,
                _ => return Err(error.into()),
            },
        };
        let checkpoints = self.checkpoints()?;
        let Some(begin) = checkpoints
            .last()
            .map(|it: &Checkpoint| it.body.set_since())
        else {
            return Err(expired.part().1.clone().into());
        };
        let changes = self.changes_until(begin, since)?;
        let bundle = ProofBundle::new(chain_id, checkpoints, changes, vec![block]);
        bundle.verify(root, clock)?;
        Ok(bundle)
    }

    /// The changes of the set above `after`, up to the block at `until`; not checked here.
    fn changes_until(&self, after: Height, until: Height) -> Result<Vec<SetChange>, Error> {
        let mut changes: Vec<SetChange> = Vec::new();
        let mut reached = after;
        while reached < until && changes.len() < BUNDLE_CHANGES_MAX {
            let part = self.changes(reached)?;
            let Some(last) = part.last() else {
                break;
            };
            if last.header.height <= reached {
                break;
            }
            reached = last.header.height;
            changes.extend(part);
        }
        changes.retain(|change| change.header.height <= until);
        Ok(changes)
    }
}
