//! Policy parameters with their directions and defaults, and the catalogue of services.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::id::ProgrammeCode;
use crate::planted::{self, Planted};
use crate::time::{DAY_MS, Day};

/// In which direction a district may tighten the city's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A lower number is tighter.
    Lower,
    /// A lower number is tighter, but 0 means without limit and is the loosest.
    LowerOrOff,
    /// A higher number is tighter.
    Higher,
    /// A subset of the programmes is tighter; the empty set means everyone and is the loosest.
    Subset,
    /// Only the city sets it.
    CityOnly,
}

/// A policy parameter.
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
pub enum PolicyParameter {
    /// Minutes a person may have, spendable and held.
    Cap,
    /// Minutes a provider may earn for one day.
    DailyLimit,
    /// Minutes of service are multiples of this.
    Quantum,
    /// Minutes a person must have, spendable, before redeeming.
    RedemptionThreshold,
    /// Programmes of which a person must belong to one to redeem; empty: everyone.
    RedemptionProgrammes,
    /// Days the start of a service may lie back.
    BackdatingDays,
    /// Milliseconds between verification and payment.
    DisputeWindowMs,
    /// Milliseconds between the end of an order's window and its lapse.
    OrderLapseMs,
    /// Minutes a proxy may commit in a month, whatever its appointment says.
    ProxyMonthlyLimit,
    /// Minutes above which two social workers verify.
    DualVerificationAbove,
    /// Minutes one provider may serve one recipient in a month.
    PairMonthlyLimit,
    /// Transactions a person may sign first in a day.
    PersonTransactionsPerDay,
    /// Transactions a staff entry may sign first in a day.
    StaffTransactionsPerDay,
    /// Orders of one recipient that have not ended.
    OpenOrdersMax,
    /// Kin of one person.
    KinMax,
    /// Proxies of one person.
    ProxiesMax,
    /// Milliseconds between the decision of a dispute and payment.
    AppealWindowMs,
    /// Days after which minutes earned by service, training or campaign expire; 0: never.
    EarnedExpiryDays,
    /// Percentage of training that is credited.
    TrainingCreditablePercent,
    /// Whether groups may spend: 1 or 0.
    GroupMaySpend,
    /// Milliseconds a recovery waits at least.
    RecoveryDelayMs,
}

impl PolicyParameter {
    /// Every parameter, in declaration order.
    pub const ALL: [PolicyParameter; 21] = [
        PolicyParameter::Cap,
        PolicyParameter::DailyLimit,
        PolicyParameter::Quantum,
        PolicyParameter::RedemptionThreshold,
        PolicyParameter::RedemptionProgrammes,
        PolicyParameter::BackdatingDays,
        PolicyParameter::DisputeWindowMs,
        PolicyParameter::OrderLapseMs,
        PolicyParameter::ProxyMonthlyLimit,
        PolicyParameter::DualVerificationAbove,
        PolicyParameter::PairMonthlyLimit,
        PolicyParameter::PersonTransactionsPerDay,
        PolicyParameter::StaffTransactionsPerDay,
        PolicyParameter::OpenOrdersMax,
        PolicyParameter::KinMax,
        PolicyParameter::ProxiesMax,
        PolicyParameter::AppealWindowMs,
        PolicyParameter::EarnedExpiryDays,
        PolicyParameter::TrainingCreditablePercent,
        PolicyParameter::GroupMaySpend,
        PolicyParameter::RecoveryDelayMs,
    ];

    /// In which direction a district may tighten it.
    pub const fn direction(self) -> Direction {
        match self {
            PolicyParameter::Cap
            | PolicyParameter::DailyLimit
            | PolicyParameter::BackdatingDays
            | PolicyParameter::OrderLapseMs
            | PolicyParameter::ProxyMonthlyLimit
            | PolicyParameter::DualVerificationAbove
            | PolicyParameter::PairMonthlyLimit
            | PolicyParameter::OpenOrdersMax
            | PolicyParameter::KinMax
            | PolicyParameter::ProxiesMax
            | PolicyParameter::TrainingCreditablePercent
            | PolicyParameter::GroupMaySpend => Direction::Lower,
            PolicyParameter::EarnedExpiryDays => Direction::LowerOrOff,
            PolicyParameter::Quantum
            | PolicyParameter::RedemptionThreshold
            | PolicyParameter::DisputeWindowMs
            | PolicyParameter::AppealWindowMs
            | PolicyParameter::RecoveryDelayMs => Direction::Higher,
            PolicyParameter::RedemptionProgrammes => Direction::Subset,
            PolicyParameter::PersonTransactionsPerDay
            | PolicyParameter::StaffTransactionsPerDay => Direction::CityOnly,
        }
    }

