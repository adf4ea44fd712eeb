//! Tests of what is served: no peer gets more of this node than its share of a second.

use super::super::messages::Announcement;
use super::super::{ReplicaConfig, ReplicaInput, Topic};
use super::*;
use crate::storage::MemoryDisk;
use crate::test_chain::{NOW_MS, key, only_node};

/// As many requests as cost a peer's share of a second, each answered shortly.
const REQUESTS: usize = SERVED_BYTES_MAX / REQUEST_COST_BYTES;

/// The only node of a new chain, and two peers connected to it.
fn replica_with_peers() -> (Replica, PublicKey, PublicKey) {
    let mut replica = only_node(&MemoryDisk::new(), ReplicaConfig::new(key(3)));
    replica.handle(ReplicaInput::Start, NOW_MS);
    let peers = [key(41).public_key(), key(42).public_key()];
    for peer in peers {
        replica.handle(ReplicaInput::PeerConnected(peer), NOW_MS);
    }
    (replica, peers[0], peers[1])
}

/// Whether `peer`'s request for blocks is answered at `now_ms`.
fn is_served(replica: &mut Replica, peer: PublicKey, now_ms: u64) -> bool {
    let request = PeerRequest::Blocks {
        from: Height(1),
        count_max: 1,
    };
    let input = ReplicaInput::Request {
        from: peer,
        id: InboundRequestId(1),
        bytes: codec::encode(&request),
    };
    replica
        .handle(input, now_ms)
        .into_iter()
        .find_map(|effect| match effect {
            ReplicaEffect::Respond { bytes, .. } => Some(bytes.is_some()),
            _ => None,
        })
        .expect("every request is answered or refused")
}

#[test]
fn a_peer_that_asks_too_much_in_a_second_is_refused_and_the_others_are_not() {
    let (mut replica, greedy, modest) = replica_with_peers();
    for _ in 0..REQUESTS {
        assert!(is_served(&mut replica, greedy, NOW_MS));
    }
    assert!(!is_served(&mut replica, greedy, NOW_MS));
    assert!(!is_served(&mut replica, greedy, NOW_MS + 999));
    assert!(is_served(&mut replica, modest, NOW_MS));
    assert!(is_served(&mut replica, greedy, NOW_MS + 1_000));
}

#[test]
fn a_peer_that_comes_back_at_once_has_no_new_share() {
    let (mut replica, greedy, _) = replica_with_peers();
    for _ in 0..REQUESTS {
        assert!(is_served(&mut replica, greedy, NOW_MS));
    }
    replica.handle(ReplicaInput::PeerDisconnected(greedy), NOW_MS + 1);
    replica.handle(ReplicaInput::PeerConnected(greedy), NOW_MS + 2);
    assert!(!is_served(&mut replica, greedy, NOW_MS + 3));
    assert!(is_served(&mut replica, greedy, NOW_MS + 1_000));
}

/// The peer that is asked for blocks.
fn asked(effects: &[ReplicaEffect]) -> Option<(PublicKey, RequestId)> {
    effects.iter().find_map(|effect| match effect {
        ReplicaEffect::SendRequest { peer, id, .. } => Some((*peer, *id)),
        _ => None,
    })
}

fn response(id: RequestId, outcome: Result<Vec<u8>, RequestFailure>, took_ms: u64) -> ReplicaInput {
    ReplicaInput::Response {
        id,
        outcome,
        took_ms,
    }
}

fn no_answer(id: RequestId) -> ReplicaInput {
    response(id, Err(RequestFailure::Timeout), 5_000)
}

fn no_blocks() -> Vec<u8> {
    codec::encode(&PeerResponse::Blocks(Vec::new()))
}

/// A peer says that it is far ahead.
fn far(from: PublicKey) -> ReplicaInput {
    let height = Height(1_000);
    ReplicaInput::Message {
        from,
        topic: Topic::Status,
        bytes: codec::encode(&Announcement { height }),
    }
}

#[test]
fn who_was_slow_is_asked_when_nobody_else_is_there() {
    let (mut replica, slow, other) = replica_with_peers();
    let now_ms = NOW_MS + 2_000;
    replica.complain(&slow, Conduct::Slow);
    assert_eq!(replica.best_peer_height(), Height::GENESIS);
    let (peer, id) = asked(&replica.handle(far(slow), now_ms)).unwrap();
    assert_eq!((peer, replica.best_peer_height()), (slow, Height(1_000)));
    replica.handle(far(other), now_ms);
    let next = replica.handle(response(id, Ok(no_blocks()), 10), now_ms + 10);
    assert_eq!(asked(&next).map(|(peer, _)| peer), Some(other));
}

