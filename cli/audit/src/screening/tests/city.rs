//! A made-up city: facts written down directly, so that a case is a few lines and nothing else happens in it.

use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{
    AccountId, BudgetId, Height, OrderId, OrganisationId, ServiceCode, StaffId, TransactionId,
};
use ledger_core::receipt::{Cause, Entry};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{OrderStatus, Payer, Provider, Ratings};
use ledger_core::time::{DAY_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use timebank_wallet::trial::{DISTRICT, OTHER_DISTRICT, OTHER_STREET, STREET, genesis};

use super::{Finding, Period, Rules, screen};
use crate::facts::{
    AccountFacts, ClaimFacts, ClerkFacts, Event, Facts, GiftFacts, Holder, KinFacts, OrderFacts,
    Origin, VerificationFacts,
};

/// The people who verify in ordinary life.
pub(super) const VERIFIERS: [u8; 3] = [201, 202, 203];

/// A person by number.
pub(super) fn person(number: u8) -> AccountId {
    AccountId([number; 20])
}

/// The staff entry of a person who works at a service point.
pub(super) fn staff(number: u8, point: u64) -> StaffId {
    StaffId {
        organisation: OrganisationId(320_102_005_000 + point),
        number: u32::from(number),
    }
}

/// A service: who, when and how. Days count from the beginning, `at` is the minute of the day.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) server: u8,
    pub(super) recipient: u8,
    pub(super) day: u64,
    pub(super) at: u64,
    pub(super) minutes: u64,
    pub(super) code: u16,
    pub(super) verifier: u8,
    pub(super) clerk: Option<u8>,
    pub(super) origin: Origin,
    /// Minutes from posting to the beginning of the service; when negative, it was posted after it began.
    pub(super) ahead: i64,
    /// Days from the service to its report.
    pub(super) late_days: u64,
    /// The minute of the next day at which it was verified.
    pub(super) verified_at: u64,
    pub(super) minted: bool,
    pub(super) evidence: Option<u8>,
    pub(super) elsewhere: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            server: 1,
            recipient: 101,
            day: 0,
            at: 10 * 60,
            minutes: 60,
            code: 1,
            verifier: 201,
            clerk: None,
            origin: Origin::Posted,
            ahead: 24 * 60,
            late_days: 0,
            verified_at: 9 * 60,
            minted: true,
            evidence: None,
            elsewhere: false,
        }
    }
}

/// Facts in the making.
pub(super) struct City {
    pub(super) facts: Facts,
    pub(super) begin: TimestampMs,
    count: u64,
}

impl City {
    /// Founded; nobody has done anything.
    pub(super) fn empty() -> City {
        let facts = Facts::begin(&genesis());
        let first = facts.calendar.day(facts.time_ms).plus_days(60);
        City {
            begin: facts.calendar.start_of(first),
            facts,
            count: 0,
        }
    }

    /// Twenty volunteers and twenty elders live through a hundred days; three social workers verify in turn, each on their
    /// own days. Papers come late, somebody posts afterwards, some work at night under the code for night care.
    pub(super) fn alive() -> City {
        let mut city = City::empty();
        for day in 0..100 {
            for turn in 0..4_u64 {
                let mix = day * 7 + turn * 3 + day / 9;
                let server = 1 + u8::try_from(mix % 20).unwrap();
                let recipient = 101 + u8::try_from((mix * 11 + turn) % 20).unwrap();
                let late = mix % 8 == 0;
                city.serve(Plan {
                    server,
                    recipient,
                    day,
                    at: 8 * 60 + turn * 150,
                    minutes: 45 + 15 * (mix % 5),
                    verifier: VERIFIERS[usize::try_from((day + turn) % 3).unwrap()],
                    origin: if late {
                        Origin::Recorded
                    } else {
                        Origin::Posted
                    },
                    late_days: if late { mix % 29 } else { 0 },
                    verified_at: 9 * 60 + turn * 40,
                    ..Plan::default()
                });
            }
            if day % 3 == 0 {
                city.serve(Plan {
                    server: 21 + u8::try_from(day / 3 % 5).unwrap(),
                    recipient: 121,
                    day,
                    at: 21 * 60,
                    minutes: 480,
                    code: 9,
                    verifier: VERIFIERS[usize::try_from(day % 3).unwrap()],
                    verified_at: 14 * 60,
                    ..Plan::default()
                });
            }
        }
        city
    }

