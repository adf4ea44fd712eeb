//! Tests of the pool: fairness between signers, bounds, and what leaves it when.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, ChainId, OrganisationId, StaffId};
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::transaction::attendance::{Attendance, RecordCampaign};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{Envelope, Operation, SignedBy, Signer, Transaction};
use proptest::prelude::*;

use super::*;
use crate::replica::Source;

fn staff(number: u32) -> Signer {
    Signer::Staff(StaffId {
        organisation: OrganisationId(320_100),
        number,
    })
}

fn signature(byte: u8) -> Signature {
    Signature([byte; 64])
}

fn envelope(signer: Signer, nonce: u32, valid_until_ms: u64) -> SealedEnvelope {
    envelope_signed(signer, nonce, valid_until_ms, &[(signer, 1)])
}

fn envelope_signed(
    signer: Signer,
    nonce: u32,
    valid_until_ms: u64,
    signatures: &[(Signer, u8)],
) -> SealedEnvelope {
    let operation = Operation::AdvanceTime(AdvanceTime {
        to_ms: TimestampMs(0),
    });
    envelope_of(operation, signer, nonce, valid_until_ms, signatures)
}

/// The record of a campaign with so many participants.
fn campaign(signer: Signer, nonce: u32, participants: usize) -> SealedEnvelope {
    let operation = Operation::RecordCampaign(RecordCampaign {
        attendance: Attendance {
            district: OrganisationId(320_106),
            start_ms: TimestampMs(0),
            end_ms: TimestampMs(1),
            participants: vec![AccountId([1; 20]); participants],
            minutes: Minutes(60),
            budget: BudgetId([1; 20]),
        },
    });
    envelope_of(operation, signer, nonce, 1_000, &[(signer, 1)])
}

fn envelope_of(
    operation: Operation,
    signer: Signer,
    nonce: u32,
    valid_until_ms: u64,
    signatures: &[(Signer, u8)],
) -> SealedEnvelope {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&nonce.to_be_bytes());
    let transaction = Transaction {
        chain_id: ChainId::default(),
        version: 1,
        signer,
        valid_until_ms: TimestampMs(valid_until_ms),
        nonce: bytes,
        operation,
    };
    let signatures = signatures.iter().map(|(signer, byte)| SignedBy {
        signer: *signer,
        signature: signature(*byte),
    });
    SealedEnvelope::new(Envelope::new(transaction, signatures))
}

fn entry(mempool: &mut Mempool, sealed: SealedEnvelope) -> Entry {
    Entry {
        sealed: Arc::new(sealed),
        origin: Origin::Peer,
        source: Source::Own,
        sequence: mempool.next_sequence(),
        arrived_ms: 0,
        waits: None,
        was_right: false,
    }
}

fn small() -> MempoolConfig {
    let bounds = PoolBounds {
        count_max: 40,
        bytes_max: 40 * 1024,
    };
    MempoolConfig {
        ready: bounds,
        waiting: bounds,
        keyless: bounds,
    }
}

/// A block of so many transactions, and of anything else as much as there is.
const fn transactions(count: usize) -> BlockBounds {
    BlockBounds {
        transactions: count,
        bytes: usize::MAX,
        listed: usize::MAX,
    }
}

fn fill(mempool: &mut Mempool, signer: Signer, nonces: std::ops::Range<u32>) -> (usize, usize) {
    let (mut taken, mut refused) = (0, 0);
    for nonce in nonces {
        let entry = entry(mempool, envelope(signer, nonce, 1_000));
        match mempool.insert_ready(entry) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
    }
    (taken, refused)
}

#[test]
fn one_signer_fills_no_more_than_its_share() {
    let mut mempool = Mempool::new(&small());
    assert_eq!(fill(&mut mempool, staff(1), 0..50), (10, 40));
    assert_eq!(mempool.ready_count(), 10);
}

#[test]
fn bare_keys_count_as_one_signer() {
    let mut mempool = Mempool::new(&small());
    let mut taken = 0;
    for number in 0..50u8 {
        let signer = Signer::Key(PublicKey([number; 32]));
        taken += fill(&mut mempool, signer, 0..1).0;
    }
    assert_eq!(taken, 10);
}

