//! The host under test: whole clusters under loss, crashes and lies, and single hosts under abuse.

mod cluster;
mod peers;
mod single;
mod verdicts;

use std::time::Instant;

use ledger_core::id::Height;
use ledger_core::validator::ValidatorAddress;

use super::{HostInput, LastSigned, ObservingReason};
use cluster::{CHAIN, Cluster, Plan, Random, key_of};

pub(super) use cluster::set_of;

#[test]
fn four_and_seven_nodes_agree_without_waiting_for_a_timeout() {
    for (nodes, heights) in [(4, 300), (7, 120)] {
        let mut cluster = Cluster::new(Plan::calm(1, nodes, heights));
        cluster.start_all();
        let begun = Instant::now();
        cluster.run_to(heights);
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{nodes} hosts: {:.0} heights/s, {:.1} messages a height",
            heights as f64 / seconds,
            cluster.sent as f64 / heights as f64
        );
        assert_eq!(cluster.rounds_max, 0);
        // Each height takes a few message delays of at most 3 ms, far below the shortest timeout.
        assert!(cluster.now_us < heights * 40_000);
        assert_eq!(cluster.timeouts_fired, 0);
    }
}

#[test]
fn a_host_can_live_on_any_thread() {
    fn can<T: Send>() {}
    can::<super::Host>();
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let trace = |seed| {
        let mut plan = Plan::calm(seed, 4, 60);
        plan.loss_per_mille = 30;
        plan.crash_per_mille = 2;
        let mut cluster = Cluster::new(plan);
        cluster.start_all();
        cluster.run_to(60);
        (
            cluster.trace,
            cluster.now_us,
            cluster.restarts,
            cluster.sent,
        )
    };
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5).0, trace(6).0);
}

#[test]
fn nothing_is_sent_and_no_timeout_runs_once_there_is_nothing_to_do() {
    let mut cluster = Cluster::new(Plan::calm(2, 4, 3));
    cluster.start_all();
    cluster.run_to(3);
    cluster.run_for(10_000);
    let sent = cluster.sent;
    // Timeouts that were scheduled and cancelled run off; one that still counted would schedule another for ever.
    cluster.run_dry(60_000_000);
    assert_eq!(cluster.sent, sent);
    assert_eq!(cluster.timeouts_fired, 0);
}

#[test]
fn a_silent_proposer_costs_one_round() {
    let mut cluster = Cluster::new(Plan::calm(3, 4, 12));
    cluster.nodes[2].silent = true;
    cluster.start_all();
    cluster.run_to(12);
    assert_eq!(cluster.rounds_max, 1);
    let headers = cluster.nodes[0].chain.iter();
    let silent = cluster.nodes[2].address;
    assert!(headers.clone().all(|(header, _)| header.proposer != silent));
    assert!(
        cluster.nodes[0]
            .chain
            .iter()
            .any(|(_, certificate)| certificate.round == 1)
    );
}

#[test]
fn a_node_with_a_wrong_clock_costs_nothing() {
    let mut cluster = Cluster::new(Plan::calm(13, 4, 20));
    cluster.nodes[1].wrong_clock = true;
    cluster.start_all();
    cluster.run_to(20);
    assert_eq!(cluster.rounds_max, 0);
}

#[test]
fn lost_messages_are_healed() {
    for seed in 0..6 {
        let mut plan = Plan::calm(seed, 4, 40);
        plan.loss_per_mille = 150;
        let mut cluster = Cluster::new(plan);
        cluster.start_all();
        cluster.run_to(40);
    }
}

#[test]
fn a_validator_that_missed_the_decision_is_told_when_it_repeats_its_vote() {
    let mut plan = Plan::calm(4, 4, 1);
    plan.sync = false;
    let mut cluster = Cluster::new(plan);
    // Node 3 hears nobody, so it votes nil; the others decide height 1 without it and rest.
    cluster.cut = (0..3).map(|from| (from, 3)).collect();
    cluster.start_all();
    cluster.run_for(900_000);
    assert_eq!(cluster.nodes[0].chain.len(), 1);
    assert_eq!(cluster.nodes[3].chain.len(), 0);
    cluster.cut.clear();
    cluster.run_to(1);
    cluster.run_dry(30_000_000);
}

