//! Operations on value: gifts, donations, grants, merchants and redemption.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::{AccountId, BudgetId, ItemCode, OrganisationId, ProgrammeCode};
use crate::record::account::Item;
use crate::record::budget::PoolId;
use crate::signature::PublicKey;
use crate::time::Day;

/// The most items a merchant's catalogue holds.
pub const ITEMS_MAX: usize = 200;

/// Gives minutes to linked kin. Signed by the holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Gift {
    /// Who gives.
    pub from: AccountId,
    /// Who receives.
    pub to: AccountId,
    /// How much.
    pub minutes: Minutes,
}

/// Gives minutes to a donation pool. Signed by the holder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Donate {
    /// Who gives.
    pub from: AccountId,
    /// A donation pool.
    pub pool: PoolId,
    /// How much.
    pub minutes: Minutes,
}

/// Opens a merchant's account; its id derives from this transaction's. Signed by two treasurers of the home street or
/// above it, different people, and the merchant's new key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RegisterMerchant {
    /// The street it trades in.
    pub home: OrganisationId,
    /// Its key.
    pub key: PublicKey,
}

/// Replaces a merchant's items. Signed by the merchant and a treasurer of its home street or above it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetItems {
    /// The merchant's account.
    pub merchant: AccountId,
    /// At most [`ITEMS_MAX`], sorted by code, each code once.
    pub items: Vec<Item>,
}

/// Exchanges minutes for an item. Signed by the holder or a proxy, and the merchant.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Redeem {
    /// Whose minutes.
    pub holder: AccountId,
    /// The merchant's account.
    pub merchant: AccountId,
    /// The item.
    pub item: ItemCode,
    /// The item's price, so that a change of price cannot surprise.
    pub minutes: Minutes,
}

/// Who gets minutes from an office, and how they expire.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Grantees {
    /// The programme every one of them belongs to.
    pub programme: ProgrammeCode,
    /// Sorted, each once, at most [`crate::transaction::attendance::PARTICIPANTS_MAX`].
    pub accounts: Vec<AccountId>,
    /// How much each gets.
    pub minutes: Minutes,
    /// The last day on which it can be spent; none: it does not expire.
    pub expiry: Option<Day>,
}

/// Mints minutes for people of a programme. Signed by two treasurers who cover the line's scope, different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Grant {
    /// The line, of purpose `Grant`.
    pub budget: BudgetId,
    /// To whom: people at home within the line's scope.
    pub grantees: Grantees,
}

/// Gives minutes of a donation or grant pool to people of a programme. Signed by two treasurers who cover the pool's
/// organisation, different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SpendPool {
    /// The pool.
    pub pool: PoolId,
    /// To whom: people at home within the pool's organisation.
    pub grantees: Grantees,
}

/// Records that a merchant was paid for minutes it is owed. Signed by two treasurers who cover its home street, different
/// people, and the merchant.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SettleMerchant {
    /// The merchant's account.
    pub merchant: AccountId,
    /// How many of the minutes owed.
    pub minutes: Minutes,
}
