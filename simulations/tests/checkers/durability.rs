//! What was acknowledged and is gone, and what applies twice.

use std::sync::Arc;

use timebank_node::storage::MemoryDisk;
use timebank_simulations::checker::durability::Durability;
use timebank_simulations::cluster::seen::Seen;

use super::{Stage, complains, is_silent_about_a_good_run, truly};

#[test]
fn is_silent_about_good_runs() {
    is_silent_about_a_good_run(&mut Durability::default(), Stage::new());
}

#[test]
fn notices_an_acknowledgement_of_what_is_not_stored() {
    let mut told = false;
    // When the first node has a block, another one says that it has it too.
    let early = move |seen: Seen| match &seen {
        Seen::Committed { node, committed } if !told => {
            told = true;
            let early = Seen::Committed {
                node: (node + 1) % 4,
                committed: committed.clone(),
            };
            vec![early, seen]
        }
        _ => vec![seen],
    };
    complains(
        &mut Durability::default(),
        Stage::new(),
        early,
        "its store holds None",
    );
}

#[test]
fn notices_that_a_node_comes_back_without_what_it_acknowledged() {
    let mut stage = Stage::new();
    let mut checker = Durability::default();
    stage.submit("somebody");
    assert_eq!(stage.play(&mut checker, 5_000, truly), Ok(()));
    stage.cluster.crash(2, 0);
    stage.cluster.replace_disk(2, MemoryDisk::new());
    stage.cluster.start(2);
    let forgetful = |seen| match seen {
        // Nobody says that the disk is another one.
        Seen::Restored { .. } => Vec::new(),
        seen => vec![seen],
    };
    let outcome = stage.play(&mut checker, 10, forgetful);
    assert!(outcome.is_err_and(|why| why.contains("node 2 acknowledged")));
}

#[test]
fn excuses_a_node_whose_disk_was_replaced() {
    let mut stage = Stage::new();
    let mut checker = Durability::default();
    stage.submit("somebody");
    assert_eq!(stage.play(&mut checker, 5_000, truly), Ok(()));
    stage.cluster.crash(2, 0);
    stage.cluster.replace_disk(2, MemoryDisk::new());
    stage.cluster.start(2);
    assert_eq!(stage.play(&mut checker, 10_000, truly), Ok(()));
    assert_eq!(
        timebank_simulations::checker::Checker::finish(&mut checker, stage.scene()),
        Ok(())
    );
}

#[test]
fn notices_a_transaction_that_applies_twice() {
    let mut first = None;
    let twice = move |mut seen: Seen| {
        if let Seen::Committed { committed, .. } = &mut seen {
            let block = Arc::make_mut(&mut committed.block);
            let transaction = first.get_or_insert_with(|| Arc::clone(&block.transactions[0]));
            block.transactions.push(Arc::clone(transaction));
        }
        vec![seen]
    };
    complains(
        &mut Durability::default(),
        Stage::new(),
        twice,
        "applies at height",
    );
}

#[test]
fn notices_what_is_missing_in_the_end() {
    let mut stage = Stage::new();
    let mut checker = Durability::default();
    stage.submit("somebody");
    assert_eq!(stage.play(&mut checker, 5_000, truly), Ok(()));
    stage.cluster.crash(3, 0);
    assert_eq!(stage.play(&mut checker, 100, truly), Ok(()));
    let finish = |checker: &mut Durability, stage: &Stage| {
        timebank_simulations::checker::Checker::finish(checker, stage.scene())
    };
    assert!(finish(&mut checker, &stage).is_err_and(|why| why.contains("is down")));
    stage.cluster.replace_disk(3, MemoryDisk::new());
    stage.cluster.start(3);
    assert!(finish(&mut checker, &stage).is_err_and(|why| why.contains("was acknowledged")));
}
