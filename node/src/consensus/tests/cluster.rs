//! A whole cluster of hosts in one thread: virtual time, seeded order, loss and crashes, and checkers that watch every
//! message. It plays the owner's part to the letter of the contract in the module header.

mod owner;

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, Evidence};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{BlockId, ChainId, Height, OrganisationId};
use ledger_core::signature::SecretKey;
use ledger_core::time::TimestampMs;
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

use crate::consensus::{
    ConsensusMessage, Fault, Host, HostConfig, HostEffect, HostInput, LastSigned, ObservingReason,
    Participation, TimeoutConfig, TimeoutKey,
};

pub(super) const CHAIN: ChainId = ChainId(Hash([7; 32]));

/// Xorshift64*, seeded.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }
}

pub(super) fn key_of(index: usize) -> SecretKey {
    SecretKey::from_seed(&hash(Domain::Identity, &[b"key", &index.to_le_bytes()]).0)
}

pub(in crate::consensus) fn set_of(members: &[usize]) -> ValidatorSet {
    let mut validators: Vec<Validator> = members
        .iter()
        .map(|index| Validator {
            organisation: OrganisationId(*index as u64),
            consensus_key: key_of(*index).public_key(),
            peer_key: SecretKey::from_seed(&hash(Domain::Identity, &[&index.to_le_bytes()]).0)
                .public_key(),
            power: 10,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).unwrap()
}

pub(super) fn header(
    height: u64,
    parent: BlockId,
    proposer: ValidatorAddress,
    salt: u64,
) -> Header {
    Header {
        version: HEADER_VERSION,
        chain_id: CHAIN,
        height: Height(height),
        time_ms: TimestampMs(height.wrapping_mul(1_000)),
        parent,
        proposer,
        transactions_root: hash(Domain::Identity, &[&salt.to_le_bytes()]),
        receipts_root: Hash::ZERO,
        state_root: Hash::ZERO,
        validators_hash: Hash::ZERO,
        next_validators_hash: Hash::ZERO,
        last_set_change: Height(0),
    }
}

/// What the cluster is told to do.
pub(super) struct Plan {
    pub(super) seed: u64,
    /// Validators by the height from which they are the set.
    pub(super) sets: Vec<(u64, Vec<usize>)>,
    /// Every node stops starting heights after this one.
    pub(super) last_height: u64,
    pub(super) loss_per_mille: u64,
    /// Chance that a node crashes before any one effect.
    pub(super) crash_per_mille: u64,
    /// Whether committed blocks can be fetched.
    pub(super) sync: bool,
    /// A height may take twenty virtual seconds, times this.
    pub(super) patience: u64,
}

impl Plan {
    pub(super) fn calm(seed: u64, nodes: usize, last_height: u64) -> Plan {
        Plan {
            seed,
            sets: vec![(0, (0..nodes).collect())],
            last_height,
            loss_per_mille: 0,
            crash_per_mille: 0,
            sync: true,
            patience: 1,
        }
    }
}

#[derive(Clone)]
enum Event {
    Deliver {
        from: usize,
        to: usize,
        message: ConsensusMessage,
    },
    Timeout {
        node: usize,
        key: TimeoutKey,
        life: u64,
    },
    Input {
        node: usize,
        input: HostInput,
        life: u64,
    },
    Restart {
        node: usize,
    },
    Sync {
        node: usize,
        life: u64,
    },
}

/// The log of a node: what is synced survives a crash, the rest may be cut anywhere.
#[derive(Default)]
pub(super) struct Wal {
    pub(super) height: u64,
    pub(super) entries: Vec<Vec<u8>>,
    synced: usize,
}

pub(super) struct Node {
    pub(super) key: SecretKey,
    pub(super) address: ValidatorAddress,
    pub(super) host: Option<Host>,
    pub(super) wal: Wal,
    pub(super) record: Option<Vec<u8>>,
    pub(super) chain: Vec<(Header, CommitCertificate)>,
    timers: BTreeMap<TimeoutKey, u64>,
    /// Grows with each start; events of an earlier life are void.
    life: u64,
    builds: u64,
    /// Never takes part.
    pub(super) silent: bool,
    /// Sends a contradicting vote with each of its own.
    pub(super) equivocates: bool,
    pub(super) observed: Vec<(Height, ObservingReason)>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) faults: Vec<Fault>,
    pub(super) key_alarms: usize,
    /// Its clock is wrong: it finds every block out of time.
    pub(super) wrong_clock: bool,
}

