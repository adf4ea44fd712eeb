//! The nodes of a chain, for whoever signs without a wallet: an office's counter, an auditor's tool.

use std::sync::Arc;

use timebank_wallet::Client;
use timebank_wallet::answer::Progress;
use timebank_wallet::client::{self, Patience};
use timebank_wallet::http::HttpTransport;
use timebank_wallet::verify::{Trust, read_genesis};

use crate::document::Document;
use crate::error::WalletError;
use crate::transport::{Foreign, Transport};
use crate::wallet::Submitted;

type AnyTransport = Box<dyn client::Transport + Send + Sync>;

/// How a chain stands, by a node's word.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ChainStatus {
    /// The newest block.
    pub height: u64,
    /// The chain's time: Unix time in milliseconds. New documents count from it.
    pub now_ms: u64,
}

/// The nodes of one chain.
#[derive(uniffi::Object)]
pub struct Network {
    client: Client<AnyTransport>,
    chain_id: String,
}

#[uniffi::export]
impl Network {
    /// The nodes at `urls` (`http://127.0.0.1:7180`), which stand in for each other, of the chain that `genesis` (the text
    /// of the city's genesis document) founds.
    ///
    /// # Errors
    /// When `genesis` is no genesis document.
    #[uniffi::constructor]
    pub fn connect(genesis: &str, urls: Vec<String>) -> Result<Arc<Network>, WalletError> {
        Network::over(genesis, Box::new(HttpTransport::new(urls)))
    }

    /// The node behind `transport`, of the chain that `genesis` founds.
    ///
    /// # Errors
    /// When `genesis` is no genesis document.
    #[uniffi::constructor]
    pub fn connect_over(
        genesis: &str,
        transport: Arc<dyn Transport>,
    ) -> Result<Arc<Network>, WalletError> {
        Network::over(genesis, Box::new(Foreign(transport)))
    }

    /// The chain's id.
    pub fn chain_id(&self) -> String {
        self.chain_id.clone()
    }

    /// How the chain stands, by a node's word.
    ///
    /// # Errors
    /// When no node answers, or one of another chain does.
    pub fn status_unverified(&self) -> Result<ChainStatus, WalletError> {
        let status = self.client.status()?;
        Ok(ChainStatus {
            height: status.height.0,
            now_ms: status.now_ms.0,
        })
    }

    /// Hands `document` in and waits up to `wait_ms` until it is in a decided block; with 0 it is enough that a node accepts
    /// it. Repeating this is safe.
    ///
    /// # Errors
    /// While its own signer has not signed; when the ledger refuses it; when it is not in a block in time.
    pub fn submit(&self, document: &Document, wait_ms: u64) -> Result<Submitted, WalletError> {
        let envelope = document.0.clone().into_envelope()?;
        let patience = match wait_ms {
            0 => Patience::Accepted,
            timeout_ms => Patience::Final { timeout_ms },
        };
        let submission = self.client.submit(&envelope, patience)?;
        Ok(Submitted {
            id: submission.id.to_string(),
            height: match submission.progress {
                Progress::Accepted => None,
                Progress::Applied { height, .. } => Some(height.0),
            },
        })
    }
}

impl Network {
    fn over(genesis: &str, transport: AnyTransport) -> Result<Arc<Network>, WalletError> {
        let genesis = read_genesis(genesis)?;
        Ok(Arc::new(Network {
            client: Client::new(transport, Trust::genesis(&genesis)),
            chain_id: genesis.chain_id().to_string(),
        }))
    }
}
