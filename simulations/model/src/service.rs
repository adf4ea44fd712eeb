//! From acceptance to completion, withdrawal and no-shows.

use crate::due::DueKind;
use crate::genesis::{Level, Role};
use crate::id::{AccountId, OrderId, Signer};
use crate::model::Model;
use crate::operation::account::ProxyScope;
use crate::operation::service::{
    AcceptOrder, CancelOrder, CompleteOrder, RecordService, ReportNoShow, Side, StartOrder,
};
use crate::order::{Claim, Order, Terms};
use crate::posting::Posting;
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::{DAY_MS, MINUTE_MS, Milliseconds, Minutes};
use crate::view::{Kind, OrderStatus};

/// "Completed, 30 days unverified: escalated to the district"
pub(crate) const ESCALATION_MS: Milliseconds = 30 * DAY_MS;

/// Where somebody was: until when, and how many minutes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) end_ms: Milliseconds,
    pub(crate) minutes: Minutes,
}

impl Model {
    /// Who serves: a person itself, of a group the member named.
    fn server_of(
        &self,
        provider: AccountId,
        member: Option<AccountId>,
    ) -> Result<AccountId, Refusal> {
        let account = self.living(provider)?;
        match (account.kind, member) {
            (Kind::Person, None) => Ok(provider),
            (Kind::Group, Some(member)) if account.members.contains(&member) => {
                self.person(member)?;
                Ok(member)
            }
            _ => Err(Refusal::WrongAccount),
        }
    }

