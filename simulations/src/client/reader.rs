//! Wallets that read at random nodes, honest, lying and lagging ones, and believe only what is proven.
//!
//! The node's answer is built by the code behind the node's API, the wallet is the wallet library's own client; between the
//! two stands somebody who now and then changes the answer, or gives one that was right a while ago. What comes of each
//! read is there to be seen ([`Seen::Read`]); judging is a checker's business.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use ledger_core::block::Block;
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, Height};
use ledger_core::proof::{RecordProof, SetChange};
use ledger_core::state::StateKey;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Operation;
use timebank_node::api::chain::{ChangesAnswer, changes_after};
use timebank_node::api::proofs::prove_record;
use timebank_wallet::client::{Request, Response, Transport, TransportError};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client as Wallet, Error, Freshness};

use super::{Client, Part};
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::{Read, Seen};
use crate::counters::Counters;
use crate::plan::Plan;
use crate::random::Random;
use crate::workload::Workload;

/// How many wallets there are.
const WALLETS: usize = 3;
/// The pause between two reads, in virtual milliseconds.
const PAUSE_MS: u64 = 700;
/// How many accounts are read, besides the supply and an account nobody has.
const ACCOUNTS_MAX: usize = 10;
/// How many answers that were right are kept.
const KEPT_MAX: usize = 16;
/// How many of a thousand answers are tampered with.
const TAMPERED_PER_MILLE: u64 = 400;

/// The records wallets ask for: the supply, accounts, and an account nobody has.
#[derive(Clone, Debug, Default)]
pub struct Interests {
    accounts: Vec<AccountId>,
}

impl Interests {
    /// Begins with some accounts of the genesis document.
    pub fn begin(&mut self, genesis: &Genesis) {
        if self.accounts.is_empty() {
            self.accounts.push(AccountId([0xEE; 20]));
            let founders = genesis.accounts.iter().take(ACCOUNTS_MAX / 2);
            self.accounts.extend(founders.map(|account| account.id()));
        }
    }

    /// Takes in accounts that a block opens.
    pub fn follow(&mut self, block: &Block) {
        for sealed in &block.transactions {
            let id = AccountId::derive(sealed.id());
            let opens = matches!(sealed.transaction().operation, Operation::OpenAccount(_));
            if opens && self.accounts.len() < ACCOUNTS_MAX && !self.accounts.contains(&id) {
                self.accounts.push(id);
            }
        }
    }

    /// All of them.
    pub fn keys(&self) -> Vec<StateKey> {
        let accounts = self.accounts.iter().map(|id| StateKey::Account(*id));
        accounts.chain([StateKey::Supply]).collect()
    }
}

/// What a node answers next, as the wallet will see it.
#[derive(Debug, Default)]
struct Prepared {
    status: u16,
    answer: Vec<u8>,
    /// The changes of the validator set.
    changes: Option<ChangesAnswer>,
}

/// The way from a wallet to whatever was prepared for it.
#[derive(Clone, Debug, Default)]
struct Counter(Rc<RefCell<Prepared>>);

impl Transport for Counter {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let prepared = self.0.borrow();
        let changes = request.path.strip_prefix("/v1/validators/changes?after=");
        let (status, body) = match changes.and_then(|after| after.parse::<u64>().ok()) {
            Some(after) => {
                let mut answer = prepared.changes.clone();
                if let Some(answer) = &mut answer {
                    let above = |change: &SetChange| change.header.height.0 > after;
                    answer.changes.retain(above);
                }
                let body = serde_json::to_vec(&answer).expect("an answer is JSON");
                (200, body)
            }
            None => (prepared.status, prepared.answer.clone()),
        };
        Ok(Response {
            node: "a simulated node".to_owned(),
            status,
            retry_after_s: None,
            body,
        })
    }
}

/// Wallets that read.
pub struct Reader {
    part: Part,
    interests: Interests,
    wallets: Vec<(Counter, Wallet<Counter>)>,
    /// Answers that were right when they were given.
    kept: VecDeque<(StateKey, RecordProof)>,
}

impl Reader {
    /// In a run of `plan` on the chain of `genesis`.
    pub fn new(plan: &Plan, genesis: &Genesis) -> Reader {
        let mut interests = Interests::default();
        interests.begin(genesis);
        let wallet = |_| {
            let counter = Counter::default();
            let wallet = Wallet::new(counter.clone(), Trust::genesis(genesis));
            (counter, wallet)
        };
        Reader {
            part: Part {
                number: usize::MAX,
                node: 0,
                nodes: plan.nodes,
                next_ms: PAUSE_MS,
                until_ms: u64::MAX,
                random: Random::new(plan.seed ^ 0x5245_4144_4552),
            },
            interests,
            wallets: (0..WALLETS).map(wallet).collect(),
            kept: VecDeque::new(),
        }
    }

    /// What the node's API would answer, and the changes of its validator set.
    fn ask_node(
        cluster: &Cluster,
        node: usize,
        key: &StateKey,
    ) -> Option<(RecordProof, ChangesAnswer)> {
        let replica = cluster.replica(node)?;
        let (blocks, state) = (replica.blocks(), replica.state().snapshot());
        let proof = prove_record(blocks.as_ref(), &state, key).ok()?;
        let changes = changes_after(blocks.as_ref(), &state, Height::GENESIS).ok()?;
        Some((proof, changes))
    }

