//! What an order is, and the two ways every order ends: its minutes go back, or they are paid.

use crate::due::DueKind;
use crate::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode};
use crate::model::Model;
use crate::operation::service::Payer;
use crate::refusal::Refusal;
use crate::time::{DAY_MS, Milliseconds, Minutes};
use crate::value::{split_first, total};
use crate::view::{Lot, OrderStatus};

/// "Tombstones are forgotten 397 days after the end."
pub(crate) const TOMBSTONE_MS: Milliseconds = 397 * DAY_MS;

/// "quantum, multiplier, windows of the order's district copied into the order"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) quantum: Minutes,
    pub(crate) multiplier_percent: u64,
    pub(crate) minutes_min: Minutes,
    pub(crate) minutes_max: Minutes,
    pub(crate) backdating_days: u64,
    pub(crate) dual_verification_above: Minutes,
    pub(crate) dispute_window_ms: Milliseconds,
    pub(crate) appeal_window_ms: Milliseconds,
    pub(crate) lapse_ms: Milliseconds,
}

impl Terms {
    /// "The multiplier of a service code applies only where minutes are minted, rounded down to the minute."
    pub(crate) const fn minted(&self, minutes: Minutes) -> Minutes {
        minutes * self.multiplier_percent / 100
    }
}

/// The interval `[start, end)` a server claims to have served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) start_ms: Milliseconds,
    pub(crate) end_ms: Milliseconds,
    pub(crate) minutes: Minutes,
}

/// An order, from its posting until it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) status: OrderStatus,
    pub(crate) recipient: AccountId,
    pub(crate) payer: Payer,
    pub(crate) service: ServiceCode,
    pub(crate) district: OrganisationId,
    pub(crate) window_start_ms: Milliseconds,
    pub(crate) window_end_ms: Milliseconds,
    pub(crate) minutes: Minutes,
    pub(crate) terms: Terms,
    /// What is held for it in the paying account.
    pub(crate) lots: Vec<Lot>,
    /// What is reserved for it on the budget line.
    pub(crate) reserved: Minutes,
    /// The human who posted it.
    pub(crate) poster: AccountId,
    /// The humans of the staff who signed in the recipient's place.
    pub(crate) clerks: Vec<AccountId>,
    /// The organisations of clerks who acted as proxy.
    pub(crate) clerk_organisations: Vec<OrganisationId>,
    /// Who earns.
    pub(crate) provider: Option<AccountId>,
    /// Who serves: the provider itself, or the group's member.
    pub(crate) server: Option<AccountId>,
    pub(crate) claim: Option<Claim>,
    pub(crate) verifiers: Vec<AccountId>,
    pub(crate) approved: Minutes,
    pub(crate) settles_ms: Milliseconds,
    pub(crate) decided: Option<Minutes>,
    pub(crate) appeal_ends_ms: Milliseconds,
    pub(crate) appealed: bool,
    pub(crate) first_arbiter: Option<AccountId>,
    pub(crate) completed_ms: Milliseconds,
    pub(crate) escalated: bool,
    pub(crate) rated_provider: bool,
    pub(crate) rated_recipient: bool,
    /// What the provider was credited with.
    pub(crate) paid: Minutes,
    /// The districts between which that counted, and how much.
    pub(crate) flow: Option<(OrganisationId, OrganisationId)>,
    pub(crate) ended_ms: Option<Milliseconds>,
}

impl Order {
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended_ms.is_some()
    }

    /// The account whose minutes are held.
    pub(crate) const fn paying_account(&self) -> Option<AccountId> {
        match self.payer {
            Payer::Recipient => Some(self.recipient),
            Payer::Kin(kin) => Some(kin),
            Payer::Budget(_) => None,
        }
    }

    pub(crate) const fn lapses_ms(&self) -> Milliseconds {
        self.window_end_ms + self.terms.lapse_ms
    }
}

impl Model {
    /// An order that is not forgotten.
    pub(crate) fn order(&self, id: OrderId) -> Result<&Order, Refusal> {
        let order = self.orders.get(&id).ok_or(Refusal::UnknownOrder)?;
        // "Every rule also tests dates itself, so an entry still queued counts as done."
        let forgotten = |ended_ms| ended_ms + TOMBSTONE_MS <= self.now_ms;
        if order.ended_ms.is_some_and(forgotten) {
            return Err(Refusal::UnknownOrder);
        }
        Ok(order)
    }

    /// "An order lapses at the very millisecond; from then on it can do nothing else."
    pub(crate) fn check_not_lapsed(&self, order: &Order) -> Result<(), Refusal> {
        let can_lapse = matches!(order.status, OrderStatus::Posted | OrderStatus::Accepted);
        if can_lapse && order.lapses_ms() <= self.now_ms {
            return Err(Refusal::WrongStatus);
        }
        Ok(())
    }

    /// An order of which the caller knows that it exists.
    pub(crate) fn known_order(&mut self, id: OrderId) -> &mut Order {
        let order = self.orders.get_mut(&id);
        order.expect("the caller has looked the order up")
    }

    /// Gives back what is held or reserved beyond `keep` minutes of service: "from the lots that last longest; what is
    /// spent first stays to be paid".
    pub(crate) fn release_beyond(&mut self, id: OrderId, keep: Minutes) {
        let order = self.known_order(id);
        let (payer, terms) = (order.payer, order.terms);
        if let Payer::Budget(budget) = payer {
            let kept = terms.minted(keep).min(order.reserved);
            let freed = order.reserved - kept;
            order.reserved = kept;
            self.known_budget(budget).reserved -= freed;
            return;
        }
        let lots = std::mem::take(&mut order.lots);
        let keep = keep.min(total(&lots));
        let (kept, freed) = split_first(lots, keep);
        order.lots = kept;
        if let Some(account) = order.paying_account() {
            self.release(account, &freed);
        }
    }

    pub(crate) fn known_budget(&mut self, id: BudgetId) -> &mut crate::view::BudgetView {
        let line = self.budgets.get_mut(&id);
        line.expect("a budget line is never removed")
    }

    /// Ends an order: what is left of it goes back, and it becomes a tombstone.
    pub(crate) fn end_order(&mut self, id: OrderId, status: OrderStatus) {
        self.release_beyond(id, 0);
        let now_ms = self.now_ms;
        let order = self.known_order(id);
        order.status = status;
        order.ended_ms = Some(now_ms);
        let (recipient, lapses_ms) = (order.recipient, order.lapses_ms());
        let escalates_ms = order.completed_ms + crate::service::ESCALATION_MS;
        self.known(recipient).open_orders -= 1;
        self.due.remove(&(lapses_ms, DueKind::Lapse, id.0));
        self.due.remove(&(escalates_ms, DueKind::Escalate, id.0));
        self.due
            .insert((now_ms + TOMBSTONE_MS, DueKind::ForgetOrder, id.0));
    }
}
