//! Holding, releasing, paying, crediting, expiring: with `pool.rs` the only code that moves minutes.
//!
//! Every function here changes an owner, its history and the supply together, so that conservation holds after each of
//! them. Functions load and store the records they change: a caller must not keep a copy across a call.
//!
//! Whatever looks at spendable minutes takes out first what is past its last day ([`Context::expire_lots`]), so that such
//! minutes are gone for every rule at once, whether or not the chain has come to its due entry. An entry is queued, once
//! per account and day, whenever a lot with an expiry is added.
//!
//! Releasing, paying what is held, crediting and expiring cannot be refused: lots make room by merging, memo figures
//! saturate, and no sum of minutes can exceed what all budget lines may mint ([`crate::record::supply::BUDGETED_MAX`]).

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::{AmountError, Minutes};
use crate::id::{AccountId, BudgetId, OrderId, OrganisationId};
use crate::planted::{self, Planted};
use crate::receipt::Entry;
use crate::record::account::{AccountRecord, AccountStatus, Clawback};
use crate::record::budget::PoolId;
use crate::record::lot::{Lot, LotError, Lots, Source};
use crate::record::policy::PolicyParameter;
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::Day;

/// What became of minutes that were credited; together they are all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credited {
    /// Spendable now.
    pub(crate) credited: Minutes,
    /// Taken to repay what was owed since a reversal.
    pub(crate) repaid: Minutes,
    /// Beyond the cap: to the home district's donation pool, and counted as honorary.
    pub(crate) overflow: Minutes,
}

/// Why minutes come to an account.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Income {
    /// Service under an order; `served` counts as service given.
    Service { order: OrderId, served: Minutes },
    /// A gift.
    Gift { from: AccountId },
    /// A grant from a budget line.
    Grant {
        budget: BudgetId,
        expiry: Option<Day>,
    },
    /// A grant from a pool.
    PoolGrant { pool: PoolId, expiry: Option<Day> },
    /// Training; `attended` counts as training given.
    Training { attended: Minutes },
    /// Work in a campaign; `served` counts as service given, `honorary` is for those whom the line did not cover.
    Campaign { served: Minutes, honorary: Minutes },
    /// What a closed account had.
    Rest { from: AccountId },
}

impl Income {
    /// The entry that says what became of it.
    const fn entry(self, outcome: Credited) -> Entry {
        let Credited {
            credited,
            repaid,
            overflow,
        } = outcome;
        match self {
            Income::Service { order, served } => Entry::Earned {
                order,
                credited,
                repaid,
                overflow,
                served,
            },
            Income::Gift { from } => Entry::GiftReceived {
                from,
                credited,
                repaid,
                overflow,
            },
            Income::Grant { budget, .. } => Entry::Granted {
                budget,
                credited,
                repaid,
                overflow,
            },
            Income::PoolGrant { pool, .. } => Entry::PoolGranted {
                pool,
                credited,
                repaid,
                overflow,
            },
            Income::Training { attended } => Entry::Trained {
                attended,
                credited,
                repaid,
                overflow,
            },
            Income::Campaign { served, honorary } => Entry::Campaigned {
                served,
                honorary,
                credited,
                repaid,
                overflow,
            },
            Income::Rest { from } => Entry::RestReceived {
                from,
                credited,
                repaid,
                overflow,
            },
        }
    }

    /// Counts in `record` what it says about its holder, outside the supply.
    fn count(self, record: &mut AccountRecord) {
        match self {
            Income::Service { served, .. } => {
                record.service_given = record.service_given.saturating_plus(served);
            }
            Income::Training { attended } => {
                record.training_given = record.training_given.saturating_plus(attended);
            }
            Income::Campaign { served, honorary } => {
                record.service_given = record.service_given.saturating_plus(served);
                record.honorary = record.honorary.saturating_plus(honorary);
            }
            Income::Gift { .. }
            | Income::Grant { .. }
            | Income::PoolGrant { .. }
            | Income::Rest { .. } => {}
        }
    }
}

impl Context<'_, '_> {
    /// Moves what is past its last day out of the account's lots, as work of the chain and before anything looks at them.
    pub(crate) fn expire_lots(&mut self, account: AccountId) -> Result<(), Refusal> {
        self.with_live_lots(account).map(|_| ())
    }

    /// The account, after what is past its last day was moved out of its lots.
    pub(crate) fn with_live_lots(&mut self, account: AccountId) -> Result<AccountRecord, Refusal> {
        let mut record = self.account(account)?;
        let gone = record.lots.take_expired(self.block.today())?;
        if gone.is_empty() {
            return Ok(record);
        }
        self.post_expired(account, &mut record, &gone)?;
        self.store_account(account, &record);
        let minutes = Minutes::sum(gone.into_iter().map(|(_, minutes)| minutes))?;
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.minus(minutes)?;
        supply.expired = supply.expired.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        self.count_out_expired(record.home_district, minutes)?;
        Ok(record)
    }

