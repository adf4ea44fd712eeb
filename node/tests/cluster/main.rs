//! Four nodes as real processes on loopback: they decide, survive the loss of one, find each other again, and recover from
//! damage.
//!
//! Nothing here waits for time to pass: every wait is for an answer of a node, with a deadline after which the test fails.

mod nodes;

use std::fs;

use nodes::{Cluster, NODES, Node, genesis};

#[test]
fn four_processes_decide_survive_a_kill_and_stop_gracefully() {
    let mut cluster = Cluster::start();
    for node in 0..NODES {
        let height = cluster.submit_at(node);
        cluster.assert_agreement(height);
    }

    // One of four is lost in the middle: the others go on, and it catches up when it is back.
    cluster.nodes[2].kill();
    let mut height = 0;
    for _ in 0..5 {
        height = cluster.submit_at(0);
    }
    cluster.start_node(2);
    cluster.assert_agreement(height);
    let height = cluster.submit_at(2);
    cluster.assert_agreement(height);

    // All four are lost at once: what was acknowledged is there.
    for node in &mut cluster.nodes {
        node.kill();
    }
    for node in 0..NODES {
        cluster.start_node(node);
    }
    cluster.assert_agreement(height);
    let height = cluster.submit_at(3);
    cluster.assert_agreement(height);

    for node in &mut cluster.nodes {
        let status = node.stop();
        assert!(status.success(), "{status}; log:\n{}", node.log());
    }
}

#[test]
fn an_occupied_port_stops_the_node_with_the_key_and_the_remedy() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("genesis.json");
    fs::write(&path, serde_json::to_vec(&genesis()).expect("JSON")).expect("a file");
    let node = Node::prepare(directory.path(), 0, &path);
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = occupied.local_addr().expect("an address");
    for (key, other) in [("network", "api"), ("api", "network")] {
        let config =
            format!("[{key}]\nlisten = \"{address}\"\n[{other}]\nlisten = \"127.0.0.1:0\"\n");
        fs::write(node.home.join("node.toml"), config).expect("a configuration");
        let output = node.command("run").output().expect("the program runs");
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        let expected = format!("{key}.listen = {address}: another process listens there already.");
        assert!(errors.contains(&expected), "{errors}");
        let variable = format!("TIMEBANK_{}_LISTEN", key.to_uppercase());
        assert!(errors.contains(&variable), "{errors}");
    }
}

/// Overwrites every page of a file from `page` on with noise.
fn damage(path: &std::path::Path, page: usize) {
    let mut bytes = fs::read(path).expect("the file is there");
    for (index, byte) in bytes.iter_mut().enumerate().skip(page * 4096) {
        *byte ^= index.to_le_bytes()[0] | 1;
    }
    fs::write(path, bytes).expect("it can be written");
}

#[test]
fn a_damaged_state_is_rebuilt_and_damaged_blocks_are_fetched_again_on_request() {
    let mut cluster = Cluster::start();
    let mut height = 0;
    for _ in 0..5 {
        height = cluster.submit_at(0);
    }
    cluster.assert_agreement(height);

    // The derived state is thrown away and rebuilt from the node's own blocks, without being asked.
    assert!(cluster.nodes[1].stop().success());
    damage(&cluster.nodes[1].home.join("data/state-1.log"), 0);
    cluster.start_node(1);
    let log = cluster.nodes[1].log();
    assert!(log.contains("the derived state is rebuilt"), "{log}");
    let height = cluster.submit_at(1);
    cluster.assert_agreement(height);

    // So it is when the operator asks for it.
    assert!(cluster.nodes[1].stop().success());
    cluster.start_node_with(1, &["--rebuild-state"]);
    let height = cluster.submit_at(1);
    cluster.assert_agreement(height);

    // Damaged blocks stop the node, which says how to go on; then it fetches them from the others.
    assert!(cluster.nodes[1].stop().success());
    damage(&cluster.nodes[1].home.join("data/blocks.redb"), 8);
    let output = cluster.nodes[1].command("run").output();
    let output = output.expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("--resync"), "{errors}");
    let height = cluster.submit_at(2);
    cluster.start_node_with(1, &["--resync"]);
    cluster.assert_agreement(height);
    let height = cluster.submit_at(1);
    cluster.assert_agreement(height);
}

#[test]
fn a_node_that_runs_out_of_space_says_so_and_goes_on_when_there_is_space() {
    let mut cluster = Cluster::start();
    let mut height = cluster.submit_at(3);
    cluster.assert_agreement(height);
    assert!(cluster.nodes[3].stop().success());

    // A limit on the size of files stands in for a full disk: both refuse a write in the middle of everything.
    cluster.start_limited_node(3);
    let mut submitted = 0;
    let status = loop {
        if let Some(status) = cluster.nodes[3].ended() {
            break status;
        }
        assert!(submitted < 2_000, "the limit was never reached");
        height = cluster.submit_at(submitted % 3);
        submitted += 1;
    };
    assert_eq!(status.code(), Some(1), "log:\n{}", cluster.nodes[3].log());
    let log = cluster.nodes[3].log();
    assert!(log.contains("no space left to"), "{log}");
    assert!(log.contains("nothing acknowledged is lost"), "{log}");

    cluster.start_node(3);
    cluster.assert_agreement(height);
    let height = cluster.submit_at(3);
    cluster.assert_agreement(height);
}
