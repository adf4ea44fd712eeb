//! Tests of gathering: nothing that a validator sends again and again keeps a node from asking for what a block lacks, and
//! nobody fills its memory with what they say a block consists of.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId};
use ledger_core::ledger::{NothingVerified, build_block, transactions_root};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign};
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, Operation};
use ledger_core::validator::{Validator, ValidatorSet};

use super::super::effect::Alarm;
use super::super::messages::ValidatorMessage;
use super::super::{ReplicaConfig, ReplicaInput, RequestFailure, Topic};
use super::*;
use crate::storage::{MemoryDisk, Storage};
use crate::test_chain::{CITY, NOW_MS, genesis, key, register, signed};

const START_MS: u64 = NOW_MS + 1_000;

/// How the only validator is known.
fn validator() -> PublicKey {
    key(4).public_key()
}

/// A node outside the set, connected to the only validator.
fn follower() -> Replica {
    let genesis = genesis();
    let storage = Storage::open_memory(&MemoryDisk::new(), genesis.chain_id())
        .unwrap()
        .storage;
    let mut replica = Replica::open(ReplicaConfig::new(key(5)), genesis, storage).unwrap();
    replica.handle(ReplicaInput::Start, START_MS);
    replica.handle(ReplicaInput::PeerConnected(validator()), START_MS);
    replica
}

/// The header of a block of these transactions, at `time_ms`.
fn header_over(replica: &Replica, transactions: &[Arc<SealedEnvelope>], time_ms: u64) -> Header {
    let view = replica.storage.state.snapshot();
    let proposer = replica.validators.as_slice()[0].address();
    let time_ms = TimestampMs(time_ms);
    let (tip, nothing) = (&replica.tip, NothingVerified);
    let built = build_block(&view, tip, proposer, time_ms, &[], &nothing).unwrap();
    let mut header = built.block.header;
    header.transactions_root = transactions_root(transactions);
    header
}

/// A body of the block under `header`, sent by the validator.
fn body(header: &Header, envelope_hashes: Vec<Hash>) -> ReplicaInput {
    body_from(validator(), header, envelope_hashes, Vec::new())
}

/// A body sent by `from`, with envelopes that travel along.
fn body_from(
    from: PublicKey,
    header: &Header,
    envelope_hashes: Vec<Hash>,
    carried: Vec<Arc<SealedEnvelope>>,
) -> ReplicaInput {
    let body = ProposalBody {
        height: header.height,
        block_id: header.id(),
        envelope_hashes,
        carried,
    };
    ReplicaInput::Message {
        from,
        topic: Topic::Consensus,
        bytes: codec::encode(&ValidatorMessage::Body(body)),
    }
}

/// What comes of it that the host wants a verdict on the block under `header`.
fn examine(replica: &mut Replica, header: &Header, round: u32) -> Vec<ReplicaEffect> {
    let outcome = replica.check_block(header.clone(), round, header.proposer);
    replica.take_effects(outcome)
}

/// After how many milliseconds what is missing is to be asked for.
fn timers(effects: &[ReplicaEffect]) -> Vec<u64> {
    let timer = |effect: &ReplicaEffect| match effect {
        ReplicaEffect::SetTimer {
            key: TimerKey::FetchBodies,
            after_ms,
        } => Some(*after_ms),
        _ => None,
    };
    effects.iter().filter_map(timer).collect()
}

