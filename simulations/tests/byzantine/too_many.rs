//! The checkers are no ornament: with one liar more than the protocol bears they must see that honest nodes part.
//!
//! The network helps the liars: one honest node hears of the others only what liars tell it.

use std::collections::BTreeSet;

use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::checker::agreement::Agreement;
use timebank_simulations::checker::{Checker, Scene};
use timebank_simulations::city::Office;
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;
use timebank_simulations::counters::FaultKind;
use timebank_simulations::plan::{Menu, Plan};

const NODES: usize = 4;
const SEEDS: std::ops::Range<u64> = 0..4;
/// How often somebody opens an account at each node, twice in a virtual second.
const BURSTS: u64 = 40;

/// Four nodes of which the first `liars` tell two halves different things; what the checker of agreement says.
fn attack(seed: u64, liars: usize) -> Result<(), String> {
    let mut cluster = Cluster::new(ClusterSettings::new(seed, NODES));
    cluster.watch();
    for liar in 0..liars {
        cluster.corrupt(liar, BehaviourKind::Equivocate);
    }
    let alone = liars;
    cluster
        .network()
        .cut_unless(NODES, FaultKind::Halves, |one, other| {
            one < liars || (one != alone && other != alone)
        });
    let menu = Menu {
        nodes: Some(NODES),
        only: true,
        ..Menu::default()
    };
    let plan = Plan::focused(seed, &menu);
    let suspects: BTreeSet<usize> = (0..liars).collect();
    let mut office = Office::new(cluster.genesis().chain_id());
    let mut checker = Agreement::default();
    for burst in 0..BURSTS {
        for node in 0..NODES {
            let now_ms = cluster.now_ms(node);
            let label = format!("{burst} at {node}");
            let envelope = office.open_account(&label, node, 1, now_ms);
            cluster.submit(node, envelope);
        }
        let until_us = cluster.now_us() + 500_000;
        while cluster.step(until_us) {}
        for seen in cluster.take_seen() {
            let scene = Scene {
                cluster: &cluster,
                plan: &plan,
                suspects: &suspects,
            };
            checker.observe(scene, &seen)?;
        }
    }
    assert!(!cluster.misdeeds().is_empty(), "nobody lied");
    Ok(())
}

#[test]
fn one_liar_too_many_parts_the_honest_nodes_and_is_seen() {
    let complaint = SEEDS
        .filter_map(|seed| attack(seed, 2).err())
        .next()
        .expect("no run of two liars of four parts the honest nodes");
    assert!(complaint.contains("has block"), "{complaint}");
}

#[test]
fn the_same_attack_by_as_many_as_the_protocol_bears_fails() {
    for seed in SEEDS {
        assert_eq!(attack(seed, 1), Ok(()), "seed {seed}");
    }
}
