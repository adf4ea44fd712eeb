//! Changes of the validator set, and validators that contradict themselves.

use ledger_core::certificate::{SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::BlockId;
use ledger_core::signature::Purpose;
use ledger_core::state::{StateKey, StateView};
use ledger_core::time::{DAY_MS, TimestampMs};
use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{Alarm, ReplicaInput, Topic};
use timebank_simulations::city;
use timebank_simulations::cluster::settings::ClusterSettings;

use super::{check, cluster, cluster_of, now_ms, open_account, submit, wait_for};

#[test]
fn the_validator_set_changes_in_flight() {
    let seed = 80;
    let mut settings = ClusterSettings::new(seed, 6);
    settings.voting = 4;
    let (mut cluster, mut office) = cluster_of(settings);
    let mut ids = Vec::new();
    for number in 0..40 {
        let node = number % 6;
        ids.push(open_account(
            &mut cluster,
            &mut office,
            &format!("{number}"),
            node,
        ));
        let change = match number {
            10 => Some(office.set_validators([0, 1, 2, 3, 4], now_ms(&cluster))),
            // Within a day less than a third of the power may be new.
            20 => {
                let to_ms = TimestampMs(now_ms(&cluster) + DAY_MS + 1);
                Some(office.advance_time(to_ms, now_ms(&cluster)))
            }
            30 => Some(office.set_validators([0, 1, 2, 3, 4, 5], now_ms(&cluster))),
            _ => None,
        };
        if let Some(change) = change {
            wait_for(&mut cluster, seed, &ids);
            ids.push(submit(&mut cluster, number % 6, &change));
            wait_for(&mut cluster, seed, &ids);
        }
        cluster.run_for(30);
    }
    wait_for(&mut cluster, seed, &ids);
    let status = cluster.status(5).unwrap();
    assert_eq!(status.validators.as_slice().len(), 6);
    assert!(status.in_set);
    // The new ones count: five of six are a quorum.
    cluster.crash(0, 0);
    let id = open_account(&mut cluster, &mut office, "five of six", 4);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn a_validator_that_joins_while_it_was_down_catches_up_over_the_change() {
    let seed = 81;
    let mut settings = ClusterSettings::new(seed, 5);
    settings.voting = 4;
    let (mut cluster, mut office) = cluster_of(settings);
    cluster.crash(4, 0);
    let change = office.set_validators([0, 1, 2, 3, 4], cluster.now_ms(0));
    let mut ids = vec![submit(&mut cluster, 0, &change)];
    wait_for(&mut cluster, seed, &ids);
    for number in 0..10 {
        ids.push(open_account(
            &mut cluster,
            &mut office,
            &format!("{number}"),
            0,
        ));
        wait_for(&mut cluster, seed, &ids);
    }
    cluster.start(4);
    wait_for(&mut cluster, seed, &ids);
    assert!(cluster.status(4).unwrap().in_set);
    check(&cluster, seed);
}

#[test]
fn an_equivocation_ends_up_on_the_ledger() {
    let seed = 82;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "one", 0);
    wait_for(&mut cluster, seed, &[id]);
    let height = cluster.height(0).next();
    // Node 3's key signs two prevotes in one round.
    let key = city::consensus_key(3);
    let validator = ValidatorAddress::of(&key.public_key());
    for byte in [1, 2] {
        let vote = Vote {
            chain_id: cluster.genesis().chain_id(),
            height,
            round: 0,
            step: VoteStep::Prevote,
            block_id: Some(BlockId(Hash([byte; 32]))),
            validator,
        };
        let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
        let message = ConsensusMessage::Vote(SignedVote { vote, signature });
        let message = ValidatorMessage::Consensus(Box::new(message));
        let input = ReplicaInput::Message {
            from: city::peer_key(3).public_key(),
            topic: Topic::Consensus,
            bytes: ledger_core::codec::encode(&message),
        };
        for node in 0..3 {
            cluster.give(node, input.clone());
        }
        cluster.run_for(1);
    }
    cluster.run_for(10_000);
    let recorded = StateKey::Evidence(validator, height, 0, VoteStep::Prevote).to_bytes();
    for node in 0..4 {
        let state = cluster.replica(node).unwrap().state().snapshot();
        assert!(state.read(&recorded).unwrap().is_some(), "node {node}");
    }
    assert!(cluster.records.alarms.iter().any(|(_, alarm)| {
        matches!(alarm, Alarm::Equivocation { validator: accused, .. } if *accused == validator)
    }));
    assert_eq!(cluster.status(0).unwrap().evidence.len(), 1);
    assert!((0..4).all(|node| cluster.status(node).unwrap().idle));
    check(&cluster, seed);
}
