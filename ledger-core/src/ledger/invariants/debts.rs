//! What reversals leave behind, and what leaves the supply: checked against the records and postings of the block.
//!
//! A reserve pool trades what it has against what it is owed: what accounts owe to it, and its minutes, less what others
//! wait for, together grow by what is funded into it and by nothing else. Minutes that a budget line minted for an order
//! that is reversed are voided at once or owed. What expired and what was redeemed is what was posted.

use std::collections::BTreeMap;

use super::{Imbalance, signed};
use crate::amount::Minutes;
use crate::receipt::{Entry, Owner, Receipt};
use crate::record::account::{AccountRecord, ClawbackTo};
use crate::record::budget::{PoolId, PoolKind, PoolRecord};
use crate::record::order::{EndedOrder, OrderRecord, OrderStatus, Payer};
use crate::record::reserve::{ReserveClaim, ReserveQueue};
use crate::record::supply::SupplyRecord;

/// By how much the records around one reserve pool moved, and what was funded into it.
#[derive(Debug, Default)]
struct Reserve {
    owed: i128,
    minutes: i128,
    waiting: i128,
    claims: i128,
    funded: i128,
}

/// By how much debts and exits from the supply moved in a block.
#[derive(Debug, Default)]
pub(super) struct Moved {
    reserves: BTreeMap<PoolId, Reserve>,
    owed_to_nobody: i128,
    minted_and_reversed: i128,
    expired: i128,
    redeemed: i128,
}

impl Moved {
    fn reserve(&mut self, pool: PoolId) -> &mut Reserve {
        self.reserves.entry(pool).or_default()
    }

    /// An account as it was, or as it is.
    pub(super) fn account(&mut self, record: &AccountRecord, sign: i128) {
        for debt in &record.clawback {
            let owed = match debt.to {
                ClawbackTo::Reserve(pool) => &mut self.reserve(pool).owed,
                ClawbackTo::Void => &mut self.owed_to_nobody,
            };
            *owed = owed.saturating_add(signed(debt.minutes, sign));
        }
    }

    /// A pool as it was, or as it is.
    pub(super) fn pool(&mut self, pool: PoolId, record: &PoolRecord, sign: i128) {
        if pool.kind == PoolKind::Reserve {
            let minutes = &mut self.reserve(pool).minutes;
            *minutes = minutes.saturating_add(signed(record.minutes, sign));
        }
    }

    /// An order as it was before the block and as it is after it.
    pub(super) fn order(&mut self, before: Option<&OrderRecord>, after: Option<&OrderRecord>) {
        let minted = |record: Option<&OrderRecord>| match record {
            Some(OrderRecord::Ended(EndedOrder {
                status: OrderStatus::Reversed,
                payer: Payer::Budget(_),
                paid: Some(paid),
                ..
            })) => Some(paid.minutes),
            _ => None,
        };
        // A tombstone that is rated or forgotten later takes nothing back again.
        if let (None, Some(minutes)) = (minted(before), minted(after)) {
            let reversed = &mut self.minted_and_reversed;
            *reversed = reversed.saturating_add(signed(minutes, 1));
        }
    }

    /// The queue of a reserve pool, as it was or as it is.
    pub(super) fn queue(&mut self, pool: PoolId, queue: &ReserveQueue, sign: i128) {
        let waiting = &mut self.reserve(pool).waiting;
        *waiting = waiting.saturating_add(signed(queue.minutes, sign));
    }

    /// One who waits for a reserve pool, as it was or as it is.
    pub(super) fn claim(&mut self, pool: PoolId, claim: &ReserveClaim, sign: i128) {
        let claims = &mut self.reserve(pool).claims;
        *claims = claims.saturating_add(signed(claim.minutes, sign));
    }

    /// What was posted.
    pub(super) fn receipts(&mut self, receipts: &[Receipt]) {
        for posting in receipts.iter().flat_map(|receipt| &receipt.postings) {
            let (total, minutes) = match (posting.owner, &posting.entry) {
                (_, Entry::Expired { minutes, .. }) => (&mut self.expired, *minutes),
                (_, Entry::Redeemed { minutes, .. }) => (&mut self.redeemed, *minutes),
                (Owner::Pool(pool), Entry::PoolFunded { minutes, .. })
                    if pool.kind == PoolKind::Reserve =>
                {
                    (&mut self.reserve(pool).funded, *minutes)
                }
                _ => continue,
            };
            *total = total.saturating_add(signed(minutes, 1));
        }
    }
}

/// Compares the totals of the supply with what moved.
pub(super) fn compare(
    before: &SupplyRecord,
    after: &SupplyRecord,
    moved: &Moved,
) -> Result<(), Imbalance> {
    let difference = |old: Minutes, new: Minutes| signed(new, 1).saturating_add(signed(old, -1));
    let voided = difference(before.voided, after.voided);
    let mut totals = vec![
        (
            "expired",
            difference(before.expired, after.expired),
            moved.expired,
        ),
        (
            "redeemed",
            difference(before.redeemed, after.redeemed),
            moved.redeemed,
        ),
        (
            "voided and owed to nobody",
            voided.saturating_add(moved.owed_to_nobody),
            moved.minted_and_reversed,
        ),
    ];
    for reserve in moved.reserves.values() {
        totals.push(("waiting for a reserve", reserve.waiting, reserve.claims));
        let worth = reserve
            .owed
            .saturating_add(reserve.minutes)
            .saturating_sub(reserve.waiting);
        totals.push(("funded into a reserve", worth, reserve.funded));
    }
    match totals
        .into_iter()
        .find(|(_, recorded, actual)| recorded != actual)
    {
        Some((total, recorded, actual)) => Err(Imbalance::Total {
            total,
            recorded,
            actual,
        }),
        None => Ok(()),
    }
}
