//! Who is refused, and what harm misbehaviour does not do.

use super::*;

#[tokio::test]
async fn an_unregistered_peer_is_refused_and_a_registered_one_is_not() {
    let mut first = Node::start(config(1, 1, Vec::new()), 1, &[1, 2]).await;
    // The stranger calls before the registered node does and knows the first node's address and key just as well.
    let mut stranger = Node::start(config(9, 1, vec![first.known()]), 9, &[1]).await;
    let mut second = Node::start(config(2, 1, vec![first.known()]), 2, &[1, 2]).await;
    second.until_connected(1).await;
    first.until_connected(2).await;
    stranger.ask(1, 1, b"let me in").await;
    // On its own side the connection may stand for a moment, until the other end has closed it.
    let refused = stranger.until_response(1).await;
    assert!(
        matches!(
            refused,
            Err(RequestError::NotConnected | RequestError::Broken)
        ),
        "{refused:?}"
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
    assert!(foreign.network.events.is_empty());
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
