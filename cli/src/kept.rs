//! Where things are kept: the wallet, which nobody can make again, and what was proven, which can be fetched and checked
//! again.
//!
//! What is always so: a folder that only its owner can enter; where there is none (no `HOME`), what was proven is forgotten
//! with the command, and there is no wallet.

use std::path::PathBuf;
use std::sync::Arc;

use ledger_core::message::Arguments;
use ledger_core::proof::TrustChain;
use ledger_core::time::{HOUR_MS, TimestampMs};
use timebank_wallet::keystore::KEYSTORE_NAME;
use timebank_wallet::storage::{FileStorage, MemoryStorage, Storage};
use timebank_wallet::verify::Trust;
use timebank_wallet::wallet::Ground;
use timebank_wallet::{Error, Wallet};

use crate::failure::Failure;
use crate::session::Session;

/// Both folders as one: the keystore in the wallet's, everything else in the other.
struct Folders {
    wallet: Arc<dyn Storage>,
    state: Arc<dyn Storage>,
}

impl Folders {
    fn of(&self, name: &str) -> &dyn Storage {
        match name.starts_with(KEYSTORE_NAME) {
            true => &*self.wallet,
            false => &*self.state,
        }
    }
}

impl Storage for Folders {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.of(name).load(name)
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.of(name).store(name, bytes)
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        self.of(name).remove(name)
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut names = self.wallet.names(prefix)?;
        names.extend(self.state.names(prefix)?);
        names.sort();
        names.dedup();
        Ok(names)
    }
}

impl Session<'_> {
    /// The folder of the wallet: as said on the command line, as the profile says, or the usual one.
    pub(crate) fn wallet_folder(&self) -> Option<PathBuf> {
        let said = self.global.wallet.as_ref().or(self.profile.wallet.as_ref());
        let usual = || self.environment().wallet(&self.profile.name);
        said.cloned().or_else(usual)
    }

    /// The folder in which what was proven is kept: as said on the command line, as the profile says, or the usual one.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        let said = self.global.state.as_ref().or(self.profile.state.as_ref());
        let usual = || self.environment().state(&self.profile.name);
        said.cloned().or_else(usual)
    }

    /// The storage of the wallet's folder.
    pub(crate) fn wallet_storage(&self) -> Result<Arc<dyn Storage>, Failure> {
        let folder = self.wallet_folder();
        let folder = folder.ok_or_else(|| Failure::usage("wallet_nowhere", Arguments::NONE))?;
        Ok(Arc::new(FileStorage::open(folder)?))
    }

    /// The storage of what was proven.
    pub(crate) fn state_storage(&self) -> Result<Arc<dyn Storage>, Failure> {
        Ok(match self.state_folder() {
            Some(folder) => Arc::new(FileStorage::open(folder)?),
            None => Arc::new(MemoryStorage::new()),
        })
    }

    /// Whom this profile believes, as it is kept.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        let genesis = self.genesis()?.ok_or(Error::TrustMissing {})?;
        let now_ms = TimestampMs(self.environment().now_ms);
        let trust = Trust::open(self.state_storage()?, genesis)?;
        Ok(trust.with_clock(move || now_ms))
    }

    /// The chain of trust of this profile.
    pub(crate) fn trust_chain(&self) -> Result<TrustChain, Failure> {
        Ok(TrustChain::clone(&*self.trust()?.chain()))
    }

    /// The wallet with its nodes, unlocked: for what the library does with both.
    pub(crate) fn unlocked_whole_wallet(&self) -> Result<Wallet, Failure> {
        let genesis = self.genesis()?.ok_or(Error::TrustMissing {})?;
        let storage = Arc::new(Folders {
            wallet: self.wallet_storage()?,
            state: self.state_storage()?,
        });
        let now_ms = TimestampMs(self.environment().now_ms);
        let mut ground = Ground::new(genesis.clone(), storage)
            .clock(move || now_ms)
            .age_ms_max(self.global.max_age.saturating_mul(HOUR_MS));
        for transport in self.transports()? {
            ground = ground.node(transport);
        }
        let wallet = Wallet::open(ground)?;
        let password = self.unlock(&mut self.wallet()?)?;
        wallet.unlock(&password)?;
        Ok(wallet)
    }
}
