//! Service orders, the provider's days, and the tombstones of orders that ended.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::hash::Hash;
use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, StaffId};
use crate::record::lot::Lots;
use crate::time::TimestampMs;
use crate::transaction::Signer;

/// Who pays for an order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The recipient.
    Recipient,
    /// A kin of the recipient, by account.
    Kin(AccountId),
    /// A budget line; settlement mints.
    Budget(BudgetId),
}

/// From where an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// Minutes held in an account; settlement transfers them.
    Account(AccountId),
    /// Minutes reserved on a budget line; settlement mints them.
    Budget(BudgetId),
}

/// Why a social worker did not approve.
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
pub enum RejectionReason {
    /// The service did not take place.
    NotServed,
    /// Someone else served.
    WrongProvider,
    /// Someone else was served.
    WrongRecipient,
    /// The times are not right.
    WrongTimes,
    /// The evidence does not show it.
    EvidenceInsufficient,
}

/// Where an order stands.
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
pub enum OrderStatus {
    /// Waiting for a provider.
    Posted,
    /// A provider has accepted.
    Accepted,
    /// Checked in; cannot lapse.
    Started,
    /// Reported done; waits for verification.
    Completed,
    /// Approved; pays when the dispute window ends.
    Verified,
    /// Paid.
    Settled,
    /// Withdrawn.
    Cancelled,
    /// Ran out of time.
    Lapsed,
    /// Not approved.
    Rejected,
}

/// An order in the state: whole while it is open, small once it has ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRecord {
    /// Not ended.
    Open(Box<OpenOrder>),
    /// Ended.
    Ended(EndedOrder),
}

impl OrderRecord {
    /// Where the order stands.
    pub fn status(&self) -> OrderStatus {
        match self {
            OrderRecord::Open(order) => order.stage.status(),
            OrderRecord::Ended(order) => order.status,
        }
    }
}

/// An order that has not ended. The payer's held minutes, or what the budget line has reserved for it, always cover what
/// it will pay, so that settlement cannot fail.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenOrder {
    /// Whom it serves.
    pub recipient: AccountId,
    /// Who signed for the recipient: the recipient itself or a proxy.
    pub poster: Signer,
    /// The person behind `poster`.
    pub poster_person: AccountId,
    /// The kind of service.
    pub service: ServiceCode,
    /// The district it takes place in.
    pub district: OrganisationId,
    /// When it may begin.
    pub window_start_ms: TimestampMs,
    /// When the window ends.
    pub window_end_ms: TimestampMs,
    /// Reserved at most.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
    /// The payer's minutes, by the lots they came from; empty when a budget line pays.
    pub held: Lots,
    /// Parameters of the order's district, copied at posting.
    pub terms: CopiedTerms,
    /// Staff who signed in the recipient's place, in order: none of them may verify.
    pub clerks: Vec<ClerkSignature>,
    /// How far it has come.
    pub stage: OrderStage,
}

impl OpenOrder {
    /// When it lapses unless it has started.
    pub const fn lapses_ms(&self) -> TimestampMs {
        self.window_end_ms.plus_ms(self.terms.lapse_ms)
    }

    /// From where it is paid.
    pub const fn funds(&self) -> Funds {
        match self.payer {
            Payer::Recipient => Funds::Account(self.recipient),
            Payer::Kin(kin) => Funds::Account(kin),
            Payer::Budget(line) => Funds::Budget(line),
        }
    }

    /// What the budget line has reserved for it: what it will mint at most; nothing when people pay.
    ///
    /// # Errors
    /// When the product does not fit; the bounds of the catalogue keep it far below.
    pub fn reserved(&self) -> Result<Minutes, AmountError> {
        let minutes = match self.stage {
            OrderStage::Verified { approved, .. } => approved,
            _ => self.minutes,
        };
        match self.funds() {
            Funds::Budget(_) => minutes.percent(self.terms.multiplier_percent),
            Funds::Account(_) => Ok(Minutes::ZERO),
        }
    }
}

