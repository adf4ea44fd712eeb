//! Where the town's transactions are written and really signed.
//!
//! Every key of the town is of the key ring, whose secret keys are at hand. What was signed here with the right key is
//! remembered, so that the witness need not verify it again; any other signature it verifies itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::ChainId;
use ledger_core::ledger::VerifiedSignatures;
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{
    Envelope, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};

use crate::comparison::books::Books;
use crate::comparison::founding::{KEY_RING, secret_of};
use crate::comparison::generate::Draft;
use crate::comparison::ledger::Candidate;
use crate::random::Random;

/// So many signatures are remembered; then they are forgotten, and the witness verifies what it meets.
const MADE_MAX: usize = 1 << 18;

/// Signatures that are right under the keys they were made with.
#[derive(Clone, Debug, Default)]
pub(super) struct Made(BTreeSet<Hash>);

impl VerifiedSignatures for Made {
    fn contains(&self, digest: &Hash) -> bool {
        self.0.contains(digest)
    }
}

/// Writes and signs transactions of one chain.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    chain_id: ChainId,
    /// Tells the nonces of one seed from another's.
    seed: u64,
    written: u64,
    made: Made,
}

impl Desk {
    pub(super) fn new(chain_id: ChainId, seed: u64) -> Desk {
        Desk {
            chain_id,
            seed,
            written: 0,
            made: Made::default(),
        }
    }

    /// The signatures made here.
    pub(super) const fn made(&self) -> &Made {
        &self.made
    }

    /// `draft` as a transaction that is valid until then, to be signed with the keys on the ledger. None when a signer has no
    /// key there, or one that is not the town's.
    pub(super) fn write(
        &mut self,
        books: &Books,
        draft: Draft,
        valid_until_ms: TimestampMs,
    ) -> Option<Candidate> {
        let mut signed: Vec<(Signer, PublicKey)> = Vec::with_capacity(draft.signers.len());
        for signer in draft.signers {
            if signed.iter().all(|(before, _)| *before != signer) {
                let key = books.key_of(signer)?;
                secret_of(&key)?;
                signed.push((signer, key));
            }
        }
        self.written += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.written.to_le_bytes());
        nonce[8..].copy_from_slice(&self.seed.to_le_bytes());
        let transaction = Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: signed[0].0,
            valid_until_ms,
            nonce,
            operation: draft.operation,
        };
        Some(Candidate::new(transaction, signed))
    }

    /// Signs what was written, rightly.
    pub(super) fn sign(&mut self, written: &Candidate) -> Arc<SealedEnvelope> {
        let id = written.sealed.id();
        let transaction = written.sealed.transaction();
        let mut signatures = Vec::with_capacity(written.signed.len());
        for (signer, key) in &written.signed {
            let signature = sign_with(transaction, key);
            let parts: [&[u8]; 3] = [&key.0, id.0.as_bytes(), &signature.0];
            if self.made.0.len() >= MADE_MAX {
                self.made.0.clear();
            }
            self.made.0.insert(hash(Domain::VerifiedSignature, &parts));
            signatures.push(SignedBy {
                signer: *signer,
                signature,
            });
        }
        seal(transaction.clone(), signatures)
    }

    /// Signs what was written, with one signature wrong: made with somebody else's key, over something else, or spoiled.
    pub(super) fn sign_wrongly(written: &Candidate, random: &mut Random) -> Arc<SealedEnvelope> {
        let transaction = written.sealed.transaction();
        let wrong = random.index(written.signed.len());
        let signed = written.signed.iter().enumerate();
        let signatures = signed.map(|(position, (signer, key))| SignedBy {
            signer: *signer,
            signature: if position == wrong {
                wrong_signature(transaction, key, random)
            } else {
                sign_with(transaction, key)
            },
        });
        seal(transaction.clone(), signatures.collect())
    }
}

fn wrong_signature(transaction: &Transaction, key: &PublicKey, random: &mut Random) -> Signature {
    match random.below(3) {
        0 => {
            let place = KEY_RING.iter().position(|it| it == key).unwrap_or(0);
            let other = (place + 1 + random.index(KEY_RING.len() - 1)) % KEY_RING.len();
            sign_with(transaction, &KEY_RING[other])
        }
        1 => {
            let mut other = transaction.clone();
            other.nonce[15] ^= 1;
            sign_with(&other, key)
        }
        _ => {
            let mut signature = sign_with(transaction, key);
            // Not a bit of the part that could be out of range: it must be wrong, not malformed.
            signature.0[random.index(32)] ^= 1 << random.below(8);
            signature
        }
    }
}

fn sign_with(transaction: &Transaction, key: &PublicKey) -> Signature {
    let secret = secret_of(key).expect("everybody who signs in the town has a key of the ring");
    transaction.sign(secret)
}

fn seal(transaction: Transaction, signatures: Vec<SignedBy>) -> Arc<SealedEnvelope> {
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}
