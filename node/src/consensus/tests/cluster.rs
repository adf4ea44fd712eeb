//! A whole cluster of hosts in one thread: virtual time, seeded order, loss and crashes, and checkers that watch every
//! message. It plays the owner's part to the letter of the contract in the module header.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, Evidence};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{BlockId, ChainId, Height, OrganisationId};
use ledger_core::signature::SecretKey;
use ledger_core::time::TimestampMs;
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

use crate::consensus::wal::WalEntry;
use crate::consensus::{
    BlockValidity, ConsensusMessage, Fault, Host, HostConfig, HostEffect, HostInput, LastSigned,
    ObservingReason, Participation, TimeoutConfig, TimeoutKey,
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

pub(super) fn set_of(members: &[usize]) -> ValidatorSet {
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
    /// Every message signed by an honest node, by where it is: none may be there twice with two values.
    signed: BTreeMap<(ValidatorAddress, LastSignedPosition), LastSigned>,
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

    fn carry_out(&mut self, index: usize, effect: HostEffect) {
        let node = &mut self.nodes[index];
        match effect {
            HostEffect::WalAppend(bytes) => node.wal.entries.push(bytes),
            HostEffect::WalSync => node.wal.synced = node.wal.entries.len(),
            HostEffect::RecordLastSigned(bytes) => node.record = Some(bytes),
            HostEffect::Broadcast(message) => self.broadcast(index, message),
            HostEffect::SendTo { validator, message } => {
                let to = self
                    .nodes
                    .iter()
                    .position(|node| node.address == validator)
                    .unwrap();
                self.send(index, to, message);
            }
            HostEffect::ScheduleTimeout { key, after } => self.schedule(index, key, after),
            HostEffect::CancelTimeout(key) => {
                node.timers.remove(&key);
            }
            HostEffect::CancelAllTimeouts => node.timers.clear(),
            HostEffect::RoundStarted { round, .. } => self.rounds_max = self.rounds_max.max(round),
            HostEffect::Observing { height, reason } => node.observed.push((height, reason)),
            HostEffect::BuildBlock { height, round } => self.build(index, height, round),
            HostEffect::CheckBlock { header, .. } => self.check(index, &header),
            HostEffect::Restream { block_id, .. } => assert!(self.bodies.contains_key(&block_id)),
            HostEffect::Decided { certificate } => self.commit(index, certificate),
            HostEffect::PeerAhead { .. } => {
                let life = node.life;
                if self.plan.sync {
                    self.push(50_000, Event::Sync { node: index, life });
                }
            }
            HostEffect::Equivocation(evidence) => node.evidence.push(evidence),
            HostEffect::KeyUsedElsewhere { .. } => node.key_alarms += 1,
            HostEffect::Fault(fault) => node.faults.push(fault),
        }
    }

    fn schedule(&mut self, index: usize, key: TimeoutKey, after: Duration) {
        let delay = after.as_micros() as u64;
        let node = &mut self.nodes[index];
        node.timers.insert(key, self.now_us + delay);
        let life = node.life;
        self.push(
            delay,
            Event::Timeout {
                node: index,
                key,
                life,
            },
        );
    }

    fn build(&mut self, index: usize, height: Height, round: u32) {
        let node = &mut self.nodes[index];
        // Every building gives another block: if the host asked twice where it must not, the checker would see it.
        node.builds += 1;
        let parent = node
            .chain
            .last()
            .map(|(header, _)| header.id())
            .unwrap_or_default();
        let header = header(
            height.0,
            parent,
            node.address,
            node.builds << 8 | index as u64,
        );
        self.bodies.insert(header.id(), header.clone());
        let delay = 200 + self.random.below(2_000);
        self.post(
            delay,
            index,
            HostInput::Propose {
                height,
                round,
                header,
            },
        );
    }

    fn check(&mut self, index: usize, header: &Header) {
        let parent = self.nodes[index]
            .chain
            .last()
            .map(|(header, _)| header.id())
            .unwrap_or_default();
        let validity = if header.parent == parent && self.bodies.contains_key(&header.id()) {
            if self.nodes[index].wrong_clock {
                BlockValidity::OutOfTime
            } else {
                BlockValidity::Valid
            }
        } else {
            BlockValidity::Invalid
        };
        let delay = 200 + self.random.below(2_000);
        let (height, block_id) = (header.height, header.id());
        self.post(
            delay,
            index,
            HostInput::BlockChecked {
                height,
                block_id,
                validity,
            },
        );
    }

    fn broadcast(&mut self, index: usize, message: ConsensusMessage) {
        self.check_speech(index, &message);
        for to in 0..self.nodes.len() {
            if to != index {
                self.send(index, to, message.clone());
            }
        }
        if let (true, ConsensusMessage::Vote(signed)) = (self.nodes[index].equivocates, &message) {
            let mut other = signed.clone();
            other.vote.block_id = match other.vote.block_id {
                None => Some(BlockId(Hash([9; 32]))),
                Some(_) => None,
            };
            other.signature = self.nodes[index].key.sign(
                ledger_core::signature::Purpose::Vote,
                &other.vote.signed_bytes(),
            );
            for to in 0..self.nodes.len() {
                if to != index {
                    self.send(index, to, ConsensusMessage::Vote(other.clone()));
                }
            }
        }
    }

    pub(super) fn send(&mut self, from: usize, to: usize, message: ConsensusMessage) {
        self.sent += 1;
        let bytes = message.encode();
        self.fold(&bytes);
        if !self.random.chance(self.plan.loss_per_mille) {
            let delay = 100 + self.random.below(3_000);
            self.push(delay, Event::Deliver { from, to, message });
        }
    }

    /// Whatever a node says of its own is in its synced log and covered by its record, and contradicts nothing.
    fn check_speech(&mut self, index: usize, message: &ConsensusMessage) {
        let node = &self.nodes[index];
        let entry = match message {
            ConsensusMessage::Vote(signed) => WalEntry::Vote(signed.clone()),
            ConsensusMessage::Proposal(signed) => WalEntry::Proposal(signed.clone()),
            _ => return,
        };
        let Some(statement) = entry.signed_by(&node.address) else {
            return;
        };
        let seed = self.plan.seed;
        let synced = &node.wal.entries[..node.wal.synced];
        assert!(
            synced.contains(&entry.encode()),
            "seed {seed}: {statement} was sent before its sync"
        );
        let record = LastSigned::decode(node.record.as_ref().unwrap()).unwrap();
        assert!(
            record.height >= statement.height,
            "seed {seed}: {statement} is beyond the record"
        );
        let position = (statement.height, statement.round, statement.step);
        let before = *self
            .signed
            .entry((node.address, position))
            .or_insert(statement);
        assert_eq!(
            before, statement,
            "seed {seed}: node {index} contradicts itself"
        );
    }

    fn commit(&mut self, index: usize, certificate: CommitCertificate) {
        let header = self.bodies[&certificate.block_id].clone();
        let height = self.nodes[index].chain.len() as u64 + 1;
        let set = self.set_at(height);
        certificate
            .verify(CHAIN, Height(height), header.id(), &set)
            .unwrap();
        if let Some((other, _)) = self
            .nodes
            .iter()
            .find_map(|node| node.chain.get(height as usize - 1))
        {
            assert_eq!(other, &header, "seed {}: fork at {height}", self.plan.seed);
        }
        self.fold(&header.id().0.0);
        // If we crashed before this line, the log would decide again; after it, the log is of a committed height.
        self.nodes[index].chain.push((header, certificate));
        self.begin(index, Vec::new());
    }

    /// What block sync does: commits the next block with its certificate, past the host.
    fn sync(&mut self, index: usize) {
        let height = self.nodes[index].chain.len();
        let found = self
            .nodes
            .iter()
            .find_map(|node| node.chain.get(height).cloned());
        if let (Some((_, certificate)), true) = (found, self.nodes[index].host.is_some()) {
            self.commit(index, certificate);
            let life = self.nodes[index].life;
            self.push(1_000, Event::Sync { node: index, life });
        }
    }
}
