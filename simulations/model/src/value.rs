//! How minutes move: lots, holding and releasing, crediting, pools and their queues. Nothing here can fail; whoever takes
//! has checked that it is there.

use crate::due::DueKind;
use crate::id::{AccountId, OrganisationId, PoolId, PoolKind};
use crate::model::Model;
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::time::{Day, Minutes};
use crate::view::{Destination, Kind, Lot, Source, Status};

/// "equal keys merge, at most 64"
const LOTS_MAX: usize = 64;

/// "Spending takes the soonest expiry first, granted before earned on the same day, no expiry last."
const fn spending_key(lot: &Lot) -> (bool, Option<Day>, Source) {
    (lot.expiry.is_none(), lot.expiry, lot.source)
}

/// Adds a lot to a list in spending order.
pub(crate) fn insert_lot(lots: &mut Vec<Lot>, lot: Lot) {
    if lot.minutes == 0 {
        return;
    }
    match lots.binary_search_by_key(&spending_key(&lot), spending_key) {
        Ok(at) => lots[at].minutes += lot.minutes,
        Err(at) => lots.insert(at, lot),
    }
    // "An account with 64 kinds of lots never refuses minutes: the lot spent first joins the next one, so nothing expires
    // sooner than it would have."
    if lots.len() > LOTS_MAX {
        let first = lots.remove(0);
        lots[0].minutes += first.minutes;
    }
}

pub(crate) fn total(lots: &[Lot]) -> Minutes {
    lots.iter().map(|lot| lot.minutes).sum()
}

/// Splits the lots spent first, as many minutes as asked for, from the others.
pub(crate) fn split_first(lots: Vec<Lot>, minutes: Minutes) -> (Vec<Lot>, Vec<Lot>) {
    let (mut first, mut others, mut left) = (Vec::new(), Vec::new(), minutes);
    for lot in lots {
        let part = lot.minutes.min(left);
        left -= part;
        if part > 0 {
            first.push(Lot {
                minutes: part,
                ..lot
            });
        }
        if lot.minutes > part {
            others.push(Lot {
                minutes: lot.minutes - part,
                ..lot
            });
        }
    }
    assert_eq!(
        left, 0,
        "whoever takes minutes has checked that they are there"
    );
    (first, others)
}

impl Model {
    /// "Expiry days are inclusive", and "lots with an expiry day before today are gone for every rule".
    fn is_over(&self, lot: &Lot) -> bool {
        lot.expiry.is_some_and(|day| day < self.today())
    }

    /// What an account may still spend.
    pub(crate) fn spendable(&self, id: AccountId) -> Minutes {
        let lots = self.accounts.get(&id).map_or(&[][..], |it| &it.lots);
        let usable = lots.iter().filter(|lot| !self.is_over(lot));
        usable.map(|lot| lot.minutes).sum()
    }

    /// "Frozen accounts do not spend, closed ones do nothing"; "a group cannot while GroupMaySpend is 0".
    pub(crate) fn check_spending(&self, id: AccountId, minutes: Minutes) -> Result<(), Refusal> {
        let account = self.living(id)?;
        if account.status == Status::Frozen {
            return Err(Refusal::AccountFrozen);
        }
        let district = self.district_of(account.home);
        if account.kind == Kind::Group && self.number(Parameter::GroupMaySpend, district) == 0 {
            return Err(Refusal::GroupMayNotSpend);
        }
        if self.spendable(id) < minutes {
            return Err(Refusal::InsufficientMinutes);
        }
        Ok(())
    }

    /// Moves what is over out of an account.
    pub(crate) fn expire_lots(&mut self, id: AccountId) {
        let today = self.today();
        let account = self.known(id);
        let mut over = 0;
        account.lots.retain(|lot| {
            let keep = lot.expiry.is_none_or(|day| today <= day);
            over += if keep { 0 } else { lot.minutes };
            keep
        });
        self.supply.spendable -= over;
        self.expire(id, over);
    }

    fn expire(&mut self, id: AccountId, minutes: Minutes) {
        self.supply.expired += minutes;
        let district = self.home_district(id);
        self.note_expired(district, minutes);
    }

    /// Takes spendable minutes, those spent first.
    pub(crate) fn take(&mut self, id: AccountId, minutes: Minutes) -> Vec<Lot> {
        if minutes == 0 {
            return Vec::new();
        }
        self.expire_lots(id);
        let account = self.known(id);
        let (taken, left) = split_first(std::mem::take(&mut account.lots), minutes);
        account.lots = left;
        self.supply.spendable -= minutes;
        taken
    }

    /// Takes everything spendable.
    pub(crate) fn take_all(&mut self, id: AccountId) -> Minutes {
        let minutes = self.spendable(id);
        self.take(id, minutes);
        self.expire_lots(id);
        minutes
    }

    /// Puts minutes into an account, whatever its cap and clawback.
    fn put(&mut self, id: AccountId, lot: Lot) {
        if self.is_over(&lot) {
            // "already expired ones expire"
            self.expire(id, lot.minutes);
            return;
        }
        if let Some(day) = lot.expiry {
            let over_ms = self.calendar.start_of(day + 1);
            self.due.insert((over_ms, DueKind::Expire, id.0));
        }
        insert_lot(&mut self.known(id).lots, lot);
        self.supply.spendable += lot.minutes;
    }

