//! Operations that record many people at once: training and campaigns.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::{AccountId, BudgetId, OrganisationId};
use crate::time::TimestampMs;

/// The most participants of one record, and the most accounts of one grant.
pub const PARTICIPANTS_MAX: usize = 1_000;

/// Who took part in what, when, and what each gets for it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Attendance {
    /// The district whose rules count.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// At most [`PARTICIPANTS_MAX`] people, each once; the order decides who is paid when a campaign's line runs out.
    pub participants: Vec<AccountId>,
    /// How much each gets.
    pub minutes: Minutes,
    /// The line that pays.
    pub budget: BudgetId,
}

/// Records a training. Signed by its organiser, who begins the transaction, and a social worker who serves the district,
/// different people. A line of purpose `Training` pays for all or the record is refused.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecordTraining {
    /// Who took part.
    pub attendance: Attendance,
}

/// Records a campaign. Signed as [`RecordTraining`]. Those whom the line of purpose `Campaign` no longer covers, in list
/// order, get honorary minutes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecordCampaign {
    /// Who took part.
    pub attendance: Attendance,
}
