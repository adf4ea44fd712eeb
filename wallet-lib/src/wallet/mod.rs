//! A wallet as an app sees it: one object over keys, nodes and what is kept, in which everything that is read is proven.
//!
//! A [`Wallet`] holds a [`Keystore`], a [`Client`] of any number of nodes, and a [`Storage`] in which keystore, trust and
//! proven histories are kept. Its accounts are called by labels of the owner's choice. What the ledger says comes back as
//! [`Verified`]: proven up to validators the wallet trusts, with the time it was proven for. What is to be signed is a
//! [`Document`]: made here or handed over by somebody else, read by the signer ([`Wallet::explain`]), signed
//! ([`Wallet::sign`]), passed on until everybody has signed, and submitted ([`Wallet::submit`]).
//!
//! # Which account is whose
//!
//! The ledger has no index from keys to accounts, and needs none: an account's id derives from the transaction that opens
//! it. A wallet learns the id when that transaction is signed, keeps it in the keystore beside the key, and puts it on the
//! recovery sheet under the words ([`Wallet::recovery_sheet`]). After restoring from the words alone, the id is typed in
//! from the sheet, or the registrar finds it by the identity, and [`Wallet::attach`] proves that a key of these words is the
//! one on record. So a wrong word that happens to pass the checksum is found out there, too.
//!
//! # Examples
//!
//! They run in [`crate::trial`], a city in memory (feature `trial`). In a city of its own, an app gives [`Ground::node`] an
//! [`crate::http::HttpTransport`] for each address, and a [`crate::FileStorage`].
//!
//! ## Create a wallet
//!
//! The words come back once; the app shows them as a sheet to be written on paper. The holder's part of opening the account
//! is a document, which the registrar and the identity registry sign at the counter.
//!
//! ```
//! # use std::sync::Arc;
//! # use timebank_wallet::trial::{STREET, TrialCity, genesis, staff};
//! # use timebank_wallet::commitment::{Salt, identity};
//! use ledger_core::amount::Minutes;
//! use ledger_core::message::Language;
//! use timebank_wallet::mnemonic::WordCount;
//! use timebank_wallet::wallet::{Ground, NewWallet};
//! use timebank_wallet::{MemoryStorage, Wallet};
//!
//! # fn main() -> Result<(), timebank_wallet::Error> {
//! # let city = TrialCity::new();
//! # let clock = city.clone();
//! let ground = Ground::new(genesis(), Arc::new(MemoryStorage::default())).node(city.clone());
//! # let ground = ground.clock(move || clock.time_ms());
//! let new = NewWallet::new("一寸光阴一寸金，寸金难买寸光阴", "我");
//! let (wallet, words) = Wallet::create(ground, Language::Chinese, WordCount::Twelve, &new)?;
//! assert_eq!(words.sheet().lines().count(), 4, "twelve words, three in a row");
//!
//! # let identity = identity(&Salt([7; 32]), b"as the registry writes it");
//! let document = wallet.open_account("我", staff("registrar"), STREET, identity, None)?;
//! city.open_account(&document); // At the counter: registrar and registry sign, and hand it in.
//! wallet.attach_opened("我", &document)?;
//! assert_eq!(wallet.balance("我")?.value.spendable, Minutes(0));
//! # Ok(())
//! # }
//! ```
//!
//! ## Restore it
//!
//! Words and account stand on the recovery sheet.
//!
//! ```
//! # use std::sync::Arc;
//! # use timebank_wallet::keystore::Cost;
//! # use timebank_wallet::trial::{TrialCity, genesis};
//! # use timebank_wallet::wallet::{Ground, NewWallet};
//! # use timebank_wallet::MemoryStorage;
//! use timebank_wallet::{Error, Mnemonic, Wallet};
//!
//! # fn main() -> Result<(), Error> {
//! # let city = TrialCity::new();
//! # let (old, words, account) = city.wallet("wang");
//! # let written = words.sheet().to_string();
//! # let clock = city.clone();
//! # let ground = Ground::new(genesis(), Arc::new(MemoryStorage::default()))
//! #     .node(city.clone())
//! #     .clock(move || clock.time_ms());
//! // A wrong word is named with its place and its neighbours.
//! let wrong = Mnemonic::parse("abandon abandon abandun").unwrap_err();
//! assert_eq!(wrong.code(), "mnemonic_word");
//! assert_eq!(wrong.details()["position"], 3);
//! assert!(wrong.to_string().contains("near it are: abandon"));
//!
//! let words = Mnemonic::parse(&written)?;
//! let new = NewWallet::new("another long password", "我").cost(Cost::LEAST);
//! let wallet = Wallet::restore(ground, &words, &new)?;
//! wallet.attach("我", account)?; // Proves that these words have the key on record.
//! assert_eq!(wallet.balance("我")?.value, old.balance("我")?.value);
//! # Ok(())
//! # }
//! ```
//!
//! ## Read the balance
//!
//! It is proven, or an error; an app shows how old it is. No password is needed.
//!
//! ```
//! # use timebank_wallet::trial::TrialCity;
//! # fn main() -> Result<(), timebank_wallet::Error> {
//! # let city = TrialCity::new();
//! # let (wallet, _, _) = city.wallet("wang");
//! # city.earn(&wallet, 60);
//! # wallet.lock();
//! let balance = wallet.balance("我")?;
//! assert_eq!(balance.value.spendable.0, 60);
//! assert!(wallet.age_ms(&balance) < 60_000, "as of less than a minute ago");
//! let history = wallet.history("我")?; // Complete and in order, or an error that names the lie.
//! assert_eq!(history.value.len(), 2, "the service, and what it paid");
//! # Ok(())
//! # }
//! ```
//!
//! ## Earn: sign a service together
//!
//! The one who served makes the document; the one who was served reads it and signs; a social worker verifies.
//!
//! ```
//! # use timebank_wallet::trial::{DISTRICT, TrialCity};
//! use ledger_core::amount::Minutes;
//! use ledger_core::hash::Hash;
//! use ledger_core::id::{OrderId, ServiceCode};
//! use ledger_core::message::Language;
//! use ledger_core::record::order::Payer;
//! use timebank_wallet::Document;
//! use timebank_wallet::wallet::Service;
//!
//! # fn main() -> Result<(), timebank_wallet::Error> {
//! # let city = TrialCity::new();
//! # let (wallet, _, _) = city.wallet("wang");
//! # let (hers, _, mother) = city.wallet("zhao");
//! # let payer = Payer::Budget(city.open_budget(600));
//! # let now_ms = city.time_ms();
//! # let an_hour_ago_ms = ledger_core::time::TimestampMs(now_ms.0 - 3_600_000);
//! let document = wallet.record_service(
//!     "我",
//!     Service {
//!         recipient: mother,
//!         service: ServiceCode(1),
//!         district: DISTRICT,
//!         start_ms: an_hour_ago_ms,
//!         end_ms: now_ms,
//!         minutes: Minutes(60),
//!         payer,
//!         evidence: Hash::ZERO,
//!     },
//! )?;
//!
//! // On her phone, from a file or QR codes: read, then sign.
//! let mut copy = Document::from_json(&document.to_json())?;
//! let explanation = hers.explain(&copy, Language::Chinese)?;
//! println!("{}", explanation.to_text());
//! hers.sign("我", &mut copy, &explanation)?;
//! let submitted = hers.submit(&copy)?;
//!
//! # city.verify(OrderId::derive(submitted.id), 60);
//! # city.pass_days(4);
//! // After the social worker and the days in which it can be disputed:
//! assert_eq!(wallet.balance("我")?.value.spendable, Minutes(60));
//! # Ok(())
//! # }
//! ```
//!
//! ## Spend
//!
//! ```
//! # use timebank_wallet::trial::TrialCity;
//! # use ledger_core::record::account::Item;
//! use ledger_core::amount::Minutes;
//! use ledger_core::id::ItemCode;
//! # fn main() -> Result<(), timebank_wallet::Error> {
//! # let city = TrialCity::new();
//! # let (wallet, _, _) = city.wallet("wang");
//! # city.earn(&wallet, 60);
//! # let shop = city.open_shop("shop", vec![Item { code: ItemCode(1), minutes: Minutes(40) }]);
//! let mut document = wallet.redeem("我", shop, ItemCode(1), Minutes(40))?;
//! # city.sign_as_shop(&mut document, shop, "shop");
//! wallet.submit(&document)?; // Once the merchant has signed, too.
//! assert_eq!(wallet.balance("我")?.value.spendable, Minutes(20));
//! # Ok(())
//! # }
//! ```
//!
//! ## Show the card
//!
//! Online now and then, so that the proof is recent; shown without a network; nothing is spent by it.
//!
//! ```
//! # use timebank_wallet::trial::TrialCity;
//! use timebank_wallet::card::{Card, CardLimits, CardReader};
//! # fn main() -> Result<(), timebank_wallet::Error> {
//! # let city = TrialCity::new();
//! # let (wallet, _, account) = city.wallet("wang");
//! # let (merchants, _, _) = city.wallet("shop");
//! wallet.card_proof("我")?; // While there is a network.
//! # city.go_away();
//! let card = wallet.show_card("我")?; // Signed for the next minute.
//! let codes = card.qr_parts()?;
//!
//! // The merchant's device, as far from a network, with what it knew when it last had one:
//! let mut reader = CardReader::new(CardLimits::default());
//! let trust = merchants.client().trust()?;
//! # let clock = trust.clock_at(merchants.now_ms());
//! let card = Card::from_bytes(&card.to_bytes())?;
//! let member = reader.check(&trust.chain(), clock, &card)?;
//! assert_eq!(member.account, account);
//! assert!(reader.check(&trust.chain(), clock, &card).is_err(), "a copy is not accepted again");
//! # assert!(!codes.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # What always holds
//!
//! A wallet signs for the chain of its genesis document only. No key leaves it. Methods take `&self`; the keystore is behind
//! a lock that is not held while a node is asked.

