//! Whole networks on loopback: what arrives.

mod refusals;

use std::time::Duration;

use ledger_core::hash::Hash;

use super::share::{PEER_EVENTS_MAX, PEER_REQUESTS_MAX};
use super::*;
use crate::replica::messages::{REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};

/// How long anything may take before a test fails; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn key(seed: u8) -> PublicKey {
    secret(seed).public_key()
}

fn config(seed: u8, chain: u8, known_peers: Vec<KnownPeer>) -> NetworkConfig {
    NetworkConfig {
        chain_id: ChainId(Hash([chain; 32])),
        key: secret(seed),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        known_peers,
        observers: Vec::new(),
        request_timeout: Duration::from_secs(10),
    }
}

/// A node of the test network: node `seed` calls every node before it, and all are validators.
struct Node {
    seed: u8,
    network: Network,
    /// Events that were read while waiting for another one.
    passed_over: Vec<NetworkEvent>,
}

impl Node {
    async fn start(config: NetworkConfig, seed: u8, allowed: &[u8]) -> Node {
        let network = start(config).await.expect("a free port on loopback");
        let node = Node {
            seed,
            network,
            passed_over: Vec::new(),
        };
        node.allow(allowed).await;
        node
    }

    async fn allow(&self, seeds: &[u8]) {
        let keys = seeds.iter().map(|seed| key(*seed)).collect();
        self.command(NetworkCommand::SetAllowedPeers(keys)).await;
    }

    async fn command(&self, command: NetworkCommand) {
        self.network.commands.send(command).await.expect("it runs");
    }

    async fn publish(&self, topic: Topic, data: &[u8]) {
        let data = data.to_vec();
        self.command(NetworkCommand::Publish { topic, data }).await;
    }

    fn known(&self) -> KnownPeer {
        KnownPeer {
            key: key(self.seed),
            address: self.network.listen_address.into(),
        }
    }

    /// The first event that `wanted` turns into something; others are kept for later.
    async fn until<T>(&mut self, mut wanted: impl FnMut(&NetworkEvent) -> Option<T>) -> T {
        let found = self
            .passed_over
            .iter()
            .position(|event| wanted(event).is_some());
        if let Some(index) = found {
            let event = self.passed_over.remove(index);
            return wanted(&event).expect("found just now");
        }
        loop {
            let event = tokio::time::timeout(PATIENCE, self.network.events.recv())
                .await
                .unwrap_or_else(|_| panic!("node {} waited in vain", self.seed))
                .expect("the network runs");
            if let Some(value) = wanted(&event) {
                return value;
            }
            self.passed_over.push(event);
        }
    }

    async fn until_connected(&mut self, peer: u8) {
        self.until(|event| match event {
            NetworkEvent::PeerConnected(connected) if *connected == key(peer) => Some(()),
            _ => None,
        })
        .await;
    }

    async fn until_disconnected(&mut self, peer: u8) {
        self.until(|event| match event {
            NetworkEvent::PeerDisconnected(gone) if *gone == key(peer) => Some(()),
            _ => None,
        })
        .await;
    }

    async fn until_message(&mut self, wanted: Topic) -> (PublicKey, Vec<u8>) {
        self.until(|event| match event {
            NetworkEvent::Message { from, topic, data } if *topic == wanted => {
                Some((*from, data.clone()))
            }
            _ => None,
        })
        .await
    }

