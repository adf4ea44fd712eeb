//! What is read, and what is refused and how.

use super::*;
use ledger_core::message::Language;

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<NodeConfig, Vec<ConfigProblem>> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    NodeConfig::parse(Path::new("/home/node"), text, environment)
}

fn sentences(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let problems = parse(text, variables).expect_err("something is wrong");
    problems
        .iter()
        .map(|problem| {
            let explanation = problem.explain(Language::English);
            let remedy = explanation.remedy.expect("every problem has a remedy");
            format!("{} {remedy}", explanation.message)
        })
        .collect()
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(
        parse("", &[]),
        Ok(NodeConfig::defaults(Path::new("/home/node")))
    );
}

#[test]
fn every_key_is_read_and_a_variable_comes_before_the_file() {
    let key = "ab".repeat(32);
    let text = format!(
        r#"
        [chain]
        genesis = "/etc/timebank/genesis.json"
        id = "{key}"
        [keys]
        consensus = "c.key"
        peer = "p.key"
        [storage]
        directory = "/var/lib/timebank"
        engine = "redb"
        [network]
        listen = "127.0.0.1:1"
        bootstrap_peers = ["{key}@node-2:7100"]
        observers = ["{key}"]
        request_timeout_ms = 1
        [api]
        listen = "127.0.0.1:2"
        [log]
        format = "json"
        level = "info,timebank_node::network=debug"
        [mempool]
        transactions_max = 10
        bytes_max = 65536
        waiting_transactions_max = 11
        waiting_bytes_max = 65537
        [consensus]
        propose_timeout_ms = 3
        prevote_timeout_ms = 4
        precommit_timeout_ms = 5
        rebroadcast_interval_ms = 6
        heartbeat_interval_ms = 60000
        "#
    );
    let list = format!("{key}@a:1, {key}@b:2");
    let config = parse(
        &text,
        &[
            ("TIMEBANK_API_LISTEN", "[::1]:9000"),
            ("TIMEBANK_NETWORK_BOOTSTRAP_PEERS", &list),
            ("TIMEBANK_NETWORK_REQUEST_TIMEOUT_MS", "77"),
            ("TIMEBANK_WRITE_DOCS", "1"),
            ("HOME", "/root"),
        ],
    )
    .unwrap();
    assert_eq!(config.genesis, Path::new("/etc/timebank/genesis.json"));
    assert_eq!(config.consensus_key, Path::new("/home/node/c.key"));
    assert_eq!(config.peer_key, Path::new("/home/node/p.key"));
    assert_eq!(config.data, Path::new("/var/lib/timebank"));
    assert_eq!(config.state_engine, Engine::Redb);
    assert_eq!(config.chain_id, key.parse().ok());
    assert_eq!(config.network_listen.port(), 1);
    assert_eq!(config.bootstrap_peers.len(), 2);
    assert_eq!(config.bootstrap_peers[1].address.host, "b");
    assert_eq!(config.observers, [key.parse().unwrap()]);
    assert_eq!(config.request_timeout, Duration::from_millis(77));
    assert_eq!(config.api_listen.to_string(), "[::1]:9000");
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.log.level, "info,timebank_node::network=debug");
    assert_eq!(config.mempool.transactions_max, 10);
    assert_eq!(config.mempool.bytes_max, 65_536);
    assert_eq!(config.mempool.waiting_transactions_max, 11);
    assert_eq!(config.mempool.waiting_bytes_max, 65_537);
    assert_eq!(config.timeouts.propose, Duration::from_millis(3));
    assert_eq!(config.timeouts.prevote, Duration::from_millis(4));
    assert_eq!(config.timeouts.precommit, Duration::from_millis(5));
    assert_eq!(config.timeouts.rebroadcast, Duration::from_millis(6));
    assert_eq!(config.heartbeat, Some(Duration::from_mins(1)));
}

#[test]
fn an_unknown_key_is_refused_in_the_file_and_in_the_environment() {
    assert_eq!(
        sentences(
            "[api]\nlistn = \"127.0.0.1:1\"\n[metrics]\nport = 1\n",
            &[("TIMEBANK_LOG_LEVLE", "info"), ("TIMEBANK_PROFILE", "chen")]
        ),
        [
            "/home/node/node.toml has an unknown key api.listn. Remove it; or was api.listen meant?",
            "/home/node/node.toml has an unknown key metrics.port. Remove it; or was keys.peer meant?",
            "TIMEBANK_LOG_LEVLE has an unknown key log.levle. Remove it; or was log.level meant?",
            "TIMEBANK_PROFILE has an unknown key profile. Remove it; or was api.listen meant?",
        ]
    );
}

#[test]
fn every_wrong_value_is_named_with_its_key_and_what_was_expected() {
    for (text, value) in [
        ("[api]\nlisten = \"localhost\"", "\"localhost\""),
        ("[api]\nlisten = 7180", "7180"),
        ("[network]\nlisten = \"1.2.3.4:99999\"", "\"1.2.3.4:99999\""),
        (
            "[network]\nbootstrap_peers = [\"abc@host:1\"]",
            "[\"abc@host:1\"]",
        ),
        ("[network]\nobservers = [1]", "[1]"),
        ("[network]\nrequest_timeout_ms = 0", "0"),
        ("[network]\nrequest_timeout_ms = -1", "-1"),
        ("[storage]\nengine = \"oracle\"", "\"oracle\""),
        ("[storage]\ndirectory = \"\"", "\"\""),
        ("[log]\nformat = \"xml\"", "\"xml\""),
        ("[log]\nlevel = \"a=b=c\"", "\"a=b=c\""),
        ("[chain]\nid = \"12\"", "\"12\""),
        ("[mempool]\ntransactions_max = 0", "0"),
        ("[mempool]\nbytes_max = 100", "100"),
        ("[consensus]\npropose_timeout_ms = 600001", "600001"),
        ("[consensus]\nheartbeat_interval_ms = 5", "5"),
    ] {
        let found = sentences(text, &[]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(value), "{text}: {found:?}");
    }
    assert_eq!(
        sentences("[api]\nlisten = \"localhost\"", &[]),
        [
            "api.listen = \"localhost\" in /home/node/node.toml is not an IP address with a port, such as 127.0.0.1:7180. Correct api.listen in the file, or set TIMEBANK_API_LISTEN."
        ]
    );
    let long = "9".repeat(1000);
    let found = sentences("", &[("TIMEBANK_API_LISTEN", &long)]);
    assert!(
        found[0].len() < 400,
        "a wrong value is not repeated at length"
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let found = sentences("[api]\nlisten = 1\nport = 2\n[log]\nformat = 3", &[]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn broken_toml_is_named_by_line() {
    let found = sentences("[api]\nlisten = \n", &[]);
    assert!(found[0].contains("line 2"), "{found:?}");
}

#[test]
fn a_missing_file_says_how_to_make_one() {
    let home = tempfile::tempdir().unwrap();
    let problems = NodeConfig::load(home.path()).expect_err("there is none");
    let explanation = problems[0].explain(Language::Chinese);
    assert!(explanation.remedy.unwrap().contains("init"), "{problems:?}");
}
