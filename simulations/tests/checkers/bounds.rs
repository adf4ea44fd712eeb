//! Mempools that take too much, and messages that are too long.

use std::sync::Arc;

use timebank_node::planted::{Planted, plant};
use timebank_node::replica::Topic;
use timebank_simulations::checker::Checker;
use timebank_simulations::checker::bounds::{self, Bounds};
use timebank_simulations::client::flood::Flood;
use timebank_simulations::client::{Client, Part};
use timebank_simulations::cluster::seen::Seen;
use timebank_simulations::counters::{Counters, FaultKind};
use timebank_simulations::plan::fault::{Fault, Scheduled};
use timebank_simulations::workload::Openings;

use super::{Stage, is_silent_about_a_good_run};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Bounds::default(), Stage::new());
}

/// Floods node 0, whose mempool is small, and shows the checker what comes of it.
fn flood() -> (Result<(), String>, Stage) {
    let mut stage = Stage::with_small_mempools(40);
    let it = Scheduled {
        number: 0,
        at_ms: 0,
        lasts_ms: u64::MAX,
        fault: Fault::Client {
            kind: FaultKind::Flood,
            node: 0,
        },
    };
    let part = Part::new(&stage.plan, &it, 0);
    let mut flood = Flood::new(part, stage.cluster.genesis());
    let mut city = Openings::new(4, 4);
    let mut counters = Counters::new();
    let mut checker = Bounds::default();
    let mut outcome = Ok(());
    for _ in 0..12 {
        flood.act(&mut stage.cluster, &mut city, &mut counters);
        outcome = outcome.and_then(|()| stage.play(&mut checker, 500, |seen| vec![seen]));
    }
    assert!(counters.of(FaultKind::Flood) > 400);
    let outcome = outcome.and_then(|()| checker.finish(stage.scene()));
    (outcome, stage)
}

#[test]
fn a_flood_keeps_within_every_bound() {
    let (outcome, stage) = flood();
    assert_eq!(outcome, Ok(()));
    let loads = stage.cluster.replica(0).unwrap().loads();
    let full = loads.iter().find(|load| load.name == "keyless").unwrap();
    assert_eq!(full.held, full.bound, "the flood filled what it can fill");
}

#[test]
fn notices_a_mempool_that_takes_whatever_comes() {
    plant(Some(Planted::MempoolUnbounded));
    let (outcome, stage) = flood();
    plant(None);
    let complaint = outcome.expect_err("the checker is silent");
    assert!(complaint.contains("keyless"), "{complaint}");
    assert!(
        (0..4).any(|node| bounds::check_replica(stage.cluster.replica(node).unwrap()).is_err())
    );
}

#[test]
fn notices_messages_that_are_too_long() {
    let stage = Stage::dark();
    let said = Seen::Said {
        node: 0,
        topic: Topic::Consensus,
        bytes: Arc::new(vec![0; Topic::Consensus.bytes_max() + 1]),
    };
    let outcome = stage.show(&mut Bounds::default(), &said);
    assert!(outcome.is_err_and(|why| why.contains("at once")));
}
