//! A whole network of replicas in one process: the driver that stands where the runtime stands in production.
//!
//! Every replica is the node's own; only its clock, its network, its disk and what is random are the cluster's. What always
//! holds: one event happens at a time, in the order of virtual time; the effects of an event are carried out strictly in
//! order; a node that crashes loses everything but its disk; the same seed and the same calls give the same run.
//!
//! | file | subject |
//! |---|---|
//! | `event.rs`, `effects.rs` | what happens to nodes, and what they do |
//! | `life.rs` | how nodes start, stand still and end |
//! | `delivery.rs` | messages, requests and responses on their way |
//! | `node.rs` | what a node is made of |
//! | `conspiracy.rs` | Byzantine nodes: what goes through their behaviours |
//! | `seen.rs` | what can be seen from outside, one thing after another |
//! | `records.rs` | the same as a whole |

mod conspiracy;
mod delivery;
mod effects;
mod event;
mod life;
mod node;
pub mod records;
pub mod seen;
pub mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::genesis::Genesis;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{
    ClientAddress, InboundRequestId, Replica, ReplicaConfig, ReplicaInput, RequestId, Status,
    Submission, Ticket,
};
use timebank_node::storage::MemoryDisk;

use crate::city;
use crate::clock::{Clock, MS_US};
use crate::counters::Counters;
use crate::network::Network;
use crate::random::Random;
use conspiracy::Conspiracy;
use event::Event;
use node::Node;
use records::Records;
use seen::Seen;
use settings::ClusterSettings;

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

    fn note(&mut self, node: usize, what: &[u8], bytes: &[u8]) {
        self.trace.update(&self.clock.now_us().to_le_bytes());
        self.trace.update(&node.to_le_bytes());
        self.trace.update(what);
        self.trace.update(bytes);
    }
}
