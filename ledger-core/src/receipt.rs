//! Receipts: what a transaction, or the chain by itself, did to accounts and pools.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::hash::{Domain, Hash, hash_of};
use crate::id::{AccountId, BudgetId, Height, ItemCode, OrderId, OrganisationId, TransactionId};
use crate::record::budget::PoolId;
use crate::record::proxy::ProxyHolder;
use crate::time::{Day, Month, TimestampMs};

/// What made something happen.
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
pub enum Cause {
    /// A transaction.
    Transaction(TransactionId),
    /// The chain paid an order whose dispute window had ended.
    Settlement(OrderId),
    /// The chain let an order lapse.
    Lapse(OrderId),
    /// The chain forgot the transaction ids that expired in an hour, counted from 1970-01-01T00:00Z.
    Forgetting(u64),
    /// The chain expired an account's lots.
    Expiry(AccountId, Day),
    /// The chain ended a recovery.
    Recovery(AccountId),
    /// The chain paid the split of a dispute.
    Decision(OrderId),
    /// The chain told a district of an order that was not verified.
    Escalation(OrderId),
    /// The chain forgot an ended order.
    OrderForgetting(OrderId),
    /// The chain forgot a provider's day.
    DayForgetting(AccountId, Day),
    /// The chain closed a month.
    MonthClose(Month),
    /// The chain served those who waited for a reserve pool.
    ReserveServing(PoolId),
    /// The chain forgot that two people were kin.
    KinForgetting(AccountId, AccountId),
}

/// What holds minutes.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// An account.
    Account(AccountId),
    /// A pool.
    Pool(PoolId),
}

/// One change to one owner; what an owner's history chain hashes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Posting {
    /// The block.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
    /// What made it happen.
    pub cause: Cause,
    /// To whom.
    pub owner: Owner,
    /// What.
    pub entry: Entry,
}

