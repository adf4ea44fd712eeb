//! What an office and the validators in league with it put into their own blocks is decided by nobody.

use std::collections::BTreeSet;

use ledger_core::id::Height;
use ledger_core::transaction::Operation;
use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::city::Office;
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;

#[test]
fn only_what_was_asked_for_is_ever_decided() {
    let mut cluster = Cluster::new(ClusterSettings::new(31, 7));
    // The office of street 0 is in league with two validators of seven.
    cluster.corrupt(0, BehaviourKind::GhostMint);
    cluster.corrupt(1, BehaviourKind::GhostMint);
    let mut office = Office::new(cluster.genesis().chain_id());
    let mut asked_for = BTreeSet::new();
    for number in 0..40 {
        let now_ms = cluster.now_ms(2);
        let opened = office.open_account(&format!("{number}"), number % 7, 1, now_ms);
        asked_for.insert(opened.id());
        cluster.submit(2 + number % 5, opened.clone());
        let done = cluster.run_until(30_000, |cluster| cluster.all_have(&[opened.id()]));
        assert!(done, "transaction {number} was not applied in 30 s");
    }
    assert!(
        cluster
            .misdeeds()
            .get(&BehaviourKind::GhostMint)
            .is_some_and(|times| *times > 10)
    );
    for node in 2..7 {
        let blocks = cluster.replica(node).expect("it is up").blocks();
        for height in 1..=cluster.height(node).0 {
            let stored = blocks
                .block(Height(height))
                .expect("readable")
                .expect("there");
            for sealed in &stored.block.transactions {
                let operation = &sealed.transaction().operation;
                let evidence = matches!(operation, Operation::SubmitEvidence(_));
                assert!(
                    evidence || asked_for.contains(&sealed.id()),
                    "{:?} was decided at height {height}",
                    sealed.transaction()
                );
            }
        }
    }
}