#[test]
fn an_answer_that_takes_long_is_held_against_a_peer_for_a_while_and_a_step_of_the_clock_ends_it() {
    let (mut replica, peer, _) = replica_with_peers();
    // What this node does before it looks at the answer is not the peer's time.
    for (took_ms, turn) in [(900, Turn::First), (1_100, Turn::Second)] {
        let (_, id) = asked(&replica.handle(far(peer), NOW_MS)).unwrap();
        // A tip that grew meanwhile: there was nothing to announce.
        replica.peers.get_mut(&peer).unwrap().height = None;
        replica.handle(response(id, Ok(no_blocks()), took_ms), NOW_MS + 9_000);
        assert_eq!(replica.sync.turn(&peer, NOW_MS + 9_000), turn);
    }
    for (at_ms, turn) in [
        (NOW_MS + 38_999, Turn::Second),
        (NOW_MS + 39_000, Turn::First),
        (NOW_MS - 3_600_000, Turn::First),
    ] {
        assert_eq!(replica.sync.turn(&peer, at_ms), turn);
    }
    replica.shun(&peer);
    let now_ms = replica.now_ms;
    for (after_ms, turn) in [
        (2_999, Turn::Never),
        (3_000, Turn::Last),
        (29_999, Turn::Last),
        (30_000, Turn::First),
    ] {
        assert_eq!(replica.sync.turn(&peer, now_ms + after_ms), turn);
    }
    assert_eq!(replica.sync.turn(&peer, now_ms - 3_600_000), Turn::First);
}

#[test]
fn silent_peers_do_not_take_turns_while_a_slow_one_has_the_blocks() {
    let (mut replica, slow, silent) = replica_with_peers();
    let other = key(43).public_key();
    replica.handle(ReplicaInput::PeerConnected(other), NOW_MS);
    replica.complain(&slow, Conduct::Slow);
    let mut now_ms = NOW_MS;
    let mut effects = Vec::new();
    for peer in [silent, other, slow] {
        effects.extend(replica.handle(far(peer), now_ms));
    }
    for peer in [silent, other] {
        let (first, id) = asked(&effects).unwrap();
        assert_eq!(first, peer);
        now_ms += 5_000;
        effects = replica.handle(no_answer(id), now_ms);
    }
    // The first silent one is left alone no more, but the slow one is better.
    assert_eq!(replica.sync.turn(&silent, now_ms), Turn::Last);
    assert_eq!(asked(&effects).map(|(peer, _)| peer), Some(slow));
}

#[test]
fn a_peer_is_not_blamed_for_blocks_that_consensus_had_first() {
    let (mut replica, peer, _) = replica_with_peers();
    let (_, id) = asked(&replica.handle(far(peer), NOW_MS)).unwrap();
    // The answer is about what was asked for, and that is here by now.
    replica.sync.request.as_mut().unwrap().from = replica.tip.height;
    replica.handle(response(id, Ok(no_blocks()), 10), NOW_MS + 10);
    assert_eq!(replica.sync.turn(&peer, NOW_MS + 10), Turn::First);
    let (_, id) = replica
        .sync
        .request
        .map(|asked| (asked.peer, asked.id))
        .unwrap();
    replica.handle(response(id, Ok(no_blocks()), 10), NOW_MS + 20);
    assert_eq!(replica.sync.turn(&peer, NOW_MS + 20), Turn::Never);
}

#[test]
fn who_leaves_and_comes_again_is_left_alone_all_the_same() {
    let (mut replica, liar, other) = replica_with_peers();
    let (peer, id) = asked(&replica.handle(far(liar), NOW_MS)).unwrap();
    assert_eq!(peer, liar);
    // It answers nothing, leaves, and comes again at once.
    replica.handle(no_answer(id), NOW_MS + 5_000);
    replica.handle(ReplicaInput::PeerDisconnected(liar), NOW_MS + 5_001);
    replica.handle(ReplicaInput::PeerConnected(liar), NOW_MS + 5_002);
    let effects = replica.handle(far(liar), NOW_MS + 5_003);
    assert_eq!(asked(&effects), None);
    let effects = replica.handle(far(other), NOW_MS + 5_004);
    assert_eq!(asked(&effects).map(|(peer, _)| peer), Some(other));
}

#[test]
fn what_cannot_be_read_uses_up_the_share_as_well() {
    let (mut replica, greedy, _) = replica_with_peers();
    for _ in 0..REQUESTS {
        let input = ReplicaInput::Request {
            from: greedy,
            id: InboundRequestId(1),
            bytes: vec![0xff; 3],
        };
        replica.handle(input, NOW_MS);
    }
    assert!(!is_served(&mut replica, greedy, NOW_MS));
}

#[test]
fn long_answers_count_by_their_length() {
    let mut served = Served::default();
    served.add(SERVED_BYTES_MAX - 1);
    assert!(!served.is_too_much(5));
    served.add(1);
    assert!(served.is_too_much(5));
    assert!(!served.is_too_much(1_005));
}
