//! Spoiled envelopes of a good transaction, as many as are kept and more, before the good one comes.

use std::sync::Arc;

use ledger_core::signature::SecretKey;
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer};
use timebank_node::replica::mempool::ALTERNATIVES_MAX;
use timebank_node::replica::messages::TransactionGroup;
use timebank_node::replica::{Accepted, ReplicaInput, Topic};
use timebank_simulations::city::{self, Office};
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::settings::ClusterSettings;

/// The same transaction with one more signature, of a key nobody needs.
fn extended(good: &SealedEnvelope, number: u64, right: bool) -> Arc<SealedEnvelope> {
    let key = SecretKey::from_seed(&blake3::derive_key("nobody", &number.to_le_bytes()));
    let mut signature = good.transaction().sign(&key);
    if !right {
        signature.0[3] ^= 1;
    }
    let signer = Signer::Key(key.public_key());
    let signatures = good.envelope().signatures.iter().copied();
    let signatures = signatures.chain([SignedBy { signer, signature }]);
    let transaction = good.transaction().clone();
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

/// Node 3 tells the others of these envelopes.
fn tell(cluster: &mut Cluster, envelopes: &[Arc<SealedEnvelope>]) {
    for bytes in TransactionGroup::encode_all(envelopes) {
        for node in 0..3 {
            let from = city::peer_key(3).public_key();
            let topic = Topic::Transactions;
            let bytes = bytes.clone();
            cluster.give(node, ReplicaInput::Message { from, topic, bytes });
        }
    }
}

fn cluster(seed: u64) -> (Cluster, Office) {
    let mut cluster = Cluster::new(ClusterSettings::new(seed, 4));
    cluster.run_for(100);
    let office = Office::new(cluster.genesis().chain_id());
    (cluster, office)
}

/// Keeps blocks from being decided, so that nothing leaves a mempool by one.
fn divide(cluster: &mut Cluster) {
    cluster.network().divide(&[0, 3], 4);
}

#[test]
fn a_good_envelope_is_taken_in_where_spoiled_ones_were_first() {
    let (mut cluster, mut office) = cluster(41);
    divide(&mut cluster);
    // Somebody's transaction makes the height begin, which is then stuck.
    let other = office.open_account("other", 0, 2, cluster.now_ms(0));
    cluster.submit(0, other);
    cluster.run_for(500);
    let good = office.open_account("good", 0, 1, cluster.now_ms(0));
    let mut number = 0;
    for _ in 0..3 {
        let spoiled: Vec<_> = (0..ALTERNATIVES_MAX + 2)
            .map(|_| {
                number += 1;
                extended(&good, number, true)
            })
            .collect();
        tell(&mut cluster, &spoiled);
        cluster.run_for(50);
    }
    let ticket = cluster.submit(0, Arc::clone(&good));
    cluster.run_for(50);
    assert_eq!(
        cluster.records.answers.get(&ticket),
        Some(&Ok(Accepted::Pending))
    );
    // Those that would not apply are gone, and none of them comes back.
    assert_eq!(cluster.status(0).expect("it is up").mempool.ready, 2);
    tell(&mut cluster, &[extended(&good, 1_000, true)]);
    cluster.run_for(50);
    assert_eq!(cluster.status(0).expect("it is up").mempool.ready, 2);
    cluster.network().heal();
    assert!(cluster.run_until(30_000, |cluster| cluster.all_have(&[good.id()])));
}

#[test]
fn a_signers_share_is_not_used_up_by_spoiled_envelopes_of_one_transaction() {
    let (mut cluster, mut office) = cluster(42);
    divide(&mut cluster);
    let other = office.open_account("other", 0, 2, cluster.now_ms(0));
    cluster.submit(0, other);
    cluster.run_for(500);
    let good = office.open_account("good", 0, 1, cluster.now_ms(0));
    let spoiled: Vec<_> = (0..20)
        .map(|number| extended(&good, number, true))
        .collect();
    tell(&mut cluster, &spoiled);
    cluster.run_for(50);
    // The first one may stay until it is tried; the second one was the reason to try.
    assert!(cluster.status(0).expect("it is up").mempool.ready <= 2);
}

#[test]
fn whoever_hands_on_a_wrong_signature_of_a_bare_key_is_kept_away() {
    let (mut cluster, mut office) = cluster(43);
    let good = office.open_account("good", 0, 1, cluster.now_ms(0));
    tell(&mut cluster, &[extended(&good, 1, false)]);
    cluster.run_for(50);
    let mut accusers: Vec<usize> = cluster
        .records
        .penalties
        .iter()
        .map(|(by, peer, _)| {
            assert_eq!(*peer, 3);
            *by
        })
        .collect();
    accusers.sort_unstable();
    assert_eq!(accusers, [0, 1, 2]);
    cluster.submit(1, Arc::clone(&good));
    assert!(cluster.run_until(30_000, |cluster| cluster.all_have(&[good.id()])));
}
