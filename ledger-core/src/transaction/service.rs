//! Operations on service orders, from posting to verification.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use crate::record::order::{Payer, RejectionReason, Side};
use crate::time::{DAY_MS, TimestampMs};

/// The longest an order's window may be: 31 days.
pub const WINDOW_MS_MAX: u64 = 31 * DAY_MS;
/// The furthest the end of an order's window may lie after block time: 366 days, because minutes are held that long.
pub const WINDOW_AHEAD_MS_MAX: u64 = 366 * DAY_MS;

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OrderTerms {
    /// Whom the service is for.
    pub recipient: AccountId,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it takes place in.
    pub district: OrganisationId,
    /// When it may begin; before the window's end.
    pub window_start_ms: TimestampMs,
    /// Before when it must begin: not past, at most [`WINDOW_AHEAD_MS_MAX`] ahead and [`WINDOW_MS_MAX`] after the start.
    /// The order lapses the policy's time later.
    pub window_end_ms: TimestampMs,
    /// How much is reserved for it at most.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
}

/// Posts an order; its id derives from this transaction's. Signed by the recipient or a proxy; paid by kin, also by the
/// payer unless inside the payer's allowance. The payer's minutes are held, or the budget line's reserved.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct PostOrder {
    /// What is ordered.
    pub terms: OrderTerms,
}

/// Accepts a posted order. Signed by the provider: a person, but neither the recipient nor the one who posted it; or a
/// group and the member who will serve.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AcceptOrder {
    /// The order.
    pub order: OrderId,
    /// Who serves, and is paid.
    pub provider: AccountId,
    /// The member who serves for a group; none when the provider is a person.
    pub member: Option<AccountId>,
}

/// Checks in, from the window's start on. Signed by the provider and by the recipient, a proxy, or a registrar, clerk or
/// social worker of a service point in the order's district. An order that has started does not lapse.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct StartOrder {
    /// The order.
    pub order: OrderId,
}

/// Reports the service done and claims its interval: the lesser of the order's minutes and the interval's, by the
/// quantum. Signed by the provider and the recipient or a proxy, who is not the provider.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CompleteOrder {
    /// The order.
    pub order: OrderId,
    /// When the service began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// A salted commitment to evidence kept off the ledger.
    pub evidence: Hash,
}

/// Withdraws from an order. A posted one: signed by the recipient, a proxy or staff, and then cancelled. An accepted one:
/// by the provider, and then open again; or by the recipient, a proxy or staff, and then cancelled. A started one that can
/// no longer be completed: by the recipient, a proxy or staff. Staff are registrars, clerks and social workers who serve
/// the recipient's home or the order's district.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CancelOrder {
    /// The order.
    pub order: OrderId,
}

/// What a social worker found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It happened; this many minutes count.
    Approved(Minutes),
    /// It did not, or not so.
    Rejected(RejectionReason),
}

/// Verifies a completed order. Signed by a social worker who serves the recipient's home or the order's district and is
/// no party to the order; above the policy's dual threshold by two, who are different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct VerifyOrder {
    /// The order.
    pub order: OrderId,
    /// The finding.
    pub verdict: Verdict,
}

/// A paper record: posts, accepts and completes in one; then it is verified like any order. Signed by the provider and
/// the recipient or a proxy, who is not the provider; paid by kin, also by the payer unless inside the payer's allowance.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecordService {
    /// Whom the service was for.
    pub recipient: AccountId,
    /// Who served, and is paid.
    pub provider: AccountId,
    /// The member who served for a group; none when the provider is a person.
    pub member: Option<AccountId>,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// How much is claimed: at most the interval's minutes.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
    /// A salted commitment to evidence kept off the ledger.
    pub evidence: Hash,
}

/// Reports that a party to an accepted order did not come, once the window has begun. Signed by the other party (the
/// recipient or a proxy, the one who was to serve), or by staff who serve the recipient's home or the order's district.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ReportNoShow {
    /// The order.
    pub order: OrderId,
    /// Who did not come.
    pub absent: Side,
}

/// The best rating.
pub const STARS_MAX: u8 = 5;

/// Rates a party to an order whose service is done, once. Signed by the other party.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RateOrder {
    /// The order.
    pub order: OrderId,
    /// Who is rated.
    pub rated: Side,
    /// From 1 to [`STARS_MAX`].
    pub stars: u8,
}
