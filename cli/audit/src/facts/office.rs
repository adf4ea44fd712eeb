//! Facts of offices: the tree of organisations, the people behind staff entries, and policy over time.

use std::collections::BTreeMap;

use ledger_core::genesis::Genesis;
use ledger_core::id::{AccountId, OrganisationId, StaffId};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{PolicyEntry, PolicyHistory, PolicyParameter, PolicyValue};
use ledger_core::time::{Day, TimestampMs};

use super::Facts;

/// An organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganisationFacts {
    /// The one above; none for the city.
    pub parent: Option<OrganisationId>,
    /// Its level.
    pub level: Level,
    /// Its district; the city for the city itself.
    pub district: OrganisationId,
}

/// The time during which one person had a staff entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffTerm {
    /// Since when.
    pub from_ms: TimestampMs,
    /// Until when; none: still.
    pub until_ms: Option<TimestampMs>,
    /// Who.
    pub person: AccountId,
    /// As what.
    pub roles: Vec<Role>,
}

/// What the city and its districts set, and from which day on.
#[derive(Clone, Debug)]
pub struct PolicyFacts {
    city: OrganisationId,
    set: BTreeMap<(OrganisationId, PolicyParameter), PolicyHistory>,
}

impl PolicyFacts {
    pub(crate) fn begin(genesis: &Genesis) -> PolicyFacts {
        let city = genesis.city().unwrap_or(OrganisationId(0));
        let mut policies = PolicyFacts {
            city,
            set: BTreeMap::new(),
        };
        for listed in &genesis.policies {
            policies.set(city, listed.parameter, Day(0), Some(listed.value.clone()));
        }
        policies
    }

    /// What was scheduled for the same day or later gives way, as on the ledger; but nothing is dropped for its age.
    pub(crate) fn set(
        &mut self,
        scope: OrganisationId,
        parameter: PolicyParameter,
        from_day: Day,
        value: Option<PolicyValue>,
    ) {
        let history = self.set.entry((scope, parameter)).or_default();
        history.entries.retain(|before| before.from_day < from_day);
        history.entries.push(PolicyEntry { from_day, value });
    }

    /// The number in force in a district on a day: the tighter of the city's and the district's, as the ledger's rules look
    /// it up. Zero for the one parameter that is no number.
    pub fn number(&self, district: OrganisationId, parameter: PolicyParameter, day: Day) -> u64 {
        let on = |scope| self.set.get(&(scope, parameter)).and_then(|it| it.on(day));
        let city = on(self.city)
            .cloned()
            .unwrap_or_else(|| parameter.default_value());
        let value = match on(district).filter(|_| district != self.city) {
            Some(tighter) if !tighter.is_looser_than(&city, parameter.direction()) => tighter,
            _ => &city,
        };
        match value {
            PolicyValue::Number(number) => *number,
            PolicyValue::Programmes(_) => 0,
        }
    }
}

impl Facts {
    pub(crate) fn register(
        &mut self,
        organisation: OrganisationId,
        parent: Option<OrganisationId>,
        level: Level,
    ) {
        let above = parent.and_then(|parent| self.organisations.get(&parent));
        let district = match (level, above) {
            (Level::City | Level::District, _) | (_, None) => organisation,
            (_, Some(above)) => above.district,
        };
        let known = OrganisationFacts {
            parent,
            level,
            district,
        };
        self.organisations.insert(organisation, known);
    }

    /// Sets a staff entry from now on, or ends it.
    pub(crate) fn appoint(
        &mut self,
        staff: StaffId,
        record: Option<&StaffRecord>,
        at: TimestampMs,
    ) {
        let terms = self.staff.entry(staff).or_default();
        if let Some(term) = terms.last_mut().filter(|term| term.until_ms.is_none()) {
            term.until_ms = Some(at);
        }
        if let Some(record) = record {
            terms.push(StaffTerm {
                from_ms: at,
                until_ms: None,
                person: record.person,
                roles: record.roles.clone(),
            });
        }
    }
}
