//! The chains that samples are taken from: one with every kind of operation and record, and one that changes validators.
//!
//! The first is a history of the comparison (`crate::comparison`), put into blocks again with real signatures; so samples
//! follow the rules as they grow. What always holds: every block is certified by its validators and applies.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use ledger_core::block::Block;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::ChainId;
use ledger_core::ledger::{NothingVerified, Tip, VerifiedSignatures, build_block};
use ledger_core::proof::SetChange;
use ledger_core::receipt::Receipt;
use ledger_core::signature::{PublicKey, Purpose, SecretKey};
use ledger_core::state::{MemoryState, StateWrites};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy};
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

use crate::city;
use crate::comparison::founding::{self, KEY_RING};
use crate::comparison::generate::Generator;
use crate::comparison::ledger::{Candidate, Ledger};
use crate::comparison::prologue;

/// The kind of city of the comparison the history takes place in: short windows, so that orders end.
const KIND: u64 = 4;
/// The history's seed.
const SEED: u64 = 4;
/// Blocks after the first days.
const BLOCKS: usize = 600;
/// Offices of the chain that changes its validators.
const OFFICES: usize = 4;

/// A decided block, and what it did.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The block.
    pub block: Arc<Block>,
    /// That it was decided.
    pub certificate: CommitCertificate,
    /// What it did.
    pub receipts: Vec<Receipt>,
    /// What it changed.
    pub writes: StateWrites,
}

/// A chain from its genesis document on.
#[derive(Clone, Debug)]
pub struct World {
    /// The document.
    pub genesis: Genesis,
    /// Its blocks.
    pub blocks: Vec<Decided>,
    /// Those that changed the validators.
    pub changes: Vec<SetChange>,
    /// The state before the last block, and what that block was built on.
    pub before: (MemoryState, Tip),
    /// The state after the last block.
    pub state: MemoryState,
    /// The last block.
    pub tip: Tip,
    validators: ValidatorSet,
    keys: BTreeMap<PublicKey, SecretKey>,
}

/// With every kind of operation and record, by one validator.
pub static TOWN: LazyLock<World> = LazyLock::new(town);
/// By four validators, of which one is replaced.
pub static OFFICE: LazyLock<World> = LazyLock::new(office);

/// Takes every signature for right, so that rules are reached with bytes nobody signed.
#[derive(Clone, Copy, Debug)]
pub struct AllVerified;

impl VerifiedSignatures for AllVerified {
    fn contains(&self, _: &Hash) -> bool {
        true
    }
}

impl World {
    fn found(genesis: Genesis, keys: BTreeMap<PublicKey, SecretKey>) -> World {
        let state = genesis
            .state()
            .expect("the cities of this crate are in order");
        let tip = Tip::genesis(genesis.chain_id(), genesis.time_ms);
        World {
            validators: genesis.validators.clone(),
            blocks: Vec::new(),
            changes: Vec::new(),
            before: (state.clone(), tip),
            state,
            tip,
            genesis,
            keys,
        }
    }

    /// The chain.
    pub fn chain_id(&self) -> ChainId {
        self.tip.chain_id
    }

    /// Every transaction, in order.
    pub fn envelopes(&self) -> impl Iterator<Item = &Arc<SealedEnvelope>> {
        self.blocks.iter().flat_map(|it| &it.block.transactions)
    }