#[test]
fn a_full_pool_takes_from_whoever_holds_most_its_newest_first() {
    let mut mempool = Mempool::new(&small());
    for number in 1..=4 {
        fill(&mut mempool, staff(number), 0..10);
    }
    assert_eq!(mempool.ready_count(), 40);
    // A fifth signer gets in, and those who hold ten each give way.
    assert_eq!(fill(&mut mempool, staff(5), 0..5), (5, 0));
    assert_eq!(mempool.ready_count(), 40);
    let mut held: BTreeMap<Signer, Vec<u64>> = BTreeMap::new();
    for entry in mempool.ready_in_order() {
        held.entry(entry.sealed.transaction().signer)
            .or_default()
            .push(entry.sequence);
    }
    assert_eq!(held[&staff(5)].len(), 5);
    for number in 1..=4 {
        let sequences = &held[&staff(number)];
        let first = u64::from(number - 1) * 10;
        let expected: Vec<u64> = (first..first + sequences.len() as u64).collect();
        assert_eq!(sequences, &expected, "the oldest stay");
        assert!(sequences.len() >= 8, "nobody gives way alone");
    }
}

#[test]
fn nobody_gives_way_to_one_who_holds_as_much() {
    let mut mempool = Mempool::new(&small());
    for number in 1..=4 {
        fill(&mut mempool, staff(number), 0..10);
    }
    let (taken, _) = fill(&mut mempool, staff(5), 0..100);
    assert_eq!(taken, 8, "five signers share forty places");
    assert_eq!(fill(&mut mempool, staff(1), 50..60).0, 0);
}

#[test]
fn a_flood_of_one_signer_leaves_room_in_a_block_for_others() {
    let config = MempoolConfig::default();
    let mut mempool = Mempool::new(&config);
    fill(&mut mempool, staff(1), 0..1_000);
    fill(&mut mempool, staff(2), 0..3);
    let chosen = mempool.candidates(&transactions(100), 0);
    assert_eq!(chosen.len(), 100);
    let position = chosen
        .iter()
        .position(|sealed| sealed.transaction().signer == staff(2));
    assert_eq!(position, Some(TURN_TRANSACTIONS));
    // Without others, the flood fills the block in order of arrival.
    let nonces: Vec<_> = chosen
        .iter()
        .filter(|sealed| sealed.transaction().signer == staff(1))
        .map(|sealed| sealed.transaction().nonce)
        .collect();
    assert!(nonces.is_sorted());
}

#[test]
fn candidates_stay_within_their_bounds_but_there_is_one() {
    let mut mempool = Mempool::new(&MempoolConfig::default());
    fill(&mut mempool, staff(1), 0..100);
    let length = envelope(staff(1), 0, 1_000).bytes().len();
    assert_eq!(mempool.candidates(&transactions(7), 0).len(), 7);
    let bytes = |bytes| BlockBounds {
        bytes,
        ..transactions(100)
    };
    assert_eq!(mempool.candidates(&bytes(5 * length + 1), 0).len(), 5);
    assert_eq!(mempool.candidates(&bytes(length - 1), 0).len(), 1);
}

#[test]
fn those_listed_are_bounded_and_whoever_lists_none_is_not_kept_out() {
    let mut mempool = Mempool::new(&MempoolConfig::default());
    for (signer, nonce, participants) in [(1, 0, 600), (1, 1, 600), (1, 2, 300), (2, 0, 400)] {
        let entry = entry(&mut mempool, campaign(staff(signer), nonce, participants));
        mempool.insert_ready(entry).unwrap();
    }
    fill(&mut mempool, staff(1), 3..4);
    fill(&mut mempool, staff(2), 1..3);
    fill(&mut mempool, staff(3), 0..1);
    let chosen = |listed| -> Vec<(Signer, usize)> {
        let bounds = BlockBounds {
            listed,
            ..transactions(100)
        };
        let chosen = mempool.candidates(&bounds, 0);
        chosen
            .iter()
            .map(|sealed| sealed.transaction())
            .map(|it| (it.signer, it.operation.listed()))
            .collect()
    };
    let (first, second, third) = (staff(1), staff(2), staff(3));
    let fitting = vec![
        (first, 600),
        (second, 400),
        (second, 0),
        (second, 0),
        (third, 0),
    ];
    // What the first brings after its second campaign waits with it: each signer's go in order.
    assert_eq!(chosen(1_000), fitting);
    // The oldest goes, however many it lists.
    assert_eq!(chosen(1), [(first, 600), (third, 0)]);
    assert_eq!(chosen(1_900).len(), 8);
}

