//! Bytes from peers that no honest node sends.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use ledger_core::block::Block;
use ledger_core::codec;
use ledger_core::id::Height;
use timebank_node::replica::messages::{
    Announcement, PeerRequest, PeerResponse, ProposalBody, TransactionGroup, ValidatorMessage,
};
use timebank_node::replica::{Alarm, InboundRequestId, ReplicaInput, RequestId, Topic};
use timebank_simulations::city;
use timebank_simulations::random::Random;

use super::{check, cluster, open_account, wait_for};

fn message(from: usize, topic: Topic, bytes: Vec<u8>) -> ReplicaInput {
    ReplicaInput::Message {
        from: city::peer_key(from).public_key(),
        topic,
        bytes,
    }
}

#[test]
fn garbage_of_any_kind_and_size_is_harmless_and_penalised() {
    let seed = 90;
    let (mut cluster, mut office) = cluster(seed, 4);
    let mut random = Random::new(seed);
    for number in 0..300u64 {
        let length = random.index(2_000);
        let mut bytes: Vec<u8> = (0..length)
            .map(|_| random.next().to_le_bytes()[0])
            .collect();
        if let Some(first) = bytes.first_mut() {
            // Let it look like something at first.
            *first %= 3;
        }
        let topic = [Topic::Consensus, Topic::Transactions, Topic::Status]
            [usize::try_from(number % 3).unwrap()];
        cluster.give(0, message(3, topic, bytes.clone()));
        cluster.give(
            0,
            ReplicaInput::Request {
                from: city::peer_key(3).public_key(),
                id: InboundRequestId(1_000_000 + number),
                bytes: bytes.clone(),
            },
        );
        cluster.give(
            0,
            ReplicaInput::Response {
                id: RequestId(number),
                outcome: Ok(bytes),
                took_ms: 0,
            },
        );
    }
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        cluster.give(0, message(3, topic, vec![0; topic.bytes_max() + 1]));
        cluster.give(0, message(3, topic, Vec::new()));
    }
    assert!(
        cluster
            .records
            .penalties
            .iter()
            .all(|(_, accused, _)| *accused == 3)
    );
    assert!(cluster.records.penalties.len() > 300);
    let id = open_account(&mut cluster, &mut office, "still here", 0);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

