//! Tests of admission: what waits for something unknown, and that it does not wait for ever.

use super::super::{ClientAddress, ReplicaConfig, ReplicaInput, SignatureBatch, Topic};
use super::*;
use crate::api::tests::{NOW_MS, genesis, key, register};
use crate::consensus::LastSigned;
use crate::storage::{MemoryDisk, Storage};
use ledger_core::id::AccountId;
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{
    Envelope, Operation, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};

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

/// Feeds `input`, and the verdicts on the signatures it asks to verify; everything that came of it.
fn handle_and_verify(replica: &mut Replica, input: ReplicaInput) -> Vec<ReplicaEffect> {
    let mut effects = replica.handle(input, NOW_MS + 1_000);
    let batches: Vec<SignatureBatch> = effects
        .iter()
        .filter_map(|effect| match effect {
            ReplicaEffect::VerifySignatures(batch) => Some(batch.clone()),
            _ => None,
        })
        .collect();
    for batch in batches {
        let verified = ReplicaInput::SignaturesVerified {
            batch: batch.id,
            wrong: batch.find_wrong(),
        };
        effects.extend(replica.handle(verified, NOW_MS + 1_000));
    }
    effects
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

/// Gifts in the name of a registered account, not signed by it.
fn gifts_not_signed_by_their_giver(count: u32) -> Vec<Arc<SealedEnvelope>> {
    let genesis = genesis();
    let giver = genesis.accounts[0].id();
    let signer = Signer::Account(giver);
    let forge = |number: u32| {
        let mut nonce = [0; 16];
        nonce[..4].copy_from_slice(&number.to_be_bytes());
        let transaction = Transaction {
            chain_id: genesis.chain_id(),
            version: TRANSACTION_VERSION,
            signer,
            valid_until_ms: TimestampMs(NOW_MS + 60_000),
            nonce,
            operation: Operation::Gift(Gift {
                from: giver,
                to: AccountId([8; 20]),
                minutes: ledger_core::amount::Minutes(1),
            }),
        };
        let mut signature = [0; 64];
        signature[..4].copy_from_slice(&number.to_be_bytes());
        let signature = ledger_core::signature::Signature(signature);
        let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
        Arc::new(SealedEnvelope::new(envelope))
    };
    (0..count).map(forge).collect()
}

fn client(number: u8) -> ClientAddress {
    ClientAddress::from(std::net::IpAddr::from([10, 0, 0, number]))
}

/// A node of which every client is told at once.
fn open() -> Replica {
    let genesis = genesis();
    let storage = Storage::open_memory(&MemoryDisk::new(), genesis.chain_id())
        .unwrap()
        .storage;
    let mut replica = Replica::open(ReplicaConfig::new(key(5)), genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
    replica
}

fn batches(effects: &[ReplicaEffect]) -> Vec<SignatureBatch> {
    let batch = |effect: &ReplicaEffect| match effect {
        ReplicaEffect::VerifySignatures(batch) => Some(batch.clone()),
        _ => None,
    };
    effects.iter().filter_map(batch).collect()
}

/// The verdict on a batch that holds nothing right.
fn all_wrong(batch: &SignatureBatch) -> ReplicaInput {
    ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: (0..batch.tasks.len()).collect(),
    }
}

#[test]
fn an_attacker_waits_for_its_own_wrong_signatures_and_nobody_else_does() {
    let mut replica = open();
    let now_ms = NOW_MS + 1_000;
    let flood = gifts_not_signed_by_their_giver(5_000);
    let submissions = |client, from: u64, envelopes: &[Arc<SealedEnvelope>]| {
        let submissions = (from..)
            .zip(envelopes)
            .map(|(ticket, envelope)| Submission {
                ticket: Ticket(ticket),
                client,
                envelope: Arc::clone(envelope),
            });
        ReplicaInput::Submit(submissions.collect())
    };
    // Nothing is known of anybody: the flood is verified as it comes.
    let first = batches(&replica.handle(submissions(client(1), 0, &flood), now_ms));
    assert_eq!(first.len(), 2, "{}", first.len());
    let honest = Arc::new(register());
    let handed_in = submissions(client(2), 10_000, &[Arc::clone(&honest)]);
    assert!(batches(&replica.handle(handed_in, now_ms)).is_empty());
    // The first verdict: the flood makes room, and what is left of it waits apart.
    let effects = replica.handle(all_wrong(&first[0]), now_ms);
    let busy = |effect: &&ReplicaEffect| {
        matches!(
            effect,
            ReplicaEffect::SubmitAnswer {
                answer: Err(SubmitError::Busy { .. }),
                ..
            }
        )
    };
    let gathered = 5_000 - first[0].tasks.len() - first[1].tasks.len();
    assert_eq!(
        effects.iter().filter(busy).count(),
        gathered - lanes::SUSPECT_TRANSACTIONS_MAX
    );
    let next = batches(&effects);
    assert_eq!(next.len(), 2, "{}", next.len());
    assert_eq!(next[0].tasks.len(), 1);
    assert_eq!(next[0].tasks[0].envelope.id(), honest.id());
    assert!(matches!(next[0].care, Care::Together { .. }));
    assert!(matches!(next[1].care, Care::OneByOne));
    assert!(next[1].tasks.len() < 100, "{}", next[1].tasks.len());
    // The honest client does not wait for the suspect's batch.
    let right = ReplicaInput::SignaturesVerified {
        batch: next[0].id,
        wrong: next[0].find_wrong(),
    };
    replica.handle(right, now_ms);
    assert!(replica.holds(&honest.id()));
    // The suspect rests after each of its batches, until it is served to the end.
    let mut effects = replica.handle(all_wrong(&next[1]), now_ms);
    assert!(batches(&effects).is_empty());
    effects = replica.handle(all_wrong(&first[1]), now_ms);
    assert!(batches(&effects).is_empty());
    let mut turns = 1;
    loop {
        let effects = replica.handle(ReplicaInput::Timer(TimerKey::VerifySuspects), now_ms);
        let Some(batch) = batches(&effects).pop() else {
            break;
        };
        assert!(batches(&replica.handle(all_wrong(&batch), now_ms)).is_empty());
        turns += 1;
    }
    assert_eq!(turns, lanes::SUSPECT_TRANSACTIONS_MAX / 64);
    assert_eq!(replica.admission.verifying_count(), 0);
    assert!(replica.loads().iter().all(|load| load.is_within()));
}

#[test]
fn a_peer_that_hands_on_wrong_signatures_of_registered_keys_waits_and_is_not_kept_away() {
    let mut replica = open();
    let (now_ms, peer) = (NOW_MS + 1_000, key(41).public_key());
    replica.handle(ReplicaInput::PeerConnected(peer), now_ms);
    let bring = |envelopes: &[Arc<SealedEnvelope>]| ReplicaInput::Message {
        from: peer,
        topic: Topic::Transactions,
        bytes: TransactionGroup::encode_all(envelopes).remove(0),
    };
    let forged = gifts_not_signed_by_their_giver(2);
    let effects = handle_and_verify(&mut replica, bring(&forged[..1]));
    let penalised = |effect: &ReplicaEffect| matches!(effect, ReplicaEffect::Penalise { .. });
    assert!(!effects.iter().any(penalised));
    // What the signature is of may be right at the peer's tip: that it is wrong here says no more than that it must wait.
    let effects = replica.handle(bring(&[Arc::new(register())]), now_ms);
    let batch = batches(&effects)
        .pop()
        .expect("it is verified all the same");
    assert!(matches!(batch.care, Care::OneByOne));
    let verified = ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: batch.find_wrong(),
    };
    replica.handle(verified, now_ms);
    assert!(replica.holds(&register().id()));
}

