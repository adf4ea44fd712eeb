//! The task that owns the sockets.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use ledger_core::signature::PublicKey;
use libp2p::request_response::OutboundRequestId;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::behaviour::{Behaviour, BehaviourEvent};
use super::dialling::DialSchedule;
use super::drops::Drops;
use super::frame::{self, FrameBytes};
use super::inbox::{TransactionSender, UrgentEvent};
use super::peers::{CONFIGURED_PEERS_MAX, peer_id, peer_key};
use super::share::{Place, Places};
use super::topics::ProtocolNames;
use super::transport::{listen, look_up, swarm};
use super::{
    NetworkCommand, NetworkConfig, NetworkError, NetworkEvent, REQUESTS_MAX, ReplyChannel,
    RequestError,
};
use crate::replica::Topic;
use crate::replica::messages::{REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};

type Lookup = BoxFuture<'static, (PeerId, Vec<Multiaddr>)>;

/// How far the acquaintance with a peer has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Direct messages reach it.
    pub(super) direct: bool,
    /// Its addresses are known, or it would not tell them.
    pub(super) identified: bool,
}

impl Reach {
    pub(super) fn is_complete(self) -> bool {
        self.direct && self.identified
    }
}

/// The sockets, and what is remembered about peers and requests.
pub(super) struct Service {
    pub(super) swarm: Swarm<Behaviour>,
    commands: mpsc::Receiver<NetworkCommand>,
    /// This task is the only sender.
    events: mpsc::Sender<UrgentEvent>,
    /// Events the channel had no room for yet. While there are any, the sockets are left alone.
    outbox: VecDeque<UrgentEvent>,
    transactions: TransactionSender,
    /// Of what peers do beside sending messages.
    pub(super) places: Places,
    /// Groups of transactions the runtime had no room for.
    dropped_incoming: Drops,
    /// Requests beyond their peers' shares.
    dropped_requests: Drops,
    /// Messages for peers that do not take theirs.
    dropped_outgoing: Drops,
    pub(super) schedule: DialSchedule,
    lookups: FuturesUnordered<Lookup>,
    pub(super) requests: BTreeMap<OutboundRequestId, (u64, Instant)>,
    pub(super) reach: BTreeMap<PeerId, Reach>,
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
        events: mpsc::Sender<UrgentEvent>,
        transactions: TransactionSender,
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
            commands,
            events,
            outbox: VecDeque::new(),
            transactions,
            places: Places::default(),
            dropped_incoming: Drops::default(),
            dropped_requests: Drops::default(),
            dropped_outgoing: Drops::default(),
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
            self.tell_of_drops();
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

    /// Hands a message to the runtime.
    pub(super) fn emit_message(
        &mut self,
        from: PublicKey,
        topic: Topic,
        data: Vec<u8>,
        place: Option<Place>,
    ) {
        if topic != Topic::Transactions {
            let event = NetworkEvent::Message { from, topic, data };
            self.emit_urgent(UrgentEvent { event, place });
        } else if !self.transactions.try_send(from, data) {
            tracing::debug!(peer = %from, "transactions of a peer were dropped");
            self.dropped_incoming.count(1);
        }
    }

    /// Hands a peer's request to the runtime. When the peer's share is taken, it is dropped, and with its channel goes the peer's
    /// hope for an answer.
    pub(super) fn emit_request(
        &mut self,
        peer: PeerId,
        from: PublicKey,
        channel: ReplyChannel,
        data: Vec<u8>,
    ) {
        let Some(place) = self.places.request(peer, data.len()) else {
            tracing::debug!(peer = %from, "a request of a peer was dropped");
            self.dropped_requests.count(1);
            return;
        };
        let event = NetworkEvent::Request {
            from,
            channel,
            data,
        };
        self.emit_placed(event, place);
    }

    /// Hands to the runtime what a peer did.
    pub(super) fn emit_placed(&mut self, event: NetworkEvent, place: Place) {
        let place = Some(place);
        self.emit_urgent(UrgentEvent { event, place });
    }

    /// Hands to the runtime what came of a request of this node.
    pub(super) fn emit_response(
        &mut self,
        request_id: u64,
        result: Result<Vec<u8>, RequestError>,
        took: Duration,
    ) {
        let response = NetworkEvent::Response {
            request_id,
            result,
            took,
        };
        self.emit_urgent(response.into());
    }

    /// Hands an event to the runtime, or keeps it until there is room.
    fn emit_urgent(&mut self, event: UrgentEvent) {
        self.outbox.push_back(event);
        self.hand_over();
    }

    fn tell_of_drops(&mut self) {
        if let Some(groups) = self.dropped_incoming.take_due(Instant::now) {
            tracing::warn!(
                groups,
                "transactions of peers were dropped: too many wait for this node"
            );
        }
        if let Some(requests) = self.dropped_requests.take_due(Instant::now) {
            tracing::warn!(
                requests,
                "requests of peers were dropped: too many of theirs wait for this node"
            );
        }
        if let Some(messages) = self.dropped_outgoing.take_due(Instant::now) {
            tracing::warn!(messages, "messages were dropped for slow peers");
        }
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
            NetworkCommand::Publish { topic, data } => self.publish(topic, &data),
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

    fn publish(&mut self, topic: Topic, data: &[u8]) {
        let Some(frame) = checked_frame(topic, data) else {
            return;
        };
        let slow = self.swarm.behaviour().direct.publish(topic, &frame);
        if slow > 0 {
            tracing::debug!(?topic, peers = slow, "a message was dropped for slow peers");
            self.dropped_outgoing.count(slow);
        }
    }

    fn send(&mut self, key: &PublicKey, topic: Topic, data: &[u8]) {
        let Some((peer, frame)) = peer_id(key).zip(checked_frame(topic, data)) else {
            return;
        };
        if !self.swarm.behaviour().direct.send(&peer, topic, frame) {
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
                self.requests.insert(id, (request_id, Instant::now()));
            }
            Err(error) => self.emit_response(request_id, Err(error), Duration::ZERO),
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

    pub(super) fn ban(&mut self, peer: PeerId, reason: &'static str) {
        let key = peer_key(&peer);
        tracing::warn!(
            ?key,
            reason,
            "a peer misbehaved and is kept out for a while"
        );
        self.swarm.behaviour_mut().admission.ban(peer);
    }
}

/// The wire form of a message, if it is within its bound.
fn checked_frame(topic: Topic, data: &[u8]) -> Option<FrameBytes> {
    let frame = frame::frame(topic, data);
    if frame.is_none() {
        let (length, length_max) = (data.len(), topic.bytes_max());
        tracing::error!(
            ?topic,
            length,
            length_max,
            "a message was too long and was not sent"
        );
    }
    frame
}
