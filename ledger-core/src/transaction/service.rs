//! Operations on service orders, from posting to verification (domain.md, "Order life").

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::hash::Hash;
use crate::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use crate::record::order::{Payer, RejectionReason};
use crate::time::TimestampMs;

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OrderTerms {
    /// Whom the service is for.
    pub recipient: AccountId,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it takes place in.
    pub district: OrganisationId,
    /// When it may begin.
    pub window_start_ms: TimestampMs,
    /// When the window ends; the order lapses the policy's time later.
    pub window_end_ms: TimestampMs,
    /// How much is reserved for it at most.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
}

/// Posts an order; its id derives from this transaction's. Signed by the recipient or a proxy; paid by kin, also by the
/// payer unless inside the payer's allowance.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct PostOrder {
    /// What is ordered.
    pub terms: OrderTerms,
}

/// Accepts a posted order. Signed by the provider.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AcceptOrder {
    /// The order.
    pub order: OrderId,
    /// Who serves.
    pub provider: AccountId,
}

/// Checks in. Signed by the provider and the recipient, a proxy, or staff of a service point of the order's district.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct StartOrder {
    /// The order.
    pub order: OrderId,
}

/// Reports the service done and claims its interval. Signed by the provider and the recipient or a proxy.
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

/// Withdraws from an order. A posted one by the poster or staff: cancelled; an accepted one by the provider: open again;
/// by the recipient or staff: cancelled.
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

/// Verifies a completed order. Signed by a social worker; above the policy's dual threshold by two.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct VerifyOrder {
    /// The order.
    pub order: OrderId,
    /// The finding.
    pub verdict: Verdict,
}

/// A paper record: posts, accepts and completes in one; then it is verified like any order. Signed by the provider and
/// the recipient or a proxy; paid by kin, also by the payer unless inside the payer's allowance.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecordService {
    /// Whom the service was for.
    pub recipient: AccountId,
    /// Who served.
    pub provider: AccountId,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// How much is claimed.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
    /// A salted commitment to evidence kept off the ledger.
    pub evidence: Hash,
}
