//! Keys that contradict themselves, forget their lock, vote without grounds or are quoted with what they never said.

use std::sync::Arc;

use ledger_core::certificate::{CommitSignature, SignedVote, Vote, VoteStep};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::signature::Purpose;
use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus::{ConsensusMessage, PolkaCertificate};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::ValidatorMessage;
use timebank_simulations::checker::Checker;
use timebank_simulations::checker::signer::Signer;
use timebank_simulations::city;
use timebank_simulations::cluster::seen::Seen;
use timebank_simulations::plan::fault::Fault;

use super::{Stage, is_silent_about_a_good_run};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Signer::default(), Stage::new());
}

fn said(node: usize, message: ConsensusMessage) -> Seen {
    let message = ValidatorMessage::Consensus(Box::new(message));
    Seen::Said {
        node,
        topic: Topic::Consensus,
        bytes: Arc::new(codec::encode(&message)),
    }
}

fn vote(stage: &Stage, node: usize, round: u32, step: VoteStep, block: Option<u8>) -> SignedVote {
    let key = city::consensus_key(node);
    let vote = Vote {
        chain_id: stage.cluster.genesis().chain_id(),
        height: Height(1),
        round,
        step,
        block_id: block.map(|it| BlockId(Hash([it; 32]))),
        validator: ValidatorAddress::of(&key.public_key()),
    };
    SignedVote {
        signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
        vote,
    }
}

/// Votes one after another: node, round, step (`v` prevote, `c` precommit), block (0 is nil).
fn tell(stage: &mut Stage, votes: &[(usize, u32, char, u8)]) -> Result<(), String> {
    let mut checker = Signer::default();
    for (node, round, step, block) in votes {
        let step = if *step == 'v' {
            VoteStep::Prevote
        } else {
            VoteStep::Precommit
        };
        let block = (*block > 0).then_some(*block);
        let signed = vote(stage, *node, *round, step, block);
        stage.show(&mut checker, &said(*node, ConsensusMessage::Vote(signed)))?;
        stage.cluster.run_for(1);
    }
    checker.finish(stage.scene())
}

#[track_caller]
fn complains(votes: &[(usize, u32, char, u8)], why: &str) {
    let outcome = tell(&mut Stage::dark(), votes);
    assert!(
        outcome.as_ref().is_err_and(|told| told.contains(why)),
        "{outcome:?}"
    );
}

/// A quorum prevotes block 1 in round 0, and node 0 precommits it.
const LOCKED: [(usize, u32, char, u8); 4] = [
    (0, 0, 'v', 1),
    (1, 0, 'v', 1),
    (2, 0, 'v', 1),
    (0, 0, 'c', 1),
];

#[test]
fn notices_two_votes_in_one_step() {
    complains(&[(0, 0, 'v', 1), (0, 0, 'v', 2)], "and, before,");
    complains(&[(0, 0, 'v', 1), (0, 0, 'v', 0)], "and, before,");
}

#[test]
fn lets_a_vote_be_repeated() {
    let votes = [(0, 0, 'v', 1), (0, 1, 'v', 2), (0, 0, 'v', 1)];
    assert_eq!(tell(&mut Stage::dark(), &votes), Ok(()));
}

#[test]
fn notices_that_a_key_goes_back() {
    complains(&[(0, 1, 'v', 1), (0, 0, 'c', 0)], "goes back");
}

#[test]
fn notices_a_precommit_without_a_quorum_of_prevotes() {
    let two = [(0, 0, 'v', 1), (1, 0, 'v', 1), (0, 0, 'c', 1)];
    complains(&two, "without a quorum");
    let elsewhere = [
        (0, 0, 'v', 1),
        (1, 0, 'v', 1),
        (2, 0, 'v', 2),
        (0, 0, 'c', 1),
    ];
    complains(&elsewhere, "without a quorum");
    assert_eq!(tell(&mut Stage::dark(), &LOCKED), Ok(()));
}

#[test]
fn counts_liars_for_whatever_helps() {
    let behaviour = timebank_simulations::byzantine::BehaviourKind::ALL[0];
    let mut stage = Stage::dark().with(Fault::Corrupt { node: 3, behaviour });
    let two = [(0, 0, 'v', 1), (1, 0, 'v', 1), (0, 0, 'c', 1)];
    assert_eq!(tell(&mut stage, &two), Ok(()));
}

#[test]
fn notices_amnesia() {
    let forgotten = [LOCKED.as_slice(), &[(0, 1, 'v', 2)]].concat();
    complains(&forgotten, "prevotes");
    let faithful = [LOCKED.as_slice(), &[(0, 1, 'v', 1)]].concat();
    assert_eq!(tell(&mut Stage::dark(), &faithful), Ok(()));
    let nil = [LOCKED.as_slice(), &[(0, 1, 'v', 0)]].concat();
    assert_eq!(tell(&mut Stage::dark(), &nil), Ok(()));
    // A later quorum for another block unlocks; one from before the lock does not.
    let later = [
        (1, 1, 'v', 2),
        (2, 1, 'v', 2),
        (3, 1, 'v', 2),
        (0, 2, 'v', 2),
    ];
    let unlocked = [LOCKED.as_slice(), &later].concat();
    assert_eq!(tell(&mut Stage::dark(), &unlocked), Ok(()));
}

#[test]
fn notices_a_quotation_of_what_was_never_said() {
    let mut stage = Stage::dark();
    let mut checker = Signer::default();
    let mut signatures = Vec::new();
    for node in 0..3 {
        let signed = vote(&stage, node, 0, VoteStep::Prevote, Some(1));
        signatures.push(CommitSignature {
            validator: signed.vote.validator,
            signature: signed.signature,
        });
        // Node 2 has not said it.
        if node < 2 {
            let seen = said(node, ConsensusMessage::Vote(signed));
            assert_eq!(stage.show(&mut checker, &seen), Ok(()));
        }
    }
    let polka = |signatures| {
        said(
            0,
            ConsensusMessage::Polka(PolkaCertificate {
                height: Height(1),
                round: 0,
                block_id: BlockId(Hash([1; 32])),
                signatures,
            }),
        )
    };
    stage.cluster.run_for(1);
    let two = polka(signatures[..2].to_vec());
    assert_eq!(stage.show(&mut checker, &two), Ok(()));
    let outcome = checker.finish(stage.scene());
    assert!(outcome.is_err_and(|why| why.contains("prove nothing")));
    assert_eq!(stage.show(&mut checker, &polka(signatures)), Ok(()));
    let outcome = checker.finish(stage.scene());
    assert!(outcome.is_err_and(|why| why.contains("never said")));
}
