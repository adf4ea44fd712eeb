//! What the storage of a node costs for a block, without a ledger or a network around it: reads as execution and the tree
//! make them, the commit, the block's append, and what comes due of moving blocks and state into their databases, on the thread
//! and under the conditions of a node; but for its timer, which runs out only when there is little to do.
//!
//! `cargo bench -p timebank-node --bench state -- ACCOUNTS [TRANSACTIONS [IN_A_BLOCK [DIRECTORY]]]` fills a store with so
//! many accounts, closes it, opens it again and lets random pairs of accounts change, a pair a transaction, as a gift does.
//! It prints processor time and bytes to disk for a transaction, the longest time a block took, what opening took, and the
//! memory held. The system's own accounts of the process are read (`/proc/self`), so it runs on Linux. A store left in
//! DIRECTORY by an earlier run with as many accounts is used again.

#![expect(
    clippy::print_stdout,
    reason = "the figures are for whoever runs the measurement"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use ledger_core::block::{Block, HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, ChainId, Height, StaffId};
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::signature::Signature;
use ledger_core::state::tree::update;
use ledger_core::state::{MemoryState, RecordChanges, StateKey, StateView, StateWrites};
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::ValidatorAddress;
use timebank_node::storage::state::Share;
use timebank_node::storage::{CommittedBlock, Engine, Storage, StorageError};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CHAIN: ChainId = ChainId(Hash([7; 32]));
/// About the length of an account's record.
const RECORD_BYTES: usize = 220;
/// How often a transaction's records are read before it is committed: when it arrives, is tried, proposed and executed.
const READS: usize = 4;
/// Blocks among which the processor time of the first and the last are compared.
const PARTS: usize = 4;

/// The system's account of this process.
#[derive(Clone, Copy)]
struct Usage {
    /// Processor time, in microseconds.
    processor_us: u64,
    /// Bytes written to disk.
    written: u64,
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("the system accounts for a process in a known form")
}

fn usage() -> Usage {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.split_whitespace().collect();
    // In ticks of 10 ms.
    let ticks = |index: usize| fields[index].parse::<u64>().expect("a number of ticks");
    let io = fs::read_to_string("/proc/self/io").expect("Linux");
    Usage {
        processor_us: (ticks(13) + ticks(14)) * 10_000,
        written: field(&io, "write_bytes:"),
    }
}

fn memory_mb(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    field(&status, name) / 1024
}

fn account(number: u64) -> AccountId {
    AccountId::from_seed(&hash(Domain::Identity, &[&number.to_le_bytes()]))
}

fn record(version: u64) -> Vec<u8> {
    let mut record = vec![5; RECORD_BYTES];
    record[..8].copy_from_slice(&version.to_le_bytes());
    record
}

/// Genesis with all accounts.
fn genesis(accounts: u64) -> StateWrites {
    let mut records = RecordChanges::new();
    for number in 0..accounts {
        let key = StateKey::Account(account(number)).to_bytes();
        records.insert(key, Some(record(0)));
        let key = StateKey::Membership(account(number)).to_bytes();
        records.insert(key, Some(vec![3; 40]));
    }
    let tree = update(&MemoryState::default(), &records).expect("memory can be read");
    StateWrites {
        records,
        tree,
        ..StateWrites::default()
    }
}

/// The hour in which the transactions of the block at `height` expire.
const fn expiry_hour(height: Height) -> u64 {
    height.0 / 1_000
}

fn envelope(height: Height, index: usize) -> Arc<SealedEnvelope> {
    let signer = Signer::Staff(StaffId {
        organisation: ledger_core::id::OrganisationId(1),
        number: 1,
    });
    let transaction = Transaction {
        chain_id: CHAIN,
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(expiry_hour(height) * HOUR_MS),
        nonce: (u128::from(height.0) << 64 | index as u128).to_be_bytes(),
        operation: Operation::AdvanceTime(AdvanceTime {
            to_ms: TimestampMs(height.0),
        }),
    };
    let signed = SignedBy {
        signer,
        signature: Signature([8; 64]),
    };
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, [signed])))
}

fn posting(header: &Header, cause: Cause, owner: u64) -> Posting {
    Posting {
        height: header.height,
        time_ms: header.time_ms,
        cause,
        owner: Owner::Account(account(owner)),
        entry: Entry::KeyRotated,
    }
}