pub(super) struct Cluster {
    pub(super) plan: Plan,
    pub(super) nodes: Vec<Node>,
    pub(super) random: Random,
    pub(super) now_us: u64,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    /// Every message signed by a node, by node and by where it is: none may be there twice with two values.
    signed: BTreeMap<(usize, LastSignedPosition), LastSigned>,
    /// Every body anyone has built.
    bodies: BTreeMap<BlockId, Header>,
    /// A fold of everything that was sent and decided.
    pub(super) trace: u64,
    pub(super) restarts: u64,
    pub(super) sent: u64,
    pub(super) rounds_max: u32,
    pub(super) timeouts_fired: u64,
    /// Messages between these pairs are lost.
    pub(super) cut: BTreeSet<(usize, usize)>,
}

type LastSignedPosition = (Height, u32, crate::consensus::SignedStep);

impl Cluster {
    pub(super) fn new(plan: Plan) -> Cluster {
        let size = plan
            .sets
            .iter()
            .flat_map(|(_, set)| set.iter().copied())
            .max()
            .unwrap_or(0)
            + 1;
        let nodes = (0..size)
            .map(|index| {
                let key = key_of(index);
                Node {
                    address: ValidatorAddress::of(&key.public_key()),
                    key,
                    host: None,
                    wal: Wal::default(),
                    record: Some(LastSigned::NOTHING.encode()),
                    chain: Vec::new(),
                    timers: BTreeMap::new(),
                    life: 0,
                    builds: 0,
                    silent: false,
                    equivocates: false,
                    observed: Vec::new(),
                    evidence: Vec::new(),
                    faults: Vec::new(),
                    key_alarms: 0,
                    wrong_clock: false,
                }
            })
            .collect();
        Cluster {
            random: Random::new(plan.seed),
            plan,
            nodes,
            now_us: 0,
            events: BTreeMap::new(),
            sequence: 0,
            signed: BTreeMap::new(),
            bodies: BTreeMap::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            restarts: 0,
            sent: 0,
            rounds_max: 0,
            timeouts_fired: 0,
            cut: BTreeSet::new(),
        }
    }

    pub(super) fn set_at(&self, height: u64) -> ValidatorSet {
        let (_, members) = self
            .plan
            .sets
            .iter()
            .rev()
            .find(|(from, _)| *from <= height)
            .unwrap();
        set_of(members)
    }

    pub(super) fn start_all(&mut self) {
        for node in 0..self.nodes.len() {
            self.start(node);
        }
    }

    /// Makes a host from what is on the node's disk, and starts its height, or awaits it if there is nothing to do.
    pub(super) fn start(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        if node.silent {
            return;
        }
        node.life += 1;
        node.timers.clear();
        node.host = Some(Host::new(HostConfig {
            chain_id: CHAIN,
            key: node.key.clone(),
            timeouts: TimeoutConfig::default(),
            last_signed: node
                .record
                .as_ref()
                .map(|bytes| LastSigned::decode(bytes).unwrap()),
            last_commit: node
                .chain
                .last()
                .map(|(_, certificate)| certificate.clone()),
        }));
        let height = node.chain.len() as u64 + 1;
        let wal = if node.wal.height == height {
            node.wal.entries.clone()
        } else {
            Vec::new()
        };
        self.begin(index, wal);
        // A node that starts asks its peers where they are.
        if self.plan.sync {
            let life = self.nodes[index].life;
            self.push(500_000, Event::Sync { node: index, life });
        }
    }

    fn begin(&mut self, index: usize, wal: Vec<Vec<u8>>) {
        let height = self.nodes[index].chain.len() as u64 + 1;
        let validators = self.set_at(height);
        let node = &mut self.nodes[index];
        if wal.is_empty() {
            node.wal = Wal {
                height,
                ..Wal::default()
            };
        }
        let input = if height > self.plan.last_height && wal.is_empty() {
            HostInput::AwaitHeight {
                height: Height(height),
                validators,
            }
        } else {
            HostInput::StartHeight {
                height: Height(height),
                validators,
                wal,
                participation: Participation::Vote,
            }
        };
        self.give(index, input);
    }