    /// Moves spendable minutes under an order.
    pub(crate) fn hold(&mut self, id: AccountId, minutes: Minutes) -> Vec<Lot> {
        let lots = self.take(id, minutes);
        self.known(id).held += minutes;
        self.supply.held += minutes;
        lots
    }

    /// "A release returns to the lots they came from (already expired ones expire), past cap and clawback."
    pub(crate) fn release(&mut self, id: AccountId, lots: &[Lot]) {
        self.unhold(id, lots);
        for lot in lots {
            self.put(id, *lot);
        }
    }

    /// Takes held minutes out of an account, to be paid.
    pub(crate) fn unhold(&mut self, id: AccountId, lots: &[Lot]) {
        let minutes = total(lots);
        self.known(id).held -= minutes;
        self.supply.held -= minutes;
    }

    /// "Crediting, always in this order": clawback, room under the cap, overflow.
    pub(crate) fn credit(
        &mut self,
        id: AccountId,
        minutes: Minutes,
        source: Source,
        expiry: Option<Day>,
    ) {
        let left = minutes - self.repay_clawback(id, minutes);
        let district = self.home_district(id);
        // "2. fill the room under the cap (spendable + held) of the home district's policy"
        let cap = self.number(Parameter::Cap, district);
        let has = self.spendable(id) + self.known(id).held;
        let fits = left.min(cap.saturating_sub(has));
        if fits > 0 {
            let lot = Lot {
                source,
                expiry,
                minutes: fits,
            };
            self.put(id, lot);
        }
        // "3. the overflow goes to the home district's donation pool and counts as honorary"
        let overflow = left - fits;
        if overflow > 0 {
            self.known(id).honorary += overflow;
            self.fill_pool(donation_pool(district), overflow);
        }
    }

    /// "1. repay clawback due, into the reserve pool that advanced it"; what had been minted is voided.
    fn repay_clawback(&mut self, id: AccountId, minutes: Minutes) -> Minutes {
        let mut repaid = 0;
        while repaid < minutes {
            let account = self.known(id);
            let Some(mut due) = account.clawback_due.first_entry() else {
                break;
            };
            let destination = *due.key();
            let part = (*due.get()).min(minutes - repaid);
            *due.get_mut() -= part;
            if *due.get() == 0 {
                due.remove();
            }
            repaid += part;
            match destination {
                Destination::Pool(pool) => self.fill_pool(pool, part),
                Destination::Void => self.supply.voided += part,
            }
        }
        repaid
    }

    /// The last day of what is earned today: "last day = day of crediting + N".
    pub(crate) fn earned_expiry(&self, id: AccountId) -> Option<Day> {
        let days = self.number(Parameter::EarnedExpiryDays, self.home_district(id));
        let days = u32::try_from(days).unwrap_or(u32::MAX);
        (days > 0).then(|| self.today().saturating_add(days))
    }

    pub(crate) fn pool(&self, pool: PoolId) -> Minutes {
        self.pools.get(&pool).copied().unwrap_or(0)
    }

    /// Adds to a pool; "whenever the pool receives minutes it serves the queue".
    pub(crate) fn fill_pool(&mut self, pool: PoolId, minutes: Minutes) {
        *self.pools.entry(pool).or_insert(0) += minutes;
        self.supply.pools += minutes;
        while let Some((account, waiting)) = self.first_in_queue(pool) {
            let part = waiting.min(self.pool(pool));
            if part == 0 {
                break;
            }
            self.drain_pool(pool, part);
            if let Some(queue) = self.queues.get_mut(&pool) {
                if part == waiting {
                    queue.pop_front();
                } else {
                    queue[0].1 -= part;
                }
            }
            self.make_whole(account, part);
        }
    }

    fn first_in_queue(&self, pool: PoolId) -> Option<(AccountId, Minutes)> {
        self.queues.get(&pool)?.front().copied()
    }

    /// Takes from a pool.
    pub(crate) fn drain_pool(&mut self, pool: PoolId, minutes: Minutes) {
        let left = self.pool(pool) - minutes;
        self.pools.insert(pool, left);
        self.supply.pools -= minutes;
    }

    /// Gives an innocent payer minutes back, past cap and clawback: "earned, no expiry". "A closed payer is made whole
    /// through the donation pool of its home district."
    pub(crate) fn make_whole(&mut self, id: AccountId, minutes: Minutes) {
        if self.known(id).status == Status::Closed {
            let district = self.home_district(id);
            self.fill_pool(donation_pool(district), minutes);
        } else if minutes > 0 {
            let lot = Lot {
                source: Source::Earned,
                expiry: None,
                minutes,
            };
            self.put(id, lot);
        }
    }
}

/// An organisation's donation pool.
pub(crate) const fn donation_pool(organisation: OrganisationId) -> PoolId {
    PoolId {
        organisation,
        kind: PoolKind::Donation,
    }
}
