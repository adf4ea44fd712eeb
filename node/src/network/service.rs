//! The task that owns the sockets.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use ledger_core::signature::PublicKey;
use libp2p::gossipsub::{self, IdentTopic, MessageAcceptance, PublishError};
use libp2p::request_response::{self, InboundFailure, OutboundFailure, OutboundRequestId};
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, identify, identity, noise, tcp, yamux};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::behaviour::{Behaviour, BehaviourEvent};
use super::direct;
use super::frame::{self, FrameBytes};
use super::peers::{
    CONFIGURED_PEERS_MAX, DialSchedule, PEER_ADDRESSES_MAX, PeerAddress, multiaddress, peer_id,
    peer_key, socket_address,
};
use super::topics::ProtocolNames;
use super::{
    NetworkCommand, NetworkConfig, NetworkError, NetworkEvent, REQUESTS_MAX, ReplyChannel,
    RequestError,
};
use crate::replica::Topic;
use crate::replica::messages::{REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a host name's look-up may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// Addresses one look-up may yield.
const LOOKUP_ADDRESSES_MAX: usize = 16;
/// Streams under negotiation on one connection.
const NEGOTIATING_STREAMS_MAX: usize = 64;
/// Streams open on one connection: requests both ways, direct, gossip, identify and ping.
const CONNECTION_STREAMS_MAX: usize = 128;

type Lookup = BoxFuture<'static, (PeerId, Vec<Multiaddr>)>;

/// How far the acquaintance with a peer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reach {
    /// Direct messages reach it.
    direct: bool,
    /// Gossip reaches it.
    gossip: bool,
    /// Its addresses are known, or it would not tell them.
    identified: bool,
}

impl Reach {
    fn is_complete(self) -> bool {
        self.direct && self.gossip && self.identified
    }
}

/// The sockets, and what is remembered about peers and requests.
pub(super) struct Service {
    swarm: Swarm<Behaviour>,
    transactions: IdentTopic,
    commands: mpsc::Receiver<NetworkCommand>,
    /// This task is the only sender.
    events: mpsc::Sender<NetworkEvent>,
    /// Events the channel had no room for yet. While there are any, the sockets are left alone.
    outbox: VecDeque<NetworkEvent>,
    schedule: DialSchedule,
    lookups: FuturesUnordered<Lookup>,
    requests: BTreeMap<OutboundRequestId, u64>,
    reach: BTreeMap<PeerId, Reach>,
}

/// What the task woke up for.
enum Woken {
    Command(NetworkCommand),
    /// There is room for an event that was kept back.
    Room,
    Swarm(Box<SwarmEvent<BehaviourEvent>>),
    LookedUp(PeerId, Vec<Multiaddr>),
}

