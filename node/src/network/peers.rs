//! Who may connect, and who is called.
//!
//! The network is permissioned: a connection is refused as soon as its handshake has shown a key that is neither a
//! current validator's peer key nor named in the configuration, or that is banned for a while. What always holds: no
//! refused peer opens a stream; at most [`PEER_CONNECTIONS_MAX`] connections to one peer, the newest kept (a restarted
//! peer's old connection may take long to die); handshakes under way are bounded; a known address is called forever,
//! at most every [`DIAL_DELAY_MAX`] while it fails.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::task::{Context, Poll};
use std::time::Duration;

use ledger_core::signature::PublicKey;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId, identity};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Peers the configuration may name, bootstrap and observers together.
pub const CONFIGURED_PEERS_MAX: usize = 256;
/// Addresses kept for one peer.
pub const PEER_ADDRESSES_MAX: usize = 8;
/// Connections kept with one peer: one each way when both call at once.
pub const PEER_CONNECTIONS_MAX: usize = 2;
/// Inbound handshakes under way, from all addresses.
pub const HANDSHAKES_MAX: usize = 256;
/// Inbound handshakes under way from one address; twice the largest full mesh on one machine.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 32;
/// How long a peer that misbehaved stays out.
pub const BAN: Duration = Duration::from_secs(60);
/// The wait after the first failed call; it doubles with each further one.
pub const DIAL_DELAY_FIRST: Duration = Duration::from_millis(100);
/// The longest wait between two calls.
pub const DIAL_DELAY_MAX: Duration = Duration::from_secs(5);
/// A connection that lasted this long counts as a success: the next call comes at once.
const CONNECTION_STABLE: Duration = Duration::from_secs(10);

/// The longest host name (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// Where a peer listens: a host name or IP address, and a TCP port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerAddress {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// A peer that is named in the configuration: its key, and where it listens if it is to be called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownPeer {
    /// Its peer key.
    pub key: PublicKey,
    /// Where it listens.
    pub address: PeerAddress,
}

/// A text that names no address or peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerAddressError {
    /// No `@` between key and address.
    #[error("write it as <peer key, 64 hex digits>@<host>:<port>")]
    NoKey,
    /// The key is not 64 hex digits.
    #[error("the part before @ is not a peer key of 64 hex digits")]
    Key,
    /// The address is not host and port.
    #[error("the address is not <host>:<port> with a port between 1 and 65535")]
    Address,
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let (host, port) = text.rsplit_once(':').ok_or(PeerAddressError::Address)?;
        let host = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().map_err(|_| PeerAddressError::Address)?;
        if host.is_empty() || host.len() > HOST_BYTES_MAX || port == 0 {
            return Err(PeerAddressError::Address);
        }
        Ok(PeerAddress {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> PeerAddress {
        PeerAddress {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl FromStr for KnownPeer {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let (key, address) = text.split_once('@').ok_or(PeerAddressError::NoKey)?;
        Ok(KnownPeer {
            key: key.parse().map_err(|_| PeerAddressError::Key)?,
            address: address.parse()?,
        })
    }
}

impl fmt::Display for KnownPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key, self.address)
    }
}

