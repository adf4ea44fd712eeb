//! Transactions between submission and block.

use std::sync::Arc;

use ledger_core::ledger::Rejection;
use ledger_core::transaction::{Envelope, SealedEnvelope, SignedBy, Signer};
use timebank_node::replica::mempool::PoolBounds;
use timebank_node::replica::{Accepted, ReplicaInput, SubmitError, Topic};
use timebank_simulations::city;
use timebank_simulations::cluster::settings::ClusterSettings;

use super::{check, cluster, cluster_of, open_account, submit, wait_for};

#[test]
fn bodies_that_no_message_brought_are_fetched() {
    let seed = 70;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.set_filter(Some(Box::new(|passing| {
        !matches!(
            passing.input,
            ReplicaInput::Message {
                topic: Topic::Transactions,
                ..
            }
        )
    })));
    // More than travels along with a proposal.
    let ids: Vec<_> = (0..400)
        .map(|number| open_account(&mut cluster, &mut office, &format!("{number}"), 0))
        .collect();
    wait_for(&mut cluster, seed, &ids);
    assert!(cluster.records.requests > 0);
    check(&cluster, seed);
}

#[test]
fn bodies_are_fetched_from_another_peer_when_the_proposer_does_not_answer() {
    let seed = 71;
    let (mut cluster, mut office) = cluster(seed, 4);
    // Transactions go from node 0 to node 1 only, and node 0 answers nobody but node 1.
    cluster.set_filter(Some(Box::new(|passing| match passing.input {
        ReplicaInput::Message {
            topic: Topic::Transactions,
            ..
        } => passing.to == 1,
        ReplicaInput::Request { .. } => passing.to != 0 || passing.from == 1,
        _ => true,
    })));
    let ids: Vec<_> = (0..400)
        .map(|number| open_account(&mut cluster, &mut office, &format!("{number}"), 0))
        .collect();
    wait_for(&mut cluster, seed, &ids);
    check(&cluster, seed);
}

