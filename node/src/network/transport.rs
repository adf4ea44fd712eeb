//! Setting up the transport: TCP, Noise, Yamux, their bounds, the listening socket, and looking up host names.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, identity, noise, tcp, yamux};

use super::behaviour::Behaviour;
use super::peers::{PeerAddress, multiaddress, socket_address};
use super::topics::ProtocolNames;
use super::{NetworkConfig, NetworkError};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a host name's look-up may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// Addresses one look-up may yield.
const LOOKUP_ADDRESSES_MAX: usize = 16;
/// Streams under negotiation on one connection.
const NEGOTIATING_STREAMS_MAX: usize = 64;
/// Streams open on one connection: requests both ways, direct, identify and ping.
const CONNECTION_STREAMS_MAX: usize = 128;

pub(super) fn swarm(
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

pub(super) fn transport_error(error: impl std::fmt::Display) -> NetworkError {
    NetworkError::Transport {
        reason: error.to_string(),
    }
}

/// Listens, and waits for the address that was taken.
pub(super) async fn listen(
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

pub(super) async fn look_up(peer: PeerId, addresses: Vec<PeerAddress>) -> (PeerId, Vec<Multiaddr>) {
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
