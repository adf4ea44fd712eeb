//! The node's configuration: `node.toml` in the home directory, environment variables over it, defaults below.
//!
//! Relative paths start at the home directory. What always holds: every key has one type and named bounds; an unknown
//! key or a value out of bounds stops the node with the key, the value, what was expected and where it was written.

mod settings;

use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger_core::id::ChainId;
use ledger_core::signature::PublicKey;

use crate::consensus::TimeoutConfig;
use crate::network::KnownPeer;
use crate::network::peers::CONFIGURED_PEERS_MAX;
use crate::storage::Engine;
use settings::Settings;

pub use settings::{ConfigProblem, ENVIRONMENT_PREFIX, Origin, variable};

/// The configuration file's name in the home directory.
pub const CONFIG_FILE: &str = "node.toml";
/// Bytes of a configuration file.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;
/// Milliseconds of any timeout.
const TIMEOUT_MS_MAX: u64 = 600_000;
/// Milliseconds between two heartbeat blocks: a day, because wallets refuse proofs that are older.
const HEARTBEAT_MS_MAX: u64 = 24 * 3600 * 1000;
/// How often an empty block is made when nothing is configured: an idle city must not lock its wallets out.
const HEARTBEAT_DEFAULT: Duration = Duration::from_hours(1);
/// Transactions the mempool may be told to hold.
const MEMPOOL_TRANSACTIONS_MAX: u64 = 1_000_000;
/// Bytes the mempool may be told to hold.
const MEMPOOL_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// Every key there is.
pub const KEYS: &[&str] = &[
    "chain.genesis",
    "chain.id",
    "chain.checkpoint",
    "keys.consensus",
    "keys.peer",
    "storage.directory",
    "storage.engine",
    "network.listen",
    "network.bootstrap_peers",
    "network.observers",
    "network.request_timeout_ms",
    "api.listen",
    "log.format",
    "log.level",
    "mempool.transactions_max",
    "mempool.bytes_max",
    "mempool.waiting_transactions_max",
    "mempool.waiting_bytes_max",
    "consensus.propose_timeout_ms",
    "consensus.prevote_timeout_ms",
    "consensus.precommit_timeout_ms",
    "consensus.rebroadcast_interval_ms",
    "consensus.heartbeat_interval_ms",
];

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which log lines there are, and how they look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// How they look.
    pub format: LogFormat,
    /// Which ones, in the language of `tracing`'s filters: `info`, or `info,timebank_node::network=debug`.
    pub level: String,
}

/// How much the mempool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolBounds {
    /// Transactions that could be in the next block.
    pub transactions_max: usize,
    /// Their bytes.
    pub bytes_max: usize,
    /// Transactions that wait for another one.
    pub waiting_transactions_max: usize,
    /// Their bytes.
    pub waiting_bytes_max: usize,
}

/// A node's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// The home directory.
    pub home: PathBuf,
    /// The genesis document.
    pub genesis: PathBuf,
    /// The chain id the genesis document must have.
    pub chain_id: Option<ChainId>,
    /// The city's checkpoints, which are served to wallets; there need be none.
    pub checkpoint: PathBuf,
    /// The file of the key that votes.
    pub consensus_key: PathBuf,
    /// The file of the key that names the node in the network.
    pub peer_key: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// Which database holds the derived state.
    pub state_engine: Engine,
    /// Where other nodes connect.
    pub network_listen: SocketAddr,
    /// Nodes to call.
    pub bootstrap_peers: Vec<KnownPeer>,
    /// Further nodes that may connect, by their peer keys.
    pub observers: Vec<PublicKey>,
    /// How long a request to a peer may take.
    pub request_timeout: Duration,
    /// Where wallets and offices connect.
    pub api_listen: SocketAddr,
    /// Logs.
    pub log: LogConfig,
    /// How much the mempool holds.
    pub mempool: MempoolBounds,
    /// How long consensus waits.
    pub timeouts: TimeoutConfig,
    /// How often an empty block keeps light clients fresh; none when never.
    pub heartbeat: Option<Duration>,
}

impl NodeConfig {
    /// What a node in `home` does when nothing is configured.
    pub fn defaults(home: &Path) -> NodeConfig {
        const MIB: usize = 1024 * 1024;
        NodeConfig {
            home: home.to_path_buf(),
            genesis: home.join("genesis.json"),
            checkpoint: home.join("checkpoint.json"),
            chain_id: None,
            consensus_key: home.join("keys/consensus.key"),
            peer_key: home.join("keys/peer.key"),
            data: home.join("data"),
            state_engine: Engine::Redb,
            network_listen: SocketAddr::from(([0, 0, 0, 0], 7100)),
            bootstrap_peers: Vec::new(),
            observers: Vec::new(),
            request_timeout: Duration::from_secs(5),
            api_listen: SocketAddr::from(([127, 0, 0, 1], 7180)),
            log: LogConfig {
                format: LogFormat::Text,
                level: "info".to_owned(),
            },
            mempool: MempoolBounds {
                transactions_max: 20_000,
                bytes_max: 32 * MIB,
                waiting_transactions_max: 10_000,
                waiting_bytes_max: 16 * MIB,
            },
            timeouts: TimeoutConfig::default(),
            heartbeat: Some(HEARTBEAT_DEFAULT),
        }
    }

