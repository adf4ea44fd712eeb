//! What a wallet stands on: the city it trusts, the nodes it asks, and where it keeps what it must not forget.

use std::sync::Arc;

use ledger_core::genesis::Genesis;
use timebank_wallet::http::HttpTransport;
use timebank_wallet::storage::{self, FileStorage};
use timebank_wallet::verify::read_genesis;
use timebank_wallet::wallet;

use crate::error::WalletError;
use crate::storage::{Foreign as ForeignStorage, Storage};
use crate::transport::{Foreign as ForeignTransport, Transport};

/// How a node is reached.
#[derive(Clone)]
enum Way {
    /// By the library's own HTTP, at this address.
    Http(String),
    /// By the app's.
    Own(Arc<dyn Transport>),
}

/// What a wallet stands on. None of the nodes is believed; the more there are, the less any of them can hide.
#[derive(Clone, uniffi::Object)]
pub struct Ground {
    genesis: Genesis,
    storage: Arc<dyn storage::Storage>,
    ways: Vec<Way>,
    age_ms_max: Option<u64>,
}

#[uniffi::export]
impl Ground {
    /// The city that `genesis` (the text of its genesis document, from somebody the owner trusts) founds, and a folder of the
    /// app's own to keep things in, made for its owner only.
    ///
    /// # Errors
    /// When `genesis` is no genesis document, or the folder cannot be made or others can enter it.
    #[uniffi::constructor]
    pub fn in_folder(genesis: &str, folder: &str) -> Result<Arc<Ground>, WalletError> {
        Ground::on(genesis, Arc::new(FileStorage::open(folder)?))
    }

    /// The same, with the app's own storage in place of a folder.
    ///
    /// # Errors
    /// When `genesis` is no genesis document.
    #[uniffi::constructor]
    pub fn in_storage(
        genesis: &str,
        storage: Arc<dyn Storage>,
    ) -> Result<Arc<Ground>, WalletError> {
        Ground::on(genesis, Arc::new(ForeignStorage(storage)))
    }

    /// With another node to ask, at an address such as `http://127.0.0.1:7180`.
    pub fn with_node(&self, url: String) -> Arc<Ground> {
        self.with(Way::Http(url))
    }

    /// With another node to ask, by the app's own HTTP.
    pub fn with_transport(&self, transport: Arc<dyn Transport>) -> Arc<Ground> {
        self.with(Way::Own(transport))
    }

    /// With another bound on the age of what is read, in milliseconds, than a day.
    pub fn with_age_ms_max(&self, age_ms_max: u64) -> Arc<Ground> {
        let age_ms_max = Some(age_ms_max);
        Arc::new(Ground {
            age_ms_max,
            ..self.clone()
        })
    }

    /// Whether a wallet is stored there, sound or not.
    ///
    /// # Errors
    /// When the storage cannot be read.
    pub fn has_wallet(&self) -> Result<bool, WalletError> {
        Ok(wallet::Wallet::exists(&*self.storage)?)
    }
}

impl Ground {
    fn on(genesis: &str, storage: Arc<dyn storage::Storage>) -> Result<Arc<Ground>, WalletError> {
        Ok(Arc::new(Ground {
            genesis: read_genesis(genesis)?,
            storage,
            ways: Vec::new(),
            age_ms_max: None,
        }))
    }

    fn with(&self, way: Way) -> Arc<Ground> {
        let mut ground = self.clone();
        ground.ways.push(way);
        Arc::new(ground)
    }

    /// As the wallet's.
    pub(crate) fn stand(&self) -> wallet::Ground {
        let mut ground = wallet::Ground::new(self.genesis.clone(), Arc::clone(&self.storage));
        for way in &self.ways {
            ground = match way {
                Way::Http(url) => ground.node(HttpTransport::new([url.clone()])),
                Way::Own(transport) => ground.node(ForeignTransport(Arc::clone(transport))),
            };
        }
        match self.age_ms_max {
            Some(age_ms_max) => ground.age_ms_max(age_ms_max),
            None => ground,
        }
    }
}