    /// Every receipt, in order.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        self.blocks.iter().flat_map(|it| &it.receipts)
    }

    /// The newest block.
    pub fn last(&self) -> &Decided {
        self.blocks.last().expect("a chain of samples has blocks")
    }

    /// A block of `envelopes`, all of which apply.
    fn add(&mut self, time_ms: TimestampMs, envelopes: &[Arc<SealedEnvelope>]) {
        let proposer = self.validators.as_slice()[0].address();
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            envelopes,
            &NothingVerified,
        )
        .expect("the books of samples balance");
        assert_eq!(built.refused, [], "samples apply");
        let header = built.block.header.clone();
        let certificate = self.certify(&built.block);
        let mut after = self.state.clone();
        after.apply(&built.execution.writes);
        let before = std::mem::replace(&mut self.state, after);
        let tip = std::mem::replace(&mut self.tip, Tip::of(&header));
        self.before = (before, tip);
        if header.next_validators_hash != header.validators_hash {
            self.validators = built.execution.next_validators.clone();
            self.changes.push(SetChange {
                header,
                certificate: certificate.clone(),
                next: self.validators.clone(),
            });
        }
        self.blocks.push(Decided {
            block: Arc::new(built.block),
            certificate,
            receipts: built.execution.receipts,
            writes: built.execution.writes,
        });
    }

    fn certify(&self, block: &Block) -> CommitCertificate {
        let mut certificate = CommitCertificate {
            height: block.header.height,
            round: 0,
            block_id: block.id(),
            signatures: Vec::new(),
        };
        let mut signatures: Vec<CommitSignature> = self
            .validators
            .as_slice()
            .iter()
            .map(|it| {
                let validator = ValidatorAddress::of(&it.consensus_key);
                let vote = certificate.vote(self.tip.chain_id, validator);
                let key = &self.keys[&it.consensus_key];
                CommitSignature {
                    validator,
                    signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
                }
            })
            .collect();
        signatures.sort_by_key(|it| it.validator);
        certificate.signatures = signatures;
        certificate
    }

    /// The same transaction, really signed.
    fn signed(&self, candidate: &Candidate) -> Arc<SealedEnvelope> {
        let transaction = candidate.sealed.transaction().clone();
        let signatures: Vec<SignedBy> = candidate
            .signed
            .iter()
            .map(|(signer, key)| SignedBy {
                signer: *signer,
                signature: transaction.sign(&self.keys[key]),
            })
            .collect();
        Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
    }

    /// Plays a block of the comparison here too: what applied there.
    fn follow(&mut self, ledger: &mut Ledger, time_ms: TimestampMs, candidates: &[Candidate]) {
        let time_ms = ledger.block_time(time_ms);
        let answers = ledger
            .block(time_ms, candidates)
            .expect("the ledger's books balance");
        let applied: Vec<_> = candidates
            .iter()
            .zip(answers)
            .filter(|(_, answer)| answer.is_none())
            .map(|(candidate, _)| self.signed(candidate))
            .collect();
        self.add(time_ms, &applied);
    }
}

fn town() -> World {
    let keys = KEY_RING.iter().filter_map(|key| {
        let secret = founding::secret_of(key)?;
        Some((*key, secret.clone()))
    });
    let genesis = founding::genesis(KIND);
    let mut ledger = Ledger::found(&genesis);
    let mut world = World::found(genesis, keys.collect());
    for step in prologue::history(KIND) {
        world.follow(&mut ledger, step.time_ms, &step.candidates);
    }
    let mut generator = Generator::new(SEED, world.chain_id());
    for _ in 0..BLOCKS {
        let (time_ms, candidates) = generator.block(&ledger);
        world.follow(&mut ledger, time_ms, &candidates);
    }
    world
}

fn office() -> World {
    let keys = (0..=OFFICES).map(|index| {
        let key = city::consensus_key(index);
        (key.public_key(), key)
    });
    let genesis = city::genesis(OFFICES + 1, OFFICES);
    let mut office = city::Office::new(genesis.chain_id());
    let mut world = World::found(genesis, keys.collect());
    let mut now_ms = city::START_MS + 1_000;
    for (height, label) in ["li", "chen", "wang"].into_iter().enumerate() {
        let mut envelopes = vec![office.open_account(label, height, 1, now_ms)];
        if height == 1 {
            envelopes.push(office.set_validators(1..=OFFICES, now_ms));
        }
        world.add(TimestampMs(now_ms), &envelopes);
        now_ms += 1_000;
    }
    world
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chains_of_samples_have_what_samples_are_made_from() {
        let kinds: std::collections::BTreeSet<u8> = TOWN
            .envelopes()
            .map(|it| borsh::to_vec(&it.transaction().operation).expect("memory")[0])
            .collect();
        assert!(kinds.len() >= 45, "{kinds:?} kinds of operation");
        let tags: std::collections::BTreeSet<u8> = TOWN
            .blocks
            .iter()
            .flat_map(|it| it.writes.records.keys())
            .map(|key| key[0])
            .collect();
        assert!(tags.len() >= 28, "{tags:?} kinds of record");
        assert_eq!(OFFICE.changes.len(), 1);
    }
}
