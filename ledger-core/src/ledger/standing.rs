//! What an account may do and where it belongs: programmes, home, freezing.
//!
//! Frozen accounts do everything but spend; closed ones nothing. What staff decide here about an account is never decided
//! by its own holder as one of the staff.

use std::rc::Rc;

use super::account::require_home;
use super::context::{Context, StaffSigner};
use super::rejection::{Refusal, Rejection};
use crate::id::{AccountId, OrganisationId, ProgrammeCode};
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountRecord, AccountStatus};
use crate::record::organisation::Role;
use crate::record::policy::{PROGRAMMES_MAX, PolicyParameter};
use crate::transaction::account as operation;

/// Replaces the programmes of an account.
pub(crate) fn set_programmes(
    context: &mut Context<'_, '_>,
    operation: &operation::SetProgrammes,
) -> Result<(), Refusal> {
    let account = operation.account;
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    check_programmes(&operation.programmes)?;
    let home = record.home;
    let needs = [(Role::Registrar, home), (Role::SocialWorker, home)];
    context.require_staff_apart(&needs, &[account])?;
    record.programmes.clone_from(&operation.programmes);
    context.post(account, &mut record, Entry::ProgrammesSet)?;
    context.store_account(account, &record);
    Ok(())
}

fn check_programmes(programmes: &[ProgrammeCode]) -> Result<(), Rejection> {
    let (count, limit) = (programmes.len(), PROGRAMMES_MAX);
    if count > limit {
        return Err(Rejection::ProgrammesTooMany { count, limit });
    }
    match programmes.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(Rejection::ProgrammesOrder { programme: pair[1] }),
        None => Ok(()),
    }
}

/// Moves an account to another street.
pub(crate) fn move_home(
    context: &mut Context<'_, '_>,
    operation: &operation::MoveHome,
) -> Result<(), Refusal> {
    let (account, home) = (operation.account, operation.new_home);
    let record = context.account(account)?;
    require_open(account, &record)?;
    if matches!(record.kind, AccountKind::Merchant { .. }) {
        return Err(Rejection::MerchantStays { merchant: account }.into());
    }
    // A frozen account stays with those who froze it: others could unfreeze it.
    require_active(account, &record)?;
    let district = require_home(context, home)?;
    if record.home == home {
        return Err(Rejection::HomeUnchanged { home }.into());
    }
    if record.key.is_some() {
        context.require_consent(account)?;
        context.require_staff_apart(&[(Role::Registrar, home)], &[account])?;
    } else {
        // Somebody of the old home agrees: whoever covers the home decides about a keyless person's account, and no street
        // may take one to itself.
        let needs = [(Role::Registrar, home), (Role::SocialWorker, record.home)];
        context.require_staff_apart(&needs, &[account])?;
    }
    settle_in(context, account, home, district)
}

/// Changes the home of an account, and the district in which its minutes are counted.
fn settle_in(
    context: &mut Context<'_, '_>,
    account: AccountId,
    home: OrganisationId,
    district: OrganisationId,
) -> Result<(), Refusal> {
    context.expire_lots(account)?;
    let mut record = context.account(account)?;
    let (from, from_district) = (record.home, record.home_district);
    let minutes = record.spendable()?.plus(record.held)?;
    record.home = home;
    record.home_district = district;
    let to = home;
    context.post(account, &mut record, Entry::HomeMoved { from, to, minutes })?;
    context.store_account(account, &record);
    if from_district == district {
        return Ok(());
    }
    context.count_move(from_district, district, minutes)
}

/// Stops an account from spending.
pub(crate) fn freeze(
    context: &mut Context<'_, '_>,
    operation: &operation::Freeze,
) -> Result<(), Refusal> {
    let account = operation.account;
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    if record.status == AccountStatus::Frozen {
        return Err(Rejection::AccountFrozenAlready { account }.into());
    }
    require_registrar_and_arbiter(context, record.home, &[account])?;
    record.status = AccountStatus::Frozen;
    context.post(account, &mut record, Entry::Frozen)?;
    context.store_account(account, &record);
    Ok(())
}

/// Lets a frozen account spend again.
pub(crate) fn unfreeze(
    context: &mut Context<'_, '_>,
    operation: &operation::Unfreeze,
) -> Result<(), Refusal> {
    let account = operation.account;
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    if record.status != AccountStatus::Frozen {
        return Err(Rejection::AccountNotFrozen { account }.into());
    }
    require_registrar_and_arbiter(context, record.home, &[account])?;
    record.status = AccountStatus::Active;
    context.post(account, &mut record, Entry::Unfrozen)?;
    context.store_account(account, &record);
    Ok(())
}

/// A registrar and an arbiter who cover `home`, different people and none of `others`.
pub(crate) fn require_registrar_and_arbiter(
    context: &mut Context<'_, '_>,
    home: OrganisationId,
    others: &[AccountId],
) -> Result<(), Refusal> {
    let needs = [(Role::Registrar, home), (Role::Arbiter, home)];
    context.require_staff_apart(&needs, others).map(|_| ())
}

impl Context<'_, '_> {
    /// The account of a person, not closed, who may become party to something new.
    pub(crate) fn live_person(&self, account: AccountId) -> Result<Rc<AccountRecord>, Refusal> {
        let record = self.seen_account(account)?;
        if !record.is_person() {
            return Err(Rejection::NotAPerson { account }.into());
        }
        require_open(account, &record)?;
        Ok(record)
    }

    /// Checks that the account may spend: it is active, and if it is a group's, the policy of its home district lets
    /// groups spend.
    pub(crate) fn require_may_spend(&self, account: AccountId) -> Result<(), Refusal> {
        let record = self.seen_account(account)?;
        require_active(account, &record)?;
        let may = PolicyParameter::GroupMaySpend;
        if record.kind == AccountKind::Group && self.policy_number(record.home_district, may)? == 0
        {
            return Err(Rejection::GroupMayNotSpend { group: account }.into());
        }
        Ok(())
    }

    /// One staff signer for each of `needs`, as [`Context::require_different_staff`]; none of them is one of `others`, the
    /// people whom the matter concerns.
    pub(crate) fn require_staff_apart(
        &mut self,
        needs: &[(Role, OrganisationId)],
        others: &[AccountId],
    ) -> Result<Vec<StaffSigner>, Refusal> {
        let staff = self.require_different_staff(needs)?;
        match staff.iter().find(|it| others.contains(&it.person)) {
            Some(StaffSigner { person, .. }) => {
                Err(Rejection::SamePerson { person: *person }.into())
            }
            None => Ok(staff),
        }
    }
}

/// Checks that an account is not closed.
pub(crate) fn require_open(account: AccountId, record: &AccountRecord) -> Result<(), Rejection> {
    if record.status == AccountStatus::Closed {
        return Err(Rejection::AccountClosed { account });
    }
    Ok(())
}

/// Checks that an account is neither closed nor frozen.
pub(crate) fn require_active(account: AccountId, record: &AccountRecord) -> Result<(), Rejection> {
    require_open(account, record)?;
    if record.status == AccountStatus::Frozen {
        return Err(Rejection::AccountFrozen { account });
    }
    Ok(())
}
