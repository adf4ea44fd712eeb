//! What a network does while nothing goes wrong.

use std::collections::BTreeSet;

use ledger_core::id::Height;
use ledger_core::time::{DAY_MS, HOUR_MS, TimestampMs};
use timebank_node::replica::{Accepted, Topic};
use timebank_simulations::city;
use timebank_simulations::cluster::settings::ClusterSettings;

use super::{check, cluster, cluster_of, open_account, submit, wait_for};

#[test]
fn transactions_submitted_at_one_node_apply_on_all_with_equal_roots() {
    let seed = 1;
    let (mut cluster, mut office) = cluster(seed, 4);
    let ids: Vec<_> = (0..50)
        .map(|number| open_account(&mut cluster, &mut office, &format!("{number}"), 0))
        .collect();
    wait_for(&mut cluster, seed, &ids);
    cluster.run_for(1_000);
    let roots: BTreeSet<_> = (0..4)
        .map(|node| cluster.replica(node).unwrap().state().label().unwrap())
        .map(|label| (label.height, label.root))
        .collect();
    assert_eq!(roots.len(), 1);
    check(&cluster, seed);
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let run = |seed| {
        let (mut cluster, mut office) = cluster(seed, 4);
        for number in 0..10 {
            let id = open_account(&mut cluster, &mut office, &format!("{number}"), number % 4);
            wait_for(&mut cluster, seed, &[id]);
        }
        cluster.trace_hash()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn one_node_alone_is_a_network() {
    let seed = 2;
    let (mut cluster, mut office) = cluster(seed, 1);
    let id = open_account(&mut cluster, &mut office, "alone", 0);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn an_idle_network_says_nothing_but_heights_and_wakes_for_a_transaction() {
    let seed = 3;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "first", 0);
    wait_for(&mut cluster, seed, &[id]);
    cluster.run_for(10_000);
    let height = cluster.height(0);
    let before = cluster.records.messages.clone();
    let requests = cluster.records.requests;
    cluster.run_for(10 * 60_000);
    for topic in [Topic::Consensus, Topic::Transactions] {
        assert_eq!(before.get(&topic), cluster.records.messages.get(&topic));
    }
    assert_eq!(requests, cluster.records.requests);
    assert!((0..4).all(|node| cluster.height(node) == height));
    assert!((0..4).all(|node| cluster.status(node).unwrap().idle));

    let id = open_account(&mut cluster, &mut office, "second", 2);
    let done = cluster.run_until(200, |cluster| cluster.all_have(&[id]));
    assert!(done, "a woken network decides at once");
    check(&cluster, seed);
}

#[test]
fn a_heartbeat_makes_an_empty_block() {
    let mut settings = ClusterSettings::new(4, 4);
    settings.configure = |config| config.heartbeat_ms = Some(30_000);
    let (mut cluster, _) = cluster_of(settings);
    cluster.run_for(10 * 30_000);
    let height = cluster.height(0);
    assert!((8..=11).contains(&height.0), "{height}");
    check(&cluster, 4);
}

#[test]
fn a_height_begins_no_sooner_than_its_interval_after_the_one_before() {
    let heights_with = |configure| {
        let mut settings = ClusterSettings::new(4, 4);
        settings.configure = configure;
        let (mut cluster, _) = cluster_of(settings);
        cluster.run_for(10_000);
        check(&cluster, 4);
        cluster.height(0).0
    };
    let restless = heights_with(|config| {
        config.heartbeat_ms = Some(1);
        config.height_interval_ms = 0;
    });
    let paced = heights_with(|config| {
        config.heartbeat_ms = Some(1);
        config.height_interval_ms = 200;
    });
    assert!(restless > 100, "{restless}");
    assert!((45..=51).contains(&paced), "{paced}");
}

#[test]
fn clocks_that_are_set_back_hold_up_no_height() {
    let seed = 7;
    let (mut cluster, mut office) = cluster(seed, 4);
    for (name, number) in [("before", 0), ("after", 1)] {
        let id = open_account(&mut cluster, &mut office, name, number);
        let done = cluster.run_until(500, |cluster| cluster.all_have(&[id]));
        assert!(done, "{name}");
        (0..4).for_each(|node| cluster.set_ahead_ms(node, -3_000));
    }
    check(&cluster, seed);
}

#[test]
fn a_transaction_that_waits_applies_once_what_it_needs_is_there() {
    let seed = 5;
    let (mut cluster, mut office) = cluster(seed, 4);
    let opened = office.open_account("early", 0, 1, cluster.now_ms(0));
    let rotated = office.rotate_key(&opened, "early", "late", cluster.now_ms(0));
    let ticket = cluster.submit(1, rotated.clone());
    cluster.run_for(1_000);
    let answer = &cluster.records.answers[&ticket];
    assert!(matches!(answer, Ok(Accepted::Waiting { .. })), "{answer:?}");
    assert_eq!(cluster.height(0), Height(0), "what waits wakes nobody");
    let id = submit(&mut cluster, 0, &opened);
    wait_for(&mut cluster, seed, &[id, rotated.id()]);
    check(&cluster, seed);
}

/// Nothing is due but the close of the month, which always is.
fn only_the_month_is_left(cluster: &timebank_simulations::cluster::Cluster) {
    let calendar = cluster.genesis().calendar;
    let state = cluster.replica(0).expect("it is up").state().snapshot();
    let status = cluster.status(0).expect("it is up");
    let month = calendar.month(status.time_ms);
    let due = ledger_core::ledger::next_due(&state).expect("a state in memory can be read");
    assert_eq!(due, Some(calendar.end_of_month(month)));
}

#[test]
fn time_moves_at_once_and_the_work_that_falls_due_is_done_without_transactions() {
    let seed = 6;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "someone", 0);
    wait_for(&mut cluster, seed, &[id]);
    // The id of the first transaction is forgotten after an hour and a bit: automatic work.
    let to_ms = TimestampMs(cluster.now_ms(0) + 2 * DAY_MS);
    let advance = office.advance_time(to_ms, cluster.now_ms(0));
    let id = submit(&mut cluster, 3, &advance);
    wait_for(&mut cluster, seed, &[id]);
    let height = cluster.height(0);
    cluster.run_for(5_000);
    assert!(cluster.height(0) > height, "due work makes empty blocks");
    assert!((0..4).all(|node| cluster.status(node).unwrap().time_ms >= to_ms));
    assert!((0..4).all(|node| cluster.status(node).unwrap().idle));
    only_the_month_is_left(&cluster);

    // Time runs on from there: the clocks are two days behind, and nobody minds.
    let id = {
        let envelope = office.open_account("later", 1, 1, to_ms.0);
        submit(&mut cluster, 1, &envelope)
    };
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn work_falls_due_by_the_clock_of_an_idle_network() {
    let seed = 7;
    let (mut cluster, mut office) = cluster(seed, 4);
    for node in 0..4 {
        cluster.set_ahead_ms(node, 40 * node as i64);
    }
    let id = open_account(&mut cluster, &mut office, "someone", 0);
    wait_for(&mut cluster, seed, &[id]);
    cluster.run_for(5_000);
    let height = cluster.height(0);
    cluster.run_for(3 * HOUR_MS);
    only_the_month_is_left(&cluster);
    let empty_blocks = cluster.height(0).0 - height.0;
    assert!(
        (1..=2).contains(&empty_blocks),
        "{empty_blocks} blocks for one piece of work"
    );
    check(&cluster, seed);
}

#[test]
fn a_follower_outside_the_set_has_what_the_validators_decide() {
    let seed = 8;
    let mut settings = ClusterSettings::new(seed, 5);
    settings.voting = 4;
    let (mut cluster, mut office) = cluster_of(settings);
    let ids: Vec<_> = (0..5)
        .map(|node| open_account(&mut cluster, &mut office, &format!("at {node}"), node))
        .collect();
    wait_for(&mut cluster, seed, &ids);
    let status = cluster.status(4).unwrap();
    assert!(!status.in_set && !status.voting && status.quorum_connected);
    check(&cluster, seed);
}

#[test]
fn clocks_that_run_apart_do_not_stop_the_network() {
    let seed = 9;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.set_ahead_ms(2, 60_000);
    for number in 0..12 {
        let node = [0, 1, 3][number % 3];
        let id = open_account(&mut cluster, &mut office, &format!("{number}"), node);
        wait_for(&mut cluster, seed, &[id]);
        let time_ms = cluster.status(0).unwrap().time_ms.0;
        let ahead_ms = time_ms.saturating_sub(cluster.now_ms(0));
        assert!(ahead_ms <= 5_000, "block time is {ahead_ms} ms ahead");
    }
    assert!(city::START_MS < cluster.status(0).unwrap().time_ms.0);
    check(&cluster, seed);
}

#[test]
fn work_just_ahead_of_a_moved_clock_does_not_keep_anybody_busy() {
    let seed = 10;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "someone", 0);
    wait_for(&mut cluster, seed, &[id]);
    let state = cluster.replica(0).unwrap().state().snapshot();
    let due_ms = ledger_core::ledger::next_due(&state).unwrap().unwrap();
    drop(state);
    // The ledger's time stands still three milliseconds before the work, hours ahead of the clocks.
    let advance = office.advance_time(due_ms.minus_ms(3), cluster.now_ms(0));
    let id = submit(&mut cluster, 0, &advance);
    wait_for(&mut cluster, seed, &[id]);
    cluster.run_for(2_000);
    let height = cluster.height(0);
    let effects = cluster.effects_done(0);
    cluster.run_for(60_000);
    assert_eq!(cluster.height(0), height);
    // A status and its timer every second.
    let effects = cluster.effects_done(0) - effects;
    assert!(effects < 200, "{effects}");
    check(&cluster, seed);
}
