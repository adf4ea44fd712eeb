//! The checkers are no ornament: with one liar more than the protocol bears they must see that honest nodes part.

use std::collections::BTreeSet;

use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::plan::fault::{Fault, Scheduled};
use timebank_simulations::plan::{Menu, Plan};
use timebank_simulations::run::{self, Outcome};

const SEEDS: std::ops::Range<u64> = 0..3;

/// What a run of four nodes comes to of which the first `liars` tell two halves different things.
fn play(seed: u64, liars: usize) -> Outcome {
    let mut plan = Plan::focused(
        seed,
        &Menu {
            nodes: Some(4),
            only: true,
            short: true,
            ..Menu::default()
        },
    );
    plan.faults = (0..liars)
        .map(|node| Scheduled {
            number: node,
            at_ms: 0,
            lasts_ms: u64::MAX,
            fault: Fault::Corrupt {
                node,
                behaviour: BehaviourKind::Equivocate,
            },
        })
        .collect();
    run::play(&plan)
}

#[test]
fn one_liar_too_many_parts_the_honest_nodes_and_is_seen() {
    let promises: BTreeSet<String> = SEEDS
        .filter_map(|seed| play(seed, 2).failure)
        .map(|failure| failure.promise)
        .collect();
    assert!(promises.contains("agreement"), "{promises:?}");
}

#[test]
fn the_same_attack_by_as_many_as_the_protocol_bears_fails() {
    for seed in SEEDS {
        assert_eq!(play(seed, 1).failure, None, "seed {seed}");
    }
}
