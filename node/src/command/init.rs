//! `init`: keys, configuration and genesis document of a new node, and what to send to the city.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use ledger_core::genesis::Genesis;
use ledger_core::signature::SecretKey;
use ledger_core::validator::ValidatorAddress;

use super::{Outcome, Terminal};
use crate::config::{CONFIG_FILE, NodeConfig};
use crate::consensus::LastSigned;
use crate::genesis;
use crate::keys::{self, KeyFileError};
use crate::message::{Message, catalogue};
use crate::storage::directory::Directory;
use crate::storage::last_signed::LastSignedStore;

/// Whose directories these are is nobody's business but the node's.
const DIRECTORY_MODE: u32 = 0o700;

pub(super) fn init(
    home: &Path,
    genesis_file: Option<&Path>,
    terminal: &mut Terminal<'_>,
) -> Outcome {
    match prepare(home, genesis_file, terminal) {
        Ok(()) => Outcome::Done,
        Err(message) => {
            terminal.complain(&message);
            Outcome::Failed
        }
    }
}

fn prepare(
    home: &Path,
    genesis_file: Option<&Path>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Message> {
    let genesis = genesis_file
        .map(|path| genesis::load(path, None))
        .transpose()
        .map_err(|error| error.message())?;
    let config = NodeConfig::defaults(home);
    make_directory(home)?;
    make_directory(&home.join("keys"))?;
    let consensus_key = consensus_key(&config, terminal)?;
    let peer_key = match keys::create(&config.peer_key) {
        Err(KeyFileError::Exists { path }) => kept(&path, terminal)?,
        created => created.map_err(|error| error.message())?,
    };
    if let Some(genesis) = &genesis {
        write_genesis(&config, genesis, terminal)?;
    }
    let path = home.join(CONFIG_FILE);
    let template = template(terminal, genesis.as_ref());
    write_new(&path, template.as_bytes(), terminal)?;
    let public = consensus_key.public_key();
    terminal.say(&Message::new("init_done").path("home", home));
    terminal.say(
        &Message::new("init_send")
            .text("consensus_key", public)
            .text("peer_key", peer_key.public_key())
            .text("address", ValidatorAddress::of(&public)),
    );
    terminal.say(
        &Message::new("init_next")
            .path("home", home)
            .path("config", &path),
    );
    Ok(())
}

/// The key that votes. A new one comes with the record that it has signed nothing yet: without a record the node could
/// not know and would only observe.
fn consensus_key(config: &NodeConfig, terminal: &mut Terminal<'_>) -> Result<SecretKey, Message> {
    if config.consensus_key.exists() {
        return kept(&config.consensus_key, terminal);
    }
    let data = Directory::lock(&config.data).map_err(|error| error.message())?;
    // If we crash here, there is a record without a key; the next init makes both anew.
    LastSignedStore::open(&data)
        .and_then(|record| record.store(&LastSigned::NOTHING.encode()))
        .map_err(|error| error.message())?;
    keys::create(&config.consensus_key).map_err(|error| error.message())
}

fn kept(path: &Path, terminal: &mut Terminal<'_>) -> Result<SecretKey, Message> {
    let key = keys::load(path).map_err(|error| error.message())?;
    terminal.say(&Message::new("init_kept").path("path", path));
    Ok(key)
}

fn write_genesis(
    config: &NodeConfig,
    genesis: &Genesis,
    terminal: &mut Terminal<'_>,
) -> Result<(), Message> {
    if config.genesis.exists() {
        genesis::load(&config.genesis, Some(genesis.chain_id()))
            .map_err(|error| error.message())?;
    }
    let text = serde_json::to_vec_pretty(genesis).expect("a genesis document is JSON");
    write_new(&config.genesis, &text, terminal)
}

fn make_directory(path: &Path) -> Result<(), Message> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY_MODE)
        .create(path);
    made.map_err(|error| not_written(path, &error))
}

/// Writes a file that is not there yet; one that is stays as it is.
fn write_new(path: &Path, bytes: &[u8], terminal: &mut Terminal<'_>) -> Result<(), Message> {
    use std::io::Write;
    let opened = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            terminal.say(&Message::new("init_kept").path("path", path));
            return Ok(());
        }
        opened => opened.map_err(|error| not_written(path, &error))?,
    };
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &io::Error) -> Message {
    Message::new("init_not_written")
        .path("path", path)
        .text("reason", error)
}

/// A configuration file with the defaults written out as comments.
fn template(terminal: &Terminal<'_>, genesis: Option<&Genesis>) -> String {
    let chain_id = match genesis {
        Some(genesis) => format!("id = \"{}\"", genesis.chain_id()),
        None => "#id = \"\"".to_owned(),
    };
    let comment = |id: &'static str| {
        let text = catalogue(terminal.language).render(id, &Default::default());
        let lines: Vec<String> = text.lines().map(|line| format!("# {line}")).collect();
        lines.join("\n")
    };
    let defaults = NodeConfig::defaults(Path::new(""));
    format!(
        r#"{head}

[chain]
{chain}
genesis = "genesis.json"
{chain_id}

[network]
{listen}
listen = "{network_listen}"
{peers}
bootstrap_peers = []
{observers}
observers = []

[api]
{api}
listen = "{api_listen}"

[log]
{log}
format = "text"
level = "info"

[storage]
{storage}
directory = "data"
engine = "redb"

[mempool]
{mempool}
#transactions_max = {transactions_max}
#bytes_max = {bytes_max}

[consensus]
{heartbeat}
#heartbeat_interval_ms = {heartbeat_ms}
"#,
        head = comment("template_head"),
        chain = comment("template_chain"),
        listen = comment("template_listen"),
        network_listen = defaults.network_listen,
        peers = comment("template_peers"),
        observers = comment("template_observers"),
        api = comment("template_api"),
        api_listen = defaults.api_listen,
        log = comment("template_log"),
        storage = comment("template_storage"),
        mempool = comment("template_mempool"),
        transactions_max = defaults.mempool.transactions_max,
        bytes_max = defaults.mempool.bytes_max,
        heartbeat = comment("template_heartbeat"),
        heartbeat_ms = defaults
            .heartbeat
            .map_or(0, |heartbeat| heartbeat.as_millis()),
    )
}
