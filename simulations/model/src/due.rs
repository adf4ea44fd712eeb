//! Work the chain does itself.
//!
//! "Due entries are keyed (due_ms, kind, id); each block executes exactly the first min(1,000, number due) before its
//! transactions."

use crate::id::{AccountId, OrderId};
use crate::model::Model;
use crate::view::OrderStatus;

/// The kinds, in the order in which those of one instant are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DueKind {
    /// A verified order is paid.
    Settle,
    /// An order lapses.
    Lapse,
    /// Lots of an account expire.
    Expire,
    /// A recovery's delay is over.
    RecoveryEnd,
    /// A decision is final.
    AppealEnd,
    /// A completed order was not verified for long.
    Escalate,
    /// A tombstone goes.
    ForgetOrder,
    /// A month is over.
    CloseMonth,
}

impl Model {
    /// Does the first entries that are due, and tells how many.
    pub(crate) fn do_due_work(&mut self) -> usize {
        // Taken beforehand: "work queued" by this work waits for the next block.
        let due = self.due.iter().take_while(|entry| entry.0 <= self.now_ms);
        let first: Vec<_> = due.take(self.due_per_block).copied().collect();
        for entry in &first {
            // Work done before may have taken a later entry away: an order that lapses is not escalated.
            if self.due.remove(entry) {
                self.do_entry(entry.1, entry.2);
            }
        }
        first.len()
    }

    fn do_entry(&mut self, kind: DueKind, id: [u8; 20]) {
        match kind {
            DueKind::Settle | DueKind::AppealEnd => self.settle(OrderId(id)),
            DueKind::Lapse => self.end_order(OrderId(id), OrderStatus::Lapsed),
            DueKind::Expire => self.expire_lots(AccountId(id)),
            DueKind::RecoveryEnd => self.recover(AccountId(id)),
            DueKind::Escalate => self.known_order(OrderId(id)).escalated = true,
            DueKind::ForgetOrder => self.forget_order(OrderId(id)),
            DueKind::CloseMonth => self.close_month(id),
        }
    }

    /// "Tombstones are forgotten 397 days after the end; then the provider's interval and the pair's month go too."
    fn forget_order(&mut self, id: OrderId) {
        let Some(order) = self.orders.remove(&id) else {
            return;
        };
        if let (Some(server), Some(claim)) = (order.server, order.claim)
            && let Some(intervals) = self.intervals.get_mut(&server)
        {
            intervals.remove(&claim.start_ms);
        }
    }

    /// How many entries are due and not done.
    pub fn count_due(&self) -> usize {
        let due = self.due.iter().take_while(|entry| entry.0 <= self.now_ms);
        due.count()
    }
}