    /// The value where nobody has set one.
    pub fn default_value(self) -> PolicyValue {
        let number = match self {
            PolicyParameter::Cap => 90_000,
            PolicyParameter::DailyLimit => 480,
            PolicyParameter::Quantum => 15,
            PolicyParameter::RedemptionThreshold => 0,
            PolicyParameter::RedemptionProgrammes => return PolicyValue::Programmes(Vec::new()),
            PolicyParameter::BackdatingDays => 30,
            PolicyParameter::DisputeWindowMs => 3 * DAY_MS,
            PolicyParameter::OrderLapseMs => 30 * DAY_MS,
            PolicyParameter::ProxyMonthlyLimit => 1_200,
            PolicyParameter::DualVerificationAbove => 480,
            PolicyParameter::PairMonthlyLimit => 3_600,
            PolicyParameter::PersonTransactionsPerDay => 200,
            PolicyParameter::StaffTransactionsPerDay => 20_000,
            PolicyParameter::OpenOrdersMax => 20,
            PolicyParameter::KinMax => 12,
            PolicyParameter::ProxiesMax => 3,
            PolicyParameter::AppealWindowMs => 7 * DAY_MS,
            PolicyParameter::EarnedExpiryDays => 0,
            PolicyParameter::TrainingCreditablePercent => 100,
            PolicyParameter::GroupMaySpend => 0,
            PolicyParameter::RecoveryDelayMs => 3 * DAY_MS,
        };
        PolicyValue::Number(number)
    }

    /// The numbers it may take: least and greatest. Programmes have none.
    pub const fn bounds(self) -> (u64, u64) {
        match self {
            PolicyParameter::Cap => (0, 10_000_000),
            PolicyParameter::DailyLimit => (0, 1_440),
            PolicyParameter::Quantum => (1, 480),
            PolicyParameter::RedemptionThreshold => (0, 10_000_000),
            PolicyParameter::RedemptionProgrammes => (0, 0),
            PolicyParameter::BackdatingDays => (0, 365),
            PolicyParameter::DisputeWindowMs => (0, 366 * DAY_MS),
            PolicyParameter::OrderLapseMs => (0, 366 * DAY_MS),
            PolicyParameter::ProxyMonthlyLimit => (0, 44_640),
            PolicyParameter::DualVerificationAbove => (0, 1_440),
            PolicyParameter::PairMonthlyLimit => (0, 44_640),
            PolicyParameter::PersonTransactionsPerDay => (1, 100_000),
            PolicyParameter::StaffTransactionsPerDay => (1, 10_000_000),
            PolicyParameter::OpenOrdersMax => (0, 1_000),
            PolicyParameter::KinMax => (0, 100),
            PolicyParameter::ProxiesMax => (0, 20),
            PolicyParameter::AppealWindowMs => (0, 366 * DAY_MS),
            PolicyParameter::EarnedExpiryDays => (0, 36_500),
            PolicyParameter::TrainingCreditablePercent => (0, 100),
            PolicyParameter::GroupMaySpend => (0, 1),
            PolicyParameter::RecoveryDelayMs => (0, 30 * DAY_MS),
        }
    }
}

/// The most programmes a policy value names.
pub const PROGRAMMES_MAX: usize = 64;

/// The most values of one parameter, or entries of one service code, that may be scheduled for days to come.
pub const SCHEDULED_MAX: usize = 16;

/// The most entries a history keeps; the oldest, which act no more, make room.
pub const HISTORY_MAX: usize = 64;

/// The value of a policy parameter.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyValue {
    /// A number of minutes, days, milliseconds or things.
    Number(u64),
    /// Programme codes, sorted, each once, at most [`PROGRAMMES_MAX`].
    Programmes(Vec<ProgrammeCode>),
}