    /// What the built-in rules of one kind find.
    pub(super) fn findings(&self, kind: &str) -> Vec<Finding> {
        let mut rules = Rules::built_in();
        rules.rules.retain(|rule| rule.kind.name() == kind);
        assert_eq!(rules.rules.len(), 1, "no rule of kind {kind}");
        screen(&self.facts, &rules, Period::ALL)
    }

    /// The one finding of this kind, which is about exactly these people.
    #[track_caller]
    pub(super) fn finds(&self, kind: &str, people: &[u8]) -> Finding {
        let findings = self.findings(kind);
        let [finding] = findings.as_slice() else {
            panic!("one finding of {kind} expected: {findings:#?}");
        };
        for number in 1..=255 {
            assert_eq!(
                finding.concerns(person(number)),
                people.contains(&number),
                "person {number}: {finding:#?}"
            );
        }
        finding.clone()
    }

    /// That this kind finds nothing.
    #[track_caller]
    pub(super) fn spares(&self, kind: &str) {
        assert_eq!(self.findings(kind), []);
    }

    pub(super) fn at(&self, day: u64, minute: u64) -> TimestampMs {
        self.begin.plus_ms(day * DAY_MS + minute * MINUTE_MS)
    }

    pub(super) fn event(&mut self, at: TimestampMs) -> Event {
        self.count += 1;
        Event {
            height: Height(at.0 / MINUTE_MS),
            time_ms: at,
            cause: Cause::Transaction(TransactionId(hash(
                Domain::Transaction,
                &[&self.count.to_le_bytes()],
            ))),
        }
    }

    /// The account of a person, opened long before.
    pub(super) fn account(&mut self, number: u8) -> &mut AccountFacts {
        let home = match number {
            250.. => OTHER_STREET,
            _ => STREET,
        };
        let from = self.facts.time_ms;
        self.facts
            .accounts
            .entry(person(number))
            .or_insert_with(|| AccountFacts::new(Holder::Person, home, None, from))
    }

