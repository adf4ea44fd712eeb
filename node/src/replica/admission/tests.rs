//! Tests of admission: what waits for something unknown, and that it does not wait for ever.

use super::super::{ClientAddress, ReplicaConfig, ReplicaInput, SignatureBatch, Topic};
use super::*;
use crate::api::tests::{NOW_MS, genesis, key, register};
use crate::consensus::LastSigned;
use crate::storage::{MemoryDisk, Storage};
use ledger_core::id::AccountId;
use ledger_core::transaction::account::RotateKey;
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

/// A transaction of the only account, signed with `keys`: the account's own, then bare ones.
fn of_the_account(
    operation: Operation,
    number: u8,
    own: u8,
    bare: Option<u8>,
) -> Arc<SealedEnvelope> {
    let genesis = genesis();
    let signer = Signer::Account(genesis.accounts[0].id());
    let transaction = Transaction {
        chain_id: genesis.chain_id(),
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(NOW_MS + 600_000),
        nonce: [number; 16],
        operation,
    };
    let own = SignedBy {
        signer,
        signature: transaction.sign(&key(own)),
    };
    let bare = bare.map(|bare| SignedBy {
        signer: Signer::Key(key(bare).public_key()),
        signature: transaction.sign(&key(bare)),
    });
    let signatures: Vec<SignedBy> = std::iter::once(own).chain(bare).collect();
    Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
}

/// The account's key is replaced: from `key(1)` on by `key(6)`.
fn rotation() -> Arc<SealedEnvelope> {
    let account = genesis().accounts[0].id();
    let new_key = key(6).public_key();
    of_the_account(RotateKey { account, new_key }.into(), 1, 1, Some(6))
}

/// A gift to nobody, signed by the account with `own`.
fn gift(number: u8, own: u8) -> Arc<SealedEnvelope> {
    let gift = Gift {
        from: genesis().accounts[0].id(),
        to: AccountId([8; 20]),
        minutes: ledger_core::amount::Minutes(1),
    };
    of_the_account(Operation::Gift(gift), number, own, None)
}

/// The only validator of a new chain.
fn open_validator() -> Replica {
    let genesis = genesis();
    let storage = Storage::open_memory(&MemoryDisk::new(), genesis.chain_id())
        .unwrap()
        .storage;
    storage
        .last_signed
        .store(&LastSigned::NOTHING.encode())
        .unwrap();
    Replica::open(ReplicaConfig::new(key(3)), genesis, storage).unwrap()
}

/// Feeds `inputs`, and the timers that run out and the verdicts on batches, until a block was committed and nothing is under
/// way; the batches asked for meanwhile.
fn run_to_a_block(replica: &mut Replica, inputs: Vec<ReplicaInput>) -> Vec<SignatureBatch> {
    let mut inputs = std::collections::VecDeque::from(inputs);
    let (mut asked, mut now_ms) = (Vec::new(), NOW_MS + 1_000);
    let (mut committed, mut timers) = (false, Vec::new());
    for _ in 0..200 {
        let Some(input) = inputs.pop_front() else {
            if committed || timers.is_empty() {
                break;
            }
            now_ms += 1_000;
            inputs.extend(timers.drain(..).map(ReplicaInput::Timer));
            continue;
        };
        for effect in replica.handle(input, now_ms) {
            match effect {
                ReplicaEffect::VerifySignatures(batch) => {
                    inputs.push_back(ReplicaInput::SignaturesVerified {
                        batch: batch.id,
                        wrong: batch.find_wrong(),
                    });
                    asked.push(batch);
                }
                ReplicaEffect::SetTimer { key, .. } => timers.push(key),
                ReplicaEffect::Committed(block) => {
                    committed |= !block.block.transactions.is_empty();
                }
                _ => {}
            }
        }
    }
    assert!(committed, "no block");
    asked
}

#[test]
fn whoever_passed_on_what_was_right_then_does_not_pay_for_a_key_that_has_changed() {
    let mut replica = open_validator();
    let honest = key(41).public_key();
    let group = [rotation(), gift(2, 1), gift(3, 1), gift(4, 1)];
    let bring = |envelopes: &[Arc<SealedEnvelope>]| ReplicaInput::Message {
        from: honest,
        topic: Topic::Transactions,
        bytes: TransactionGroup::encode_all(envelopes).remove(0),
    };
    let inputs = vec![
        ReplicaInput::Start,
        ReplicaInput::PeerConnected(honest),
        bring(&group),
    ];
    let asked = run_to_a_block(&mut replica, inputs);
    // They were verified twice: by the key of then, which they are right by, and by the new one, which they are not.
    let wrong: usize = asked.iter().map(|batch| batch.find_wrong().len()).sum();
    assert_eq!(wrong, 3, "{}", asked.len());
    assert!(group.iter().all(|it| !replica.holds(&it.id())));
    let next = batches(&replica.handle(bring(&[gift(5, 6)]), NOW_MS + 9_000));
    assert!(
        matches!(next[0].care, Care::Together { .. }),
        "the peer is no suspect"
    );
    // What was never right here is charged, as before.
    let verified = ReplicaInput::SignaturesVerified {
        batch: next[0].id,
        wrong: vec![],
    };
    replica.handle(verified, NOW_MS + 9_000);
    handle_and_verify(&mut replica, bring(&[gift(6, 1)]));
    let next = batches(&replica.handle(bring(&[gift(7, 6)]), NOW_MS + 9_000));
    assert!(matches!(next[0].care, Care::OneByOne));
}

#[test]
fn a_verdict_by_a_key_that_has_changed_since_is_none() {
    let mut replica = open_validator();
    let now_ms = NOW_MS + 1_000;
    replica.handle(ReplicaInput::Start, now_ms);
    let submission = |number, envelope: &Arc<SealedEnvelope>| Submission {
        ticket: Ticket(u64::from(number)),
        client: client(number),
        envelope: Arc::clone(envelope),
    };
    let submit = |submissions: Vec<Submission>| ReplicaInput::Submit(submissions);
    // One client has replaced its key and signs by the new one already; what another one brings is wrong by any key.
    let (early, forged) = (gift(2, 6), gift(3, 9));
    let submissions = vec![submission(1, &early), submission(2, &forged)];
    let under_way = batches(&replica.handle(submit(submissions), now_ms));
    assert_eq!(under_way[0].find_wrong(), [0, 1], "wrong by the old key");
    // While they are under verification the block is decided that replaces the key.
    let view = replica.storage.state.snapshot();
    for signature in signatures_to_verify(&view, &rotation()).unwrap() {
        replica.verified.insert(signature.digest);
    }
    let rotate = submit(vec![submission(3, &rotation())]);
    let asked = run_to_a_block(&mut replica, vec![rotate]);
    assert!(asked.is_empty());
    handle_and_verify(&mut replica, all_wrong(&under_way[0]));
    assert!(replica.holds(&early.id()), "it is right by the new key");
    assert!(!replica.holds(&forged.id()));
    let suspects = [1, 2].map(|number| {
        let next = submit(vec![submission(number, &gift(10 + number, 6))]);
        let batch = batches(&replica.handle(next, now_ms)).remove(0);
        let is_suspect = matches!(batch.care, Care::OneByOne);
        let verified = ReplicaInput::SignaturesVerified {
            batch: batch.id,
            wrong: vec![],
        };
        replica.handle(verified, now_ms);
        is_suspect
    });
    assert_eq!(suspects, [false, true]);
}
