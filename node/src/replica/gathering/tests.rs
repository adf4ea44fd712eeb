//! Tests of gathering: nothing that a validator sends again and again keeps a node from asking for what a block lacks.

use ledger_core::ledger::{NothingVerified, build_block, transactions_root};
use ledger_core::time::TimestampMs;

use super::super::messages::ValidatorMessage;
use super::super::{ReplicaConfig, ReplicaInput, RequestFailure, Topic};
use super::*;
use crate::storage::{MemoryDisk, Storage};
use crate::test_chain::{NOW_MS, genesis, key, register};

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

/// The header of a block with one transaction, at `time_ms`.
fn header_over(replica: &Replica, sealed: &Arc<SealedEnvelope>, time_ms: u64) -> Header {
    let view = replica.storage.state.snapshot();
    let proposer = replica.validators.as_slice()[0].address();
    let time_ms = TimestampMs(time_ms);
    let (tip, nothing) = (&replica.tip, NothingVerified);
    let built = build_block(&view, tip, proposer, time_ms, &[], &nothing).unwrap();
    let mut header = built.block.header;
    header.transactions_root = transactions_root(std::slice::from_ref(sealed));
    header
}

/// A body of the block under `header`, sent by the validator.
fn body(header: &Header, envelope_hashes: Vec<Hash>) -> ReplicaInput {
    let body = ProposalBody {
        height: header.height,
        block_id: header.id(),
        envelope_hashes,
        carried: Vec::new(),
    };
    ReplicaInput::Message {
        from: validator(),
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

const fn no_answer(id: RequestId) -> ReplicaInput {
    ReplicaInput::Response {
        id,
        outcome: Err(RequestFailure::Timeout),
    }
}

#[test]
fn a_body_that_is_sent_again_and_again_does_not_put_off_asking_for_what_is_missing() {
    let mut replica = follower();
    let missing = Arc::new(register());
    let header = header_over(&replica, &missing, START_MS);
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
    let header = header_over(&replica, &Arc::new(register()), START_MS);
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
    let headers = [0, 1, 2].map(|later| header_over(&replica, &missing, START_MS + later));
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
    let headers = [0, 1].map(|later| header_over(&replica, &missing, START_MS + later));
    for (header, at_ms) in headers.iter().zip([START_MS, START_MS + 5]) {
        replica.gathering.enter(header.height);
        replica.handle(body(header, list.clone()), at_ms);
        let begun = examine(&mut replica, header, 0);
        assert_eq!(timers(&begun), [ARRIVAL_GRACE_MS]);
    }
}
