//! What the sockets report, and what the node makes of it.

use ledger_core::signature::PublicKey;
use libp2p::request_response::{self, InboundFailure, OutboundFailure, OutboundRequestId};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, identify};
use tokio::time::Instant;

use super::behaviour::BehaviourEvent;
use super::dialling::PEER_ADDRESSES_MAX;
use super::direct;
use super::peers::{PeerAddress, peer_key, socket_address};
use super::service::{Reach, Service};
use super::{NetworkEvent, ReplyChannel, RequestError};

impl Service {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
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
            direct::Event::Received {
                peer,
                topic,
                data,
                place,
            } => {
                if let Some(from) = peer_key(&peer) {
                    self.emit_message(from, topic, data, place);
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
        change(reach);
        let complete = reach.is_complete();
        if *reach == Reach::default() {
            self.reach.remove(&peer);
        }
        let Some(key) = peer_key(&peer) else {
            return;
        };
        // By whether the runtime knows, not by what was before: one that was turned away may be here again before its end is seen.
        match (self.places.is_announced(&peer), complete) {
            (false, true) => self.announce(peer, key),
            (true, false) => self.announce_end(&peer, key),
            (false, false) | (true, true) => {}
        }
    }

    /// Tells the runtime that a peer has come. One whose share is full of what it did before is disconnected and may come again:
    /// of a peer that stays, the runtime knows.
    fn announce(&mut self, peer: PeerId, key: PublicKey) {
        let Some(place) = self.places.arrival(peer) else {
            tracing::debug!(peer = %key, "a peer that came again too soon is disconnected");
            self.swarm.behaviour_mut().admission.close(peer);
            return;
        };
        tracing::info!(peer = %key, "peer connected");
        self.emit_placed(NetworkEvent::PeerConnected(key), place);
    }

    /// Tells the runtime that a peer has gone, if it was told that the peer had come.
    fn announce_end(&mut self, peer: &PeerId, key: PublicKey) {
        if let Some(place) = self.places.departure(peer) {
            tracing::info!(peer = %key, "peer disconnected");
            self.emit_placed(NetworkEvent::PeerDisconnected(key), place);
        }
    }

    fn on_request_event(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                request_response::Message::Request {
                    request, channel, ..
                } => {
                    if let Some(from) = peer_key(&peer) {
                        self.emit_request(peer, from, ReplyChannel(channel), request);
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
        if let Some((request_id, since)) = self.requests.remove(&id) {
            self.emit_response(request_id, result, since.elapsed());
        }
    }
}
