//! Reading blocks: what each operation and each posting says.
//!
//! Operations say who did what and signed for it; postings say what moved. What both say is read from one of them only.

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrderId, OrganisationId, StaffId};
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::record::order::{OrderStatus, Payer, Provider, Side};
use ledger_core::record::policy::PolicyParameter;
use ledger_core::record::proxy::ProxyHolder;

use ledger_core::transaction::attendance::Attendance;
use ledger_core::transaction::service::{OrderTerms, RecordService, Verdict};
use ledger_core::transaction::{Operation, SealedEnvelope, Signer};

use super::order::ClaimFacts;
use super::{
    AccountFacts, AttendanceFacts, AttendanceKind, ClerkFacts, Event, Facts, FactsError, GiftFacts,
    Holder, KinFacts, OrderFacts, Origin, RedemptionFacts, VerificationFacts,
};

/// A transaction being read: where it is, and who signed it.
struct Signed {
    event: Event,
    signers: Vec<Signer>,
}

impl Signed {
    fn has(&self, signer: Signer) -> bool {
        self.signers.contains(&signer)
    }

    fn staff(&self) -> impl Iterator<Item = StaffId> + '_ {
        self.signers.iter().filter_map(|signer| match signer {
            Signer::Staff(staff) => Some(*staff),
            Signer::Account(_) | Signer::Key(_) => None,
        })
    }
}

impl Facts {
    /// What the chain did by itself.
    pub(super) fn automatic(&mut self, receipt: &Receipt) -> Result<(), FactsError> {
        let event = self.event(receipt.cause);
        match receipt.cause {
            Cause::Settlement(order) | Cause::Decision(order) => {
                self.end_order(order, OrderStatus::Settled, event)?;
            }
            Cause::Lapse(order) => self.end_order(order, OrderStatus::Lapsed, event)?,
            Cause::Escalation(order) => self.order_mut(order)?.escalated = Some(event),
            _ => {}
        }
        self.postings(event, receipt)
    }

    /// What a transaction did: its operation first, because postings speak of accounts and orders that it may open.
    pub(super) fn transaction(
        &mut self,
        sealed: &SealedEnvelope,
        receipt: &Receipt,
    ) -> Result<(), FactsError> {
        let envelope = sealed.envelope();
        let signed = Signed {
            event: self.event(Cause::Transaction(sealed.id())),
            signers: envelope.signatures.iter().map(|it| it.signer).collect(),
        };
        for signer in &signed.signers {
            if let Signer::Account(account) = signer {
                let at = signed.event.time_ms;
                self.account_mut(*account)?.note_activity(at);
            }
        }
        let operation = &envelope.transaction.operation;
        if !self.order_operation(operation, &signed)? {
            self.other_operation(operation, &signed, envelope.transaction.signer)?;
        }
        self.postings(signed.event, receipt)
    }

