//! Evidence on the chain, against honest nodes and against liars.

use std::sync::Arc;

use ledger_core::certificate::{Evidence, SignedVote, Vote, VoteStep};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::Purpose;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::government::SubmitEvidence;
use ledger_core::transaction::{Operation, Signer};
use ledger_core::validator::ValidatorAddress;
use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::checker::accusation::Accusation;
use timebank_simulations::city::{self, Office};
use timebank_simulations::cluster::seen::Seen;
use timebank_simulations::plan::fault::Fault;

use super::{Stage, complains, is_silent_about_a_good_run};

/// Puts evidence against `accused` into every block that is committed.
fn accuse(accused: usize, chain_id: ChainId) -> impl FnMut(Seen) -> Vec<Seen> {
    let key = city::consensus_key(accused);
    let vote = |block_id| {
        let vote = Vote {
            chain_id,
            height: Height(1),
            round: 0,
            step: VoteStep::Prevote,
            block_id,
            validator: ValidatorAddress::of(&key.public_key()),
        };
        let signature = key.sign(Purpose::Vote, &vote.signed_bytes());
        SignedVote { vote, signature }
    };
    let evidence = Evidence::new(vote(None), vote(Some(BlockId(Hash([1; 32])))));
    let operation = Operation::SubmitEvidence(Box::new(SubmitEvidence { evidence }));
    let signers = [(Signer::Key(key.public_key()), key)];
    let valid_until_ms = TimestampMs(city::START_MS + 1_000_000);
    let sealed = Office::new(chain_id).seal(operation, &signers, valid_until_ms);
    move |mut seen| {
        if let Seen::Committed { committed, .. } = &mut seen {
            let block = Arc::make_mut(&mut committed.block);
            block.transactions.push(Arc::clone(&sealed));
        }
        vec![seen]
    }
}

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Accusation, Stage::new());
}

#[test]
fn evidence_against_an_honest_node_is_noticed() {
    let stage = Stage::new();
    let retell = accuse(2, stage.cluster.genesis().chain_id());
    complains(&mut Accusation, stage, retell, "which is honest");
}

#[test]
fn evidence_against_a_liar_is_as_it_should_be() {
    let behaviour = BehaviourKind::Equivocate;
    let mut stage = Stage::new().with(Fault::Corrupt { node: 2, behaviour });
    let retell = accuse(2, stage.cluster.genesis().chain_id());
    stage.submit("somebody");
    assert_eq!(stage.play(&mut Accusation, 5_000, retell), Ok(()));
}
