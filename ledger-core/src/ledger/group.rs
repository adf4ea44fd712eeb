//! Groups: volunteer teams that earn together.
//!
//! The list of members says who may serve for the group from now on. Who leaves while an order of the group runs still
//! finishes it, and the minutes are the group's.

use super::account::{require_home, require_new_key, store_opened};
use super::context::Context;
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountRecord, Members};
use crate::record::organisation::Role;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::account::{self as operation, MEMBER_CHANGES_MAX, MEMBERS_MAX};

/// Opens the account of a group, without members.
pub(crate) fn open(
    context: &mut Context<'_, '_>,
    operation: &operation::OpenGroup,
) -> Result<(), Refusal> {
    let (home, key) = (operation.home, operation.key);
    let district = require_home(context, home)?;
    require_new_key(context, key)?;
    context.require_different_staff(&[(Role::Registrar, home), (Role::SocialWorker, home)])?;
    let group = AccountId::derive(context.transaction_id());
    let record = AccountRecord::new(AccountKind::Group, home, district, Some(key));
    store_opened(context, group, record)
}

/// Changes who belongs to a group.
pub(crate) fn set_members(
    context: &mut Context<'_, '_>,
    operation: &operation::SetMembers,
) -> Result<(), Refusal> {
    let group = operation.group;
    let mut record = context.account(group)?;
    require_open(group, &record)?;
    require_group(group, &record)?;
    check_changes(operation)?;
    context.signers.require(Signer::Account(group))?;
    context.require_staff(Role::Registrar, record.home)?;
    let before = members(context, group)?;
    for member in &operation.remove {
        require_member(&before, group, *member)?;
    }
    for member in &operation.add {
        context.live_person(*member)?;
        if before.members.binary_search(member).is_ok() {
            let member = *member;
            return Err(Rejection::MemberAlready { group, member }.into());
        }
    }
    let leaves = |member: &AccountId| operation.remove.binary_search(member).is_ok();
    let mut members = before.members;
    members.retain(|member| !leaves(member));
    members.extend(&operation.add);
    members.sort_unstable();
    let (count, limit) = (members.len(), MEMBERS_MAX);
    if count > limit {
        return Err(Rejection::MembersTooMany { count, limit }.into());
    }
    context.store(&StateKey::Members(group), &Members { members });
    context.post(group, &mut record, Entry::MembersSet)?;
    context.store_account(group, &record);
    Ok(())
}

/// Checks that an account is a group's.
pub(crate) fn require_group(account: AccountId, record: &AccountRecord) -> Result<(), Rejection> {
    match record.kind {
        AccountKind::Group => Ok(()),
        AccountKind::Person { .. } | AccountKind::Merchant { .. } => {
            Err(Rejection::NotAGroup { account })
        }
    }
}

/// Who belongs to `group`; nobody when it is none.
pub(crate) fn members(context: &Context<'_, '_>, group: AccountId) -> Result<Members, Refusal> {
    Ok(context.load(&StateKey::Members(group))?.unwrap_or_default())
}

/// Checks that `member` is among the members of `group`.
pub(crate) fn require_member(
    members: &Members,
    group: AccountId,
    member: AccountId,
) -> Result<(), Rejection> {
    match members.members.binary_search(&member) {
        Ok(_) => Ok(()),
        Err(_) => Err(Rejection::NotAMember { group, member }),
    }
}

fn check_changes(operation: &operation::SetMembers) -> Result<(), Rejection> {
    let (add, remove) = (&operation.add, &operation.remove);
    let (count, limit) = (add.len().saturating_add(remove.len()), MEMBER_CHANGES_MAX);
    if count > limit {
        return Err(Rejection::MemberChangesTooMany { count, limit });
    }
    for list in [add, remove] {
        if let Some(pair) = list.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(Rejection::MembersOrder { member: pair[1] });
        }
    }
    Ok(())
}