#[test]
fn cut_and_changed_messages_are_harmless() {
    let seed = 91;
    let (mut cluster, mut office) = cluster(seed, 4);
    let mut random = Random::new(seed);
    // Whatever node 3 says arrives changed, for a while.
    let envelope = office.open_account("someone", 0, 1, cluster.now_ms(0));
    let header = ledger_core::block::Header {
        version: 1,
        chain_id: cluster.genesis().chain_id(),
        height: Height(1),
        time_ms: ledger_core::time::TimestampMs(city::START_MS + 5),
        parent: Default::default(),
        proposer: cluster.status(0).unwrap().address,
        transactions_root: Default::default(),
        receipts_root: Default::default(),
        state_root: Default::default(),
        validators_hash: Default::default(),
        next_validators_hash: Default::default(),
        last_set_change: Height(0),
    };
    let block = Block {
        header,
        transactions: vec![envelope.clone()],
    };
    let body = ProposalBody {
        height: Height(1),
        block_id: block.id(),
        envelope_hashes: vec![envelope.envelope_hash()],
        carried: vec![envelope.clone()],
    };
    let samples = [
        (
            Topic::Consensus,
            codec::encode(&ValidatorMessage::Body(body.clone())),
        ),
        (
            Topic::Transactions,
            TransactionGroup::encode_all(std::slice::from_ref(&envelope)).remove(0),
        ),
        (
            Topic::Status,
            codec::encode(&Announcement { height: Height(7) }),
        ),
    ];
    let requests = [
        codec::encode(&PeerRequest::Blocks {
            from: Height(u64::MAX),
            count_max: u16::MAX,
        }),
        codec::encode(&PeerRequest::Blocks {
            from: Height(0),
            count_max: 0,
        }),
        codec::encode(&PeerResponse::Body(Some(body))),
    ];
    for number in 0..2_000u64 {
        let (topic, mut bytes) = samples[usize::try_from(number % 3).unwrap()].clone();
        mutate(&mut bytes, &mut random);
        cluster.give(0, message(3, topic, bytes));
        let mut bytes = requests[usize::try_from(number % 3).unwrap()].clone();
        if number > 2 {
            mutate(&mut bytes, &mut random);
        }
        cluster.give(
            0,
            ReplicaInput::Request {
                from: city::peer_key(3).public_key(),
                id: InboundRequestId(1_000_000 + number),
                bytes,
            },
        );
    }
    let id = open_account(&mut cluster, &mut office, "still here", 0);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let position = random.index(bytes.len().max(1));
    match random.below(3) {
        0 => bytes.truncate(position),
        1 => bytes.push(0),
        _ => {
            if let Some(byte) = bytes.get_mut(position) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

#[test]
fn a_peer_that_only_claims_to_be_ahead_does_not_stop_consensus() {
    let seed = 92;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.crash(3, 0);
    for node in 0..3 {
        let from = city::peer_key(3).public_key();
        cluster.give(node, ReplicaInput::PeerConnected(from));
    }
    for number in 0..10 {
        for node in 0..3 {
            let height = Height(1_000_000);
            let bytes = codec::encode(&Announcement { height });
            cluster.give(node, message(3, Topic::Status, bytes));
        }
        let id = open_account(&mut cluster, &mut office, &format!("{number}"), 0);
        // Every fourth height waits for a proposal of the one that is down, and nothing else waits.
        let done = cluster.run_until(3_000, |cluster| cluster.all_have(&[id]));
        assert!(done, "transaction {number} at {:?}", cluster.height(0));
    }
    check(&cluster, seed);
}

#[test]
fn a_peer_that_serves_false_blocks_is_found_out_and_another_one_asked() {
    let seed = 93;
    let (mut cluster, mut office) = cluster(seed, 4);
    cluster.crash(3, 0);
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(open_account(
            &mut cluster,
            &mut office,
            &format!("{number}"),
            number % 3,
        ));
        wait_for(&mut cluster, seed, &ids);
    }
    let blocks = cluster.replica(0).unwrap().blocks();
    let honest: Vec<_> = (1..=5)
        .map(|height| blocks.block(Height(height)).unwrap().unwrap())
        .collect();
    // Nobody answers; somebody does so in everybody's place.
    cluster.set_filter(Some(Box::new(|passing| {
        !(passing.to == 3 && matches!(passing.input, ReplicaInput::Response { .. }))
    })));
    cluster.start(3);
    cluster.run_for(20);
    for fault in 0..3 {
        let mut served = honest.clone();
        match fault {
            0 => served[0].certificate.signatures.truncate(1),
            1 => {
                let mut block = (*served[0].block).clone();
                block.transactions.clear();
                served[0].block = block.into();
            }
            _ => served.swap(0, 1),
        }
        let response = codec::encode(&PeerResponse::Blocks(served));
        for id in 1..100 {
            let outcome = Ok(response.clone());
            cluster.give(
                3,
                ReplicaInput::Response {
                    id: RequestId(id),
                    outcome,
                    took_ms: 0,
                },
            );
        }
        cluster.run_for(4_000);
    }
    cluster.set_filter(None);
    wait_for(&mut cluster, seed, &ids);
    let reasons: BTreeSet<_> = cluster
        .records
        .alarms
        .iter()
        .filter_map(|(node, alarm)| match alarm {
            Alarm::BadBlockServed { reason, .. } if *node == 3 => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    check(&cluster, seed);
}

#[test]
fn a_peer_that_asks_without_end_is_refused_for_a_while() {
    let seed = 94;
    let (mut cluster, mut office) = cluster(seed, 4);
    let id = open_account(&mut cluster, &mut office, "one", 0);
    wait_for(&mut cluster, seed, &[id]);
    let served = Rc::new(Cell::new(0u32));
    let counter = Rc::clone(&served);
    cluster.set_filter(Some(Box::new(move |passing| {
        if let ReplicaInput::Response { outcome: Ok(_), .. } = passing.input {
            counter.set(counter.get() + 1);
        }
        true
    })));
    let bytes = codec::encode(&PeerRequest::Blocks {
        from: Height(1),
        count_max: 64,
    });
    for _ in 0..10_000 {
        cluster.ask(3, 0, bytes.clone());
    }
    assert_eq!(served.get(), 512);
    cluster.run_for(2_000);
    cluster.ask(3, 0, bytes);
    assert_eq!(served.get(), 513);
    check(&cluster, seed);
}

#[test]
fn a_fetched_list_that_says_more_than_it_was_asked_is_refused() {
    let seed = 97;
    let (mut cluster, mut office) = cluster(seed, 4);
    let asked = Rc::new(Cell::new(None));
    let heard = Rc::clone(&asked);
    // Node 1 misses the lists of proposals and asks for them, and nobody hears it.
    cluster.set_filter(Some(Box::new(move |passing| match passing.input {
        ReplicaInput::Message { bytes, .. } if passing.to == 1 => !matches!(
            ValidatorMessage::decode(bytes),
            Ok(ValidatorMessage::Body(_))
        ),
        ReplicaInput::Request { bytes, .. } if passing.from == 1 => {
            if let Ok(PeerRequest::Body { height, block_id }) = PeerRequest::decode(bytes) {
                heard.set(Some((height, block_id)));
            }
            false
        }
        _ => true,
    })));
    let envelope = office.open_account("listed", 0, 1, super::now_ms(&cluster));
    super::submit(&mut cluster, 0, &envelope);
    assert!(cluster.run_until(5_000, |_| asked.get().is_some()));
    let (height, block_id) = asked.get().unwrap();
    let honest = ProposalBody {
        height,
        block_id,
        envelope_hashes: vec![envelope.envelope_hash()],
        carried: Vec::new(),
    };
    let kept_for_ever = ProposalBody {
        height: Height(height.0 + 1_000_000),
        ..honest.clone()
    };
    let unasked = ProposalBody {
        carried: vec![envelope],
        ..honest
    };
    for body in [kept_for_ever, unasked] {
        let before = cluster.records.penalties.len();
        // One of these is the number of the request that is open; the next peer is asked after it.
        for number in 1..100 {
            if cluster.records.penalties.len() > before {
                break;
            }
            let response = PeerResponse::Body(Some(body.clone()));
            cluster.give(
                1,
                ReplicaInput::Response {
                    id: RequestId(number),
                    outcome: Ok(codec::encode(&response)),
                    took_ms: 0,
                },
            );
        }
        let penalties = &cluster.records.penalties[before..];
        assert!(
            penalties
                .iter()
                .any(|(by, _, why)| *by == 1 && why.contains("says more")),
            "{penalties:?}"
        );
    }
    let bodies = cluster.replica(1).unwrap().loads();
    let kept = bodies
        .iter()
        .find(|load| load.name == "bodies of one sender");
    assert_eq!(kept.unwrap().held, 0);
    cluster.set_filter(None);
    let id = open_account(&mut cluster, &mut office, "after it", 0);
    wait_for(&mut cluster, seed, &[id]);
    check(&cluster, seed);
}
