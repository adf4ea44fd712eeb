//! Wallets that believe what is not so.

use ledger_core::id::Height;
use ledger_core::state::StateKey;
use timebank_simulations::checker::Checker;
use timebank_simulations::checker::verified_reads::VerifiedReads;
use timebank_simulations::client::Client;
use timebank_simulations::client::reader::Reader;
use timebank_simulations::cluster::seen::{Read, Seen};
use timebank_simulations::counters::Counters;
use timebank_simulations::workload::Openings;
use timebank_wallet::Error;
use timebank_wallet::client::UnprovenError;

use super::{Stage, is_silent_about_a_good_run, truly};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut VerifiedReads::default(), Stage::new());
}

/// Real wallets read at real nodes while blocks go by; what is seen of it.
#[test]
fn wallets_believe_what_is_true_and_nothing_else() {
    let mut stage = Stage::new();
    let mut checker = VerifiedReads::default();
    let mut reader = Reader::new(&stage.plan, stage.cluster.genesis());
    let mut city = Openings::new(4, 4);
    let (mut believed, mut tampered, mut back) = (0, 0, 0);
    for part in 0..150 {
        if part % 10 == 0 {
            stage.submit(&format!("part {part}"));
        }
        // One of them lags now and then.
        match part {
            50 => stage.cluster.crash(1, 0),
            70 => stage.cluster.start(1),
            _ => {}
        }
        reader.act(&mut stage.cluster, &mut city, &mut Counters::new());
        let counted = |seen: Seen| {
            reader.hear(&seen);
            if let Seen::Read(read) = &seen {
                match (&read.outcome, read.tampered) {
                    (Ok(_), None) => believed += 1,
                    (Err(_), Some(_)) => tampered += 1,
                    (Err(Error::WentBack { .. }), None) => back += 1,
                    other => panic!("{other:?}"),
                }
            }
            vec![seen]
        };
        assert_eq!(stage.play(&mut checker, 200, counted), Ok(()));
    }
    assert_eq!(checker.finish(stage.scene()), Ok(()));
    assert!(
        believed > 50 && tampered > 20 && back > 2,
        "{believed} believed, {tampered} tampered with, {back} older than what was seen"
    );
}

const fn read(
    tampered: Option<&'static str>,
    outcome: Result<(Height, Option<Vec<u8>>), Error>,
) -> Seen {
    Seen::Read(Read {
        wallet: 0,
        node: 0,
        key: StateKey::Supply,
        tampered,
        outcome,
    })
}

#[test]
fn notices_an_answer_that_was_tampered_with_and_is_believed() {
    let seen = read(Some("another value"), Ok((Height(3), None)));
    let outcome = Stage::dark().show(&mut VerifiedReads::default(), &seen);
    assert!(outcome.is_err_and(|why| why.contains("with another value")));
}

#[test]
fn notices_that_a_wallet_goes_back() {
    let stage = Stage::dark();
    let mut checker = VerifiedReads::default();
    let at = |height| read(None, Ok((Height(height), None)));
    assert_eq!(stage.show(&mut checker, &at(7)), Ok(()));
    assert_eq!(stage.show(&mut checker, &at(7)), Ok(()));
    let outcome = stage.show(&mut checker, &at(6));
    assert!(outcome.is_err_and(|why| why.contains("as of block 6, and has believed")));
}

#[test]
fn notices_what_is_believed_and_not_so() {
    let mut stage = Stage::new();
    let mut checker = VerifiedReads::default();
    stage.submit("somebody");
    assert_eq!(stage.play(&mut checker, 5_000, truly), Ok(()));
    let seen = read(None, Ok((Height(1), Some(vec![1, 2, 3]))));
    let outcome = stage.show(&mut checker, &seen);
    assert!(outcome.is_err_and(|why| why.contains("believes")));
}

#[test]
fn notices_a_right_answer_that_is_not_believed() {
    let seen = read(None, Err(UnprovenError::OtherRecord {}.into()));
    let outcome = Stage::dark().show(&mut VerifiedReads::default(), &seen);
    assert!(outcome.is_err_and(|why| why.contains("does not believe it")));
}
