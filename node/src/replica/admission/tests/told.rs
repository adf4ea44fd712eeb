//! Who is told what: whoever hands a transaction in hears what becomes of it, and peers hear of it.

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::ledger::{NothingVerified, build_block};
use ledger_core::validator::ValidatorAddress;

use super::*;
use crate::replica::mempool::{PoolBounds, SIGNER_SHARE};
use crate::replica::{Committed, Fault, Load, Topic};
use crate::test_chain::{only_node, register};

/// What the only node of a new chain answers to a gift in the name of an account that nobody has.
fn answer_to_a_strangers_gift(valid_for_ms: u64) -> Result<Accepted, SubmitError> {
    let stranger = AccountId([9; 20]);
    let signer = Signer::Account(stranger);
    let transaction = Transaction {
        chain_id: genesis().chain_id(),
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
    let mut replica = only_node(&MemoryDisk::new(), ReplicaConfig::new(key(3)));
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

/// What is told to those who handed something in.
fn told(effects: Vec<ReplicaEffect>) -> Vec<ReplicaEffect> {
    let is_news = |effect: &ReplicaEffect| {
        matches!(
            effect,
            ReplicaEffect::SubmitAnswer { .. } | ReplicaEffect::Dropped { .. }
        )
    };
    effects.into_iter().filter(is_news).collect()
}

/// A client hands in one envelope under the ticket of its number.
fn submit(number: u8, envelope: &Arc<SealedEnvelope>) -> ReplicaInput {
    ReplicaInput::Submit(vec![Submission {
        ticket: Ticket(u64::from(number)),
        client: client(number),
        envelope: Arc::clone(envelope),
    }])
}

/// How many ends are kept to be told, and how many may be.
fn untold(replica: &Replica) -> Load {
    let loads = replica.loads();
    assert!(loads.iter().all(Load::is_within), "{loads:?}");
    let of_ends = |load: &Load| load.name == "ends not told yet";
    loads.into_iter().find(of_ends).expect("it is listed")
}

#[test]
fn a_poisoned_copy_that_comes_to_nothing_later_does_not_swallow_the_news_of_the_end() {
    let mut replica = open();
    let now_ms = NOW_MS + 1_000;
    // One transaction twice: it waits for whom it names, and the copy is not signed by the account's key.
    let (good, poisoned) = (gift(1, 1), gift(1, 9));
    assert_eq!(good.id(), poisoned.id());
    assert_ne!(good.envelope_hash(), poisoned.envelope_hash());
    let effects = handle_and_verify(&mut replica, submit(1, &good));
    let waits_for = effects.iter().find_map(|effect| match effect {
        ReplicaEffect::SubmitAnswer {
            answer: Ok(Accepted::Waiting { rejection }),
            ..
        } => Some(rejection.clone()),
        _ => None,
    });
    let waits_for = waits_for.expect("it waits");
    let under_way = batches(&replica.handle(submit(2, &poisoned), now_ms));
    assert_eq!(under_way.len(), 1);
    // The end, while the copy may still turn out to be a good one.
    let withdrawn = replica.handle(ReplicaInput::Withdraw(good.id()), now_ms);
    assert!(told(withdrawn).is_empty());
    assert!(replica.holds(&good.id()));
    assert_eq!(untold(&replica).held, 1);
    // It does not: whoever brought it hears why, and whoever waits hears that the other one has ended.
    let ended = told(replica.handle(all_wrong(&under_way[0]), now_ms));
    let signer = good.transaction().signer;
    let expected = [
        ReplicaEffect::SubmitAnswer {
            ticket: Ticket(2),
            answer: Err(SubmitError::Rejected(Rejection::SignatureWrong { signer })),
        },
        ReplicaEffect::Dropped {
            id: good.id(),
            reason: SubmitError::Rejected(waits_for),
        },
    ];
    assert_eq!(format!("{ended:?}"), format!("{expected:?}"));
    assert!(!replica.holds(&good.id()));
    assert_eq!(untold(&replica).held, 0);
    // Once.
    let later = replica.handle(ReplicaInput::Timer(TimerKey::Status), now_ms);
    assert!(told(later).is_empty());
}

#[test]
fn a_transaction_that_was_dropped_and_is_in_a_later_block_of_the_same_answer_has_not_ended() {
    let mut replica = open();
    let now_ms = NOW_MS + 1_000;
    let (good, poisoned) = (gift(1, 1), gift(1, 9));
    let under_way = batches(&replica.handle(submit(2, &poisoned), now_ms));
    // Blocks of a peer: after one of them the good envelope gave way, and the next one holds it.
    let view = replica.storage.state.snapshot();
    let (tip, time_ms) = (&replica.tip, TimestampMs(now_ms));
    let proposer = ValidatorAddress::of(&key(3).public_key());
    let built = build_block(&view, tip, proposer, time_ms, &[], &NothingVerified).unwrap();
    let block = Block {
        header: built.block.header,
        transactions: vec![Arc::clone(&good)],
    };
    let certificate = CommitCertificate {
        height: block.header.height,
        round: 0,
        block_id: block.id(),
        signatures: Vec::new(),
    };
    replica.report_dropped(&good, SubmitError::GaveWay);
    replica.effects.push(ReplicaEffect::Committed(Committed {
        block: Arc::new(block),
        certificate: Arc::new(certificate),
        receipts: Arc::default(),
    }));
    let effects = replica.take_effects(Ok(()));
    assert!(
        matches!(&effects[..], [ReplicaEffect::Committed(_)]),
        "{effects:?}"
    );
    let ended = told(replica.handle(all_wrong(&under_way[0]), now_ms));
    assert!(
        matches!(&ended[..], [ReplicaEffect::SubmitAnswer { .. }]),
        "{ended:?}"
    );
}

#[test]
fn nothing_follows_the_news_that_the_node_stops_itself() {
    let mut replica = open();
    let (good, poisoned) = (gift(1, 1), gift(1, 9));
    let under_way = batches(&replica.handle(submit(2, &poisoned), NOW_MS + 1_000));
    replica.report_dropped(&good, SubmitError::GaveWay);
    assert!(replica.take_effects(Ok(())).is_empty());
    // The copy comes to nothing in the step in which the node stops.
    for mut arrival in replica.admission.take_batch(under_way[0].id) {
        replica.admission.release(&mut arrival);
    }
    let fault = Fault::DecidedBlockMissing {
        height: Default::default(),
        block_id: Default::default(),
    };
    let effects = replica.take_effects(Err(fault));
    assert!(
        matches!(
            &effects[..],
            [ReplicaEffect::Dropped { .. }, ReplicaEffect::Halt(_)]
        ),
        "{effects:?}"
    );
}

/// A gift in the name of an account that nobody has, signed with `own`.
fn gift_of_a_stranger(number: u8, own: u8) -> Arc<SealedEnvelope> {
    let from = AccountId([number; 20]);
    let signer = Signer::Account(from);
    let transaction = Transaction {
        chain_id: genesis().chain_id(),
        version: TRANSACTION_VERSION,
        signer,
        valid_until_ms: TimestampMs(NOW_MS + 60_000),
        nonce: [number; 16],
        operation: Operation::Gift(Gift {
            from,
            to: AccountId([8; 20]),
            minutes: ledger_core::amount::Minutes(1),
        }),
    };
    let signature = transaction.sign(&key(own));
    let envelope = Envelope::new(transaction, [SignedBy { signer, signature }]);
    Arc::new(SealedEnvelope::new(envelope))
}

#[test]
fn invented_accounts_keep_no_more_ends_untold_than_there_is_room_for_their_envelopes() {
    let genesis = genesis();
    let storage = Storage::open_memory(&MemoryDisk::new(), genesis.chain_id())
        .unwrap()
        .storage;
    let mut config = ReplicaConfig::new(key(5));
    // Full with two envelopes of each of as many signers as there are shares.
    config.mempool.keyless = PoolBounds {
        count_max: 2 * SIGNER_SHARE,
        bytes_max: 1024 * 1024,
    };
    let mut replica = Replica::open(config, genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, NOW_MS + 1_000);
    let strangers = 100..100 + u8::try_from(SIGNER_SHARE).unwrap();
    let mut take_in = |envelope: &Arc<SealedEnvelope>| {
        let effects = replica.handle(submit(1, envelope), NOW_MS + 1_000);
        told(effects).len()
    };
    for number in strangers.clone() {
        for own in [9, 10] {
            assert_eq!(take_in(&gift_of_a_stranger(number, own)), 1);
        }
    }
    // Others push out one of two of each: nobody is told, as the other one is here.
    for number in strangers.clone() {
        assert_eq!(take_in(&gift_of_a_stranger(number + 50, 9)), 1);
    }
    let load = untold(&replica);
    assert_eq!((load.held, load.bound), (SIGNER_SHARE, 2 * SIGNER_SHARE));
    // The other one ends, and that is told.
    for number in strangers {
        let id = gift_of_a_stranger(number, 9).id();
        let ended = told(replica.handle(ReplicaInput::Withdraw(id), NOW_MS + 1_000));
        assert!(
            matches!(&ended[..], [ReplicaEffect::Dropped { .. }]),
            "{ended:?}"
        );
    }
    assert_eq!(untold(&replica).held, 0);
}
