//! The queues of reserve pools: who waits for what a reversal could not give back at once.
//!
//! First in, first out; nothing is minted for those who wait. Whenever a reserve pool receives minutes it serves its queue,
//! at most [`CLAIMS_SERVED_MAX`] claims at a time; what is left is due work of the next block. So, after every block, a pool
//! that still has minutes while somebody waits has that work queued, and no event does more than its share.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::{AccountId, OrderId};
use crate::receipt::Entry;
use crate::record::budget::PoolId;
use crate::record::reserve::{CLAIMS_SERVED_MAX, ReserveClaim, ReserveQueue};
use crate::state::{DueEntry, DueWork, StateError, StateKey};

impl Context<'_, '_> {
    /// Gives `minutes` to `account` out of the reserve `pool`: at once as far as the pool has them and nobody waits, the
    /// rest when its turn comes.
    pub(crate) fn advance(
        &mut self,
        pool: PoolId,
        account: AccountId,
        order: OrderId,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        if minutes.is_zero() {
            return Ok(());
        }
        let mut queue = self.reserve_queue(pool)?;
        let claim = ReserveClaim {
            account,
            order,
            minutes,
        };
        self.store(&StateKey::ReserveClaim(pool, queue.next), &claim);
        queue.next = queue.next.checked_add(1).ok_or(Rejection::NumberOverflow)?;
        queue.minutes = queue.minutes.plus(minutes)?;
        self.store(&StateKey::ReserveQueue(pool), &queue);
        self.serve_reserve(pool)
    }

    /// Serves the first of those who wait for `pool`, as far as its minutes go; also as work of the chain.
    pub(crate) fn serve_reserve(&mut self, pool: PoolId) -> Result<(), Refusal> {
        let mut queue = self.reserve_queue(pool)?;
        if queue.is_empty() {
            return Ok(());
        }
        for _ in 0..CLAIMS_SERVED_MAX {
            let available = self.pool(pool)?.minutes;
            if queue.is_empty() || available.is_zero() {
                break;
            }
            let key = StateKey::ReserveClaim(pool, queue.first);
            let mut claim: ReserveClaim = self.load(&key)?.ok_or_else(|| StateError {
                reason: format!("claim {} on the pool {pool} is missing", queue.first),
            })?;
            let part = claim.minutes.min(available);
            self.pay_claim(pool, &claim, part)?;
            queue.minutes = queue.minutes.minus(part)?;
            claim.minutes = claim.minutes.minus(part)?;
            if claim.minutes.is_zero() {
                self.state.delete(&key);
                queue.first = queue.first.saturating_add(1);
            } else {
                self.store(&key, &claim);
            }
        }
        self.store_queue(pool, &queue)
    }

    fn pay_claim(
        &mut self,
        pool: PoolId,
        claim: &ReserveClaim,
        minutes: Minutes,
    ) -> Result<(), Refusal> {
        let (to, order) = (claim.account, claim.order);
        let entry = Entry::PoolAdvanced { to, order, minutes };
        self.drain_pool(pool, minutes, entry)?;
        self.make_whole(to, order, minutes)
    }

    fn reserve_queue(&self, pool: PoolId) -> Result<ReserveQueue, StateError> {
        Ok(self
            .load(&StateKey::ReserveQueue(pool))?
            .unwrap_or_default())
    }

    /// Writes the queue, and has the chain go on in the next block when some who wait could be served still.
    fn store_queue(&mut self, pool: PoolId, queue: &ReserveQueue) -> Result<(), Refusal> {
        if queue.is_empty() {
            // The next to wait begins a new queue.
            self.state.delete(&StateKey::ReserveQueue(pool));
            return Ok(());
        }
        self.store(&StateKey::ReserveQueue(pool), queue);
        if !self.pool(pool)?.minutes.is_zero() {
            // Not at this instant: the entry being executed is taken from the queue when it is done, and must not take
            // its successor with it.
            let entry = DueEntry {
                due_ms: self.block.time_ms.plus_ms(1),
                work: DueWork::ServeReserve(pool),
            };
            self.store(&StateKey::Due(entry), &entry);
        }
        Ok(())
    }
}