    async fn until_response(&mut self, wanted: u64) -> Result<Vec<u8>, RequestError> {
        self.until(|event| match event {
            NetworkEvent::Response {
                request_id, result, ..
            } if *request_id == wanted => Some(result.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until so many events of `peer` wait, without taking any.
    async fn until_waiting(&mut self, peer: u8, count: usize) {
        while self.network.events.urgent_of(key(peer)) < count {
            tokio::task::yield_now().await;
        }
    }

    async fn until_request(&mut self) -> (PublicKey, ReplyChannel, Vec<u8>) {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.network.events.recv())
                .await
                .expect("a request in time")
                .expect("the network runs");
            match event {
                NetworkEvent::Request {
                    from,
                    channel,
                    data,
                } => return (from, channel, data),
                other => self.passed_over.push(other),
            }
        }
    }

    async fn stop(self) {
        self.command(NetworkCommand::Shutdown).await;
        self.network.task.await.expect("it does not panic");
    }

    async fn ask(&self, peer: u8, request_id: u64, data: &[u8]) {
        self.command(NetworkCommand::SendRequest {
            peer: key(peer),
            request_id,
            data: data.to_vec(),
        })
        .await;
    }
}

/// Nodes 1 to `count` in a full mesh.
async fn mesh(count: u8) -> Vec<Node> {
    let seeds: Vec<u8> = (1..=count).collect();
    let mut nodes: Vec<Node> = Vec::new();
    for seed in 1..=count {
        let known = nodes.iter().map(Node::known).collect();
        nodes.push(Node::start(config(seed, 1, known), seed, &seeds).await);
    }
    for node in &mut nodes {
        for peer in 1..=count {
            if peer != node.seed {
                node.until_connected(peer).await;
            }
        }
    }
    nodes
}

#[tokio::test]
async fn four_nodes_hear_every_topic_from_each_other() {
    let mut nodes = mesh(4).await;
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        for sender in 0..nodes.len() {
            let (seed, data) = (nodes[sender].seed, vec![nodes[sender].seed; 700]);
            nodes[sender].publish(topic, &data).await;
            for node in nodes.iter_mut().filter(|node| node.seed != seed) {
                assert_eq!(node.until_message(topic).await, (key(seed), data.clone()));
            }
        }
    }
}

#[tokio::test]
async fn the_longest_messages_arrive() {
    let mut nodes = mesh(2).await;
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        let data = vec![3; topic.bytes_max()];
        nodes[0].publish(topic, &data).await;
        assert_eq!(nodes[1].until_message(topic).await, (key(1), data));
    }
}

#[tokio::test]
async fn the_same_consensus_message_arrives_each_time_it_is_sent() {
    let mut nodes = mesh(2).await;
    for _ in 0..3 {
        nodes[0].publish(Topic::Consensus, b"the same vote").await;
        assert_eq!(
            nodes[1].until_message(Topic::Consensus).await.1,
            b"the same vote"
        );
    }
}

#[tokio::test]
async fn a_message_to_one_peer_reaches_only_that_peer() {
    let mut nodes = mesh(3).await;
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        let data = b"for 2 alone".to_vec();
        nodes[0]
            .command(NetworkCommand::Send {
                peer: key(2),
                topic,
                data: data.clone(),
            })
            .await;
        assert_eq!(nodes[1].until_message(topic).await, (key(1), data));
        nodes[0].publish(topic, b"for all").await;
        assert_eq!(nodes[2].until_message(topic).await.1, b"for all");
        assert_eq!(nodes[1].until_message(topic).await.1, b"for all");
    }
    // To a stranger: nothing happens, and the next command is taken.
    nodes[0]
        .command(NetworkCommand::Send {
            peer: key(9),
            topic: Topic::Consensus,
            data: Vec::new(),
        })
        .await;
    nodes[0].publish(Topic::Status, b"still here").await;
    nodes[1].until_message(Topic::Status).await;
}

#[tokio::test]
async fn a_request_gets_its_response_or_a_reason() {
    let mut nodes = mesh(2).await;
    nodes[0].ask(2, 7, b"block 9?").await;
    let (from, channel, data) = nodes[1].until_request().await;
    assert_eq!((from, data.as_slice()), (key(1), b"block 9?".as_slice()));
    let block = vec![5; RESPONSE_BYTES_MAX];
    let data = block.clone();
    nodes[1]
        .command(NetworkCommand::Respond { channel, data })
        .await;
    assert_eq!(nodes[0].until_response(7).await, Ok(block));

    nodes[0].ask(2, 8, b"dropped").await;
    drop(nodes[1].until_request().await);
    assert_eq!(nodes[0].until_response(8).await, Err(RequestError::Broken));

    nodes[0].ask(9, 9, b"a stranger").await;
    assert_eq!(
        nodes[0].until_response(9).await,
        Err(RequestError::NotConnected)
    );

    let long = vec![0; REQUEST_BYTES_MAX + 1];
    nodes[0].ask(2, 10, &long).await;
    let length = long.len();
    assert_eq!(
        nodes[0].until_response(10).await,
        Err(RequestError::TooLong { length })
    );
}