impl Service {
    /// Binds the socket and prepares everything; nothing is called before [`Self::run`].
    pub(super) async fn start(
        config: NetworkConfig,
        commands: mpsc::Receiver<NetworkCommand>,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Result<(Service, SocketAddr), NetworkError> {
        let count = config.known_peers.len() + config.observers.len();
        if count > CONFIGURED_PEERS_MAX {
            return Err(NetworkError::TooManyPeers { count });
        }
        let identify = |key: &PublicKey| peer_id(key).ok_or(NetworkError::PeerKey { key: *key });
        let mut configured = BTreeSet::new();
        let mut schedule = DialSchedule::default();
        let own_key = config.key.public_key();
        for peer in config.known_peers.iter().filter(|peer| peer.key != own_key) {
            let id = identify(&peer.key)?;
            configured.insert(id);
            schedule.learn(id, peer.address.clone(), Instant::now());
        }
        for key in &config.observers {
            configured.insert(identify(key)?);
        }
        let names = ProtocolNames::new(config.chain_id);
        let mut swarm = swarm(&config, &names, configured)?;
        let listen_address = listen(&mut swarm, config.listen).await?;
        let service = Service {
            swarm,
            transactions: names.transactions(),
            commands,
            events,
            outbox: VecDeque::new(),
            schedule,
            lookups: FuturesUnordered::new(),
            requests: BTreeMap::new(),
            reach: BTreeMap::new(),
        };
        Ok((service, listen_address))
    }

    /// Runs until [`NetworkCommand::Shutdown`], or until nobody can send commands or take events any more.
    pub(super) async fn run(mut self) {
        loop {
            self.call_due_peers();
            let blocked = !self.outbox.is_empty();
            let next_call = self.schedule.next_due();
            let wake = async {
                match next_call {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let woken = tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => Woken::Command(command),
                    None => return,
                },
                room = self.events.reserve(), if blocked => match room {
                    Ok(_) => Woken::Room,
                    Err(_) => return,
                },
                event = self.swarm.select_next_some(), if !blocked => {
                    Woken::Swarm(Box::new(event))
                }
                Some((peer, addresses)) = self.lookups.next() => Woken::LookedUp(peer, addresses),
                () = wake => continue,
            };
            match woken {
                Woken::Command(NetworkCommand::Shutdown) => return,
                Woken::Command(command) => self.obey(command),
                Woken::Room => self.hand_over(),
                Woken::Swarm(event) => self.on_swarm_event(*event),
                Woken::LookedUp(peer, addresses) => self.dial(peer, addresses),
            }
        }
    }

    /// Hands kept events to the runtime as far as there is room.
    fn hand_over(&mut self) {
        while let Ok(permit) = self.events.try_reserve() {
            let Some(event) = self.outbox.pop_front() else {
                return;
            };
            permit.send(event);
        }
    }

    /// Hands an event to the runtime, or keeps it until there is room.
    fn emit(&mut self, event: NetworkEvent) {
        self.outbox.push_back(event);
        self.hand_over();
    }

    fn call_due_peers(&mut self) {
        for (peer, addresses) in self.schedule.take_due(Instant::now()) {
            self.lookups.push(look_up(peer, addresses).boxed());
        }
    }

    fn dial(&mut self, peer: PeerId, addresses: Vec<Multiaddr>) {
        if addresses.is_empty() {
            tracing::warn!(%peer, "no address of the peer could be looked up; trying again later");
            self.schedule.failed(&peer, Instant::now());
            return;
        }
        // A fresh local port: with the listening port reused, two nodes that call each other at the same moment meet
        // in one TCP connection in which both are the caller.
        let options = DialOpts::peer_id(peer)
            .addresses(addresses)
            .condition(PeerCondition::DisconnectedAndNotDialing)
            .allocate_new_port()
            .build();
        if let Err(error) = self.swarm.dial(options) {
            tracing::debug!(%peer, %error, "a call was not made");
            self.schedule.failed(&peer, Instant::now());
        }
    }

    fn obey(&mut self, command: NetworkCommand) {
        match command {
            NetworkCommand::Publish { topic, data } => self.publish(topic, data),
            NetworkCommand::Send { peer, topic, data } => self.send(&peer, topic, &data),
            NetworkCommand::SendRequest {
                peer,
                request_id,
                data,
            } => self.send_request(&peer, request_id, data),
            NetworkCommand::Respond { channel, data } => self.respond(channel, data),
            NetworkCommand::SetAllowedPeers(keys) => self.set_allowed_peers(&keys),
            NetworkCommand::Penalise(key) => {
                if let Some(peer) = peer_id(&key) {
                    self.ban(peer, "reported by the node");
                }
            }
            NetworkCommand::Shutdown => {}
        }
    }

    fn publish(&mut self, topic: Topic, data: Vec<u8>) {
        match topic {
            Topic::Consensus | Topic::Status => {
                let Some(frame) = checked_frame(topic, &data) else {
                    return;
                };
                let slow = self.swarm.behaviour().direct.publish(&frame);
                if slow > 0 {
                    tracing::warn!(?topic, peers = slow, "a message was dropped for slow peers");
                }
            }
            Topic::Transactions => self.gossip(data),
        }
    }

    fn gossip(&mut self, data: Vec<u8>) {
        let (topic, length) = (Topic::Transactions, data.len());
        if length > topic.bytes_max() {
            complain_of_length(topic, length);
            return;
        }
        let hash = self.transactions.hash();
        match self.swarm.behaviour_mut().gossip.publish(hash, data) {
            Ok(_) | Err(PublishError::Duplicate | PublishError::NoPeersSubscribedToTopic) => {}
            Err(PublishError::AllQueuesFull(peers)) => {
                tracing::warn!(?topic, peers, "a message was dropped for slow peers");
            }
            Err(error) => tracing::error!(?topic, length, %error, "a message was not sent"),
        }
    }

    fn send(&mut self, key: &PublicKey, topic: Topic, data: &[u8]) {
        let Some((peer, frame)) = peer_id(key).zip(checked_frame(topic, data)) else {
            return;
        };
        if !self.swarm.behaviour().direct.send(&peer, frame) {
            tracing::debug!(?topic, peer = %key, "a message was dropped: not connected, or slow");
        }
    }

    fn send_request(&mut self, key: &PublicKey, request_id: u64, data: Vec<u8>) {
        let refusal = if data.len() > REQUEST_BYTES_MAX {
            Some(RequestError::TooLong { length: data.len() })
        } else if self.requests.len() >= REQUESTS_MAX {
            Some(RequestError::TooMany)
        } else {
            None
        };
        let connected = peer_id(key).filter(|peer| self.swarm.is_connected(peer));
        let result = match (refusal, connected) {
            (Some(error), _) => Err(error),
            (None, None) => Err(RequestError::NotConnected),
            (None, Some(peer)) => Ok(peer),
        };
        match result {
            Ok(peer) => {
                let requests = &mut self.swarm.behaviour_mut().requests;
                let id = requests.send_request(&peer, data);
                self.requests.insert(id, request_id);
            }
            Err(error) => self.emit(NetworkEvent::Response {
                request_id,
                result: Err(error),
            }),
        }
    }

    fn respond(&mut self, channel: ReplyChannel, data: Vec<u8>) {
        if data.len() > RESPONSE_BYTES_MAX {
            let (length, length_max) = (data.len(), RESPONSE_BYTES_MAX);
            tracing::error!(
                length,
                length_max,
                "a response was too long and was not sent"
            );
            return;
        }
        let requests = &mut self.swarm.behaviour_mut().requests;
        if requests.send_response(channel.0, data).is_err() {
            tracing::debug!("the peer no longer waits for the response");
        }
    }

    fn set_allowed_peers(&mut self, keys: &BTreeSet<PublicKey>) {
        let validators = keys.iter().filter_map(peer_id).collect();
        let admission = &mut self.swarm.behaviour_mut().admission;
        admission.set_validators(validators);
        self.schedule.retain(|peer| admission.is_registered(peer));
    }

    fn ban(&mut self, peer: PeerId, reason: &'static str) {
        let key = peer_key(&peer);
        tracing::warn!(
            ?key,
            reason,
            "a peer misbehaved and is kept out for a while"
        );
        self.swarm.behaviour_mut().admission.ban(peer);
    }

    fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                self.schedule.connected(&peer_id, Instant::now());
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                cause,
                ..
            } => {
                tracing::debug!(peer = %peer_id, ?cause, "a connection ended");
                self.schedule.disconnected(&peer_id, Instant::now());
                self.set_reach(peer_id, |reach| *reach = Reach::default());
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id: Some(peer),
                error,
                ..
            } => {
                tracing::debug!(%peer, %error, "a call failed");
                self.schedule.failed(&peer, Instant::now());
            }
            SwarmEvent::IncomingConnectionError {
                send_back_addr,
                error,
                ..
            } => {
                tracing::info!(from = %send_back_addr, %error, "a connection was refused");
            }
            SwarmEvent::ListenerError { error, .. } => {
                tracing::error!(%error, "the listening socket reports an error");
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "the listening socket closed; restart the node");
            }
            _ => {}
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Admission(never) => match never {},
            BehaviourEvent::Direct(event) => self.on_direct_event(event),
            BehaviourEvent::Gossip(event) => self.on_gossip_event(event),
            BehaviourEvent::Requests(event) => self.on_request_event(event),
            BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. }) => {
                self.learn_addresses(peer_id, &info.listen_addrs);
                self.set_identified(peer_id);
            }
            BehaviourEvent::Identify(identify::Event::Error { peer_id, error, .. }) => {
                tracing::info!(peer = %peer_id, %error, "a peer does not tell its addresses");
                self.set_identified(peer_id);
            }
            BehaviourEvent::Identify(_) => {}
            BehaviourEvent::Ping(event) => {
                if let Err(error) = event.result {
                    tracing::info!(peer = %event.peer, %error, "a silent connection is closed");
                    self.swarm.close_connection(event.connection);
                }
            }
        }
    }

    /// So that a peer that called is called back after a disconnection, although no configuration names it.
    fn learn_addresses(&mut self, peer: PeerId, addresses: &[Multiaddr]) {
        let now = Instant::now();
        for address in addresses
            .iter()
            .filter_map(socket_address)
            .take(PEER_ADDRESSES_MAX)
        {
            self.schedule.learn(peer, PeerAddress::from(address), now);
        }
        if self.swarm.is_connected(&peer) {
            self.schedule.connected(&peer, now);
        }
    }

    fn set_identified(&mut self, peer: PeerId) {
        if self.swarm.is_connected(&peer) {
            self.set_reach(peer, |reach| reach.identified = true);
        }
    }

    fn on_direct_event(&mut self, event: direct::Event) {
        match event {
            direct::Event::Connected(peer) => self.set_reach(peer, |reach| reach.direct = true),
            direct::Event::Disconnected(peer) => {
                self.set_reach(peer, |reach| reach.direct = false);
            }
            direct::Event::Received { peer, topic, data } => {
                if let Some(from) = peer_key(&peer) {
                    self.emit(NetworkEvent::Message { from, topic, data });
                }
            }
            direct::Event::Violation { peer, error } => {
                tracing::warn!(%peer, %error, "a peer broke the framing");
                self.ban(peer, "broken framing");
            }
            direct::Event::Unusable { peer } => {
                let key = peer_key(&peer);
                tracing::warn!(
                    ?key,
                    "a peer does not speak this chain's protocol; is its genesis the same?"
                );
                self.swarm.behaviour_mut().admission.close(peer);
            }
        }
    }

    /// Announces a peer when the last kind of message reaches it, and its end when the first no longer does.
    fn set_reach(&mut self, peer: PeerId, change: impl FnOnce(&mut Reach)) {
        let reach = self.reach.entry(peer).or_default();
        let before = reach.is_complete();
        change(reach);
        let after = reach.is_complete();
        if *reach == Reach::default() {
            self.reach.remove(&peer);
        }
        let Some(key) = peer_key(&peer) else {
            return;
        };
        match (before, after) {
            (false, true) => {
                tracing::info!(peer = %key, "peer connected");
                self.emit(NetworkEvent::PeerConnected(key));
            }
            (true, false) => {
                tracing::info!(peer = %key, "peer disconnected");
                self.emit(NetworkEvent::PeerDisconnected(key));
            }
            (false, false) | (true, true) => {}
        }
    }

    fn on_gossip_event(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            } => {
                let acceptance = self.take_gossip(propagation_source, message);
                let gossip = &mut self.swarm.behaviour_mut().gossip;
                gossip.report_message_validation_result(
                    &message_id,
                    &propagation_source,
                    acceptance,
                );
            }
            gossipsub::Event::Subscribed { peer_id, topic } => {
                if topic == self.transactions.hash() && self.swarm.is_connected(&peer_id) {
                    self.set_reach(peer_id, |reach| reach.gossip = true);
                }
            }
            gossipsub::Event::Unsubscribed { peer_id, topic } => {
                if topic == self.transactions.hash() {
                    self.set_reach(peer_id, |reach| reach.gossip = false);
                }
            }
            gossipsub::Event::SlowPeer { peer_id, .. } => {
                tracing::debug!(peer = %peer_id, "gossip for a slow peer was dropped");
            }
            gossipsub::Event::GossipsubNotSupported { .. } => {}
        }
    }

    fn take_gossip(&mut self, relay: PeerId, message: gossipsub::Message) -> MessageAcceptance {
        if message.data.len() > Topic::Transactions.bytes_max() {
            // An honest node neither writes nor relays such a message.
            self.ban(relay, "a gossip message above the bound");
            return MessageAcceptance::Reject;
        }
        let Some(author) = message.source else {
            return MessageAcceptance::Reject;
        };
        // Authors count: whoever could invent them would have as many shares of the mempool's room. Not the relay's fault,
        // because two nodes may know different sets of validators for a while.
        let admission = &self.swarm.behaviour().admission;
        if admission.is_banned(&author) || !admission.is_registered(&author) {
            return MessageAcceptance::Ignore;
        }
        // Others do not know an observer that only this node's configuration names.
        let acceptance = if admission.is_validator(&author) {
            MessageAcceptance::Accept
        } else {
            MessageAcceptance::Ignore
        };
        let Some(from) = peer_key(&author) else {
            return MessageAcceptance::Reject;
        };
        self.emit(NetworkEvent::Message {
            from,
            topic: Topic::Transactions,
            data: message.data,
        });
        acceptance
    }

    fn on_request_event(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                request_response::Message::Request {
                    request, channel, ..
                } => {
                    if let Some(from) = peer_key(&peer) {
                        self.emit(NetworkEvent::Request {
                            from,
                            channel: ReplyChannel(channel),
                            data: request,
                        });
                    }
                }
                request_response::Message::Response {
                    request_id,
                    response,
                } => self.finish_request(request_id, Ok(response)),
            },
            request_response::Event::OutboundFailure {
                peer,
                request_id,
                error,
                ..
            } => {
                tracing::debug!(%peer, %error, "a request failed");
                let cause = match &error {
                    OutboundFailure::DialFailure => RequestError::NotConnected,
                    OutboundFailure::Timeout => RequestError::Timeout,
                    OutboundFailure::ConnectionClosed
                    | OutboundFailure::UnsupportedProtocols
                    | OutboundFailure::Io(_) => RequestError::Broken,
                };
                self.finish_request(request_id, Err(cause));
                if let OutboundFailure::Io(error) = error {
                    self.judge(peer, &error);
                }
            }
            request_response::Event::InboundFailure { peer, error, .. } => {
                tracing::debug!(%peer, %error, "a peer's request failed");
                if let InboundFailure::Io(error) = error {
                    self.judge(peer, &error);
                }
            }
            request_response::Event::ResponseSent { .. } => {}
        }
    }

    /// Bans a peer whose bytes could not be read, as opposed to one whose connection broke.
    fn judge(&mut self, peer: PeerId, error: &std::io::Error) {
        if error.kind() == std::io::ErrorKind::InvalidData {
            self.ban(peer, "a request or response above the bound");
        }
    }

    fn finish_request(&mut self, id: OutboundRequestId, result: Result<Vec<u8>, RequestError>) {
        if let Some(request_id) = self.requests.remove(&id) {
            self.emit(NetworkEvent::Response { request_id, result });
        }
    }
}

