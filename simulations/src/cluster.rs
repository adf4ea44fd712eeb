//! A whole network of replicas in one process: the driver that stands where the runtime stands in production.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::id::{Height, TransactionId};
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{
    Committed, InboundRequestId, Replica, ReplicaConfig, ReplicaEffect, ReplicaInput,
    RequestFailure, RequestId, Status, Submission, Ticket, TimerKey, Topic,
};
use timebank_node::storage::MemoryDisk;

use crate::city;
use crate::clock::{Clock, MS_US};
use crate::network::Network;
use crate::node::Node;
use crate::random::Random;
use crate::records::Records;
use crate::settings::ClusterSettings;

/// How long a request waits for its response, in microseconds.
const REQUEST_TIMEOUT_US: u64 = 2_000_000;
/// How long a batch of signatures takes to verify, in microseconds.
const VERIFICATION_US: u64 = 100;
/// How long a flush of the derived state takes, in microseconds.
const FLUSH_US: u64 = 3_000;

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
    next_number: u64,
    trace: blake3::Hasher,
    /// What was seen so far.
    pub records: Records,
}

impl Cluster {
    /// A cluster of nodes that have all started.
    pub fn new(settings: ClusterSettings) -> Cluster {
        let genesis = city::genesis(settings.nodes, settings.voting);
        let mut random = Random::new(settings.seed);
        let network = Network::new(settings.network.clone(), Random::new(random.next()));
        let nodes: Vec<Node> = (0..settings.nodes).map(|_| Node::new(&genesis)).collect();
        let mut cluster = Cluster {
            genesis,
            nodes,
            clock: Clock::default(),
            network,
            inbound: BTreeMap::new(),
            filter: None,
            next_number: 0,
            trace: blake3::Hasher::new(),
            records: Records::default(),
            settings,
        };
        for node in 0..cluster.nodes.len() {
            cluster.start(node);
        }
        cluster
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

    /// The network, to divide and heal.
    pub const fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Effects a node has carried out so far.
    pub fn effects_done(&self, node: usize) -> u64 {
        self.nodes[node].effects_done
    }

    /// Hashes everything every node did so far.
    pub fn trace_hash(&self) -> String {
        self.trace.finalize().to_hex().to_string()
    }

    /// The time by a node's clock.
    pub fn now_ms(&self, node: usize) -> u64 {
        city::START_MS + 1 + self.clock.now_us() / MS_US + self.nodes[node].ahead_ms
    }

    /// Puts a node's clock ahead.
    pub fn set_ahead_ms(&mut self, node: usize, ahead_ms: u64) {
        self.nodes[node].ahead_ms = ahead_ms;
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

    /// Hands a transaction to a node's API.
    pub fn submit(&mut self, node: usize, envelope: Arc<SealedEnvelope>) -> Ticket {
        let ticket = Ticket(self.number());
        let submission = Submission { ticket, envelope };
        self.give(node, ReplicaInput::Submit(vec![submission]));
        ticket
    }

    /// Gives `to` a request of `from` at once.
    pub fn ask(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let id = InboundRequestId(self.number());
        let life = self.nodes[from].life;
        // The asker waits for no answer, so it has no request with this id.
        self.inbound.insert(id, (from, life, RequestId(u64::MAX)));
        let from = city::peer_key(from).public_key();
        self.give(to, ReplicaInput::Request { from, id, bytes });
    }

    /// Gives a node an input at once.
    pub fn give(&mut self, node: usize, input: ReplicaInput) {
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
        let mut config = ReplicaConfig::new(city::consensus_key(node));
        (self.settings.configure)(&mut config);
        if let Err(fault) = self.nodes[node].open(config, &self.genesis) {
            self.records.halts.push((node, fault));
            return;
        }
        self.give(node, ReplicaInput::Start);
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.connect(node, other);
                self.connect(other, node);
            }
        }
    }

    fn connect(&mut self, to: usize, peer: usize) {
        let key = city::peer_key(peer).public_key();
        self.schedule_input(CONNECTED_US, to, ReplicaInput::PeerConnected(key));
    }

