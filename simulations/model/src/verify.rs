//! Verification and rating.

use std::collections::BTreeSet;

use crate::due::DueKind;
use crate::genesis::{Role, StaffEntry};
use crate::id::{AccountId, Signer, StaffId};
use crate::model::Model;
use crate::operation::service::{RateOrder, Side, Verdict, VerifyOrder};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::service::ESCALATION_MS;
use crate::signing::Needs;
use crate::view::OrderStatus;

impl Model {
    pub(crate) fn verify_order(
        &mut self,
        signers: &[Signer],
        it: &VerifyOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        let (OrderStatus::Completed, Some(claim)) = (order.status, order.claim) else {
            return Err(Refusal::WrongStatus);
        };
        let home = self.account(order.recipient)?.home;
        let may_verify = |id: StaffId, entry: &StaffEntry| {
            entry.roles.contains(&Role::SocialWorker)
                && (self.serves(id.organisation, home)
                    || self.serves(id.organisation, order.district))
                && self.is_independent_verifier(order, id, entry.person)
        };
        // "One social worker signs, two above the threshold, never more. What counts is what is claimed, for a rejection
        // too."
        let mut needs = Needs::new(self, signers).staff(may_verify);
        if claim.minutes > order.terms.dual_verification_above {
            needs = needs.staff(may_verify);
        }
        if let Verdict::Approved(minutes) = it.verdict {
            // "minutes follow the quantum and never exceed the interval"
            if minutes == 0
                || minutes > claim.minutes
                || !minutes.is_multiple_of(order.terms.quantum)
            {
                return Err(Refusal::BadAmount);
            }
        }
        let chosen = needs.solve()?;
        let people = chosen.iter().filter_map(|signer| self.person_of(*signer));
        let verifiers: Vec<AccountId> = people.collect();
        let escalates_ms = order.completed_ms + ESCALATION_MS;
        let settles_ms = self.now_ms + order.terms.dispute_window_ms;
        self.due
            .remove(&(escalates_ms, DueKind::Escalate, it.order.0));
        match it.verdict {
            // "interval freed, release"
            Verdict::Rejected => {
                self.reduce_claim(it.order, 0);
                self.end_order(it.order, OrderStatus::Rejected);
            }
            // "excess over approved released; dispute window opens"
            Verdict::Approved(minutes) => {
                self.reduce_claim(it.order, minutes);
                self.release_beyond(it.order, minutes);
                let order = self.known_order(it.order);
                order.status = OrderStatus::Verified;
                order.approved = minutes;
                order.settles_ms = settles_ms;
                self.due.insert((settles_ms, DueKind::Settle, it.order.0));
            }
        }
        self.known_order(it.order).verifiers = verifiers;
        Ok(())
    }

    /// "Verifier ≠ provider, recipient, poster, co-signing clerk, nor kin of the provider."
    fn is_independent_verifier(&self, order: &Order, staff: StaffId, person: AccountId) -> bool {
        // "must not have been kin since the service began"
        let since_ms = order.claim.map_or(self.now_ms, |claim| claim.start_ms);
        // "Where a clerk acted as proxy, nobody of the same organisation is."
        !order.clerk_organisations.contains(&staff.organisation)
            && !self.order_people(order).contains(&person)
            && order.server.is_none_or(|server| !self.were_related(server, person, since_ms))
            // "A guardian is never verifier nor arbiter of the minor's orders."
            && self.legal_guardian(order.recipient) != Some(person)
    }

    /// Provider and server, "no member of the group", recipient, poster and clerks.
    pub(crate) fn order_people(&self, order: &Order) -> BTreeSet<AccountId> {
        let mut people: BTreeSet<AccountId> = order.clerks.iter().copied().collect();
        people.extend([order.recipient, order.poster]);
        people.extend(order.server);
        if let Some(provider) = order.provider {
            people.insert(provider);
            if let Some(account) = self.accounts.get(&provider) {
                people.extend(account.members.iter().copied());
            }
        }
        people
    }

    /// "RateOrder (1–5, once each): the other party"
    pub(crate) fn rate_order(&mut self, signers: &[Signer], it: &RateOrder) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        let (Some(provider), Some(server)) = (order.provider, order.server) else {
            return Err(Refusal::WrongStatus);
        };
        if !matches!(
            order.status,
            OrderStatus::Completed
                | OrderStatus::Verified
                | OrderStatus::Disputed
                | OrderStatus::Resolved
                | OrderStatus::Settled
        ) {
            return Err(Refusal::WrongStatus);
        }
        if !(1..=5).contains(&it.stars) {
            return Err(Refusal::BadAmount);
        }
        let rated_before = match it.of {
            Side::Provider => order.rated_provider,
            Side::Recipient => order.rated_recipient,
        };
        if rated_before {
            return Err(Refusal::Exists);
        }
        Needs::new(self, signers)
            .one_of(|signer| match it.of {
                Side::Provider => self.is_recipient_side(order, signer),
                Side::Recipient => signer == Signer::Account(server),
            })
            .solve()?;
        // "Closed: signs nothing", nor does a proxy for it; and nothing is posted to it any more.
        self.living(order.recipient)?;
        if it.of == Side::Provider {
            self.living(provider)?;
        }
        let order = self.known_order(it.order);
        let rated = match it.of {
            Side::Provider => {
                order.rated_provider = true;
                provider
            }
            Side::Recipient => {
                order.rated_recipient = true;
                order.recipient
            }
        };
        let account = self.known(rated);
        account.rating_count += 1;
        account.rating_sum += u64::from(it.stars);
        // A group's rating is the group's.
        if it.of == Side::Provider && provider == server {
            account.rated_as_server.0 += 1;
            account.rated_as_server.1 += u64::from(it.stars);
        }
        Ok(())
    }
}