    /// Moves `minutes` of `account` from spendable to held under `order`; the lots they came from.
    pub(crate) fn hold(
        &mut self,
        account: AccountId,
        order: OrderId,
        minutes: Minutes,
    ) -> Result<Lots, Refusal> {
        self.require_may_spend(account)?;
        let mut record = self.with_live_lots(account)?;
        let taken = record
            .lots
            .take(minutes)
            .map_err(|error| lot_rejection(error, account, minutes))?;
        record.held = record.held.plus(minutes)?;
        self.post(account, &mut record, Entry::Held { order, minutes })?;
        self.put(&StateKey::Account(account), record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.minus(minutes)?;
        supply.held = supply.held.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        Ok(taken)
    }

    /// Moves held minutes back to the lots they came from, past cap and clawback; what is past its last day expires.
    pub(crate) fn release(
        &mut self,
        account: AccountId,
        order: OrderId,
        lots: &Lots,
    ) -> Result<(), Refusal> {
        let minutes = lots.total()?;
        if minutes.is_zero() {
            return Ok(());
        }
        let mut record = self.with_live_lots(account)?;
        record.held = record.held.minus(minutes)?;
        let mut live = lots.clone();
        let gone = live.take_expired(self.block.today())?;
        let returned = live.total()?;
        record.lots.put_back(&live)?;
        self.post(account, &mut record, Entry::Released { order, minutes })?;
        self.post_expired(account, &mut record, &gone)?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        let expired = minutes.minus(returned)?;
        supply.held = supply.held.minus(minutes)?;
        supply.spendable = supply.spendable.plus(returned)?;
        supply.expired = supply.expired.plus(expired)?;
        self.store(&StateKey::Supply, &supply);
        self.count_out_expired(record.home_district, expired)?;
        self.queue_expiries(account, &live);
        Ok(())
    }

    /// Takes held minutes from their payer for good. The caller credits the same amount to somebody at once.
    pub(crate) fn pay_held(
        &mut self,
        account: AccountId,
        order: OrderId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        let mut record = self.account(account)?;
        record.held = record.held.minus(minutes)?;
        self.post(account, &mut record, Entry::Paid { order, minutes })?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.held = supply.held.minus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        self.count_left(record.home_district, minutes)
    }

    /// Takes spendable minutes from `account`, which may spend, for good, posting `entry`. The caller accounts for them at
    /// once.
    pub(crate) fn spend(
        &mut self,
        account: AccountId,
        minutes: Minutes,
        entry: Entry,
    ) -> Result<(), Refusal> {
        self.require_may_spend(account)?;
        self.take_spendable(account, minutes, entry)
    }

    /// Takes spendable minutes from `account` for good, whether or not it may spend, posting `entry`: for a closing and a
    /// reversal. The caller accounts for them at once.
    pub(crate) fn take_spendable(
        &mut self,
        account: AccountId,
        minutes: Minutes,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let mut record = self.with_live_lots(account)?;
        record
            .lots
            .take(minutes)
            .map_err(|error| lot_rejection(error, account, minutes))?;
        self.post(account, &mut record, entry)?;
        let district = record.home_district;
        self.put(&StateKey::Account(account), record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.minus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        self.count_left(district, minutes)
    }

    /// Credits `minutes` to `account` in this order: what it owes since a reversal is repaid; then the room under the cap
    /// of the home district's policy is filled; the overflow goes to the home district's donation pool and counts as
    /// honorary. The caller has taken the minutes from somebody, or minted them.
    pub(crate) fn credit(
        &mut self,
        account: AccountId,
        minutes: Minutes,
        income: Income,
    ) -> Result<Credited, Refusal> {
        let mut record = self.with_live_lots(account)?;
        let district = record.home_district;
        let repayments = take_repayments(&mut record.clawback, minutes)?;
        let repaid = Minutes::sum(repayments.iter().map(|repayment| repayment.minutes))?;
        let rest = minutes.minus(repaid)?;
        let cap = self.policy_minutes(district, PolicyParameter::Cap)?;
        let cap = if planted::is(Planted::CapIgnored) {
            Minutes(u64::MAX)
        } else {
            cap
        };
        let room = cap.saturating_minus(record.spendable()?.plus(record.held)?);
        let credited = rest.min(room);
        let overflow = rest.minus(credited)?;
        let lot = self.lot(income, district, credited)?;
        record.lots.add(lot)?;
        record.honorary = record.honorary.saturating_plus(overflow);
        income.count(&mut record);
        let outcome = Credited {
            credited,
            repaid,
            overflow,
        };
        self.post(account, &mut record, income.entry(outcome))?;
        self.put(&StateKey::Account(account), record);
        self.queue_expiry(account, &lot);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.plus(credited)?;
        self.store(&StateKey::Supply, &supply);
        self.count_received(district, credited.plus(repaid)?)?;
        self.count_left(district, repaid)?;
        for repayment in repayments {
            self.repay(account, repayment)?;
        }
        if !overflow.is_zero() {
            self.fill_donation_pool(district, account, overflow)?;
        }
        Ok(outcome)
    }

    /// Gives `minutes` back to an account from which they should never have gone, past cap and clawback, as minutes
    /// without expiry; to the home district's donation pool when it is closed. The caller accounts for them at once.
    pub(crate) fn make_whole(
        &mut self,
        account: AccountId,
        order: OrderId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        if minutes.is_zero() {
            return Ok(());
        }
        let mut record = self.with_live_lots(account)?;
        let district = record.home_district;
        if record.status == AccountStatus::Closed {
            return self.fill_donation_pool(district, account, minutes);
        }
        record.lots.add(Lot {
            source: Source::Earned,
            expiry: None,
            minutes,
        })?;
        self.post(account, &mut record, Entry::MadeWhole { order, minutes })?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        self.count_received(district, minutes)
    }

    /// The lot in which income is credited to an account at home in `district`. Policy may let what is earned expire;
    /// what others gave away does not expire, and a grant when the office says so.
    fn lot(
        &self,
        income: Income,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<Lot, Refusal> {
        let (source, expiry) = match income {
            Income::Service { .. } | Income::Training { .. } | Income::Campaign { .. } => {
                (Source::Earned, self.earned_expiry(district)?)
            }
            Income::Gift { .. } | Income::Rest { .. } => (Source::Earned, None),
            Income::Grant { expiry, .. } | Income::PoolGrant { expiry, .. } => {
                (Source::Granted, expiry)
            }
        };
        Ok(Lot {
            source,
            expiry,
            minutes,
        })
    }

    /// The last day of minutes earned today by somebody at home in `district`.
    fn earned_expiry(&self, district: OrganisationId) -> Result<Option<Day>, Refusal> {
        let days = self.policy_number(district, PolicyParameter::EarnedExpiryDays)?;
        let days = u32::try_from(days).map_err(|_| Rejection::NumberOverflow)?;
        Ok((days > 0).then(|| self.block.today().plus_days(days)))
    }

    fn queue_expiries(&mut self, account: AccountId, lots: &Lots) {
        for lot in lots.as_slice() {
            self.queue_expiry(account, lot);
        }
    }

    /// Queues the expiry of `lot` for the first instant after its last day. One entry serves all lots of that day; it
    /// finds nothing to do when they were spent, or merged with a lot that lasts longer and has an entry of its own.
    fn queue_expiry(&mut self, account: AccountId, lot: &Lot) {
        let Some(day) = lot.expiry.filter(|_| !lot.minutes.is_zero()) else {
            return;
        };
        let entry = DueEntry {
            due_ms: self.block.chain.calendar.end_of(day),
            work: DueWork::Expire(account, day),
        };
        self.store(&StateKey::Due(entry), &entry);
    }

    fn post_expired(
        &mut self,
        account: AccountId,
        record: &mut AccountRecord,
        gone: &[(Day, Minutes)],
    ) -> Result<(), Refusal> {
        for (day, minutes) in gone.iter().copied() {
            self.post(account, record, Entry::Expired { day, minutes })?;
        }
        Ok(())
    }

    fn count_out_expired(
        &mut self,
        district: OrganisationId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        self.count_expired(district, minutes)?;
        self.count_left(district, minutes)
    }
}

/// Takes as much of `minutes` as is owed off `owed`, in the order of the list; what is repaid to whom.
fn take_repayments(
    owed: &mut Vec<Clawback>,
    minutes: Minutes,
) -> Result<Vec<Clawback>, AmountError> {
    let mut left = if planted::is(Planted::ClawbackSkipped) {
        Minutes::ZERO
    } else {
        minutes
    };
    let mut repayments = Vec::new();
    for debt in owed.iter_mut() {
        let part = debt.minutes.min(left);
        if part.is_zero() {
            break;
        }
        debt.minutes = debt.minutes.minus(part)?;
        left = left.minus(part)?;
        repayments.push(Clawback {
            to: debt.to,
            minutes: part,
        });
    }
    owed.retain(|debt| !debt.minutes.is_zero());
    Ok(repayments)
}

fn lot_rejection(error: LotError, account: AccountId, requested: Minutes) -> Refusal {
    match error {
        LotError::Insufficient { available } => Rejection::InsufficientMinutes {
            account,
            available,
            requested,
        }
        .into(),
        LotError::Overflow => Rejection::NumberOverflow.into(),
    }
}