#[test]
fn crashes_at_any_point_never_make_a_node_contradict_itself() {
    let mut restarts = 0;
    for seed in 0..15 {
        let mut plan = Plan::calm(100 + seed, 4, 60);
        plan.crash_per_mille = 20;
        plan.loss_per_mille = if seed % 2 == 0 { 0 } else { 50 };
        let mut cluster = Cluster::new(plan);
        cluster.start_all();
        cluster.run_to(60);
        restarts += cluster.restarts;
        for node in &cluster.nodes {
            assert_eq!(node.faults, []);
            assert_eq!(node.observed, []);
            assert!(node.evidence.is_empty());
            assert_eq!(node.key_alarms, 0);
        }
    }
    println!("{restarts} restarts");
    assert!(restarts > 2_000, "{restarts}");
}

#[test]
fn everything_at_once_ends_in_agreement() {
    // Loss that drives heights beyond round 10, where the core switches on its remedy against hidden locks.
    for (seed, loss_per_mille) in [(0, 100), (1, 300), (2, 450), (3, 700), (4, 750), (80, 800)] {
        let mut plan = Plan::calm(50_000 + seed, 4, 6);
        plan.loss_per_mille = loss_per_mille;
        plan.crash_per_mille = 10;
        plan.patience = 100;
        let mut cluster = Cluster::new(plan);
        match seed % 4 {
            1 => cluster.nodes[1].equivocates = true,
            2 => cluster.nodes[1].silent = true,
            3 => cluster.nodes[1].wrong_clock = true,
            _ => {}
        }
        cluster.start_all();
        cluster.run_to(6);
        assert!(
            cluster.nodes.iter().all(|node| node.faults.is_empty()),
            "{seed}"
        );
    }
}

#[test]
fn a_partition_heals() {
    let mut cluster = Cluster::new(Plan::calm(14, 4, 30));
    cluster.start_all();
    cluster.run_to(5);
    let sides = [[0, 1], [2, 3]];
    for (near, far) in [(0, 1), (1, 0)] {
        for from in sides[near] {
            cluster.cut.extend(sides[far].map(|to| (from, to)));
        }
    }
    cluster.run_for(20_000_000);
    let before: Vec<usize> = cluster.nodes.iter().map(|node| node.chain.len()).collect();
    cluster.run_for(20_000_000);
    let after: Vec<usize> = cluster.nodes.iter().map(|node| node.chain.len()).collect();
    assert_eq!(before, after, "two of four are no quorum");
    cluster.cut.clear();
    cluster.run_to(30);
}

#[test]
fn all_nodes_crashing_at_once_go_on() {
    let mut cluster = Cluster::new(Plan::calm(7, 4, 30));
    cluster.start_all();
    for _ in 0..40 {
        let pause = cluster.random.below(12_000);
        cluster.run_for(pause);
        (0..4).for_each(|node| cluster.crash(node));
        cluster.run_for(400_000);
    }
    cluster.run_to(30);
    assert!(cluster.nodes.iter().all(|node| node.observed.is_empty()));
}

#[test]
fn an_equivocator_is_proved_guilty_and_forks_nothing() {
    for seed in 0..4 {
        let mut plan = Plan::calm(200 + seed, 4, 20);
        plan.loss_per_mille = 20;
        let mut cluster = Cluster::new(plan);
        cluster.nodes[1].equivocates = true;
        cluster.start_all();
        cluster.run_to(20);
        let guilty = key_of(1).public_key();
        for index in [0, 2, 3] {
            let evidence = &cluster.nodes[index].evidence;
            assert!(!evidence.is_empty());
            for one in evidence {
                one.verify(CHAIN, &guilty).unwrap();
                assert_eq!(one.first.vote.validator, ValidatorAddress::of(&guilty));
            }
        }
    }
}

