//! Disputes: contesting what was verified, deciding, appealing.

use crate::due::DueKind;
use crate::id::Signer;
use crate::model::Model;
use crate::operation::service::{Appeal, OpenDispute, ResolveDispute};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::signing::Needs;
use crate::view::OrderStatus;

impl Model {
    /// Provider side (server or provider), recipient or proxy, or the kin who pays.
    fn is_party(&self, order: &Order, signer: Signer) -> bool {
        let account = match signer {
            Signer::Account(account) => Some(account),
            Signer::Staff(_) | Signer::Key(_) => None,
        };
        let is_own = account.is_some()
            && (account == order.server
                || account == order.provider
                || account == order.paying_account());
        is_own || self.is_recipient_side(order, signer)
    }

    pub(crate) fn open_dispute(
        &mut self,
        signers: &[Signer],
        it: &OpenDispute,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        let settles_ms = order.settles_ms;
        if order.status != OrderStatus::Verified || settles_ms <= self.now_ms {
            return Err(Refusal::WrongStatus);
        }
        // "OpenDispute: party or staff"
        Needs::new(self, signers)
            .one_of(|signer| self.is_party(order, signer) || self.is_serving_staff(order, signer))
            .solve()?;
        self.known_order(it.order).status = OrderStatus::Disputed;
        self.due.remove(&(settles_ms, DueKind::Settle, it.order.0));
        Ok(())
    }

    pub(crate) fn resolve_dispute(
        &mut self,
        signers: &[Signer],
        it: &ResolveDispute,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        if order.status != OrderStatus::Disputed {
            return Err(Refusal::WrongStatus);
        }
        let minutes = it.provider_minutes;
        if minutes > order.approved || !minutes.is_multiple_of(order.terms.quantum) {
            return Err(Refusal::BadAmount);
        }
        // "Appeal, once: the city's arbiter decides finally", "another person than the first".
        let chosen = Needs::new(self, signers)
            .staff(|id, entry| {
                let of_instance = !order.appealed
                    || (id.organisation == self.city && order.first_arbiter != Some(entry.person));
                of_instance && self.may_arbitrate(order, id, entry)
            })
            .solve()?;
        let arbiter = self.person_of(chosen[0]);
        let now_ms = self.now_ms;
        let order = self.known_order(it.order);
        order.status = OrderStatus::Resolved;
        order.decided = Some(minutes);
        // "First decision: appeal window of the order. Final: due at once (next block)."
        order.appeal_ends_ms = if order.appealed {
            now_ms
        } else {
            order.first_arbiter = arbiter;
            now_ms + order.terms.appeal_window_ms
        };
        let ends_ms = order.appeal_ends_ms;
        self.due.insert((ends_ms, DueKind::AppealEnd, it.order.0));
        Ok(())
    }

    pub(crate) fn appeal(&mut self, signers: &[Signer], it: &Appeal) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        let ends_ms = order.appeal_ends_ms;
        if order.status != OrderStatus::Resolved || order.appealed || ends_ms <= self.now_ms {
            return Err(Refusal::WrongStatus);
        }
        Needs::new(self, signers)
            .one_of(|signer| self.is_party(order, signer))
            .solve()?;
        let order = self.known_order(it.order);
        order.status = OrderStatus::Disputed;
        order.appealed = true;
        self.due.remove(&(ends_ms, DueKind::AppealEnd, it.order.0));
        Ok(())
    }
}
