//! Nodes that crash, disks that fail, networks that lose and divide.

use std::collections::BTreeSet;

use ledger_core::certificate::{SignedVote, Vote, VoteStep};
use ledger_core::id::{Height, TransactionId};
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{Fault, ReplicaInput, Topic};
use timebank_node::storage::DiskFault;
use timebank_simulations::city::Office;
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;
use timebank_simulations::random::Random;

use super::{PATIENCE_MS, check, cluster, cluster_of, open_account, wait_for};

#[test]
fn a_node_that_was_down_catches_up_by_sync() {
    let seed = 20;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.crash(3, 0);
    let mut ids = Vec::new();
    for number in 0..150 {
        let id = open_account(&mut cluster, &mut office, &format!("{number}"), number % 3);
        wait_for(&mut cluster, seed, &[id]);
        ids.push(id);
    }
    cluster.start(3);
    wait_for(&mut cluster, seed, &ids);
    check(&cluster, seed);
    // It votes again: without it and one more there is no quorum.
    cluster.crash(0, 0);
    let id = open_account(&mut cluster, &mut office, "afterwards", 3);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn a_node_that_missed_the_last_block_only_gets_it_while_the_network_is_idle() {
    let seed = 21;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.network().divide(&[3], 4);
    let id = open_account(&mut cluster, &mut office, "one", 0);
    cluster.run_until(PATIENCE_MS, |cluster| cluster.height(0) == Height(1));
    assert_eq!(cluster.height(3), Height(0));
    cluster.network().heal();
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn a_node_with_an_empty_disk_joins() {
    let seed = 22;
    let mut settings = ClusterSettings::new(seed, 5);
    settings.voting = 4;
    let (mut cluster, mut office) = cluster_of(settings);
    cluster.crash(4, 0);
    let mut ids = Vec::new();
    for number in 0..40 {
        let id = open_account(&mut cluster, &mut office, &format!("{number}"), number % 4);
        wait_for(&mut cluster, seed, &[id]);
        ids.push(id);
    }
    cluster.start(4);
    wait_for(&mut cluster, seed, &ids);
    check(&cluster, seed);
}

#[test]
fn a_lost_state_is_rebuilt_from_the_blocks() {
    let seed = 23;
    let (mut cluster, mut office) = cluster(seed, 4);
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(open_account(
            &mut cluster,
            &mut office,
            &format!("{number}"),
            0,
        ));
        wait_for(&mut cluster, seed, &ids);
    }
    cluster.crash(1, 0);
    cluster.disk(1).discard_state();
    cluster.start(1);
    wait_for(&mut cluster, seed, &ids);
    check(&cluster, seed);
}

#[test]
fn a_node_without_its_last_signed_record_observes_and_then_votes_again() {
    let seed = 24;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "before", 0);
    wait_for(&mut cluster, seed, &[id]);
    cluster.crash(2, 0);
    cluster.disk(2).discard_last_signed();
    cluster.start(2);
    for number in 0..4 {
        let id = open_account(&mut cluster, &mut office, &format!("{number}"), 0);
        wait_for(&mut cluster, seed, &[id]);
        let observes = !cluster.status(2).unwrap().voting;
        assert!(number > 0 || observes, "it observes at first");
    }
    cluster.crash(0, 0);
    let id = open_account(&mut cluster, &mut office, "it votes", 2);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn a_network_that_loses_messages_goes_on() {
    for seed in 30..34 {
        let mut settings = ClusterSettings::new(seed, 4);
        settings.network.loss_per_mille = 100;
        let (mut cluster, mut office) = cluster_of(settings);
        let mut ids = Vec::new();
        for number in 0..20 {
            let id = open_account(&mut cluster, &mut office, &format!("{number}"), number % 4);
            wait_for(&mut cluster, seed, &[id]);
            ids.push(id);
        }
        check(&cluster, seed);
    }
}

#[test]
fn a_divided_network_stands_still_and_goes_on_when_it_is_whole() {
    let seed = 35;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.network().divide(&[0, 1], 4);
    let ids = [
        open_account(&mut cluster, &mut office, "here", 0),
        open_account(&mut cluster, &mut office, "there", 3),
    ];
    cluster.run_for(20_000);
    assert!((0..4).all(|node| cluster.height(node) == Height(0)));
    cluster.network().heal();
    wait_for(&mut cluster, seed, &ids);
    check(&cluster, seed);
}

#[test]
fn a_node_that_gets_votes_but_no_block_fetches_it() {
    let seed = 36;
    let (mut cluster, mut office) = cluster(seed, 4);
    // Node 3 gets no body, neither by itself nor when it asks for it; blocks it does get.
    cluster.set_filter(Some(Box::new(|passing| match passing.input {
        ReplicaInput::Message { topic, bytes, .. } if passing.to == 3 => {
            *topic != Topic::Transactions && bytes.first() != Some(&1)
        }
        ReplicaInput::Request { bytes, .. } if passing.from == 3 => bytes.first() == Some(&0),
        _ => true,
    })));
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(open_account(
            &mut cluster,
            &mut office,
            &format!("{number}"),
            number % 3,
        ));
        wait_for(&mut cluster, seed, &ids);
    }
    assert!(cluster.records.requests > 0);
    check(&cluster, seed);
}