#[tokio::test]
async fn nodes_find_each_other_again_after_a_restart() {
    let mut nodes = mesh(2).await;
    let (mut second, mut first) = (nodes.pop().expect("two"), nodes.pop().expect("two"));

    // The caller restarts.
    second.stop().await;
    first.until_disconnected(2).await;
    second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    first.until_connected(2).await;
    second.until_connected(1).await;

    // The called one restarts at the same address.
    let mut again = config(1, 1, Vec::new());
    again.listen = first.network.listen_address;
    first.stop().await;
    second.until_disconnected(1).await;
    first = Node::start(again, 1, &[1, 2]).await;
    first.until_connected(2).await;
    second.until_connected(1).await;
    second.publish(Topic::Transactions, b"still here").await;
    assert_eq!(
        first.until_message(Topic::Transactions).await.1,
        b"still here"
    );
}

#[tokio::test]
async fn a_peer_that_called_is_called_back_although_no_configuration_names_it() {
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    first.until_connected(2).await;
    second.until_connected(1).await;
    let mut silent = config(2, 1, Vec::new());
    silent.listen = second.network.listen_address;
    second.stop().await;
    first.until_disconnected(2).await;
    let mut second = Node::start(silent, 2, &[1, 2]).await;
    second.until_connected(1).await;
    first.until_connected(2).await;
}

#[tokio::test]
async fn a_message_above_the_bound_is_not_sent() {
    let mut nodes = mesh(2).await;
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        nodes[0]
            .publish(topic, &vec![1; topic.bytes_max() + 1])
            .await;
        nodes[0].publish(topic, b"short").await;
        assert_eq!(nodes[1].until_message(topic).await.1, b"short");
    }
}

#[tokio::test]
async fn an_occupied_port_is_named() {
    let first = Node::start(config(1, 1, Vec::new()), 1, &[1]).await;
    let mut second = config(2, 1, Vec::new());
    second.listen = first.network.listen_address;
    match start(second).await {
        Err(NetworkError::Listen { address, .. }) => {
            assert_eq!(address, first.network.listen_address);
        }
        other => panic!("expected an error, got {other:?}"),
    }
}

#[tokio::test]
async fn events_that_nobody_takes_hold_the_sender_back_and_lose_nothing_else() {
    let mut nodes = mesh(2).await;
    // More than a peer's share of the room, fewer than the sender's queue for a peer.
    let count = PEER_EVENTS_MAX + 100;
    for index in 0..count {
        let data = u64::try_from(index).expect("small").to_le_bytes();
        nodes[0].publish(Topic::Consensus, &data).await;
    }
    for index in 0..count {
        let data = u64::try_from(index).expect("small").to_le_bytes();
        assert_eq!(nodes[1].until_message(Topic::Consensus).await.1, data);
    }
}