mod accounts;
mod card;
mod certificate;
mod documents;
mod error;
mod proving;
mod reading;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger_core::genesis::Genesis;
use ledger_core::id::ChainId;
use ledger_core::message::Language;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::time::{Calendar, TimestampMs};

pub use accounts::{ACCOUNTS_SEARCHED, KEYS_SEARCHED};
pub use documents::{FINALITY_MS_MAX, Service};
pub use error::WalletError;
pub use reading::Balance;

use crate::client::{Client, Transport};
use crate::error::Error;
use crate::keystore::{Cost, KEYSTORE_NAME, Keystore, NewKeystore, Password};
use crate::mnemonic::{Mnemonic, WordCount};
use crate::storage::Storage;
use crate::verify::{AGE_MS_MAX_DEFAULT, Freshness, Trust, Verified};

/// A transport of any kind.
pub type AnyTransport = Box<dyn Transport + Send + Sync>;
/// A clock of any kind.
type AnyClock = Arc<dyn Fn() -> TimestampMs + Send + Sync>;

/// What a wallet stands on: whom it trusts, whom it asks, and where it keeps what it must not forget.
pub struct Ground {
    genesis: Genesis,
    nodes: Vec<AnyTransport>,
    storage: Arc<dyn Storage>,
    clock: AnyClock,
    age_ms_max: u64,
}

