//! What is going to happen in the generated city, written down transaction by transaction, signed by those it takes.
//!
//! Everything is planned before the first block: ids derive from transactions, so what follows from a transaction can be
//! signed at once. [`super::play`] puts it into blocks by its times. What is planned keeps the rules of the ledger, the
//! frauds too: the ledger lets them pass, which is why somebody has to look for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BudgetId, OrderId, ServiceCode, TransactionId};
use ledger_core::record::order::{Payer, RejectionReason};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, DAY_MS, MINUTE_MS, Month, TimestampMs};
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, RecordService, StartOrder, Verdict,
    VerifyOrder,
};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};

use super::city::{City, Person, Staff, Street, Who, day_of};
use super::diary::{Diary, Purse};
use crate::random::Random;

/// What a proxy may commit in a month by the default policy.
const PROXY_MINUTES_MAX: u64 = 1_200;
/// The open orders of one recipient by the default policy, less some for what cannot be foreseen.
const OPEN_ORDERS_MAX: usize = 19;
/// A lot that does not expire, as far as the generated year goes.
pub(crate) const FOR_GOOD: u32 = u32::MAX;

/// A transaction and when its signers hand it in.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) at_ms: u64,
    pub(crate) sealed: Arc<SealedEnvelope>,
    /// The planted fraud it belongs to.
    pub(crate) case: Option<usize>,
}

/// A merchant with the prices of its items.
#[derive(Clone, Debug)]
pub(crate) struct Merchant {
    pub(crate) account: AccountId,
    pub(crate) key: SecretKey,
}

/// Who pays for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paying {
    Budget,
    Recipient,
}

/// A service: who, for whom, what, where and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    pub(crate) provider: Who,
    pub(crate) recipient: Who,
    pub(crate) service: u16,
    /// Index of the district it takes place in.
    pub(crate) district: usize,
    pub(crate) start_ms: u64,
    pub(crate) minutes: u64,
    pub(crate) paying: Paying,
    /// Shared only by those who use one sheet of paper for several services; none makes one of its own.
    pub(crate) evidence: Option<Hash>,
}

impl Visit {
    pub(crate) const fn end_ms(&self) -> u64 {
        self.start_ms + self.minutes * MINUTE_MS
    }
}

/// When the steps of an order are handed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) posted_ms: u64,
    pub(crate) accepted_ms: u64,
    /// Check-in, where there is one.
    pub(crate) started_ms: Option<u64>,
    pub(crate) done_ms: u64,
    /// When the service may begin, as posted.
    pub(crate) window_ms: (u64, u64),
}

/// A service that was reported and waits for a social worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reported {
    pub(crate) order: OrderId,
    pub(crate) provider: Who,
    pub(crate) minutes: u64,
    pub(crate) done_ms: u64,
    pub(crate) paying: Paying,
}

/// The budget lines of the city.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    pub(crate) service: BudgetId,
    pub(crate) training: BudgetId,
    pub(crate) campaign: BudgetId,
    pub(crate) grant: BudgetId,
}

/// Everything that is going to happen.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) city: City,
    pub(crate) asked: Vec<Asked>,
    pub(crate) diary: Diary,
    pub(crate) purses: Vec<Purse>,
    pub(crate) lines: Lines,
    /// One in each street.
    pub(crate) merchants: Vec<Merchant>,
    /// Who is linked with whom, and since when.
    pub(crate) kin: BTreeMap<(Who, Who), u64>,
    /// By street, by the time of the report.
    pub(crate) awaiting: Vec<BTreeMap<(u64, u64), Reported>>,
    /// Who has a part in a planted fraud already: nobody has two.
    pub(crate) taken: BTreeSet<Who>,
    /// Staff and merchants with a part in a planted fraud already.
    pub(crate) taken_staff: BTreeSet<AccountId>,
    /// Whose minutes a planted fraud decides about.
    pub(crate) purse_kept: BTreeSet<Who>,
    /// Who does nothing honest from which day on.
    pub(crate) silent_from: BTreeMap<Who, u32>,
    /// Who belongs to the programme.
    pub(crate) in_programme: BTreeSet<Who>,
    /// The planted fraud that is being written down.
    pub(crate) case: Option<usize>,
    proxied: BTreeMap<(Who, Month), u64>,
    /// On which days a recipient's orders that nobody served were for.
    vain: BTreeMap<Who, Vec<u32>>,
    made: u64,
}

