//! Closing an account for good.
//!
//! Nothing may hang on the account that others wait for: no order, no minutes held or owed, no recovery, no office. So an
//! organisation can always meet its threshold, and whoever closes an account takes nothing from anybody.

use super::context::Context;
use super::kin::live_link;
use super::recovery::require_no_recovery;
use super::rejection::{Refusal, Rejection};
use super::standing::{require_active, require_open, require_registrar_and_arbiter};
use super::value::Income;
use crate::amount::Minutes;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountRecord, AccountStatus};
use crate::record::daily_count::DailyCount;
use crate::record::organisation::Role;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::account::{CloseAccount, Rest};

/// Closes an account.
pub(crate) fn close(
    context: &mut Context<'_, '_>,
    operation: &CloseAccount,
) -> Result<(), Refusal> {
    let account = operation.account;
    let record = context.account(account)?;
    require_open(account, &record)?;
    require_no_recovery(context, account)?;
    check_nothing_hangs_on(account, &record)?;
    let heir = heir(context, account, operation.rest)?;
    sign(context, account, &record, operation.rest, heir)?;
    give_away(context, account, &record, heir)?;
    let mut record = context.account(account)?;
    record.status = AccountStatus::Closed;
    record.ended_uses.clear();
    record.transactions_begun = DailyCount::default();
    context.store_account(account, &record);
    for of_no_use in [
        StateKey::Recovery(account),
        StateKey::Members(account),
        StateKey::Items(account),
    ] {
        context.state.delete(&of_no_use);
    }
    Ok(())
}

fn check_nothing_hangs_on(account: AccountId, record: &AccountRecord) -> Result<(), Refusal> {
    let (open_orders, serving, held) = (record.open_orders, record.serving, record.held);
    if open_orders > 0 || serving > 0 || !held.is_zero() {
        return Err(Rejection::OrdersOpen {
            account,
            open_orders,
            serving,
            held,
        }
        .into());
    }
    let minutes = Minutes::sum(record.clawback.iter().map(|clawback| clawback.minutes))?;
    if !minutes.is_zero() {
        return Err(Rejection::ClawbackDue { account, minutes }.into());
    }
    match record.kind {
        AccountKind::Merchant { owed } if !owed.is_zero() => {
            let merchant = account;
            return Err(Rejection::MerchantOwed { merchant, owed }.into());
        }
        _ => {}
    }
    let entries = record.staff_entries;
    if entries > 0 {
        return Err(Rejection::StaffEntriesOpen { account, entries }.into());
    }
    Ok(())
}

/// The person to whom the rest goes; none: to the home district's donation pool.
fn heir(
    context: &Context<'_, '_>,
    account: AccountId,
    rest: Rest,
) -> Result<Option<AccountId>, Refusal> {
    match rest {
        Rest::Kin(kin) => {
            live_link(context, account, kin)?;
            context.live_person(kin)?;
            Ok(Some(kin))
        }
        Rest::Estate(heir) if heir == account => Err(Rejection::RestToItself { account }.into()),
        Rest::Estate(heir) => {
            let record = context.person(heir)?;
            require_active(heir, &record)?;
            Ok(Some(heir))
        }
        Rest::Donation => Ok(None),
    }
}

/// Requires the signatures: a registrar's and the holder's, or, after death and for keyless people, a registrar's and an
/// arbiter's. Whoever signs as staff is neither the holder nor the heir.
fn sign(
    context: &mut Context<'_, '_>,
    account: AccountId,
    record: &AccountRecord,
    rest: Rest,
    heir: Option<AccountId>,
) -> Result<(), Refusal> {
    let mut others = vec![account];
    others.extend(heir);
    if !context.signers.has(Signer::Account(account)) {
        return require_registrar_and_arbiter(context, record.home, &others);
    }
    require_active(account, record)?;
    if let Rest::Estate(heir) = rest {
        return Err(Rejection::EstateAfterDeath { heir }.into());
    }
    context.require_guardian_beside(account)?;
    let needs = [(Role::Registrar, record.home)];
    context.require_staff_apart(&needs, &others).map(|_| ())
}

fn give_away(
    context: &mut Context<'_, '_>,
    account: AccountId,
    record: &AccountRecord,
    heir: Option<AccountId>,
) -> Result<(), Refusal> {
    context.expire_lots(account)?;
    let minutes = context.account(account)?.spendable()?;
    context.take_spendable(account, minutes, Entry::Closed { minutes })?;
    match heir {
        _ if minutes.is_zero() => Ok(()),
        Some(heir) => {
            let income = Income::Rest { from: account };
            context.credit(heir, minutes, income).map(|_| ())
        }
        None => context.fill_donation_pool(record.home_district, account, minutes),
    }
}