#[test]
fn whoever_lists_many_people_again_and_again_keeps_nobody_else_waiting() {
    let mut mempool = Mempool::new(&MempoolConfig::default());
    for (signer, nonce, participants) in
        (0..20)
            .map(|nonce| (1, nonce, 1_000))
            .chain([(2, 0, 1), (3, 0, 1_000), (2, 1, 1_000)])
    {
        let entry = entry(&mut mempool, campaign(staff(signer), nonce, participants));
        mempool.insert_ready(entry).unwrap();
    }
    let bounds = BlockBounds {
        listed: 1_000,
        ..transactions(100)
    };
    let mut who = Vec::new();
    for turn in 0..6 {
        for sealed in mempool.candidates(&bounds, turn) {
            who.push(sealed.transaction().signer);
            mempool.remove_committed(&sealed.id());
        }
    }
    let others: Vec<_> = who.iter().filter(|signer| **signer != staff(1)).collect();
    assert_eq!(others, [&staff(2), &staff(2), &staff(3)], "{who:?}");
    let later = &who[4..];
    assert_eq!(later, [staff(1), staff(1)], "{who:?}");
}

#[test]
fn each_round_asks_for_half_as_much_down_to_a_single_transaction() {
    let mut mempool = Mempool::new(&MempoolConfig::default());
    fill(&mut mempool, staff(1), 0..100);
    let bounds = BlockBounds {
        transactions: 64,
        bytes: 1_000_000,
        listed: 1_000,
    };
    let counts = (0..8).map(|round| mempool.candidates(&bounds.in_round(round), 0).len());
    assert_eq!(counts.collect::<Vec<_>>(), [64, 32, 16, 8, 4, 2, 1, 1]);
    let latest = bounds.in_round(u32::MAX);
    assert_eq!((latest.bytes, latest.listed), (0, 0));
    assert_eq!(mempool.candidates(&latest, 0).len(), 1);
    assert_eq!(bounds.in_round(1).listed, 500);
}

#[test]
fn an_envelope_with_a_bad_cosignature_keeps_no_other_out() {
    let mut mempool = Mempool::new(&small());
    let bad = envelope_signed(staff(1), 7, 1_000, &[(staff(1), 1), (staff(2), 9)]);
    let good = envelope(staff(1), 7, 1_000);
    assert_eq!(bad.id(), good.id());
    let (bad_hash, good_hash) = (bad.envelope_hash(), good.envelope_hash());
    let bad = entry(&mut mempool, bad);
    let good = entry(&mut mempool, good);
    mempool.insert_ready(bad).unwrap();
    mempool.insert_ready(good).unwrap();
    assert_eq!(mempool.candidates(&transactions(10), 0).len(), 2);
    mempool.set_aside(bad_hash);
    let chosen = mempool.candidates(&transactions(10), 0);
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].envelope_hash(), good_hash);
    assert!(mempool.body(&bad_hash).is_some());
    let id = chosen[0].id();
    mempool.remove_committed(&id);
    assert_eq!(mempool.ready_count(), 0);
    assert!(!mempool.contains_id(&id));
    assert!(!mempool.has_candidates());
}

#[test]
fn alternatives_of_one_transaction_are_bounded() {
    let mut mempool = Mempool::new(&small());
    for byte in 0..10 {
        let sealed = envelope_signed(staff(1), 7, 1_000, &[(staff(1), byte)]);
        let entry = entry(&mut mempool, sealed);
        let outcome = mempool.insert_ready(entry);
        assert_eq!(outcome.is_ok(), usize::from(byte) < ALTERNATIVES_MAX);
    }
    assert_eq!(mempool.ready_count(), ALTERNATIVES_MAX);
}

fn waiting(mempool: &mut Mempool, nonce: u32, tried_at: u64, signatures: Signatures) {
    let entry = entry(mempool, envelope(staff(nonce), nonce, 1_000));
    let rejection = Rejection::SignerUnknown {
        signer: staff(nonce),
    };
    mempool
        .insert_waiting(entry, rejection, Height(tried_at), signatures)
        .unwrap();
}

