//! The state as it lies in a node's tree, for an auditor who compares it with another. Nothing here is checked: whoever asks
//! compares the hashes.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::Height;
use ledger_core::receipt::Receipt;
use ledger_core::state::tree::{Node, NodePath};
use serde::Deserialize;

use super::Client;
use crate::error::Error;
use crate::transport::{ANSWER_BYTES_MAX, Content, Request, Transport};

impl<T: Transport> Client<T> {
    /// A node of the state tree, none when there is none at `path`, with the height the node's state is of.
    ///
    /// # Errors
    /// The node's.
    pub fn state_node_unverified(&self, path: &NodePath) -> Result<(Height, Option<Node>), Error> {
        self.ask_bytes(format!("/v1/state/tree?path={path}"))
    }

    /// The bytes of the record under `key`, none when there is none, with the height the node's state is of.
    ///
    /// # Errors
    /// The node's.
    pub fn state_record_unverified(&self, key: &[u8]) -> Result<(Height, Option<Vec<u8>>), Error> {
        self.ask_bytes(format!("/v1/state/record?key={}", hex::encode(key)))
    }

    /// What the node says the block at `height` did.
    ///
    /// # Errors
    /// The node's.
    pub fn receipts_unverified(&self, height: Height) -> Result<Vec<Receipt>, Error> {
        #[derive(Deserialize)]
        struct Did {
            receipts: Vec<Receipt>,
        }
        let did: Did = self.get(&format!("/v1/blocks/{height}"))?;
        Ok(did.receipts)
    }

    /// A request that is answered with bytes.
    pub(super) fn ask_bytes<A: BorshSerialize + BorshDeserialize>(
        &self,
        path: String,
    ) -> Result<A, Error> {
        let request = Request {
            accept: Content::Borsh,
            ..Request::get(path)
        };
        let response = self.ask(&request)?;
        codec::decode(&response.body, ANSWER_BYTES_MAX).map_err(|error| Error::AnswerMalformed {
            node: response.node,
            reason: error.to_string(),
        })
    }
}
