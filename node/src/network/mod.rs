//! The network: who is connected, and how bytes get from one node to another.
//!
//! One thread owns the sockets, with an executor of its own: a message that came is decrypted, cut out and handed on
//! without a change of threads. Commands go in and events come out through bounded channels; what the bytes mean is the
//! business of the runtime and the replica. Messages to all go straight to every connected peer ([`direct`]), votes before
//! transactions; everything fetched goes by requests. The network is permissioned ([`admission`]).
//!
//! What always holds:
//! - a peer is announced once it can be reached by every kind of message, and its end is announced once; one that comes and goes
//!   faster than the news of it is taken is disconnected unannounced;
//! - `from` of an event is proven by the connection;
//! - every request is answered by exactly one [`NetworkEvent::Response`], be it an error;
//! - bytes from a peer are bounded before they are allocated for, and never cause a panic;
//! - when the events are not taken, no more messages are read from the peers whose share of the room for them is taken, nor are
//!   their requests kept ([`share`]), and commands are still taken; transactions wait apart from all other events, within a
//!   bound of their own, and are dropped beyond it ([`inbox`]).

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use ledger_core::id::ChainId;
use ledger_core::signature::{PublicKey, SecretKey};
use libp2p::request_response::ResponseChannel;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::replica::Topic;

pub mod admission;
mod behaviour;
pub mod dialling;
mod direct;
pub(crate) mod drops;
mod events;
mod frame;
pub mod inbox;
pub mod peers;
pub mod requests;
mod service;
pub mod share;
#[cfg(test)]
mod tests;
mod topics;
mod transport;
mod turns;

pub use frame::{
    FrameBytes, FrameError, FrameReader, PEER_QUEUE_BYTES_MAX, PEER_QUEUE_FRAMES_MAX,
    PEER_TRANSACTIONS_BYTES_MAX, PEER_TRANSACTIONS_FRAMES_MAX, ReadEnd, frame,
};
pub use inbox::Events;
pub use peers::{KnownPeer, PeerAddress};
pub use requests::RequestError;

/// Commands that wait for the network.
pub const COMMANDS_MAX: usize = 1024;
/// Requests of this node under way.
pub const REQUESTS_MAX: usize = 256;

/// What the network needs to start.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// The chain: nodes of another one have no protocol in common with this node.
    pub chain_id: ChainId,
    /// This node's peer key.
    pub key: SecretKey,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Peers to admit and to call.
    pub known_peers: Vec<KnownPeer>,
    /// Further peers to admit.
    pub observers: Vec<PublicKey>,
    /// How long a request waits for its response.
    pub request_timeout: Duration,
}

/// What the network is told to do.
#[derive(Debug)]
pub enum NetworkCommand {
    /// Send a message to all peers.
    Publish {
        /// Of this kind.
        topic: Topic,
        /// At most [`Topic::bytes_max`] bytes.
        data: Vec<u8>,
    },
    /// Send a message to one peer, straight; dropped when it is not connected.
    Send {
        /// To whom.
        peer: PublicKey,
        /// Of this kind.
        topic: Topic,
        /// At most [`Topic::bytes_max`] bytes.
        data: Vec<u8>,
    },
    /// Ask one peer.
    SendRequest {
        /// Whom.
        peer: PublicKey,
        /// Comes back with the response; chosen by the caller.
        request_id: u64,
        /// At most [`crate::replica::messages::REQUEST_BYTES_MAX`] bytes.
        data: Vec<u8>,
    },
    /// Answer a peer.
    Respond {
        /// From the request.
        channel: ReplyChannel,
        /// At most [`crate::replica::messages::RESPONSE_BYTES_MAX`] bytes.
        data: Vec<u8>,
    },
    /// The peer keys of the current validators; whoever is neither here nor configured is disconnected.
    SetAllowedPeers(BTreeSet<PublicKey>),
    /// The peer sent what no honest node sends: disconnect it and keep it out for [`admission::BAN`].
    Penalise(PublicKey),
    /// Close all connections and end.
    Shutdown,
}

