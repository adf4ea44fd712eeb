//! Guardians and recovery of lost keys: whoever lost a key gets a new one with the help of others, after a delay in which
//! the old key may object.
//!
//! At most one recovery of an account runs at a time, and its end is queued exactly while it runs. While it runs the key is
//! not rotated, guardians are not replaced and the account is not closed; so what was announced is what happens, whatever
//! becomes of the guardians meanwhile. From the end of the delay on it can no longer be stopped, even when the chain has
//! not come to it yet; and once the new key is set, the old one signs nothing more in that very block (`replay.rs`).

use super::account::require_new_key;
use super::context::Context;
use super::guardianship::check_guardian;
use super::recovery_support::{Support, find_support};
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::AccountRecord;
use crate::record::policy::PolicyParameter;
use crate::record::recovery::{
    GUARDIANS_MAX, Guardian, OngoingRecovery, RECOVERY_DELAY_MS_MAX, RecoveryRecord,
};
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::TimestampMs;
use crate::transaction::Signer;
use crate::transaction::recovery as operation;

/// Chooses who helps when the key is lost.
pub(crate) fn set_guardians(
    context: &mut Context<'_, '_>,
    operation: &operation::SetGuardians,
) -> Result<(), Refusal> {
    let account = operation.account;
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    require_no_recovery(context, account)?;
    check_list(operation)?;
    if !operation.guardians.is_empty() {
        check_delay(context, &record, operation.delay_ms)?;
    }
    for guardian in &operation.guardians {
        match *guardian {
            Guardian::Account(person) if person == account => {
                return Err(Rejection::GuardianSelf { account }.into());
            }
            Guardian::Account(person) => check_guardian(context, person)?,
            Guardian::Office(office) => {
                context.organisation(office)?;
            }
        }
    }
    context.require_consent(account)?;
    let mut recovery = load(context, account)?;
    recovery.guardians.clone_from(&operation.guardians);
    recovery.threshold = operation.threshold;
    // Without guardians nobody chose a delay: what stood beside an empty list was never checked against any limit, and
    // kept with a pause it would have made the next recovery wait for ever.
    recovery.delay_ms = if operation.guardians.is_empty() {
        0
    } else {
        operation.delay_ms
    };
    store(context, account, recovery);
    context.post(account, &mut record, Entry::GuardiansSet)?;
    context.store_account(account, &record);
    Ok(())
}

fn check_list(operation: &operation::SetGuardians) -> Result<(), Rejection> {
    let (count, limit) = (operation.guardians.len(), GUARDIANS_MAX);
    if count > limit {
        return Err(Rejection::GuardiansTooMany { count, limit });
    }
    let mut pairs = operation.guardians.windows(2);
    if let Some(pair) = pairs.find(|pair| pair[0] >= pair[1]) {
        return Err(Rejection::GuardiansOrder { guardian: pair[1] });
    }
    let threshold = operation.threshold;
    if usize::from(threshold) > count || (threshold == 0) != (count == 0) {
        return Err(Rejection::GuardianThreshold { threshold, count });
    }
    Ok(())
}

fn check_delay(
    context: &Context<'_, '_>,
    record: &AccountRecord,
    delay_ms: u64,
) -> Result<(), Refusal> {
    let least_ms = context.policy_number(record.home_district, PolicyParameter::RecoveryDelayMs)?;
    let greatest_ms = RECOVERY_DELAY_MS_MAX;
    if (least_ms..=greatest_ms).contains(&delay_ms) {
        return Ok(());
    }
    Err(Rejection::RecoveryDelay {
        delay_ms,
        least_ms,
        greatest_ms,
    }
    .into())
}

/// Starts giving an account a new key.
pub(crate) fn start(
    context: &mut Context<'_, '_>,
    operation: &operation::StartRecovery,
) -> Result<(), Refusal> {
    let (account, new_key) = (operation.account, operation.new_key);
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    require_no_recovery(context, account)?;
    if record.key == Some(new_key) {
        return Err(Rejection::KeyUnchanged.into());
    }
    require_new_key(context, new_key)?;
    let mut recovery = load(context, account)?;
    let Support {
        signers,
        initiators,
        cancellable,
    } = find_support(context, account, record.home, &recovery)?;
    for signer in signers {
        context.signers.require(signer)?;
    }
    // The policy may have become stricter since the holder chose a delay, or the holder may have moved.
    let least_ms = context.policy_number(record.home_district, PolicyParameter::RecoveryDelayMs)?;
    let finishes_ms = context
        .block
        .time_ms
        .plus_ms(recovery.delay_ms.max(least_ms));
    recovery.ongoing = Some(OngoingRecovery {
        new_key,
        finishes_ms,
        cancellable,
        initiators,
    });
    store(context, account, recovery);
    let entry = due_entry(account, finishes_ms);
    context.store(&StateKey::Due(entry), &entry);
    context.post(account, &mut record, Entry::RecoveryStarted)?;
    context.store_account(account, &record);
    Ok(())
}

