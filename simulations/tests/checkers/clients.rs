//! Clients that misbehave do what they are about, and nothing comes of it but work.

use timebank_simulations::client::malformed::{Messages, Submissions};
use timebank_simulations::client::retrier::Retrier;
use timebank_simulations::client::{Client, Part};
use timebank_simulations::counters::{Counters, FaultKind};
use timebank_simulations::plan::fault::{Fault, Scheduled};
use timebank_simulations::workload::{Openings, Workload};

use super::{Stage, truly};

/// Lets a client act for a while beside load, under every checker.
#[track_caller]
fn act(kind: FaultKind, make: impl FnOnce(Part, &Stage) -> Box<dyn Client>) -> u64 {
    let mut stage = Stage::new();
    let it = Scheduled {
        number: 3,
        at_ms: 0,
        lasts_ms: u64::MAX,
        fault: Fault::Client { kind, node: 1 },
    };
    let mut client = make(Part::new(&stage.plan, &it, 1), &stage);
    let mut checkers = timebank_simulations::checker::all(&stage.plan);
    let mut city = Openings::new(4, 4);
    let mut counters = Counters::new();
    for _ in 0..40 {
        client.act(&mut stage.cluster, &mut city, &mut counters);
        for (number, envelope) in city
            .draft(stage.cluster.now_ms(0), 2)
            .into_iter()
            .enumerate()
        {
            stage.cluster.submit(number, envelope);
        }
        let until_us = stage.cluster.now_us() + 300_000;
        loop {
            for seen in stage.cluster.take_seen() {
                client.hear(&seen);
                for checker in &mut checkers {
                    let outcome = stage.show(checker.as_mut(), &seen);
                    assert_eq!(outcome, Ok(()), "{}", checker.name());
                }
            }
            if !stage.cluster.step(until_us) {
                break;
            }
        }
    }
    let mut settled = timebank_simulations::checker::bounds::Bounds::default();
    assert_eq!(stage.play(&mut settled, 10_000, truly), Ok(()));
    assert!(stage.cluster.height(0).0 > 10, "the chain went on");
    assert!(stage.cluster.records.halts.is_empty());
    counters.of(kind)
}

#[test]
fn the_same_again_and_again_applies_once() {
    let times = act(FaultKind::Retry, |part, _| Box::new(Retrier::new(part)));
    assert!(times > 200, "{times}");
}

#[test]
fn bytes_that_are_no_submission_change_nothing() {
    let times = act(FaultKind::MalformedSubmission, |part, stage| {
        Box::new(Submissions::new(part, stage.cluster.genesis()))
    });
    assert!(times > 200, "{times}");
}

#[test]
fn bytes_that_are_no_message_change_nothing() {
    let times = act(FaultKind::MalformedMessage, |part, _| {
        Box::new(Messages::new(part))
    });
    assert!(times > 200, "{times}");
}