    /// "The server signs AcceptOrder …; the group's own signature too for AcceptOrder and RecordService."
    fn provider_signs<'a>(needs: Needs<'a>, provider: AccountId, server: AccountId) -> Needs<'a> {
        let needs = needs.holder(server);
        if provider == server {
            needs
        } else {
            needs.account(provider)
        }
    }

    /// Whether this is the recipient or a proxy who may act now, "who is not the other side".
    pub(crate) fn is_recipient_side(&self, order: &Order, signer: Signer) -> bool {
        let person = self.person_of(signer);
        let is_proxy = || {
            self.acting_proxy(order.recipient, signer, ProxyScope::Orders)
                .is_some()
        };
        (signer == Signer::Account(order.recipient) || is_proxy())
            && (order.server.is_none() || person != order.server)
    }

    /// "Staff who check in at a service point or cancel are registrars, clerks and social workers", who serve "the
    /// recipient's home or the order's district".
    pub(crate) fn is_serving_staff(&self, order: &Order, signer: Signer) -> bool {
        let Signer::Staff(id) = signer else {
            return false;
        };
        let front = [Role::Registrar, Role::Clerk, Role::SocialWorker];
        let in_role = self
            .staff
            .get(&id)
            .is_some_and(|entry| entry.roles.iter().any(|role| front.contains(role)));
        let home = self.accounts.get(&order.recipient).map(|it| it.home);
        in_role
            && (self.serves(id.organisation, order.district)
                || home.is_some_and(|home| self.serves(id.organisation, home)))
    }

    pub(crate) fn accept_order(
        &mut self,
        signers: &[Signer],
        it: &AcceptOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        self.check_not_lapsed(order)?;
        if order.status != OrderStatus::Posted {
            return Err(Refusal::WrongStatus);
        }
        let server = self.server_of(it.provider, it.member)?;
        // "The provider is a person, not the recipient, not the person who posted."
        if server == order.recipient || server == order.poster {
            return Err(Refusal::SameAccount);
        }
        Model::provider_signs(Needs::new(self, signers), it.provider, server).solve()?;
        let order = self.known_order(it.order);
        order.status = OrderStatus::Accepted;
        order.provider = Some(it.provider);
        order.server = Some(server);
        Ok(())
    }

    pub(crate) fn start_order(
        &mut self,
        signers: &[Signer],
        it: &StartOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        self.check_not_lapsed(order)?;
        let (OrderStatus::Accepted, Some(server)) = (order.status, order.server) else {
            return Err(Refusal::WrongStatus);
        };
        // "Check-in is possible from the window's start until the lapse."
        if self.now_ms < order.window_start_ms {
            return Err(Refusal::BadWindow);
        }
        // "provider + recipient, proxy or service-point staff"
        let at_point = |signer| match signer {
            Signer::Staff(id) => {
                self.is_serving_staff(order, signer)
                    && self
                        .check_level(id.organisation, Level::ServicePoint)
                        .is_ok()
                    && self.covers(order.district, id.organisation)
                    && self.person_of(signer) != Some(server)
            }
            Signer::Account(_) | Signer::Key(_) => false,
        };
        let chosen = Needs::new(self, signers)
            .account(server)
            .one_of(|signer| self.is_recipient_side(order, signer) || at_point(signer))
            .solve()?;
        let mut order = order.clone();
        self.note_clerk(&mut order, chosen[1]);
        order.status = OrderStatus::Started;
        let lapses_ms = order.lapses_ms();
        self.orders.insert(it.order, order);
        // "cannot lapse"
        self.due.remove(&(lapses_ms, DueKind::Lapse, it.order.0));
        Ok(())
    }

    pub(crate) fn complete_order(
        &mut self,
        signers: &[Signer],
        it: &CompleteOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        self.check_not_lapsed(order)?;
        let (OrderStatus::Accepted | OrderStatus::Started, Some(server)) =
            (order.status, order.server)
        else {
            return Err(Refusal::WrongStatus);
        };
        // "The window is when the service may begin, [start, end); the service may end later."
        if it.start_ms < order.window_start_ms || it.start_ms >= order.window_end_ms {
            return Err(Refusal::BadInterval);
        }
        let whole = self.check_service_time(it.start_ms, it.end_ms, &order.terms)?;
        // "The claim is the lesser of the order's minutes and the whole minutes of the service, rounded down to the
        // quantum."
        let minutes = order.minutes.min(whole);
        let claim = Claim {
            start_ms: it.start_ms,
            end_ms: it.end_ms,
            minutes: minutes - minutes % order.terms.quantum,
        };
        if claim.minutes == 0 {
            return Err(Refusal::BadAmount);
        }
        let chosen = Needs::new(self, signers)
            .account(server)
            .one_of(|signer| self.is_recipient_side(order, signer))
            .solve()?;
        self.check_claim(server, Some(order.recipient), claim)?;
        let mut order = order.clone();
        self.note_clerk(&mut order, chosen[1]);
        let lapses_ms = order.lapses_ms();
        self.orders.insert(it.order, order);
        self.due.remove(&(lapses_ms, DueKind::Lapse, it.order.0));
        self.complete(it.order, claim);
        Ok(())
    }

    /// "start < end ≤ block time, start within the back-dating limit, length within the code's bounds"; gives the whole
    /// minutes of the service.
    fn check_service_time(
        &self,
        start_ms: Milliseconds,
        end_ms: Milliseconds,
        terms: &Terms,
    ) -> Result<Minutes, Refusal> {
        self.check_interval(start_ms, end_ms, terms.backdating_days)?;
        let length_ms = end_ms - start_ms;
        if length_ms < terms.minutes_min * MINUTE_MS || length_ms > terms.minutes_max * MINUTE_MS {
            return Err(Refusal::BadLength);
        }
        Ok(length_ms / MINUTE_MS)
    }

    pub(crate) fn check_interval(
        &self,
        start_ms: Milliseconds,
        end_ms: Milliseconds,
        backdating_days: u64,
    ) -> Result<(), Refusal> {
        if start_ms >= end_ms || end_ms > self.now_ms {
            return Err(Refusal::BadInterval);
        }
        // "Back-dating is counted in calendar days, the limit included."
        let days_back = self.today() - self.calendar.day(start_ms);
        if u64::from(days_back) > backdating_days {
            return Err(Refusal::TooFarBack);
        }
        Ok(())
    }

    /// Enters a checked claim.
    fn complete(&mut self, id: OrderId, claim: Claim) {
        let now_ms = self.now_ms;
        let order = self.known_order(id);
        order.status = OrderStatus::Completed;
        order.completed_ms = now_ms;
        order.claim = Some(claim);
        let (recipient, server) = (order.recipient, order.server);
        let server = server.expect("a completed order has a server");
        self.enter_claim(server, Some(recipient), claim);
        self.due
            .insert((now_ms + ESCALATION_MS, DueKind::Escalate, id.0));
    }

    pub(crate) fn record_service(
        &mut self,
        signers: &[Signer],
        it: &RecordService,
    ) -> Result<(), Refusal> {
        let posting = Posting {
            order: it.order,
            recipient: it.recipient,
            service: it.service,
            district: it.district,
            window_start_ms: it.start_ms,
            window_end_ms: it.end_ms,
            minutes: it.minutes,
            payer: it.payer,
        };
        let terms = self.check_posting(&posting)?;
        let server = self.server_of(it.provider, it.member)?;
        if server == it.recipient {
            return Err(Refusal::SameAccount);
        }
        // "A paper record names what it claims, which is refused when it is more than the service took."
        let whole = self.check_service_time(it.start_ms, it.end_ms, &terms)?;
        if it.minutes > whole {
            return Err(Refusal::BadAmount);
        }
        let claim = Claim {
            start_ms: it.start_ms,
            end_ms: it.end_ms,
            minutes: it.minutes,
        };
        let posted_by = self.posted_by(&posting, Some(server), || {
            Model::provider_signs(Needs::new(self, signers), it.provider, server)
        })?;
        self.check_claim(server, Some(it.recipient), claim)?;
        self.insert_order(&posting, terms, &posted_by);
        let order = self.known_order(it.order);
        order.provider = Some(it.provider);
        order.server = Some(server);
        self.complete(it.order, claim);
        Ok(())
    }

    pub(crate) fn cancel_order(
        &mut self,
        signers: &[Signer],
        it: &CancelOrder,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        self.check_not_lapsed(order)?;
        match order.status {
            OrderStatus::Posted | OrderStatus::Accepted => {}
            // "A started order cannot be cancelled while it can be completed."
            OrderStatus::Started if self.is_out_of_reach(order) => {}
            _ => return Err(Refusal::WrongStatus),
        }
        let withdrawal = order
            .server
            .filter(|_| order.status == OrderStatus::Accepted);
        let recipient_or_staff = Needs::new(self, signers).one_of(|signer| {
            self.is_recipient_side(order, signer) || self.is_serving_staff(order, signer)
        });
        let by_provider = match withdrawal {
            Some(server) => Needs::new(self, signers).account(server).solve(),
            None => Err(Refusal::MissingSignature),
        };
        let (way, _) = first_met([recipient_or_staff.solve(), by_provider])?;
        if way == 0 {
            self.end_order(it.order, OrderStatus::Cancelled);
        } else {
            // "open again"; "a provider's withdrawal leaves the lapse where it was"
            let order = self.known_order(it.order);
            order.status = OrderStatus::Posted;
            (order.provider, order.server) = (None, None);
        }
        Ok(())
    }

    /// "Once back-dating no longer reaches its window": no start within the window can be reported any more.
    fn is_out_of_reach(&self, order: &Order) -> bool {
        let last = self.calendar.day(order.window_end_ms - 1);
        u64::from(last) + order.terms.backdating_days < u64::from(self.today())
    }

    pub(crate) fn report_no_show(
        &mut self,
        signers: &[Signer],
        it: &ReportNoShow,
    ) -> Result<(), Refusal> {
        let order = self.order(it.order)?;
        self.check_not_lapsed(order)?;
        let (OrderStatus::Accepted, Some(server)) = (order.status, order.server) else {
            return Err(Refusal::WrongStatus);
        };
        // "ReportNoShow, after the window began: other party, staff"
        if self.now_ms < order.window_start_ms {
            return Err(Refusal::BadWindow);
        }
        let is_other_party = |signer| match it.absent {
            Side::Provider => self.is_recipient_side(order, signer),
            Side::Recipient => signer == Signer::Account(server),
        };
        Needs::new(self, signers)
            .one_of(|signer| is_other_party(signer) || self.is_serving_staff(order, signer))
            .solve()?;
        let absent = match it.absent {
            // Whoever was to serve did not come, not its group.
            Side::Provider => server,
            Side::Recipient => order.recipient,
        };
        self.end_order(it.order, OrderStatus::NoShow);
        self.known(absent).no_shows += 1;
        Ok(())
    }
}
