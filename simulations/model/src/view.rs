//! What the model shows, for comparison with the ledger.

use crate::id::{AccountId, Key, OrganisationId, PoolId, ProgrammeCode};
use crate::operation::government::Purpose;
use crate::time::{Day, Milliseconds, Minutes, Month};
use std::collections::BTreeMap;

/// Where minutes came from; in this order they are spent on the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Granted by an office.
    Granted,
    /// Earned, or received from others.
    Earned,
}

/// Minutes of one source and one expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Where they came from.
    pub source: Source,
    /// The last day on which they can be spent.
    pub expiry: Option<Day>,
    /// How many; never zero.
    pub minutes: Minutes,
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person's.
    Person,
    /// A volunteer team's.
    Group,
    /// A merchant's.
    Merchant,
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything.
    Active,
    /// Not spend.
    Frozen,
    /// Nothing.
    Closed,
}

/// Where clawback due goes when it is repaid; in this order it is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// Into the reserve pool that advanced it, or whose queue waits for it.
    Pool(PoolId),
    /// Out of the supply: it had been minted.
    Void,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Whose it is.
    pub kind: Kind,
    /// What it may do.
    pub status: Status,
    /// The home street.
    pub home: OrganisationId,
    /// Its district.
    pub home_district: OrganisationId,
    /// The holder's key.
    pub key: Option<Key>,
    /// Of a minor, who co-signs.
    pub legal_guardian: Option<AccountId>,
    /// Spendable minutes, in the order in which they are spent.
    pub lots: Vec<Lot>,
    /// Minutes held under open orders this account pays.
    pub held: Minutes,
    /// Overflow that could not be credited.
    pub honorary: Minutes,
    /// Minutes of service given in all.
    pub service_given: Minutes,
    /// Minutes of training in all.
    pub training_given: Minutes,
    /// What is to be repaid, by destination.
    pub clawback_due: BTreeMap<Destination, Minutes>,
    /// How often it was rated.
    pub rating_count: u64,
    /// The stars in all.
    pub rating_sum: u64,
    /// How often it did not come.
    pub no_shows: u64,
    /// Programmes, sorted.
    pub programmes: Vec<ProgrammeCode>,
    /// Orders it is recipient of that have not ended.
    pub open_orders: u64,
    /// Of a merchant: what the districts owe it.
    pub owed: Minutes,
}

impl AccountView {
    /// All spendable minutes.
    pub fn spendable(&self) -> Minutes {
        self.lots.iter().map(|lot| lot.minutes).sum()
    }
}

/// "issued = Σ spendable + Σ held + Σ pools + redeemed + expired + voided".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupplyView {
    /// Minted by service orders.
    pub issued_service: Minutes,
    /// Minted by grants.
    pub issued_grant: Minutes,
    /// Minted by trainings.
    pub issued_training: Minutes,
    /// Minted by campaigns.
    pub issued_campaign: Minutes,
    /// Minted into pools.
    pub issued_fund: Minutes,
    /// In accounts, free.
    pub spendable: Minutes,
    /// In accounts, under orders.
    pub held: Minutes,
    /// In pools.
    pub pools: Minutes,
    /// Exchanged for goods.
    pub redeemed: Minutes,
    /// Past their last day.
    pub expired: Minutes,
    /// Minted and taken back.
    pub voided: Minutes,
}

impl SupplyView {
    /// Everything ever minted.
    pub const fn issued(&self) -> Minutes {
        self.issued_service
            + self.issued_grant
            + self.issued_training
            + self.issued_campaign
            + self.issued_fund
    }

    /// Where it all is.
    pub const fn accounted(&self) -> Minutes {
        self.spendable + self.held + self.pools + self.redeemed + self.expired + self.voided
    }
}

/// A budget line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetView {
    /// Whose people and orders it may pay for.
    pub scope: OrganisationId,
    /// What it may mint for.
    pub purpose: Purpose,
    /// How much in all.
    pub minutes: Minutes,
    /// Reserved for open orders.
    pub reserved: Minutes,
    /// Minted.
    pub used: Minutes,
    /// The last day on which it may be used.
    pub last_day: Day,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderStatus {
    /// Waiting for a provider.
    Posted,
    /// A provider has accepted.
    Accepted,
    /// Checked in.
    Started,
    /// Reported done.
    Completed,
    /// Approved.
    Verified,
    /// Contested.
    Disputed,
    /// Decided, open to appeal.
    Resolved,
    /// Paid.
    Settled,
    /// Taken back.
    Reversed,
    /// Withdrawn.
    Cancelled,
    /// Nobody came forward, or nobody reported it.
    Lapsed,
    /// One side did not come.
    NoShow,
    /// Not approved.
    Rejected,
}

/// An order, open or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Where it stands.
    pub status: OrderStatus,
    /// Whom it serves.
    pub recipient: AccountId,
    /// Who earns, once there is one.
    pub provider: Option<AccountId>,
    /// Who serves, once there is one: the provider or a member of it.
    pub server: Option<AccountId>,
    /// Minutes held or reserved for it.
    pub reserved: Minutes,
    /// Minutes approved, or decided.
    pub approved: Minutes,
    /// Minutes credited or minted at settlement; 0 until then.
    pub paid: Minutes,
    /// Whether it was escalated to the district.
    pub escalated: bool,
    /// When it ended.
    pub ended_ms: Option<Milliseconds>,
}

/// Minutes of one district, or of the city's own pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DistrictSupply {
    /// Spendable and held minutes of accounts at home there, and its organisations' pools.
    pub opening: Minutes,
    /// The same at the end of the month.
    pub closing: Minutes,
    /// Minutes granted to accounts at home there.
    pub grants: Minutes,
    /// Minutes that expired in accounts at home there.
    pub expired: Minutes,
}

/// A month's clearing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClearingView {
    /// `D[i][j]`: minutes of payers of `i` for services and goods in `j`, reversals counted back.
    pub flows: BTreeMap<(OrganisationId, OrganisationId), i64>,
    /// `M[i][j]`: balances carried from `i` to `j`.
    pub moved: BTreeMap<(OrganisationId, OrganisationId), Minutes>,
    /// By district.
    pub supply: BTreeMap<OrganisationId, DistrictSupply>,
    /// Auditors' people who co-signed.
    pub cosigned: Vec<AccountId>,
    /// Whether the month is over.
    pub closed: bool,
}

impl ClearingView {
    /// "Net_i = Σ_{j≠i} D[j][i] − Σ_{j≠i} D[i][j], so Σ Net = 0".
    pub fn nets(&self) -> BTreeMap<OrganisationId, i64> {
        let mut nets = BTreeMap::new();
        for (&(from, to), &minutes) in &self.flows {
            if from != to {
                *nets.entry(from).or_insert(0) -= minutes;
                *nets.entry(to).or_insert(0) += minutes;
            }
        }
        nets
    }
}

/// The month a clearing is about, next to it: what [`crate::id`] calls things, `Month` counts from the year 0.
pub type Clearings = BTreeMap<Month, ClearingView>;