    /// Kills a node. Of what it wrote and did not sync the first `torn_bytes` survive.
    pub fn crash(&mut self, node: usize, torn_bytes: usize) {
        self.nodes[node].kill(torn_bytes);
        self.note(node, b"crash", &[]);
        let key = city::peer_key(node).public_key();
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.schedule_input(DISCONNECTED_US, other, ReplicaInput::PeerDisconnected(key));
            }
        }
    }

    /// Lets time pass until `done`, at most `ms_max` milliseconds; whether it was done.
    pub fn run_until(&mut self, ms_max: u64, mut done: impl FnMut(&Cluster) -> bool) -> bool {
        let until_us = self.clock.now_us() + ms_max * MS_US;
        loop {
            if done(self) {
                return true;
            }
            match self.clock.next_until(until_us) {
                Some(event) => self.happen(event),
                None => return done(self),
            }
        }
    }

    /// Lets `ms` milliseconds pass.
    pub fn run_for(&mut self, ms: u64) {
        self.run_until(ms, |_| false);
    }

    /// Whether every node that is up has reached `height`.
    pub fn all_at(&self, height: u64) -> bool {
        let up = self.nodes.iter().filter_map(|node| node.replica.as_ref());
        up.map(Replica::status)
            .all(|status| status.height >= Height(height))
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

    /// Sends `input` over the network.
    fn send(&mut self, from: usize, to: usize, input: ReplicaInput) {
        let latency_us = self.network.latency_us(from, to);
        let passing = Passing {
            from,
            to,
            input: &input,
        };
        let passes = self.filter.as_mut().is_none_or(|filter| filter(passing));
        if let (Some(latency_us), true) = (latency_us, passes) {
            self.schedule_input(latency_us, to, input);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input { to, life, input } => {
                if self.nodes[to].life == life {
                    if let ReplicaInput::Response { id, .. } = &input
                        && !self.nodes[to].requests.remove(id)
                    {
                        return;
                    }
                    self.give(to, input);
                }
            }
            Event::Timer {
                node,
                life,
                key,
                number,
            } => {
                if self.nodes[node].life == life && self.nodes[node].take_timer(key, number) {
                    self.give(node, ReplicaInput::Timer(key));
                }
            }
            Event::RequestTimeout { node, life, id } => {
                if self.nodes[node].life == life && self.nodes[node].requests.remove(&id) {
                    let outcome = Err(RequestFailure::Timeout);
                    self.give(node, ReplicaInput::Response { id, outcome });
                }
            }
            Event::Flush { node, life } => {
                let current = self.nodes[node].life == life;
                if let (true, Some(replica)) = (current, &self.nodes[node].replica)
                    && let Err(error) = replica.state().flush()
                {
                    self.records.halts.push((node, error.into()));
                    self.crash(node, 0);
                }
            }
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
            ReplicaEffect::Publish { topic, bytes } => {
                self.note(node, b"publish", &bytes);
                *self.records.messages.entry(topic).or_default() += 1;
                for to in 0..self.nodes.len() {
                    if to != node {
                        self.send_message(node, to, topic, bytes.clone());
                    }
                }
            }
            ReplicaEffect::Send { peer, topic, bytes } => {
                self.note(node, b"send", &bytes);
                if let Some(to) = self.node_of(&peer) {
                    self.send_message(node, to, topic, bytes);
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
                    wrong: batch.find_wrong(),
                };
                self.schedule_input(VERIFICATION_US, node, input);
            }
            ReplicaEffect::FlushState => {
                self.clock.schedule(FLUSH_US, Event::Flush { node, life });
            }
            ReplicaEffect::Committed(committed) => self.note_commit(node, &committed),
            ReplicaEffect::SubmitAnswer { ticket, answer } => {
                self.records.answers.insert(ticket, answer);
            }
            ReplicaEffect::Dropped { id, reason } => {
                self.records.dropped.push((node, id, reason));
            }
            ReplicaEffect::SetAllowedPeers(_) => {}
            ReplicaEffect::Penalise { peer, reason } => {
                if let Some(other) = self.node_of(&peer) {
                    self.records.penalties.push((node, other, reason));
                }
            }
            ReplicaEffect::Alarm(alarm) => self.records.alarms.push((node, alarm)),
            ReplicaEffect::Halt(fault) => {
                self.records.halts.push((node, fault));
                self.crash(node, 0);
            }
        }
    }

    fn send_message(&mut self, from: usize, to: usize, topic: Topic, bytes: Vec<u8>) {
        assert!(
            bytes.len() <= topic.bytes_max(),
            "a message keeps its bound"
        );
        let input = ReplicaInput::Message {
            from: city::peer_key(from).public_key(),
            topic,
            bytes,
        };
        self.send(from, to, input);
    }

    fn send_request(
        &mut self,
        node: usize,
        peer: &ledger_core::signature::PublicKey,
        id: RequestId,
        bytes: Vec<u8>,
    ) {
        self.records.requests += 1;
        self.nodes[node].requests.insert(id);
        let life = self.nodes[node].life;
        self.clock
            .schedule(REQUEST_TIMEOUT_US, Event::RequestTimeout { node, life, id });
        match self.node_of(peer) {
            Some(to) if self.nodes[to].replica.is_some() => {
                let inbound = InboundRequestId(self.number());
                self.inbound.insert(inbound, (node, life, id));
                let from = city::peer_key(node).public_key();
                let input = ReplicaInput::Request {
                    from,
                    id: inbound,
                    bytes,
                };
                self.send(node, to, input);
            }
            _ => {
                let outcome = Err(RequestFailure::Unreachable);
                self.schedule_input(1_000, node, ReplicaInput::Response { id, outcome });
            }
        }
    }

    fn respond(&mut self, node: usize, id: InboundRequestId, bytes: Option<Vec<u8>>) {
        let Some((to, life, id)) = self.inbound.remove(&id) else {
            return;
        };
        if self.nodes[to].life == life {
            let outcome = bytes.ok_or(RequestFailure::Unreachable);
            self.send(node, to, ReplicaInput::Response { id, outcome });
        }
    }

    fn node_of(&self, peer: &ledger_core::signature::PublicKey) -> Option<usize> {
        (0..self.nodes.len()).find(|index| city::peer_key(*index).public_key() == *peer)
    }

    fn note_commit(&mut self, node: usize, committed: &Committed) {
        let header = &committed.block.header;
        self.note(node, b"commit", &codec::encode(header));
        // Whoever waited at this node hears now that the transaction is final.
        for sealed in &committed.block.transactions {
            self.records
                .acknowledged
                .entry(sealed.id())
                .or_insert((header.height, header.id()));
        }
    }

    fn note(&mut self, node: usize, what: &[u8], bytes: &[u8]) {
        self.trace.update(&self.clock.now_us().to_le_bytes());
        self.trace.update(&node.to_le_bytes());
        self.trace.update(what);
        self.trace.update(bytes);
    }
}
