//! Holding, releasing, paying, crediting: the only code that moves minutes.
//!
//! Every function here changes an owner, its history and the supply together, so that conservation holds after each of
//! them. Functions load and store the records they change: a caller must not keep a copy across a call.
//!
//! Releasing, paying what is held, and crediting cannot be refused: lots make room by merging, memo figures saturate, and
//! no sum of minutes can exceed what all budget lines may mint ([`crate::record::supply::BUDGETED_MAX`]).

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::{AccountId, OrderId};
use crate::receipt::Entry;
use crate::record::budget::{PoolId, PoolKind};
use crate::record::lot::{Lot, LotError, Lots, Source};
use crate::record::policy::PolicyParameter;
use crate::state::StateKey;

/// What became of minutes that were credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credited {
    /// Spendable now.
    pub(crate) credited: Minutes,
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
}

impl Context<'_, '_> {
    /// Moves what is past its last day out of the account's lots, as work of the chain and before anything looks at them.
    pub(crate) fn expire_lots(&mut self, _account: AccountId) -> Result<(), Refusal> {
        Err(Rejection::NumberOverflow.into())
    }

    /// Moves `minutes` of `account` from spendable to held under `order`; the lots they came from.
    pub(crate) fn hold(
        &mut self,
        account: AccountId,
        order: OrderId,
        minutes: Minutes,
    ) -> Result<Lots, Refusal> {
        let mut record = self.account(account)?;
        let taken = record
            .lots
            .take(minutes)
            .map_err(|error| lot_rejection(error, account, minutes))?;
        record.held = record.held.plus(minutes)?;
        self.post(account, &mut record, Entry::Held { order, minutes })?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.minus(minutes)?;
        supply.held = supply.held.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        Ok(taken)
    }

    /// Moves held minutes back to the lots they came from, past the cap.
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
        let mut record = self.account(account)?;
        record.held = record.held.minus(minutes)?;
        record.lots.put_back(lots)?;
        self.post(account, &mut record, Entry::Released { order, minutes })?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.held = supply.held.minus(minutes)?;
        supply.spendable = supply.spendable.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
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
        Ok(())
    }

    /// Takes spendable minutes from `account` for good, posting `entry`. The caller accounts for them at once.
    pub(crate) fn spend(
        &mut self,
        account: AccountId,
        minutes: Minutes,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let mut record = self.account(account)?;
        record
            .lots
            .take(minutes)
            .map_err(|error| lot_rejection(error, account, minutes))?;
        self.post(account, &mut record, entry)?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.minus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        Ok(())
    }

    /// Credits `minutes` to `account` in this order: the room under the cap of the home district's
    /// policy first, the overflow to the home district's donation pool.
    pub(crate) fn credit(
        &mut self,
        account: AccountId,
        minutes: Minutes,
        income: Income,
    ) -> Result<Credited, Refusal> {
        let mut record = self.account(account)?;
        let cap = self.policy_minutes(record.home_district, PolicyParameter::Cap)?;
        let room = cap.saturating_minus(record.spendable()?.plus(record.held)?);
        let credited = minutes.min(room);
        let overflow = minutes.minus(credited)?;
        let lot = Lot {
            source: Source::Earned,
            expiry: None,
            minutes: credited,
        };
        record.lots.add(lot)?;
        record.honorary = record.honorary.saturating_plus(overflow);
        let entry = match income {
            Income::Service { order, served } => {
                record.service_given = record.service_given.saturating_plus(served);
                Entry::Earned {
                    order,
                    credited,
                    repaid: Minutes::ZERO,
                    overflow,
                    served,
                }
            }
            Income::Gift { from } => Entry::GiftReceived {
                from,
                credited,
                repaid: Minutes::ZERO,
                overflow,
            },
        };
        self.post(account, &mut record, entry)?;
        self.store_account(account, &record);
        let mut supply = self.supply()?;
        supply.spendable = supply.spendable.plus(credited)?;
        self.store(&StateKey::Supply, &supply);
        if !overflow.is_zero() {
            let pool = PoolId {
                organisation: record.home_district,
                kind: PoolKind::Donation,
            };
            self.fill_pool(
                pool,
                overflow,
                Entry::PoolReceived {
                    from: account,
                    minutes: overflow,
                },
            )?;
        }
        Ok(Credited { credited, overflow })
    }

    /// Puts `minutes` into a pool, posting `entry`. They come from the caller: taken from an account, or minted.
    pub(crate) fn fill_pool(
        &mut self,
        pool: PoolId,
        minutes: Minutes,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let mut record = self.pool(pool)?;
        record.minutes = record.minutes.plus(minutes)?;
        self.post_pool(pool, &mut record, entry)?;
        self.store(&StateKey::Pool(pool), &record);
        let mut supply = self.supply()?;
        supply.pools = supply.pools.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        Ok(())
    }
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