/// The wire form of a message, if it is within its bound.
fn checked_frame(topic: Topic, data: &[u8]) -> Option<FrameBytes> {
    let frame = frame::frame(topic, data);
    if frame.is_none() {
        complain_of_length(topic, data.len());
    }
    frame
}

fn complain_of_length(topic: Topic, length: usize) {
    let length_max = topic.bytes_max();
    tracing::error!(
        ?topic,
        length,
        length_max,
        "a message was too long and was not sent"
    );
}

fn swarm(
    config: &NetworkConfig,
    names: &ProtocolNames,
    configured: BTreeSet<PeerId>,
) -> Result<Swarm<Behaviour>, NetworkError> {
    let mut seed = config.key.to_seed();
    let key = identity::Keypair::ed25519_from_bytes(&mut *seed).map_err(transport_error)?;
    let behaviour = Behaviour::new(names, &key, configured, config.request_timeout);
    let multiplexing = || {
        let mut multiplexing = yamux::Config::default();
        multiplexing.set_max_num_streams(CONNECTION_STREAMS_MAX);
        multiplexing
    };
    let swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            multiplexing,
        )
        .map_err(transport_error)?
        .with_behaviour(|_| behaviour)
        .map_err(transport_error)?
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(HANDSHAKE_TIMEOUT)
                .with_max_negotiating_inbound_streams(NEGOTIATING_STREAMS_MAX)
        })
        .with_connection_timeout(HANDSHAKE_TIMEOUT)
        .build();
    Ok(swarm)
}