/// What is asked.
fn requests(effects: &[ReplicaEffect]) -> Vec<(RequestId, PeerRequest)> {
    let request = |effect: &ReplicaEffect| match effect {
        ReplicaEffect::SendRequest { id, bytes, .. } => {
            Some((*id, PeerRequest::decode(bytes).unwrap()))
        }
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

/// Envelopes nearly as long as they may be, all different.
fn long_envelopes(count: usize) -> Vec<Arc<SealedEnvelope>> {
    let long = |number: usize| {
        let attendance = Attendance {
            district: CITY,
            start_ms: TimestampMs(number as u64),
            end_ms: TimestampMs(NOW_MS),
            participants: vec![AccountId([5; 20]); (ENVELOPE_BYTES_MAX - 1_024) / 20],
            minutes: Minutes(1),
            budget: BudgetId([6; 20]),
        };
        let operation = Operation::RecordCampaign(RecordCampaign { attendance });
        Arc::new(signed(operation))
    };
    (0..count).map(long).collect()
}

fn answer(id: RequestId, envelopes: &[Arc<SealedEnvelope>]) -> ReplicaInput {
    ReplicaInput::Response {
        id,
        outcome: Ok(codec::encode(&PeerResponse::Envelopes(envelopes.to_vec()))),
        took_ms: 10,
    }
}

const fn no_answer(id: RequestId) -> ReplicaInput {
    ReplicaInput::Response {
        id,
        outcome: Err(RequestFailure::Timeout),
        took_ms: 5_000,
    }
}

#[test]
fn a_body_that_is_sent_again_and_again_does_not_put_off_asking_for_what_is_missing() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let header = header_over(&replica, std::slice::from_ref(&missing), START_MS);
    let list = vec![missing.envelope_hash()];
    let wanted = PeerRequest::Envelopes {
        height: header.height,
        block_id: header.id(),
        envelope_hashes: list.clone(),
    };
    let flood = |replica: &mut Replica, from_ms: u64| {
        for number in 1..=50_u64 {
            // Wrong ones, and the right one.
            let is_right = number.is_multiple_of(5);
            let list = if is_right { list.clone() } else { vec![] };
            let effects = replica.handle(body(&header, list), from_ms + 5 * number);
            assert!(timers(&effects).is_empty(), "{effects:?}");
            assert!(requests(&effects).is_empty(), "{effects:?}");
        }
    };
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    replica.handle(body(&header, list.clone()), START_MS);
    let begun = examine(&mut replica, &header, 0);
    assert_eq!(timers(&begun), [ARRIVAL_GRACE_MS]);
    flood(&mut replica, START_MS);
    let due = replica.handle(run_out.clone(), START_MS + 251);
    let (id, request) = requests(&due).remove(0);
    assert_eq!(request, wanted);
    assert_eq!(replica.gathering.requested_peer(id), Some(validator()));
    assert_eq!(replica.gathering.timer_due_ms, None);
    // While somebody is asked nothing else begins.
    flood(&mut replica, START_MS + 251);
    // Nobody answers, and nobody else is there: the pause is put off no more than the first time, and cut short neither.
    let paused = replica.handle(no_answer(id), START_MS + 502);
    assert_eq!(timers(&paused), [FETCH_PAUSE_MS]);
    flood(&mut replica, START_MS + 502);
    let due = replica.handle(run_out, START_MS + 753);
    let asked: Vec<PeerRequest> = requests(&due).into_iter().map(|(_, it)| it).collect();
    assert_eq!(asked, [wanted]);
}

#[test]
fn wrong_bodies_of_a_block_whose_list_is_missing_do_not_have_it_asked_for_sooner() {
    let mut replica = follower();
    let header = header_over(&replica, &[Arc::new(register())], START_MS);
    let flood = |replica: &mut Replica, from_ms: u64| {
        for number in 1..=50 {
            let effects = replica.handle(body(&header, vec![]), from_ms + number);
            assert!(timers(&effects).is_empty(), "{effects:?}");
            assert!(requests(&effects).is_empty(), "{effects:?}");
        }
    };
    let begun = examine(&mut replica, &header, 0);
    let (id, _) = requests(&begun).remove(0);
    flood(&mut replica, START_MS);
    let paused = replica.handle(no_answer(id), START_MS + 60);
    assert_eq!(timers(&paused), [FETCH_PAUSE_MS]);
    flood(&mut replica, START_MS + 60);
    let rounds = |replica: &Replica| replica.gathering.checks[&header.id()].rounds;
    assert_eq!(rounds(&replica), 1);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    assert_eq!(requests(&replica.handle(run_out, START_MS + 260)).len(), 1);
}

#[test]
fn a_later_block_puts_nothing_off_and_does_not_wait_for_the_pause_of_an_earlier_one() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let list = vec![missing.envelope_hash()];
    let headers = [0, 1, 2]
        .map(|later| header_over(&replica, std::slice::from_ref(&missing), START_MS + later));
    let [first, second, third] = &headers;
    replica.handle(body(first, list.clone()), START_MS);
    let begun = examine(&mut replica, first, 0);
    assert_eq!(timers(&begun), [ARRIVAL_GRACE_MS]);
    replica.handle(body(second, list.clone()), START_MS + 5);
    let begun = examine(&mut replica, second, 1);
    assert!(timers(&begun).is_empty(), "{begun:?}");
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let asked = requests(&replica.handle(run_out, START_MS + 10));
    assert_eq!(asked.len(), 2);
    let mut pauses = Vec::new();
    for (id, _) in asked {
        pauses.extend(timers(&replica.handle(no_answer(id), START_MS + 20)));
    }
    assert_eq!(pauses, [FETCH_PAUSE_MS]);
    replica.handle(body(third, list), START_MS + 30);
    let begun = examine(&mut replica, third, 2);
    assert_eq!(timers(&begun), [ARRIVAL_GRACE_MS]);
}

