//! Replay protection and what every transaction must satisfy, whatever it asks for.
//!
//! A transaction applies at most once: its id is remembered until `valid_until_ms`, grouped by expiry hour, and the state
//! root commits to each open hour's running hash.

use std::rc::Rc;

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::hash::{Domain, Hash, hash};
use crate::planted::{self, Planted};
use crate::record::account::AccountRecord;
use crate::record::chain::RememberedHour;
use crate::record::daily_count::{CountedSigner, DailyCount};
use crate::record::organisation::StaffRecord;
use crate::record::policy::PolicyParameter;
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{DAY_MS, Day, HOUR_MS, TimestampMs};
use crate::transaction::{Operation, SealedEnvelope, Signer, Transaction, VALIDITY_MS_MAX};

/// Checks chain, validity, replay, and the signer's number of transactions today.
pub(crate) fn check(context: &mut Context<'_, '_>, sealed: &SealedEnvelope) -> Result<(), Refusal> {
    let transaction = sealed.transaction();
    let expected = context.block.chain_id;
    if transaction.chain_id != expected {
        return Err(Rejection::WrongChain {
            expected,
            actual: transaction.chain_id,
        }
        .into());
    }
    let (now_ms, valid_until_ms) = (context.block.time_ms, transaction.valid_until_ms);
    if valid_until_ms < now_ms {
        return Err(Rejection::Expired {
            valid_until_ms,
            now_ms,
        }
        .into());
    }
    let latest_ms = now_ms.plus_ms(VALIDITY_MS_MAX);
    if valid_until_ms > latest_ms {
        return Err(Rejection::ValidTooLong {
            valid_until_ms,
            latest_ms,
        }
        .into());
    }
    if context
        .state
        .is_remembered(valid_until_ms.hour_ceiling(), sealed.id())?
    {
        return Err(Rejection::AlreadyApplied.into());
    }
    check_accounts(context, sealed)?;
    check_staff_unchanged(context, sealed)?;
    count_against_daily_limit(context, transaction)
}

/// Refuses closed accounts, which sign nothing, and accounts whose key was replaced earlier in this block: signatures are
/// checked against the keys of the parent block, and the old key must not undo what replaced it, a recovery above all. The
/// new one counts from the next block.
fn check_accounts(context: &Context<'_, '_>, sealed: &SealedEnvelope) -> Result<(), Refusal> {
    for signed in &sealed.envelope().signatures {
        let signer = signed.signer;
        let Signer::Account(account) = signer else {
            continue;
        };
        let now = context.seen_account(account)?;
        require_open(account, &now)?;
        let key = StateKey::Account(account);
        if !context.state.is_changed(&key) {
            continue;
        }
        let before: Option<Rc<AccountRecord>> = context.state.share_before(&key)?;
        if before.is_some_and(|before| before.key != now.key) {
            return Err(Rejection::SignerUnknown { signer }.into());
        }
    }
    Ok(())
}

/// Refuses staff whose number went to somebody else earlier in this block: signatures are checked against the keys of the
/// parent block, and the old key must not act with what the new holder may do. A new key of the same person with the
/// same roles counts from the next block, and the old one until then.
fn check_staff_unchanged(
    context: &Context<'_, '_>,
    sealed: &SealedEnvelope,
) -> Result<(), Refusal> {
    for signed in &sealed.envelope().signatures {
        let signer = signed.signer;
        let Signer::Staff(staff) = signer else {
            continue;
        };
        let key = StateKey::Staff(staff);
        if !context.state.is_changed(&key) {
            continue;
        }
        let before: Option<Rc<StaffRecord>> = context.state.share_before(&key)?;
        let (Some(before), Some(now)) = (before, context.share::<StaffRecord>(&key)?) else {
            continue;
        };
        let other_duties = before.key != now.key && before.roles != now.roles;
        if before.person != now.person || other_duties {
            return Err(Rejection::SignerUnknown { signer }.into());
        }
    }
    Ok(())
}

/// Remembers that the transaction has applied. Called last: nothing may refuse it afterwards.
pub(crate) fn remember(
    context: &mut Context<'_, '_>,
    sealed: &SealedEnvelope,
) -> Result<(), Refusal> {
    let hour = sealed.transaction().valid_until_ms.hour_ceiling();
    let key = StateKey::RememberedHour(hour);
    let before: Option<RememberedHour> = context.load(&key)?;
    if before.is_none() {
        let due_ms = TimestampMs(hour.saturating_mul(HOUR_MS).saturating_add(1));
        let early_ms = if planted::is(Planted::IdForgottenEarly) {
            DAY_MS
        } else {
            0
        };
        let due_ms = due_ms.minus_ms(early_ms);
        let entry = DueEntry {
            due_ms,
            work: DueWork::Forget(hour),
        };
        context.store(&StateKey::Due(entry), &entry);
    }
    let RememberedHour { count, running } = before.unwrap_or(RememberedHour {
        count: 0,
        running: Hash::ZERO,
    });
    let after = RememberedHour {
        count: count.saturating_add(1),
        running: hash(
            Domain::RememberedIds,
            &[running.as_bytes(), sealed.id().0.as_bytes()],
        ),
    };
    context.store(&key, &after);
    context.state.remember(hour, sealed.id());
    Ok(())
}

/// Limits how many transactions one signer begins in a day, so that nobody can fill the book. A bare key is free to make,
/// so it begins only what can apply once: evidence. An account's count stands in its record: whatever loads the account
/// from here on goes on with that.
fn count_against_daily_limit(
    context: &mut Context<'_, '_>,
    transaction: &Transaction,
) -> Result<(), Refusal> {
    let (signer, today) = (transaction.signer, context.block.today());
    match signer {
        Signer::Key(_) => match transaction.operation {
            Operation::SubmitEvidence(_) => Ok(()),
            _ => Err(Rejection::SignerNotEntitled { signer }.into()),
        },
        Signer::Account(account) => {
            let mut record = context.account(account)?;
            let parameter = PolicyParameter::PersonTransactionsPerDay;
            let limit = context.policy_number(record.home_district, parameter)?;
            record.transactions_begun = one_more_begun(record.transactions_begun, today, limit)?;
            context.put(&StateKey::Account(account), record);
            Ok(())
        }
        Signer::Staff(staff) => {
            let parameter = PolicyParameter::StaffTransactionsPerDay;
            let limit = context.policy_number(context.block.chain.city, parameter)?;
            let key = StateKey::SignerDay(CountedSigner::Staff(staff));
            let begun = context.load(&key)?.unwrap_or_default();
            context.put(&key, one_more_begun(begun, today, limit)?);
            Ok(())
        }
    }
}

/// `begun` and the transaction under execution.
fn one_more_begun(begun: DailyCount, today: Day, limit: u64) -> Result<DailyCount, Rejection> {
    let begun = begun.with_one_more(today, limit);
    begun.ok_or(Rejection::TransactionsPerDay { limit })
}