impl Ground {
    /// The city of `genesis`, which came from somebody the owner trusts, and a place to keep things.
    pub fn new(genesis: Genesis, storage: Arc<dyn Storage>) -> Ground {
        Ground {
            genesis,
            nodes: Vec::new(),
            storage,
            clock: Arc::new(|| Freshness::within(0).now_ms),
            age_ms_max: AGE_MS_MAX_DEFAULT,
        }
    }

    /// With another node to ask. None of them is believed; the more there are, the less any of them can hide.
    #[must_use]
    pub fn node(mut self, transport: impl Transport + Send + Sync + 'static) -> Ground {
        self.nodes.push(Box::new(transport));
        self
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> TimestampMs + Send + Sync + 'static) -> Ground {
        self.clock = Arc::new(clock);
        self
    }

    /// With another bound on the age of what is read than [`AGE_MS_MAX_DEFAULT`], in milliseconds.
    #[must_use]
    pub const fn age_ms_max(mut self, age_ms_max: u64) -> Ground {
        self.age_ms_max = age_ms_max;
        self
    }
}

/// How a new or restored wallet is to be.
#[derive(Clone, Debug)]
pub struct NewWallet {
    /// What closes it, at least [`crate::keystore::PASSWORD_CHARACTERS_MIN`] characters.
    pub password: Password,
    /// What its first account is called.
    pub label: String,
    /// A passphrase beside the words, which is not kept anywhere; empty for none.
    pub passphrase: Password,
    /// What checking the password costs.
    pub cost: Cost,
}

impl NewWallet {
    /// With a password and a label, no passphrase and the usual cost.
    pub fn new(password: impl Into<Password>, label: impl Into<String>) -> NewWallet {
        NewWallet {
            password: password.into(),
            label: label.into(),
            passphrase: Password::new(""),
            cost: Cost::DEFAULT,
        }
    }

    /// With another cost of checking the password.
    #[must_use]
    pub const fn cost(mut self, cost: Cost) -> NewWallet {
        self.cost = cost;
        self
    }