/// What the network reports.
#[derive(Debug)]
pub enum NetworkEvent {
    /// A message to all.
    Message {
        /// Who sent it.
        from: PublicKey,
        /// Its kind.
        topic: Topic,
        /// Its bytes, within the kind's bound.
        data: Vec<u8>,
    },
    /// A peer asks.
    Request {
        /// Who.
        from: PublicKey,
        /// Where the answer goes; dropped, the peer's request fails.
        channel: ReplyChannel,
        /// At most [`crate::replica::messages::REQUEST_BYTES_MAX`] bytes.
        data: Vec<u8>,
    },
    /// The end of a request of this node.
    Response {
        /// As given to [`NetworkCommand::SendRequest`].
        request_id: u64,
        /// At most [`crate::replica::messages::RESPONSE_BYTES_MAX`] bytes, or why not.
        result: Result<Vec<u8>, RequestError>,
        /// From when it was handed to the peer's connection until the answer was there.
        took: Duration,
    },
    /// From now on the peer is reached by messages and requests.
    PeerConnected(PublicKey),
    /// The peer is no longer reached.
    PeerDisconnected(PublicKey),
}

impl NetworkEvent {
    /// The peer whose doing it is; none for the end of a request of this node.
    pub const fn peer(&self) -> Option<PublicKey> {
        match self {
            NetworkEvent::Message { from, .. } | NetworkEvent::Request { from, .. } => Some(*from),
            NetworkEvent::PeerConnected(peer) | NetworkEvent::PeerDisconnected(peer) => Some(*peer),
            NetworkEvent::Response { .. } => None,
        }
    }

    /// How many bytes it brings.
    pub fn length(&self) -> usize {
        match self {
            NetworkEvent::Message { data, .. } | NetworkEvent::Request { data, .. } => data.len(),
            NetworkEvent::Response { result, .. } => result.as_ref().map_or(0, Vec::len),
            NetworkEvent::PeerConnected(_) | NetworkEvent::PeerDisconnected(_) => 0,
        }
    }
}

/// Where the answer to one request goes.
#[derive(Debug)]
pub struct ReplyChannel(ResponseChannel<Vec<u8>>);

impl ReplyChannel {
    /// Whether the peer still waits.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }
}

/// Why the network did not start.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A configured key is not an Ed25519 public key.
    #[error("peer key {key} is not a point of the curve")]
    PeerKey {
        /// The key.
        key: PublicKey,
    },
    /// More configured peers than [`peers::CONFIGURED_PEERS_MAX`].
    #[error(
        "{count} peers are configured, at most {} are allowed",
        peers::CONFIGURED_PEERS_MAX
    )]
    TooManyPeers {
        /// How many.
        count: usize,
    },
    /// The transport could not be set up.
    #[error("the transport could not be set up: {reason}")]
    Transport {
        /// Why.
        reason: String,
    },
}

/// A running network.
#[derive(Debug)]
pub struct Network {
    /// Commands go in here; when it is dropped, the network ends.
    pub commands: mpsc::Sender<NetworkCommand>,
    /// Events come out here.
    pub events: Events,
    /// Where the node listens; with the port that was taken when 0 was asked for.
    pub listen_address: SocketAddr,
    /// The task; it ends after [`NetworkCommand::Shutdown`].
    pub task: JoinHandle<()>,
}

/// Starts the network and waits until it listens.
///
/// # Errors
/// See [`NetworkError`].
pub async fn start(config: NetworkConfig) -> Result<Network, NetworkError> {
    let (commands, commands_in) = mpsc::channel(COMMANDS_MAX);
    let (events_out, transactions_out, events) = inbox::inbox();
    let (started, listening) = oneshot::channel();
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(transport::transport_error)?;
    let serve =
        async move {
            let (service, outcome) =
                match service::Service::start(config, commands_in, events_out, transactions_out)
                    .await
                {
                    Ok((service, listen_address)) => (Some(service), Ok(listen_address)),
                    Err(error) => (None, Err(error)),
                };
            let asked_for = started.send(outcome).is_ok();
            if let Some(service) = service.filter(|_| asked_for) {
                service.run().await;
            }
        };
    let task = tokio::task::spawn_blocking(move || executor.block_on(serve));
    let listen_address = listening.await.map_err(|_| {
        transport::transport_error("the thread of the network ended before it listened")
    })??;
    Ok(Network {
        commands,
        events,
        listen_address,
        task,
    })
}
