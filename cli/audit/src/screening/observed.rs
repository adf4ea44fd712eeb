//! The services of a period, arranged by who served, received and verified.
//!
//! A service counts when social workers approved it and nobody took it back since: an order that was rejected or reversed
//! was found already. It belongs to the period in which it began.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, OrderId, OrganisationId};
use ledger_core::time::{Day, MINUTE_MS, TimestampMs};

use super::{Evidence, Period, Subject};
use crate::facts::{ClaimFacts, Event, Facts, OrderFacts, VerificationFacts};

/// An approved service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service<'a> {
    pub(crate) id: OrderId,
    pub(crate) order: &'a OrderFacts,
    /// The person who served.
    pub(crate) server: AccountId,
    pub(crate) claim: ClaimFacts,
    pub(crate) verification: &'a VerificationFacts,
    /// When it was reported.
    pub(crate) reported: Event,
    /// Minutes that count.
    pub(crate) minutes: u64,
}

impl Service<'_> {
    /// The entry by which it was reported.
    pub(crate) const fn report(&self) -> Evidence {
        Evidence {
            event: self.reported,
            order: Some(self.id),
        }
    }

    /// The entry by which it was verified.
    pub(crate) const fn verdict(&self) -> Evidence {
        Evidence {
            event: self.verification.event,
            order: Some(self.id),
        }
    }

    /// The people who verified it.
    pub(crate) fn verifiers(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.verification.verifiers.iter().map(|it| it.person)
    }
}

/// What the rules look at.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) period: Period,
    /// By the beginning of the service, then by id.
    pub(crate) services: Vec<Service<'a>>,
    /// Indices into `services`.
    pub(crate) by_server: BTreeMap<AccountId, Vec<usize>>,
}

impl<'a> Observed<'a> {
    pub(crate) fn of(facts: &'a Facts, period: Period) -> Observed<'a> {
        let mut services: Vec<Service<'a>> = facts
            .orders
            .iter()
            .filter_map(|(id, order)| service(*id, order))
            .filter(|service| period.has(facts.calendar, service.claim.start_ms))
            .collect();
        services.sort_by_key(|service| (service.claim.start_ms, service.id));
        let mut by_server: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
        for (index, service) in services.iter().enumerate() {
            by_server.entry(service.server).or_default().push(index);
        }
        Observed {
            facts,
            period,
            services,
            by_server,
        }
    }

    /// Everybody who served, with their services, oldest first.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (AccountId, Vec<&Service<'a>>)> {
        self.by_server.iter().map(|(server, places)| {
            let services = places.iter().map(|place| &self.services[*place]);
            (*server, services.collect())
        })
    }

    /// Whether an event lies in the period.
    pub(crate) fn has(&self, event: Event) -> bool {
        self.period.has(self.facts.calendar, event.time_ms)
    }

    /// A member of staff: the person and every entry under which it verified one of `services`.
    pub(crate) fn verifier_subjects<'s>(
        &self,
        person: AccountId,
        services: impl IntoIterator<Item = &'s Service<'a>>,
    ) -> BTreeSet<Subject>
    where
        'a: 's,
    {
        let mut subjects = BTreeSet::from([Subject::Account(person)]);
        for service in services {
            for verifier in &service.verification.verifiers {
                if verifier.person == person {
                    subjects.insert(Subject::Staff(verifier.staff));
                }
            }
        }
        subjects
    }

    /// The home street of whom a service was for, when it was ordered.
    pub(crate) const fn street(service: &Service<'_>) -> OrganisationId {
        service.order.recipient_home
    }

    /// The minutes of a service on each day that it touches, counted from its start as the ledger counts them.
    pub(crate) fn days(
        &self,
        (start_ms, end_ms): (TimestampMs, TimestampMs),
        minutes: u64,
    ) -> impl Iterator<Item = (Day, u64)> {
        let calendar = self.facts.calendar;
        let first = calendar.day(start_ms);
        let last = calendar.day(end_ms.minus_ms(1));
        let mut counted = 0;
        (first.0..=last.0).map(Day).map(move |day| {
            let until_ms = calendar.end_of(day).min(end_ms);
            let by_then = minutes.min(until_ms.since_ms(start_ms) / MINUTE_MS);
            let part = by_then.saturating_sub(counted);
            counted = by_then;
            (day, part)
        })
    }
}

fn service(id: OrderId, order: &OrderFacts) -> Option<Service<'_>> {
    if !order.is_approved() {
        return None;
    }
    Some(Service {
        id,
        order,
        server: order.server()?,
        claim: order.claim?,
        verification: order.verification.as_ref()?,
        reported: order.completed?,
        minutes: order.approved()?.0,
    })
}