/// A few blocks while node 0 is made to stop by `prepare`; it starts again after a while. Everything that was ever
/// submitted must be there in the end, once.
fn survive(seed: u64, prepare: impl FnOnce(&mut Cluster)) -> Cluster {
    let (mut cluster, mut office) = cluster(seed, 4);
    prepare(&mut cluster);
    let submissions: Vec<_> = (0..4)
        .map(|node| office.open_account(&format!("at {node}"), node, 1, cluster.now_ms(node)))
        .collect();
    for (node, envelope) in submissions.iter().enumerate() {
        cluster.submit(node, envelope.clone());
        cluster.run_for(20);
    }
    cluster.run_for(500);
    if cluster.replica(0).is_none() {
        cluster.disk(0).set_fault(None);
        cluster.start(0);
    }
    // Its client got no receipt if the node was gone too early, and submits again.
    cluster.submit(0, submissions[0].clone());
    let ids: Vec<TransactionId> = submissions.iter().map(|envelope| envelope.id()).collect();
    wait_for(&mut cluster, seed, &ids);
    cluster
}

#[test]
fn a_crash_at_any_effect_loses_nothing_and_doubles_nothing() {
    let seed = 40;
    let effects = survive(seed, |_| {}).effects_done(0);
    assert!(effects > 50, "{effects}");
    for boundary in 0..effects {
        let cluster = survive(seed, |cluster| cluster.crash_after_effects(0, boundary));
        check(&cluster, seed * 1_000 + boundary);
    }
}

#[test]
fn a_crash_at_any_write_loses_nothing_and_doubles_nothing() {
    let seed = 41;
    for writes in 0..80 {
        let cluster = survive(seed, |cluster| {
            cluster.disk(0).set_fault(Some(DiskFault::After(writes)));
        });
        timebank_simulations::checker::check(&cluster)
            .unwrap_or_else(|reason| panic!("after {writes} writes: {reason}"));
    }
}

