//! Who may connect.
//!
//! The network is permissioned: a connection is refused as soon as its handshake has shown a key that is neither a
//! current validator's peer key nor named in the configuration, or that is banned for a while. What always holds: no
//! refused peer opens a stream; at most [`PEER_CONNECTIONS_MAX`] connections to one peer, the newest kept (a restarted
//! peer's old connection may take long to die); handshakes under way are bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::peers::socket_address;

/// Connections kept with one peer: one each way when both call at once.
pub const PEER_CONNECTIONS_MAX: usize = 2;
/// Inbound handshakes under way, from all addresses.
pub const HANDSHAKES_MAX: usize = 256;
/// Inbound handshakes under way from one address; twice the largest full mesh on one machine.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 32;
/// How long a peer that misbehaved stays out.
pub const BAN: Duration = Duration::from_secs(60);

/// Why a connection was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("neither a validator nor a configured peer")]
    Unregistered,
    #[error("banned for misbehaviour")]
    Banned,
    #[error("too many handshakes under way")]
    Handshakes,
}

/// Admits and refuses connections.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    configured: BTreeSet<PeerId>,
    validators: BTreeSet<PeerId>,
    /// Until when; only admitted peers can be in here, so it is as bounded as they are.
    bans: BTreeMap<PeerId, Instant>,
    established: BTreeMap<PeerId, VecDeque<ConnectionId>>,
    handshakes: BTreeMap<ConnectionId, Option<IpAddr>>,
    closing: VecDeque<(PeerId, CloseConnection)>,
}

impl Admission {
    pub(crate) fn new(configured: BTreeSet<PeerId>) -> Admission {
        Admission {
            configured,
            ..Admission::default()
        }
    }

    pub(crate) fn is_registered(&self, peer: &PeerId) -> bool {
        self.configured.contains(peer) || self.validators.contains(peer)
    }

    pub(crate) fn is_banned(&self, peer: &PeerId) -> bool {
        self.bans
            .get(peer)
            .is_some_and(|until| Instant::now() < *until)
    }

    /// Replaces the validators' peers; who is no longer registered is disconnected.
    pub(crate) fn set_validators(&mut self, validators: BTreeSet<PeerId>) {
        self.validators = validators;
        let leaving: Vec<PeerId> = self
            .established
            .keys()
            .filter(|peer| !self.is_registered(peer))
            .copied()
            .collect();
        for peer in leaving {
            self.close(peer);
        }
        let (configured, validators) = (&self.configured, &self.validators);
        self.bans
            .retain(|peer, _| configured.contains(peer) || validators.contains(peer));
    }

    /// Disconnects a peer and keeps it out for [`BAN`].
    pub(crate) fn ban(&mut self, peer: PeerId) {
        let now = Instant::now();
        self.bans.retain(|_, until| now < *until);
        if self.is_registered(&peer) {
            self.bans.insert(peer, now + BAN);
        }
        self.close(peer);
    }

    /// Ends every connection with a peer.
    pub(crate) fn close(&mut self, peer: PeerId) {
        self.closing.push_back((peer, CloseConnection::All));
    }

    fn check(&self, peer: &PeerId) -> Result<(), Refusal> {
        if !self.is_registered(peer) {
            Err(Refusal::Unregistered)
        } else if self.is_banned(peer) {
            Err(Refusal::Banned)
        } else {
            Ok(())
        }
    }

    fn check_handshake(&self, from: Option<IpAddr>) -> Result<(), Refusal> {
        let same = self.handshakes.values().filter(|ip| **ip == from).count();
        if self.handshakes.len() >= HANDSHAKES_MAX || same >= HANDSHAKES_PER_ADDRESS_MAX {
            Err(Refusal::Handshakes)
        } else {
            Ok(())
        }
    }

    fn admit(&self, peer: PeerId) -> Result<dummy::ConnectionHandler, ConnectionDenied> {
        self.check(&peer).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }
}

impl NetworkBehaviour for Admission {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let from = socket_address(remote).map(|address| address.ip());
        self.check_handshake(from).map_err(ConnectionDenied::new)?;
        self.handshakes.insert(connection, from);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.handshakes.remove(&connection);
        self.admit(peer)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(peer)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(established) => {
                let connections = self.established.entry(established.peer_id).or_default();
                connections.push_back(established.connection_id);
                while connections.len() > PEER_CONNECTIONS_MAX {
                    if let Some(oldest) = connections.pop_front() {
                        let close = CloseConnection::One(oldest);
                        self.closing.push_back((established.peer_id, close));
                    }
                }
            }
            FromSwarm::ConnectionClosed(closed) => {
                if let Some(connections) = self.established.get_mut(&closed.peer_id) {
                    connections.retain(|connection| *connection != closed.connection_id);
                    if connections.is_empty() {
                        self.established.remove(&closed.peer_id);
                    }
                }
            }
            FromSwarm::ListenFailure(failure) => {
                self.handshakes.remove(&failure.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        match self.closing.pop_front() {
            Some((peer_id, connection)) => Poll::Ready(ToSwarm::CloseConnection {
                peer_id,
                connection,
            }),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handshakes_under_way_are_bounded_per_address_and_in_all() {
        let mut admission = Admission::default();
        let local: Multiaddr = "/ip4/10.0.0.1/tcp/7100".parse().unwrap();
        let mut open = |ip: u8, id: usize| {
            let remote: Multiaddr = format!("/ip4/10.0.1.{ip}/tcp/4000").parse().unwrap();
            let connection = ConnectionId::new_unchecked(id);
            admission
                .handle_pending_inbound_connection(connection, &local, &remote)
                .is_ok()
        };
        for id in 0..HANDSHAKES_PER_ADDRESS_MAX {
            assert!(open(1, id));
        }
        assert!(!open(1, 900));
        let mut opened = HANDSHAKES_PER_ADDRESS_MAX;
        for ip in 2..=255 {
            opened += usize::from(open(ip, 1000 + usize::from(ip)));
        }
        assert_eq!(opened, HANDSHAKES_MAX);
    }
}
