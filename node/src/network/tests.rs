//! Whole networks on loopback: what arrives, and what must not.

use std::time::Duration;

use ledger_core::hash::Hash;

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
            NetworkEvent::Response { request_id, result } if *request_id == wanted => {
                Some(result.clone())
            }
            _ => None,
        })
        .await
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
async fn garbage_on_the_socket_harms_nobody() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    for round in 0..20u8 {
        let mut socket = tokio::net::TcpStream::connect(first.network.listen_address)
            .await
            .expect("it listens");
        let garbage: Vec<u8> = (0..2000u32)
            .map(|index| index.wrapping_mul(2_654_435_761).to_le_bytes()[3] ^ round)
            .collect();
        // The node may close the connection before everything is written.
        let _ = socket.write_all(&garbage).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer))
            .await
            .expect("the node closes the connection");
    }
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    second.until_connected(1).await;
    first.until_connected(2).await;
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
async fn an_unregistered_peer_is_refused_and_a_registered_one_is_not() {
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    // The stranger calls before the registered node does and knows the first node's address and key just as well.
    let mut stranger = Node::start(config(9, 1, vec![first.known()]), 9, &[1]).await;
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    second.until_connected(1).await;
    first.until_connected(2).await;
    stranger.ask(1, 1, b"let me in").await;
    assert_eq!(
        stranger.until_response(1).await,
        Err(RequestError::NotConnected)
    );
    stranger.publish(Topic::Consensus, b"noise").await;
    second.publish(Topic::Consensus, b"a vote").await;
    assert_eq!(
        first.until_message(Topic::Consensus).await,
        (key(2), b"a vote".to_vec())
    );

    // Registered at run time, the stranger's next call is admitted.
    first.allow(&[1, 2, 9]).await;
    first.until_connected(9).await;
    stranger.until_connected(1).await;
    // And struck off again, it is disconnected.
    first.allow(&[1, 2]).await;
    first.until_disconnected(9).await;
    stranger.until_disconnected(1).await;
}

#[tokio::test]
async fn an_observer_named_in_the_configuration_is_admitted() {
    let mut with_observer = config(1, 1, Vec::new());
    with_observer.observers = vec![key(7)];
    let mut first = Node::start(with_observer, 1, &[1]).await;
    let mut observer = Node::start(config(7, 1, vec![first.known()]), 7, &[1]).await;
    observer.until_connected(1).await;
    first.until_connected(7).await;
}

#[tokio::test]
async fn what_an_observer_writes_is_taken_by_the_node_that_names_it_and_not_relayed() {
    let mut with_observer = config(1, 1, Vec::new());
    with_observer.observers = vec![key(7)];
    let mut first = Node::start(with_observer, 1, &[1, 2]).await;
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    let mut observer = Node::start(config(7, 1, vec![first.known()]), 7, &[1, 2]).await;
    second.until_connected(1).await;
    first.until_connected(2).await;
    observer.until_connected(1).await;
    first.until_connected(7).await;
    observer
        .publish(Topic::Transactions, b"from the observer")
        .await;
    assert_eq!(
        first.until_message(Topic::Transactions).await,
        (key(7), b"from the observer".to_vec())
    );
    first
        .publish(Topic::Transactions, b"from a validator")
        .await;
    for node in [&mut second, &mut observer] {
        assert_eq!(
            node.until_message(Topic::Transactions).await,
            (key(1), b"from a validator".to_vec())
        );
    }
}