impl Serialize for KnownPeer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KnownPeer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The name libp2p has for a peer key; none when the key is no point of the curve.
pub(crate) fn peer_id(key: &PublicKey) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&key.0).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The peer key behind libp2p's name; none for keys of other kinds.
pub(crate) fn peer_key(peer: &PeerId) -> Option<PublicKey> {
    const IDENTITY_HASH: u64 = 0;
    let hash = peer.as_ref();
    if hash.code() != IDENTITY_HASH {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(PublicKey(key.try_into_ed25519().ok()?.to_bytes()))
}

/// The IP address and port of a multiaddress such as `/ip4/127.0.0.1/tcp/7000`.
pub(crate) fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// The multiaddress of an IP address and port.
pub(crate) fn multiaddress(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

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

    pub(crate) fn is_validator(&self, peer: &PeerId) -> bool {
        self.validators.contains(peer)
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DialState {
    Waiting { until: Instant },
    Dialing,
    Connected { since: Instant },
}

#[derive(Debug)]
struct DialTarget {
    /// Configured ones first, then learnt ones; at most [`PEER_ADDRESSES_MAX`].
    addresses: Vec<PeerAddress>,
    failures: u32,
    state: DialState,
}

/// When to call whom.
#[derive(Debug, Default)]
pub(crate) struct DialSchedule {
    targets: BTreeMap<PeerId, DialTarget>,
}

impl DialSchedule {
    /// Remembers an address of a peer, to be called at once if the peer is new.
    pub(crate) fn learn(&mut self, peer: PeerId, address: PeerAddress, now: Instant) {
        let target = self.targets.entry(peer).or_insert_with(|| DialTarget {
            addresses: Vec::new(),
            failures: 0,
            state: DialState::Waiting { until: now },
        });
        if !target.addresses.contains(&address) && target.addresses.len() < PEER_ADDRESSES_MAX {
            target.addresses.push(address);
        }
    }

    /// Forgets the peers that are no longer registered.
    pub(crate) fn retain(&mut self, is_registered: impl Fn(&PeerId) -> bool) {
        self.targets.retain(|peer, _| is_registered(peer));
    }

    /// The peers to call now; each is taken to be under way until [`Self::failed`] or [`Self::connected`].
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<(PeerId, Vec<PeerAddress>)> {
        let mut due = Vec::new();
        for (peer, target) in &mut self.targets {
            if matches!(target.state, DialState::Waiting { until } if until <= now) {
                target.state = DialState::Dialing;
                due.push((*peer, target.addresses.clone()));
            }
        }
        due
    }

    /// When [`Self::take_due`] next has something.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.targets
            .values()
            .filter_map(|target| match target.state {
                DialState::Waiting { until } => Some(until),
                DialState::Dialing | DialState::Connected { .. } => None,
            })
            .min()
    }

    pub(crate) fn connected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer)
            && !matches!(target.state, DialState::Connected { .. })
        {
            target.state = DialState::Connected { since: now };
        }
    }

    /// A call failed; without effect when the peer is connected the other way.
    pub(crate) fn failed(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer)
            && target.state == DialState::Dialing
        {
            target.wait(now);
        }
    }

    /// The last connection with a peer ended.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(target) = self.targets.get_mut(peer) {
            if let DialState::Connected { since } = target.state
                && now.duration_since(since) >= CONNECTION_STABLE
            {
                target.failures = 0;
            }
            target.wait(now);
        }
    }
}

impl DialTarget {
    fn wait(&mut self, now: Instant) {
        let doublings = self.failures.min(16);
        let delay = DIAL_DELAY_FIRST
            .saturating_mul(1 << doublings)
            .min(DIAL_DELAY_MAX);
        self.failures = self.failures.saturating_add(1);
        self.state = DialState::Waiting { until: now + delay };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::signature::SecretKey;

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed(&[seed; 32]).public_key()
    }

    fn address(port: u16) -> PeerAddress {
        PeerAddress::from(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    #[test]
    fn a_key_survives_the_way_to_libp2p_and_back() {
        let key = key(3);
        assert_eq!(peer_key(&peer_id(&key).unwrap()), Some(key));
        assert_eq!(peer_key(&PeerId::random()), None);
    }

    #[test]
    fn reads_peers_as_written_in_the_configuration() {
        let text = format!("{}@node-2.city.example:7100", key(1));
        let peer: KnownPeer = text.parse().unwrap();
        assert_eq!(peer.address.host, "node-2.city.example");
        assert_eq!(peer.to_string(), text);
        let peer: KnownPeer = format!("{}@[::1]:7100", key(1)).parse().unwrap();
        assert_eq!(peer.address.to_string(), "[::1]:7100");
        for (text, error) in [
            ("127.0.0.1:7100".to_owned(), PeerAddressError::NoKey),
            ("abc@127.0.0.1:7100".to_owned(), PeerAddressError::Key),
            (format!("{}@host", key(1)), PeerAddressError::Address),
            (format!("{}@host:0", key(1)), PeerAddressError::Address),
            (format!("{}@:7100", key(1)), PeerAddressError::Address),
        ] {
            assert_eq!(text.parse::<KnownPeer>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_failing_peer_is_called_forever_with_a_bounded_wait() {
        let mut schedule = DialSchedule::default();
        let peer = peer_id(&key(1)).unwrap();
        let mut now = Instant::now();
        schedule.learn(peer, address(7100), now);
        let mut waits = Vec::new();
        for _ in 0..10 {
            assert_eq!(schedule.take_due(now).len(), 1);
            assert!(schedule.take_due(now).is_empty(), "one call at a time");
            schedule.failed(&peer, now);
            let next = schedule.next_due().unwrap();
            waits.push(next.duration_since(now).as_millis());
            now = next;
        }
        assert_eq!(
            waits,
            [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]
        );
    }

    #[test]
    fn a_stable_connection_resets_the_wait() {
        let mut schedule = DialSchedule::default();
        let peer = peer_id(&key(1)).unwrap();
        let now = Instant::now();
        schedule.learn(peer, address(7100), now);
        for _ in 0..6 {
            schedule.failed(&peer, now);
            schedule.take_due(now + DIAL_DELAY_MAX);
        }
        schedule.connected(&peer, now);
        assert_eq!(schedule.next_due(), None);
        let later = now + CONNECTION_STABLE;
        schedule.disconnected(&peer, later);
        assert_eq!(schedule.next_due(), Some(later + DIAL_DELAY_FIRST));
    }

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
