//! The runtime: the one loop that turns what happens into the replica's inputs, and its effects into deeds.
//!
//! The loop runs on the thread that calls [`run`], and so does the replica, whose inputs may take a while (it executes
//! blocks and syncs the consensus log). Sockets, HTTP, signatures and the state database have threads of their own; a
//! signature or two that come while nothing else waits are verified by the loop.
//!
//! What always holds:
//! - one input at a time, and its effects in order, before the next input;
//! - the replica makes durable what must be durable before it gives the effect that speaks of it; when it cannot, it
//!   gives [`ReplicaEffect::Halt`], and nothing is sent after that;
//! - a request of a peer and a submission from the API are answered once or dropped with their channel;
//! - every queue in between is bounded, and the loop waits only for queues whose readers never wait for it.

mod driver;
mod submissions;
mod timers;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledger_core::genesis::Genesis;
use ledger_core::signature::SecretKey;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::api::{self, Api, SUBMISSIONS_QUEUED_MAX, Submissions, ToReplica};
use crate::config::NodeConfig;
use crate::network::{self, Network, NetworkCommand, NetworkConfig, NetworkError};
use crate::replica::{Fault, Replica, ReplicaConfig};
use crate::storage::{Storage, StorageError};
use driver::Driver;

pub use driver::INBOUND_REQUESTS_MAX;
pub use submissions::SUBMISSIONS_PENDING_MAX;

/// How long the parts of a node may take to end before they are left behind.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything a node is started from.
#[derive(Clone, Debug)]
pub struct NodeSetup {
    /// Its configuration.
    pub config: NodeConfig,
    /// The genesis document, checked.
    pub genesis: Genesis,
    /// The key that votes.
    pub consensus_key: SecretKey,
    /// The key that names the node in the network.
    pub peer_key: SecretKey,
}

/// Where a node listens; with the ports that were taken when 0 was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Other nodes.
    pub network: SocketAddr,
    /// Wallets and offices.
    pub api: SocketAddr,
}

/// Why a node did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The network did not start.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The API's address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    ApiListen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The system does not give what a process needs.
    #[error("the process could not be set up: {0}")]
    Start(std::io::Error),
    /// The node stopped itself, because going on could break a promise.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// A part of the node has ended although nobody told it to.
    #[error("the node's {part} ended unexpectedly; this is a bug")]
    PartEnded {
        /// Which.
        part: &'static str,
    },
}

/// The node's clock: milliseconds since 1970-01-01T00:00Z; 0 on a machine whose clock is before that.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// Runs a node until `stop` is ready or the node stops itself. `started` is told where it listens, once it does. To be
/// called on a thread that may block: the replica runs on it.
///
/// # Errors
/// See [`RuntimeError`].
pub async fn run(
    setup: NodeSetup,
    stop: impl Future<Output = ()>,
    started: impl FnOnce(Addresses),
) -> Result<(), RuntimeError> {
    let (mut driver, parts) = start(setup).await?;
    started(parts.addresses);
    let outcome = driver.run(stop).await;
    parts.stop(driver).await;
    outcome
}

/// The parts of a node that run beside the loop.
struct Parts {
    addresses: Addresses,
    network: JoinHandle<()>,
    commands: mpsc::Sender<NetworkCommand>,
    api: JoinHandle<std::io::Result<()>>,
    stop_api: watch::Sender<bool>,
}

async fn start(setup: NodeSetup) -> Result<(Driver, Parts), RuntimeError> {
    let NodeSetup {
        config,
        genesis,
        consensus_key,
        peer_key,
    } = setup;
    let chain_id = genesis.chain_id();
    let opened = Storage::open(&config.data, chain_id, config.state_engine)?;
    if let Some(reason) = &opened.discarded {
        tracing::warn!(reason, "the derived state is rebuilt from the blocks");
    }
    if let Some(torn) = &opened.torn_tail {
        tracing::info!(
            ?torn,
            "the end of the consensus log was torn off by a crash"
        );
    }
    if let Some(torn) = &opened.torn_block {
        tracing::warn!(
            path = %torn.path.display(), offset = torn.offset, height = torn.height.0,
            "the newest block in the journal was torn off by a crash, or is damaged: it is decided again, or fetched from peers"
        );
    }
    let (blocks, state) = (
        Arc::clone(&opened.storage.blocks),
        Arc::clone(&opened.storage.state),
    );
    let address = config.api_listen;
    let api_failed = |source| RuntimeError::ApiListen { address, source };
    let listener = TcpListener::bind(address).await.map_err(api_failed)?;
    let api_address = listener.local_addr().map_err(api_failed)?;
    let network = network::start(NetworkConfig {
        chain_id,
        key: peer_key,
        listen: config.network_listen,
        known_peers: config.bootstrap_peers.clone(),
        observers: config.observers.clone(),
        request_timeout: config.request_timeout,
    })
    .await?;
    let addresses = Addresses {
        network: network.listen_address,
        api: api_address,
    };
    let replica = Replica::open(
        replica_config(&config, consensus_key),
        genesis.clone(),
        opened.storage,
    )?;
    let (status, status_out) = watch::channel(Arc::new(replica.status()));
    let (to_replica, submissions) = mpsc::channel::<ToReplica>(SUBMISSIONS_QUEUED_MAX);
    let fates = Arc::new(Submissions::default());
    let (stop_api, stopped) = watch::channel(false);
    let api = Api {
        genesis: Arc::new(genesis),
        blocks,
        state: Arc::clone(&state),
        status: status_out,
        to_replica,
        submissions: Arc::clone(&fates),
        clock: Arc::new(now_ms),
        checkpoint: config.checkpoint.clone(),
    };
    let api = tokio::spawn(api::serve(listener, api, stopped));
    let Network {
        commands,
        events,
        task,
        ..
    } = network;
    let channels = driver::Channels {
        commands: commands.clone(),
        events,
        submissions,
        status,
    };
    let driver = Driver::new(channels, replica, fates);
    let parts = Parts {
        addresses,
        network: task,
        commands,
        api,
        stop_api,
    };
    Ok((driver, parts))
}

fn replica_config(config: &NodeConfig, key: SecretKey) -> ReplicaConfig {
    let mut replica = ReplicaConfig::new(key);
    replica.timeouts = config.timeouts;
    replica.heartbeat_ms = config
        .heartbeat
        .map(|heartbeat| u64::try_from(heartbeat.as_millis()).unwrap_or(u64::MAX));
    let (bounds, mempool) = (&config.mempool, &mut replica.mempool);
    mempool.ready.count_max = bounds.transactions_max;
    mempool.ready.bytes_max = bounds.bytes_max;
    mempool.waiting.count_max = bounds.waiting_transactions_max;
    mempool.waiting.bytes_max = bounds.waiting_bytes_max;
    replica
}

impl Parts {
    /// Ends the parts, each within [`STOP_TIMEOUT`].
    async fn stop(self, driver: Driver) {
        let _ = self.stop_api.send(true);
        // Submissions that still come in are refused: nobody takes them any more.
        drop(driver);
        if tokio::time::timeout(STOP_TIMEOUT, self.api).await.is_err() {
            tracing::warn!("requests under way were cut off");
        }
        let _ = self.commands.send(NetworkCommand::Shutdown).await;
        if tokio::time::timeout(STOP_TIMEOUT, self.network)
            .await
            .is_err()
        {
            tracing::warn!("the network did not end in time");
        }
    }
}
