//! The tree of organisations, their staff, policy and catalogue, upgrades and the clock of test chains.

use std::collections::{BTreeMap, BTreeSet};

use crate::genesis::{ChainPurpose, Level, Role, StaffEntry};
use crate::id::{OrganisationId, ServiceCode, Signer, StaffId};
use crate::model::{Model, Organisation};
use crate::operation::government::{
    AdvanceTime, RegisterOrganisation, ScheduleUpgrade, SetCatalogue, SetPolicy, SetStaff,
};
use crate::policy::{CatalogueEntry, Dated, Parameter, Value, tightens, tighter};
use crate::refusal::Refusal;
use crate::time::{DAY_MS, Milliseconds};

/// The most staff entries one transaction changes.
const STAFF_CHANGES_MAX: usize = 100;
/// "An organisation has at most 1,000 entries."
const STAFF_MAX: usize = 1_000;
/// "AdvanceTime moves a test chain by at most 400 days at once."
const ADVANCE_MS_MAX: Milliseconds = 400 * DAY_MS;

impl Model {
    pub(crate) fn organisation(&self, id: OrganisationId) -> Result<&Organisation, Refusal> {
        let known = self.organisations.get(&id);
        known.ok_or(Refusal::UnknownOrganisation)
    }

    pub(crate) fn check_level(&self, id: OrganisationId, level: Level) -> Result<(), Refusal> {
        if self.organisation(id)?.level != level {
            return Err(Refusal::UnknownOrganisation);
        }
        Ok(())
    }

    /// Whether `place` is `organisation` or lies below it.
    pub(crate) fn covers(&self, organisation: OrganisationId, place: OrganisationId) -> bool {
        let mut at = Some(place);
        while let Some(id) = at {
            if id == organisation {
                return true;
            }
            at = self.organisations.get(&id).and_then(|it| it.parent);
        }
        false
    }

    /// "An organisation serves a street or district that it is, lies above, or lies within."
    pub(crate) fn serves(&self, organisation: OrganisationId, place: OrganisationId) -> bool {
        self.covers(organisation, place) || self.covers(place, organisation)
    }

    /// The district an organisation is or lies in; the city for the city itself.
    pub(crate) fn district_of(&self, id: OrganisationId) -> OrganisationId {
        let mut at = id;
        while let Some(organisation) = self.organisations.get(&at) {
            match (organisation.level, organisation.parent) {
                (Level::City | Level::District, _) | (_, None) => break,
                (_, Some(parent)) => at = parent,
            }
        }
        at
    }

    fn city_value(&self, parameter: Parameter) -> Value {
        let history = self.policies.get(&(self.city, parameter));
        let value = history.and_then(|it| it.on(self.today())).cloned();
        value.flatten().unwrap_or_else(|| parameter.default_value())
    }

    /// The city's number today.
    pub(crate) fn city_number(&self, parameter: Parameter) -> u64 {
        let history = self.policies.get(&(self.city, parameter));
        let value = history.and_then(|it| it.on(self.today())?.as_ref());
        value.map_or_else(|| parameter.default_number(), Value::number)
    }

    /// "The effective value is the tighter of city and district", today.
    pub(crate) fn number(&self, parameter: Parameter, district: OrganisationId) -> u64 {
        let city = self.city_number(parameter);
        let history = self.policies.get(&(district, parameter));
        match history.and_then(|it| it.on(self.today())?.as_ref()) {
            Some(value) if district != self.city => tighter(parameter, value.number(), city),
            _ => city,
        }
    }

    /// The sets of programmes in force in a district, the city's first.
    pub(crate) fn redemption_programmes(&self, district: OrganisationId) -> [Value; 2] {
        let parameter = Parameter::RedemptionProgrammes;
        let history = self.policies.get(&(district, parameter));
        let own = history.and_then(|it| it.on(self.today())).cloned();
        let own = own.flatten().unwrap_or_else(|| parameter.default_value());
        [self.city_value(parameter), own]
    }