fn transport_error(error: impl std::fmt::Display) -> NetworkError {
    NetworkError::Transport {
        reason: error.to_string(),
    }
}

/// Listens, and waits for the address that was taken.
async fn listen(
    swarm: &mut Swarm<Behaviour>,
    address: SocketAddr,
) -> Result<SocketAddr, NetworkError> {
    let failed = |source| NetworkError::Listen { address, source };
    // libp2p shares a port with whoever else shares it, even another node; a plain listener does not.
    drop(std::net::TcpListener::bind(address).map_err(failed)?);
    let listener = swarm
        .listen_on(multiaddress(address))
        .map_err(|error| failed(std::io::Error::other(error)))?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr {
                listener_id,
                address: taken,
            } if listener_id == listener => {
                if let Some(taken) = socket_address(&taken) {
                    return Ok(SocketAddr::new(address.ip(), taken.port()));
                }
            }
            SwarmEvent::ListenerClosed {
                reason: Err(error), ..
            } => return Err(failed(error)),
            _ => {}
        }
    }
}

async fn look_up(peer: PeerId, addresses: Vec<PeerAddress>) -> (PeerId, Vec<Multiaddr>) {
    let mut found = Vec::new();
    for address in addresses {
        let look_up = tokio::net::lookup_host((address.host.as_str(), address.port));
        match tokio::time::timeout(LOOKUP_TIMEOUT, look_up).await {
            Ok(Ok(results)) => found.extend(results.map(multiaddress)),
            Ok(Err(error)) => {
                tracing::debug!(%address, %error, "a look-up failed");
            }
            Err(_) => tracing::debug!(%address, "a look-up took too long"),
        }
    }
    found.truncate(LOOKUP_ADDRESSES_MAX);
    (peer, found)
}
