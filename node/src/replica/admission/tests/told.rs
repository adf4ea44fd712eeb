//! Who is told what: whoever hands a transaction in hears what becomes of it, and peers hear of it.

use super::*;
use crate::api::tests::register;
use crate::consensus::LastSigned;
use crate::replica::Topic;

/// What the only node of a new chain answers to a gift in the name of an account that nobody has.
fn answer_to_a_strangers_gift(valid_for_ms: u64) -> Result<Accepted, SubmitError> {
    let genesis = genesis();
    let disk = MemoryDisk::new();
    let storage = Storage::open_memory(&disk, genesis.chain_id())
        .unwrap()
        .storage;
    storage
        .last_signed
        .store(&LastSigned::NOTHING.encode())
        .unwrap();
    let stranger = AccountId([9; 20]);
    let signer = Signer::Account(stranger);
    let transaction = Transaction {
        chain_id: genesis.chain_id(),
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(NOW_MS + 1_000).plus_ms(valid_for_ms),
        nonce: [7; 16],
        operation: Operation::Gift(Gift {
            from: stranger,
            to: AccountId([8; 20]),
            minutes: ledger_core::amount::Minutes(1),
        }),
    };
    let signature = transaction.sign(&key(9));
    let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
    let mut replica = Replica::open(ReplicaConfig::new(key(3)), genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
    let submission = Submission {
        ticket: Ticket(1),
        client: ClientAddress::LOCAL,
        envelope: Arc::new(SealedEnvelope::new(envelope)),
    };
    replica
        .handle(ReplicaInput::Submit(vec![submission]), NOW_MS + 1_000)
        .into_iter()
        .find_map(|effect| match effect {
            ReplicaEffect::SubmitAnswer { answer, .. } => Some(answer),
            _ => None,
        })
        .unwrap()
}

#[test]
fn what_waits_for_an_unknown_key_does_not_wait_for_ever() {
    let month = answer_to_a_strangers_gift(VALIDITY_MS_MAX);
    assert!(matches!(month, Ok(Accepted::Waiting { .. })), "{month:?}");
    for valid_for_ms in [VALIDITY_MS_MAX + 1, u64::MAX] {
        let refused = answer_to_a_strangers_gift(valid_for_ms);
        assert!(
            matches!(
                refused,
                Err(SubmitError::Rejected(Rejection::ValidTooLong { .. }))
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn whoever_was_told_that_an_envelope_is_known_hears_that_its_signature_is_wrong() {
    let genesis = genesis();
    let chain_id = genesis.chain_id();
    let disk = MemoryDisk::new();
    let storage = Storage::open_memory(&disk, chain_id).unwrap().storage;
    let mut replica = Replica::open(ReplicaConfig::new(key(3)), genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
    let signer = Signer::Key(key(9).public_key());
    let transaction = Transaction {
        chain_id,
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(NOW_MS + 60_000),
        nonce: [7; 16],
        operation: Operation::Gift(Gift {
            from: AccountId([9; 20]),
            to: AccountId([8; 20]),
            minutes: ledger_core::amount::Minutes(1),
        }),
    };
    let signature = transaction.sign(&key(10));
    let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
    let envelope = Arc::new(SealedEnvelope::new(envelope));
    let submission = |ticket| Submission {
        ticket: Ticket(ticket),
        client: ClientAddress::LOCAL,
        envelope: Arc::clone(&envelope),
    };
    let submissions = vec![submission(1), submission(2)];
    let mut effects = replica.handle(ReplicaInput::Submit(submissions), NOW_MS + 1_000);
    let batch = effects.iter().find_map(|effect| match effect {
        ReplicaEffect::VerifySignatures(batch) => Some(batch.clone()),
        _ => None,
    });
    let batch = batch.expect("the signature is to be verified");
    let verified = ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: batch.find_wrong(),
    };
    effects.extend(replica.handle(verified, NOW_MS + 1_000));
    let wrong = || SubmitError::Rejected(Rejection::SignatureWrong { signer });
    let told: Vec<ReplicaEffect> = effects
        .into_iter()
        .filter(|effect| {
            matches!(
                effect,
                ReplicaEffect::SubmitAnswer { .. } | ReplicaEffect::Dropped { .. }
            )
        })
        .collect();
    let expected = [
        ReplicaEffect::SubmitAnswer {
            ticket: Ticket(2),
            answer: Ok(Accepted::Known),
        },
        ReplicaEffect::SubmitAnswer {
            ticket: Ticket(1),
            answer: Err(wrong()),
        },
        ReplicaEffect::Dropped {
            id: envelope.id(),
            reason: wrong(),
        },
    ];
    assert_eq!(format!("{told:?}"), format!("{expected:?}"));
    assert!(!replica.holds(&envelope.id()));
}

#[test]
fn what_one_peer_brought_is_passed_on_when_a_client_hands_it_in() {
    let (envelope, peer) = (Arc::new(register()), key(41).public_key());
    let groups = TransactionGroup::encode_all(&[Arc::clone(&envelope)]);
    let brought = || ReplicaInput::Message {
        from: peer,
        topic: Topic::Transactions,
        bytes: groups[0].clone(),
    };
    let handed_in = || {
        ReplicaInput::Submit(vec![Submission {
            ticket: Ticket(1),
            client: ClientAddress::LOCAL,
            envelope: Arc::clone(&envelope),
        }])
    };
    let is_passed_on = |effects: &[ReplicaEffect]| {
        effects.iter().any(|effect| {
            matches!(effect, ReplicaEffect::Publish { topic: Topic::Transactions, bytes } if *bytes == groups[0])
        })
    };
    let open = || {
        let genesis = genesis();
        let disk = MemoryDisk::new();
        let storage = Storage::open_memory(&disk, genesis.chain_id())
            .unwrap()
            .storage;
        let mut replica = Replica::open(ReplicaConfig::new(key(5)), genesis, storage).unwrap();
        replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
        replica.handle(ReplicaInput::PeerConnected(peer), NOW_MS + 1_000);
        replica
    };
    // It is in the mempool already.
    let mut replica = open();
    assert!(!is_passed_on(&handle_and_verify(&mut replica, brought())));
    assert!(replica.holds(&envelope.id()));
    assert!(is_passed_on(&handle_and_verify(&mut replica, handed_in())));
    assert!(!is_passed_on(&handle_and_verify(&mut replica, handed_in())));
    // Its signature is still under verification.
    let mut replica = open();
    let mut effects = replica.handle(brought(), NOW_MS + 1_000);
    replica.handle(handed_in(), NOW_MS + 1_000);
    let batch = effects
        .drain(..)
        .find_map(|effect| match effect {
            ReplicaEffect::VerifySignatures(batch) => Some(batch),
            _ => None,
        })
        .expect("the signature is to be verified");
    let verified = ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: batch.find_wrong(),
    };
    assert!(is_passed_on(&replica.handle(verified, NOW_MS + 1_000)));
}