impl Scene {
    /// Nothing has been planned yet. The lines are set when they are opened.
    pub(crate) fn new(city: City) -> Scene {
        let none = BudgetId([0; 20]);
        Scene {
            purses: vec![Purse::default(); city.people.len()],
            awaiting: vec![BTreeMap::new(); city.streets.len()],
            city,
            asked: Vec::new(),
            diary: Diary::default(),
            lines: Lines {
                service: none,
                training: none,
                campaign: none,
                grant: none,
            },
            merchants: Vec::new(),
            kin: BTreeMap::new(),
            taken: BTreeSet::new(),
            taken_staff: BTreeSet::new(),
            purse_kept: BTreeSet::new(),
            silent_from: BTreeMap::new(),
            in_programme: BTreeSet::new(),
            case: None,
            proxied: BTreeMap::new(),
            vain: BTreeMap::new(),
            made: 0,
        }
    }

    pub(crate) fn person(&self, who: Who) -> &Person {
        &self.city.people[who.0]
    }

    pub(crate) fn account(&self, who: Who) -> AccountId {
        self.person(who).account
    }

    pub(crate) fn street_of(&self, who: Who) -> &Street {
        &self.city.streets[self.person(who).street]
    }

    pub(crate) fn district_of(&self, who: Who) -> usize {
        self.street_of(who).district
    }

    /// Everybody, by number.
    pub(crate) fn everybody(&self) -> impl Iterator<Item = Who> + use<> {
        (0..self.city.people.len()).map(Who)
    }

    /// Whether somebody's account can be used on `day`, and nothing keeps them from their honest life.
    pub(crate) fn is_about(&self, who: Who, day: u32) -> bool {
        let silent = self.silent_from.get(&who);
        // Proxies of people without a phone act a day after the account is there.
        day >= self.person(who).opened_day + 4 && silent.is_none_or(|from| day < *from)
    }

