//! Posting an order: who may, on what terms, and what is held or reserved for it.

use crate::due::DueKind;
use crate::genesis::Level;
use crate::id::{AccountId, OrderId, OrganisationId, ServiceCode, Signer};
use crate::model::Model;
use crate::operation::account::{ProxyHolder, ProxyScope};
use crate::operation::government::Purpose;
use crate::operation::service::{Payer, PostOrder};
use crate::order::{Order, Terms};
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::{DAY_MS, Milliseconds, Minutes};
use crate::view::OrderStatus;

/// "It is at most 31 days long."
const WINDOW_MS_MAX: Milliseconds = 31 * DAY_MS;
/// "and ends at most 366 days ahead, because minutes are held that long"
const WINDOW_AHEAD_MS_MAX: Milliseconds = 366 * DAY_MS;

/// What is posted, by an order or a paper record.
pub(crate) struct Posting {
    pub(crate) order: OrderId,
    pub(crate) recipient: AccountId,
    pub(crate) service: ServiceCode,
    pub(crate) district: OrganisationId,
    pub(crate) window_start_ms: Milliseconds,
    pub(crate) window_end_ms: Milliseconds,
    pub(crate) minutes: Minutes,
    pub(crate) payer: Payer,
}

/// Who signed for the recipient and the payer.
pub(crate) struct PostedBy {
    pub(crate) signer: Signer,
    pub(crate) poster: AccountId,
    proxy: Option<ProxyHolder>,
    by_allowance: bool,
}

impl Model {
    pub(crate) fn post_order(&mut self, signers: &[Signer], it: &PostOrder) -> Result<(), Refusal> {
        // "It may have begun already, but not have ended."
        let (start_ms, end_ms) = (it.window_start_ms, it.window_end_ms);
        if start_ms >= end_ms
            || end_ms <= self.now_ms
            || end_ms - start_ms > WINDOW_MS_MAX
            || end_ms > self.now_ms + WINDOW_AHEAD_MS_MAX
        {
            return Err(Refusal::BadWindow);
        }
        let posting = Posting {
            order: it.order,
            recipient: it.recipient,
            service: it.service,
            district: it.district,
            window_start_ms: start_ms,
            window_end_ms: end_ms,
            minutes: it.minutes,
            payer: it.payer,
        };
        let terms = self.check_posting(&posting)?;
        let posted_by = self.posted_by(&posting, None, || Needs::new(self, signers))?;
        let lapses_ms = end_ms + terms.lapse_ms;
        self.insert_order(&posting, terms, &posted_by);
        self.due.insert((lapses_ms, DueKind::Lapse, it.order.0));
        Ok(())
    }

    /// Everything about a posting but its signatures.
    pub(crate) fn check_posting(&self, it: &Posting) -> Result<Terms, Refusal> {
        if self.orders.contains_key(&it.order) {
            return Err(Refusal::Exists);
        }
        let recipient = self.person(it.recipient)?;
        let terms = self.terms(it.district, it.service)?;
        // "The order's minutes are a multiple of the quantum and lie within the bounds of the service code on the day of
        // posting."
        let in_bounds = (terms.minutes_min..=terms.minutes_max).contains(&it.minutes);
        if !in_bounds || !it.minutes.is_multiple_of(terms.quantum) {
            return Err(Refusal::BadAmount);
        }
        // "Open orders are limited by the recipient's home district."
        let most = self.number(Parameter::OpenOrdersMax, self.home_district(it.recipient));
        if recipient.open_orders >= most {
            return Err(Refusal::LimitReached);
        }
        match it.payer {
            Payer::Recipient => self.check_spending(it.recipient, it.minutes)?,
            Payer::Kin(kin) => {
                // "Gift and kin-paid orders need a live kin link."
                if !self.are_kin(it.recipient, kin) {
                    return Err(Refusal::NotKin);
                }
                self.check_spending(kin, it.minutes)?;
            }
            Payer::Budget(budget) => {
                let line = self.usable_budget(budget, Purpose::Service)?;
                // "A budget line must cover one of the two: be it or lie above it."
                let covers =
                    self.covers(line.scope, recipient.home) || self.covers(line.scope, it.district);
                let left = line.minutes - line.reserved - line.used;
                if !covers || terms.minted(it.minutes) > left {
                    return Err(Refusal::BudgetUnusable);
                }
            }
        }
        Ok(terms)
    }

