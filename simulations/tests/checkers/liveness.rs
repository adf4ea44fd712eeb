//! Heights that take too many rounds, and transactions that are never taken in.

use std::sync::Arc;

use timebank_node::replica::{Accepted, Ticket};
use timebank_simulations::checker::Checker;
use timebank_simulations::checker::liveness::Liveness;
use timebank_simulations::cluster::seen::Seen;

use super::{Stage, complains, is_silent_about_a_good_run, truly};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Liveness::default(), Stage::new());
    let mut checker = Liveness::default();
    let stage = Stage::new();
    assert_eq!(stage.show(&mut checker, &Seen::Healed), Ok(()));
    is_silent_about_a_good_run(&mut checker, stage);
}

#[test]
fn notices_a_height_decided_after_too_many_rounds() {
    let mut checker = Liveness::default();
    let stage = Stage::new();
    assert_eq!(stage.show(&mut checker, &Seen::Healed), Ok(()));
    // Four honest nodes: four rounds until everybody has had a turn, four for getting there.
    let late = |round| {
        move |mut seen| {
            if let Seen::Committed { committed, .. } = &mut seen {
                Arc::make_mut(&mut committed.certificate).round = round;
            }
            vec![seen]
        }
    };
    complains(&mut checker, stage, late(9), "was decided in round 9");
    let mut stage = Stage::new();
    let mut checker = Liveness::default();
    assert_eq!(stage.show(&mut checker, &Seen::Healed), Ok(()));
    stage.submit("somebody");
    assert_eq!(stage.play(&mut checker, 5_000, late(8)), Ok(()));
}

#[test]
fn notices_a_height_that_is_never_decided() {
    let mut checker = Liveness::default();
    let mut stage = Stage::new();
    assert_eq!(stage.show(&mut checker, &Seen::Healed), Ok(()));
    stage.cluster.set_filter(Some(Box::new(|passing| {
        use timebank_node::consensus::ConsensusMessage;
        use timebank_node::replica::ReplicaInput;
        use timebank_node::replica::messages::ValidatorMessage;
        // No proposal gets through: rounds go by.
        let ReplicaInput::Message { bytes, .. } = passing.input else {
            return true;
        };
        !matches!(
            ValidatorMessage::decode(bytes),
            Ok(ValidatorMessage::Consensus(message))
                if matches!(*message, ConsensusMessage::Proposal(_))
        )
    })));
    stage.submit("somebody");
    let outcome = stage.play(&mut checker, 600_000, truly);
    assert!(outcome.is_err_and(|why| why.contains("is not decided in round")));
}

#[test]
fn notices_a_transaction_that_is_never_taken_in() {
    let mut checker = Liveness::default();
    let mut stage = Stage::new();
    assert_eq!(stage.show(&mut checker, &Seen::Healed), Ok(()));
    // Node 3 says it has taken something in that it has never got.
    let now_ms = stage.cluster.now_ms(0);
    let envelope = stage.office.open_account("forgotten", 0, 1, now_ms);
    let ticket = Ticket(u64::MAX);
    let submitted = Seen::Submitted {
        node: 3,
        ticket,
        envelope,
    };
    assert_eq!(stage.show(&mut checker, &submitted), Ok(()));
    let answered = Seen::Answered {
        node: 3,
        ticket,
        answer: Ok(Accepted::Pending),
    };
    assert_eq!(stage.show(&mut checker, &answered), Ok(()));
    let mut outcome = Ok(());
    for part in 0..60 {
        stage.submit(&format!("part {part}"));
        outcome = outcome.and_then(|()| stage.play(&mut checker, 1_500, truly));
    }
    let complaint = outcome.expect_err("the checker is silent");
    assert!(complaint.contains("which would apply"), "{complaint}");
    assert_eq!(checker.finish(stage.scene()), Ok(()));
}
