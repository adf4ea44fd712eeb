//! Every behaviour that breaks the rules of consensus, by itself: the promises hold, and it really happened.

use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::plan::{Menu, Plan};
use timebank_simulations::run;

/// Nothing goes wrong but these nodes; the run reaches its heights and keeps every promise.
#[track_caller]
fn survives(behaviours: &[BehaviourKind], nodes: usize, seed: u64) {
    let plan = Plan::focused(
        seed,
        &Menu {
            nodes: Some(nodes),
            behaviours: behaviours.to_vec(),
            only: true,
            short: true,
            ..Menu::default()
        },
    );
    assert_eq!(plan.suspects().len(), behaviours.len());
    let outcome = run::play(&plan);
    assert_eq!(outcome.failure, None, "{behaviours:?}, seed {seed}");
    for behaviour in behaviours {
        let times = outcome.misdeeds.get(behaviour.name());
        assert!(times.is_some_and(|times| *times > 0), "{behaviour:?}");
    }
}

/// One of four, and two of seven.
#[track_caller]
fn survives_alone_and_in_pairs(behaviour: BehaviourKind) {
    survives(&[behaviour], 4, 1);
    survives(&[behaviour, behaviour], 7, 2);
}

#[test]
fn a_node_that_tells_two_halves_different_things() {
    survives_alone_and_in_pairs(BehaviourKind::Equivocate);
}

#[test]
fn a_node_that_forgets_what_it_signed() {
    survives_alone_and_in_pairs(BehaviourKind::Amnesia);
}

#[test]
fn a_node_that_hides_what_it_is_locked_on() {
    survives_alone_and_in_pairs(BehaviourKind::HiddenLock);
}

#[test]
fn a_node_that_keeps_honest_nodes_in_different_rounds() {
    survives_alone_and_in_pairs(BehaviourKind::SplitVotes);
}

#[test]
fn a_node_that_says_everything_late() {
    survives_alone_and_in_pairs(BehaviourKind::LateRelease);
}

#[test]
fn a_node_that_speaks_of_far_rounds_without_end() {
    survives_alone_and_in_pairs(BehaviourKind::FutureRoundSpam);
}

#[test]
fn a_node_that_moves_the_time_of_its_blocks() {
    survives_alone_and_in_pairs(BehaviourKind::TimeDrift);
}

#[test]
fn a_node_that_accuses_honest_ones() {
    survives_alone_and_in_pairs(BehaviourKind::Framing);
}

#[test]
fn a_node_that_tells_certificates_that_are_not_quite_right() {
    survives_alone_and_in_pairs(BehaviourKind::FlawedCertificates);
}

#[test]
fn a_node_that_hands_out_other_lists_for_the_blocks_of_others() {
    survives_alone_and_in_pairs(BehaviourKind::ForeignBodies);
}

#[test]
fn a_node_that_keeps_what_it_has_and_says_again_and_again_that_blocks_are_empty() {
    survives_alone_and_in_pairs(BehaviourKind::RepeatedBodies);
}

#[test]
fn conspirators_of_different_kinds() {
    let kinds = [
        BehaviourKind::Equivocate,
        BehaviourKind::HiddenLock,
        BehaviourKind::SplitVotes,
    ];
    survives(&kinds, 10, 3);
}
