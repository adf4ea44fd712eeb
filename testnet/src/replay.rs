//! Drives a load file through a network: every order as four transactions by their own signers.
//!
//! A chain's time never runs behind its offices' clocks, so the dates of the file are moved ahead by whole days until the
//! first lies after the chain's first. Orders are taken in periods: posted and accepted before, then the chain's time is
//! moved to the period's end, then completed and verified. Within a phase nothing depends on anything else, so several
//! threads sign and submit, each through its own node.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::amount::Minutes;
use ledger_core::genesis::Genesis;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::{AccountId, BudgetId, OrderId, OrganisationId};
use ledger_core::message::Arguments;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::order::Payer;
use ledger_core::time::{Calendar, DAY_MS, Day, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::{Operation, SealedEnvelope};

use crate::agreement;
use crate::city::{
    self, CITY, Founding, InitialCatalogue, Person, Signatory, StreetStaff, city_staff, staff_id,
    street_staff,
};
use crate::driver::{Driver, account_of, budget_of, city_treasurers, order_of, submit_all};
use crate::load::{Load, Order};
use crate::network::Network;
use crate::say::{Voice, count, grouped};

/// Days whose orders are posted together; below the default back-dating limit of 30.
const PERIOD_DAYS: u32 = 20;
/// Threads that sign and submit.
const WORKERS: usize = 8;
/// Transactions signed and submitted together.
const CHUNK: usize = 250;
/// How long the transactions of a phase are valid.
const VALIDITY_MS: u64 = DAY_MS;
/// How long the last settlements may take.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(600);

/// The genesis document of a city in which `load` can happen, founded at `time_ms`.
pub fn genesis(load: &Load, time_ms: TimestampMs, offices: usize) -> Genesis {
    let pairs = |organisations: &[crate::load::Organisation]| {
        organisations
            .iter()
            .map(|organisation| (organisation.id, organisation.parent))
            .collect()
    };
    Founding {
        districts: load.districts.clone(),
        streets: pairs(&load.streets),
        points: pairs(&load.points),
        street_staff: StreetStaff::Founding,
        catalogue: InitialCatalogue::Founding,
        policies: Vec::new(),
        offices,
        time_ms,
    }
    .genesis()
}

/// What a replay did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Orders driven through.
    pub orders: u64,
    /// Transactions applied.
    pub transactions: u64,
    /// Minutes issued by service, as every node's supply says.
    pub issued_service: Minutes,
    /// How long the replay took, without starting the nodes.
    pub elapsed: Duration,
}

/// Drives `load` through `network`, whose genesis is [`genesis`].
///
/// # Errors
/// When anything is refused, or the nodes do not agree in the end.
pub fn run(load: &Load, network: &Network, voice: &mut Voice) -> Result<Report> {
    let mut replay = Replay::prepare(load, network)?;
    voice.step(
        "replay-budget",
        &Arguments::NONE.text("minutes", grouped(load.minutes())),
    );
    replay.open_accounts(voice)?;
    let mut rest = load.orders.as_slice();
    while let Some(first) = rest.first() {
        let end = first.day.plus_days(PERIOD_DAYS);
        let count = rest.partition_point(|order| order.day < end);
        let (period, later) = rest.split_at(count);
        replay.period(period, voice)?;
        rest = later;
    }
    replay.settle(voice)?;
    replay.report(voice)
}

struct Replay<'a> {
    load: &'a Load,
    network: &'a Network,
    driver: Driver,
    budget: BudgetId,
    shift_days: u32,
    volunteers: BTreeMap<u32, AccountId>,
    elders: BTreeMap<u32, AccountId>,
    home_of_elder: BTreeMap<u32, OrganisationId>,
    applied: AtomicU64,
    orders_done: u64,
    began: Instant,
    /// When progress was shown last, and how many transactions had applied by then.
    shown: Mutex<(Instant, u64)>,
    phase: u64,
}