    /// With a passphrase beside the words.
    #[must_use]
    pub fn passphrase(mut self, passphrase: impl Into<Password>) -> NewWallet {
        self.passphrase = passphrase.into();
        self
    }
}

/// A wallet of one city.
pub struct Wallet {
    client: Client<AnyTransport>,
    keystore: Mutex<Keystore>,
    chain_id: ChainId,
    purpose: ChainPurpose,
    calendar: Calendar,
    clock: AnyClock,
    age_ms_max: u64,
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet")
            .field("chain_id", &self.chain_id)
            .field("keystore", &*self.keystore())
            .finish_non_exhaustive()
    }
}

impl Wallet {
    /// A new wallet with new words, unlocked. The words are on paper before anything else is done with it: see
    /// [`Mnemonic::sheet`].
    ///
    /// # Errors
    /// When there is a wallet already, the password is too short, or it cannot be stored.
    pub fn create(
        ground: Ground,
        language: Language,
        count: WordCount,
        new: &NewWallet,
    ) -> Result<(Wallet, Mnemonic), Error> {
        let mnemonic = Mnemonic::generate(language, count)?;
        let wallet = Wallet::restore(ground, &mnemonic, new)?;
        Ok((wallet, mnemonic))
    }

    /// The wallet of these words, unlocked. Its account is found with [`Wallet::attach`].
    ///
    /// # Errors
    /// As for [`Wallet::create`].
    pub fn restore(ground: Ground, mnemonic: &Mnemonic, new: &NewWallet) -> Result<Wallet, Error> {
        let keystore = NewKeystore {
            mnemonic,
            passphrase: new.passphrase.as_str(),
            password: &new.password,
            cost: new.cost,
            label: &new.label,
        };
        let keystore = Keystore::create(Arc::clone(&ground.storage), KEYSTORE_NAME, &keystore)?;
        Wallet::on(ground, keystore)
    }

    /// A new wallet that only watches: without words, keys or password.
    ///
    /// # Errors
    /// When there is a wallet already, or it cannot be stored.
    pub fn create_watching(ground: Ground) -> Result<Wallet, Error> {
        let keystore = Keystore::create_watching(Arc::clone(&ground.storage), KEYSTORE_NAME)?;
        Wallet::on(ground, keystore)
    }

    /// The wallet that is stored, locked: balances and histories can be read; signing needs [`Wallet::unlock`].
    ///
    /// # Errors
    /// When there is none, or what is stored is damaged: a damaged wallet never looks like a new one.
    pub fn open(ground: Ground) -> Result<Wallet, Error> {
        let keystore = Keystore::open(Arc::clone(&ground.storage), KEYSTORE_NAME)?;
        Wallet::on(ground, keystore)
    }

    /// Whether a wallet is stored there, sound or not.
    ///
    /// # Errors
    /// The storage's.
    pub fn exists(storage: &dyn Storage) -> Result<bool, Error> {
        Keystore::exists(storage, KEYSTORE_NAME)
    }

    fn on(ground: Ground, keystore: Keystore) -> Result<Wallet, Error> {
        let clock = Arc::clone(&ground.clock);
        let trust = Trust::open(ground.storage, &ground.genesis)?.with_clock(move || clock());
        Ok(Wallet {
            client: Client::among(ground.nodes, trust),
            keystore: Mutex::new(keystore),
            chain_id: ground.genesis.chain_id(),
            purpose: ground.genesis.purpose,
            calendar: ground.genesis.calendar,
            clock: ground.clock,
            age_ms_max: ground.age_ms_max,
        })
    }

    /// The client beneath, for everything a wallet does not do itself: trust, nodes and their lies, lists.
    pub const fn client(&self) -> &Client<AnyTransport> {
        &self.client
    }

    /// The chain.
    pub const fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    /// The city's calendar.
    pub const fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Now, by the wallet's clock.
    pub fn now_ms(&self) -> TimestampMs {
        (self.clock)()
    }

    /// How long ago, by the wallet's clock, something was proven, in milliseconds.
    pub fn age_ms<V>(&self, verified: &Verified<V>) -> u64 {
        verified.age_ms(self.now_ms())
    }

    /// How old an answer may be, now.
    pub fn freshness(&self) -> Freshness {
        Freshness {
            now_ms: self.now_ms(),
            age_ms_max: self.age_ms_max,
        }
    }

    fn keystore(&self) -> MutexGuard<'_, Keystore> {
        // A keystore is changed in one step, so one whose user panicked is still whole.
        self.keystore.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