#[tokio::test]
async fn a_vote_sent_after_transactions_that_nobody_takes_comes_first() {
    let mut nodes = mesh(2).await;
    nodes[0].publish(Topic::Transactions, b"transactions").await;
    while nodes[1].network.events.is_empty() {
        tokio::task::yield_now().await;
    }
    nodes[0].publish(Topic::Consensus, b"vote").await;
    let vote = loop {
        match nodes[1].network.events.try_recv_urgent() {
            Some(NetworkEvent::Message { topic, data, .. }) => break (topic, data),
            Some(other) => panic!("{other:?}"),
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!(vote, (Topic::Consensus, b"vote".to_vec()));
    let (_, transactions) = nodes[1].until_message(Topic::Transactions).await;
    assert_eq!(transactions, b"transactions");
}

#[tokio::test]
async fn a_flooding_peer_fills_its_own_share_and_another_peers_vote_is_next() {
    let mut nodes = mesh(3).await;
    let (flooder, voter) = (key(nodes[0].seed), key(nodes[2].seed));
    let count = PEER_EVENTS_MAX + 100;
    for _ in 0..count {
        nodes[0].publish(Topic::Status, b"flood").await;
    }
    while nodes[1].network.events.urgent_of(flooder) < PEER_EVENTS_MAX {
        tokio::task::yield_now().await;
    }
    nodes[2].publish(Topic::Consensus, b"vote").await;
    while nodes[1].network.events.urgent_of(voter) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        nodes[1].network.events.urgent_of(flooder),
        PEER_EVENTS_MAX,
        "nothing more was read"
    );
    let first_two = [(); 2].map(|()| {
        let event = nodes[1].network.events.try_recv_urgent();
        event.and_then(|event| event.peer())
    });
    assert!(first_two.contains(&Some(voter)), "{first_two:?}");
    for _ in 1..count {
        let (from, data) = nodes[1].until_message(Topic::Status).await;
        assert_eq!((from, data.as_slice()), (flooder, b"flood".as_slice()));
    }
}

#[tokio::test]
async fn a_request_beyond_a_peers_share_fails_at_once_and_another_peers_is_next() {
    let mut nodes = mesh(3).await;
    let longest = vec![7; REQUEST_BYTES_MAX];
    // One finds room, but not the other: a place is kept for the news that the peer has gone.
    for request_id in [1, 2] {
        nodes[0].ask(2, request_id, &longest).await;
    }
    let (dropped, result) = nodes[0]
        .until(|event| match event {
            NetworkEvent::Response {
                request_id, result, ..
            } => Some((*request_id, result.clone())),
            _ => None,
        })
        .await;
    assert_eq!(result, Err(RequestError::Broken));
    nodes[2].ask(2, 4, &longest).await;
    nodes[1].until_waiting(3, 1).await;
    assert_eq!(nodes[1].network.events.urgent_of(key(1)), 1);
    // What waits is answered, and there is room again.
    for (asker, request_id) in [(0, 3 - dropped), (2, 4), (0, 5)] {
        if request_id == 5 {
            nodes[0].ask(2, 5, &longest).await;
        }
        let (from, channel, data) = nodes[1].until_request().await;
        assert_eq!((from, data), (key(nodes[asker].seed), longest.clone()));
        let data = b"here".to_vec();
        nodes[1]
            .command(NetworkCommand::Respond { channel, data })
            .await;
        let response = nodes[asker].until_response(request_id).await;
        assert_eq!(response, Ok(b"here".to_vec()));
    }
}

#[tokio::test]
async fn a_peer_that_comes_and_goes_while_nobody_listens_fills_its_share_only_and_is_back_later() {
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    let returns = PEER_REQUESTS_MAX / 2;
    for number in 0..returns {
        let second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
        first.until_waiting(2, 2 * number + 1).await;
        second.stop().await;
        first.until_waiting(2, 2 * number + 2).await;
    }
    // Now its share is full: what it asks finds no place, or it is disconnected before.
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    for request_id in 0.. {
        second.ask(1, request_id, b"block 1?").await;
        match second.until_response(request_id).await {
            Err(RequestError::NotConnected) => {}
            other => {
                assert_eq!(other, Err(RequestError::Broken));
                break;
            }
        }
    }
    assert_eq!(first.network.events.urgent_of(key(2)), PEER_REQUESTS_MAX);
    for _ in 0..returns {
        first.until_connected(2).await;
        first.until_disconnected(2).await;
    }
    first.until_connected(2).await;
    assert!(first.passed_over.is_empty(), "{:?}", first.passed_over);
}
