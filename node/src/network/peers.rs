//! Peers as the configuration writes them and as libp2p knows them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ledger_core::signature::PublicKey;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, identity};
use serde::{Deserialize, Serialize};

/// Peers the configuration may name, bootstrap and observers together.
pub const CONFIGURED_PEERS_MAX: usize = 256;

/// The longest host name (RFC 1035, section 2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// Where a peer listens: a host name or IP address, and a TCP port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerAddress {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// A peer that is named in the configuration: its key, and where it listens if it is to be called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownPeer {
    /// Its peer key.
    pub key: PublicKey,
    /// Where it listens.
    pub address: PeerAddress,
}

/// A text that names no address or peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerAddressError {
    /// No `@` between key and address.
    #[error("write it as <peer key, 64 hex digits>@<host>:<port>")]
    NoKey,
    /// The key is not 64 hex digits.
    #[error("the part before @ is not a peer key of 64 hex digits")]
    Key,
    /// The address is not host and port.
    #[error("the address is not <host>:<port> with a port between 1 and 65535")]
    Address,
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let (host, port) = text.rsplit_once(':').ok_or(PeerAddressError::Address)?;
        let host = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        let port = port.parse().map_err(|_| PeerAddressError::Address)?;
        if host.is_empty() || host.len() > HOST_BYTES_MAX || port == 0 {
            return Err(PeerAddressError::Address);
        }
        Ok(PeerAddress {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> PeerAddress {
        PeerAddress {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl FromStr for KnownPeer {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let (key, address) = text.split_once('@').ok_or(PeerAddressError::NoKey)?;
        Ok(KnownPeer {
            key: key.parse().map_err(|_| PeerAddressError::Key)?,
            address: address.parse()?,
        })
    }
}

impl fmt::Display for KnownPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key, self.address)
    }
}

impl Serialize for KnownPeer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KnownPeer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The name libp2p has for a peer key; none when the key is no point of the curve.
pub(crate) fn peer_id(key: &PublicKey) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&key.0).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The peer key behind libp2p's name; none for keys of other kinds.
pub(crate) fn peer_key(peer: &PeerId) -> Option<PublicKey> {
    const IDENTITY_HASH: u64 = 0;
    let hash = peer.as_ref();
    if hash.code() != IDENTITY_HASH {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(PublicKey(key.try_into_ed25519().ok()?.to_bytes()))
}

/// The IP address and port of a multiaddress such as `/ip4/127.0.0.1/tcp/7000`.
pub(crate) fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match parts.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// The multiaddress of an IP address and port.
pub(crate) fn multiaddress(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::signature::SecretKey;

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed(&[seed; 32]).public_key()
    }

    #[test]
    fn a_key_survives_the_way_to_libp2p_and_back() {
        let key = key(3);
        assert_eq!(peer_key(&peer_id(&key).unwrap()), Some(key));
        assert_eq!(peer_key(&PeerId::random()), None);
    }

    #[test]
    fn reads_peers_as_written_in_the_configuration() {
        let text = format!("{}@node-2.city.example:7100", key(1));
        let peer: KnownPeer = text.parse().unwrap();
        assert_eq!(peer.address.host, "node-2.city.example");
        assert_eq!(peer.to_string(), text);
        let peer: KnownPeer = format!("{}@[::1]:7100", key(1)).parse().unwrap();
        assert_eq!(peer.address.to_string(), "[::1]:7100");
        for (text, error) in [
            ("127.0.0.1:7100".to_owned(), PeerAddressError::NoKey),
            ("abc@127.0.0.1:7100".to_owned(), PeerAddressError::Key),
            (format!("{}@host", key(1)), PeerAddressError::Address),
            (format!("{}@host:0", key(1)), PeerAddressError::Address),
            (format!("{}@:7100", key(1)), PeerAddressError::Address),
        ] {
            assert_eq!(text.parse::<KnownPeer>(), Err(error), "{text}");
        }
    }
}