    /// The catalogue's entry of a code today. "A retired code is unknown from that day on."
    pub(crate) fn service(&self, code: ServiceCode) -> Result<CatalogueEntry, Refusal> {
        let history = self.catalogue.get(&code);
        let entry = history.and_then(|it| it.on(self.today())).copied();
        entry.flatten().ok_or(Refusal::UnknownService)
    }

    pub(crate) fn register_organisation(
        &mut self,
        signers: &[Signer],
        it: &RegisterOrganisation,
    ) -> Result<(), Refusal> {
        if self.organisations.contains_key(&it.organisation) {
            return Err(Refusal::Exists);
        }
        // "The level is the one below the parent's; the parent's administrators sign, not those above."
        let below = match self.organisation(it.parent)?.level {
            Level::City => Some(Level::District),
            Level::District => Some(Level::Street),
            Level::Street => Some(Level::ServicePoint),
            Level::ServicePoint => None,
        };
        if below != Some(it.level) {
            return Err(Refusal::WrongLevel);
        }
        self.check_administrators(signers, it.parent)?;
        let organisation = Organisation {
            level: it.level,
            parent: Some(it.parent),
            threshold: 0,
        };
        self.organisations.insert(it.organisation, organisation);
        Ok(())
    }

    pub(crate) fn set_staff(&mut self, signers: &[Signer], it: &SetStaff) -> Result<(), Refusal> {
        let parent = self.organisation(it.organisation)?.parent;
        // "Signed by administrators of the organisation, or of its parent, all of one of the two and to that one's
        // threshold."
        self.check_administrators(signers, it.organisation)
            .or_else(|refusal| match parent {
                Some(parent) => self.check_administrators(signers, parent),
                None => Err(refusal),
            })?;
        let after = self.staff_after(it)?;
        let administrators: BTreeSet<_> = after
            .values()
            .filter(|entry| entry.roles.contains(&Role::Administrator))
            .map(|entry| entry.person)
            .collect();
        // "A threshold is 0 exactly while there are no administrators, and at most the number of different people among
        // them."
        let threshold = usize::from(it.threshold);
        if (threshold == 0) != administrators.is_empty() || threshold > administrators.len() {
            return Err(Refusal::BadThreshold);
        }
        for (number, entry) in &it.changes {
            let id = StaffId {
                organisation: it.organisation,
                number: *number,
            };
            let before = match entry {
                Some(entry) => self.staff.insert(id, entry.clone()),
                None => self.staff.remove(&id),
            };
            self.staff_before.entry(id).or_insert(before);
        }
        if let Some(organisation) = self.organisations.get_mut(&it.organisation) {
            organisation.threshold = it.threshold;
        }
        Ok(())
    }

    /// The organisation's entries as they would be.
    fn staff_after(&self, it: &SetStaff) -> Result<BTreeMap<u32, StaffEntry>, Refusal> {
        let sorted = it.changes.windows(2).all(|pair| pair[0].0 < pair[1].0);
        if !sorted || it.changes.len() > STAFF_CHANGES_MAX {
            return Err(Refusal::BadList);
        }
        let whole = |number| StaffId {
            organisation: it.organisation,
            number,
        };
        let own = self.staff.range(whole(0)..=whole(u32::MAX));
        let mut after: BTreeMap<u32, StaffEntry> =
            own.map(|(id, entry)| (id.number, entry.clone())).collect();
        for (number, entry) in &it.changes {
            match entry {
                Some(entry) => {
                    self.check_staff_entry(it.organisation, entry)?;
                    after.insert(*number, entry.clone());
                }
                // "Removing an entry that is not there is refused, so that a mistyped number is noticed."
                None if after.remove(number).is_none() => return Err(Refusal::NotThere),
                None => {}
            }
        }
        if after.len() > STAFF_MAX {
            return Err(Refusal::LimitReached);
        }
        Ok(after)
    }

