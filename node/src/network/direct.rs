//! Direct messages: one long-lived stream each way between every two connected peers.
//!
//! Validators are a few nodes that all know each other. A message that goes straight to every one of them over a stream
//! that is already open costs one write, is received once, needs no signature of its own (the connection says who sent
//! it; votes, proposals and transactions carry the signatures that count) and may be sent again as it stands, which a
//! duplicate cache would swallow (ADR 0006, ADR 0013).
//!
//! What always holds: a peer counts as connected from when its outbound stream is negotiated, so never a peer of another
//! chain; at most one inbound and one outbound stream per connection; every queue is bounded; a peer that breaks the
//! framing is reported once and its stream dropped; what a peer sent beside transactions has a place in the peer's share.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
    NetworkBehaviour, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::frame::{
    self, FrameBytes, FrameError, FrameQueue, FrameReader, FrameSender, FrameWriter, ReadEnd,
};
use super::share::{Place, Share, Shares};
use crate::replica::Topic;

/// How often a connection tries to open its outbound stream before it is given up.
const STREAM_ATTEMPTS_MAX: u32 = 3;

/// What the rest of the node learns.
#[derive(Debug)]
pub(crate) enum Event {
    /// From now on messages reach the peer.
    Connected(PeerId),
    /// Messages no longer reach the peer.
    Disconnected(PeerId),
    /// A message from a peer.
    Received {
        peer: PeerId,
        topic: Topic,
        data: Vec<u8>,
        /// None for transactions.
        place: Option<Place>,
    },
    /// The peer sent what no honest node sends.
    Violation { peer: PeerId, error: FrameError },
    /// The peer does not speak this chain's protocol, or its streams keep failing.
    Unusable { peer: PeerId },
}

/// One connection's outbound side.
#[derive(Debug)]
struct Link {
    connection: ConnectionId,
    queue: FrameSender,
    ready: bool,
}

/// The behaviour: who can be reached, and by which queue.
#[derive(Debug)]
pub(crate) struct Direct {
    protocol: StreamProtocol,
    /// Queues of connections whose establishment other behaviours may still refuse.
    establishing: BTreeMap<ConnectionId, FrameSender>,
    links: BTreeMap<PeerId, Vec<Link>>,
    /// Of peers that are connected, and of peers of which something still waits.
    shares: Shares,
    events: VecDeque<Event>,
}

impl Direct {
    pub(crate) fn new(protocol: StreamProtocol) -> Direct {
        Direct {
            protocol,
            establishing: BTreeMap::new(),
            links: BTreeMap::new(),
            shares: Shares::default(),
            events: VecDeque::new(),
        }
    }

    /// Queues a frame for every connected peer; returns how many peers' queues were full.
    pub(crate) fn publish(&self, topic: Topic, frame: &FrameBytes) -> usize {
        self.links
            .values()
            .filter_map(|links| links.iter().find(|link| link.ready))
            .filter(|link| !link.queue.try_send(topic, frame.clone()))
            .count()
    }

    /// Queues a frame for one peer; false when it is not connected or its queue is full.
    pub(crate) fn send(&self, peer: &PeerId, topic: Topic, frame: FrameBytes) -> bool {
        let links = self.links.get(peer).into_iter().flatten();
        let mut ready = links.filter(|link| link.ready);
        ready
            .next()
            .is_some_and(|link| link.queue.try_send(topic, frame))
    }

    fn handler(&mut self, connection: ConnectionId, peer: PeerId) -> Handler {
        let share = self.shares.of(peer);
        let (sender, queue) = frame::frame_queue();
        self.establishing.insert(connection, sender);
        Handler {
            protocol: self.protocol.clone(),
            queue,
            outbound: Outbound::Wanted,
            attempts: 0,
            inbound: None,
            read: None,
            share,
            events: VecDeque::new(),
        }
    }

    fn is_reachable(&self, peer: &PeerId) -> bool {
        self.links
            .get(peer)
            .is_some_and(|links| links.iter().any(|link| link.ready))
    }

    /// Changes what is known of `peer` and reports when that made it reachable or unreachable.
    fn change(&mut self, peer: PeerId, change: impl FnOnce(&mut Vec<Link>)) {
        let before = self.is_reachable(&peer);
        let links = self.links.entry(peer).or_default();
        change(links);
        if links.is_empty() {
            self.links.remove(&peer);
        }
        match (before, self.is_reachable(&peer)) {
            (false, true) => self.events.push_back(Event::Connected(peer)),
            (true, false) => self.events.push_back(Event::Disconnected(peer)),
            (false, false) | (true, true) => {}
        }
    }
}

fn set_ready(links: &mut [Link], connection: ConnectionId, ready: bool) {
    for link in links {
        if link.connection == connection {
            link.ready = ready;
        }
    }
}

