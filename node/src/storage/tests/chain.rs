//! A chain of small blocks to store. No ledger runs here: storage does not know what blocks mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::block::{Block, HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{
    AccountId, BlockId, ChainId, Height, OrderId, OrganisationId, TransactionId,
};
use ledger_core::ledger::Tip;
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::signature::Signature;
use ledger_core::state::tree::{NodePath, key_hash, prove, root, update};
use ledger_core::state::{
    MemoryState, RecordChanges, StateError, StateKey, StateView, StateWrites,
};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::ValidatorAddress;

use crate::storage::{CommittedBlock, StateSnapshot, Storage, StorageError};

/// The chain all tests use.
pub(super) const CHAIN: ChainId = ChainId(Hash([7; 32]));
/// How many records there may be: so few that layers hide each other's often.
const KEYS: u64 = 60;

/// One block and what applying it yields.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) block: CommittedBlock,
    pub(super) receipts: Vec<Receipt>,
    pub(super) writes: StateWrites,
}

pub(super) fn account(number: u8) -> AccountId {
    AccountId([number; 20])
}

/// The first transaction of the block at height `number` among [`steps`], be it there or not.
pub(super) fn transaction_id(number: u64) -> TransactionId {
    transaction(expiry_hour(number), [number, 0], advance(number)).id()
}

/// The hour in which the transactions of the block at `height` expire.
const fn expiry_hour(height: u64) -> u64 {
    height / 10
}

/// A few records more than a bucket of the state tree has.
pub(super) fn genesis() -> StateWrites {
    let records = (0..34).map(|number| (key(number), Some(vec![1; 40])));
    writes_of(&MemoryState::default(), records.collect())
}

/// The key of a record: of a kind that stands alone, or of one that is listed.
pub(super) fn key(number: u64) -> Vec<u8> {
    let account = AccountId::from_seed(&hash(Domain::StateKey, &[&number.to_be_bytes()]));
    match number % 4 {
        0 => StateKey::Organisation(OrganisationId(number)),
        1 => StateKey::Account(account),
        2 => StateKey::Order(OrderId(account.0)),
        _ => StateKey::Membership(account),
    }
    .to_bytes()
}

/// What changes when these records of `before` do: they and the tree over all.
pub(super) fn writes_of(before: &MemoryState, records: RecordChanges) -> StateWrites {
    StateWrites {
        tree: update(before, &records).unwrap(),
        records,
        ..StateWrites::default()
    }
}

/// The block after `parent` with the given operations, each with one receipt that touches one account.
pub(super) fn step(parent: Option<&Tip>, writes: StateWrites, operations: Vec<Operation>) -> Step {
    let height = parent.map_or(Height::GENESIS, |tip| tip.height).next().0;
    let numbered = (0..).zip(operations);
    let transactions = numbered.map(|(index, operation)| {
        sealed(transaction(expiry_hour(height), [height, index], operation))
    });
    step_of(parent, writes, transactions.collect())
}

/// The block after `parent` with the given transactions, which are remembered, and a receipt for each.
pub(super) fn step_of(
    parent: Option<&Tip>,
    mut writes: StateWrites,
    transactions: Vec<Arc<SealedEnvelope>>,
) -> Step {
    let height = parent.map_or(Height::GENESIS, |tip| tip.height).next();
    writes.remembered = transactions.iter().map(|it| hour_and_id(it)).collect();
    let header = Header {
        version: HEADER_VERSION,
        chain_id: CHAIN,
        height,
        time_ms: TimestampMs(1_000 * height.0),
        parent: parent.map_or(BlockId::default(), |tip| tip.block_id),
        proposer: ValidatorAddress([3; 20]),
        transactions_root: Hash([4; 32]),
        receipts_root: Hash([5; 32]),
        state_root: writes.tree.root,
        validators_hash: Hash([6; 32]),
        next_validators_hash: Hash([6; 32]),
        last_set_change: Height::GENESIS,
    };
    let certificate = CommitCertificate {
        height,
        round: 0,
        block_id: header.id(),
        signatures: vec![CommitSignature {
            validator: ValidatorAddress([3; 20]),
            signature: Signature([9; 64]),
        }],
    };
    let receipts = transactions
        .iter()
        .enumerate()
        .map(|(index, sealed)| receipt(&header, Cause::Transaction(sealed.id()), index))
        .collect();
    Step {
        block: CommittedBlock {
            block: Arc::new(Block {
                header,
                transactions,
            }),
            certificate,
        },
        receipts,
        writes,
    }
}

fn receipt(header: &Header, cause: Cause, index: usize) -> Receipt {
    let owner = Owner::Account(account(u8::try_from(index % 5).unwrap()));
    let posting = Posting {
        height: header.height,
        time_ms: header.time_ms,
        cause,
        owner,
        entry: Entry::KeyRotated,
    };
    Receipt {
        cause,
        postings: vec![posting.clone(), posting],
    }
}

/// What a transaction is remembered as.
pub(super) fn hour_and_id(sealed: &SealedEnvelope) -> (u64, TransactionId) {
    let hour = sealed.transaction().valid_until_ms.hour_ceiling();
    (hour, sealed.id())
}

