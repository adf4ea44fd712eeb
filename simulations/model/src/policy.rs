//! Policy parameters with their directions, defaults and dates, and the catalogue of services.
//!
//! "Every parameter declares its direction (lower, higher, subset, city only); the effective value is the tighter of city
//! and district. A change acts from a given day on, never backwards."

use std::collections::BTreeMap;

use crate::id::ProgrammeCode;
use crate::refusal::Refusal;
use crate::time::{DAY_MS, Day, HOUR_MS, Minutes};

/// The most values scheduled for days to come.
const SCHEDULED_MAX: usize = 16;
/// The most programmes a value names.
const PROGRAMMES_MAX: usize = 64;

/// A policy parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
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
    /// Milliseconds in which a first decision can be appealed.
    AppealWindowMs,
    /// Days after which earned minutes expire; 0: never.
    EarnedExpiryDays,
    /// How much of a training is credited.
    TrainingCreditablePercent,
    /// Whether a group may spend: 0 or 1.
    GroupMaySpend,
    /// Milliseconds a recovery takes.
    RecoveryDelayMs,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(u64),
    /// Programmes, sorted, each once.
    Programmes(Vec<ProgrammeCode>),
}

/// In which direction a district may tighten the city's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A lower number is tighter.
    Lower,
    /// Lower, but 0 means "off" and is the loosest.
    LowerUnlessOff,
    /// A higher number is tighter.
    Higher,
    /// A subset of the programmes is tighter.
    Subset,
    /// Only the city sets it.
    CityOnly,
}

impl Parameter {
    /// In which direction a district may tighten it.
    pub const fn direction(self) -> Direction {
        match self {
            Parameter::Cap
            | Parameter::DailyLimit
            | Parameter::BackdatingDays
            | Parameter::OrderLapseMs
            | Parameter::ProxyMonthlyLimit
            | Parameter::DualVerificationAbove
            | Parameter::PairMonthlyLimit
            | Parameter::OpenOrdersMax
            | Parameter::KinMax
            | Parameter::ProxiesMax
            | Parameter::TrainingCreditablePercent
            | Parameter::GroupMaySpend => Direction::Lower,
            Parameter::EarnedExpiryDays => Direction::LowerUnlessOff,
            Parameter::Quantum
            | Parameter::RedemptionThreshold
            | Parameter::DisputeWindowMs
            | Parameter::AppealWindowMs
            | Parameter::RecoveryDelayMs => Direction::Higher,
            Parameter::RedemptionProgrammes => Direction::Subset,
            Parameter::PersonTransactionsPerDay | Parameter::StaffTransactionsPerDay => {
                Direction::CityOnly
            }
        }
    }

    /// "Defaults: cap 90,000 min · daily limit 480 · quantum 15 · redemption threshold 0 · redemption programme none ·
    /// back-dating 30 days · dispute window 3 days · appeal 7 days · order lapse 30 days · earned expiry off · training
    /// creditable 100 % · group may spend no · recovery delay 72 h · proxy monthly limit 1,200 · dual verification above 480
    /// · per-pair monthly limit 3,600 · 200 transactions a day per person, 20,000 per staff entry · 20 open orders, 12 kin,
    /// 3 proxies per person."
    pub const fn default_number(self) -> u64 {
        match self {
            Parameter::Cap => 90_000,
            Parameter::DailyLimit | Parameter::DualVerificationAbove => 480,
            Parameter::Quantum => 15,
            Parameter::RedemptionThreshold
            | Parameter::RedemptionProgrammes
            | Parameter::EarnedExpiryDays
            | Parameter::GroupMaySpend => 0,
            Parameter::BackdatingDays => 30,
            Parameter::DisputeWindowMs => 3 * DAY_MS,
            Parameter::AppealWindowMs => 7 * DAY_MS,
            Parameter::OrderLapseMs => 30 * DAY_MS,
            Parameter::TrainingCreditablePercent => 100,
            Parameter::RecoveryDelayMs => 72 * HOUR_MS,
            Parameter::ProxyMonthlyLimit => 1_200,
            Parameter::PairMonthlyLimit => 3_600,
            Parameter::PersonTransactionsPerDay => 200,
            Parameter::StaffTransactionsPerDay => 20_000,
            Parameter::OpenOrdersMax => 20,
            Parameter::KinMax => 12,
            Parameter::ProxiesMax => 3,
        }
    }

    /// The least and the greatest number it may take: the format of the data, not a rule.
    const fn bounds(self) -> (u64, u64) {
        match self {
            Parameter::Cap | Parameter::RedemptionThreshold => (0, 10_000_000),
            Parameter::DailyLimit | Parameter::DualVerificationAbove => (0, 1_440),
            Parameter::Quantum => (1, 480),
            Parameter::RedemptionProgrammes => (0, 0),
            // "Back-dating policy at most 365 days."
            Parameter::BackdatingDays => (0, 365),
            Parameter::DisputeWindowMs | Parameter::OrderLapseMs | Parameter::AppealWindowMs => {
                (0, 366 * DAY_MS)
            }
            Parameter::ProxyMonthlyLimit | Parameter::PairMonthlyLimit => (0, 44_640),
            Parameter::PersonTransactionsPerDay => (1, 100_000),
            Parameter::StaffTransactionsPerDay => (1, 10_000_000),
            Parameter::OpenOrdersMax => (0, 1_000),
            Parameter::KinMax => (0, 100),
            Parameter::ProxiesMax => (0, 20),
            Parameter::EarnedExpiryDays => (0, 36_500),
            Parameter::TrainingCreditablePercent => (0, 100),
            Parameter::GroupMaySpend => (0, 1),
            // A delay longer than the 30 days a holder may choose could never be met.
            Parameter::RecoveryDelayMs => (0, 30 * DAY_MS),
        }
    }

