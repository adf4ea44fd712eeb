//! The ledger's side of a comparison: real blocks of real transactions on a state in memory.
//!
//! Signatures are not computed: who signed with which key is remembered, and the ledger is told that those made with the
//! key it expects were verified before. Any other it checks itself, and finds wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::genesis::Genesis;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::ledger::{
    ApplyError, Built, Execution, Rejection, Tip, VerifiedSignatures, apply_block, build_block,
    least_time, next_due,
};
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::state::MemoryState;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer, Transaction};
use ledger_core::validator::ValidatorAddress;

use super::books::{Books, Item};
use super::founding::{KEY_RING, KEYS};

/// The signature at `position` of a transaction, which nobody computed. Different signatures differ: one key's must not pass
/// for another's.
fn signature(position: usize) -> Signature {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(&position.to_le_bytes());
    Signature(bytes)
}

/// A transaction that is about to be put to ledger and model, and by which keys it was signed.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The envelope.
    pub sealed: Arc<SealedEnvelope>,
    /// Whose signatures, the transaction's own signer first, and the keys they were made with.
    pub signed: Vec<(Signer, PublicKey)>,
}

impl Candidate {
    /// `transaction` signed by `signed`.
    pub fn new(transaction: Transaction, signed: Vec<(Signer, PublicKey)>) -> Candidate {
        let signatures = signed.iter().enumerate();
        let signatures = signatures.map(|(position, (signer, _))| SignedBy {
            signer: *signer,
            signature: signature(position),
        });
        Candidate {
            sealed: Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures))),
            signed,
        }
    }
}

/// The signatures that are right under the keys they were made with.
#[derive(Clone, Debug, Default)]
struct Made(BTreeSet<Hash>);

impl VerifiedSignatures for Made {
    fn contains(&self, digest: &Hash) -> bool {
        self.0.contains(digest)
    }
}

/// A ledger under comparison.
#[derive(Clone)]
pub struct Ledger {
    state: MemoryState,
    tip: Tip,
    /// What its records say, decoded.
    pub books: Books,
}

impl Ledger {
    /// After `genesis`.
    pub fn found(genesis: &Genesis) -> Ledger {
        let writes = genesis
            .writes()
            .expect("the city of the comparison is in order");
        let mut state = MemoryState::default();
        state.apply(&writes);
        let mut books = Books::new(genesis);
        books.follow(&writes.records);
        Ledger {
            state,
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            books,
        }
    }

    /// The block new ones are built on.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// The state.
    pub fn state(&self) -> &MemoryState {
        &self.state
    }

    /// The time of a block that is to be made at `time_ms`.
    pub fn block_time(&self, time_ms: TimestampMs) -> TimestampMs {
        let least_ms = least_time(&self.state, &self.tip).expect("a state in memory is readable");
        time_ms.max(least_ms)
    }

    /// When the chain has work of its own next.
    pub fn next_due(&self) -> Option<TimestampMs> {
        next_due(&self.state).expect("a state in memory is readable")
    }

    /// Applies a block somebody else made. What it did, and what that is about.
    ///
    /// # Errors
    /// Why it does not extend this chain.
    pub fn follow(
        &mut self,
        block: &Block,
        verified: &dyn VerifiedSignatures,
    ) -> Result<(Execution, BTreeSet<Item>), ApplyError> {
        let execution = apply_block(&self.state, &self.tip, block, verified)?;
        self.state.apply(&execution.writes);
        let touched = self.books.follow(&execution.writes.records);
        self.tip = Tip::of(&block.header);
        Ok((execution, touched))
    }

    /// Makes a block of `candidates` at `time_ms`; for each, the rejection if it was refused.
    ///
    /// # Errors
    /// When the ledger itself finds its books wrong.
    pub fn block(
        &mut self,
        time_ms: TimestampMs,
        candidates: &[Candidate],
    ) -> Result<Vec<Option<Rejection>>, String> {
        let mut made = Made::default();
        for candidate in candidates {
            let id = candidate.sealed.id();
            for (position, (_, key)) in candidate.signed.iter().enumerate() {
                let signature = signature(position);
                let parts: [&[u8]; 3] = [&key.0, id.0.as_bytes(), &signature.0];
                made.0.insert(hash(Domain::VerifiedSignature, &parts));
            }
        }
        let sealed: Vec<_> = candidates.iter().map(|it| Arc::clone(&it.sealed)).collect();
        let proposer = ValidatorAddress::of(&KEY_RING[KEYS - 1]);
        let Built {
            block,
            execution,
            refused,
        } = build_block(&self.state, &self.tip, proposer, time_ms, &sealed, &made)
            .map_err(|error| error.to_string())?;
        self.state.apply(&execution.writes);
        self.books.follow(&execution.writes.records);
        self.tip = Tip::of(&block.header);
        let mut accepted = block.transactions.iter().peekable();
        let mut refused = refused.into_iter();
        Ok(sealed
            .iter()
            .map(|it| {
                if accepted.next_if(|next| Arc::ptr_eq(next, it)).is_some() {
                    None
                } else {
                    refused.next().map(|(_, rejection)| rejection)
                }
            })
            .collect())
    }
}