    /// Shows an answer to a wallet; what it makes of it.
    fn show(
        &self,
        wallet: usize,
        key: &StateKey,
        proof: &RecordProof,
    ) -> Result<(Height, Option<Vec<u8>>), Error> {
        let (counter, wallet) = &self.wallets[wallet];
        let found = proof.value.is_some();
        let body = if found {
            serde_json::json!({ "proof": proof })
        } else {
            let refusal = serde_json::json!({ "code": "not_found" });
            serde_json::json!({ "error": refusal, "proof": proof })
        };
        {
            let mut prepared = counter.0.borrow_mut();
            prepared.status = if found { 200 } else { 404 };
            prepared.answer = body.to_string().into_bytes();
        }
        let freshness = Freshness {
            now_ms: TimestampMs(0),
            age_ms_max: u64::MAX,
        };
        match key {
            StateKey::Account(id) => wallet
                .account(*id, freshness)
                .map(|it| (it.height, codec::encode(&it.value))),
            _ => wallet
                .supply(freshness)
                .map(|it| (it.height, codec::encode(&it.value))),
        }
        .map(|(height, bytes)| (height, Some(bytes)))
        .or_else(|error| match error {
            Error::NotFound { .. } => Ok((proof.header.height, None)),
            error => Err(error),
        })
    }

    fn keep(&mut self, key: StateKey, proof: RecordProof) {
        if self.kept.len() == KEPT_MAX {
            let oldest = self.part.random.index(KEPT_MAX);
            self.kept.remove(oldest);
        }
        self.kept.push_back((key, proof));
    }
}

/// Changes an answer, and says how; none when there is nothing to change.
fn tamper(
    proof: &mut RecordProof,
    other: Option<&RecordProof>,
    random: &mut Random,
) -> Option<&'static str> {
    let signatures = &mut proof.certificate.signatures;
    match random.below(10) {
        0 => {
            let value = proof.value.as_mut()?;
            let at = random.index(value.len().max(1));
            *value.get_mut(at)? ^= 1 << random.below(8);
            Some("another value")
        }
        1 => {
            proof.value.take()?;
            Some("no value")
        }
        2 => {
            let root = proof.header.state_root;
            proof.header.state_root = other
                .filter(|it| it.header.state_root != root)?
                .header
                .state_root;
            Some("another state root")
        }
        3 => {
            let other = other.filter(|it| it.header.id() != proof.header.id())?;
            proof.header = other.header.clone();
            Some("another header")
        }
        4 => {
            signatures.truncate(signatures.len() / 2);
            Some("half the signatures")
        }
        5 => {
            let half = signatures.len() / 2;
            signatures.truncate(half.max(1));
            let first = *signatures.first()?;
            signatures.resize(half.max(1) * 3, first);
            Some("signatures repeated")
        }
        6 => {
            let at = random.index(signatures.len().max(1));
            signatures.get_mut(at)?.signature.0[random.index(64)] ^= 1;
            Some("a wrong signature")
        }
        7 => {
            proof.header.height = Height(proof.header.height.0 + 1);
            proof.certificate.height = proof.header.height;
            Some("another height")
        }
        8 => {
            let other = other.filter(|it| it.key != proof.key)?;
            *proof = other.clone();
            Some("another record")
        }
        _ => {
            let other = other.filter(|it| it.tree_proof != proof.tree_proof)?;
            let same = other.key == proof.key && other.header == proof.header;
            proof.tree_proof = (!same).then(|| other.tree_proof.clone())?;
            Some("another path")
        }
    }
}

impl Client for Reader {
    fn next_ms(&self) -> Option<u64> {
        self.part.next_ms()
    }

    fn act(&mut self, cluster: &mut Cluster, _: &mut dyn Workload, _: &mut Counters) {
        self.part.pause(cluster.now_us() / MS_US, PAUSE_MS);
        let keys = self.interests.keys();
        let key = keys[self.part.random.index(keys.len())];
        let Some(node) = self.part.node_up(cluster) else {
            return;
        };
        let Some((right, changes)) = Reader::ask_node(cluster, node, &key) else {
            return;
        };
        let wallet = self.part.random.index(WALLETS);
        let prepared = &self.wallets[wallet].0.0;
        prepared.borrow_mut().changes = Some(changes);
        let mut proof = right.clone();
        let mut tampered = None;
        let old = self.kept.iter().find(|(of, _)| *of == key);
        if let Some((_, old)) = old
            && self.part.random.happens(200)
        {
            // As a node that lags would answer, or one that wants to hide what came after.
            proof = old.clone();
        } else if self.part.random.happens(TAMPERED_PER_MILLE) {
            let index = self.part.random.index(self.kept.len().max(1));
            let other = self.kept.get(index).map(|(_, proof)| proof);
            tampered = tamper(&mut proof, other, &mut self.part.random);
            if tampered.is_none() {
                proof = right.clone();
            }
        }
        let outcome = self.show(wallet, &key, &proof);
        cluster.see(Seen::Read(Read {
            wallet,
            node,
            key,
            tampered,
            outcome,
        }));
        if self.part.random.happens(300) {
            self.keep(key, right);
        }
    }

    fn hear(&mut self, seen: &Seen) {
        if let Seen::Committed { committed, .. } = seen {
            self.interests.follow(&committed.block);
        }
    }
}
