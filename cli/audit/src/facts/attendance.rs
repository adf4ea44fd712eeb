//! Facts of training and campaigns: one record for many people.

use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Signer;

use super::Event;

/// What people took part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttendanceKind {
    /// Training.
    Training,
    /// A campaign.
    Campaign,
}

/// One record of training or of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttendanceFacts {
    /// When it was recorded.
    pub event: Event,
    /// Which of the two.
    pub kind: AttendanceKind,
    /// The district whose rules counted.
    pub district: OrganisationId,
    /// Who organised it.
    pub organiser: Signer,
    /// The people who signed beside the organiser: the social worker.
    pub attested_by: Vec<AccountId>,
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// Who took part.
    pub participants: Vec<AccountId>,
    /// Minutes for each.
    pub minutes: u64,
}