    pub(super) fn post(&mut self, delay_us: u64, event_node: usize, input: HostInput) {
        let life = self.nodes[event_node].life;
        self.push(
            delay_us,
            Event::Input {
                node: event_node,
                input,
                life,
            },
        );
    }

    fn push(&mut self, delay_us: u64, event: Event) {
        self.sequence += 1;
        self.events
            .insert((self.now_us + delay_us, self.sequence), event);
    }

    fn fold(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.trace = (self.trace ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// Runs until every node that takes part has committed `height`, and stops with the seed if it takes too long.
    pub(super) fn run_to(&mut self, height: u64) {
        let deadline = self.now_us + 60_000_000 + height * 20_000_000 * self.plan.patience;
        while self
            .nodes
            .iter()
            .any(|node| !node.silent && !node.equivocates && (node.chain.len() as u64) < height)
        {
            assert!(
                self.now_us < deadline && self.run_one(),
                "seed {}: stuck at {} µs, heights {:?}",
                self.plan.seed,
                self.now_us,
                self.nodes
                    .iter()
                    .map(|node| node.chain.len())
                    .collect::<Vec<_>>()
            );
        }
    }

    /// Runs until nothing is left to happen; panics if that takes more than `limit_us`.
    pub(super) fn run_dry(&mut self, limit_us: u64) {
        let deadline = self.now_us + limit_us;
        while self.run_one() {
            assert!(
                self.now_us < deadline,
                "seed {}: still busy",
                self.plan.seed
            );
        }
    }

    pub(super) fn run_for(&mut self, duration_us: u64) {
        let deadline = self.now_us + duration_us;
        while self
            .events
            .first_key_value()
            .is_some_and(|((at, _), _)| *at <= deadline)
        {
            self.run_one();
        }
        self.now_us = deadline;
    }

    fn run_one(&mut self) -> bool {
        let Some(((at, _), event)) = self.events.pop_first() else {
            return false;
        };
        self.now_us = at;
        match event {
            Event::Deliver { from, to, message } => {
                if !self.cut.contains(&(from, to)) {
                    let bytes = message.encode();
                    let message = ConsensusMessage::decode(&bytes).unwrap();
                    self.give(to, HostInput::Message(message));
                }
            }
            Event::Timeout { node, key, life } => {
                if self.nodes[node].life == life && self.nodes[node].timers.get(&key) == Some(&at) {
                    self.nodes[node].timers.remove(&key);
                    self.timeouts_fired += 1;
                    self.give(node, HostInput::TimeoutElapsed(key));
                }
            }
            Event::Input { node, input, life } => {
                if self.nodes[node].life == life {
                    self.give(node, input);
                }
            }
            Event::Restart { node } => self.start(node),
            Event::Sync { node, life } => {
                if self.nodes[node].life == life {
                    self.sync(node);
                }
            }
        }
        true
    }

    pub(super) fn give(&mut self, index: usize, input: HostInput) {
        let Some(host) = &mut self.nodes[index].host else {
            return;
        };
        let effects = host.handle(input);
        let last = effects.len();
        for (place, effect) in effects.into_iter().enumerate() {
            if self.random.chance(self.plan.crash_per_mille) {
                self.crash(index);
                return;
            }
            assert!(
                !matches!(effect, HostEffect::Decided { .. }) || place + 1 == last,
                "Decided is the last effect"
            );
            self.carry_out(index, effect);
        }
    }

    /// Power off: what was not synced is cut at a random entry.
    pub(super) fn crash(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.host = None;
        node.life += 1;
        let unsynced = node.wal.entries.len() - node.wal.synced;
        let kept = self.random.below(unsynced as u64 + 1) as usize;
        node.wal.entries.truncate(node.wal.synced + kept);
        // What the next life reads back was perhaps never synced: it must not count on it.
        self.restarts += 1;
        let delay = self.random.below(400_000);
        self.push(delay, Event::Restart { node: index });
    }
}