#[test]
fn whatever_care_is_taken_the_same_signatures_are_wrong() {
    let forged = gifts_not_signed_by_their_giver(12);
    let (right, giver) = (register(), genesis().accounts[0].key);
    let task = |index: usize, is_wrong: bool| {
        let (envelope, key) = if is_wrong {
            (Arc::clone(&forged[index]), giver)
        } else {
            (Arc::new(right.clone()), key(2).public_key())
        };
        let signature = envelope.envelope().signatures[0].signature;
        crate::replica::SignatureTask {
            envelope,
            key,
            signature,
        }
    };
    for pattern in [
        0u16,
        1,
        0b1000_0000_0000,
        0b0000_0110_0000,
        0b1010_1010_1010,
        0xfff,
    ] {
        let wrong: Vec<usize> = (0..12).filter(|index| pattern >> index & 1 == 1).collect();
        let cares = [
            Care::OneByOne,
            Care::Together { part_ends: vec![] },
            Care::Together {
                part_ends: vec![12],
            },
            Care::Together {
                part_ends: vec![5, 6, 6, 11, 12],
            },
        ];
        for care in cares {
            let tasks = (0..12).map(|index| task(index, wrong.contains(&index)));
            let batch = SignatureBatch {
                id: BatchId(1),
                tasks: tasks.collect(),
                care,
            };
            assert_eq!(batch.find_wrong(), wrong, "{:?}", batch.care);
        }
    }
}