impl<'a> Replay<'a> {
    fn prepare(load: &'a Load, network: &'a Network) -> Result<Replay<'a>> {
        let mut driver = Driver::new(network, "replay");
        let now_ms = driver.refresh_time(0)?;
        let first = load.orders.first().context("the load has no orders")?.day;
        let start = Calendar::CHINA.day(now_ms).plus_days(2);
        let shift_days = start
            .0
            .checked_sub(first.0)
            .context("the load begins after the chain")?;
        let last = load.orders.last().map_or(first, |order| order.day);
        let [one, other] = city_treasurers();
        let open = OpenBudget {
            scope: CITY,
            purpose: BudgetPurpose::Service,
            minutes: Minutes(load.minutes()),
            last_day: last.plus_days(shift_days).plus_days(60),
        };
        let opened = driver.apply(0, Operation::OpenBudget(open), &[&one, &other])?;
        Ok(Replay {
            load,
            network,
            driver,
            budget: budget_of(opened),
            shift_days,
            volunteers: BTreeMap::new(),
            elders: BTreeMap::new(),
            home_of_elder: load
                .elders
                .iter()
                .map(|elder| (elder.number, elder.home))
                .collect(),
            applied: AtomicU64::new(0),
            orders_done: 0,
            began: Instant::now(),
            shown: Mutex::new((Instant::now(), 0)),
            phase: 0,
        })
    }

    fn day(&self, order: &Order) -> Day {
        order.day.plus_days(self.shift_days)
    }

    fn start_ms(&self, order: &Order) -> TimestampMs {
        Calendar::CHINA
            .start_of(self.day(order))
            .plus_ms(u64::from(order.start_minute) * MINUTE_MS)
    }

    fn open_accounts(&mut self, voice: &mut Voice) -> Result<()> {
        let labelled: Vec<(String, OrganisationId)> = self
            .load
            .volunteers
            .iter()
            .map(|person| (volunteer_label(person.number), person.home))
            .chain(
                self.load
                    .elders
                    .iter()
                    .map(|person| (elder_label(person.number), person.home)),
            )
            .collect();
        let registry = Person::staff(staff_id(CITY, city_staff::REGISTRY));
        let ids = self.in_parallel(
            &labelled,
            voice,
            "replay-accounts",
            |signatory, valid_until_ms, (label, home)| {
                let holder = Person::bare(label);
                let open = OpenAccount {
                    home: *home,
                    key: Some(holder.key.public_key()),
                    identity: city::identity(label),
                    legal_guardian: None,
                };
                let registrar = Person::staff(staff_id(*home, street_staff::REGISTRAR));
                signatory.seal(
                    Operation::OpenAccount(open),
                    &[&registrar, &registry, &holder],
                    valid_until_ms,
                )
            },
        )?;
        let mut accounts = ids.into_iter().map(|sealed| account_of(sealed.id()));
        self.volunteers = self
            .load
            .volunteers
            .iter()
            .map(|person| person.number)
            .zip(accounts.by_ref())
            .collect();
        self.elders = self
            .load
            .elders
            .iter()
            .map(|person| person.number)
            .zip(accounts)
            .collect();
        Ok(())
    }

    fn period(&mut self, orders: &[Order], voice: &mut Voice) -> Result<()> {
        let posted = self.post(orders, voice)?;
        let placed: Vec<(Order, OrderId)> = orders.iter().copied().zip(posted).collect();
        self.in_parallel(
            &placed,
            voice,
            "replay-orders",
            |signatory, valid_until_ms, (order, id)| {
                let provider = self.volunteers[&order.volunteer];
                let holder = Person::holder(provider, &volunteer_label(order.volunteer));
                let accept = AcceptOrder {
                    order: *id,
                    provider,
                    member: None,
                };
                signatory.seal(Operation::AcceptOrder(accept), &[&holder], valid_until_ms)
            },
        )?;
        let last = orders.last().map_or(Day(0), |order| self.day(order));
        self.driver.advance_to(0, Calendar::CHINA.end_of(last))?;
        self.in_parallel(
            &placed,
            voice,
            "replay-orders",
            |signatory, valid_until_ms, (order, id)| {
                let provider = Person::holder(
                    self.volunteers[&order.volunteer],
                    &volunteer_label(order.volunteer),
                );
                let recipient =
                    Person::holder(self.elders[&order.elder], &elder_label(order.elder));
                let start_ms = self.start_ms(order);
                let complete = CompleteOrder {
                    order: *id,
                    start_ms,
                    end_ms: start_ms.plus_ms(u64::from(order.minutes) * MINUTE_MS),
                    evidence: hash(Domain::EvidenceCommitment, &[&id.0]),
                };
                signatory.seal(
                    Operation::CompleteOrder(complete),
                    &[&provider, &recipient],
                    valid_until_ms,
                )
            },
        )?;
        self.in_parallel(
            &placed,
            voice,
            "replay-orders",
            |signatory, valid_until_ms, (order, id)| {
                let street = self.home_of_elder[&order.elder];
                let worker = Person::staff(staff_id(street, street_staff::SOCIAL_WORKER));
                let approved = Verdict::Approved(Minutes(u64::from(order.minutes)));
                let verify = VerifyOrder {
                    order: *id,
                    verdict: approved,
                };
                signatory.seal(Operation::VerifyOrder(verify), &[&worker], valid_until_ms)
            },
        )?;
        self.orders_done += u64::try_from(orders.len()).unwrap_or_default();
        Ok(())
    }

    fn post(&mut self, orders: &[Order], voice: &mut Voice) -> Result<Vec<OrderId>> {
        let posted = self.in_parallel(
            orders,
            voice,
            "replay-orders",
            |signatory, valid_until_ms, order| {
                let recipient = self.elders[&order.elder];
                let day = self.day(order);
                let terms = OrderTerms {
                    recipient,
                    service: order.service,
                    district: order.district,
                    window_start_ms: Calendar::CHINA.start_of(day),
                    window_end_ms: Calendar::CHINA.end_of(day),
                    minutes: Minutes(u64::from(order.minutes)),
                    payer: Payer::Budget(self.budget),
                };
                let holder = Person::holder(recipient, &elder_label(order.elder));
                signatory.seal(
                    Operation::PostOrder(PostOrder { terms }),
                    &[&holder],
                    valid_until_ms,
                )
            },
        )?;
        Ok(posted.iter().map(|sealed| order_of(sealed.id())).collect())
    }

    /// Moves time past the last dispute window and waits until the chain has paid everything.
    fn settle(&mut self, voice: &mut Voice) -> Result<()> {
        let end = self.driver.refresh_time(0)?.plus_ms(4 * DAY_MS);
        self.driver.advance_to(0, end)?;
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        while self
            .driver
            .client(0)
            .supply_unverified()?
            .supply
            .issued_service
            .0
            < self.load.minutes()
        {
            if Instant::now() >= deadline {
                bail!(
                    "the chain did not pay every order within {} s",
                    SETTLE_TIMEOUT.as_secs()
                );
            }
            voice.progress("replay-settling", || Arguments::NONE);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Signs one transaction for each of `items` and applies them all; the envelopes, in order.
    fn in_parallel<T: Sync>(
        &self,
        items: &[T],
        voice: &mut Voice,
        message: &str,
        sign: impl Fn(&mut Signatory, TimestampMs, &T) -> SealedEnvelope + Sync,
    ) -> Result<Vec<Arc<SealedEnvelope>>> {
        let chunks: Vec<&[T]> = items.chunks(CHUNK).collect();
        let next = AtomicUsize::new(0);
        let valid_until_ms = self.driver.client(0).status()?.now_ms.plus_ms(VALIDITY_MS);
        // A label of its own for every phase and chunk, so that no nonce is made twice.
        let phase = self.applied.load(Ordering::Relaxed);
        let work = |worker: usize| -> Result<Vec<(usize, Vec<Arc<SealedEnvelope>>)>> {
            let client = self.network.client(worker % self.network.len());
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(chunk) = chunks.get(index) else {
                    return Ok(done);
                };
                let label = format!("replay {} {phase} {index}", self.phase);
                let mut signatory = Signatory::new(self.network.genesis().chain_id(), &label);
                let sealed: Vec<_> = chunk
                    .iter()
                    .map(|item| Arc::new(sign(&mut signatory, valid_until_ms, item)))
                    .collect();
                submit_all(&client, &sealed)?;
                self.applied.fetch_add(
                    u64::try_from(sealed.len()).unwrap_or_default(),
                    Ordering::Relaxed,
                );
                done.push((index, sealed));
            }
        };
        let mut all = std::thread::scope(|scope| -> Result<Vec<_>> {
            let workers: Vec<_> = (0..WORKERS)
                .map(|worker| scope.spawn(move || work(worker)))
                .collect();
            while !workers
                .iter()
                .all(std::thread::ScopedJoinHandle::is_finished)
            {
                voice.progress(message, || self.progress());
                std::thread::sleep(Duration::from_millis(20));
            }
            let mut all = Vec::new();
            for worker in workers {
                all.extend(
                    worker
                        .join()
                        .map_err(|_| anyhow::anyhow!("a worker panicked"))??,
                );
            }
            Ok(all)
        })?;
        all.sort_by_key(|(index, _)| *index);
        Ok(all.into_iter().flat_map(|(_, sealed)| sealed).collect())
    }

    /// How far it is: in all, and the rate since this was asked last.
    fn progress(&self) -> Arguments {
        let applied = self.applied.load(Ordering::Relaxed);
        let now = Instant::now();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, before) = std::mem::replace(&mut *shown, (now, applied));
        Arguments::NONE
            .text("applied", grouped(applied))
            .text("orders", grouped(self.orders_done))
            .text("orders_all", grouped(count(self.load.orders.len())))
            .text("rate", grouped(per_second(applied, now - self.began)))
            .text(
                "rate_now",
                grouped(per_second(applied.saturating_sub(before), now - since)),
            )
    }

    /// Compares all nodes and prints the closing report.
    fn report(&self, voice: &mut Voice) -> Result<Report> {
        let elapsed = self.began.elapsed();
        let transactions = self.applied.load(Ordering::Relaxed);
        let supply = agreement::wait(self.network, voice)?;
        if supply.issued_service.0 != self.load.minutes() || supply.issued() != supply.accounted() {
            bail!(
                "{} min were issued by service, not {}",
                supply.issued_service,
                self.load.minutes()
            );
        }
        if self.orders_done != count(self.load.orders.len()) {
            bail!(
                "{} orders were driven through, not {}",
                self.orders_done,
                self.load.orders.len()
            );
        }
        let arguments = self
            .progress()
            .text("volunteers", grouped(count(self.volunteers.len())))
            .text("elders", grouped(count(self.elders.len())))
            .number("districts", count(self.load.districts.len()))
            .text("minutes", grouped(supply.issued_service.0))
            .number("seconds", elapsed.as_secs());
        voice.say("replay-report", &arguments);
        Ok(Report {
            orders: self.orders_done,
            transactions,
            issued_service: supply.issued_service,
            elapsed,
        })
    }
}

fn per_second(count: u64, elapsed: Duration) -> u64 {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    count.saturating_mul(1_000) / elapsed_ms.max(1)
}

fn volunteer_label(number: u32) -> String {
    format!("volunteer {number}")
}

fn elder_label(number: u32) -> String {
    format!("elder {number}")
}
