//! An upgrade of the rules: nodes that do not know the version stop before its day's first block, and those that do go on.

use std::cell::RefCell;
use std::rc::Rc;

use ledger_core::id::Height;
use ledger_core::time::{Calendar, DAY_MS, TimestampMs};
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{Alarm, Fault, ReplicaConfig, ReplicaInput, Topic};
use timebank_simulations::city::Office;
use timebank_simulations::cluster::settings::ClusterSettings;
use timebank_simulations::cluster::{Cluster, Passing};

use super::{check, cluster_of, now_ms, submit, wait_for};

/// A program that knows version 2 of the rules.
fn newer(config: &mut ReplicaConfig) {
    config.rules_version = 2;
}

/// Version 2 is announced for the day after tomorrow; when that day begins.
fn announce(cluster: &mut Cluster, office: &mut Office, seed: u64) -> TimestampMs {
    let today = Calendar::CHINA.day(TimestampMs(now_ms(cluster)));
    let from_day = today.plus_days(2);
    let upgrade = office.schedule_upgrade(2, from_day, now_ms(cluster));
    let id = submit(cluster, 0, &upgrade);
    wait_for(cluster, seed, &[id]);
    Calendar::CHINA.start_of(from_day)
}

/// Puts the chain's time a moment before the day: the last block of the old rules.
fn last_moment(cluster: &mut Cluster, office: &mut Office, seed: u64, day_ms: TimestampMs) {
    let moment_ms = day_ms.minus_ms(DAY_MS);
    let advance = office.advance_time(moment_ms, now_ms(cluster));
    let mut ids = vec![submit(cluster, 0, &advance)];
    wait_for(cluster, seed, &ids);
    let opened = office.open_account("the day before", 0, 1, moment_ms.0);
    ids.push(submit(cluster, 0, &opened));
    wait_for(cluster, seed, &ids);
}

/// Heights for which a vote or proposal is on its way, noted from now on.
fn watch_votes(cluster: &mut Cluster) -> Rc<RefCell<Vec<(usize, Height)>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let notes = Rc::clone(&seen);
    cluster.set_filter(Some(Box::new(move |passing: Passing<'_>| {
        if let ReplicaInput::Message {
            topic: Topic::Consensus,
            bytes,
            ..
        } = passing.input
            && let Ok(ValidatorMessage::Consensus(message)) = ValidatorMessage::decode(bytes)
        {
            let height = match *message {
                ConsensusMessage::Vote(signed) => signed.vote.height,
                ConsensusMessage::Proposal(signed) => signed.proposal.header.height,
                _ => return true,
            };
            notes.borrow_mut().push((passing.from, height));
        }
        true
    })));
    seen
}

#[test]
fn nodes_that_do_not_know_the_version_stop_before_its_first_block_and_no_vote_leaves() {
    let seed = 90;
    let (mut cluster, mut office) = cluster_of(ClusterSettings::new(seed, 4));
    let day_ms = announce(&mut cluster, &mut office, seed);
    for node in 0..4 {
        assert!(
            cluster.records.alarms.iter().any(|(warned, alarm)| {
                *warned == node
                    && matches!(
                        alarm,
                        Alarm::UpgradeAhead {
                            version: 2,
                            known: 1,
                            ..
                        }
                    )
            }),
            "node {node} warns its operator"
        );
    }
    last_moment(&mut cluster, &mut office, seed, day_ms);
    let last = cluster.height(0);
    // The day has come, by the city's word: this is the last block, and the next one would be of the new rules.
    let advance = office.advance_time(day_ms, now_ms(&cluster));
    let votes = watch_votes(&mut cluster);
    let advanced = submit(&mut cluster, 0, &advance);
    cluster.run_for(10_000);
    let next = last.next().next();
    let said: Vec<_> = votes
        .borrow()
        .iter()
        .filter(|it| it.1 >= next)
        .copied()
        .collect();
    assert_eq!(said, [], "no vote and no proposal of the new day leaves");
    assert_eq!(cluster.records.halts.len(), 4);
    for (node, fault) in &cluster.records.halts {
        let Fault::RulesUnknown {
            height,
            required: 2,
            known: 1,
        } = fault
        else {
            panic!("node {node} stopped for another reason: {fault}");
        };
        assert_eq!(*height, next);
    }
    // The new program goes on with what was there: nothing that was decided is lost.
    cluster.set_filter(None);
    cluster.reconfigure(newer);
    for node in 0..4 {
        cluster.start(node);
    }
    let opened = office.open_account("new day", 1, 1, day_ms.0);
    let id = submit(&mut cluster, 1, &opened);
    wait_for(&mut cluster, seed, &[advanced, id]);
    // They stopped as they had to; nothing else is wrong.
    cluster.records.halts.clear();
    check(&cluster, seed);
}

#[test]
fn those_who_know_the_version_go_on_without_the_one_who_does_not() {
    let seed = 91;
    let mut settings = ClusterSettings::new(seed, 4);
    settings.configure = newer;
    let (mut cluster, mut office) = cluster_of(settings);
    // Node 3 still runs the old program.
    cluster.crash(3, 0);
    cluster.reconfigure(|_| {});
    cluster.start(3);
    let day_ms = announce(&mut cluster, &mut office, seed);
    last_moment(&mut cluster, &mut office, seed, day_ms);
    let advance = office.advance_time(day_ms, now_ms(&cluster));
    let last = cluster.height(3);
    let mut ids = vec![submit(&mut cluster, 0, &advance)];
    wait_for(&mut cluster, seed, &ids);
    let opened = office.open_account("new day", 0, 1, day_ms.0);
    ids.push(submit(&mut cluster, 0, &opened));
    wait_for(&mut cluster, seed, &ids);
    assert!(cluster.height(0) > last.next());
    assert!(cluster.replica(3).is_none(), "it has stopped");
    let [(3, Fault::RulesUnknown { required: 2, .. })] = cluster.records.halts.as_slice() else {
        panic!("{:?}", cluster.records.halts);
    };
    // It does not come back with the old program, and catches up with the new one.
    cluster.start(3);
    cluster.run_for(5_000);
    assert!(cluster.replica(3).is_none(), "it stops again");
    cluster.reconfigure(newer);
    cluster.start(3);
    wait_for(&mut cluster, seed, &ids);
    // They stopped as they had to; nothing else is wrong.
    cluster.records.halts.clear();
    check(&cluster, seed);
}
