//! Operations on value: gifts, donations, grants, pools, merchants and redemption.

use crate::id::{AccountId, BudgetId, ItemCode, Key, OrganisationId, PoolId, ProgrammeCode};
use crate::time::{Day, Minutes};

/// Gives minutes to linked kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    /// Who gives.
    pub from: AccountId,
    /// Who receives.
    pub to: AccountId,
    /// How much.
    pub minutes: Minutes,
}

/// Gives minutes to a donation pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Donate {
    /// Who gives.
    pub from: AccountId,
    /// The pool.
    pub pool: PoolId,
    /// How much.
    pub minutes: Minutes,
}

/// Mints minutes for people of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which line mints.
    pub budget: BudgetId,
    /// The programme they all belong to.
    pub programme: ProgrammeCode,
    /// Sorted, each once.
    pub accounts: Vec<AccountId>,
    /// How much for each.
    pub minutes: Minutes,
    /// The last day on which they can be spent.
    pub expiry: Option<Day>,
}

/// Gives a pool's minutes to people of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendPool {
    /// A donation or grant pool.
    pub pool: PoolId,
    /// The programme they all belong to.
    pub programme: ProgrammeCode,
    /// Sorted, each once.
    pub accounts: Vec<AccountId>,
    /// How much for each.
    pub minutes: Minutes,
    /// The last day on which they can be spent.
    pub expiry: Option<Day>,
}

/// Opens a merchant's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterMerchant {
    /// The id the account gets.
    pub account: AccountId,
    /// The street it trades in.
    pub home: OrganisationId,
    /// Its key.
    pub key: Key,
}

/// Replaces a merchant's items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetItems {
    /// The merchant.
    pub merchant: AccountId,
    /// Code and price, sorted by code, each code once.
    pub items: Vec<(ItemCode, Minutes)>,
}

/// Exchanges minutes for an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeem {
    /// Whose minutes.
    pub holder: AccountId,
    /// The merchant.
    pub merchant: AccountId,
    /// The item.
    pub item: ItemCode,
    /// Its price.
    pub minutes: Minutes,
}

/// Notes that a district has paid what it owed a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleMerchant {
    /// The merchant.
    pub merchant: AccountId,
    /// How much of it.
    pub minutes: Minutes,
}