/// What a posting did to its owner.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The account was opened.
    Opened,
    /// The account's key was replaced.
    KeyRotated,
    /// A kin was linked.
    KinLinked {
        /// Who.
        kin: AccountId,
    },
    /// A kin link ended.
    KinUnlinked {
        /// Who.
        kin: AccountId,
    },
    /// A kin may use this account's minutes.
    AllowanceSet {
        /// Who.
        kin: AccountId,
        /// How much in a month.
        minutes_per_month: Minutes,
    },
    /// A proxy was appointed.
    ProxyAppointed {
        /// Who.
        proxy: ProxyHolder,
    },
    /// A proxy ended.
    ProxyRevoked {
        /// Who.
        proxy: ProxyHolder,
    },
    /// Spendable minutes were held for an order.
    Held {
        /// The order.
        order: OrderId,
        /// How many.
        minutes: Minutes,
    },
    /// Held minutes became spendable again.
    Released {
        /// The order.
        order: OrderId,
        /// How many.
        minutes: Minutes,
    },
    /// Held minutes paid for an order.
    Paid {
        /// The order.
        order: OrderId,
        /// How many.
        minutes: Minutes,
    },
    /// Service was rewarded.
    Earned {
        /// The order.
        order: OrderId,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
        /// Service minutes that count as given.
        served: Minutes,
    },
    /// Minutes were given away.
    GiftSent {
        /// To whom.
        to: AccountId,
        /// How many.
        minutes: Minutes,
    },
    /// Minutes were received.
    GiftReceived {
        /// From whom.
        from: AccountId,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// Minutes were given to a pool.
    Donated {
        /// The pool.
        pool: PoolId,
        /// How many.
        minutes: Minutes,
    },
    /// A pool received a donation or an overflow.
    PoolReceived {
        /// From whom.
        from: AccountId,
        /// How many.
        minutes: Minutes,
    },
    /// A pool was filled from a budget line.
    PoolFunded {
        /// The line.
        budget: BudgetId,
        /// How many.
        minutes: Minutes,
    },
    /// Minutes were exchanged for an item.
    Redeemed {
        /// With whom.
        merchant: AccountId,
        /// For what.
        item: ItemCode,
        /// How many.
        minutes: Minutes,
    },
    /// A merchant gave an item and is owed for it.
    ItemGiven {
        /// To whom.
        holder: AccountId,
        /// What.
        item: ItemCode,
        /// How many minutes are owed for it.
        minutes: Minutes,
    },
    /// A merchant's items were replaced.
    ItemsSet,
    /// Spendable minutes expired.
    Expired {
        /// Their last day.
        day: Day,
        /// How many.
        minutes: Minutes,
    },
    /// An office granted minutes from a budget line.
    Granted {
        /// The line.
        budget: BudgetId,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// An office gave minutes of a pool.
    PoolGranted {
        /// The pool.
        pool: PoolId,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// A pool gave minutes to people.
    PoolSpent {
        /// How many.
        minutes: Minutes,
    },
    /// Training was rewarded.
    Trained {
        /// Minutes of training.
        attended: Minutes,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// Work in a campaign was rewarded.
    Campaigned {
        /// Minutes of service that count as given.
        served: Minutes,
        /// Honorary minutes, for those whom the line did not cover.
        honorary: Minutes,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// A merchant was paid for minutes it was owed.
    OwedSettled {
        /// How many.
        minutes: Minutes,
    },
    /// The account may not spend.
    Frozen,
    /// The account may spend again.
    Unfrozen,
    /// The account was closed and its minutes given away.
    Closed {
        /// How many.
        minutes: Minutes,
    },
    /// The minutes of a closed account were received.
    RestReceived {
        /// Whose.
        from: AccountId,
        /// Credited as spendable.
        credited: Minutes,
        /// Taken to repay what was owed since a reversal.
        repaid: Minutes,
        /// Beyond the cap: to the donation pool, and counted as honorary.
        overflow: Minutes,
    },
    /// The account moved.
    HomeMoved {
        /// From this street.
        from: OrganisationId,
        /// To this one.
        to: OrganisationId,
        /// With so many minutes, spendable and held.
        minutes: Minutes,
    },
    /// The account's programmes were replaced.
    ProgrammesSet,
    /// The account's legal guardian changed.
    LegalGuardianSet {
        /// Who it is now.
        guardian: Option<AccountId>,
    },
    /// The group's members changed.
    MembersSet,
    /// The account's guardians were replaced.
    GuardiansSet,
    /// A recovery was started.
    RecoveryStarted,
    /// A recovery was cancelled.
    RecoveryCancelled,
    /// A recovery replaced the account's key.
    KeyRecovered,
    /// The account did not come.
    NoShow {
        /// To which order.
        order: OrderId,
    },
    /// The account was rated.
    Rated {
        /// For which order.
        order: OrderId,
        /// With so many stars.
        stars: u8,
    },
    /// A member served for its group.
    ServedForGroup {
        /// Which.
        group: AccountId,
        /// Under which order.
        order: OrderId,
        /// Service minutes that count as given.
        served: Minutes,
    },
    /// What an order paid was taken back.
    TakenBack {
        /// The order.
        order: OrderId,
        /// Taken from what was spendable.
        recovered: Minutes,
        /// Owed from now on.
        due: Minutes,
        /// Service minutes that count as given no more.
        unserved: Minutes,
    },
    /// The payer of a reversed order got minutes back.
    MadeWhole {
        /// The order.
        order: OrderId,
        /// How many.
        minutes: Minutes,
    },
    /// A reserve pool advanced minutes to the payer of a reversed order.
    PoolAdvanced {
        /// To whom.
        to: AccountId,
        /// For which order.
        order: OrderId,
        /// How many.
        minutes: Minutes,
    },
    /// A reserve pool was repaid.
    PoolRepaid {
        /// By whom.
        from: AccountId,
        /// How many.
        minutes: Minutes,
    },
}

/// What one cause did.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Receipt {
    /// The cause.
    pub cause: Cause,
    /// Its postings, in order.
    pub postings: Vec<Posting>,
}

impl Receipt {
    /// The leaf of a block's receipts root.
    pub fn receipt_hash(&self) -> Hash {
        hash_of(Domain::Receipt, self)
    }
}
