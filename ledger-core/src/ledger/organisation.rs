//! Organisations and their staff.
//!
//! An organisation's threshold can always be met: it is 0 exactly while the organisation has no administrators, and at
//! most the number of different people among them.

use std::collections::BTreeSet;

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::codec;
use crate::id::{AccountId, OrganisationId, StaffId};
use crate::record::organisation::{OrganisationRecord, Role, STAFF_MAX, StaffRecord};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::{StateError, StateKey};
use crate::transaction::Signer;
use crate::transaction::government::{self as operation, STAFF_CHANGES_MAX, StaffChange};

/// Registers an organisation below its parent.
pub(crate) fn register(
    context: &mut Context<'_, '_>,
    operation: &operation::RegisterOrganisation,
) -> Result<(), Refusal> {
    let (organisation, level) = (operation.organisation, operation.level);
    let key = StateKey::Organisation(organisation);
    if context.load::<OrganisationRecord>(&key)?.is_some() {
        return Err(Rejection::OrganisationExists { organisation }.into());
    }
    let parent_level = context.organisation(operation.parent)?.level;
    if parent_level.below() != Some(level) {
        return Err(Rejection::OrganisationLevel {
            level,
            parent_level,
        }
        .into());
    }
    context.require_threshold(operation.parent)?;
    let record = OrganisationRecord {
        level,
        parent: Some(operation.parent),
        threshold: 0,
        administrators: 0,
    };
    context.store(&key, &record);
    Ok(())
}

/// Sets or removes staff entries.
pub(crate) fn set_staff(
    context: &mut Context<'_, '_>,
    operation: &operation::SetStaff,
) -> Result<(), Refusal> {
    let organisation = operation.organisation;
    let mut record = context.organisation(organisation)?;
    check_order(&operation.changes)?;
    let authority = authority(context, organisation, &record)?;
    context.require_threshold(authority)?;
    for change in &operation.changes {
        set_entry(context, organisation, change)?;
    }
    let staff = staff_of(context, organisation)?;
    let administrators = staff.iter().filter(|entry| entry.has(Role::Administrator));
    let people: BTreeSet<_> = administrators.clone().map(|entry| entry.person).collect();
    let people = u16::try_from(people.len()).unwrap_or(u16::MAX);
    let threshold = operation.threshold;
    if u16::from(threshold) > people || (threshold == 0) != (people == 0) {
        return Err(Rejection::ThresholdUnreachable { threshold, people }.into());
    }
    record.threshold = threshold;
    record.administrators = u16::try_from(administrators.count()).unwrap_or(u16::MAX);
    context.store(&StateKey::Organisation(organisation), &record);
    Ok(())
}

fn check_order(changes: &[StaffChange]) -> Result<(), Rejection> {
    let (count, limit) = (changes.len(), STAFF_CHANGES_MAX);
    if count > limit {
        return Err(Rejection::StaffChangesTooMany { count, limit });
    }
    for pair in changes.windows(2) {
        if pair[0].number >= pair[1].number {
            let number = pair[1].number;
            return Err(Rejection::StaffChangesOrder { number });
        }
    }
    Ok(())
}

/// Whose administrators sign for a change of staff: the organisation's own when one of them has signed, else its
/// parent's. The city has only its own.
fn authority(
    context: &Context<'_, '_>,
    organisation: OrganisationId,
    record: &OrganisationRecord,
) -> Result<OrganisationId, Refusal> {
    let Some(parent) = record.parent else {
        return Ok(organisation);
    };
    for signer in context.signers.all() {
        let Signer::Staff(id) = signer else { continue };
        if id.organisation == organisation && context.staff(id)?.has(Role::Administrator) {
            return Ok(organisation);
        }
    }
    Ok(parent)
}

fn set_entry(
    context: &mut Context<'_, '_>,
    organisation: OrganisationId,
    change: &StaffChange,
) -> Result<(), Refusal> {
    let staff = StaffId {
        organisation,
        number: change.number,
    };
    let key = StateKey::Staff(staff);
    let before: Option<StaffRecord> = context.load(&key)?;
    match &change.entry {
        Some(entry) => {
            check_entry(context, staff, entry)?;
            context.store(&key, entry);
        }
        None => {
            context.staff(staff)?;
            context.state.delete(&key);
        }
    }
    if let Some(before) = before {
        count_entries(context, before.person, |entries| entries.saturating_sub(1))?;
    }
    if let Some(entry) = &change.entry {
        count_entries(context, entry.person, |entries| entries.saturating_add(1))?;
    }
    Ok(())
}

/// Counts the staff entries of a person, whose account stays open as long as there are any.
fn count_entries(
    context: &mut Context<'_, '_>,
    person: AccountId,
    change: impl FnOnce(u32) -> u32,
) -> Result<(), Refusal> {
    let mut record = context.account(person)?;
    record.staff_entries = change(record.staff_entries);
    context.store_account(person, &record);
    Ok(())
}

fn check_entry(
    context: &Context<'_, '_>,
    staff: StaffId,
    entry: &StaffRecord,
) -> Result<(), Refusal> {
    if !entry.has_roles_in_order() {
        return Err(Rejection::StaffRoles { staff }.into());
    }
    let organisation = staff.organisation;
    if entry.has(Role::IdentityRegistry) && organisation != context.block.chain.city {
        return Err(Rejection::IdentityRegistryOutsideCity { organisation }.into());
    }
    let key = entry.key;
    key.check_registrable()
        .map_err(|reason| Rejection::KeyRefused { key, reason })?;
    context.live_person(entry.person)?;
    Ok(())
}

/// All staff of `organisation`, changes included.
fn staff_of(
    context: &Context<'_, '_>,
    organisation: OrganisationId,
) -> Result<Vec<StaffRecord>, Refusal> {
    let (from, to) = StateKey::staff_range(organisation);
    let found = context
        .state
        .scan(&from, &to, STAFF_MAX.saturating_add(1))?;
    if found.len() > STAFF_MAX {
        return Err(Rejection::StaffTooMany { limit: STAFF_MAX }.into());
    }
    found
        .iter()
        .map(|(_, value)| {
            codec::decode(value, RECORD_BYTES_MAX).map_err(|error| {
                let reason = format!("a staff entry is damaged: {error}");
                StateError { reason }.into()
            })
        })
        .collect()
}