    fn check_staff_entry(
        &self,
        organisation: OrganisationId,
        entry: &StaffEntry,
    ) -> Result<(), Refusal> {
        let sorted = entry.roles.windows(2).all(|pair| pair[0] < pair[1]);
        // "identity registry: city only"
        let registry = entry.roles.contains(&Role::IdentityRegistry);
        if entry.roles.is_empty() || !sorted || (registry && organisation != self.city) {
            return Err(Refusal::BadStaff);
        }
        // "A staff entry's human has a person's account."
        // "and no staff entry is given to a closed one"
        self.person(entry.person)?;
        Ok(())
    }

    pub(crate) fn set_policy(&mut self, signers: &[Signer], it: &SetPolicy) -> Result<(), Refusal> {
        let level = self.organisation(it.scope)?.level;
        if !matches!(level, Level::City | Level::District) {
            return Err(Refusal::UnknownOrganisation);
        }
        self.check_administrators(signers, it.scope)?;
        let today = self.today();
        let key = (it.scope, it.parameter);
        let mut history = self.policies.get(&key).cloned().unwrap_or_default();
        match &it.value {
            Some(value) if !value.fits(it.parameter) => return Err(Refusal::BadPolicy),
            // "A district's value is compared with the city's on the first day it would act."
            Some(value) if level == Level::District => {
                let city = self.policies.get(&(self.city, it.parameter));
                let city = city.and_then(|history| history.on(it.from_day)).cloned();
                let city = city.flatten();
                let city = city.unwrap_or_else(|| it.parameter.default_value());
                if !tightens(it.parameter, value, &city) {
                    return Err(Refusal::BadPolicy);
                }
            }
            Some(_) => {}
            // Only what is set on that day can be withdrawn from it on.
            None if !matches!(history.on(it.from_day), Some(Some(_))) => {
                return Err(Refusal::NotThere);
            }
            None => {}
        }
        history.check(it.from_day, today)?;
        history.set(it.from_day, it.value.clone());
        self.policies.insert(key, history);
        Ok(())
    }

    pub(crate) fn set_catalogue(
        &mut self,
        signers: &[Signer],
        it: &SetCatalogue,
    ) -> Result<(), Refusal> {
        self.check_administrators(signers, self.city)?;
        if it.entry.is_some_and(|entry| !entry.is_usable()) {
            return Err(Refusal::BadPolicy);
        }
        let known = self.catalogue.get(&it.code);
        // Nothing is retired that never was.
        if it.entry.is_none() && known.is_none() {
            return Err(Refusal::UnknownService);
        }
        let mut history: Dated<_> = known.cloned().unwrap_or_default();
        history.check(it.from_day, self.today())?;
        history.set(it.from_day, it.entry);
        self.catalogue.insert(it.code, history);
        Ok(())
    }

    pub(crate) fn schedule_upgrade(
        &mut self,
        signers: &[Signer],
        it: &ScheduleUpgrade,
    ) -> Result<(), Refusal> {
        self.check_administrators(signers, self.city)?;
        // "from_day ≥ tomorrow; version > current; replaces one that has not begun."
        if it.from_day <= self.today() {
            return Err(Refusal::BadDate);
        }
        if it.version <= self.version {
            return Err(Refusal::OldVersion);
        }
        self.upgrade = Some((it.version, it.from_day));
        Ok(())
    }

    pub(crate) fn advance_time(
        &mut self,
        signers: &[Signer],
        it: &AdvanceTime,
    ) -> Result<(), Refusal> {
        self.check_administrators(signers, self.city)?;
        if self.purpose != ChainPurpose::Test {
            return Err(Refusal::ProductionChain);
        }
        // "Always beyond block time and beyond an earlier floor."
        let earlier = self.now_ms.max(self.time_floor_ms);
        if it.to_ms <= earlier || it.to_ms > self.now_ms + ADVANCE_MS_MAX {
            return Err(Refusal::BadDate);
        }
        self.time_floor_ms = it.to_ms;
        Ok(())
    }
}
