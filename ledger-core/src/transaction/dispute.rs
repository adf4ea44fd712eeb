//! Operations on orders about which people disagree: dispute, decision, appeal and reversal.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::OrderId;
use crate::record::order::ReversalReason;

/// Disputes a verified order before its dispute window ends. Signed by the provider, the recipient or a proxy, the payer,
/// or staff who serve the recipient's home or the order's district.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenDispute {
    /// The order.
    pub order: OrderId,
}

/// Decides a dispute. Signed by an arbiter who covers the order's district; after an appeal by one of the city, another
/// person. No arbiter has verified the order, is a party to it, or kin of one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ResolveDispute {
    /// The order.
    pub order: OrderId,
    /// What the provider gets of the approved minutes; the payer gets the rest back.
    pub provider_minutes: Minutes,
}

/// Appeals, once, against a decision before its appeal window ends. Signed by the provider, the recipient or a proxy, or
/// the payer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Appeal {
    /// The order.
    pub order: OrderId,
}

/// Takes back what a settled order paid, within 365 days, by postings that compensate. Signed by an arbiter who covers the
/// order's district and a treasurer of the district or above it, different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ReverseOrder {
    /// The order.
    pub order: OrderId,
    /// Why.
    pub reason: ReversalReason,
}
