//! Filling and draining pools, and where repaid debts go.
//!
//! As in `value.rs`, every function changes the pool, its history and the supply together. A pool never has fewer than no
//! minutes: a caller asks for what is there.

use super::clearing::district_of;
use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::{AccountId, OrganisationId};
use crate::receipt::Entry;
use crate::record::account::{Clawback, ClawbackTo};
use crate::record::budget::{PoolId, PoolKind};
use crate::state::StateKey;

impl Context<'_, '_> {
    /// Puts `minutes` that come from `from` into the donation pool of `district`.
    pub(crate) fn fill_donation_pool(
        &mut self,
        district: OrganisationId,
        from: AccountId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        let pool = PoolId {
            organisation: district,
            kind: PoolKind::Donation,
        };
        self.fill_pool(pool, minutes, Entry::PoolReceived { from, minutes })
    }

    /// Puts `minutes` into a pool, posting `entry`. They come from the caller: taken from an account, or minted. A reserve
    /// pool serves those who wait for it at once.
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
        let district = self.district_of_pool(pool)?;
        self.count_received(district, minutes)?;
        match pool.kind {
            PoolKind::Reserve => self.serve_reserve(pool),
            PoolKind::Donation | PoolKind::Grant => Ok(()),
        }
    }

    /// Takes `minutes` out of a pool, which has them, posting `entry`. The caller accounts for them at once.
    pub(crate) fn drain_pool(
        &mut self,
        pool: PoolId,
        minutes: Minutes,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let mut record = self.pool(pool)?;
        record.minutes = record.minutes.minus(minutes)?;
        self.post_pool(pool, &mut record, entry)?;
        self.store(&StateKey::Pool(pool), &record);
        let mut supply = self.supply()?;
        supply.pools = supply.pools.minus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        let district = self.district_of_pool(pool)?;
        self.count_left(district, minutes)
    }

    /// Under which district a pool is counted: its organisation's, or the city for the city's own.
    fn district_of_pool(&self, pool: PoolId) -> Result<OrganisationId, Refusal> {
        let organisation = pool.organisation;
        district_of(self.state, organisation)?
            .ok_or(Rejection::OrganisationUnknown { organisation }.into())
    }

    /// Hands on what an account repaid: to the reserve pool that advanced it, or out of the supply.
    pub(crate) fn repay(&mut self, from: AccountId, repayment: Clawback) -> Result<(), Refusal> {
        let minutes = repayment.minutes;
        match repayment.to {
            ClawbackTo::Reserve(pool) => {
                self.fill_pool(pool, minutes, Entry::PoolRepaid { from, minutes })
            }
            ClawbackTo::Void => self.void(minutes),
        }
    }

    /// Counts minted minutes that were taken back as voided.
    pub(crate) fn void(&mut self, minutes: Minutes) -> Result<(), Refusal> {
        let mut supply = self.supply()?;
        supply.voided = supply.voided.plus(minutes)?;
        self.store(&StateKey::Supply, &supply);
        Ok(())
    }
}
