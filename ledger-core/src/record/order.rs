//! Service orders, the provider's days, and the tombstones of orders that ended.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::hash::Hash;
use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, StaffId};
use crate::record::lot::Lots;
use crate::time::{DAY_MS, TimestampMs};
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

/// Why an order was reversed.
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
pub enum ReversalReason {
    /// The service did not take place.
    NotServed,
    /// Someone else served.
    WrongProvider,
    /// Someone else was served.
    WrongRecipient,
    /// A key was in the wrong hands.
    StolenKey,
    /// The parties deceived the office.
    Fraud,
}

/// A side of an order.
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
pub enum Side {
    /// Whoever serves.
    Provider,
    /// Whoever is served.
    Recipient,
}

/// How long after it was paid an order can be reversed: 365 days.
pub const REVERSIBLE_MS: u64 = 365 * DAY_MS;
/// How long an ended order stays as a tombstone: until it can no longer be reversed and no back-dated service can fall on
/// the same days or in the same month.
pub const TOMBSTONE_MS: u64 = 397 * DAY_MS;
/// How long a completed order waits for verification before its district is told: 30 days.
pub const ESCALATION_MS: u64 = 30 * DAY_MS;

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
    /// Disputed; waits for an arbiter.
    Disputed,
    /// Decided; pays when the appeal window ends.
    Resolved,
    /// Paid.
    Settled,
    /// Withdrawn.
    Cancelled,
    /// Ran out of time.
    Lapsed,
    /// Not approved.
    Rejected,
    /// A party did not come.
    NoShow,
    /// Paid, and taken back.
    Reversed,
}

/// An order in the state: whole while it is open, small once it has ended.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a record is decoded, changed and encoded one at a time; a second box would only cost"
)]
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
    /// What the parties thought of each other.
    pub ratings: Ratings,
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
            OrderStage::Verified { approval, .. }
            | OrderStage::Disputed { approval, .. }
            | OrderStage::Resolved { approval, .. } => approval.minutes,
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
    /// Between the decision of a dispute and payment.
    pub appeal_window_ms: u64,
    /// Between the window's end and lapse.
    pub lapse_ms: u64,
}

/// Stars from 1 to 5 that the parties gave each other, once each.
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
pub struct Ratings {
    /// Given to the provider.
    pub of_provider: Option<u8>,
    /// Given to the recipient.
    pub of_recipient: Option<u8>,
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
        provider: Provider,
    },
    /// Checked in.
    Started {
        /// Who serves.
        provider: Provider,
        /// When check-in was recorded.
        started_ms: TimestampMs,
    },
    /// Reported done.
    Completed {
        /// What is claimed.
        claim: Claim,
        /// When the district is told unless it is verified.
        escalates_ms: TimestampMs,
        /// Whether it has been told.
        escalated: bool,
    },
    /// Approved.
    Verified {
        /// What counts.
        approval: Approval,
        /// When the dispute window ends and the chain pays.
        settles_ms: TimestampMs,
    },
    /// Disputed.
    Disputed {
        /// What counts.
        approval: Approval,
        /// The person who decided before the appeal; none in the first instance.
        appealed_from: Option<AccountId>,
    },
    /// Decided.
    Resolved {
        /// What counts.
        approval: Approval,
        /// What the provider gets of it.
        provider_minutes: Minutes,
        /// The person who decided.
        arbiter: AccountId,
        /// Whether an appeal is possible: not after one.
        appealable: bool,
        /// When the appeal window ends and the chain pays.
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
            OrderStage::Completed { .. } => OrderStatus::Completed,
            OrderStage::Verified { .. } => OrderStatus::Verified,
            OrderStage::Disputed { .. } => OrderStatus::Disputed,
            OrderStage::Resolved { .. } => OrderStatus::Resolved,
        }
    }

    /// The provider, once there is one.
    pub const fn provider(&self) -> Option<Provider> {
        match self {
            OrderStage::Posted => None,
            OrderStage::Accepted { provider } | OrderStage::Started { provider, .. } => {
                Some(*provider)
            }
            OrderStage::Completed { claim, .. } => Some(claim.provider),
            OrderStage::Verified { approval, .. }
            | OrderStage::Disputed { approval, .. }
            | OrderStage::Resolved { approval, .. } => Some(approval.claim.provider),
        }
    }
}

/// Who is paid for a service, and the person who does it: the same, or a group and one of its members.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Provider {
    /// Who is paid.
    pub account: AccountId,
    /// Who serves.
    pub server: AccountId,
}

/// What social workers found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Approval {
    /// What was claimed.
    pub claim: Claim,
    /// What counts of it.
    pub minutes: Minutes,
    /// The people who verified.
    pub verifiers: Verifiers,
}

/// The one or two people who verified.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Verifiers {
    /// The first.
    pub first: AccountId,
    /// The second, above the dual threshold.
    pub second: Option<AccountId>,
}

impl Verifiers {
    /// Whether `person` is one of them.
    pub fn contains(&self, person: AccountId) -> bool {
        self.first == person || self.second == Some(person)
    }
}

/// What a provider claims to have done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Claim {
    /// Who served.
    pub provider: Provider,
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
    pub provider: Option<Provider>,
    /// Who paid.
    pub payer: Payer,
    /// The kind of service.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// Minutes of service that count; 0 unless settled.
    pub minutes: Minutes,
    /// What a reversal needs to know of an order that was paid.
    pub paid: Option<PaidOrder>,
}

/// What a reversal needs to know of an order that was paid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct PaidOrder {
    /// When the service began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// Minutes the provider was credited for it, minted or transferred, overflow and repaid clawback included.
    pub minutes: Minutes,
    /// The home district of whoever paid, at settlement.
    pub payer_district: OrganisationId,
    /// The person who posted.
    pub poster_person: AccountId,
    /// The people who verified.
    pub verifiers: Verifiers,
    /// What the parties thought of each other.
    pub ratings: Ratings,
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
    /// The order it belongs to, or the record of a training or campaign, whose id derives from its transaction alike.
    pub order: OrderId,
}
