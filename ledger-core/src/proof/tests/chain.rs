//! A made-up chain to prove things of: a city with administrators and an auditor, an account, an order, a day a block.

use super::*;
use crate::amount::Minutes;
use crate::block::list;
use crate::genesis::{GENESIS_VERSION, Genesis, GenesisOrganisation, GenesisStaff};
use crate::hash::{Domain, hash_of};
use crate::id::{AccountId, OrderId, StaffId, TransactionId};
use crate::receipt::{Cause, Entry, Owner, Posting, Receipt};
use crate::record::account::{AccountKind, AccountRecord, History};
use crate::record::chain::ChainPurpose;
use crate::record::organisation::{Level, Role, StaffRecord};
use crate::state::StateView;
use crate::state::tree::TreeProof;
use crate::time::{Calendar, DAY_MS};
use crate::transaction::value::Donate;
use crate::transaction::{Envelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction};

pub(super) const CITY: OrganisationId = OrganisationId(320_100);
pub(super) const ACCOUNT: AccountId = AccountId([0xaa; 20]);
pub(super) const NOBODY: AccountId = AccountId([0xbb; 20]);
const ORDER: OrderId = OrderId([0xcc; 20]);

/// The city's staff by number: 1 to 3 administrators, 4 an auditor, 5 an auditor who is administrator 1 too.
pub(super) fn staff(number: u32) -> StaffId {
    StaffId {
        organisation: CITY,
        number,
    }
}

pub(super) fn staff_key(number: u32) -> SecretKey {
    SecretKey::from_seed(&[u8::try_from(number).unwrap().wrapping_add(200); 32])
}

fn person(number: u32) -> AccountId {
    let number = if number == 5 { 1 } else { number };
    AccountId([u8::try_from(number).unwrap(); 20])
}

pub(super) fn signer(number: u32) -> CheckpointSigner {
    CheckpointSigner {
        staff: staff(number),
        person: person(number),
        key: staff_key(number).public_key(),
    }
}

pub(super) struct Chain {
    pub(super) genesis: Genesis,
    pub(super) sets: [Vec<SecretKey>; 3],
    pub(super) state: MemoryState,
    pub(super) envelopes: Vec<Envelope>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) postings: Vec<Posting>,
}

fn genesis(sets: &[Vec<SecretKey>; 3]) -> Genesis {
    let entry = |number: u32, role| GenesisStaff {
        staff: staff(number),
        record: StaffRecord {
            key: staff_key(number).public_key(),
            roles: vec![role],
            person: person(number),
        },
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Production,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(0),
        organisations: vec![GenesisOrganisation {
            organisation: CITY,
            parent: None,
            level: Level::City,
            threshold: 2,
        }],
        accounts: Vec::new(),
        // Out of order: keys are sorted by whoever reads them.
        staff: vec![
            entry(3, Role::Administrator),
            entry(1, Role::Administrator),
            entry(2, Role::Administrator),
            entry(5, Role::Auditor),
            entry(4, Role::Auditor),
        ],
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: set_of(&sets[0]),
    }
}

fn posting(number: u64) -> Posting {
    Posting {
        height: Height(number),
        time_ms: TimestampMs(number.saturating_mul(DAY_MS)),
        cause: Cause::Settlement(ORDER),
        owner: Owner::Account(ACCOUNT),
        entry: Entry::Rated {
            order: ORDER,
            stars: 5,
        },
    }
}

impl Chain {
    pub(super) fn new() -> Chain {
        let sets = [keys(1), keys(50), keys(100)];
        let postings: Vec<Posting> = (1..=4).map(posting).collect();
        let mut record = AccountRecord::new(
            AccountKind::Group,
            OrganisationId(320_102_001),
            OrganisationId(320_102),
            None,
        );
        record.history = postings.iter().fold(History::EMPTY, |history, posting| {
            history.with(posting).unwrap()
        });
        let mut records: RecordChanges = (0..40u8).map(|i| (vec![200, i], Some(vec![i]))).collect();
        records.insert(
            StateKey::Account(ACCOUNT).to_bytes(),
            Some(crate::codec::encode(&record)),
        );
        let mut state = MemoryState::default();
        let tree = update(&state, &records).unwrap();
        state.apply(&StateWrites {
            records,
            tree,
            ..StateWrites::default()
        });
        let genesis = genesis(&sets);
        let key = staff_key(9);
        let envelopes = (0..3u8)
            .map(|number| {
                let transaction = Transaction {
                    chain_id: genesis.chain_id(),
                    version: TRANSACTION_VERSION,
                    signer: Signer::Account(ACCOUNT),
                    valid_until_ms: TimestampMs(DAY_MS),
                    nonce: [number; 16],
                    operation: Donate {
                        from: ACCOUNT,
                        pool: crate::record::budget::PoolId {
                            organisation: CITY,
                            kind: crate::record::budget::PoolKind::Donation,
                        },
                        minutes: Minutes(60),
                    }
                    .into(),
                };
                let signature = transaction.sign(&key);
                let signer = Signer::Account(ACCOUNT);
                Envelope::new(transaction, [SignedBy { signer, signature }])
            })
            .collect();
        let receipts = (0..5u8)
            .map(|number| Receipt {
                cause: Cause::Transaction(TransactionId(Hash([number; 32]))),
                postings: vec![posting(u64::from(number))],
            })
            .collect();
        Chain {
            genesis,
            sets,
            state,
            envelopes,
            receipts,
            postings,
        }
    }

