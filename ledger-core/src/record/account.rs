//! Accounts of people, groups and merchants, and the history chain of everything that touched them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::hash::{Domain, Hash, hash, hash_of};
use crate::id::{AccountId, ItemCode, OrganisationId, ProgrammeCode};
use crate::receipt::Posting;
use crate::record::budget::PoolId;
use crate::record::daily_count::DailyCount;
use crate::record::kin::MonthlyUse;
use crate::record::lot::Lots;
use crate::record::proxy::ProxyHolder;
use crate::signature::PublicKey;
use crate::time::Month;

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
    /// A volunteer team's, which earns for all its members together.
    Group,
}

/// What an account may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Everything.
    Active,
    /// Everything but spend.
    Frozen,
    /// Nothing, for good.
    Closed,
}

/// Where minutes go that an account owes since an order was reversed. The order of variants is the order of repayment.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClawbackTo {
    /// To the reserve pool that advanced them, or whose queue waits for them.
    Reserve(PoolId),
    /// Out of the supply: they were minted.
    Void,
}

/// Minutes owed (应追回).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Clawback {
    /// To whom.
    pub to: ClawbackTo,
    /// How many; never zero in a stored list.
    pub minutes: Minutes,
}

/// From this many monthly limits on that were used and ended within one month, an account sets no new ones.
pub const ENDED_USES_MAX: usize = 32;

/// Who had a monthly limit of an account's minutes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Delegate {
    /// Kin with an allowance.
    Kin(AccountId),
    /// A proxy, and the human behind it.
    Proxy(ProxyHolder, AccountId),
}

/// What was used of a monthly limit that has ended: ending and renewing it does not wipe that out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct EndedUse {
    /// Whose the limit was.
    pub delegate: Delegate,
    /// What was used of it.
    pub used: MonthlyUse,
}

/// How others rated an account.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct RatingTotal {
    /// How often.
    pub count: u32,
    /// The sum of the stars.
    pub stars: u64,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Whose it is.
    pub kind: AccountKind,
    /// What it may do.
    pub status: AccountStatus,
    /// The home street.
    pub home: OrganisationId,
    /// The district of the home street.
    pub home_district: OrganisationId,
    /// The holder's key; none for a person without a phone.
    pub key: Option<PublicKey>,
    /// The one whose signature a minor's needs beside it; none for adults.
    pub legal_guardian: Option<AccountId>,
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
    /// Minutes of training attended in all: a memo outside the supply.
    pub training_given: Minutes,
    /// Minutes owed since an order was reversed, sorted by destination, each once: a memo outside the supply.
    pub clawback: Vec<Clawback>,
    /// How often this account did not come.
    pub no_shows: u32,
    /// How others rated it.
    pub rating: RatingTotal,
    /// Orders this account is recipient of that have not ended.
    pub open_orders: u16,
    /// Orders this account is provider or server of that have not ended.
    pub serving: u16,
    /// Live kin links.
    pub kin: u16,
    /// Appointed proxies.
    pub proxies: u16,
    /// Staff entries of which this account is the person.
    pub staff_entries: u32,
    /// What was used of monthly limits that ended, sorted by delegate, each once; what is of an earlier month goes with the
    /// next change.
    pub ended_uses: Vec<EndedUse>,
    /// The chain over every posting that touched this account.
    pub history: History,
    /// Transactions it began: as their signer, not signing beside another.
    pub transactions_begun: DailyCount,
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
            status: AccountStatus::Active,
            home,
            home_district,
            key,
            legal_guardian: None,
            programmes: Vec::new(),
            lots: Lots::new(),
            held: Minutes::ZERO,
            honorary: Minutes::ZERO,
            service_given: Minutes::ZERO,
            training_given: Minutes::ZERO,
            clawback: Vec::new(),
            no_shows: 0,
            rating: RatingTotal::default(),
            open_orders: 0,
            serving: 0,
            kin: 0,
            proxies: 0,
            staff_entries: 0,
            ended_uses: Vec::new(),
            history: History::EMPTY,
            transactions_begun: DailyCount::default(),
        }
    }

    /// Whether this is a person's account.
    pub const fn is_person(&self) -> bool {
        matches!(self.kind, AccountKind::Person { .. })
    }

    /// Keeps what was used in `month` of a limit of `delegate`'s that ends.
    pub fn end_use(&mut self, delegate: Delegate, used: MonthlyUse, month: Month) {
        self.ended_uses
            .retain(|ended| ended.used.month == month && ended.delegate != delegate);
        if used.in_month(month).is_zero() {
            return;
        }
        let at = self
            .ended_uses
            .partition_point(|ended| ended.delegate < delegate);
        self.ended_uses.insert(at, EndedUse { delegate, used });
    }

    /// What `delegate` used in `month` of a limit that ended, no longer kept here: a new limit goes on with it.
    pub fn resume_use(&mut self, delegate: Delegate, month: Month) -> MonthlyUse {
        self.ended_uses.retain(|ended| ended.used.month == month);
        let at = self
            .ended_uses
            .iter()
            .position(|ended| ended.delegate == delegate);
        at.map_or(MonthlyUse::NONE, |at| self.ended_uses.remove(at).used)
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

/// Who belongs to a group, sorted; at most [`crate::transaction::account::MEMBERS_MAX`].
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Members {
    /// People's accounts.
    pub members: Vec<AccountId>,
}