    /// "Parameters of an order: the order's district's, copied at posting."
    fn terms(&self, district: OrganisationId, service: ServiceCode) -> Result<Terms, Refusal> {
        self.check_level(district, Level::District)?;
        let entry = self.service(service)?;
        Ok(Terms {
            quantum: self.number(Parameter::Quantum, district),
            multiplier_percent: u64::from(entry.multiplier_percent),
            minutes_min: entry.minutes_min,
            minutes_max: entry.minutes_max,
            backdating_days: self.number(Parameter::BackdatingDays, district),
            dual_verification_above: self.number(Parameter::DualVerificationAbove, district),
            dispute_window_ms: self.number(Parameter::DisputeWindowMs, district),
            appeal_window_ms: self.number(Parameter::AppealWindowMs, district),
            lapse_ms: self.number(Parameter::OrderLapseMs, district),
        })
    }

    /// "PostOrder: recipient or proxy; kin-paid also the payer unless inside its KinAllowance", besides what `others` asks
    /// for. The server never signs in the recipient's place.
    pub(crate) fn posted_by<'a>(
        &'a self,
        it: &Posting,
        server: Option<AccountId>,
        others: impl Fn() -> Needs<'a>,
    ) -> Result<PostedBy, Refusal> {
        let others_count = others().count();
        let by_proxy = |signer| {
            self.acting_proxy(it.recipient, signer, ProxyScope::Orders)
                .is_some()
                && (server.is_none() || self.person_of(signer) != server)
        };
        let own = || others().holder(it.recipient);
        let proxy = || others().one_of(by_proxy);
        let (position, chosen) = match it.payer {
            Payer::Recipient | Payer::Budget(_) => first_met([own().solve(), proxy().solve()])?,
            Payer::Kin(kin) => {
                let mut ways = vec![own().holder(kin).solve(), proxy().holder(kin).solve()];
                if self.allowance_covers((kin, it.recipient), it.minutes) {
                    ways.extend([own().solve(), proxy().solve()]);
                }
                first_met(ways)?
            }
        };
        let signer = chosen[others_count];
        let proxy = if signer == Signer::Account(it.recipient) {
            None
        } else {
            self.acting_proxy(it.recipient, signer, ProxyScope::Orders)
        };
        if let Some(holder) = proxy {
            // "Proxies' monthly minutes count whoever pays."
            self.check_proxy_limit(it.recipient, holder, it.minutes)?;
        }
        Ok(PostedBy {
            signer,
            poster: self.person_of(signer).unwrap_or(it.recipient),
            proxy,
            // "The payer's own signature does not use the allowance up."
            by_allowance: position >= 2,
        })
    }

    /// Puts a checked posting into the book: minutes held or reserved, limits used.
    pub(crate) fn insert_order(&mut self, it: &Posting, terms: Terms, by: &PostedBy) {
        if let Some(holder) = by.proxy {
            self.use_proxy(it.recipient, holder, it.minutes);
        }
        let (mut lots, mut reserved) = (Vec::new(), 0);
        match it.payer {
            Payer::Recipient => lots = self.hold(it.recipient, it.minutes),
            Payer::Kin(kin) => {
                lots = self.hold(kin, it.minutes);
                if by.by_allowance {
                    self.use_allowance((kin, it.recipient), it.minutes);
                }
            }
            Payer::Budget(budget) => {
                reserved = terms.minted(it.minutes);
                self.known_budget(budget).reserved += reserved;
            }
        }
        self.known(it.recipient).open_orders += 1;
        let mut order = Order {
            status: OrderStatus::Posted,
            recipient: it.recipient,
            payer: it.payer,
            service: it.service,
            district: it.district,
            window_start_ms: it.window_start_ms,
            window_end_ms: it.window_end_ms,
            minutes: it.minutes,
            terms,
            lots,
            reserved,
            poster: by.poster,
            clerks: Vec::new(),
            clerk_organisations: Vec::new(),
            provider: None,
            server: None,
            claim: None,
            verifiers: Vec::new(),
            approved: 0,
            settles_ms: 0,
            decided: None,
            appeal_ends_ms: 0,
            appealed: false,
            first_arbiter: None,
            completed_ms: 0,
            escalated: false,
            rated_provider: false,
            rated_recipient: false,
            paid: 0,
            flow: None,
            ended_ms: None,
        };
        self.note_clerk(&mut order, by.signer);
        self.orders.insert(it.order, order);
    }

    /// Remembers staff who signed in the recipient's place. "Where a clerk acted as proxy, nobody of the same organisation"
    /// verifies; "staff who only checked somebody in do not bind their colleagues".
    pub(crate) fn note_clerk(&self, order: &mut Order, signer: Signer) {
        let Signer::Staff(id) = signer else {
            return;
        };
        order.clerks.extend(self.person_of(signer));
        let as_proxy = self.acting_proxy(order.recipient, signer, ProxyScope::Orders);
        if as_proxy.is_some() {
            order.clerk_organisations.push(id.organisation);
        }
    }
}
