//! The protocol names that keep chains apart. What the messages are, and how long, the replica says ([`Topic`]).
//!
//! Every name contains the first 16 hex digits of the chain id, so two nodes of different chains have no protocol in
//! common and nothing of one chain is ever parsed by a node of another (ADR 0006).
//!
//! [`Topic`]: crate::replica::Topic

use ledger_core::id::ChainId;
use libp2p::StreamProtocol;

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

    /// The long-lived streams that carry everything that goes to all peers.
    pub(crate) fn direct(&self) -> StreamProtocol {
        self.stream("direct/2")
    }

    /// Requests and their responses.
    pub(crate) fn requests(&self) -> StreamProtocol {
        self.stream("request/1")
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
            "/timebank/abababababababab/direct/2"
        );
        assert_eq!(
            names.requests().as_ref(),
            "/timebank/abababababababab/request/1"
        );
    }
}
