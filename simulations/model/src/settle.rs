//! Paying an order, and taking a paid order back.

use std::collections::BTreeSet;

use crate::genesis::{Role, StaffEntry};
use crate::id::{AccountId, OrderId, PoolId, PoolKind, Signer, StaffId};
use crate::model::Model;
use crate::operation::service::{Payer, ReverseOrder};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::service_record::Given;
use crate::signing::Needs;
use crate::time::{DAY_MS, Milliseconds, Minutes};
use crate::value::total;
use crate::view::{Destination, OrderStatus, Source};

/// "ReverseOrder (reason code), within 365 days"
const REVERSAL_MS_MAX: Milliseconds = 365 * DAY_MS;

impl Model {
    /// "Everything settlement needs is reserved beforehand, so settlement cannot fail."
    pub(crate) fn settle(&mut self, id: OrderId) {
        let order = self.known_order(id);
        let served = order.decided.unwrap_or(order.approved);
        let (recipient, district) = (order.recipient, order.district);
        let (Some(provider), Some(server)) = (order.provider, order.server) else {
            return;
        };
        self.release_beyond(id, served);
        self.reduce_claim(id, served);
        let order = self.known_order(id);
        let (payer, lots) = (order.payer, std::mem::take(&mut order.lots));
        let minted = std::mem::take(&mut order.reserved);
        let paying = order.paying_account();
        let paid = match (payer, paying) {
            // "a budget-paid order mints"
            (Payer::Budget(budget), _) => {
                let line = self.known_budget(budget);
                line.reserved -= minted;
                line.used += minted;
                self.supply.issued_service += minted;
                minted
            }
            // "Own- or kin-paid settlement is a transfer, supply unchanged."
            (_, Some(account)) => {
                self.unhold(account, &lots);
                total(&lots)
            }
            (_, None) => 0,
        };
        if paid > 0 {
            let expiry = self.earned_expiry(provider);
            self.credit(provider, paid, Source::Earned, expiry);
        }
        self.add_service_given(provider, server, served);
        // "A service belongs to the day it starts."
        let order = self.known_order(id);
        let (kind, start_ms) = (order.service, order.claim.map(|claim| claim.start_ms));
        self.note_deed(
            server,
            Given::Service(kind),
            Some(id),
            start_ms.unwrap_or(self.now_ms),
            served,
        );
        // "D[i][j] at settlement in the month of block time: i = payer's home district — budget-paid orders count as paid by
        // the recipient's home district — j = the order's district."
        let from = self.home_district(paying.unwrap_or(recipient));
        self.note_flow(from, district, signed(paid));
        self.end_order(id, OrderStatus::Settled);
        let order = self.known_order(id);
        order.paid = paid;
        order.approved = served;
        order.flow = Some((from, district));
    }

    /// "money and service_given go to the provider (the group), service_given to the server as well"
    fn add_service_given(&mut self, provider: AccountId, server: AccountId, minutes: Minutes) {
        for id in BTreeSet::from([provider, server]) {
            self.known(id).service_given += minutes;
        }
    }

    pub(crate) fn reverse_order(
        &mut self,
        signers: &[Signer],
        it: &ReverseOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        let (OrderStatus::Settled, Some(settled_ms)) = (order.status, order.ended_ms) else {
            return Err(Refusal::WrongStatus);
        };
        let (Some(provider), Some(server)) = (order.provider, order.server) else {
            return Err(Refusal::WrongStatus);
        };
        // "Settled with minutes > 0": minutes of service, whatever the multiplier made of them.
        let served = order.decided.unwrap_or(order.approved);
        if served == 0 || self.now_ms > settled_ms + REVERSAL_MS_MAX {
            return Err(Refusal::WrongStatus);
        }
        // "arbiter + district treasurer": of the order's district or above, different people.
        Needs::new(self, signers)
            .staff(|id, entry| self.may_arbitrate(order, id, entry))
            .role(Role::Treasurer, order.district)
            .solve()?;
        let (amount, served) = (order.paid, order.approved);
        let (payer, district, flow) = (order.paying_account(), order.district, order.flow);
        // "Take min(spendable, amount) from the provider, the rest becomes clawback due."
        let recovered = self.spendable(provider).min(amount);
        self.take(provider, recovered);
        match payer {
            Some(payer) => self.make_payer_whole(payer, provider, recovered, amount, district),
            // "For a budget-paid order what was recovered is voided."
            None => {
                self.supply.voided += recovered;
                self.add_clawback(provider, Destination::Void, amount - recovered);
            }
        }
        for id in BTreeSet::from([provider, server]) {
            let account = self.known(id);
            account.service_given = account.service_given.saturating_sub(served);
        }
        self.strike_deed(server, it.order);
        // "The provider's interval is freed."
        self.reduce_claim(it.order, 0);
        // "Reversals count in the month they happen."
        if let Some((from, to)) = flow {
            self.note_flow(from, to, -signed(amount));
        }
        self.known_order(it.order).status = OrderStatus::Reversed;
        Ok(())
    }

    /// "The innocent payer is made whole from what was recovered, then from the reserve pool; what the reserve lacks is
    /// queued, never minted."
    fn make_payer_whole(
        &mut self,
        payer: AccountId,
        provider: AccountId,
        recovered: Minutes,
        amount: Minutes,
        district: crate::id::OrganisationId,
    ) {
        let reserve = PoolId {
            organisation: district,
            kind: PoolKind::Reserve,
        };
        let lacking = amount - recovered;
        let advanced = self.pool(reserve).min(lacking);
        self.drain_pool(reserve, advanced);
        self.make_whole(payer, recovered + advanced);
        if lacking > advanced {
            let queue = self.queues.entry(reserve).or_default();
            queue.push_back((payer, lacking - advanced));
        }
        self.add_clawback(provider, Destination::Pool(reserve), lacking);
    }

    fn add_clawback(&mut self, id: AccountId, destination: Destination, minutes: Minutes) {
        if minutes > 0 {
            let due = &mut self.known(id).clawback_due;
            *due.entry(destination).or_insert(0) += minutes;
        }
    }

    /// Who may decide about an order: an arbiter who covers its district and is neither a verifier, a party, nor kin of
    /// provider or recipient.
    pub(crate) fn may_arbitrate(&self, order: &Order, staff: StaffId, entry: &StaffEntry) -> bool {
        let person = entry.person;
        let since_ms = order.claim.map_or(self.now_ms, |claim| claim.start_ms);
        let mut kin_of = vec![order.recipient];
        kin_of.extend(order.server);
        kin_of.extend(order.provider);
        entry.roles.contains(&Role::Arbiter)
            && self.covers(staff.organisation, order.district)
            && !order.verifiers.contains(&person)
            && !self.order_people(order).contains(&person)
            && order.paying_account() != Some(person)
            && !kin_of
                .iter()
                .any(|party| self.were_related(*party, person, since_ms))
    }
}

fn signed(minutes: Minutes) -> i64 {
    i64::try_from(minutes).expect("all lines together have at most 2^50 minutes")
}