    /// A service that was verified and paid.
    pub(super) fn serve(&mut self, plan: Plan) -> OrderId {
        let start_ms = self.at(plan.day, plan.at);
        let end_ms = start_ms.plus_ms(plan.minutes * MINUTE_MS);
        let reported_ms = end_ms.plus_ms(plan.late_days * DAY_MS);
        let ahead_ms = plan.ahead.unsigned_abs() * MINUTE_MS;
        let posted_ms = match (plan.origin, plan.ahead < 0) {
            (Origin::Recorded, _) => reported_ms,
            (Origin::Posted, false) => start_ms.minus_ms(ahead_ms),
            (Origin::Posted, true) => start_ms.plus_ms(ahead_ms),
        };
        let next_day = plan.day + plan.late_days + 1;
        let verified_ms = self.at(next_day, plan.verified_at);
        let posted = self.event(posted_ms);
        let completed = self.event(reported_ms);
        let verified = self.event(verified_ms);
        let ended = self.event(verified_ms.plus_ms(3 * DAY_MS));
        let clerk = plan.clerk.map(|clerk| ClerkFacts {
            staff: staff(clerk, 1),
            person: person(clerk),
        });
        let evidence = match plan.evidence {
            Some(byte) => Hash([byte; 32]),
            None => hash(Domain::Posting, &[&self.count.to_le_bytes()]),
        };
        let recipient_home = self.account(plan.recipient).home();
        self.account(plan.server);
        let order = OrderFacts {
            origin: plan.origin,
            recipient: person(plan.recipient),
            recipient_home,
            service: ServiceCode(plan.code),
            district: if plan.elsewhere {
                OTHER_DISTRICT
            } else {
                DISTRICT
            },
            window_start_ms: start_ms,
            window_end_ms: end_ms,
            minutes: Minutes(plan.minutes),
            payer: if plan.minted {
                Payer::Budget(BudgetId([7; 20]))
            } else {
                Payer::Recipient
            },
            backdating_days: 30,
            dual_verification_above: Minutes(480),
            quantum: Minutes(15),
            poster: clerk.map_or(Signer::Account(person(plan.recipient)), |it| {
                Signer::Staff(it.staff)
            }),
            poster_person: clerk.map_or(person(plan.recipient), |it| it.person),
            clerks: clerk.into_iter().collect(),
            provider: Some(Provider {
                account: person(plan.server),
                server: person(plan.server),
            }),
            claim: Some(ClaimFacts {
                start_ms,
                end_ms,
                minutes: Minutes(plan.minutes),
                evidence,
            }),
            verification: Some(VerificationFacts {
                event: verified,
                verifiers: vec![ClerkFacts {
                    staff: staff(plan.verifier, u64::from(plan.verifier)),
                    person: person(plan.verifier),
                }],
                verdict: Ok(Minutes(plan.minutes)),
            }),
            status: OrderStatus::Settled,
            posted,
            accepted: Some(posted),
            withdrawals: 0,
            started: None,
            completed: Some(completed),
            escalated: None,
            disputes: Vec::new(),
            ended: Some(ended),
            reversed: None,
            served: Minutes(plan.minutes),
            paid: Minutes(plan.minutes),
            ratings: Ratings::default(),
        };
        let id = OrderId::from_seed(&hash(Domain::Order, &[&self.count.to_le_bytes()]));
        self.facts.orders.insert(id, order);
        id
    }

    /// Two people who serve each other, so often each way, every other day.
    pub(super) fn each_other(&mut self, one: u8, other: u8, times: u64) -> Vec<OrderId> {
        let mut orders = Vec::new();
        for turn in 0..times {
            for (server, recipient, at) in [(one, other, 9 * 60), (other, one, 15 * 60)] {
                orders.push(self.serve(Plan {
                    server,
                    recipient,
                    day: 4 + turn * 2,
                    at,
                    verifier: VERIFIERS[usize::try_from(turn % 3).unwrap()],
                    ..Plan::default()
                }));
            }
        }
        orders
    }

    /// A kin link since a day; negative: so many days before the beginning.
    pub(super) fn link(&mut self, one: u8, other: u8, since_day: i64) {
        let days_ms = since_day.unsigned_abs() * DAY_MS;
        let at = if since_day < 0 {
            self.begin.minus_ms(days_ms)
        } else {
            self.begin.plus_ms(days_ms)
        };
        let linked = self.event(at);
        let pair = (
            person(one).min(person(other)),
            person(one).max(person(other)),
        );
        let link = KinFacts {
            relation: Relation::Sibling,
            linked,
            until_ms: None,
        };
        self.facts.kin.insert(pair, link);
    }

    /// A gift; the giver had this much before.
    pub(super) fn gift(&mut self, from: u8, to: u8, day: u64, minutes: u64) {
        let event = self.event(self.at(day, 12 * 60));
        let (giver, receiver) = (person(from), person(to));
        self.facts.gifts.push(GiftFacts {
            event,
            from: giver,
            to: receiver,
            minutes,
        });
        let entry = Entry::GiftSent {
            to: receiver,
            minutes: Minutes(minutes),
        };
        let known = self.account(from);
        known.note_activity(event.time_ms);
        known.post(event, &entry);
    }
}