    /// The value where nobody has set one.
    pub fn default_value(self) -> Value {
        match self {
            Parameter::RedemptionProgrammes => Value::Programmes(Vec::new()),
            _ => Value::Number(self.default_number()),
        }
    }
}

impl Value {
    /// The number; programmes count as 0, which no rule asks for.
    pub const fn number(&self) -> u64 {
        match self {
            Value::Number(number) => *number,
            Value::Programmes(_) => 0,
        }
    }

    /// Whether `parameter` may have this value.
    pub fn fits(&self, parameter: Parameter) -> bool {
        match (parameter, self) {
            (Parameter::RedemptionProgrammes, Value::Programmes(programmes)) => {
                programmes.len() <= PROGRAMMES_MAX
                    && programmes.windows(2).all(|pair| pair[0] < pair[1])
            }
            (Parameter::RedemptionProgrammes, Value::Number(_)) | (_, Value::Programmes(_)) => {
                false
            }
            (_, Value::Number(number)) => {
                let (least, greatest) = parameter.bounds();
                least <= *number && *number <= greatest
            }
        }
    }
}

/// "A district only tightens policy": whether `district` allows nothing that `city` does not.
pub fn tightens(parameter: Parameter, district: &Value, city: &Value) -> bool {
    let (mine, theirs) = (district.number(), city.number());
    match parameter.direction() {
        Direction::CityOnly => false,
        Direction::Lower => mine <= theirs,
        Direction::Higher => mine >= theirs,
        Direction::LowerUnlessOff => theirs == 0 || (mine != 0 && mine <= theirs),
        // "For programmes the empty set means everyone. A district may name a subset of the city's; where the city names
        // none, any set."
        Direction::Subset => match (district, city) {
            (Value::Programmes(mine), Value::Programmes(theirs)) => {
                theirs.is_empty()
                    || (!mine.is_empty() && mine.iter().all(|code| theirs.contains(code)))
            }
            _ => false,
        },
    }
}

/// "The effective value is the tighter of city and district", of numbers.
pub fn tighter(parameter: Parameter, district: u64, city: u64) -> u64 {
    match parameter.direction() {
        Direction::Lower => district.min(city),
        Direction::Higher => district.max(city),
        Direction::LowerUnlessOff if district == 0 || city == 0 => district.max(city),
        Direction::LowerUnlessOff => district.min(city),
        Direction::CityOnly | Direction::Subset => city,
    }
}

/// A service code's bounds and multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The shortest service.
    pub minutes_min: Minutes,
    /// The longest service.
    pub minutes_max: Minutes,
    /// Minted minutes are this percentage of the approved ones.
    pub multiplier_percent: u16,
}

impl CatalogueEntry {
    /// Whether some service of at most a day fits, at up to ten times the minutes.
    pub const fn is_usable(&self) -> bool {
        1 <= self.minutes_min
            && self.minutes_min <= self.minutes_max
            && self.minutes_max <= 1_440
            && self.multiplier_percent <= 1_000
    }
}

/// Values and the days from which they act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated<T> {
    by_day: BTreeMap<Day, T>,
}

impl<T> Default for Dated<T> {
    fn default() -> Self {
        Dated {
            by_day: BTreeMap::new(),
        }
    }
}

impl<T> Dated<T> {
    /// The value that acts on `day`.
    pub fn on(&self, day: Day) -> Option<&T> {
        self.by_day.range(..=day).next_back().map(|(_, it)| it)
    }

    /// Whether a value may be set from `from_day` on.
    pub fn check(&self, from_day: Day, today: Day) -> Result<(), Refusal> {
        // "A change acts from a given day on, never backwards."
        if from_day < today {
            return Err(Refusal::DayPast);
        }
        // "A value that acts today is never rewritten: a parameter changes at most once a day."
        if from_day == today && self.by_day.contains_key(&today) {
            return Err(Refusal::AlreadySetToday);
        }
        // "At most 16 values are scheduled ahead"; those that give way do not count.
        let kept = self.by_day.range(today + 1..).filter(|it| *it.0 < from_day);
        if from_day > today && kept.count() >= SCHEDULED_MAX {
            return Err(Refusal::TooManyScheduled);
        }
        Ok(())
    }

    /// Sets a value: "a value that is only scheduled is replaced by whatever is set for the same or an earlier day".
    pub fn set(&mut self, from_day: Day, value: T) {
        self.by_day.retain(|day, _| *day < from_day);
        self.by_day.insert(from_day, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switched_off_expiry_is_the_loosest() {
        let parameter = Parameter::EarnedExpiryDays;
        let number = |it| Value::Number(it);
        assert!(tightens(parameter, &number(100), &number(0)));
        assert!(!tightens(parameter, &number(0), &number(100)));
        assert!(!tightens(parameter, &number(101), &number(100)));
        assert_eq!(tighter(parameter, 0, 90), 90);
        assert_eq!(tighter(parameter, 60, 90), 60);
    }

    #[test]
    fn a_plan_is_withdrawn_by_an_earlier_value() {
        let mut history = Dated::default();
        history.set(0, 1);
        history.set(20, 2);
        assert_eq!(history.check(9, 10), Err(Refusal::DayPast));
        assert_eq!(history.check(10, 10), Ok(()));
        history.set(10, 3);
        assert_eq!(history.check(10, 10), Err(Refusal::AlreadySetToday));
        assert_eq!(history.on(9), Some(&1));
        assert_eq!(history.on(30), Some(&3));
    }
}