#[test]
fn a_full_disk_stops_the_node_with_a_reason_and_it_resumes_with_space() {
    let seed = 42;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.disk(1).set_fault(Some(DiskFault::Full));
    let id = open_account(&mut cluster, &mut office, "one", 0);
    wait_for(&mut cluster, seed, &[id]);
    let (node, fault) = cluster.records.halts.remove(0);
    assert_eq!(node, 1);
    let Fault::Storage(error) = fault else {
        panic!("{fault}");
    };
    let reason = error.to_string();
    assert!(reason.contains("no space left"), "{reason}");
    assert!(cluster.replica(1).is_none());
    cluster.disk(1).set_fault(None);
    cluster.start(1);
    let id = open_account(&mut cluster, &mut office, "two", 1);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn all_nodes_crash_at_once_again_and_again() {
    for seed in 50..56 {
        let mut settings = ClusterSettings::new(seed, 4);
        settings.network.loss_per_mille = 5;
        let (mut cluster, mut office) = cluster_of(settings);
        let mut random = Random::new(seed);
        let mut submitted = Vec::new();
        for number in 0..15 {
            let envelope =
                office.open_account(&format!("{number}"), number % 4, 1, cluster.now_ms(0));
            cluster.submit(number % 4, envelope.clone());
            submitted.push(envelope);
            // Somewhere in the middle of deciding.
            cluster.run_for(random.below(40));
            for node in 0..4 {
                let torn_bytes = random.index(5_000);
                cluster.crash(node, torn_bytes);
            }
            for node in 0..4 {
                cluster.start(node);
                cluster.run_for(random.below(100));
            }
        }
        for envelope in &submitted {
            cluster.submit(1, envelope.clone());
        }
        let ids: Vec<TransactionId> = submitted.iter().map(|envelope| envelope.id()).collect();
        wait_for(&mut cluster, seed, &ids);
        check(&cluster, seed);
    }
}

#[test]
fn a_node_that_stops_in_order_and_starts_replays_nothing() {
    let seed = 57;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "one", 0);
    wait_for(&mut cluster, seed, &[id]);
    cluster.give(2, ReplicaInput::Stop);
    let durable = cluster.replica(2).unwrap().state().durable().unwrap();
    assert_eq!(durable.height, cluster.height(2));
    cluster.crash(2, 0);
    cluster.start(2);
    let id = open_account(&mut cluster, &mut office, "two", 2);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn random_faults_break_no_promise() {
    for seed in 60..66 {
        let mut settings = ClusterSettings::new(seed, 4);
        settings.network.loss_per_mille = 20;
        let (mut cluster, mut office) = cluster_of(settings);
        let mut random = Random::new(seed);
        let submitted = wreak_havoc(&mut cluster, &mut office, &mut random);
        cluster.network().heal();
        cluster.network().set_loss_per_mille(0);
        for node in 0..4 {
            if cluster.replica(node).is_none() {
                cluster.start(node);
            }
        }
        cluster.run_for(5_000);
        for envelope in &submitted {
            cluster.submit(0, envelope.clone());
        }
        let ids: Vec<TransactionId> = submitted.iter().map(|envelope| envelope.id()).collect();
        wait_for(&mut cluster, seed, &ids);
        check(&cluster, seed);
    }
}

fn wreak_havoc(
    cluster: &mut Cluster,
    office: &mut Office,
    random: &mut Random,
) -> Vec<std::sync::Arc<ledger_core::transaction::SealedEnvelope>> {
    let mut submitted = Vec::new();
    let mut down = BTreeSet::new();
    for number in 0..60 {
        let node = random.index(4);
        match random.below(6) {
            0 if down.len() < 2 => {
                cluster.crash(node, random.index(9_000));
                down.insert(node);
            }
            1 => {
                if let Some(node) = down.pop_first() {
                    cluster.start(node);
                }
            }
            2 => cluster.network().divide(&[node], 4),
            3 => cluster.network().heal(),
            _ => {
                let envelope =
                    office.open_account(&format!("{number}"), node, 1, cluster.now_ms(node));
                cluster.submit(node, envelope.clone());
                submitted.push(envelope);
            }
        }
        cluster.run_for(random.below(400));
    }
    submitted
}

#[test]
fn a_block_all_voted_for_survives_that_all_crash_before_any_of_them_commits() {
    for seed in 43..48 {
        let (mut cluster, mut office) = cluster(seed, 4);
        // Precommits reach nobody: every node is locked on a block, and none is decided.
        cluster.set_filter(Some(Box::new(|passing| !is_precommit(passing.input))));
        let id = open_account(&mut cluster, &mut office, "locked", 0);
        cluster.run_for(200);
        assert!((0..4).all(|node| cluster.height(node) == Height(0)));
        for node in 0..4 {
            cluster.crash(node, 0);
        }
        cluster.set_filter(None);
        // Nobody has the transaction any more but in the log.
        for node in 0..4 {
            cluster.start(node);
        }
        wait_for(&mut cluster, seed, &[id]);
        check(&cluster, seed);
    }
}

fn is_precommit(input: &ReplicaInput) -> bool {
    let ReplicaInput::Message {
        topic: Topic::Consensus,
        bytes,
        ..
    } = input
    else {
        return false;
    };
    match ValidatorMessage::decode(bytes) {
        Ok(ValidatorMessage::Consensus(message)) => matches!(
            *message,
            ConsensusMessage::Vote(SignedVote {
                vote: Vote {
                    step: VoteStep::Precommit,
                    ..
                },
                ..
            })
        ),
        _ => false,
    }
}