    /// Operations on orders; false for any other.
    fn order_operation(
        &mut self,
        operation: &Operation,
        signed: &Signed,
    ) -> Result<bool, FactsError> {
        let event = signed.event;
        match operation {
            Operation::PostOrder(it) => self.post_order(&it.terms, Origin::Posted, signed)?,
            Operation::RecordService(it) => self.record_service(it, signed)?,
            Operation::AcceptOrder(it) => {
                let order = self.order_mut(it.order)?;
                order.provider = Some(Provider {
                    account: it.provider,
                    server: it.member.unwrap_or(it.provider),
                });
                (order.accepted, order.status) = (Some(event), OrderStatus::Accepted);
            }
            Operation::StartOrder(it) => {
                self.note_acting(it.order, signed)?;
                let order = self.order_mut(it.order)?;
                (order.started, order.status) = (Some(event), OrderStatus::Started);
            }
            Operation::CompleteOrder(it) => {
                self.note_acting(it.order, signed)?;
                let order = self.order_mut(it.order)?;
                let interval = (it.start_ms, it.end_ms);
                let claim = ClaimFacts::new(interval, order.minutes, order.quantum, it.evidence);
                order.claim = Some(claim);
                (order.completed, order.status) = (Some(event), OrderStatus::Completed);
            }
            Operation::CancelOrder(it) => self.cancel(it.order, signed)?,
            Operation::ReportNoShow(it) => {
                self.end_order(it.order, OrderStatus::NoShow, event)?;
            }
            Operation::VerifyOrder(it) => self.verify(it.order, it.verdict, signed)?,
            Operation::RateOrder(it) => {
                let ratings = &mut self.order_mut(it.order)?.ratings;
                match it.rated {
                    Side::Provider => ratings.of_provider = Some(it.stars),
                    Side::Recipient => ratings.of_recipient = Some(it.stars),
                }
            }
            Operation::OpenDispute(it) => self.dispute(it.order, OrderStatus::Disputed, event)?,
            Operation::ResolveDispute(it) => {
                self.dispute(it.order, OrderStatus::Resolved, event)?;
            }
            Operation::Appeal(it) => self.dispute(it.order, OrderStatus::Disputed, event)?,
            Operation::ReverseOrder(it) => {
                let order = self.order_mut(it.order)?;
                (order.reversed, order.status) = (Some(event), OrderStatus::Reversed);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Operations on offices, people and many people at once.
    fn other_operation(
        &mut self,
        operation: &Operation,
        signed: &Signed,
        organiser: Signer,
    ) -> Result<(), FactsError> {
        let event = signed.event;
        match operation {
            Operation::RegisterOrganisation(it) => {
                self.register(it.organisation, Some(it.parent), it.level);
            }
            Operation::SetStaff(it) => {
                for change in &it.changes {
                    let staff = StaffId {
                        organisation: it.organisation,
                        number: change.number,
                    };
                    self.appoint(staff, change.entry.as_ref(), event.time_ms);
                }
            }
            Operation::SetPolicy(it) => {
                self.policies
                    .set(it.scope, it.parameter, it.from_day, it.value.clone());
            }
            Operation::OpenAccount(it) => {
                let holder = match it.key {
                    Some(_) => Holder::Person,
                    None => Holder::Keyless,
                };
                self.open_account(holder, it.home, event);
            }
            Operation::OpenGroup(it) => self.open_account(Holder::Group, it.home, event),
            Operation::RegisterMerchant(it) => self.open_account(Holder::Merchant, it.home, event),
            Operation::LinkKin(it) => {
                let (first, relation) = if it.account <= it.kin {
                    (it.account, it.relation)
                } else {
                    (it.kin, it.relation.inverse())
                };
                let link = KinFacts {
                    relation,
                    linked: event,
                    until_ms: None,
                };
                let pair = (first, it.account.max(it.kin));
                self.kin.insert(pair, link);
            }
            Operation::UnlinkKin(it) => {
                let pair = (it.account.min(it.kin), it.account.max(it.kin));
                if let Some(link) = self.kin.get_mut(&pair) {
                    link.until_ms = Some(event.time_ms);
                }
            }
            Operation::AppointProxy(it) => {
                self.proxies.insert((it.principal, it.proxy));
                self.account_mut(it.principal)?
                    .proxies_appointed
                    .push(event);
            }
            Operation::RevokeProxy(it) => {
                self.proxies.remove(&(it.principal, it.proxy));
            }
            Operation::RecordTraining(it) => {
                let kind = AttendanceKind::Training;
                self.attend(kind, &it.attendance, signed, organiser)?;
            }
            Operation::RecordCampaign(it) => {
                let kind = AttendanceKind::Campaign;
                self.attend(kind, &it.attendance, signed, organiser)?;
            }
            Operation::Redeem(it) => {
                // A proxy's signature is a sign of life of the one it acts for.
                self.account_mut(it.holder)?.note_activity(event.time_ms);
            }
            _ => {}
        }
        Ok(())
    }

    fn post_order(
        &mut self,
        terms: &OrderTerms,
        origin: Origin,
        signed: &Signed,
    ) -> Result<(), FactsError> {
        let event = signed.event;
        let Cause::Transaction(transaction) = event.cause else {
            return Ok(());
        };
        let (poster, poster_person) = self.acting(terms.recipient, terms.payer, signed)?;
        let recipient_home = {
            let recipient = self.account_mut(terms.recipient)?;
            recipient.note_activity(event.time_ms);
            recipient.home()
        };
        let today = self.calendar.day(event.time_ms);
        let number = |parameter| self.policies.number(terms.district, parameter, today);
        let days = number(PolicyParameter::BackdatingDays);
        let mut order = OrderFacts {
            origin,
            recipient: terms.recipient,
            recipient_home,
            service: terms.service,
            district: terms.district,
            window_start_ms: terms.window_start_ms,
            window_end_ms: terms.window_end_ms,
            minutes: terms.minutes,
            payer: terms.payer,
            backdating_days: u32::try_from(days).unwrap_or(u32::MAX),
            dual_verification_above: Minutes(number(PolicyParameter::DualVerificationAbove)),
            quantum: Minutes(number(PolicyParameter::Quantum)),
            poster,
            poster_person,
            clerks: Vec::new(),
            provider: None,
            claim: None,
            verification: None,
            status: OrderStatus::Posted,
            posted: event,
            accepted: None,
            withdrawals: 0,
            started: None,
            completed: None,
            escalated: None,
            disputes: Vec::new(),
            ended: None,
            reversed: None,
            served: Minutes::ZERO,
            paid: Minutes::ZERO,
            ratings: ledger_core::record::order::Ratings::default(),
        };
        order.clerks = self.clerks(signed)?;
        self.orders.insert(OrderId::derive(transaction), order);
        Ok(())
    }

    fn record_service(
        &mut self,
        operation: &RecordService,
        signed: &Signed,
    ) -> Result<(), FactsError> {
        let terms = OrderTerms {
            recipient: operation.recipient,
            service: operation.service,
            district: operation.district,
            window_start_ms: operation.start_ms,
            window_end_ms: operation.end_ms,
            minutes: operation.minutes,
            payer: operation.payer,
        };
        self.post_order(&terms, Origin::Recorded, signed)?;
        let Cause::Transaction(transaction) = signed.event.cause else {
            return Ok(());
        };
        let order = self.order_mut(OrderId::derive(transaction))?;
        order.provider = Some(Provider {
            account: operation.provider,
            server: operation.member.unwrap_or(operation.provider),
        });
        let interval = (operation.start_ms, operation.end_ms);
        let claim = ClaimFacts::new(interval, order.minutes, order.quantum, operation.evidence);
        order.claim = Some(claim);
        order.accepted = Some(signed.event);
        order.completed = Some(signed.event);
        order.status = OrderStatus::Completed;
        Ok(())
    }

    /// Who of the signers acted for the recipient, and the person behind: the recipient where it signed, else a clerk who is
    /// its proxy, else a person who is; where several could have, the one who fills no other part.
    fn acting(
        &self,
        recipient: AccountId,
        payer: Payer,
        signed: &Signed,
    ) -> Result<(Signer, AccountId), FactsError> {
        let own = Signer::Account(recipient);
        if signed.has(own) {
            return Ok((own, recipient));
        }
        for staff in signed.staff() {
            if self
                .proxies
                .contains(&(recipient, ProxyHolder::Clerk(staff)))
            {
                return Ok((Signer::Staff(staff), self.behind(staff)?));
            }
        }
        let people = signed.signers.iter().filter_map(|signer| match signer {
            Signer::Account(account) => Some(*account),
            Signer::Staff(_) | Signer::Key(_) => None,
        });
        let mut proxies: Vec<AccountId> = people
            .filter(|person| {
                let holder = ProxyHolder::Account(*person);
                self.proxies.contains(&(recipient, holder))
            })
            .collect();
        proxies.sort_by_key(|person| payer == Payer::Kin(*person));
        Ok(proxies.first().map_or((own, recipient), |person| {
            (Signer::Account(*person), *person)
        }))
    }

    /// Notes staff who signed in the recipient's place, and that the recipient was heard of.
    fn note_acting(&mut self, order: OrderId, signed: &Signed) -> Result<(), FactsError> {
        let clerks = self.clerks(signed)?;
        let order = self.order_mut(order)?;
        order.clerks.extend(clerks);
        order.clerks.sort_unstable();
        order.clerks.dedup();
        let recipient = order.recipient;
        self.account_mut(recipient)?
            .note_activity(signed.event.time_ms);
        Ok(())
    }

    fn clerks(&self, signed: &Signed) -> Result<Vec<ClerkFacts>, FactsError> {
        signed
            .staff()
            .map(|staff| {
                let person = self.behind(staff)?;
                Ok(ClerkFacts { staff, person })
            })
            .collect()
    }

    fn cancel(&mut self, id: OrderId, signed: &Signed) -> Result<(), FactsError> {
        let order = self.order_mut(id)?;
        let server = order.server().map(Signer::Account);
        let withdrawn = order.status == OrderStatus::Accepted;
        if withdrawn && server.is_some_and(|server| signed.has(server)) {
            order.provider = None;
            order.status = OrderStatus::Posted;
            order.accepted = None;
            order.withdrawals = order.withdrawals.saturating_add(1);
            return Ok(());
        }
        self.end_order(id, OrderStatus::Cancelled, signed.event)
    }

    fn verify(&mut self, id: OrderId, verdict: Verdict, signed: &Signed) -> Result<(), FactsError> {
        let verifiers = self.clerks(signed)?;
        let (verdict, status) = match verdict {
            Verdict::Approved(minutes) => (Ok(minutes), OrderStatus::Verified),
            Verdict::Rejected(reason) => (Err(reason), OrderStatus::Rejected),
        };
        let order = self.order_mut(id)?;
        if status == OrderStatus::Rejected {
            order.ended = Some(signed.event);
        }
        order.status = status;
        order.verification = Some(VerificationFacts {
            event: signed.event,
            verifiers,
            verdict,
        });
        Ok(())
    }

    fn dispute(
        &mut self,
        id: OrderId,
        status: OrderStatus,
        event: Event,
    ) -> Result<(), FactsError> {
        let order = self.order_mut(id)?;
        order.disputes.push(event);
        order.status = status;
        Ok(())
    }

    fn end_order(
        &mut self,
        id: OrderId,
        status: OrderStatus,
        event: Event,
    ) -> Result<(), FactsError> {
        let order = self.order_mut(id)?;
        (order.status, order.ended) = (status, Some(event));
        Ok(())
    }

    fn open_account(&mut self, holder: Holder, home: OrganisationId, event: Event) {
        if let Cause::Transaction(transaction) = event.cause {
            let account = AccountFacts::new(holder, home, Some(event), event.time_ms);
            self.accounts
                .insert(AccountId::derive(transaction), account);
        }
    }

    fn attend(
        &mut self,
        kind: AttendanceKind,
        attendance: &Attendance,
        signed: &Signed,
        organiser: Signer,
    ) -> Result<(), FactsError> {
        let mut attested_by = Vec::new();
        for staff in signed.staff() {
            if Signer::Staff(staff) != organiser {
                attested_by.push(self.behind(staff)?);
            }
        }
        for participant in &attendance.participants {
            let at = signed.event.time_ms;
            self.account_mut(*participant)?.note_activity(at);
        }
        self.attendances.push(AttendanceFacts {
            event: signed.event,
            kind,
            district: attendance.district,
            organiser,
            attested_by,
            start_ms: attendance.start_ms,
            end_ms: attendance.end_ms,
            participants: attendance.participants.clone(),
            minutes: attendance.minutes.0,
        });
        Ok(())
    }

    fn postings(&mut self, event: Event, receipt: &Receipt) -> Result<(), FactsError> {
        for posting in &receipt.postings {
            if let Owner::Account(account) = posting.owner {
                self.posting(event, account, posting)?;
            }
        }
        Ok(())
    }

    fn posting(
        &mut self,
        event: Event,
        owner: AccountId,
        posting: &Posting,
    ) -> Result<(), FactsError> {
        let account = self.account_mut(owner)?;
        account.post(event, &posting.entry);
        match &posting.entry {
            Entry::HomeMoved { to, .. } => account.homes.push((event.time_ms, *to)),
            Entry::KeyRotated | Entry::KeyRecovered => {
                account.key_changes.push(event);
                account.holder = match account.holder {
                    Holder::Keyless => Holder::Person,
                    holder => holder,
                };
            }
            Entry::Closed { .. } => account.closed = Some(event),
            Entry::GiftSent { to, minutes } => self.gifts.push(GiftFacts {
                event,
                from: owner,
                to: *to,
                minutes: minutes.0,
            }),
            Entry::Redeemed {
                merchant, minutes, ..
            } => self.redemptions.push(RedemptionFacts {
                event,
                holder: owner,
                merchant: *merchant,
                minutes: minutes.0,
            }),
            Entry::Earned {
                order,
                credited,
                repaid,
                overflow,
                served,
            } => {
                let paid = credited.saturating_plus(*repaid).saturating_plus(*overflow);
                let order = self.order_mut(*order)?;
                (order.served, order.paid) = (*served, paid);
            }
            _ => {}
        }
        Ok(())
    }

    const fn event(&self, cause: Cause) -> Event {
        Event {
            height: self.height,
            time_ms: self.time_ms,
            cause,
        }
    }

    fn behind(&self, staff: StaffId) -> Result<AccountId, FactsError> {
        let height = self.height;
        self.person_behind(staff, self.time_ms)
            .ok_or(FactsError::Staff { height, staff })
    }

    fn account_mut(&mut self, account: AccountId) -> Result<&mut AccountFacts, FactsError> {
        let height = self.height;
        self.accounts
            .get_mut(&account)
            .ok_or(FactsError::Account { height, account })
    }

    fn order_mut(&mut self, order: OrderId) -> Result<&mut OrderFacts, FactsError> {
        let height = self.height;
        self.orders
            .get_mut(&order)
            .ok_or(FactsError::UnknownOrder { height, order })
    }
}