#[test]
fn what_waits_is_tried_once_for_each_block_oldest_first() {
    let mut mempool = Mempool::new(&small());
    for nonce in 0..4 {
        let signatures = if nonce % 2 == 0 {
            Signatures::Verified
        } else {
            Signatures::KeyUnknown
        };
        waiting(&mut mempool, nonce, 5, signatures);
    }
    assert!(mempool.take_to_retry(Height(5), 10).is_empty());
    let first = mempool.take_to_retry(Height(6), 3);
    let sequences: Vec<u64> = first.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [0, 1, 2]);
    for entry in first {
        let rejection = entry.waits.clone().unwrap().rejection;
        mempool
            .insert_waiting(entry, rejection, Height(6), Signatures::Verified)
            .unwrap();
    }
    assert_eq!(mempool.take_to_retry(Height(6), 10).len(), 1);
    assert!(mempool.take_to_retry(Height(6), 10).is_empty());
    assert_eq!(mempool.waiting_count(), 3);
}

#[test]
fn the_queue_of_what_waits_forgets_what_left() {
    let mut mempool = Mempool::new(&small());
    for round in 0..1_000u32 {
        let sealed = envelope(staff(round), round, 1_000);
        let hash = sealed.envelope_hash();
        let entry = entry(&mut mempool, sealed);
        let rejection = Rejection::MinutesZero;
        mempool
            .insert_waiting(entry, rejection, Height(1), Signatures::Verified)
            .unwrap();
        mempool.remove(&hash);
    }
    assert!(mempool.to_retry.len() < 100);
}