    /// Signs and plans what `operation` asks for, begun by the first of `signers`.
    pub(crate) fn ask(
        &mut self,
        at_ms: u64,
        operation: impl Into<Operation>,
        signers: &[(Signer, SecretKey)],
    ) -> TransactionId {
        self.made += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        let transaction = Transaction {
            chain_id: self.city.genesis.chain_id(),
            version: TRANSACTION_VERSION,
            signer: signers[0].0,
            valid_until_ms: TimestampMs(at_ms + DAY_MS),
            nonce,
            operation: operation.into(),
        };
        let signatures: Vec<SignedBy> = signers
            .iter()
            .map(|(signer, key)| SignedBy {
                signer: *signer,
                signature: transaction.sign(key),
            })
            .collect();
        let sealed = Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)));
        let id = sealed.id();
        self.asked.push(Asked {
            at_ms,
            sealed,
            case: self.case,
        });
        id
    }

    /// Who signs for `who`: the holder, or the clerk of one without a phone.
    pub(crate) fn consent(&self, who: Who) -> (Signer, SecretKey) {
        let person = self.person(who);
        match &person.key {
            Some(key) => (Signer::Account(person.account), key.clone()),
            None => {
                let clerk = &self.street_of(who).clerks[person.clerk];
                by(clerk)
            }
        }
    }

    /// A commitment nobody has made before.
    pub(crate) fn fresh_evidence(&mut self) -> Hash {
        self.made += 1;
        hash(Domain::EvidenceCommitment, &[&self.made.to_be_bytes()])
    }

    /// Whether somebody without a phone has a clerk who may commit `minutes` more this month. Counts them.
    pub(crate) fn proxy_commits(&mut self, who: Who, minutes: u64, at_ms: u64) -> bool {
        if self.person(who).key.is_some() {
            return true;
        }
        let month = Calendar::CHINA.month(TimestampMs(at_ms));
        let used = self.proxied.entry((who, month)).or_default();
        if *used + minutes > PROXY_MINUTES_MAX {
            return false;
        }
        *used += minutes;
        true
    }

    /// Whether `visit` can be posted then: by clerks within their limit, by holders who have the minutes and not too many
    /// open orders. Takes the minutes.
    fn secure(&mut self, visit: &Visit, posted_ms: u64) -> bool {
        let recipient = visit.recipient;
        let day = day_of(visit.start_ms);
        let waiting = self.vain.get(&recipient).map_or(0, |days| {
            days.iter().filter(|vain| **vain + 40 > day).count()
        });
        // From posting to payment an order is open for a fortnight at most, unless nobody serves it.
        let around = self
            .diary
            .visits(recipient, day.saturating_sub(13), day + 13);
        if waiting + around >= OPEN_ORDERS_MAX {
            return false;
        }
        if !self.proxy_commits(recipient, visit.minutes, posted_ms) {
            return false;
        }
        match visit.paying {
            Paying::Budget => true,
            Paying::Recipient => self.purses[recipient.0].take(visit.minutes, day_of(posted_ms)),
        }
    }

    fn payer(&self, paying: Paying) -> Payer {
        match paying {
            Paying::Budget => Payer::Budget(self.lines.service),
            Paying::Recipient => Payer::Recipient,
        }
    }

    fn note(&mut self, visit: &Visit) {
        let (start_ms, end_ms) = (visit.start_ms, visit.end_ms());
        self.diary
            .meet(visit.provider, visit.recipient, start_ms, end_ms);
    }

    /// An order by the app: posted, accepted, checked in where the pace says so, and reported. None where it cannot be
    /// posted, which leaves nothing behind.
    pub(crate) fn order(&mut self, visit: &Visit, pace: &Pace) -> Option<Reported> {
        let (provider, recipient) = (visit.provider, visit.recipient);
        if !self.secure(visit, pace.posted_ms) {
            return None;
        }
        self.note(visit);
        let order = self.post(visit, pace);
        let account = self.account(provider);
        let serving = self.consent(provider);
        let accept = AcceptOrder {
            order,
            provider: account,
            member: None,
        };
        self.ask(pace.accepted_ms, accept, std::slice::from_ref(&serving));
        let both = [serving, self.consent(recipient)];
        if let Some(started_ms) = pace.started_ms {
            self.ask(started_ms, StartOrder { order }, &both);
        }
        let evidence = visit.evidence.unwrap_or_else(|| self.fresh_evidence());
        let complete = CompleteOrder {
            order,
            start_ms: TimestampMs(visit.start_ms),
            end_ms: TimestampMs(visit.end_ms()),
            evidence,
        };
        self.ask(pace.done_ms, complete, &both);
        Some(reported(visit, order, pace.done_ms))
    }

    /// Posts an order, whatever becomes of it. The caller has secured what pays for it.
    pub(crate) fn post(&mut self, visit: &Visit, pace: &Pace) -> OrderId {
        let terms = OrderTerms {
            recipient: self.account(visit.recipient),
            service: ServiceCode(visit.service),
            district: self.city.districts[visit.district],
            window_start_ms: TimestampMs(pace.window_ms.0),
            window_end_ms: TimestampMs(pace.window_ms.1),
            minutes: Minutes(visit.minutes),
            payer: self.payer(visit.paying),
        };
        let poster = self.consent(visit.recipient);
        let posted = self.ask(pace.posted_ms, PostOrder { terms }, &[poster]);
        OrderId::derive(posted)
    }

    /// Posts an order that nobody will serve, if it can be posted.
    pub(crate) fn post_in_vain(&mut self, visit: &Visit, pace: &Pace) -> Option<OrderId> {
        if !self.secure(visit, pace.posted_ms) {
            return None;
        }
        let day = day_of(visit.start_ms);
        self.vain.entry(visit.recipient).or_default().push(day);
        Some(self.post(visit, pace))
    }

    /// A service from paper, typed in at `recorded_ms`. None where it cannot be posted.
    pub(crate) fn paper(&mut self, visit: &Visit, recorded_ms: u64) -> Option<Reported> {
        if !self.secure(visit, recorded_ms) {
            return None;
        }
        self.note(visit);
        let evidence = visit.evidence.unwrap_or_else(|| self.fresh_evidence());
        let record = RecordService {
            recipient: self.account(visit.recipient),
            provider: self.account(visit.provider),
            member: None,
            service: ServiceCode(visit.service),
            district: self.city.districts[visit.district],
            start_ms: TimestampMs(visit.start_ms),
            end_ms: TimestampMs(visit.end_ms()),
            minutes: Minutes(visit.minutes),
            payer: self.payer(visit.paying),
            evidence,
        };
        let signers = [self.consent(visit.provider), self.consent(visit.recipient)];
        let recorded = self.ask(recorded_ms, record, &signers);
        Some(reported(visit, OrderId::derive(recorded), recorded_ms))
    }

    /// Leaves a reported service to the social workers of the recipient's street.
    pub(crate) fn leave(&mut self, recipient: Who, reported: Reported) {
        let street = self.person(recipient).street;
        self.made += 1;
        self.awaiting[street].insert((reported.done_ms, self.made), reported);
    }

    /// `worker` approves `minutes` of a reported service; its provider can spend them a few days later.
    pub(crate) fn approve(
        &mut self,
        reported: &Reported,
        worker: &Staff,
        minutes: u64,
        at_ms: u64,
    ) {
        let verdict = Verdict::Approved(Minutes(minutes));
        let order = reported.order;
        self.ask(at_ms, VerifyOrder { order, verdict }, &[by(worker)]);
        // The dispute window is three days; the block after it pays.
        let from_day = day_of(at_ms) + 5;
        self.purses[reported.provider.0].put(minutes, from_day, FOR_GOOD);
    }

    /// `worker` approves nothing of a reported service.
    pub(crate) fn reject(&mut self, reported: &Reported, worker: &Staff, at_ms: u64) {
        let verdict = Verdict::Rejected(RejectionReason::EvidenceInsufficient);
        let order = reported.order;
        self.ask(at_ms, VerifyOrder { order, verdict }, &[by(worker)]);
    }
}