#[test]
fn the_first_block_of_a_height_has_its_whole_grace() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let list = vec![missing.envelope_hash()];
    let headers =
        [0, 1].map(|later| header_over(&replica, std::slice::from_ref(&missing), START_MS + later));
    for (header, at_ms) in headers.iter().zip([START_MS, START_MS + 5]) {
        replica.gathering.enter(header.height);
        replica.handle(body(header, list.clone()), at_ms);
        let begun = examine(&mut replica, header, 0);
        assert_eq!(timers(&begun), [ARRIVAL_GRACE_MS]);
    }
}

#[test]
fn what_is_gathered_of_a_block_is_bounded_and_a_longer_block_is_refused() {
    let mut replica = follower();
    let one = long_envelopes(1)[0].bytes().len();
    assert!((60_000..=ENVELOPE_BYTES_MAX).contains(&one), "{one}");
    // Answers of half a block each, without end.
    let part = BLOCK_BYTES_MAX / one / 2;
    let envelopes = long_envelopes(part * 6);
    let header = header_over(&replica, &envelopes, START_MS);
    let list = envelopes.iter().map(|sealed| sealed.envelope_hash());
    replica.handle(body(&header, list.collect()), START_MS);
    examine(&mut replica, &header, 0);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let mut effects = Vec::new();
    let mut answers = 0;
    for answered in envelopes.chunks(part) {
        let asked = replica.handle(run_out.clone(), START_MS + 10);
        let Some((id, _)) = requests(&asked).pop() else {
            break;
        };
        effects = replica.handle(answer(id, answered), START_MS + 20);
        answers += 1;
        for load in replica.loads() {
            assert!(load.is_within(), "{load:?}");
        }
    }
    assert_eq!(answers, 3);
    let refused = |effect: &ReplicaEffect| matches!(effect, ReplicaEffect::Alarm(Alarm::InvalidProposal { block_id, .. }) if *block_id == header.id());
    assert!(effects.iter().any(refused), "{effects:?}");
    assert!(requests(&effects).is_empty());
    assert!(replica.gathering.checks.is_empty());
}

#[test]
fn a_block_that_was_asked_for_in_vain_is_asked_for_again_when_it_is_proposed_again() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let header = header_over(&replica, std::slice::from_ref(&missing), START_MS);
    let list = vec![missing.envelope_hash()];
    replica.handle(body(&header, list.clone()), START_MS);
    let mut effects = examine(&mut replica, &header, 0);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let mut asked = 0;
    while !timers(&effects).is_empty() {
        effects = replica.handle(run_out.clone(), START_MS + 10);
        if let Some((id, _)) = requests(&effects).pop() {
            asked += 1;
            effects = replica.handle(no_answer(id), START_MS + 10);
        }
    }
    assert_eq!(asked, FETCH_ROUNDS_MAX);
    // It was given up, and its body changes nothing. The next proposer's word gives everybody one more question, after the
    // pause.
    let again = replica.handle(body(&header, list), START_MS + 20);
    assert!(timers(&again).is_empty() && requests(&again).is_empty());
    let again = examine(&mut replica, &header, 7);
    assert_eq!(timers(&again), [FETCH_PAUSE_MS]);
    let again = examine(&mut replica, &header, 8);
    assert!(timers(&again).is_empty() && requests(&again).is_empty());
    let due = replica.handle(run_out.clone(), START_MS + 220);
    let (id, _) = requests(&due).remove(0);
    replica.handle(no_answer(id), START_MS + 221);
    let due = replica.handle(run_out, START_MS + 421);
    assert!(requests(&due).is_empty(), "{due:?}");
}

