//! `config check`: everything that can be found wrong before a node starts, found at once.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use ledger_core::genesis::Genesis;
use ledger_core::validator::ValidatorAddress;

use super::{Outcome, Terminal};
use crate::config::{ConfigProblem, NodeConfig};
use crate::genesis;
use crate::keys;
use crate::message::Message;
use crate::runtime::NodeSetup;
use crate::storage::blocks::JournaledBlocks;
use crate::storage::directory::{BLOCKS_FILE, Directory};

/// Reads everything a node needs; what is wrong goes to the terminal.
pub(super) fn prepare(home: &Path, terminal: &mut Terminal<'_>) -> Option<NodeSetup> {
    let config = load_config(home, terminal)?;
    let mut failed = false;
    let mut or_complain = |message: Message| {
        failed = true;
        terminal.complain(&message);
    };
    let genesis = genesis::load(&config.genesis, config.chain_id)
        .map_err(|error| or_complain(error.message()))
        .ok();
    let mut load_key = |path: &Path| {
        keys::load(path)
            .map_err(|error| or_complain(error.message()))
            .ok()
    };
    let consensus_key = load_key(&config.consensus_key);
    let peer_key = load_key(&config.peer_key);
    if let (Some(consensus), Some(peer)) = (&consensus_key, &peer_key)
        && consensus.public_key() == peer.public_key()
    {
        or_complain(
            Message::new("keys_same")
                .path("consensus", &config.consensus_key)
                .path("peer", &config.peer_key),
        );
    }
    if config.api_listen == config.network_listen && config.api_listen.port() != 0 {
        or_complain(Message::new("listen_same").text("address", config.api_listen));
    }
    if failed {
        return None;
    }
    Some(NodeSetup {
        config,
        genesis: genesis?,
        consensus_key: consensus_key?,
        peer_key: peer_key?,
    })
}

fn load_config(home: &Path, terminal: &mut Terminal<'_>) -> Option<NodeConfig> {
    match NodeConfig::load(home) {
        Ok(config) => Some(config),
        Err(problems) => {
            for problem in problems {
                complain_about_config(&problem, terminal);
            }
            None
        }
    }
}

fn complain_about_config(problem: &ConfigProblem, terminal: &mut Terminal<'_>) {
    let explanation = problem.explain(terminal.language);
    terminal.complain_text(&explanation.message, explanation.remedy.as_deref());
}

pub(super) fn check(home: &Path, terminal: &mut Terminal<'_>) -> Outcome {
    let Some(prepared) = prepare(home, terminal) else {
        return Outcome::Misconfigured;
    };
    let NodeSetup {
        config,
        genesis,
        consensus_key,
        peer_key,
    } = &prepared;
    let mut failed = false;
    for message in [
        check_port("network.listen", config.network_listen),
        check_port("api.listen", config.api_listen),
        check_data(config, genesis),
    ]
    .into_iter()
    .flatten()
    {
        failed = true;
        terminal.complain(&message);
    }
    if failed {
        return Outcome::Misconfigured;
    }
    let key = consensus_key.public_key();
    terminal.say(&Message::new("check_chain").text("chain_id", genesis.chain_id()));
    terminal.say(
        &Message::new("check_keys")
            .text("consensus_key", key)
            .text("peer_key", peer_key.public_key()),
    );
    let seat = genesis.validators.by_address(&ValidatorAddress::of(&key));
    match seat {
        Some(validator) if validator.peer_key != peer_key.public_key() => {
            terminal
                .say(&Message::new("check_other_peer_key").text("peer_key", validator.peer_key));
        }
        Some(_) => terminal.say(&Message::new("check_founding_validator")),
        None => terminal.say(&Message::new("check_no_founding_validator")),
    }
    if config.bootstrap_peers.is_empty() && genesis.validators.as_slice().len() > 1 {
        terminal.say(&Message::new("check_no_peers"));
    }
    terminal.say(
        &Message::new("check_done")
            .text("network", config.network_listen)
            .text("api", config.api_listen)
            .path("data", &config.data),
    );
    Outcome::Done
}

/// Binds the address as the node would, and lets go of it.
fn check_port(key: &'static str, address: SocketAddr) -> Option<Message> {
    let error = TcpListener::bind(address).err()?;
    Some(listen_failed(key, address, &error))
}

/// The sentence for an address that cannot be listened on.
pub(super) fn listen_failed(
    key: &'static str,
    address: SocketAddr,
    error: &std::io::Error,
) -> Message {
    let id = match error.kind() {
        std::io::ErrorKind::AddrInUse => "listen_occupied",
        _ => "listen_failed",
    };
    Message::new(id)
        .text("key", key)
        .text("variable", crate::config::variable(key))
        .text("address", address)
        .text("reason", error)
}

/// Whether the data directory can be used, and its blocks are of the genesis document's chain.
fn check_data(config: &NodeConfig, genesis: &Genesis) -> Option<Message> {
    let checked = Directory::lock(&config.data).and_then(|data| {
        if data.file(BLOCKS_FILE).exists() {
            JournaledBlocks::open(&data, genesis.chain_id())?;
        }
        Ok(())
    });
    checked.err().map(|error| error.message())
}