/// A transaction that expires in `hour`; `numbers` tell it from others.
fn transaction(hour: u64, numbers: [u64; 2], operation: Operation) -> Transaction {
    let mut nonce = [0; 16];
    for (place, number) in nonce.chunks_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    Transaction {
        chain_id: CHAIN,
        version: TRANSACTION_VERSION,
        signer: Signer::Account(account(1)),
        valid_until_ms: TimestampMs(hour * HOUR_MS),
        nonce,
        operation,
    }
}

/// The envelope of one that expires in `hour` and that `number` tells from others of that hour.
pub(super) fn expiring(hour: u64, number: u64) -> Arc<SealedEnvelope> {
    sealed(transaction(hour, [number, 0], advance(number)))
}

fn sealed(transaction: Transaction) -> Arc<SealedEnvelope> {
    let signed = SignedBy {
        signer: transaction.signer,
        signature: Signature([8; 64]),
    };
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, [signed])))
}

fn advance(number: u64) -> Operation {
    Operation::AdvanceTime(AdvanceTime {
        to_ms: TimestampMs(number),
    })
}

/// Writes that differ from height to height, overwrite and delete some of what came `before`, and forget an hour now and then.
pub(super) fn writes(before: &MemoryState, height: u64) -> StateWrites {
    let mut records = RecordChanges::new();
    for number in 0..6u64 {
        let deleted = (height + number).is_multiple_of(4);
        let value = (!deleted).then(|| vec![u8::try_from(height % 251).unwrap(); 30]);
        records.insert(key((height + number * number) % KEYS), value);
    }
    let mut writes = writes_of(before, records);
    if height.is_multiple_of(10) && height >= 20 {
        writes.forgotten_hours.push(expiry_hour(height) - 2);
    }
    writes
}

/// `count` steps after genesis.
pub(super) fn steps(count: u64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut tip = None;
    let mut model = model(&[], 0);
    for height in 1..=count {
        let writes = writes(&model, height);
        model.apply(&writes);
        let step = step(tip.as_ref(), writes, vec![advance(height); 2]);
        tip = Some(Tip::of(&step.block.block.header));
        steps.push(step);
    }
    steps
}

/// Commits genesis and all of `steps`: blocks first, then state, as a node does.
pub(super) fn run(storage: &Storage, steps: &[Step]) -> Result<(), StorageError> {
    if storage.state.label().is_none() {
        storage.state.commit_genesis(&genesis())?;
    }
    for step in steps {
        storage.blocks.append(&step.block)?;
        storage
            .state
            .commit(&step.block.block, &step.receipts, &step.writes)?;
    }
    Ok(())
}

/// Brings the state up to the blocks after a restart, as a node does.
pub(super) fn replay(storage: &Storage, steps: &[Step]) -> Result<u64, StorageError> {
    if storage.state.label().is_none() {
        storage.state.commit_genesis(&genesis())?;
    }
    let mut replayed = 0;
    for block in storage.replay() {
        let block = block?;
        let index = usize::try_from(block.block.header.height.0 - 1).unwrap();
        assert_eq!(block, steps[index].block);
        storage
            .state
            .commit(&block.block, &steps[index].receipts, &steps[index].writes)?;
        replayed += 1;
    }
    Ok(replayed)
}

/// The naive model: genesis and the first `height` of `steps`, applied.
pub(super) fn model(steps: &[Step], height: usize) -> MemoryState {
    let mut model = MemoryState::default();
    model.apply(&genesis());
    for step in &steps[..height] {
        model.apply(&step.writes);
    }
    model
}

/// Checks that `view` says of everything what `model` says.
pub(super) fn check_same(view: &StateSnapshot, model: &MemoryState) {
    try_same(view, model).unwrap();
}

/// The same, where `view` may know that it is damaged.
pub(super) fn try_same(view: &StateSnapshot, model: &MemoryState) -> Result<(), StateError> {
    let all = model.records();
    let all: BTreeMap<_, _> = all
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect();
    assert_eq!(view.records()?, all);
    for limit in [0, 1, 2, 3, usize::MAX] {
        // Up to the first kind that stands alone, and between others of those.
        for (from, to) in [(0, 7), (3, 4), (12, 15), (14, 14)] {
            assert_eq!(
                view.scan(&[from], &[to], limit)?,
                model.scan(&[from], &[to], limit)?
            );
        }
    }
    assert!(view.scan(&[0], &[8], 1).is_err());
    for number in 0..KEYS + 20 {
        let key = &key(number);
        assert_eq!(view.read(key)?, model.read(key)?);
        assert_eq!(prove(view, key)?, prove(model, key)?);
        // Those on the way to it, and some below, where there is none.
        for length in 0..10 {
            let path = NodePath::of(&key_hash(key), length);
            assert_eq!(view.node(&path)?, model.node(&path)?, "{path}");
        }
        let id = transaction_id(number);
        assert_eq!(
            view.is_remembered(expiry_hour(number), id)?,
            model.is_remembered(expiry_hour(number), id)?
        );
    }
    assert_eq!(root(view)?, root(model)?);
    Ok(())
}
