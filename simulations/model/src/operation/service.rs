//! Operations on service orders, activities and disputes.

use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, Signer};
use crate::time::{Milliseconds, Minutes};

/// Who pays for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The recipient.
    Recipient,
    /// A kin of the recipient.
    Kin(AccountId),
    /// A budget line; settlement mints.
    Budget(BudgetId),
}

/// Posts an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostOrder {
    /// The id the order gets.
    pub order: OrderId,
    /// Whom the service is for.
    pub recipient: AccountId,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it takes place in.
    pub district: OrganisationId,
    /// When it may begin.
    pub window_start_ms: Milliseconds,
    /// Before when it must begin.
    pub window_end_ms: Milliseconds,
    /// How much is reserved at most.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
}

/// Accepts a posted order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptOrder {
    /// The order.
    pub order: OrderId,
    /// Who earns: a person or a group.
    pub provider: AccountId,
    /// For a group, the member who serves.
    pub member: Option<AccountId>,
}

/// Checks in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOrder {
    /// The order.
    pub order: OrderId,
}

/// Reports the service done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteOrder {
    /// The order.
    pub order: OrderId,
    /// When the service began.
    pub start_ms: Milliseconds,
    /// When it ended (exclusive).
    pub end_ms: Milliseconds,
}

/// Withdraws from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelOrder {
    /// The order.
    pub order: OrderId,
}

/// One of the two sides of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Who serves.
    Provider,
    /// Who is served.
    Recipient,
}

/// Reports that one side did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportNoShow {
    /// The order.
    pub order: OrderId,
    /// Who did not come.
    pub absent: Side,
}

/// What a social worker found. The reason of a rejection changes nothing the model knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It happened; this many minutes count.
    Approved(Minutes),
    /// It did not, or not so.
    Rejected,
}

/// Verifies a completed order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyOrder {
    /// The order.
    pub order: OrderId,
    /// The finding.
    pub verdict: Verdict,
}

/// A paper record: posts, accepts and completes in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordService {
    /// The id the order gets.
    pub order: OrderId,
    /// Whom the service was for.
    pub recipient: AccountId,
    /// Who earns.
    pub provider: AccountId,
    /// For a group, the member who served.
    pub member: Option<AccountId>,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: Milliseconds,
    /// When it ended (exclusive).
    pub end_ms: Milliseconds,
    /// How much is claimed.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
}

/// A training or a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordActivity {
    /// Who organised it: an account or a staff entry.
    pub organiser: Signer,
    /// The district it took place in.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: Milliseconds,
    /// When it ended (exclusive).
    pub end_ms: Milliseconds,
    /// In list order, each once.
    pub participants: Vec<AccountId>,
    /// How much for each.
    pub minutes: Minutes,
    /// Which line mints.
    pub budget: BudgetId,
}

/// Rates one side of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateOrder {
    /// The order.
    pub order: OrderId,
    /// Who is rated.
    pub of: Side,
    /// 1 to 5.
    pub stars: u8,
}

/// Contests a verified order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDispute {
    /// The order.
    pub order: OrderId,
}

/// Decides a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveDispute {
    /// The order.
    pub order: OrderId,
    /// How much the provider gets.
    pub provider_minutes: Minutes,
}

/// Takes a first decision to the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// The order.
    pub order: OrderId,
}

/// Takes a paid order back. Its reason changes nothing the model knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseOrder {
    /// The order.
    pub order: OrderId,
}
