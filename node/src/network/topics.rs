//! What nodes tell each other, how long each kind may be, and the protocol names that keep chains apart.
//!
//! Every name contains the first 16 hex digits of the chain id, so two nodes of different chains have no protocol in
//! common and nothing of one chain is ever parsed by a node of another (ADR 0006).

use ledger_core::id::ChainId;
use libp2p::StreamProtocol;
use libp2p::gossipsub::IdentTopic;

/// Bytes of one consensus message: a proposal names up to 10,000 transactions by 32-byte ids, plus evidence and header.
pub const CONSENSUS_MESSAGE_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one group of transactions, four times the largest single envelope.
pub const TRANSACTIONS_MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of one status message.
pub const STATUS_MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// The kinds of message that go to all peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Proposals, votes and what else consensus needs, straight to every connected peer, never relayed.
    Consensus,
    /// Groups of transactions, by gossip: relayed, and each message taken once.
    Transactions,
    /// What a node says about itself, its height above all, straight to every connected peer, never relayed.
    Status,
}

impl Topic {
    /// The most bytes of data a message of this topic has.
    pub const fn bytes_max(self) -> usize {
        match self {
            Topic::Consensus => CONSENSUS_MESSAGE_BYTES_MAX,
            Topic::Transactions => TRANSACTIONS_MESSAGE_BYTES_MAX,
            Topic::Status => STATUS_MESSAGE_BYTES_MAX,
        }
    }
}

/// The protocol names of one chain.
#[derive(Clone, Debug)]
pub(crate) struct ProtocolNames {
    prefix: String,
}

impl ProtocolNames {
    pub(crate) fn new(chain_id: ChainId) -> ProtocolNames {
        let mut digits = chain_id.to_string();
        digits.truncate(16);
        ProtocolNames {
            prefix: format!("/timebank/{digits}"),
        }
    }

    /// The long-lived streams that carry [`Topic::Consensus`] and [`Topic::Status`].
    pub(crate) fn direct(&self) -> StreamProtocol {
        self.stream("direct/1")
    }

    /// Requests and their responses.
    pub(crate) fn requests(&self) -> StreamProtocol {
        self.stream("request/1")
    }

    /// Gossipsub appends its own version to this.
    pub(crate) fn gossip_prefix(&self) -> String {
        format!("{}/gossip", self.prefix)
    }

    /// The gossip topic of [`Topic::Transactions`].
    pub(crate) fn transactions(&self) -> IdentTopic {
        IdentTopic::new(format!("{}/transactions/1", self.prefix))
    }

    /// What the identify protocol calls the network.
    pub(crate) fn identify(&self) -> String {
        format!("{}/1", self.prefix)
    }

    fn stream(&self, suffix: &str) -> StreamProtocol {
        StreamProtocol::try_from_owned(format!("{}/{suffix}", self.prefix))
            .expect("the prefix begins with a slash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::hash::Hash;

    #[test]
    fn names_carry_sixteen_digits_of_the_chain_id() {
        let names = ProtocolNames::new(ChainId(Hash([0xab; 32])));
        assert_eq!(
            names.direct().as_ref(),
            "/timebank/abababababababab/direct/1"
        );
        assert_eq!(
            names.requests().as_ref(),
            "/timebank/abababababababab/request/1"
        );
    }
}
