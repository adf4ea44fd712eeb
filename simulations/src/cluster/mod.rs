//! A whole network of replicas in one process: the driver that stands where the runtime stands in production.
//!
//! Every replica is the node's own; only its clock, its network, its disk and what is random are the cluster's. What always
//! holds: one event happens at a time, in the order of virtual time; the effects of an event are carried out strictly in
//! order; a node that crashes loses everything but its disk; the same seed and the same calls give the same run.
//!
//! | file | subject |
//! |---|---|
//! | `delivery.rs` | messages, requests and responses on their way |
//! | `node.rs` | what a node is made of |
//! | `conspiracy.rs` | Byzantine nodes: what goes through their behaviours |
//! | `seen.rs` | what can be seen from outside, one thing after another |
//! | `records.rs` | the same as a whole |

mod conspiracy;
mod delivery;
mod node;
pub mod records;
pub mod seen;
pub mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{
    Care, ClientAddress, Committed, Fault, InboundRequestId, Replica, ReplicaConfig, ReplicaEffect,
    ReplicaInput, RequestFailure, RequestId, SignatureBatch, Status, Submission, Ticket, TimerKey,
};
use timebank_node::storage::MemoryDisk;

use crate::city;
use crate::clock::{Clock, MS_US};
use crate::counters::Counters;
use crate::network::Network;
use crate::random::Random;
use conspiracy::Conspiracy;
use node::Node;
use records::Records;
use seen::Seen;
use settings::ClusterSettings;

/// How long a batch of signatures takes to verify, in microseconds.
const VERIFICATION_US: u64 = 100;
/// How long a flush of the derived state takes, in microseconds.
const FLUSH_US: u64 = 3_000;
/// A node moves its blocks into their database when so many heights are over, so that faults meet them in the journal, in the
/// database and on the way.
const SETTLE_HEIGHTS: u64 = 5;
/// How soon the peers of a node that crashes notice, in microseconds.
const DISCONNECTED_US: u64 = 500;
/// How soon after its start a node is connected: later than its peers notice the end of its life before.
const CONNECTED_US: u64 = 1_000;

/// What happens next.
#[derive(Debug)]
enum Event {
    Input {
        to: usize,
        life: u64,
        input: ReplicaInput,
    },
    Timer {
        node: usize,
        life: u64,
        key: TimerKey,
        number: u64,
    },
    RequestTimeout {
        node: usize,
        life: u64,
        id: RequestId,
    },
    Flush {
        node: usize,
        life: u64,
    },
    /// Blocks are moved from the journal into their database, at any time between two flushes.
    Settle {
        node: usize,
        life: u64,
    },
    /// A Byzantine node may do something of itself.
    Act {
        node: usize,
        life: u64,
    },
    /// A Byzantine node starts again.
    Restart {
        node: usize,
    },
}

impl Event {
    const fn node(&self) -> usize {
        match self {
            Event::Input { to: node, .. }
            | Event::Timer { node, .. }
            | Event::RequestTimeout { node, .. }
            | Event::Flush { node, .. }
            | Event::Settle { node, .. }
            | Event::Act { node, .. }
            | Event::Restart { node } => *node,
        }
    }
}

/// A message on its way, as a filter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'a> {
    /// The sender.
    pub from: usize,
    /// The receiver.
    pub to: usize,
    /// What is sent.
    pub input: &'a ReplicaInput,
}

