//! The command line as an operator sees it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ledger_core::genesis::{GENESIS_VERSION, Genesis, GenesisOrganisation};
use ledger_core::id::OrganisationId;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::Level;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::validator::{Validator, ValidatorSet};

use super::*;
use crate::config::NodeConfig;
use crate::keys;

/// What came out of a command.
struct Ran {
    outcome: Outcome,
    output: String,
    errors: String,
}

fn timebank_node(arguments: &[&str]) -> Ran {
    let all: Vec<OsString> = ["timebank-node"]
        .iter()
        .chain(arguments)
        .map(OsString::from)
        .collect();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let outcome = execute(
        &all,
        &mut Terminal {
            language: language(&all, [None, None, None]),
            output: &mut output,
            errors: &mut errors,
        },
    );
    Ran {
        outcome,
        output: String::from_utf8(output).unwrap(),
        errors: String::from_utf8(errors).unwrap(),
    }
}

fn city(seed: u8) -> Genesis {
    let validator = |seed: u8| Validator {
        organisation: OrganisationId(320_100),
        consensus_key: ledger_core::signature::SecretKey::from_seed(&[seed; 32]).public_key(),
        peer_key: ledger_core::signature::SecretKey::from_seed(&[seed + 100; 32]).public_key(),
        power: 1,
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(1_795_000_000_000),
        organisations: vec![GenesisOrganisation {
            organisation: OrganisationId(320_100),
            parent: None,
            level: Level::City,
            threshold: 0,
        }],
        accounts: Vec::new(),
        staff: Vec::new(),
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: ValidatorSet::new(vec![validator(seed)]).unwrap(),
    }
}

/// A directory with a genesis document, and a node's home initialised from it with free ports.
fn initialised() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let genesis = directory.path().join("city.json");
    fs::write(&genesis, serde_json::to_vec(&city(1)).unwrap()).unwrap();
    let home = directory.path().join("home");
    let home = home.to_str().unwrap().to_owned();
    let ran = timebank_node(&[
        "init",
        "--home",
        &home,
        "--genesis",
        genesis.to_str().unwrap(),
    ]);
    assert_eq!(ran.outcome, Outcome::Done, "{}", ran.errors);
    let path = Path::new(&home).join("node.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text
        .replace("0.0.0.0:7100", "127.0.0.1:0")
        .replace("127.0.0.1:7180", "127.0.0.1:0");
    fs::write(&path, text).unwrap();
    (directory, home)
}

#[test]
fn a_fresh_node_passes_its_own_check() {
    let (_directory, home) = initialised();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Done, "{}", ran.errors);
    assert!(ran.output.contains(&city(1).chain_id().to_string()));
    assert!(ran.output.contains("no founding validator"));
}

#[test]
fn init_shows_the_public_keys_and_keeps_what_is_there() {
    let (_directory, home) = initialised();
    let key = keys::load(&Path::new(&home).join("keys/consensus.key")).unwrap();
    let again = timebank_node(&["init", "--home", &home]);
    assert_eq!(again.outcome, Outcome::Done, "{}", again.errors);
    assert!(again.output.contains(&key.public_key().to_string()));
    assert!(again.output.contains("stays as it is"));
    let same = keys::load(&Path::new(&home).join("keys/consensus.key")).unwrap();
    assert_eq!(same.public_key(), key.public_key());
}

#[test]
fn the_template_says_what_the_defaults_are() {
    let (_directory, home) = initialised();
    let text = fs::read_to_string(Path::new(&home).join("node.toml")).unwrap();
    let text = text
        .replace("[network]\n", "[network]\n# ")
        .replace("listen = \"127.0.0.1:0\"\n", "");
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let mut config = NodeConfig::parse(Path::new(&home), &uncommented, []).unwrap();
    assert_eq!(config.chain_id.take(), Some(city(1).chain_id()));
    assert_eq!(config, NodeConfig::defaults(Path::new(&home)));
}