/// A chain of blocks that are no blocks of a ledger.
struct Chain {
    storage: Storage,
    accounts: u64,
    drawn: u64,
}

impl Chain {
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let drawn = hash(Domain::Identity, &[b"draw", &self.drawn.to_le_bytes()]);
        let number = drawn.0.first_chunk().expect("a hash is longer");
        u64::from_le_bytes(*number) % self.accounts
    }

    /// Reads, changes and commits what a block of `transactions` pairs of accounts does; the time that took.
    fn block(&mut self, transactions: usize) -> Duration {
        let label = self.storage.state.label().expect("there is a genesis");
        let height = label.height.next();
        let pairs: Vec<[u64; 2]> = (0..transactions)
            .map(|_| [self.draw(), self.draw()])
            .collect();
        let envelopes: Vec<_> = (0..transactions).map(|i| envelope(height, i)).collect();
        let begun = Instant::now();
        let snapshot = self.storage.state.snapshot();
        let hour = expiry_hour(height);
        for _ in 0..READS {
            for (pair, sealed) in pairs.iter().zip(&envelopes) {
                for number in pair {
                    for key in [StateKey::Account, StateKey::Membership] {
                        let found = snapshot.read(&key(account(*number)).to_bytes());
                        assert!(found.expect("the disk works").is_some());
                    }
                }
                let known = snapshot.is_remembered(hour, sealed.id());
                assert!(!known.expect("the disk works"));
            }
        }
        let mut writes = StateWrites::default();
        for number in pairs.iter().flatten() {
            let key = StateKey::Account(account(*number)).to_bytes();
            writes.records.insert(key, Some(record(height.0)));
        }
        writes.remembered = envelopes.iter().map(|it| (hour, it.id())).collect();
        writes.tree = update(&snapshot, &writes.records).expect("the disk works");
        drop(snapshot);
        let header = Header {
            version: HEADER_VERSION,
            chain_id: CHAIN,
            height,
            time_ms: TimestampMs(1_000 * height.0),
            parent: label.block_id,
            proposer: ValidatorAddress([3; 20]),
            transactions_root: Hash([4; 32]),
            receipts_root: Hash([5; 32]),
            state_root: writes.tree.root,
            validators_hash: Hash([6; 32]),
            next_validators_hash: Hash([6; 32]),
            last_set_change: Height::GENESIS,
        };
        let receipts: Vec<Receipt> = pairs
            .iter()
            .zip(&envelopes)
            .map(|(pair, sealed)| {
                let cause = Cause::Transaction(sealed.id());
                let postings = pair.map(|owner| posting(&header, cause, owner));
                Receipt {
                    cause,
                    postings: postings.to_vec(),
                }
            })
            .collect();
        self.commit(header, envelopes, &receipts, &writes);
        begun.elapsed()
    }

    fn commit(
        &self,
        header: Header,
        transactions: Vec<Arc<SealedEnvelope>>,
        receipts: &[Receipt],
        writes: &StateWrites,
    ) {
        let signature = CommitSignature {
            validator: ValidatorAddress([3; 20]),
            signature: Signature([9; 64]),
        };
        let certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block_id: header.id(),
            signatures: vec![signature; 4],
        };
        let block = Arc::new(Block {
            header,
            transactions,
        });
        let stored = CommittedBlock {
            block: Arc::clone(&block),
            certificate,
        };
        let appended = self.storage.blocks.append(&stored);
        appended.expect("the disk works");
        let committed = self.storage.state.commit(&block, receipts, writes);
        committed.expect("the disk works");
    }
}

fn fill(directory: &Path, accounts: u64) {
    let opened = Storage::open(directory, CHAIN, Engine::Redb).expect("the disk works");
    let state = &opened.storage.state;
    if state.label().is_none() {
        let begun = Instant::now();
        state
            .commit_genesis(&genesis(accounts))
            .expect("the disk works");
        state.flush().expect("the disk works");
        println!("filled in {:.1} s", begun.elapsed().as_secs_f64());
    }
}

/// What moves committed blocks and the state into the databases beside the commits, started and started again as a node does
/// it (`request_flush` and `flush_state` there).
#[derive(Default)]
struct Flushes {
    under_way: Option<Receiver<Result<(), StorageError>>>,
    wanted_again: bool,
}