#[test]
fn a_list_that_others_send_has_the_envelopes_asked_for_after_the_grace_and_not_of_who_is_silent() {
    let mut replica = follower();
    let [silent, other] = [validator(), key(9).public_key()];
    let missing = Arc::new(register());
    let header = header_over(&replica, std::slice::from_ref(&missing), START_MS);
    let mut validators = replica.validators.as_slice().to_vec();
    validators.push(Validator {
        consensus_key: key(8).public_key(),
        peer_key: other,
        ..validators[0].clone()
    });
    validators.sort_by_key(|validator| validator.consensus_key);
    replica.validators = Arc::new(ValidatorSet::new(validators).unwrap());
    let begun = examine(&mut replica, &header, 0);
    let (open, _) = requests(&begun).remove(0);
    assert_eq!(replica.gathering.requested_peer(open), Some(silent));
    replica.handle(ReplicaInput::PeerConnected(other), START_MS + 1);
    let sent = body_from(other, &header, vec![missing.envelope_hash()], Vec::new());
    let come = replica.handle(sent, START_MS + 5);
    assert_eq!(timers(&come), [ARRIVAL_GRACE_MS]);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let asked = requests(&replica.handle(run_out, START_MS + 15));
    let (id, _) = asked.first().unwrap();
    // Whoever let the list come from others is asked last, and its answer changes nothing any more.
    assert_eq!(replica.gathering.requested_peer(*id), Some(other));
    let late = replica.handle(no_answer(open), START_MS + 16);
    assert!(requests(&late).is_empty() && timers(&late).is_empty());
}

#[test]
fn whoever_is_asked_for_a_list_and_sends_it_in_a_body_is_asked_first_for_the_rest() {
    let mut replica = follower();
    replica.handle(ReplicaInput::PeerConnected(key(9).public_key()), START_MS);
    let missing = Arc::new(register());
    let header = header_over(&replica, std::slice::from_ref(&missing), START_MS);
    let begun = examine(&mut replica, &header, 0);
    let (id, _) = requests(&begun).remove(0);
    assert_eq!(replica.gathering.requested_peer(id), Some(validator()));
    let list = vec![missing.envelope_hash()];
    replica.handle(body(&header, list), START_MS + 1);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let (id, _) = requests(&replica.handle(run_out, START_MS + 11)).remove(0);
    assert_eq!(replica.gathering.requested_peer(id), Some(validator()));
}

#[test]
fn who_answers_with_a_part_is_not_asked_again_before_the_others() {
    let mut replica = follower();
    let other = key(9).public_key();
    replica.handle(ReplicaInput::PeerConnected(other), START_MS);
    let missing = long_envelopes(3);
    let header = header_over(&replica, &missing, START_MS);
    let list = missing.iter().map(|sealed| sealed.envelope_hash());
    replica.handle(body(&header, list.collect()), START_MS);
    examine(&mut replica, &header, 0);
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    let (id, _) = requests(&replica.handle(run_out, START_MS + 10)).remove(0);
    assert_eq!(replica.gathering.requested_peer(id), Some(validator()));
    let next = replica.handle(answer(id, &missing[..1]), START_MS + 20);
    let (id, _) = requests(&next).remove(0);
    assert_eq!(replica.gathering.requested_peer(id), Some(other));
    replica.handle(answer(id, &missing[1..]), START_MS + 30);
    assert!(replica.gathering.checks.is_empty());
}

#[test]
fn who_comes_and_goes_has_nothing_asked_for_before_the_pause_is_over() {
    let mut replica = follower();
    let header = header_over(&replica, &[Arc::new(register())], START_MS);
    let begun = examine(&mut replica, &header, 0);
    let (id, _) = requests(&begun).remove(0);
    let paused = replica.handle(no_answer(id), START_MS + 1);
    assert_eq!(timers(&paused), [FETCH_PAUSE_MS]);
    for number in 0..50 {
        let at_ms = START_MS + 2 + number;
        replica.handle(ReplicaInput::PeerDisconnected(validator()), at_ms);
        let effects = replica.handle(ReplicaInput::PeerConnected(validator()), at_ms);
        assert!(requests(&effects).is_empty() && timers(&effects).is_empty());
    }
    let run_out = ReplicaInput::Timer(TimerKey::FetchBodies);
    assert_eq!(requests(&replica.handle(run_out, START_MS + 201)).len(), 1);
}

#[test]
fn what_a_body_carries_is_taken_though_the_list_is_known() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let header = header_over(&replica, std::slice::from_ref(&missing), START_MS);
    let list = vec![missing.envelope_hash()];
    replica.handle(body(&header, list.clone()), START_MS);
    examine(&mut replica, &header, 0);
    assert_eq!(replica.gathering.checks.len(), 1);
    replica.handle(
        body_from(validator(), &header, list, vec![missing]),
        START_MS + 1,
    );
    assert!(replica.gathering.checks.is_empty());
}