#[test]
fn check_names_a_key_file_that_others_can_read() {
    let (_directory, home) = initialised();
    let path = Path::new(&home).join("keys/peer.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    assert!(ran.errors.contains("has mode 644"), "{}", ran.errors);
    let remedy = format!("chmod 600 {}", path.display());
    assert!(ran.errors.contains(&remedy), "{}", ran.errors);
    let ran = timebank_node(&["config", "check", "--home", &home, "--lang=zh"]);
    assert!(ran.errors.contains("请执行：chmod 600"), "{}", ran.errors);
}

#[test]
fn check_names_a_genesis_document_of_another_chain() {
    let (_directory, home) = initialised();
    let other = serde_json::to_vec(&city(2)).unwrap();
    fs::write(Path::new(&home).join("genesis.json"), other).unwrap();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    for seed in [1, 2] {
        let chain_id = city(seed).chain_id().to_string();
        assert!(ran.errors.contains(&chain_id), "{}", ran.errors);
    }
}

#[test]
fn check_names_an_occupied_port_by_its_key() {
    let (_directory, home) = initialised();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    let path = Path::new(&home).join("node.toml");
    let text = fs::read_to_string(&path).unwrap();
    let listen = format!("[api]\nlisten = \"{address}\"");
    let (before, _) = text.split_once("[api]").unwrap();
    fs::write(&path, format!("{before}{listen}\n")).unwrap();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    assert!(
        ran.errors.contains(&format!("api.listen = {address}")),
        "{}",
        ran.errors
    );
    assert!(ran.errors.contains("TIMEBANK_API_LISTEN"), "{}", ran.errors);
}

#[test]
fn check_names_a_data_directory_in_use() {
    let (_directory, home) = initialised();
    let data = Path::new(&home).join("data");
    let _in_use = crate::storage::directory::Directory::lock(&data).unwrap();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    assert!(
        ran.errors.contains("used by another process"),
        "{}",
        ran.errors
    );
}

#[test]
fn check_names_a_data_directory_of_another_chain() {
    let (_directory, home) = initialised();
    let data = Path::new(&home).join("data");
    let data = crate::storage::directory::Directory::lock(&data).unwrap();
    drop(crate::storage::blocks::JournaledBlocks::open(&data, city(2).chain_id()).unwrap());
    drop(data);
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    for seed in [1, 2] {
        let chain_id = city(seed).chain_id().to_string();
        assert!(ran.errors.contains(&chain_id), "{}", ran.errors);
    }
}

#[test]
fn check_reports_every_problem_of_a_configuration() {
    let (_directory, home) = initialised();
    let path = Path::new(&home).join("node.toml");
    fs::write(&path, "[api]\nlistn = 1\n[log]\nformat = \"xml\"\n").unwrap();
    let ran = timebank_node(&["config", "check", "--home", &home]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    assert!(ran.errors.contains("api.listn") && ran.errors.contains("log.format"));
    let ran = timebank_node(&["config", "check", "--home", "/nowhere/at/all"]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
    assert!(
        ran.errors.contains("/nowhere/at/all/node.toml"),
        "{}",
        ran.errors
    );
}

#[test]
fn help_speaks_the_language_asked_for() {
    let ran = timebank_node(&["--help"]);
    assert_eq!(ran.outcome, Outcome::Done);
    assert!(ran.output.contains("Examples:"), "{}", ran.output);
    let ran = timebank_node(&["--lang", "zh", "run", "--help"]);
    assert!(ran.output.contains("示例"), "{}", ran.output);
    let ran = timebank_node(&["fly"]);
    assert_eq!(ran.outcome, Outcome::Misconfigured);
}

#[test]
fn the_language_comes_from_the_argument_or_else_from_the_locale() {
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let locale = |text: &str| [None, None, Some(text.to_owned())];
    for (arguments, environment, expected) in [
        (words(&["x"]), locale("zh_CN.UTF-8"), Language::Chinese),
        (words(&["x"]), locale("C"), Language::English),
        (
            words(&["x", "--lang", "en"]),
            locale("zh_CN"),
            Language::English,
        ),
        (words(&["x", "--lang=zh"]), locale("C"), Language::Chinese),
    ] {
        assert_eq!(language(&arguments, environment), expected);
    }
}