#[test]
fn the_validator_set_changes_from_four_to_seven_to_six_without_losing_a_round() {
    let mut plan = Plan::calm(8, 7, 60);
    plan.sets = vec![
        (0, vec![0, 1, 2, 3]),
        (20, (0..7).collect()),
        (40, vec![0, 1, 2, 4, 5, 6]),
    ];
    let mut cluster = Cluster::new(plan);
    cluster.start_all();
    cluster.run_to(60);
    assert_eq!(cluster.rounds_max, 0);
    let proposers: std::collections::BTreeSet<_> = cluster.nodes[0].chain[40..]
        .iter()
        .map(|(header, _)| header.proposer)
        .collect();
    assert_eq!(proposers.len(), 6);
    assert!(!proposers.contains(&cluster.nodes[3].address));
}

#[test]
fn a_node_that_lost_its_record_observes_until_two_heights_after_one_decided_since() {
    let mut cluster = Cluster::new(Plan::calm(9, 4, 40));
    cluster.start_all();
    cluster.run_to(10);
    // Wiped and restored: blocks come back, log and record do not.
    cluster.crash(3);
    cluster.nodes[3].wal = Default::default();
    cluster.nodes[3].record = None;
    cluster.run_to(40);
    let observed = &cluster.nodes[3].observed;
    let first = observed.first().unwrap();
    assert!(matches!(first.1, ObservingReason::NoRecord { until: None }));
    let until = observed.iter().find_map(|(_, reason)| match reason {
        ObservingReason::NoRecord { until } => *until,
        _ => None,
    });
    let until = until.unwrap();
    assert!(observed.iter().all(|(height, _)| *height < until));
    let record = LastSigned::decode(cluster.nodes[3].record.as_ref().unwrap()).unwrap();
    assert!(record.height >= until);
    assert!(until >= Height(12));
}

#[test]
fn a_restored_block_store_with_its_record_kept_waits_for_the_record() {
    let mut cluster = Cluster::new(Plan::calm(10, 4, 30));
    cluster.start_all();
    cluster.run_to(10);
    cluster.crash(3);
    cluster.nodes[3].chain.truncate(4);
    cluster.nodes[3].wal = Default::default();
    let signed = LastSigned::decode(cluster.nodes[3].record.as_ref().unwrap()).unwrap();
    cluster.run_to(30);
    for (height, reason) in &cluster.nodes[3].observed {
        assert!(*height <= signed.height);
        assert!(matches!(
            reason,
            ObservingReason::RecordAhead { .. } | ObservingReason::LogLost
        ));
    }
    assert!(!cluster.nodes[3].observed.is_empty());
}

#[test]
fn a_second_node_with_the_same_key_is_noticed() {
    let mut plan = Plan::calm(11, 5, 20);
    plan.sets = vec![(0, vec![0, 1, 2, 3, 4])];
    let mut cluster = Cluster::new(plan);
    // Node 4 is a clone of node 3, record and all; it builds blocks and votes of its own.
    cluster.plan.sets = vec![(0, vec![0, 1, 2, 3])];
    cluster.nodes[4].key = key_of(3);
    cluster.nodes[4].address = cluster.nodes[3].address;
    cluster.nodes[4].equivocates = true;
    cluster.start_all();
    cluster.run_to(10);
    assert!(cluster.nodes[3].key_alarms > 0);
}

#[test]
fn garbage_from_peers_changes_nothing() {
    let mut cluster = Cluster::new(Plan::calm(12, 4, 30));
    cluster.start_all();
    let mut random = Random::new(99);
    for height in 1..=30 {
        for _ in 0..200 {
            let to = random.below(4) as usize;
            let message = peers::garbage(&mut random, height);
            cluster.give(to, HostInput::Message(message));
        }
        cluster.run_to(height);
    }
    assert_eq!(cluster.rounds_max, 0);
    for node in &cluster.nodes {
        assert_eq!(node.faults, []);
        assert!(node.evidence.is_empty());
        let host = node.host.as_ref().unwrap();
        assert!(host.kept_messages() <= super::future::UNVERIFIED_MAX);
    }
}