impl NetworkBehaviour for Direct {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(connection, peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(connection, peer))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(established) => {
                if let Some(queue) = self.establishing.remove(&established.connection_id) {
                    self.change(established.peer_id, |links| {
                        links.push(Link {
                            connection: established.connection_id,
                            queue,
                            ready: false,
                        });
                    });
                }
            }
            FromSwarm::ConnectionClosed(closed) => self.change(closed.peer_id, |links| {
                links.retain(|link| link.connection != closed.connection_id);
            }),
            FromSwarm::DialFailure(failure) => {
                self.establishing.remove(&failure.connection_id);
            }
            FromSwarm::ListenFailure(failure) => {
                self.establishing.remove(&failure.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            HandlerEvent::Ready => {
                self.change(peer, |links| set_ready(links, connection, true));
            }
            HandlerEvent::Lost => {
                self.change(peer, |links| set_ready(links, connection, false));
            }
            HandlerEvent::Unusable => self.events.push_back(Event::Unusable { peer }),
            HandlerEvent::Received { topic, data, place } => {
                self.events.push_back(Event::Received {
                    peer,
                    topic,
                    data,
                    place,
                });
            }
            HandlerEvent::Violation(error) => {
                self.events.push_back(Event::Violation { peer, error });
            }
        }
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Event, THandlerInEvent<Self>>> {
        // No waker is kept: the swarm polls again after every call that can add an event.
        match self.events.pop_front() {
            Some(event) => Poll::Ready(ToSwarm::GenerateEvent(event)),
            None => Poll::Pending,
        }
    }
}

/// What a connection's handler tells the behaviour.
#[derive(Debug)]
pub(crate) enum HandlerEvent {
    /// The outbound stream is open.
    Ready,
    /// The outbound stream broke; another one is being opened.
    Lost,
    /// No outbound stream can be had.
    Unusable,
    /// A message.
    Received {
        topic: Topic,
        data: Vec<u8>,
        place: Option<Place>,
    },
    /// The peer broke the framing.
    Violation(FrameError),
}

#[derive(Debug)]
enum Outbound {
    Wanted,
    Opening,
    Open(Stream, FrameWriter),
    GivenUp,
}

/// One connection's two streams.
#[derive(Debug)]
pub(crate) struct Handler {
    protocol: StreamProtocol,
    queue: FrameQueue,
    outbound: Outbound,
    attempts: u32,
    inbound: Option<(Stream, FrameReader)>,
    /// A message that waits for a place; nothing more is read meanwhile.
    read: Option<(Topic, Vec<u8>)>,
    share: Arc<Share>,
    events: VecDeque<HandlerEvent>,
}

impl Handler {
    fn stream_failed(&mut self) {
        self.attempts += 1;
        if self.attempts < STREAM_ATTEMPTS_MAX {
            self.outbound = Outbound::Wanted;
        } else {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.outbound = Outbound::GivenUp;
        self.events.push_back(HandlerEvent::Unusable);
    }

    fn poll_outbound(&mut self, cx: &mut Context<'_>) {
        let Outbound::Open(stream, writer) = &mut self.outbound else {
            return;
        };
        if let Poll::Ready(error) = writer.poll_write_all(stream, &mut self.queue, cx) {
            tracing::debug!(%error, "a direct stream broke while writing");
            self.events.push_back(HandlerEvent::Lost);
            self.stream_failed();
        }
    }

    fn poll_inbound(&mut self, cx: &mut Context<'_>) -> Option<HandlerEvent> {
        if self.read.is_some() {
            return self.poll_place(cx);
        }
        let (stream, reader) = self.inbound.as_mut()?;
        match reader.poll_frame(stream, cx) {
            Poll::Pending => None,
            Poll::Ready(Ok(message)) => {
                self.read = Some(message);
                self.poll_place(cx)
            }
            Poll::Ready(Err(ReadEnd::Closed(error))) => {
                tracing::debug!(%error, "a direct stream was closed by the peer");
                self.inbound = None;
                None
            }
            Poll::Ready(Err(ReadEnd::Violation(error))) => {
                self.inbound = None;
                Some(HandlerEvent::Violation(error))
            }
        }
    }
}

impl Handler {
    /// Hands on the message that was read, once it has a place; transactions need none.
    fn poll_place(&mut self, cx: &mut Context<'_>) -> Option<HandlerEvent> {
        let (topic, data) = self.read.take()?;
        let place = match topic {
            Topic::Transactions => None,
            Topic::Consensus | Topic::Status => match self.share.poll_take(data.len(), cx) {
                Poll::Ready(place) => Some(place),
                Poll::Pending => {
                    self.read = Some((topic, data));
                    return None;
                }
            },
        };
        Some(HandlerEvent::Received { topic, data, place })
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = HandlerEvent;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ())
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), HandlerEvent>> {
        if matches!(self.outbound, Outbound::Wanted) {
            self.outbound = Outbound::Opening;
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(ReadyUpgrade::new(self.protocol.clone()), ()),
            });
        }
        self.poll_outbound(cx);
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        if matches!(self.outbound, Outbound::Wanted) {
            // A stream broke just now, and its event has gone out: ask for the next one at once.
            return self.poll(cx);
        }
        match self.poll_inbound(cx) {
            Some(event) => Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event)),
            None => Poll::Pending,
        }
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                ..
            }) => {
                // A second stream replaces the first: the peer opens one only when its last one broke.
                self.inbound = Some((stream, FrameReader::default()));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                ..
            }) => {
                self.outbound = Outbound::Open(stream, FrameWriter::default());
                self.events.push_back(HandlerEvent::Ready);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => match error {
                StreamUpgradeError::NegotiationFailed => self.give_up(),
                StreamUpgradeError::Timeout | StreamUpgradeError::Io(_) => self.stream_failed(),
                StreamUpgradeError::Apply(never) => match never {},
            },
            _ => {}
        }
    }
}
