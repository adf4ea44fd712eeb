//! The protocols of one connection, put together with their bounds.

use std::collections::BTreeSet;
use std::time::Duration;

use ledger_core::hash::{Domain, hash};
use libp2p::identity::Keypair;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{PeerId, gossipsub, identify, ping};

use super::admission::Admission;
use super::direct::Direct;
use super::requests::{CONNECTION_REQUESTS_MAX, Codec};
use super::topics::ProtocolNames;
use crate::replica::Topic;

/// How long a gossiped message is remembered, so that it is taken once. The cache is bounded by this time: what comes
/// in within it is limited by the one task that takes messages over and by the backpressure it puts on connections.
pub const DUPLICATE_MEMORY: Duration = Duration::from_secs(30);
/// Bytes of one gossip frame. Gossipsub measures its whole read buffer, which can hold the end of one message and the
/// start of the next, so this is twice the longest message and room for headers; the message itself is measured again.
const GOSSIP_FRAME_BYTES_MAX: usize = 2 * Topic::Transactions.bytes_max() + 64 * 1024;
/// Messages that wait in gossipsub for one peer.
const GOSSIP_QUEUE_MAX: usize = 512;
/// Messages in one gossip frame.
const GOSSIP_FRAME_MESSAGES_MAX: usize = 256;
/// How often gossipsub mends its mesh.
const GOSSIP_HEARTBEAT: Duration = Duration::from_millis(500);
/// How often a quiet connection is checked.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// How long the check may take; generous, because a busy machine is not a dead one.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything spoken on a connection. [`Admission`] comes first: what it refuses, no other protocol ever sees.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) admission: Admission,
    pub(crate) direct: Direct,
    pub(crate) gossip: gossipsub::Behaviour,
    pub(crate) requests: request_response::Behaviour<Codec>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

impl Behaviour {
    /// # Panics
    /// Never: the settings are constants, and the tests build with them.
    pub(crate) fn new(
        names: &ProtocolNames,
        key: &Keypair,
        configured: BTreeSet<PeerId>,
        request_timeout: Duration,
    ) -> Behaviour {
        let requests = request_response::Behaviour::with_codec(
            Codec,
            [(names.requests(), ProtocolSupport::Full)],
            request_response::Config::default()
                .with_request_timeout(request_timeout)
                .with_max_concurrent_streams(CONNECTION_REQUESTS_MAX),
        );
        let identify = identify::Config::new(names.identify(), key.public())
            .with_agent_version(concat!("timebank-node/", env!("CARGO_PKG_VERSION")).to_owned())
            .with_cache_size(0);
        let ping = ping::Config::new()
            .with_interval(PING_INTERVAL)
            .with_timeout(PING_TIMEOUT);
        Behaviour {
            admission: Admission::new(configured),
            direct: Direct::new(names.direct()),
            gossip: gossip(names, key),
            requests,
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping),
        }
    }
}

fn gossip(names: &ProtocolNames, key: &Keypair) -> gossipsub::Behaviour {
    let config = gossipsub::ConfigBuilder::default()
        .protocol_id_prefix(names.gossip_prefix())
        .max_transmit_size(GOSSIP_FRAME_BYTES_MAX)
        .max_publish_messages(GOSSIP_FRAME_MESSAGES_MAX)
        .connection_handler_queue_len(GOSSIP_QUEUE_MAX)
        .heartbeat_interval(GOSSIP_HEARTBEAT)
        .heartbeat_initial_delay(Duration::ZERO)
        // Signed by the author, so that a peer is not blamed for what it relayed in good faith.
        .validation_mode(gossipsub::ValidationMode::Strict)
        .validate_messages()
        // By author and content: by content alone, whoever repeats a message under a key of no validator, and is the
        // first to arrive, would have the genuine one dropped as a duplicate.
        .message_id_fn(|message| {
            let author = message
                .source
                .map(libp2p::PeerId::to_bytes)
                .unwrap_or_default();
            let id = hash(Domain::GossipMessage, &[&author, &message.data]);
            gossipsub::MessageId::from(id.0.to_vec())
        })
        .duplicate_cache_time(DUPLICATE_MEMORY)
        // To every peer at once; the mesh only mends what did not arrive.
        .flood_publish(true)
        .build()
        .expect("constants that the tests build with");
    let authenticity = gossipsub::MessageAuthenticity::Signed(key.clone());
    let mut gossip = gossipsub::Behaviour::new(authenticity, config)
        .expect("strict validation and signed messages go together");
    gossip
        .subscribe(&names.transactions())
        .expect("no filter refuses the subscription");
    gossip
}
