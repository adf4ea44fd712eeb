//! What a command works with: the options and the profile together, and the client.

use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, ChainId};
use ledger_core::message::{Arguments, Language};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::time::{Calendar, HOUR_MS, SECOND_MS, TimestampMs};
use ledger_core::transaction::Signer;
use std::cell::OnceCell;
use std::io::Read;
use std::path::Path;
use timebank_wallet::client::Patience;
use timebank_wallet::verify::read_genesis;
use timebank_wallet::wallet::AnyTransport;
use timebank_wallet::{Client, Error, Freshness};

use crate::arguments::Global;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::profile::{self, Origin, Profile};

/// The longest genesis document read from a file, in bytes.
const GENESIS_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A client over whatever the environment connects with.
pub(crate) type NodeClient = Client<AnyTransport>;

/// One run of a command.
pub(crate) struct Session<'e> {
    pub(crate) global: &'e Global,
    environment: &'e Environment,
    pub(crate) profile: Profile,
    genesis: OnceCell<Option<Genesis>>,
    client: OnceCell<NodeClient>,
    now: OnceCell<(ChainId, TimestampMs)>,
}

impl<'e> Session<'e> {
    /// Reads the profile.
    pub(crate) fn open(
        global: &'e Global,
        environment: &'e Environment,
    ) -> Result<Session<'e>, Failure> {
        let name = global.profile.as_deref();
        let profile = match (&global.config, environment.configuration()) {
            (Some(path), _) => profile::read(path, Origin::Named, name)?,
            (None, Some(path)) => profile::read(&path, Origin::Usual, name)?,
            (None, None) if name.is_some() => {
                return Err(Failure::usage("home_unknown", Arguments::NONE));
            }
            (None, None) => Profile::unnamed(),
        };
        Ok(Session {
            global,
            environment,
            profile,
            genesis: OnceCell::new(),
            client: OnceCell::new(),
            now: OnceCell::new(),
        })
    }

    /// What the command may know of the world around it.
    pub(crate) const fn environment(&self) -> &'e Environment {
        self.environment
    }

    /// The file with the wallet's password, when one is named.
    pub(crate) fn password_file(&self) -> Option<&Path> {
        self.global.password_file.as_deref()
    }

    /// What the file at `path` holds, or standard input for `-`; at most `length_max` bytes.
    pub(crate) fn read(&self, path: &Path, length_max: u64) -> Result<Vec<u8>, Failure> {
        let unreadable = |reason: String| Error::FileUnreadable {
            path: path.to_owned(),
            reason,
        };
        let source: Box<dyn Read> = match path == Path::new("-") {
            true => (self.environment.input)(),
            false => {
                let file = std::fs::File::open(path);
                Box::new(file.map_err(|error| unreadable(error.to_string()))?)
            }
        };
        let mut bytes = Vec::new();
        source
            .take(length_max.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(error.to_string()))?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match length <= length_max {
            true => Ok(bytes),
            false => Err(unreadable(format!("> {length_max} B")).into()),
        }
    }

    /// The reader's language: as asked for, as the profile says, or as the locale says.
    pub(crate) fn language(&self) -> Language {
        let asked = self.global.lang.map(Language::from);
        let profile = || self.profile.language.map(Language::from);
        asked
            .or_else(profile)
            .unwrap_or_else(|| self.environment.language())
    }

    /// The genesis document, when one is named.
    pub(crate) fn genesis(&self) -> Result<Option<&Genesis>, Failure> {
        if let Some(genesis) = self.genesis.get() {
            return Ok(genesis.as_ref());
        }
        let path = self
            .global
            .genesis
            .as_ref()
            .or(self.profile.genesis.as_ref());
        let genesis = match path {
            Some(path) => {
                let text = read_text(path, GENESIS_FILE_BYTES_MAX)?;
                Some(read_genesis(&text).map_err(|error| unusable_genesis(path, &error))?)
            }
            None => None,
        };
        Ok(self.genesis.get_or_init(|| genesis).as_ref())
    }

    /// The client: one that trusts the genesis document's validators, or nobody when there is no such document.
    pub(crate) fn client(&self) -> Result<&NodeClient, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let transports = self.transports()?;
        let client = match self.genesis()? {
            Some(_) => Client::among(transports, self.trust()?),
            None => Client::among_without_trust(transports),
        };
        Ok(self.client.get_or_init(|| client))
    }

    /// The addresses of the nodes: those of the command line, or else of the profile.
    pub(crate) fn node_names(&self) -> &[String] {
        match self.global.nodes.as_slice() {
            [] => self.profile.nodes.as_slice(),
            named => named,
        }
    }

    /// A transport to each node.
    pub(crate) fn transports(&self) -> Result<Vec<AnyTransport>, Failure> {
        let nodes = self.node_names();
        if nodes.is_empty() {
            return Err(Failure::usage("node_unknown", Arguments::NONE));
        }
        let connect = &self.environment.connect;
        Ok(nodes.iter().map(|node| connect(node)).collect())
    }

    /// How old a proof may be.
    pub(crate) const fn freshness(&self) -> Freshness {
        Freshness {
            now_ms: TimestampMs(self.environment.now_ms),
            age_ms_max: self.global.max_age.saturating_mul(HOUR_MS),
        }
    }

    /// How long ago `time_ms` is.
    pub(crate) const fn age_ms(&self, time_ms: TimestampMs) -> u64 {
        self.environment.now_ms.saturating_sub(time_ms.0)
    }

    /// By which instants become days.
    pub(crate) fn calendar(&self) -> Result<Calendar, Failure> {
        let genesis = self.genesis()?;
        Ok(genesis.map_or(Calendar::CHINA, |genesis| genesis.calendar))
    }

    /// The instant `text` names by the city's clocks.
    pub(crate) fn instant(&self, argument: &str, text: &str) -> Result<TimestampMs, Failure> {
        self.calendar()?.parse(text).map_err(|_| {
            let about = Arguments::NONE
                .text("argument", argument)
                .text("value", text);
            Failure::usage("usage_time", about)
        })
    }

    /// `account`, or else the account of the one who asks.
    pub(crate) fn account(&self, account: Option<AccountId>) -> Result<AccountId, Failure> {
        match account {
            Some(account) => Ok(account),
            None => match self.asks()? {
                Signer::Account(account) => Ok(account),
                Signer::Key(key) => Err(match self.unattached(key)? {
                    Some(label) => {
                        Failure::usage("wallet_unattached", Arguments::NONE.text("label", label))
                    }
                    None => Failure::usage("account_missing", Arguments::NONE),
                }),
                Signer::Staff(_) => Err(Failure::usage("account_missing", Arguments::NONE)),
            },
        }
    }

    /// The account of the wallet's owner: fails by saying what the wallet lacks, or that there is none.
    pub(crate) fn own_account(&self) -> Result<AccountId, Failure> {
        let said = self.global.signer.or(self.profile.signer);
        if said.is_none() && !self.has_key()? {
            self.wallet()?;
        }
        self.account(None)
    }

    /// Where the document goes, when one is to be written.
    pub(crate) fn document(&self) -> Option<&Path> {
        self.global.document.as_deref()
    }

    /// The last block time at which transactions made now apply, when it was given.
    pub(crate) fn valid_until(&self) -> Result<Option<TimestampMs>, Failure> {
        let text = self.global.valid_until.as_ref();
        text.map(|text| self.instant("--valid-until", text))
            .transpose()
    }

    /// How long to wait for a decided block.
    pub(crate) const fn patience(&self) -> Patience {
        match self.global.wait {
            0 => Patience::Accepted,
            seconds => Patience::Final {
                timeout_ms: seconds.saturating_mul(SECOND_MS),
            },
        }
    }

    /// The chain and its time, by which a transaction expires. On a production chain this device's clock says it: a node that
    /// lies about the time could keep a transaction back and hand it in long after. Only test chains move time, so there, and
    /// where no genesis document says which chain is meant, the node is asked, once.
    pub(crate) fn chain_now(&self) -> Result<(ChainId, TimestampMs), Failure> {
        if let Some(known) = self.now.get() {
            return Ok(*known);
        }
        if let Some(genesis) = self.genesis()?
            && genesis.purpose == ChainPurpose::Production
        {
            let now_ms = TimestampMs(self.environment.now_ms);
            return Ok(*self.now.get_or_init(|| (genesis.chain_id(), now_ms)));
        }
        let status = self.client()?.status()?;
        Ok(*self.now.get_or_init(|| (status.chain_id, status.now_ms)))
    }

    /// The chain, from the genesis document or else from the node.
    pub(crate) fn chain_id(&self) -> Result<ChainId, Failure> {
        match self.genesis()? {
            Some(genesis) => Ok(genesis.chain_id()),
            None => Ok(self.client()?.status()?.chain_id),
        }
    }
}

/// That the file at `path` is not a genesis document.
fn unusable_genesis(path: &Path, error: &Error) -> Failure {
    let details = error.details();
    let reason = details.get("reason").and_then(serde_json::Value::as_str);
    let about = Arguments::NONE
        .text("path", path.display())
        .text("reason", reason.unwrap_or("–"));
    Failure::local("genesis_file", about)
}

/// Reads a text file of at most `length_max` bytes.
pub(crate) fn read_text(path: &Path, length_max: u64) -> Result<String, Failure> {
    let unreadable = |reason: String| Error::FileUnreadable {
        path: path.to_owned(),
        reason,
    };
    let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if length.len() > length_max {
        return Err(unreadable(format!("> {length_max} B")).into());
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}