#[test]
fn what_expires_leaves_every_pool() {
    let mut mempool = Mempool::new(&small());
    let short = entry(&mut mempool, envelope(staff(1), 1, 10));
    let long = entry(&mut mempool, envelope(staff(1), 2, 20));
    mempool.insert_ready(short).unwrap();
    mempool.insert_ready(long).unwrap();
    let short = entry(&mut mempool, envelope(staff(2), 3, 10));
    mempool
        .insert_waiting(
            short,
            Rejection::MinutesZero,
            Height(1),
            Signatures::KeyUnknown,
        )
        .unwrap();
    assert!(mempool.remove_expired(TimestampMs(10)).is_empty());
    assert_eq!(mempool.remove_expired(TimestampMs(11)).len(), 2);
    assert_eq!((mempool.ready_count(), mempool.waiting_count()), (1, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Insert { signer: u32, nonce: u32, weight: u8 },
    Remove { nth: usize },
    SetAside { nth: usize },
    Expire { time_ms: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..8u32, 0..200u32, 1..20u8)
            .prop_map(|(signer, nonce, weight)| Step::Insert { signer, nonce, weight }),
        1 => (0..40usize).prop_map(|nth| Step::Remove { nth }),
        1 => (0..40usize).prop_map(|nth| Step::SetAside { nth }),
        1 => (0..200u64).prop_map(|time_ms| Step::Expire { time_ms }),
    ];
    proptest::collection::vec(step, 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bounds_and_shares_hold_whatever_happens(steps in steps()) {
        let mut mempool = Mempool::new(&small());
        for step in steps {
            match step {
                Step::Insert { signer, nonce, weight } => {
                    let cosigners: Vec<(Signer, u8)> = std::iter::once(staff(signer))
                        .chain((100..100 + u32::from(weight)).map(staff))
                        .map(|signer| (signer, 1))
                        .collect();
                    let sealed =
                        envelope_signed(staff(signer), nonce, u64::from(nonce), &cosigners);
                    let entry = entry(&mut mempool, sealed);
                    let before = mempool.ready_count();
                    if let Ok(evicted) = mempool.insert_ready(entry) {
                        prop_assert!(mempool.ready_count() + evicted.len() <= before + 1);
                    } else {
                        prop_assert_eq!(mempool.ready_count(), before);
                    }
                }
                Step::Remove { nth } => {
                    let hash = mempool.ready_in_order().nth(nth).map(|it| it.sealed.envelope_hash());
                    if let Some(hash) = hash {
                        prop_assert!(mempool.remove(&hash).is_some());
                    }
                }
                Step::SetAside { nth } => {
                    let hash = mempool.ready_in_order().nth(nth).map(|it| it.sealed.envelope_hash());
                    if let Some(hash) = hash {
                        mempool.set_aside(hash);
                    }
                }
                Step::Expire { time_ms } => {
                    mempool.remove_expired(TimestampMs(time_ms));
                }
            }
            check_pool(&mempool.ready)?;
            prop_assert!(mempool.set_aside.iter().all(|hash| mempool.ready.entry(hash).is_some()));
            prop_assert_eq!(
                mempool.candidates(&transactions(usize::MAX), 0).len(),
                mempool.ready.len() - mempool.set_aside.len()
            );
        }
    }
}

fn check_pool(pool: &Pool) -> Result<(), TestCaseError> {
    let bounds = pool.bounds();
    let entries: Vec<&Entry> = pool.in_order().collect();
    prop_assert_eq!(entries.len(), pool.len());
    prop_assert!(pool.len() <= bounds.count_max && pool.bytes() <= bounds.bytes_max);
    let bytes: usize = entries.iter().map(|entry| entry.sealed.bytes().len()).sum();
    prop_assert_eq!(bytes, pool.bytes());
    let mut by_signer: BTreeMap<Signer, (usize, usize)> = BTreeMap::new();
    for entry in entries {
        let held = by_signer
            .entry(entry.sealed.transaction().signer)
            .or_default();
        held.0 += 1;
        held.1 += entry.sealed.bytes().len();
        prop_assert!(pool.contains_id(&entry.sealed.id()));
    }
    for (count, bytes) in by_signer.values() {
        prop_assert!(*count <= bounds.share_count() && *bytes <= bounds.share_bytes());
    }
    Ok(())
}

#[test]
fn an_own_envelope_displaces_the_newest_of_a_peer_when_there_are_enough_of_its_transaction() {
    let mut mempool = Mempool::new(&small());
    let alternative = |byte| envelope_signed(staff(1), 7, 1_000, &[(staff(1), byte)]);
    let rejection = || Rejection::SignerUnknown { signer: staff(9) };
    let mut of_peers = Vec::new();
    for byte in 0..u8::try_from(ALTERNATIVES_MAX).unwrap() {
        let entry = entry(&mut mempool, alternative(byte));
        of_peers.push(entry.sealed.envelope_hash());
        let tip = Height(1);
        let taken = mempool.insert_waiting(entry, rejection(), tip, Signatures::Verified);
        assert!(taken.is_ok());
    }
    let of_peer = entry(&mut mempool, alternative(100));
    let mut own = entry(&mut mempool, alternative(101));
    own.origin = Origin::Own;
    let mut insert = |entry| {
        mempool
            .insert_waiting(entry, rejection(), Height(1), Signatures::Verified)
            .map(|evicted| {
                let evicted = evicted.iter().map(|it| it.sealed.envelope_hash());
                evicted.collect::<Vec<_>>()
            })
    };
    assert_eq!(
        insert(of_peer),
        Err(SubmitError::Alternatives {
            count_max: ALTERNATIVES_MAX
        })
    );
    assert_eq!(
        insert(own.clone()),
        Ok(of_peers.split_off(of_peers.len() - 1))
    );
    // Its own envelopes do not displace each other, and leave the oldest of the peers' alone.
    let mut outcomes = Vec::new();
    for byte in 102..105 {
        let other = Entry {
            sealed: Arc::new(alternative(byte)),
            sequence: 1_000 + u64::from(byte),
            ..own.clone()
        };
        outcomes.push(insert(other).map(|evicted| evicted.len()).ok());
    }
    assert_eq!(outcomes, [Some(1), None, None]);
    for oldest in &of_peers[..ALTERNATIVES_MAX - DISPLACING_MAX] {
        assert!(mempool.body(oldest).is_some());
    }
    assert_eq!(mempool.waiting_count(), ALTERNATIVES_MAX);
}

#[test]
fn an_own_envelope_that_finds_no_room_displaces_nothing() {
    let config = MempoolConfig {
        ready: PoolBounds {
            count_max: 40,
            bytes_max: 4 * 1024,
        },
        ..small()
    };
    let mut mempool = Mempool::new(&config);
    for byte in 0..u8::try_from(ALTERNATIVES_MAX).unwrap() {
        let sealed = envelope_signed(staff(1), 7, 1_000, &[(staff(1), byte)]);
        let entry = entry(&mut mempool, sealed);
        assert!(mempool.insert_ready(entry).is_ok());
    }
    let before = mempool.bytes();
    // Longer than what one signer may hold.
    let signers: Vec<(Signer, u8)> = (1..30).map(|number| (staff(number), 1)).collect();
    let mut own = entry(&mut mempool, envelope_signed(staff(1), 7, 1_000, &signers));
    own.origin = Origin::Own;
    assert!(matches!(
        mempool.insert_ready(own),
        Err(SubmitError::SignerShare { .. })
    ));
    assert_eq!(
        (mempool.ready_count(), mempool.bytes()),
        (ALTERNATIVES_MAX, before)
    );
}