/// A member of staff who signed in the recipient's place, and where that person works.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ClerkSignature {
    /// The clerk.
    pub clerk: StaffId,
    /// The person behind it.
    pub person: AccountId,
    /// As what.
    pub part: ClerkPart,
}

/// As what a member of staff signed in the recipient's place.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ClerkPart {
    /// As the recipient's proxy; nobody of the same organisation may verify either.
    Proxy,
    /// At check-in, as staff of a service point.
    CheckIn,
}

/// Policy parameters and catalogue values copied when an order is posted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CopiedTerms {
    /// Minutes are multiples of this.
    pub quantum: Minutes,
    /// Minted minutes are this percentage of the approved ones.
    pub multiplier_percent: u16,
    /// The shortest service of this code.
    pub minutes_min: Minutes,
    /// The longest service of this code.
    pub minutes_max: Minutes,
    /// How far back the start may lie when completion is reported.
    pub backdating_days: u32,
    /// Above this, two social workers verify.
    pub dual_verification_above: Minutes,
    /// Between verification and payment.
    pub dispute_window_ms: u64,
    /// Between the window's end and lapse.
    pub lapse_ms: u64,
}

/// How far an open order has come, with what is known at that stage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Waiting for a provider.
    Posted,
    /// A provider has accepted.
    Accepted {
        /// Who.
        provider: AccountId,
    },
    /// Checked in.
    Started {
        /// Who serves.
        provider: AccountId,
        /// When check-in was recorded.
        started_ms: TimestampMs,
    },
    /// Reported done.
    Completed(Claim),
    /// Approved.
    Verified {
        /// What was claimed.
        claim: Claim,
        /// What counts.
        approved: Minutes,
        /// When the dispute window ends and the chain pays.
        settles_ms: TimestampMs,
    },
}

impl OrderStage {
    /// The status of this stage.
    pub const fn status(&self) -> OrderStatus {
        match self {
            OrderStage::Posted => OrderStatus::Posted,
            OrderStage::Accepted { .. } => OrderStatus::Accepted,
            OrderStage::Started { .. } => OrderStatus::Started,
            OrderStage::Completed(_) => OrderStatus::Completed,
            OrderStage::Verified { .. } => OrderStatus::Verified,
        }
    }

    /// The provider, once there is one.
    pub const fn provider(&self) -> Option<AccountId> {
        match self {
            OrderStage::Posted => None,
            OrderStage::Accepted { provider } | OrderStage::Started { provider, .. } => {
                Some(*provider)
            }
            OrderStage::Completed(claim) | OrderStage::Verified { claim, .. } => {
                Some(claim.provider)
            }
        }
    }
}

/// What a provider claims to have done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Claim {
    /// Who served.
    pub provider: AccountId,
    /// When the service began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// Minutes claimed: the lesser of the order's and the interval's, by the quantum.
    pub minutes: Minutes,
    /// A salted commitment to evidence kept off the ledger.
    pub evidence: Hash,
}

/// What remains of an order that ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct EndedOrder {
    /// How it ended.
    pub status: OrderStatus,
    /// When.
    pub ended_ms: TimestampMs,
    /// Whom it served.
    pub recipient: AccountId,
    /// Who served, if anyone had accepted.
    pub provider: Option<AccountId>,
    /// Who paid.
    pub payer: Payer,
    /// The district it took place in.
    pub district: OrganisationId,
    /// Minutes paid by the payer, or approved for minting; 0 unless settled.
    pub minutes: Minutes,
}

/// One calendar day of a provider: what is claimed on it. Intervals that cross midnight appear in both days.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ProviderDay {
    /// Claimed intervals, sorted by start; they never overlap.
    pub intervals: Vec<ClaimedInterval>,
}

/// A claimed interval `[start, end)` and the minutes of it that count towards this day's limit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ClaimedInterval {
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// Minutes that count towards this day's limit.
    pub minutes: Minutes,
    /// The order it belongs to.
    pub order: OrderId,
}