impl PolicyValue {
    /// Whether this is a value `parameter` may take.
    pub fn fits(&self, parameter: PolicyParameter) -> bool {
        match (self, parameter) {
            (PolicyValue::Programmes(programmes), PolicyParameter::RedemptionProgrammes) => {
                programmes.len() <= PROGRAMMES_MAX
                    && programmes.is_sorted_by(|left, right| left < right)
            }
            (_, PolicyParameter::RedemptionProgrammes) | (PolicyValue::Programmes(_), _) => false,
            (PolicyValue::Number(number), _) => {
                let (least, greatest) = parameter.bounds();
                (least..=greatest).contains(number)
            }
        }
    }

    /// Whether this allows more than `other` does, for a parameter of this direction. Two values of which neither is
    /// tighter, say two sets with a programme each, are looser than each other.
    pub fn is_looser_than(&self, other: &PolicyValue, direction: Direction) -> bool {
        match (self, other, direction) {
            (_, _, Direction::CityOnly) => self != other,
            (PolicyValue::Number(number), PolicyValue::Number(other), Direction::Lower) => {
                number > other
            }
            (PolicyValue::Number(number), PolicyValue::Number(other), Direction::LowerOrOff) => {
                *other != 0 && (*number == 0 || number > other)
            }
            (PolicyValue::Number(number), PolicyValue::Number(other), Direction::Higher) => {
                number < other
            }
            (
                PolicyValue::Programmes(programmes),
                PolicyValue::Programmes(others),
                Direction::Subset,
            ) => {
                // The empty set means everyone.
                !others.is_empty()
                    && (programmes.is_empty()
                        || programmes
                            .iter()
                            .any(|programme| !others.contains(programme)))
            }
            (PolicyValue::Number(_) | PolicyValue::Programmes(_), _, _) => true,
        }
    }
}

/// Something that acts from a day on.
pub trait Dated {
    /// The first day on which it acts.
    fn first_day(&self) -> Day;
}

impl Dated for PolicyEntry {
    fn first_day(&self) -> Day {
        self.from_day
    }
}

impl<T> Dated for (Day, T) {
    fn first_day(&self) -> Day {
        self.0
    }
}

/// What a scope set a parameter to, sorted by day, each day once, at most [`HISTORY_MAX`]; the last entry not after a day
/// acts on it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct PolicyHistory {
    /// The values and the days from which they act.
    pub entries: Vec<PolicyEntry>,
}

/// One value and the day from which it acts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct PolicyEntry {
    /// The first day on which it acts.
    pub from_day: Day,
    /// The value; none: the scope's own was withdrawn.
    pub value: Option<PolicyValue>,
}

impl PolicyHistory {
    /// The value in force on `day`; none when the scope has set none by then, or has withdrawn it.
    pub fn on(&self, day: Day) -> Option<&PolicyValue> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.from_day <= day || planted::is(Planted::PolicyAppliedBackwards))
            .and_then(|entry| entry.value.as_ref())
    }
}

/// A service code's bounds and multiplier.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CatalogueEntry {
    /// The shortest service, in minutes.
    pub minutes_min: Minutes,
    /// The longest service, in minutes; at most a day.
    pub minutes_max: Minutes,
    /// Minted minutes are this percentage of the approved ones; payment by people is never multiplied.
    pub multiplier_percent: u16,
}

impl CatalogueEntry {
    /// Whether some service fits the bounds: from one minute to a day, at up to ten times the minutes.
    pub const fn is_usable(&self) -> bool {
        self.minutes_min.0 >= 1
            && self.minutes_min.0 <= self.minutes_max.0
            && self.minutes_max.0 <= 1_440
            && self.multiplier_percent <= 1_000
    }
}

/// What a service code was and will be, sorted by day, each day once, at most [`HISTORY_MAX`].
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CatalogueHistory {
    /// The entries and the days from which they act; none retires the code.
    pub entries: Vec<(Day, Option<CatalogueEntry>)>,
}

impl CatalogueHistory {
    /// The entry in force on `day`.
    pub fn on(&self, day: Day) -> Option<CatalogueEntry> {
        self.entries
            .iter()
            .rev()
            .find(|(from_day, _)| *from_day <= day)
            .and_then(|(_, entry)| *entry)
    }
}