    /// Reads `node.toml` in `home`, with the process's environment over it.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn load(home: &Path) -> Result<NodeConfig, Vec<ConfigProblem>> {
        let path = home.join(CONFIG_FILE);
        let text = read(&path).map_err(|problem| vec![problem])?;
        // A variable whose name or value is not Unicode can be none of ours.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        NodeConfig::parse(home, &text, environment)
    }

    /// The configuration in `text`, the content of a `node.toml` in `home`, and `environment`.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn parse(
        home: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<NodeConfig, Vec<ConfigProblem>> {
        let mut settings = Settings::parse(KEYS, &home.join(CONFIG_FILE), text, environment)
            .map_err(|problem| vec![problem])?;
        let mut config = NodeConfig::defaults(home);
        config.read_places(&mut settings);
        config.read_network(&mut settings);
        config.read_log(&mut settings);
        config.read_bounds(&mut settings);
        let problems = settings.into_problems();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(problems)
        }
    }

    fn read_places(&mut self, settings: &mut Settings) {
        let home = self.home.clone();
        for (key, place) in [
            ("chain.genesis", &mut self.genesis),
            ("chain.checkpoint", &mut self.checkpoint),
            ("keys.consensus", &mut self.consensus_key),
            ("keys.peer", &mut self.peer_key),
            ("storage.directory", &mut self.data),
        ] {
            let default = place.clone();
            *place = settings.text(key, "expected_path", default, |text| {
                (!text.is_empty()).then(|| home.join(text))
            });
        }
        self.chain_id = settings.text("chain.id", "expected_chain_id", None, |text| {
            Some(Some(text.parse().ok()?))
        });
        let expected = if cfg!(feature = "sled") {
            "expected_engine_with_sled"
        } else {
            "expected_engine"
        };
        self.state_engine =
            settings.text(
                "storage.engine",
                expected,
                self.state_engine,
                |text| match text {
                    "redb" => Some(Engine::Redb),
                    #[cfg(feature = "sled")]
                    "sled" => Some(Engine::Sled),
                    _ => None,
                },
            );
    }

    fn read_network(&mut self, settings: &mut Settings) {
        for (key, address) in [
            ("network.listen", &mut self.network_listen),
            ("api.listen", &mut self.api_listen),
        ] {
            *address = settings.text(key, "expected_listen_address", *address, |text| {
                text.parse().ok()
            });
        }
        self.bootstrap_peers = settings.list(
            "network.bootstrap_peers",
            "expected_peers",
            CONFIGURED_PEERS_MAX / 2,
            |text| text.parse().ok(),
        );
        self.observers = settings.list(
            "network.observers",
            "expected_peer_keys",
            CONFIGURED_PEERS_MAX / 2,
            |text| text.parse().ok(),
        );
        self.request_timeout =
            milliseconds(settings, "network.request_timeout_ms", self.request_timeout);
    }

    fn read_log(&mut self, settings: &mut Settings) {
        self.log.format = settings.text(
            "log.format",
            "expected_log_format",
            self.log.format,
            |text| match text {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            },
        );
        let default = self.log.level.clone();
        self.log.level = settings.text("log.level", "expected_log_level", default, |text| {
            tracing_subscriber::EnvFilter::try_new(text)
                .is_ok()
                .then(|| text.to_owned())
        });
    }

    fn read_bounds(&mut self, settings: &mut Settings) {
        let mempool = &mut self.mempool;
        for (key, bound, bound_max, expected) in [
            (
                "mempool.transactions_max",
                &mut mempool.transactions_max,
                MEMPOOL_TRANSACTIONS_MAX,
                "expected_transactions",
            ),
            (
                "mempool.bytes_max",
                &mut mempool.bytes_max,
                MEMPOOL_BYTES_MAX,
                "expected_bytes",
            ),
            (
                "mempool.waiting_transactions_max",
                &mut mempool.waiting_transactions_max,
                MEMPOOL_TRANSACTIONS_MAX,
                "expected_transactions",
            ),
            (
                "mempool.waiting_bytes_max",
                &mut mempool.waiting_bytes_max,
                MEMPOOL_BYTES_MAX,
                "expected_bytes",
            ),
        ] {
            *bound = settings.number(key, expected, *bound, |number| {
                let bound_min = if bound_max == MEMPOOL_BYTES_MAX {
                    ledger_core::transaction::ENVELOPE_BYTES_MAX as u64
                } else {
                    1
                };
                (bound_min..=bound_max)
                    .contains(&number)
                    .then(|| usize::try_from(number).ok())?
            });
        }
        let timeouts = &mut self.timeouts;
        for (key, timeout) in [
            ("consensus.propose_timeout_ms", &mut timeouts.propose),
            ("consensus.prevote_timeout_ms", &mut timeouts.prevote),
            ("consensus.precommit_timeout_ms", &mut timeouts.precommit),
            (
                "consensus.rebroadcast_interval_ms",
                &mut timeouts.rebroadcast,
            ),
        ] {
            *timeout = milliseconds(settings, key, *timeout);
        }
        self.heartbeat = settings.number(
            "consensus.heartbeat_interval_ms",
            "expected_heartbeat",
            self.heartbeat,
            |number| match number {
                0 => Some(None),
                1_000..=HEARTBEAT_MS_MAX => Some(Some(Duration::from_millis(number))),
                _ => None,
            },
        );
    }
}

fn milliseconds(settings: &mut Settings, key: &'static str, default: Duration) -> Duration {
    settings.number(key, "expected_timeout", default, |number| {
        (1..=TIMEOUT_MS_MAX)
            .contains(&number)
            .then(|| Duration::from_millis(number))
    })
}

fn read(path: &Path) -> Result<String, ConfigProblem> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ConfigProblem::Missing {
            path: path.to_path_buf(),
        },
        _ => ConfigProblem::Unreadable {
            path: path.to_path_buf(),
            reason: error.to_string(),
        },
    };
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(CONFIG_BYTES_MAX).read_to_string(&mut text))
        .map_err(unreadable)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
