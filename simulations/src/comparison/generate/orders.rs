//! Orders through their whole life: posting, service, verification, and what may go wrong on the way.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::order::{
    EndedOrder, Funds, OpenOrder, OrderRecord, OrderStage, OrderStatus, Payer, Provider,
    RejectionReason, ReversalReason, Side,
};
use ledger_core::record::organisation::Role;
use ledger_core::time::{DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::transaction::dispute::{Appeal, OpenDispute, ResolveDispute, ReverseOrder};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    ReportNoShow, StartOrder, Verdict, VerifyOrder,
};

use super::{Draft, Scene};

/// Staff who may act on orders in a recipient's place.
const FRONT_OFFICE: [Role; 3] = [Role::Registrar, Role::Clerk, Role::SocialWorker];

/// What is known of an order whose parties act.
#[derive(Clone, Copy)]
struct Known {
    id: OrderId,
    recipient: AccountId,
    provider: Option<Provider>,
    district: OrganisationId,
    payer: Option<AccountId>,
}

impl Scene<'_> {
    pub(super) fn about_orders(&mut self) -> Option<Draft> {
        let orders: Vec<OrderId> = self.books.orders.keys().copied().collect();
        let open: Vec<OrderId> = self
            .books
            .orders
            .iter()
            .filter(|(_, it)| matches!(it, OrderRecord::Open(_)))
            .map(|(id, _)| *id)
            .collect();
        match self.random.below(100) {
            0..10 => self.post(),
            10..24 => self.record_service(),
            24..34 => {
                let id = self.some_of(&orders)?;
                self.anything_with(id)
            }
            34..46 => {
                let id = self.some_of(&orders)?;
                self.next_for(id)
            }
            _ if open.is_empty() => self.record_service(),
            _ => {
                let id = self.some_of(&open)?;
                self.next_for(id)
            }
        }
    }

    /// What naturally comes next in an order's life.
    fn next_for(&mut self, id: OrderId) -> Option<Draft> {
        match self.books.orders.get(&id)? {
            OrderRecord::Open(order) => self.next_for_open(id, order),
            OrderRecord::Ended(order) => self.next_for_ended(id, order),
        }
    }

    fn next_for_open(&mut self, id: OrderId, order: &OpenOrder) -> Option<Draft> {
        let known = Known {
            id,
            recipient: order.recipient,
            provider: order.stage.provider(),
            district: order.district,
            payer: match order.funds() {
                Funds::Account(account) => Some(account),
                Funds::Budget(_) => None,
            },
        };
        let chance = self.random.below(100);
        match &order.stage {
            OrderStage::Posted if chance < 88 => self.accept(known),
            OrderStage::Accepted { .. } if chance < 38 => self.start(known),
            OrderStage::Accepted { .. } if chance < 72 => self.complete(known, order),
            OrderStage::Accepted { .. } if chance < 88 => self.report_no_show(known),
            OrderStage::Started { .. } if chance < 93 => self.complete(known, order),
            OrderStage::Posted | OrderStage::Accepted { .. } | OrderStage::Started { .. } => {
                self.cancel(known)
            }
            OrderStage::Completed { claim, .. } if chance < 94 => {
                let (claimed, dual) = (claim.minutes, order.terms.dual_verification_above);
                self.verify(known, claimed, claimed > dual)
            }
            OrderStage::Verified { .. } if chance < 75 => self.open_dispute(known),
            OrderStage::Disputed {
                approval,
                appealed_from,
            } if chance < 92 => self.resolve(known, approval.minutes, appealed_from.is_some()),
            OrderStage::Resolved { .. } if chance < 75 => self.appeal(known),
            _ => self.rate(known),
        }
    }

    fn next_for_ended(&mut self, id: OrderId, order: &EndedOrder) -> Option<Draft> {
        let known = Known {
            id,
            recipient: order.recipient,
            provider: order.provider,
            district: order.district,
            payer: match order.payer {
                Payer::Recipient => Some(order.recipient),
                Payer::Kin(kin) => Some(kin),
                Payer::Budget(_) => None,
            },
        };
        if order.status == OrderStatus::Settled && self.random.happens(550) {
            self.reverse(known)
        } else {
            self.rate(known)
        }
    }

    /// An operation that may be wrong in the order's state.
    fn anything_with(&mut self, id: OrderId) -> Option<Draft> {
        let record = self.books.orders.get(&id)?;
        let open = match record {
            OrderRecord::Open(order) => Some(order),
            OrderRecord::Ended(_) => None,
        };
        let (recipient, provider, district) = match record {
            OrderRecord::Open(it) => (it.recipient, it.stage.provider(), it.district),
            OrderRecord::Ended(it) => (it.recipient, it.provider, it.district),
        };
        let somebody = self.person();
        let known = Known {
            // Now and then an order nobody posted.
            id: if self.random.happens(40) {
                OrderId([7; 20])
            } else {
                id
            },
            recipient,
            provider: provider.or(Some(Provider {
                account: somebody,
                server: somebody,
            })),
            district,
            payer: Some(recipient),
        };
        let minutes = self.amount();
        match self.random.below(11) {
            0 => self.accept(known),
            1 => self.start(known),
            2 => self.complete(known, open?),
            3 => self.cancel(known),
            4 => self.report_no_show(known),
            5 => self.verify(known, minutes, self.now_ms.0.is_multiple_of(2)),
            6 => self.open_dispute(known),
            7 => self.resolve(known, minutes, self.now_ms.0.is_multiple_of(3)),
            8 => self.appeal(known),
            9 => self.reverse(known),
            _ => self.rate(known),
        }
    }

    fn service_code(&mut self) -> ServiceCode {
        ServiceCode(match self.random.below(40) {
            0..28 => 1,
            28..34 => 2,
            34..39 => 3,
            _ => 9,
        })
    }

    /// Who is to pay for services to `recipient` in `district`.
    fn payer(&mut self, recipient: AccountId, district: OrganisationId) -> Payer {
        let purpose = if self.random.happens(30) {
            BudgetPurpose::Fund
        } else {
            BudgetPurpose::Service
        };
        let careless = self.random.happens(60);
        let lines: Vec<_> = self
            .books
            .budgets
            .iter()
            .filter(|(_, it)| {
                it.purpose == purpose && (careless || self.books.covers(it.scope, district))
            })
            .map(|(id, _)| *id)
            .collect();
        match self.random.below(20) {
            0..6 => self.kin_of(recipient).map_or(Payer::Recipient, Payer::Kin),
            6 => Payer::Kin(self.person()),
            7 if careless => Payer::Budget(BudgetId([7; 20])),
            7..14 => self.some_of(&lines).map_or(Payer::Recipient, Payer::Budget),
            _ => Payer::Recipient,
        }
    }

    /// The signatures of the recipient's side, and the payer's where kin pay.
    fn ordering(&mut self, recipient: AccountId, payer: Payer) -> Vec<Signer> {
        let mut signers = self.acting_with_consent(recipient);
        if let Payer::Kin(kin) = payer {
            let allowed = self
                .books
                .kin
                .get(&(kin, recipient))
                .is_some_and(|it| it.allowance.is_some());
            if !allowed || self.random.happens(300) {
                for signer in self.consent(kin) {
                    if !signers.contains(&signer) {
                        signers.push(signer);
                    }
                }
            }
        }
        signers
    }

    fn ordered_minutes(&mut self, payer: Payer, recipient: AccountId) -> Minutes {
        let available = match payer {
            Payer::Recipient => self.books.spendable(recipient),
            Payer::Kin(kin) => self.books.spendable(kin),
            Payer::Budget(line) => self
                .books
                .budgets
                .get(&line)
                .and_then(|it| it.available().ok())
                .map_or(0, |it| it.0),
        };
        match self.random.below(10) {
            0 => self.amount(),
            1 => self.around(available),
            _ => Minutes(30 * (1 + self.random.below(4)).min((available / 30).max(1))),
        }
    }

    fn post(&mut self) -> Option<Draft> {
        let recipient = if self.random.happens(500) {
            self.saver()
        } else {
            self.person()
        };
        let district = match self.home_district_of(recipient) {
            Some(district) if !self.random.happens(350) => district,
            _ => self.district(),
        };
        let payer = self.payer(recipient, district);
        let now_ms = self.now_ms;
        let window_start_ms = match self.random.below(10) {
            0..5 => now_ms.minus_ms(self.random.below(4) * HOUR_MS),
            5..9 => now_ms.plus_ms(self.random.below(6) * HOUR_MS),
            _ => now_ms.plus_ms(self.random.below(400) * DAY_MS),
        };
        let window_end_ms = match self.random.below(20) {
            0 => window_start_ms,
            1 => window_start_ms.plus_ms(31 * DAY_MS + self.random.below(2)),
            2 => now_ms.plus_ms(366 * DAY_MS + self.random.below(2)),
            3 => now_ms.minus_ms(1),
            _ => window_start_ms.plus_ms(4 * HOUR_MS + self.random.below(3 * DAY_MS)),
        };
        let terms = OrderTerms {
            recipient,
            service: self.service_code(),
            district: if self.random.happens(15) {
                self.street()
            } else {
                district
            },
            window_start_ms,
            window_end_ms,
            minutes: self.ordered_minutes(payer, recipient),
            payer,
        };
        let signers = self.ordering(recipient, payer);
        Some(Draft::new(PostOrder { terms }, signers))
    }

    /// Somebody to serve: a person, or a group with a member.
    fn server(&mut self) -> (AccountId, Option<AccountId>) {
        if self.random.happens(180)
            && let Some(group) = self.group()
        {
            let member = self.member(group);
            return (group, (!self.random.happens(30)).then_some(member));
        }
        let person = self.person();
        let member = self.random.happens(15).then_some(person);
        (person, member)
    }

    fn serving_signers(&mut self, provider: AccountId, member: Option<AccountId>) -> Vec<Signer> {
        let mut signers = self.consent(provider);
        if let Some(member) = member {
            for signer in self.consent(member) {
                if !signers.contains(&signer) {
                    signers.push(signer);
                }
            }
        }
        signers
    }

    fn accept(&mut self, known: Known) -> Option<Draft> {
        let (provider, member) = self.server();
        let signers = self.serving_signers(provider, member);
        Some(Draft::new(
            AcceptOrder {
                order: known.id,
                provider,
                member,
            },
            signers,
        ))
    }

    /// Whoever acts for the recipient of an order under way.
    fn recipient_side(&mut self, known: Known) -> Signer {
        self.acting(known.recipient)
    }

    fn server_signer(&mut self, known: Known) -> Signer {
        Signer::Account(known.provider.map_or(known.recipient, |it| it.server))
    }

    fn start(&mut self, known: Known) -> Option<Draft> {
        let mut signers = vec![self.server_signer(known)];
        let other = if self.random.happens(350) {
            self.staff_serving(&FRONT_OFFICE, known.district)?
        } else {
            self.recipient_side(known)
        };
        signers.push(other);
        Some(Draft::new(StartOrder { order: known.id }, signers))
    }

    fn complete(&mut self, known: Known, order: &OpenOrder) -> Option<Draft> {
        let (start_ms, end_ms) = self.interval(order.minutes, Some(order));
        let signers = vec![self.server_signer(known), self.recipient_side(known)];
        let evidence = self.commitment();
        Some(Draft::new(
            CompleteOrder {
                order: known.id,
                start_ms,
                end_ms,
                evidence,
            },
            signers,
        ))
    }

    /// When a service of `minutes` may have been, within an order's window if there is one.
    fn interval(
        &mut self,
        minutes: Minutes,
        order: Option<&OpenOrder>,
    ) -> (TimestampMs, TimestampMs) {
        let length_ms = minutes.0.min(2_000) * MINUTE_MS;
        let length_ms = match self.random.below(12) {
            0 => length_ms / 2,
            1 => length_ms + self.random.below(60) * MINUTE_MS,
            2 if self.random.happens(50) => 0,
            2 => self.random.below(5 * HOUR_MS),
            _ => length_ms,
        };
        let latest_ms = self.now_ms.minus_ms(length_ms);
        let start_ms = match (order, self.random.below(12)) {
            (Some(order), 0..4) => order.window_start_ms,
            (Some(order), 4..9) => {
                // Within the window and before now, as far as that goes.
                let last_ms = latest_ms.min(order.window_end_ms.minus_ms(1));
                let room_ms = last_ms.since_ms(order.window_start_ms);
                last_ms.minus_ms(self.random.below(room_ms.max(1)))
            }
            (_, 9) => latest_ms.minus_ms(self.random.below(40) * DAY_MS),
            (_, 10) => latest_ms.minus_ms(self.random.below(800) * HOUR_MS),
            (_, 11) => latest_ms.plus_ms(1),
            _ => latest_ms.minus_ms(self.random.below(20) * 30 * MINUTE_MS),
        };
        (start_ms, start_ms.plus_ms(length_ms))
    }

    fn cancel(&mut self, known: Known) -> Option<Draft> {
        let signer = match self.random.below(10) {
            0..4 => self.server_signer(known),
            4..8 => self.recipient_side(known),
            _ => {
                let home = self.home_of(known.recipient);
                self.staff_serving(&FRONT_OFFICE, home)?
            }
        };
        Some(Draft::new(CancelOrder { order: known.id }, vec![signer]))
    }

    fn report_no_show(&mut self, known: Known) -> Option<Draft> {
        let absent = self.one_of(&[Side::Provider, Side::Recipient]);
        let signer = match absent {
            _ if self.random.happens(250) => self.staff_serving(&FRONT_OFFICE, known.district)?,
            Side::Provider => self.recipient_side(known),
            Side::Recipient => self.server_signer(known),
        };
        let order = known.id;
        Some(Draft::new(ReportNoShow { order, absent }, vec![signer]))
    }

    fn verify(&mut self, known: Known, claimed: Minutes, dual: bool) -> Option<Draft> {
        let verdict = match self.random.below(20) {
            0..3 => Verdict::Rejected(RejectionReason::NotServed),
            3..13 => Verdict::Approved(claimed),
            13..17 => Verdict::Approved(Minutes(claimed.0 / 30 * 15)),
            17 => Verdict::Approved(Minutes(claimed.0.saturating_add(15))),
            18 => Verdict::Approved(Minutes::ZERO),
            _ => Verdict::Approved(self.amount()),
        };
        let place = if self.random.happens(400) {
            self.home_of(known.recipient)
        } else {
            known.district
        };
        let mut signers = vec![self.staff_serving(&[Role::SocialWorker], place)?];
        if dual != self.random.happens(50) {
            let second = self.staff_serving(&[Role::SocialWorker], known.district)?;
            if second != signers[0] {
                signers.push(second);
            }
        }
        let order = known.id;
        Some(Draft::new(VerifyOrder { order, verdict }, signers))
    }

    fn record_service(&mut self) -> Option<Draft> {
        let recipient = if self.random.happens(600) {
            self.saver()
        } else {
            self.person()
        };
        let (provider, member) = self.server();
        let district = match self.home_district_of(recipient) {
            Some(district) if !self.random.happens(400) => district,
            _ => self.district(),
        };
        let payer = self.payer(recipient, district);
        let minutes = self.ordered_minutes(payer, recipient);
        let (start_ms, end_ms) = self.interval(minutes, None);
        let mut signers = self.serving_signers(provider, member);
        for signer in self.ordering(recipient, payer) {
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        let operation = RecordService {
            recipient,
            provider,
            member,
            service: self.service_code(),
            district: if self.random.happens(10) {
                self.street()
            } else {
                district
            },
            start_ms,
            end_ms,
            minutes,
            payer,
            evidence: self.commitment(),
        };
        Some(Draft::new(operation, signers))
    }

    fn rate(&mut self, known: Known) -> Option<Draft> {
        let rated = self.one_of(&[Side::Provider, Side::Recipient]);
        let signer = match rated {
            Side::Provider => self.recipient_side(known),
            Side::Recipient => self.server_signer(known),
        };
        let stars = match self.random.below(20) {
            0 => 0,
            1 => 6,
            other => u8::try_from(other % 5 + 1).unwrap_or(1),
        };
        let order = known.id;
        Some(Draft::new(
            RateOrder {
                order,
                rated,
                stars,
            },
            vec![signer],
        ))
    }

    /// One of those who may object to how an order went.
    fn party(&mut self, known: Known) -> Signer {
        match self.random.below(10) {
            0..3 => self.server_signer(known),
            3..5 => Signer::Account(known.provider.map_or(known.recipient, |it| it.account)),
            5 | 6 if known.payer.is_some() => {
                Signer::Account(known.payer.unwrap_or(known.recipient))
            }
            _ => self.recipient_side(known),
        }
    }

    fn open_dispute(&mut self, known: Known) -> Option<Draft> {
        let signer = if self.random.happens(250) {
            self.staff_serving(&FRONT_OFFICE, known.district)?
        } else {
            self.party(known)
        };
        Some(Draft::new(OpenDispute { order: known.id }, vec![signer]))
    }

    fn resolve(&mut self, known: Known, approved: Minutes, appealed: bool) -> Option<Draft> {
        let provider_minutes = match self.random.below(10) {
            0..3 => approved,
            3..5 => Minutes::ZERO,
            5..8 => Minutes(approved.0 / 30 * 15),
            8 => self.around(approved.0),
            _ => self.amount(),
        };
        let place = if appealed && !self.random.happens(150) {
            self.books.city
        } else {
            known.district
        };
        let arbiter = self.staff(Role::Arbiter, place)?;
        Some(Draft::new(
            ResolveDispute {
                order: known.id,
                provider_minutes,
            },
            vec![arbiter],
        ))
    }

    fn appeal(&mut self, known: Known) -> Option<Draft> {
        let signer = self.party(known);
        Some(Draft::new(Appeal { order: known.id }, vec![signer]))
    }

    fn reverse(&mut self, known: Known) -> Option<Draft> {
        let signers = self.two_staff([Role::Arbiter, Role::Treasurer], known.district)?;
        Some(Draft::new(
            ReverseOrder {
                order: known.id,
                reason: ReversalReason::Fraud,
            },
            signers,
        ))
    }
}