#[tokio::test]
async fn a_peer_of_another_chain_gets_nothing() {
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2, 3]).await;
    let mut foreign = Node::start(config(3, 2, vec![first.known()]), 3, &[1, 2, 3]).await;
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2, 3]).await;
    first.until_connected(2).await;
    second.until_connected(1).await;
    for topic in [Topic::Consensus, Topic::Transactions, Topic::Status] {
        first.publish(topic, b"for chain 1").await;
        second.until_message(topic).await;
    }
    foreign.ask(1, 1, b"block 1?").await;
    assert!(foreign.until_response(1).await.is_err());
    let told_something = foreign
        .passed_over
        .iter()
        .any(|event| !matches!(event, NetworkEvent::Response { .. }));
    assert!(!told_something, "{:?}", foreign.passed_over);
    assert!(foreign.network.events.try_recv().is_err());
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
async fn a_penalised_peer_is_disconnected_and_kept_out() {
    let mut nodes = mesh(3).await;
    nodes[0].command(NetworkCommand::Penalise(key(2))).await;
    nodes[0].until_disconnected(2).await;
    nodes[1].until_disconnected(1).await;
    // The others go on talking, and what the banned peer writes is not taken from a relay either.
    nodes[1]
        .publish(Topic::Transactions, b"from the banned peer")
        .await;
    nodes[2].until_message(Topic::Transactions).await;
    nodes[2]
        .publish(Topic::Transactions, b"from an honest peer")
        .await;
    assert_eq!(
        nodes[0].until_message(Topic::Transactions).await,
        (key(3), b"from an honest peer".to_vec())
    );
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
    // More than the event channel holds, fewer than the sender's queue for a peer.
    let count = EVENTS_MAX + 100;
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
async fn a_request_that_lies_about_its_length_costs_the_peer_its_connection() {
    use libp2p::swarm::SwarmEvent;
    use libp2p::{SwarmBuilder, identity, noise, tcp, yamux};

    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    // A registered peer with a node of its own making: it opens a request with a length far above the bound.
    let mut seed = secret(2).to_seed();
    let keypair = identity::Keypair::ed25519_from_bytes(&mut *seed).expect("a seed");
    let names = topics::ProtocolNames::new(ChainId(Hash([1; 32])));
    let protocols = [(
        names.requests(),
        libp2p::request_response::ProtocolSupport::Full,
    )];
    let behaviour = libp2p::request_response::Behaviour::with_codec(
        LyingCodec,
        protocols,
        libp2p::request_response::Config::default(),
    );
    let mut liar = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(
            tcp::Config::default(),
            noise::Config::new,
            yamux::Config::default,
        )
        .expect("a transport")
        .with_behaviour(|_| behaviour)
        .expect("a behaviour")
        .build();
    liar.dial(peers::multiaddress(first.network.listen_address))
        .expect("an address");
    let mut closed = 0;
    tokio::time::timeout(PATIENCE, async {
        while closed < 1 {
            match futures::StreamExt::select_next_some(&mut liar).await {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    liar.behaviour_mut().send_request(&peer_id, Vec::new());
                }
                SwarmEvent::ConnectionClosed { .. } => closed += 1,
                _ => {}
            }
        }
    })
    .await
    .expect("the liar is disconnected");
    // The node is well and admits others.
    first.allow(&[1, 2, 3]).await;
    let mut third = Node::start(config(3, 1, vec![first.known()]), 3, &[1]).await;
    third.until_connected(1).await;
    first.until_connected(3).await;
    assert!(
        !first
            .passed_over
            .iter()
            .any(|event| matches!(event, NetworkEvent::Request { .. }))
    );
}

/// Announces four gigabytes and sends none.
#[derive(Clone, Copy)]
struct LyingCodec;

impl libp2p::request_response::Codec for LyingCodec {
    type Protocol = libp2p::StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &Self::Protocol, _: &mut T) -> io::Result<Vec<u8>>
    where
        T: futures::AsyncRead + Unpin + Send,
    {
        Ok(Vec::new())
    }

    async fn read_response<T>(&mut self, _: &Self::Protocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: futures::AsyncRead + Unpin + Send,
    {
        let mut data = Vec::new();
        futures::AsyncReadExt::read_to_end(io, &mut data).await?;
        Ok(data)
    }

    async fn write_request<T>(
        &mut self,
        _: &Self::Protocol,
        io: &mut T,
        _: Vec<u8>,
    ) -> io::Result<()>
    where
        T: futures::AsyncWrite + Unpin + Send,
    {
        futures::AsyncWriteExt::write_all(io, &u32::MAX.to_le_bytes()).await
    }

    async fn write_response<T>(
        &mut self,
        _: &Self::Protocol,
        _: &mut T,
        _: Vec<u8>,
    ) -> io::Result<()>
    where
        T: futures::AsyncWrite + Unpin + Send,
    {
        Ok(())
    }
}