const fn reported(visit: &Visit, order: OrderId, done_ms: u64) -> Reported {
    Reported {
        order,
        provider: visit.provider,
        minutes: visit.minutes,
        done_ms,
        paying: visit.paying,
    }
}

/// As whom a member of staff signs.
pub(crate) fn by(staff: &Staff) -> (Signer, SecretKey) {
    (staff.signer(), staff.key.clone())
}

impl Pace {
    /// How an honest order goes: posted hours or days before, sometimes at once; reported when the service is over, at
    /// times hours later. Nothing is handed in before `earliest_ms`.
    pub(crate) fn usual(random: &mut Random, visit: &Visit, earliest_ms: u64) -> Pace {
        let start_ms = visit.start_ms;
        let minutes = |count: u64| count * MINUTE_MS;
        let lead = if random.happens(100) {
            // Somebody needs a medicine now.
            10 + random.below(60)
        } else {
            90 + random.below(3 * 24 * 60)
        };
        let posted_ms = start_ms.saturating_sub(minutes(lead)).max(earliest_ms);
        let until_start = start_ms.saturating_sub(posted_ms);
        let accepted_ms = posted_ms + until_start * (5 + random.below(85)) / 100;
        let started_ms = random
            .happens(850)
            .then(|| start_ms + minutes(random.below(8)));
        let late = if random.happens(150) {
            minutes(120 + random.below(30 * 60))
        } else {
            minutes(1 + random.below(25))
        };
        Pace {
            posted_ms,
            accepted_ms,
            started_ms,
            done_ms: visit.end_ms() + late,
            window_ms: (start_ms - minutes(30), start_ms + minutes(90)),
        }
    }
}
