//! A node's configuration, and the environment variables over it: TOML and `NAME=value`.

use std::path::Path;

use ledger_core::message::Language;
use timebank_node::config::NodeConfig;

use super::world::TOWN;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "configuration",
    run,
    samples,
    length_max: 16 * 1024,
    inputs: 400,
    allowance: Allowance {
        // Each unknown key is a problem with its place, and is compared with every known one.
        bytes_per_byte: 192,
        bytes: 256 * 1024,
    },
};

/// Reads `data` as a configuration; after a NUL, one variable a line.
pub fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Outcome::Refused;
    };
    let (text, variables) = text.split_once('\0').unwrap_or((text, ""));
    let variables = variables.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    match NodeConfig::parse(Path::new("/home"), text, variables) {
        Ok(config) => {
            assert!(config.data.starts_with("/") && config.request_timeout.as_millis() > 0);
            Outcome::Taken
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            // Some of them: a file of a thousand wrong keys is complained about key by key.
            for problem in problems.iter().take(4) {
                for language in [Language::Chinese, Language::English] {
                    let explanation = problem.explain(language);
                    assert!(!explanation.message.is_empty());
                    assert!(explanation.remedy.is_some_and(|it| !it.is_empty()));
                }
            }
            Outcome::Refused
        }
    }
}

/// Nothing, everything, and variables over it.
pub fn samples() -> Vec<Vec<u8>> {
    let key = TOWN.genesis.accounts[0].key;
    let full = format!(
        "# a node\n[chain]\ngenesis = \"genesis.json\"\nid = \"{}\"\n\
         [keys]\nconsensus = \"keys/consensus.key\"\npeer = '''keys/peer.key'''\n\
         [storage]\ndirectory = \"/var/lib/timebank\"\nengine = \"redb\"\n\
         [network]\nlisten = \"[::]:7100\"\nbootstrap_peers = [\"{key}@node.example.org:7100\"]\n\
         observers = [\n  \"{key}\",\n]\nrequest_timeout_ms = 5_000\n\
         [api]\nlisten = \"127.0.0.1:7180\"\n[log]\nformat = \"json\"\nlevel = \"info,libp2p=warn\"\n\
         [mempool]\ntransactions_max = 20000\nbytes_max = 0x2000000\nwaiting_transactions_max = 10\n\
         waiting_bytes_max = 65536\n[consensus]\npropose_timeout_ms = 1\nprevote_timeout_ms = 600000\n\
         precommit_timeout_ms = 500\nrebroadcast_interval_ms = 1000\nheartbeat_interval_ms = 0\n",
        TOWN.chain_id()
    );
    let variables = "\0TIMEBANK_API_LISTEN=127.0.0.1:80\nTIMEBANK_NETWORK_OBSERVERS=\nHOME=/root\n\
                     TIMEBANK_CONSENSUS_HEARTBEAT_INTERVAL_MS=60000";
    [
        String::new(),
        full.clone(),
        full + variables,
        variables.to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
