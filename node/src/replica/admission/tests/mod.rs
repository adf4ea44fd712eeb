//! Tests of admission: what they share.

mod keys;
mod suspects;
mod told;

use ledger_core::id::AccountId;
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{
    Envelope, Operation, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};

use super::super::{ClientAddress, ReplicaConfig, ReplicaInput, SignatureBatch};
use super::*;
use crate::storage::{MemoryDisk, Storage};
use crate::test_chain::{NOW_MS, genesis, key};

/// Feeds `input`, and the verdicts on the signatures it asks to verify; everything that came of it.
fn handle_and_verify(replica: &mut Replica, input: ReplicaInput) -> Vec<ReplicaEffect> {
    let mut effects = replica.handle(input, NOW_MS + 1_000);
    let batches: Vec<SignatureBatch> = effects
        .iter()
        .filter_map(|effect| match effect {
            ReplicaEffect::VerifySignatures(batch) => Some(batch.clone()),
            _ => None,
        })
        .collect();
    for batch in batches {
        let verified = ReplicaInput::SignaturesVerified {
            batch: batch.id,
            wrong: batch.find_wrong(),
        };
        effects.extend(replica.handle(verified, NOW_MS + 1_000));
    }
    effects
}

fn client(number: u8) -> ClientAddress {
    ClientAddress::from(std::net::IpAddr::from([10, 0, 0, number]))
}

/// A node of which every client is told at once.
fn open() -> Replica {
    let genesis = genesis();
    let storage = Storage::open_memory(&MemoryDisk::new(), genesis.chain_id())
        .unwrap()
        .storage;
    let mut replica = Replica::open(ReplicaConfig::new(key(5)), genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
    replica
}

fn batches(effects: &[ReplicaEffect]) -> Vec<SignatureBatch> {
    let batch = |effect: &ReplicaEffect| match effect {
        ReplicaEffect::VerifySignatures(batch) => Some(batch.clone()),
        _ => None,
    };
    effects.iter().filter_map(batch).collect()
}

/// The verdict on a batch that holds nothing right.
fn all_wrong(batch: &SignatureBatch) -> ReplicaInput {
    ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: (0..batch.tasks.len()).collect(),
    }
}

/// A transaction of the only account, signed with `keys`: the account's own, then bare ones.
fn of_the_account(
    operation: Operation,
    number: u8,
    own: u8,
    bare: Option<u8>,
) -> Arc<SealedEnvelope> {
    let genesis = genesis();
    let signer = Signer::Account(genesis.accounts[0].id());
    let transaction = Transaction {
        chain_id: genesis.chain_id(),
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(NOW_MS + 600_000),
        nonce: [number; 16],
        operation,
    };
    let own = SignedBy {
        signer,
        signature: transaction.sign(&key(own)),
    };
    let bare = bare.map(|bare| SignedBy {
        signer: Signer::Key(key(bare).public_key()),
        signature: transaction.sign(&key(bare)),
    });
    let signatures: Vec<SignedBy> = std::iter::once(own).chain(bare).collect();
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

/// A gift to nobody, signed by the account with `own`.
fn gift(number: u8, own: u8) -> Arc<SealedEnvelope> {
    let gift = Gift {
        from: genesis().accounts[0].id(),
        to: AccountId([8; 20]),
        minutes: ledger_core::amount::Minutes(1),
    };
    of_the_account(Operation::Gift(gift), number, own, None)
}