/// Stops a recovery; those who started it may not start another for a while.
pub(crate) fn cancel(
    context: &mut Context<'_, '_>,
    operation: &operation::CancelRecovery,
) -> Result<(), Refusal> {
    let account = operation.account;
    let mut record = context.account(account)?;
    let (mut recovery, ongoing) = running(context, account)?;
    if !ongoing.cancellable {
        return Err(Rejection::RecoveryNotCancellable { account }.into());
    }
    let (now_ms, finishes_ms) = (context.block.time_ms, ongoing.finishes_ms);
    if now_ms >= finishes_ms {
        return Err(Rejection::RecoveryOver {
            account,
            finishes_ms,
        }
        .into());
    }
    if record.key.is_some() {
        // A minor objects alone: this takes nothing away and binds it to nothing.
        context.signers.require(Signer::Account(account))?;
    } else {
        context.require_keyless_consent(&record, &[account])?;
    }
    let entry = due_entry(account, finishes_ms);
    context.state.delete(&StateKey::Due(entry));
    recovery.pause(&ongoing.initiators, now_ms);
    store(context, account, recovery);
    context.post(account, &mut record, Entry::RecoveryCancelled)?;
    context.store_account(account, &record);
    Ok(())
}

/// Ends a recovery whose delay has passed, before the chain comes to it.
pub(crate) fn finish(
    context: &mut Context<'_, '_>,
    operation: &operation::FinishRecovery,
) -> Result<(), Refusal> {
    let account = operation.account;
    let (recovery, ongoing) = running(context, account)?;
    let finishes_ms = ongoing.finishes_ms;
    if context.block.time_ms < finishes_ms {
        return Err(Rejection::RecoveryWaits {
            account,
            finishes_ms,
        }
        .into());
    }
    // Anyone on the ledger may ask for it; a bare key never begins this.
    let signers = context.signers.unused();
    if let Some(signer) = signers.iter().find(|it| !matches!(it, Signer::Key(_))) {
        context.signers.require(*signer)?;
    }
    let entry = due_entry(account, finishes_ms);
    context.state.delete(&StateKey::Due(entry));
    carry_out(context, account, recovery, &ongoing)
}

/// Ends a recovery whose delay has passed, as work of the chain.
pub(crate) fn finish_due(context: &mut Context<'_, '_>, account: AccountId) -> Result<(), Refusal> {
    let (recovery, ongoing) = running(context, account)?;
    carry_out(context, account, recovery, &ongoing)
}

fn carry_out(
    context: &mut Context<'_, '_>,
    account: AccountId,
    recovery: RecoveryRecord,
    ongoing: &OngoingRecovery,
) -> Result<(), Refusal> {
    store(context, account, recovery);
    let mut record = context.account(account)?;
    record.key = Some(ongoing.new_key);
    context.post(account, &mut record, Entry::KeyRecovered)?;
    context.store_account(account, &record);
    Ok(())
}

/// Checks that no recovery of `account` runs, or waits for the chain to carry it out.
pub(crate) fn require_no_recovery(
    context: &Context<'_, '_>,
    account: AccountId,
) -> Result<(), Refusal> {
    match load(context, account)?.ongoing {
        Some(OngoingRecovery { finishes_ms, .. }) => Err(Rejection::RecoveryRunning {
            account,
            finishes_ms,
        }
        .into()),
        None => Ok(()),
    }
}

/// The recovery of `account` that runs, taken out of the record.
fn running(
    context: &Context<'_, '_>,
    account: AccountId,
) -> Result<(RecoveryRecord, OngoingRecovery), Refusal> {
    let mut recovery = load(context, account)?;
    let ongoing = recovery.ongoing.take();
    let ongoing = ongoing.ok_or(Rejection::RecoveryNone { account })?;
    Ok((recovery, ongoing))
}

fn load(context: &Context<'_, '_>, account: AccountId) -> Result<RecoveryRecord, Refusal> {
    Ok(context
        .load(&StateKey::Recovery(account))?
        .unwrap_or_default())
}

/// Writes what is known about guardians and recovery, or forgets it when nothing is left of it.
fn store(context: &mut Context<'_, '_>, account: AccountId, mut recovery: RecoveryRecord) {
    recovery.forget_pauses(context.block.time_ms);
    let key = StateKey::Recovery(account);
    if recovery.is_empty() {
        context.state.delete(&key);
    } else {
        context.store(&key, &recovery);
    }
}

fn due_entry(account: AccountId, finishes_ms: TimestampMs) -> DueEntry {
    DueEntry {
        due_ms: finishes_ms,
        work: DueWork::Recover(account),
    }
}
