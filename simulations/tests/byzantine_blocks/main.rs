//! Byzantine behaviours about blocks, sync and transactions: they happen, honest nodes notice, and no promise breaks.
//!
//! What is asserted of every run (`timebank_simulations::run`): all checkers are content to the end, more than a hundred heights
//! and a thousand transactions, and every behaviour of the plan really acted.

mod envelopes;
mod ghosts;
mod sync;

use std::cell::RefCell;

use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::plan::{Menu, Plan};
use timebank_simulations::run;
use timebank_simulations::timeline::Timeline;

/// Plays a run in which nothing goes wrong but what these Byzantine nodes do; what honest nodes warned of and whom they keep
/// away, line by line.
fn play(seed: u64, nodes: usize, behaviours: &[BehaviourKind]) -> Vec<String> {
    let menu = Menu {
        nodes: Some(nodes),
        behaviours: behaviours.to_vec(),
        only: true,
        short: nodes > 4,
        ..Menu::default()
    };
    let plan = Plan::focused(seed, &menu);
    let timeline = RefCell::new(Timeline::keeping(4_000));
    let outcome = run::play_and_tell(&plan, &timeline);
    assert_eq!(outcome.failure, None, "seed {seed}, {nodes} nodes");
    for behaviour in behaviours {
        let times = outcome.misdeeds.get(behaviour.name());
        assert!(times > Some(&0), "{} did nothing", behaviour.name());
    }
    timeline
        .into_inner()
        .lines()
        .filter(|line| line.contains(" warns: ") || line.contains(" keeps node "))
        .map(str::to_owned)
        .collect()
}

/// Asserts that somebody said so.
fn assert_noticed(lines: &[String], what: &str) {
    assert!(
        lines.iter().any(|line| line.contains(what)),
        "nobody noticed {what:?}"
    );
}

#[test]
fn blocks_that_must_not_be_accepted_are_not() {
    let lines = play(1, 4, &[BehaviourKind::InvalidBody]);
    for what in [
        "is invalid: the header's",
        "is invalid: transaction",
        "the list of envelopes is not the block's",
    ] {
        assert_noticed(&lines, what);
    }
}

#[test]
fn lies_about_heights_and_blocks_stop_nobody() {
    let lines = play(1, 4, &[BehaviourKind::SyncLies]);
    assert_noticed(&lines, "keeps node");
}

#[test]
fn blocks_that_are_not_the_chains_are_refused_from_whoever_serves_them() {
    let lines = play(1, 4, &[BehaviourKind::PoisonedBlocks]);
    assert_noticed(&lines, "a certificate that proves nothing");
}

#[test]
fn one_signature_does_not_stand_for_many() {
    let lines = play(1, 4, &[BehaviourKind::RepeatedSigners]);
    assert_noticed(&lines, "a certificate that proves nothing");
}

#[test]
fn bodies_that_a_proposer_keeps_back_are_found_elsewhere_or_done_without() {
    play(1, 4, &[BehaviourKind::WithholdBodies]);
}

#[test]
fn bytes_that_are_no_messages_are_noticed_and_harmless() {
    let lines = play(1, 4, &[BehaviourKind::GarbagePeer]);
    for what in ["bytes are left over", "cut short or malformed"] {
        assert_noticed(&lines, what);
    }
}

#[test]
fn spoiled_transactions_keep_no_good_one_out() {
    let lines = play(1, 4, &[BehaviourKind::PoisonedEnvelope]);
    assert_noticed(&lines, "a wrong signature of a bare key");
}

#[test]
fn nobody_mints_for_ghosts() {
    let lines = play(1, 4, &[BehaviourKind::GhostMint]);
    assert_noticed(&lines, "is invalid: transaction");
}

#[test]
fn two_of_seven_that_lie_about_blocks_and_their_signers() {
    play(
        2,
        7,
        &[
            BehaviourKind::PoisonedBlocks,
            BehaviourKind::RepeatedSigners,
        ],
    );
}

#[test]
fn two_of_seven_that_propose_what_is_invalid_and_keep_bodies_back() {
    play(
        3,
        7,
        &[BehaviourKind::InvalidBody, BehaviourKind::WithholdBodies],
    );
}

#[test]
fn two_of_seven_that_spoil_transactions_and_talk_garbage() {
    play(
        4,
        7,
        &[BehaviourKind::PoisonedEnvelope, BehaviourKind::GarbagePeer],
    );
}

#[test]
fn two_of_seven_that_mint_for_ghosts_together() {
    play(5, 7, &[BehaviourKind::GhostMint, BehaviourKind::GhostMint]);
}

#[test]
fn two_of_seven_that_lie_about_heights_and_mint() {
    play(6, 7, &[BehaviourKind::SyncLies, BehaviourKind::GhostMint]);
}
