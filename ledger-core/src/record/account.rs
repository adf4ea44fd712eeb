//! Accounts of people and merchants, and the history chain of everything that touched them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::hash::{Domain, Hash, hash, hash_of};
use crate::id::{ItemCode, OrganisationId, ProgrammeCode};
use crate::receipt::Posting;
use crate::record::lot::Lots;
use crate::signature::PublicKey;

/// Whose account it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person's.
    Person {
        /// The registry's salted commitment to the identity.
        identity: Hash,
    },
    /// A merchant's.
    Merchant {
        /// Minutes redeemed with it that no district has settled yet: a memo outside the supply.
        owed: Minutes,
    },
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Whose it is.
    pub kind: AccountKind,
    /// The home street.
    pub home: OrganisationId,
    /// The district of the home street.
    pub home_district: OrganisationId,
    /// The holder's key; none for a person without a phone.
    pub key: Option<PublicKey>,
    /// Programmes the holder belongs to, sorted.
    pub programmes: Vec<ProgrammeCode>,
    /// Spendable minutes.
    pub lots: Lots,
    /// Minutes held under open orders this account pays.
    pub held: Minutes,
    /// Overflow that could not be credited: a memo outside the supply.
    pub honorary: Minutes,
    /// Minutes of service given in all: a memo outside the supply.
    pub service_given: Minutes,
    /// Orders this account is recipient of that have not ended.
    pub open_orders: u16,
    /// Live kin links.
    pub kin: u16,
    /// Appointed proxies.
    pub proxies: u16,
    /// The chain over every posting that touched this account.
    pub history: History,
}

impl AccountRecord {
    /// A new account without minutes.
    pub fn new(
        kind: AccountKind,
        home: OrganisationId,
        home_district: OrganisationId,
        key: Option<PublicKey>,
    ) -> AccountRecord {
        AccountRecord {
            kind,
            home,
            home_district,
            key,
            programmes: Vec::new(),
            lots: Lots::new(),
            held: Minutes::ZERO,
            honorary: Minutes::ZERO,
            service_given: Minutes::ZERO,
            open_orders: 0,
            kin: 0,
            proxies: 0,
            history: History::EMPTY,
        }
    }

    /// Whether this is a person's account.
    pub const fn is_person(&self) -> bool {
        matches!(self.kind, AccountKind::Person { .. })
    }

    /// Spendable minutes.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn spendable(&self) -> Result<Minutes, AmountError> {
        self.lots.total()
    }
}

/// The head and length of an owner's history chain: `head = H(head ‖ H(posting))`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct History {
    /// The number of postings.
    pub length: u64,
    /// The hash over all of them in order.
    pub head: Hash,
}

impl History {
    /// Of an owner nothing has touched yet.
    pub const EMPTY: History = History {
        length: 0,
        head: Hash::ZERO,
    };

    /// With `posting` added at the end.
    ///
    /// # Errors
    /// After 2^64 postings.
    pub fn with(self, posting: &Posting) -> Result<History, AmountError> {
        let length = self.length.checked_add(1).ok_or(AmountError)?;
        let posting_hash = hash_of(Domain::Posting, posting);
        let head = hash(
            Domain::History,
            &[self.head.as_bytes(), posting_hash.as_bytes()],
        );
        Ok(History { length, head })
    }
}

/// Something a merchant gives for minutes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Item {
    /// Its code in the merchant's catalogue.
    pub code: ItemCode,
    /// Its price.
    pub minutes: Minutes,
}

/// A merchant's items, sorted by code.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ItemCatalogue {
    /// The items.
    pub items: Vec<Item>,
}