/// The same transaction with one more signature, which is wrong or which nobody needs.
fn poisoned(envelope: &SealedEnvelope, signature: SignedBy) -> Arc<SealedEnvelope> {
    let transaction = envelope.transaction().clone();
    let signatures = envelope.envelope().signatures.iter().copied();
    let signatures = signatures.chain([signature]);
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

#[test]
fn a_poisoned_envelope_does_not_block_the_good_one() {
    let seed = 72;
    let (mut cluster, mut office) = cluster(seed, 4);
    for (number, wrong) in [(0, true), (1, false)] {
        let good = office.open_account(&format!("{number}"), 0, 1, cluster.now_ms(0));
        let key = city::peer_key(9);
        let mut signature = good.transaction().sign(&key);
        if wrong {
            signature.0[5] ^= 1;
        }
        let signer = Signer::Key(key.public_key());
        let bad = poisoned(&good, SignedBy { signer, signature });
        assert_eq!(bad.id(), good.id());
        // A relay hands the poisoned one to every node first.
        for node in 0..4 {
            let bytes = timebank_node::replica::messages::TransactionGroup::encode_all(
                std::slice::from_ref(&bad),
            );
            let from = city::peer_key((node + 1) % 4).public_key();
            let topic = Topic::Transactions;
            cluster.give(
                node,
                ReplicaInput::Message {
                    from,
                    topic,
                    bytes: bytes[0].clone(),
                },
            );
        }
        let ticket = cluster.submit(2, bad.clone());
        let id = submit(&mut cluster, 1, &good);
        wait_for(&mut cluster, seed, &[id]);
        let answer = &cluster.records.answers[&ticket];
        let rejected = matches!(
            answer,
            Err(SubmitError::Rejected(
                Rejection::SignatureWrong { .. } | Rejection::SignatureUnneeded { .. }
            )) | Ok(Accepted::Known)
        );
        assert!(rejected, "{answer:?}");
    }
    check(&cluster, seed);
}

#[test]
fn a_flood_of_one_signer_keeps_nobody_out() {
    let seed = 73;
    let mut settings = ClusterSettings::new(seed, 4);
    settings.configure = |config| {
        config.mempool.ready = PoolBounds {
            count_max: 400,
            bytes_max: 400 * 1024,
        };
        config.proposal.transactions = 50;
    };
    let (mut cluster, mut office) = cluster_of(settings);
    let flood: Vec<_> = (0..1_000)
        .map(|number| office.open_account(&format!("flood {number}"), 0, 1, cluster.now_ms(0)))
        .collect();
    let tickets: Vec<_> = flood
        .into_iter()
        .map(|envelope| cluster.submit(0, envelope))
        .collect();
    let honest = office.open_account("honest", 0, 2, cluster.now_ms(0));
    let id = submit(&mut cluster, 0, &honest);
    wait_for(&mut cluster, seed, &[id]);
    // Its place does not depend on how many came before.
    assert!(cluster.records.acknowledged[&id].0.0 <= 4);
    let refused = tickets
        .iter()
        .filter(|ticket| {
            matches!(
                cluster.records.answers.get(ticket),
                Some(Err(SubmitError::SignerShare { .. }))
            )
        })
        .count();
    assert!(refused > 500, "{refused}");
    check(&cluster, seed);
}

#[test]
fn the_mempool_keeps_its_bounds() {
    let seed = 74;
    let mut settings = ClusterSettings::new(seed, 4);
    settings.configure = |config| {
        config.mempool.ready = PoolBounds {
            count_max: 40,
            bytes_max: 40 * 1024,
        };
        config.mempool.keyless = PoolBounds {
            count_max: 20,
            bytes_max: 20 * 1024,
        };
    };
    let (mut cluster, mut office) = cluster_of(settings);
    // No quorum: nothing leaves the mempool by being committed.
    cluster.network().divide(&[0], 4);
    for number in 0..200 {
        let registrar = 1 + number % city::REGISTRARS;
        let label = format!("{number}");
        let opened = office.open_account(&label, 0, registrar, cluster.now_ms(0));
        let waits = office.rotate_key(&opened, &label, "new", cluster.now_ms(0));
        cluster.submit(0, opened);
        cluster.submit(0, waits);
        cluster.run_for(5);
        let mempool = cluster.status(0).unwrap().mempool;
        assert!(mempool.ready <= 40 && mempool.waiting <= 20, "{mempool:?}");
        assert!(mempool.bytes <= 60 * 1024);
    }
    let mempool = cluster.status(0).unwrap().mempool;
    assert_eq!((mempool.ready, mempool.verifying), (40, 0));
    check(&cluster, seed);
}

#[test]
fn a_transaction_is_known_refused_or_final_and_says_so() {
    let seed = 75;
    let (mut cluster, mut office) = cluster(seed, 4);
    let good = office.open_account("one", 0, 1, cluster.now_ms(0));
    let twice = office.open_account("one", 0, 2, cluster.now_ms(0));
    let id = submit(&mut cluster, 0, &good);
    let known = cluster.submit(0, good.clone());
    wait_for(&mut cluster, seed, &[id]);
    let applied = cluster.submit(3, good);
    let refused = cluster.submit(3, twice);
    let expired = office.open_account("old", 0, 1, city::START_MS - 10_000_000);
    let expired = cluster.submit(0, expired);
    cluster.run_for(100);
    let answers = &cluster.records.answers;
    assert_eq!(answers[&known], Ok(Accepted::Known));
    assert_eq!(
        answers[&applied],
        Err(SubmitError::Rejected(Rejection::AlreadyApplied))
    );
    assert!(matches!(
        answers[&refused],
        Err(SubmitError::Rejected(Rejection::IdentityTaken { .. }))
    ));
    assert!(matches!(
        answers[&expired],
        Err(SubmitError::Rejected(Rejection::Expired { .. }))
    ));
    check(&cluster, seed);
}

#[test]
fn two_transactions_that_exclude_each_other_at_two_nodes_end_with_one() {
    let seed = 76;
    let (mut cluster, mut office) = cluster(seed, 4);
    let one = office.open_account("same person", 0, 1, cluster.now_ms(0));
    let other = office.open_account("same person", 3, 1, cluster.now_ms(3));
    cluster.submit(0, one.clone());
    cluster.submit(3, other.clone());
    cluster.run_for(10_000);
    let committed = [&one, &other]
        .iter()
        .filter(|envelope| cluster.all_have(&[envelope.id()]))
        .count();
    assert_eq!(committed, 1);
    assert!(
        cluster
            .records
            .dropped
            .iter()
            .any(|(_, _, reason)| matches!(
                reason,
                SubmitError::Rejected(Rejection::IdentityTaken { .. })
            ))
    );
    for node in 0..4 {
        assert_eq!(
            cluster.status(node).unwrap().mempool.ready,
            0,
            "node {node}"
        );
        assert!(cluster.status(node).unwrap().idle);
    }
    check(&cluster, seed);
}

#[test]
fn more_than_can_be_verified_is_told_to_come_back() {
    let seed = 77;
    let (mut cluster, mut office) = cluster(seed, 1);
    let key = city::peer_key(9);
    let signer = Signer::Key(key.public_key());
    let good = office.open_account("one", 0, 1, cluster.now_ms(0));
    // Signatures nobody has verified yet, each of another envelope.
    let submissions: Vec<_> = (0..9_000u32)
        .map(|number| {
            let mut signature = ledger_core::signature::Signature([0; 64]);
            signature.0[..4].copy_from_slice(&number.to_be_bytes());
            timebank_node::replica::Submission {
                ticket: timebank_node::replica::Ticket(1_000_000 + u64::from(number)),
                client: timebank_node::replica::ClientAddress::LOCAL,
                envelope: poisoned(&good, SignedBy { signer, signature }),
            }
        })
        .collect();
    cluster.give(0, ReplicaInput::Submit(submissions));
    let verifying = cluster.status(0).unwrap().mempool.verifying;
    assert_eq!(verifying, 8_192);
    let busy = cluster
        .records
        .answers
        .values()
        .filter(|answer| matches!(answer, Err(SubmitError::Busy { .. })))
        .count();
    assert_eq!(busy, 9_000 - 8_192);
    cluster.run_for(1_000);
    assert_eq!(cluster.status(0).unwrap().mempool.verifying, 0);
    assert_eq!(cluster.records.answers.len(), 9_000);
    let id = submit(&mut cluster, 0, &good);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}