/// Whether a message goes on.
type Filter = Box<dyn FnMut(Passing<'_>) -> bool>;

/// A network of replicas.
pub struct Cluster {
    settings: ClusterSettings,
    genesis: Genesis,
    nodes: Vec<Node>,
    clock: Clock<Event>,
    network: Network,
    inbound: BTreeMap<InboundRequestId, (usize, u64, RequestId)>,
    filter: Option<Filter>,
    conspiracy: Conspiracy,
    next_number: u64,
    trace: blake3::Hasher,
    /// Signatures of transactions that were verified somewhere, and whether they are right: the same work for every node.
    verified: BTreeMap<Hash, bool>,
    watched: bool,
    seen: Vec<Seen>,
    /// What was seen so far.
    pub records: Records,
}

impl Cluster {
    /// A cluster of nodes of the small city that have all started.
    pub fn new(settings: ClusterSettings) -> Cluster {
        let genesis = city::genesis(settings.nodes, settings.voting);
        Cluster::found(settings, genesis)
    }

    /// A cluster of nodes that have all started the chain of `genesis`.
    pub fn found(settings: ClusterSettings, genesis: Genesis) -> Cluster {
        let mut cluster = Cluster::founded_but_down(settings, genesis);
        for node in 0..cluster.nodes.len() {
            cluster.start(node);
        }
        cluster
    }

    /// A cluster of nodes none of which has started.
    pub fn founded_but_down(settings: ClusterSettings, genesis: Genesis) -> Cluster {
        let mut random = Random::new(settings.seed);
        let network = Network::new(settings.network.clone(), Random::new(random.next()));
        let nodes: Vec<Node> = (0..settings.nodes)
            .map(|identity| Node::new(identity, &genesis))
            .collect();
        Cluster {
            genesis,
            nodes,
            clock: Clock::default(),
            network,
            inbound: BTreeMap::new(),
            filter: None,
            conspiracy: Conspiracy::new(Random::new(random.next())),
            next_number: 0,
            trace: blake3::Hasher::new(),
            verified: BTreeMap::new(),
            watched: false,
            seen: Vec::new(),
            records: Records::default(),
            settings,
        }
    }

    /// The genesis document.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// How many nodes there are, up or down.
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The replica of a node that is up.
    pub fn replica(&self, node: usize) -> Option<&Replica> {
        self.nodes[node].replica.as_ref()
    }

    /// The status of a node that is up.
    pub fn status(&self, node: usize) -> Option<Status> {
        self.replica(node).map(Replica::status)
    }

    /// The height of a node; 0 while it is down.
    pub fn height(&self, node: usize) -> Height {
        self.status(node)
            .map_or(Height::GENESIS, |status| status.height)
    }

    /// The disk of a node.
    pub fn disk(&self, node: usize) -> &Arc<MemoryDisk> {
        &self.nodes[node].disk
    }

    /// Puts another disk into a node that is down; the one it had.
    ///
    /// # Panics
    /// When the node is up.
    pub fn replace_disk(&mut self, node: usize, disk: Arc<MemoryDisk>) -> Arc<MemoryDisk> {
        assert!(self.nodes[node].replica.is_none(), "the node is up");
        self.see(Seen::Restored { node });
        std::mem::replace(&mut self.nodes[node].disk, disk)
    }

    /// Adds a second node with the keys of `identity` over what is on `disk`; it is down.
    pub fn add_twin(&mut self, identity: usize, disk: Arc<MemoryDisk>) -> usize {
        self.nodes.push(Node::on(disk, identity));
        self.nodes.len() - 1
    }

    /// Whose keys a node runs with: its own number, unless it is a twin.
    pub fn identity(&self, node: usize) -> usize {
        self.nodes[node].identity
    }

    /// The network, to divide and heal.
    pub const fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// How often which fault of the network hit a message.
    pub const fn network_counters(&self) -> &Counters {
        &self.network.counters
    }

    /// Effects a node has carried out so far.
    pub fn effects_done(&self, node: usize) -> u64 {
        self.nodes[node].effects_done
    }

    /// Hashes everything every node did so far.
    pub fn trace_hash(&self) -> String {
        self.trace.finalize().to_hex().to_string()
    }

    /// Microseconds since the start of the simulation.
    pub const fn now_us(&self) -> u64 {
        self.clock.now_us()
    }

    /// How many timers of a node run, and how many of its requests are open.
    pub fn timers_and_requests(&self, node: usize) -> (usize, usize) {
        let node = &self.nodes[node];
        (node.timers(), node.requests.len())
    }

    /// The time by a node's clock.
    pub fn now_ms(&self, node: usize) -> u64 {
        self.nodes[node].now_ms(self.clock.now_us())
    }

    /// Puts a node's clock ahead.
    pub fn set_ahead_ms(&mut self, node: usize, ahead_ms: i64) {
        self.nodes[node].ahead_ms = ahead_ms;
    }

    /// Lets a node's clock run faster by so many millionths, or slower.
    pub fn set_drift_ppm(&mut self, node: usize, drift_ppm: i64) {
        self.nodes[node].drift_ppm = drift_ppm;
    }

    /// Lets a filter decide which messages go on; none lets all through.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.filter = filter;
    }

    /// Lets a node crash instead of carrying out the effect after the next `effects`.
    pub fn crash_after_effects(&mut self, node: usize, effects: u64) {
        self.nodes[node].effects_left = Some(effects);
    }

    /// Lets a node stand still for `ms` milliseconds; what comes to it meanwhile waits.
    pub fn pause(&mut self, node: usize, ms: u64) {
        let until_us = self.clock.now_us() + ms * MS_US;
        self.nodes[node].paused_until_us = Some(until_us);
    }

    /// Nodes that start from now on have the defaults changed so: a newer program, say.
    pub fn reconfigure(&mut self, configure: fn(&mut ReplicaConfig)) {
        self.settings.configure = configure;
    }

    /// From now on keeps what is seen until [`Self::take_seen`].
    pub const fn watch(&mut self) {
        self.watched = true;
    }

    /// What was seen since the last call, in order.
    pub fn take_seen(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.seen)
    }

    /// Notes something seen; also for those who bring faults about.
    pub fn see(&mut self, seen: Seen) {
        if self.watched {
            self.seen.push(seen);
        }
    }

    /// Hands a transaction to a node's API.
    pub fn submit(&mut self, node: usize, envelope: Arc<SealedEnvelope>) -> Ticket {
        let ticket = Ticket(self.number());
        self.see(Seen::Submitted {
            node,
            ticket,
            envelope: Arc::clone(&envelope),
        });
        let submission = Submission {
            ticket,
            client: ClientAddress::LOCAL,
            envelope,
        };
        self.give(node, ReplicaInput::Submit(vec![submission]));
        ticket
    }

    /// Gives a node an input at once.
    pub fn give(&mut self, node: usize, input: ReplicaInput) {
        if self.nodes[node].replica.is_none() {
            return;
        }
        for input in self.hear(node, input) {
            self.give_replica(node, input);
        }
    }

    fn give_replica(&mut self, node: usize, input: ReplicaInput) {
        let now_ms = self.now_ms(node);
        let Some(replica) = &mut self.nodes[node].replica else {
            return;
        };
        let effects = replica.handle(input, now_ms);
        for effect in effects {
            if self.nodes[node].replica.is_none() {
                return;
            }
            self.carry_out(node, effect);
        }
    }

    /// Starts a node that is down.
    pub fn start(&mut self, node: usize) {
        let identity = self.nodes[node].identity;
        let config = self.settings.config(identity);
        match self.nodes[node].open(config, &self.genesis) {
            Ok(None) => {}
            Ok(Some(reason)) => self.see(Seen::Discarded { node, reason }),
            Err(fault) => {
                self.halt(node, fault);
                return;
            }
        }
        self.note(node, b"start", &[]);
        self.see(Seen::Started { node });
        self.give(node, ReplicaInput::Start);
        if self.nodes[node].replica.is_none() {
            return;
        }
        self.begin_acting(node);
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.connect(node, other);
                self.connect(other, node);
            }
        }
    }

    fn connect(&mut self, to: usize, peer: usize) {
        let key = self.peer_key(peer);
        self.schedule_input(CONNECTED_US, to, ReplicaInput::PeerConnected(key));
    }

    /// Kills a node. Of what it wrote and did not sync the first `torn_bytes` survive.
    pub fn crash(&mut self, node: usize, torn_bytes: usize) {
        self.nodes[node].kill(torn_bytes);
        self.note(node, b"crash", &[]);
        self.see(Seen::Crashed { node });
        let key = self.peer_key(node);
        let alive = |node: &usize| self.nodes[*node].replica.is_some();
        if self.nodes_of(&key).iter().any(alive) {
            // A peer is gone with the last connection to it, and this one's twin still has one.
            return;
        }
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.schedule_input(DISCONNECTED_US, other, ReplicaInput::PeerDisconnected(key));
            }
        }
    }

    fn halt(&mut self, node: usize, fault: Fault) {
        self.see(Seen::Halted {
            node,
            fault: fault.clone(),
        });
        self.records.halts.push((node, fault));
        self.crash(node, 0);
    }

    /// Lets time pass until `done`, at most `ms_max` milliseconds; whether it was done.
    pub fn run_until(&mut self, ms_max: u64, mut done: impl FnMut(&Cluster) -> bool) -> bool {
        let until_us = self.clock.now_us() + ms_max * MS_US;
        loop {
            if done(self) {
                return true;
            }
            if !self.step(until_us) {
                return done(self);
            }
        }
    }

    /// Lets the next thing happen, if it happens by `until_us`; otherwise time moves there. Whether anything happened.
    pub fn step(&mut self, until_us: u64) -> bool {
        let Some(event) = self.clock.next_until(until_us) else {
            return false;
        };
        self.happen(event);
        true
    }

    /// Lets `ms` milliseconds pass.
    pub fn run_for(&mut self, ms: u64) {
        self.run_until(ms, |_| false);
    }

    /// Whether every node that is up has committed all of `ids`.
    pub fn all_have(&self, ids: &[TransactionId]) -> bool {
        let up = self.nodes.iter().filter_map(|node| node.replica.as_ref());
        up.map(|replica| replica.state().snapshot()).all(|state| {
            ids.iter()
                .all(|id| state.transaction(*id).is_ok_and(|found| found.is_some()))
        })
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    fn schedule_input(&mut self, after_us: u64, to: usize, input: ReplicaInput) {
        let life = self.nodes[to].life;
        self.clock
            .schedule(after_us, Event::Input { to, life, input });
    }

    fn happen(&mut self, event: Event) {
        let node = event.node();
        if let Some(until_us) = self.nodes[node].paused_until_us {
            let now_us = self.clock.now_us();
            if now_us < until_us {
                self.clock.schedule(until_us - now_us, event);
                return;
            }
            self.nodes[node].paused_until_us = None;
        }
        let life = self.nodes[node].life;
        match event {
            Event::Input {
                life: of, input, ..
            } if of == life => self.receive(node, input),
            Event::Timer {
                life: of,
                key,
                number,
                ..
            } if of == life && self.nodes[node].take_timer(key, number) => {
                self.give(node, ReplicaInput::Timer(key));
            }
            Event::RequestTimeout { life: of, id, .. }
                if of == life && self.nodes[node].requests.remove(&id) =>
            {
                let outcome = Err(RequestFailure::Timeout);
                self.give(node, ReplicaInput::Response { id, outcome });
            }
            Event::Flush { life: of, .. } if of == life => self.flush(node),
            Event::Settle { life: of, .. } if of == life => self.settle(node),
            Event::Act { life: of, .. } if of == life => self.act(node),
            Event::Restart { .. } if self.nodes[node].replica.is_none() => self.start(node),
            // Meant for an earlier life, or settled meanwhile.
            _ => {}
        }
    }

    fn receive(&mut self, node: usize, input: ReplicaInput) {
        if let ReplicaInput::Response { id, outcome } = &input {
            if !self.nodes[node].requests.remove(id) {
                return;
            }
            let outcome = outcome.as_ref().map(Vec::len).map_err(|error| *error);
            self.see(Seen::Heard { node, outcome });
        }
        self.give(node, input);
    }

    fn flush(&mut self, node: usize) {
        self.settle(node);
        if let Some(replica) = &self.nodes[node].replica
            && let Err(error) = replica.state().flush()
        {
            self.halt(node, error.into());
        }
    }

    fn settle(&mut self, node: usize) {
        if let Some(replica) = &self.nodes[node].replica
            && let Err(error) = replica.blocks().settle()
        {
            self.halt(node, error.into());
        }
    }

    fn carry_out(&mut self, node: usize, effect: ReplicaEffect) {
        let life = self.nodes[node].life;
        if let Some(left) = &mut self.nodes[node].effects_left {
            if *left == 0 {
                let torn_bytes = usize::try_from(self.nodes[node].effects_done % 4_096);
                self.crash(node, torn_bytes.unwrap_or_default());
                return;
            }
            *left -= 1;
        }
        self.nodes[node].effects_done += 1;
        match effect {
            ReplicaEffect::Publish { topic, bytes } => self.publish(node, topic, bytes),
            ReplicaEffect::Send { peer, topic, bytes } => {
                self.note(node, b"send", &bytes);
                self.said(node, topic, &bytes);
                for to in self.nodes_of(&peer) {
                    self.send_message(node, to, topic, bytes.clone());
                }
            }
            ReplicaEffect::SendRequest { peer, id, bytes } => {
                self.note(node, b"request", &bytes);
                self.send_request(node, &peer, id, bytes);
            }
            ReplicaEffect::Respond { id, bytes } => self.respond(node, id, bytes),
            ReplicaEffect::SetTimer { key, after_ms } => {
                let number = self.nodes[node].set_timer(key);
                let event = Event::Timer {
                    node,
                    life,
                    key,
                    number,
                };
                self.clock.schedule(after_ms.saturating_mul(MS_US), event);
            }
            ReplicaEffect::CancelTimer(key) => self.nodes[node].cancel_timer(key),
            ReplicaEffect::VerifySignatures(batch) => {
                let input = ReplicaInput::SignaturesVerified {
                    batch: batch.id,
                    wrong: self.find_wrong(&batch),
                };
                self.schedule_input(VERIFICATION_US, node, input);
            }
            ReplicaEffect::FlushState => {
                self.clock.schedule(FLUSH_US, Event::Flush { node, life });
            }
            ReplicaEffect::Committed(committed) => {
                let height = committed.block.header.height.0;
                if (height + node as u64).is_multiple_of(SETTLE_HEIGHTS) {
                    self.clock.schedule(FLUSH_US, Event::Settle { node, life });
                }
                self.note_commit(node, committed);
            }
            ReplicaEffect::SubmitAnswer { ticket, answer } => {
                self.see(Seen::Answered {
                    node,
                    ticket,
                    answer: answer.clone(),
                });
                self.records.answers.insert(ticket, answer);
            }
            ReplicaEffect::Dropped { id, reason } => {
                self.see(Seen::Dropped {
                    node,
                    id,
                    reason: reason.clone(),
                });
                self.records.dropped.push((node, id, reason));
            }
            ReplicaEffect::SetAllowedPeers(_) => {}
            ReplicaEffect::Penalise { peer, reason } => {
                if let Some(peer) = city::node_of(&peer, self.settings.nodes) {
                    self.see(Seen::Penalised {
                        by: node,
                        peer,
                        reason: reason.clone(),
                    });
                    self.records.penalties.push((node, peer, reason));
                }
            }
            ReplicaEffect::Alarm(alarm) => {
                self.see(Seen::Alarmed {
                    node,
                    alarm: alarm.clone(),
                });
                self.records.alarms.push((node, alarm));
            }
            ReplicaEffect::Halt(fault) => self.halt(node, fault),
        }
    }

    /// Which signatures of a batch are wrong. The same signature is verified once for all nodes, as the answer is the same.
    fn find_wrong(&mut self, batch: &SignatureBatch) -> Vec<usize> {
        let digests: Vec<Hash> = batch
            .tasks
            .iter()
            .map(|task| {
                let mut hasher = blake3::Hasher::new();
                hasher.update(&task.key.0);
                hasher.update(task.envelope.signed_bytes());
                hasher.update(&task.signature.0);
                Hash(*hasher.finalize().as_bytes())
            })
            .collect();
        let unknown: Vec<usize> = (0..digests.len())
            .filter(|index| !self.verified.contains_key(&digests[*index]))
            .collect();
        let wrong = SignatureBatch {
            id: batch.id,
            tasks: unknown
                .iter()
                .map(|index| batch.tasks[*index].clone())
                .collect(),
            care: Care::Together {
                part_ends: Vec::new(),
            },
        }
        .find_wrong();
        for (position, index) in unknown.iter().enumerate() {
            self.verified
                .insert(digests[*index], !wrong.contains(&position));
        }
        (0..digests.len())
            .filter(|index| self.verified.get(&digests[*index]) == Some(&false))
            .collect()
    }

    fn note_commit(&mut self, node: usize, committed: Committed) {
        let header = &committed.block.header;
        self.note(node, b"commit", &codec::encode(header));
        // Whoever waited at this node hears now that the transaction is final.
        if !self.is_byzantine(node) {
            for sealed in &committed.block.transactions {
                self.records
                    .acknowledged
                    .entry(sealed.id())
                    .or_insert((header.height, header.id()));
            }
        }
        self.see(Seen::Committed { node, committed });
    }

    fn note(&mut self, node: usize, what: &[u8], bytes: &[u8]) {
        self.trace.update(&self.clock.now_us().to_le_bytes());
        self.trace.update(&node.to_le_bytes());
        self.trace.update(what);
        self.trace.update(bytes);
    }
}
