//! Who brings wrong signatures waits for them, and nobody else does.

use super::*;
use crate::replica::Topic;
use crate::test_chain::register;

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
    // What the suspect has gathered makes no batch of the others worthwhile.
    let apart = batches(&effects);
    assert_eq!(apart.len(), 1, "{}", apart.len());
    assert!(matches!(apart[0].care, Care::OneByOne));
    assert!(apart[0].tasks.len() < 100, "{}", apart[0].tasks.len());
    let next = batches(&replica.handle(all_wrong(&first[1]), now_ms));
    assert_eq!((next.len(), next[0].tasks.len()), (1, 1));
    assert_eq!(next[0].tasks[0].envelope.id(), honest.id());
    assert!(matches!(next[0].care, Care::Together { .. }));
    // The honest client does not wait for the suspect's batch.
    let right = ReplicaInput::SignaturesVerified {
        batch: next[0].id,
        wrong: next[0].find_wrong(),
    };
    replica.handle(right, now_ms);
    assert!(replica.holds(&honest.id()));
    // The suspect rests after each of its batches, until it is served to the end.
    assert!(batches(&replica.handle(all_wrong(&apart[0]), now_ms)).is_empty());
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

#[test]
fn sixty_four_attackers_neither_fill_the_node_nor_keep_a_ticket_for_long() {
    let mut replica = open();
    let now_ms = NOW_MS + 1_000;
    let flood = gifts_not_signed_by_their_giver(64 * 257);
    let submit = |number: u8, envelopes: &[Arc<SealedEnvelope>]| {
        let submissions = envelopes.iter().map(|envelope| Submission {
            ticket: Ticket(0),
            client: client(number),
            envelope: Arc::clone(envelope),
        });
        ReplicaInput::Submit(submissions.collect())
    };
    let (mut held, mut taken_in, mut refused) = (0usize, 0usize, 0usize);
    for (number, envelopes) in (0..64).zip(flood.chunks(257)) {
        let first = replica.handle(submit(number, &envelopes[..1]), now_ms);
        for batch in batches(&first) {
            replica.handle(all_wrong(&batch), now_ms);
        }
        let effects = replica.handle(submit(number, &envelopes[1..]), now_ms);
        taken_in += envelopes.len() - 1;
        let answers = effects.iter().filter(|effect| {
            matches!(
                effect,
                ReplicaEffect::SubmitAnswer {
                    answer: Err(SubmitError::Busy { .. }),
                    ..
                }
            )
        });
        refused += answers.count();
        held = held.max(replica.admission.verifying_count());
    }
    assert!(held < lanes::ALL_SUSPECTS_TRANSACTIONS_MAX + 100, "{held}");
    assert!(
        taken_in - refused <= held,
        "whoever is refused hears of it at once"
    );
    assert!(replica.loads().iter().all(|load| load.is_within()));
    let honest = Arc::new(register());
    let effects = replica.handle(submit(200, &[Arc::clone(&honest)]), now_ms);
    let batch = batches(&effects).pop().expect("it does not wait for them");
    assert!(matches!(batch.care, Care::Together { .. }));
    let right = ReplicaInput::SignaturesVerified {
        batch: batch.id,
        wrong: batch.find_wrong(),
    };
    replica.handle(right, now_ms);
    assert!(replica.holds(&honest.id()));
}

#[test]
fn whoever_finds_no_room_is_not_told_that_the_node_is_full_as_a_suspect_has_less() {
    let mut replica = open();
    let forged = gifts_not_signed_by_their_giver(2 + 256);
    let submit = |envelopes: &[Arc<SealedEnvelope>]| {
        let submissions = envelopes.iter().map(|envelope| Submission {
            ticket: Ticket(0),
            client: client(1),
            envelope: Arc::clone(envelope),
        });
        ReplicaInput::Submit(submissions.collect())
    };
    handle_and_verify(&mut replica, submit(&forged[..1]));
    let effects = replica.handle(submit(&forged[1..]), NOW_MS + 1_000);
    let refusals: Vec<String> = effects
        .iter()
        .filter_map(|effect| match effect {
            ReplicaEffect::SubmitAnswer {
                answer: Err(error), ..
            } => Some(error.to_string()),
            _ => None,
        })
        .collect();
    let count = lanes::SUSPECT_TRANSACTIONS_MAX;
    let expected = format!(
        "{count} transactions wait for their signatures to be verified, too many for now; submit again in some seconds"
    );
    assert_eq!(refusals, [expected]);
}