    pub(super) fn trust(&self) -> TrustChain {
        TrustChain::genesis(&self.genesis)
    }

    /// The block of this height by the set of this number, which came at `since`; on the day of its height.
    pub(super) fn header(&self, height: u64, set: usize, since: u64) -> Header {
        let mut header = header(height, &self.sets[set], &self.sets[set], since);
        header.chain_id = self.genesis.chain_id();
        header.time_ms = TimestampMs(height.saturating_mul(DAY_MS));
        header.state_root = self.state.root();
        let envelopes: Vec<Hash> = self
            .envelopes
            .iter()
            .map(|envelope| hash_of(Domain::Envelope, envelope))
            .collect();
        header.transactions_root = list::root(&envelopes);
        header.receipts_root = list::root(&self.receipt_hashes());
        header
    }

    pub(super) fn receipt_hashes(&self) -> Vec<Hash> {
        self.receipts.iter().map(Receipt::receipt_hash).collect()
    }

    fn tree_proof(&self, key: &[u8]) -> TreeProof {
        prove(&self.state, key).unwrap()
    }

    pub(super) fn record(&self) -> BlockClaim {
        let key = StateKey::Account(ACCOUNT).to_bytes();
        BlockClaim::Record {
            value: self.state.read(&key).unwrap().unwrap(),
            tree_proof: self.tree_proof(&key),
            key,
        }
    }

    pub(super) fn absence(&self) -> BlockClaim {
        let key = StateKey::Account(NOBODY).to_bytes();
        BlockClaim::Absence {
            key_hash: crate::state::tree::key_hash(&key),
            tree_proof: self.tree_proof(&key),
            key,
        }
    }

    pub(super) fn transaction(&self, index: usize) -> BlockClaim {
        let leaves: Vec<Hash> = self
            .envelopes
            .iter()
            .map(|envelope| hash_of(Domain::Envelope, envelope))
            .collect();
        BlockClaim::Transaction {
            envelope: Box::new(self.envelopes[index].clone()),
            path: ListPath::of(&leaves, index).unwrap(),
        }
    }

    pub(super) fn receipt(&self, index: usize) -> BlockClaim {
        BlockClaim::Receipt {
            receipt: self.receipts[index].clone(),
            path: ListPath::of(&self.receipt_hashes(), index).unwrap(),
        }
    }

    /// The account's postings at these positions.
    pub(super) fn history(&self, shown: &[u64]) -> BlockClaim {
        let owner = Owner::Account(ACCOUNT);
        let picks = |position| shown.contains(&position);
        BlockClaim::postings(owner, History::EMPTY, &self.postings, picks).unwrap()
    }

    pub(super) fn block(&self, header: Header, set: usize, claims: Vec<BlockClaim>) -> BlockProof {
        BlockProof {
            certificate: certify(&header, &self.sets[set][..3]),
            header,
            claims,
        }
    }

    /// The change at `height` from one set to the next one.
    pub(super) fn change(&self, height: u64, from: usize, since: u64) -> SetChange {
        let next = from.saturating_add(1);
        let mut header = self.header(height, from, since);
        header.next_validators_hash = set_of(&self.sets[next]).set_hash();
        SetChange {
            certificate: certify(&header, &self.sets[from][..3]),
            header,
            next: set_of(&self.sets[next]),
        }
    }

    /// The checkpoint of `header`, by the staff of these numbers.
    pub(super) fn checkpoint(
        &self,
        header: Header,
        set: usize,
        keys: CheckpointKeys,
        signers: &[u32],
    ) -> Checkpoint {
        let body = CheckpointBody {
            version: CHECKPOINT_VERSION,
            chain_id: self.genesis.chain_id(),
            header,
            set: set_of(&self.sets[set]),
            keys,
        };
        let signatures: Vec<_> = signers
            .iter()
            .map(|number| body.sign(staff(*number), &staff_key(*number)))
            .collect();
        Checkpoint::new(body, signatures)
    }

    pub(super) fn bundle(
        &self,
        checkpoints: Vec<Checkpoint>,
        changes: Vec<SetChange>,
        blocks: Vec<BlockProof>,
    ) -> ProofBundle {
        ProofBundle::new(self.genesis.chain_id(), checkpoints, changes, blocks)
    }
}

/// Keys to hand over to: administrator 2 and a new one, 6, together, and auditor 4.
pub(super) fn other_keys() -> CheckpointKeys {
    CheckpointKeys {
        threshold: 2,
        administrators: vec![signer(2), signer(6)],
        auditors: vec![signer(4)],
    }
}

pub(super) fn on_day(day: u64) -> Clock {
    Clock::at(TimestampMs(day.saturating_mul(DAY_MS)))
}