impl Flushes {
    /// After every block: starts what came due, or has it follow what is under way.
    fn after_block(&mut self, storage: &Storage) {
        self.notice_end(storage);
        if storage.state.pending().is_due() || storage.blocks.is_settling_due_at(Share::FULL) {
            match self.under_way {
                None => self.start(storage),
                Some(_) => self.wanted_again = true,
            }
        }
    }

    fn notice_end(&mut self, storage: &Storage) {
        let ended = self.under_way.as_ref().map(Receiver::try_recv);
        match ended {
            None | Some(Err(TryRecvError::Empty)) => {}
            Some(Err(TryRecvError::Disconnected)) => panic!("a flush ends by saying so"),
            Some(Ok(outcome)) => self.ended(outcome, storage),
        }
    }

    fn ended(&mut self, outcome: Result<(), StorageError>, storage: &Storage) {
        outcome.expect("the disk works");
        self.under_way = None;
        if std::mem::take(&mut self.wanted_again) {
            self.start(storage);
        }
    }

    fn start(&mut self, storage: &Storage) {
        let (done, ended) = channel();
        let blocks = Arc::clone(&storage.blocks);
        let begun = storage.state.flush_aside(blocks, move |outcome| {
            // Whoever measures waits for every end.
            done.send(outcome).expect("an end is waited for");
        });
        begun.expect("the system has a thread to spare");
        self.under_way = Some(ended);
    }

    /// Waits until nothing is under way any more.
    fn finish(&mut self, storage: &Storage) {
        while let Some(under_way) = &self.under_way {
            let outcome = under_way.recv().expect("a flush ends by saying so");
            self.ended(outcome, storage);
        }
    }
}

/// Drives `transactions` through the store; blocks are settled and the state is flushed beside it as they come due.
fn drive(chain: &mut Chain, transactions: usize, in_a_block: usize) {
    let blocks = transactions.div_ceil(in_a_block);
    let mut longest = Duration::ZERO;
    let mut before = usage();
    for part in 0..PARTS {
        let mut flushes = Flushes::default();
        for _ in 0..blocks / PARTS {
            longest = longest.max(chain.block(in_a_block));
            flushes.after_block(&chain.storage);
        }
        flushes.finish(&chain.storage);
        let after = usage();
        let done = (blocks / PARTS * in_a_block) as f64;
        println!(
            "part {part}: {:6.1} µs of processor, {:6.0} bytes to disk for a transaction; memory {} MB, longest block {:.1} ms",
            (after.processor_us - before.processor_us) as f64 / done,
            (after.written - before.written) as f64 / done,
            memory_mb("VmRSS:"),
            longest.as_secs_f64() * 1e3,
        );
        before = after;
        longest = Duration::ZERO;
    }
}

fn main() {
    let numbers: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    let number = |index: usize, default: usize| {
        numbers
            .get(index)
            .map_or(default, |it| it.parse().expect("a number"))
    };
    let (accounts, transactions, in_a_block) =
        (number(0, 10_000), number(1, 40_000), number(2, 50));
    let kept = numbers.get(3).map(std::path::PathBuf::from);
    let directory = std::env::temp_dir().join(format!("timebank-state-{}", std::process::id()));
    let directory = kept.clone().unwrap_or(directory);
    let fresh = !directory.exists();
    fill(&directory, accounts as u64);
    if fresh && kept.is_some() {
        // What filling took of memory is not what a node holds.
        println!("filled; run again to measure");
        return;
    }
    let begun = Instant::now();
    let opened = Storage::open(&directory, CHAIN, Engine::Redb).expect("the disk works");
    println!(
        "{accounts} accounts, opened in {:.3} s",
        begun.elapsed().as_secs_f64()
    );
    let mut chain = Chain {
        drawn: opened.storage.state.label().map_or(0, |it| it.height.0) * 1_000_000,
        storage: opened.storage,
        accounts: accounts as u64,
    };
    if opened.discarded.is_some() {
        println!("the state was thrown away: {:?}", opened.discarded);
    }
    drive(&mut chain, transactions, in_a_block);
    println!("peak of memory {} MB", memory_mb("VmHWM:"));
    chain.storage.state.flush().expect("the disk works");
    drop(chain);
    if kept.is_none() {
        fs::remove_dir_all(&directory).expect("the directory is ours");
    }
}
