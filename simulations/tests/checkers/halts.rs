//! Honest nodes that stop, warn or keep others away without a reason in the plan.

use ledger_core::id::{BlockId, Height};
use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus::{Fault as ConsensusFault, LastSigned, ObservingReason, SignedStep};
use timebank_node::replica::{Alarm, Fault as NodeFault, SubmitError, Ticket};
use timebank_node::storage::StorageError;
use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::checker::halts::Halts;
use timebank_simulations::city;
use timebank_simulations::cluster::seen::Seen;
use timebank_simulations::counters::FaultKind;
use timebank_simulations::plan::fault::Fault;

use super::{Stage, is_silent_about_a_good_run};

fn outcome(stage: &Stage, seen: &Seen) -> Result<(), String> {
    stage.show(&mut Halts::new(&stage.plan), seen)
}

#[track_caller]
fn complains(stage: &Stage, seen: &Seen, why: &str) {
    let outcome = outcome(stage, seen);
    assert!(
        outcome.as_ref().is_err_and(|told| told.contains(why)),
        "{outcome:?}"
    );
}

fn address(node: usize) -> ValidatorAddress {
    ValidatorAddress::of(&city::consensus_key(node).public_key())
}

fn liar(node: usize) -> Fault {
    let behaviour = BehaviourKind::ALL[0];
    Fault::Corrupt { node, behaviour }
}

const fn alarm(alarm: Alarm) -> Seen {
    Seen::Alarmed { node: 0, alarm }
}

#[test]
fn is_silent_about_good_runs() {
    let stage = Stage::new();
    is_silent_about_a_good_run(&mut Halts::new(&stage.plan), stage);
}

#[test]
fn a_node_stops_only_for_what_its_disk_does() {
    let fault = NodeFault::State {
        reason: "a page is damaged".into(),
    };
    let halted = Seen::Halted { node: 0, fault };
    complains(&Stage::dark(), &halted, "stops itself");
    let of_another = Stage::dark().with(Fault::Rot { node: 1, choice: 0 });
    complains(&of_another, &halted, "stops itself");
    let of_it = Stage::dark().with(Fault::Rot { node: 0, choice: 0 });
    assert_eq!(outcome(&of_it, &halted), Ok(()));
    // No disk makes a decided block fail.
    let fault = NodeFault::DecidedBlockMissing {
        height: Height(3),
        block_id: BlockId::default(),
    };
    complains(&of_it, &Seen::Halted { node: 0, fault }, "is not here");
}

#[test]
fn an_error_stops_a_node_while_it_lasts_and_a_crash_damages_nothing() {
    let refused = || Seen::Halted {
        node: 0,
        fault: NodeFault::Storage(StorageError::WalStopped { path: "log".into() }),
    };
    let failing = || {
        Stage::dark().with(Fault::Disk {
            node: 0,
            kind: FaultKind::DiskError,
            choice: 0,
        })
    };
    assert_eq!(outcome(&failing(), &refused()), Ok(()));
    // Whoever was started after it was mended has no excuse.
    let mut later = failing();
    later.cluster.run_for(60_000);
    assert_eq!(outcome(&later, &refused()), Ok(()));
    let mut halts = Halts::new(&later.plan);
    let started = Seen::Started { node: 0 };
    assert_eq!(later.show(&mut halts, &started), Ok(()));
    let told = later.show(&mut halts, &refused());
    assert!(told.is_err_and(|told| told.contains("stops itself")));

    let damaged = || Seen::Halted {
        node: 0,
        fault: NodeFault::Storage(StorageError::WalDamaged {
            path: "log".into(),
            offset: 0,
            reason: "a frame",
        }),
    };
    let discarded = || Seen::Discarded {
        node: 0,
        reason: "a page".into(),
    };
    let torn = || {
        Stage::dark().with(Fault::CrashAtWrite {
            node: 0,
            operations: 1,
        })
    };
    complains(&torn(), &damaged(), "stops itself");
    complains(&torn(), &discarded(), "throws its derived state away");
    let rotten = || Stage::dark().with(Fault::Rot { node: 0, choice: 0 });
    assert_eq!(outcome(&rotten(), &damaged()), Ok(()));
    assert_eq!(outcome(&rotten(), &discarded()), Ok(()));
}

#[test]
fn a_node_without_its_log_observes_and_tries_to_sign_nothing() {
    let stage = || Stage::dark().with(Fault::LostLog { node: 0 });
    let observing = alarm(Alarm::Observing {
        height: Height(3),
        reason: ObservingReason::LogLost,
    });
    assert_eq!(outcome(&stage(), &observing), Ok(()));
    let refused = alarm(Alarm::Consensus(ConsensusFault::SigningRefused {
        height: Height(3),
        round: 0,
        step: SignedStep::Prevote,
        wanted: None,
        last: LastSigned::NOTHING,
    }));
    complains(&stage(), &refused, "warns");
}

#[test]
fn no_honest_node_is_warned_of() {
    let equivocation = alarm(Alarm::Equivocation {
        validator: address(2),
        height: Height(3),
        round: 0,
    });
    complains(&Stage::dark(), &equivocation, "voted twice");
    assert_eq!(outcome(&Stage::dark().with(liar(2)), &equivocation), Ok(()));
    let invalid = alarm(Alarm::InvalidProposal {
        height: Height(3),
        block_id: BlockId::default(),
        proposer: address(2),
        reason: "its root".into(),
    });
    complains(&Stage::dark(), &invalid, "is invalid");
    let served = alarm(Alarm::BadBlockServed {
        peer: city::peer_key(2).public_key(),
        height: Height(3),
        reason: "its body".into(),
    });
    complains(&Stage::dark(), &served, "bad block");
}

#[test]
fn a_key_is_used_elsewhere_and_a_node_observes_only_when_something_was_lost() {
    let used = alarm(Alarm::KeyUsedElsewhere { height: Height(3) });
    let observing = alarm(Alarm::Observing {
        height: Height(3),
        reason: ObservingReason::LogLost,
    });
    for seen in [used, observing] {
        complains(&Stage::dark(), &seen, "warns");
        let restored = Stage::dark().with(Fault::OldBackup { node: 0 });
        assert_eq!(outcome(&restored, &seen), Ok(()));
        let twin = Stage::dark().with(Fault::TwinKey { node: 0 });
        assert_eq!(outcome(&twin, &seen), Ok(()));
        let torn = Stage::dark().with(Fault::CrashAtWrite {
            node: 0,
            operations: 1,
        });
        complains(&torn, &seen, "warns");
    }
}

#[test]
fn honest_nodes_do_not_keep_each_other_away() {
    let penalised = Seen::Penalised {
        by: 0,
        peer: 2,
        reason: "its list".into(),
    };
    complains(&Stage::dark(), &penalised, "keeps node 2 away");
    assert_eq!(outcome(&Stage::dark().with(liar(2)), &penalised), Ok(()));
    assert_eq!(outcome(&Stage::dark().with(liar(0)), &penalised), Ok(()));
}

#[test]
fn no_transaction_is_kept_out_for_good() {
    let refused = Seen::Answered {
        node: 0,
        ticket: Ticket(1),
        answer: Err(SubmitError::Quarantined),
    };
    complains(&Stage::dark(), &refused, "keeps out");
    let astray = Stage::dark().with(Fault::Astray {
        node: 0,
        kind: FaultKind::LostWrite,
        file: timebank_node::storage::DiskFile::State,
        nth: 0,
    });
    complains(&astray, &refused, "keeps out");
}
