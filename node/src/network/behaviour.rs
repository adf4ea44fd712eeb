//! The protocols of one connection, put together with their bounds.

use std::collections::BTreeSet;
use std::time::Duration;

use libp2p::identity::Keypair;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{PeerId, identify, ping};

use super::admission::Admission;
use super::direct::Direct;
use super::requests::{CONNECTION_REQUESTS_MAX, Codec};
use super::topics::ProtocolNames;

/// How often a quiet connection is checked.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// How long the check may take; generous, because a busy machine is not a dead one.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Everything spoken on a connection. [`Admission`] comes first: what it refuses, no other protocol ever sees.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    pub(crate) admission: Admission,
    pub(crate) direct: Direct,
    pub(crate) requests: request_response::Behaviour<Codec>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

impl Behaviour {
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
            requests,
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping),
        }
    }
}
