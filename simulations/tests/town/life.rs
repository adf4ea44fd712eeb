//! A town whose chain keeps every promise.

use std::collections::BTreeMap;
use std::time::Instant;

use ledger_core::record::supply::SupplyRecord;
use timebank_simulations::city;
use timebank_simulations::comparison::tally::OPERATIONS;
use timebank_simulations::workload::{Town, Workload};

use super::chain::Chain;

const BLOCKS: usize = 150;
const DRAFTS_A_BLOCK: usize = 8;

#[test]
fn towns_of_every_kind_keep_every_promise_and_most_drafts_apply() {
    let mut operations: BTreeMap<String, u64> = BTreeMap::new();
    let mut rejections: BTreeMap<&'static str, u64> = BTreeMap::new();
    let (mut applied, mut submitted, mut wrong, mut months) = (0, 0, 0, 0);
    let began = Instant::now();
    for seed in 0..8 {
        let mut chain = Chain::new(seed);
        for _ in 0..BLOCKS {
            chain
                .advance(DRAFTS_A_BLOCK)
                .unwrap_or_else(|it| panic!("seed {seed}: {it:?}"));
        }
        let town = &chain.town;
        town.check_all()
            .unwrap_or_else(|it| panic!("seed {seed}: {it:?}"));
        assert!(town.is_settled());
        assert_ne!(*town.supply(), SupplyRecord::default());
        for (name, count) in town.operations() {
            *operations.entry(name.clone()).or_default() += count;
        }
        for rejection in &chain.given_up {
            *rejections.entry(rejection.code()).or_default() += 1;
        }
        println!(
            "seed {seed}: {} of {} applied, {} wrong on purpose, {} operations, {} months closed, {} accounts, {} orders",
            town.applied_count(),
            chain.submitted,
            town.wrong_count(),
            town.operations().len(),
            town.books().clearings.len(),
            town.books().accounts.len(),
            town.books().orders.len(),
        );
        applied += u64::try_from(town.applied_count()).unwrap();
        submitted += chain.submitted;
        wrong += town.wrong_count();
        months += town.books().clearings.len();
    }
    for (name, count) in &operations {
        println!("{name:>24} {count:>6}");
    }
    println!("{rejections:?}");
    println!("{applied} of {submitted} applied, in {:?}", began.elapsed());
    let never: Vec<_> = OPERATIONS
        .into_iter()
        .filter(|name| !operations.contains_key(*name))
        .collect();
    println!("never applied: {never:?}");
    assert!(
        applied * 100 >= (submitted - wrong) * 80,
        "{applied} of {submitted}"
    );
    assert!(never.len() <= 4, "{never:?}");
    assert!(months >= 8, "{months}");
}

#[test]
fn the_same_seed_drafts_the_same_transactions() {
    let play = |seed| {
        let mut chain = Chain::new(seed);
        for _ in 0..40 {
            chain.advance(5).expect("it keeps its promises");
        }
        chain.last()
    };
    assert_eq!(play(11), play(11));
    assert_ne!(play(11), play(19));
}

#[test]
fn every_validator_of_a_large_cluster_has_an_office() {
    let town = Town::with_offices(3, &city::validators(0..100), (100..104).map(city::street));
    assert_eq!(town.genesis().validators.as_slice().len(), 100);
    town.genesis().writes().expect("the town is in order");
    for node in 0..104 {
        assert!(town.books().organisations.contains_key(&city::street(node)));
    }
}
