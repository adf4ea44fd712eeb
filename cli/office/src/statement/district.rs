//! The monthly statement of a district: what its people and pools had, what came and went, what they have; what was served
//! there and for whom; and how it stands with the other districts.
//!
//! Made from the book, block by block. What always holds of a statement that comes to be: opening and what came, less what
//! went, is the closing figure; and once the month is closed, opening, closing and net are those of the clearing record the
//! auditor's tally recomputed, whose code shares nothing with this.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::amount::{AmountError, Minutes};
use ledger_core::id::{AccountId, OrganisationId, ServiceCode};
use ledger_core::receipt::{Entry, Owner, Posting};
use ledger_core::record::clearing::{ClearingRecord, Flow};
use ledger_core::record::organisation::Level;
use ledger_core::time::TimestampMs;
use serde::Serialize;
use timebank_audit::facts::{Event, Holder, OrderFacts};
use timebank_audit::{BookedBlock, Facts};

use super::account::{KindSum, kind_of};
use super::{Month, Period, StatementError};

/// A district's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DistrictStatement {
    /// Which.
    pub district: OrganisationId,
    /// Which month, and how far it is known.
    pub period: Period,
    /// What its people and pools had at the beginning.
    pub opening: Minutes,
    /// What came.
    pub received: Minutes,
    /// What went.
    pub left: Minutes,
    /// What they have at the end.
    pub closing: Minutes,
    /// What came and went, by kind of entry; people who moved home carry theirs along under `home_moved`.
    pub kinds: Vec<KindSum>,
    /// Its people.
    pub people: People,
    /// Services paid for in the month that took place there, by code.
    pub services: Vec<ServiceSum>,
    /// How it stands with the other districts; none until the month is closed.
    pub clearing: Option<Clearing>,
}

/// The people of a district.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct People {
    /// People with an account and a home there at the end.
    pub at_home: u64,
    /// Accounts of people opened there in the month.
    pub opened: u64,
    /// Those closed.
    pub closed: u64,
    /// Different people who served there.
    pub served: u64,
    /// Different people who were served there.
    pub were_served: u64,
}

/// What was paid for of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceSum {
    /// The service.
    pub service: ServiceCode,
    /// How many orders.
    pub orders: u64,
    /// Minutes of service.
    pub minutes: Minutes,
    /// Orders paid for at any time and taken back in the month.
    pub reversed: u64,
}

/// How a district stands with the others after a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clearing {
    /// What the others' people paid for its services and goods, less what its people paid elsewhere.
    pub net: i64,
    /// What flowed between it and each other district.
    pub with: Vec<Counterpart>,
    /// Whether the chain's own record of the month is the recomputed one; none while the chain has made none.
    pub agrees: Option<bool>,
}

/// What flowed between a district and another one, reversals counted back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counterpart {
    /// The other one.
    pub district: OrganisationId,
    /// Paid by its people for services and goods here.
    pub given: i64,
    /// Paid by people from here for services and goods there.
    pub taken: i64,
}

/// The statements of all districts for one month, under way: everything up to some block.
#[derive(Clone, Debug)]
pub struct DistrictStatements {
    month: Month,
    homes: BTreeMap<AccountId, OrganisationId>,
    running: BTreeMap<OrganisationId, Running>,
}

/// A district so far.
#[derive(Clone, Debug, Default)]
struct Running {
    opening: Minutes,
    balance: Minutes,
    closing: Minutes,
    kinds: BTreeMap<String, KindSum>,
}

impl DistrictStatements {
    /// Before the first block.
    pub const fn begin(month: Month) -> DistrictStatements {
        DistrictStatements {
            month,
            homes: BTreeMap::new(),
            running: BTreeMap::new(),
        }
    }

    /// Adds the next block, which `facts` have followed already.
    ///
    /// # Errors
    /// When postings do not add up.
    pub fn follow(&mut self, facts: &Facts, booked: &BookedBlock) -> Result<(), StatementError> {
        let month = facts.calendar.month(booked.block.header.time_ms);
        for posting in booked.receipts.iter().flat_map(|it| &it.postings) {
            self.add(facts, posting, month)?;
        }
        for running in self.running.values_mut() {
            if month < self.month {
                running.opening = running.balance;
            }
            if month <= self.month {
                running.closing = running.balance;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        facts: &Facts,
        posting: &Posting,
        month: Month,
    ) -> Result<(), StatementError> {
        if let (Owner::Account(account), Entry::HomeMoved { from, to, minutes }) =
            (posting.owner, &posting.entry)
        {
            let (from, to) = (district(facts, *from)?, district(facts, *to)?);
            self.homes.insert(account, to);
            if from != to {
                self.change(from, "home_moved", Minutes::ZERO, *minutes, month)?;
                self.change(to, "home_moved", *minutes, Minutes::ZERO, month)?;
            }
            return Ok(());
        }
        let at = match posting.owner {
            Owner::Pool(pool) => district(facts, pool.organisation)?,
            Owner::Account(account) => self.home(facts, account)?,
        };
        let (received, left) = moved(&posting.entry);
        self.change(at, &kind_of(&posting.entry), received, left, month)
    }

    /// The home district of an account. Its first entry finds it where it was opened, as a move is an entry too.
    fn home(
        &mut self,
        facts: &Facts,
        account: AccountId,
    ) -> Result<OrganisationId, StatementError> {
        if let Some(home) = self.homes.get(&account) {
            return Ok(*home);
        }
        let known = facts.accounts.get(&account);
        let (_, first) = known
            .and_then(|known| known.homes.first())
            .ok_or(StatementError::AccountUnknown { account })?;
        let home = district(facts, *first)?;
        self.homes.insert(account, home);
        Ok(home)
    }

    fn change(
        &mut self,
        district: OrganisationId,
        kind: &str,
        received: Minutes,
        left: Minutes,
        month: Month,
    ) -> Result<(), StatementError> {
        if received.is_zero() && left.is_zero() {
            return Ok(());
        }
        let running = self.running.entry(district).or_default();
        running.balance = running.balance.plus(received)?.minus(left)?;
        if month == self.month {
            let sum = running.kinds.entry(kind.to_owned()).or_insert(KindSum {
                kind: kind.to_owned(),
                count: 0,
                received: Minutes::ZERO,
                left: Minutes::ZERO,
            });
            sum.count = sum.count.saturating_add(1);
            sum.received = sum.received.plus(received)?;
            sum.left = sum.left.plus(left)?;
        }
        Ok(())
    }

    /// The statement of a district. `facts` have followed the same blocks; `closed` is the month as the audit recomputed
    /// it and as the chain recorded it, once there is such.
    ///
    /// # Errors
    /// See [`StatementError`].
    pub fn of(
        &self,
        district: OrganisationId,
        facts: &Facts,
        closed: Option<&ledger_core::audit::AuditedMonth>,
    ) -> Result<DistrictStatement, StatementError> {
        let organisation = district;
        let known = facts.organisations.get(&district).map(|it| it.level);
        if !matches!(known, Some(Level::District | Level::City)) {
            return Err(StatementError::NoDistrict { organisation });
        }
        let period = Period::of(self.month, facts.calendar, facts.time_ms)?;
        let running = self.running.get(&district).cloned().unwrap_or_default();
        let kinds: Vec<KindSum> = running.kinds.into_values().collect();
        let received = Minutes::sum(kinds.iter().map(|sum| sum.received))?;
        let left = Minutes::sum(kinds.iter().map(|sum| sum.left))?;
        let (opening, closing) = (running.opening, running.closing);
        reconcile("closing", opening.plus(received)?.minus(left)?, closing)?;
        let clearing = match closed {
            Some(closed) => {
                let record = &closed.recomputed;
                if let Some(figures) = record.district(district) {
                    reconcile("opening", opening, figures.opening)?;
                    reconcile("closing", closing, figures.closing)?;
                }
                let agrees = closed.recorded.as_ref().map(|it| it == record);
                Some(clearing(district, record, agrees)?)
            }
            None => None,
        };
        let orders = facts.orders.values();
        let here: Vec<&OrderFacts> = orders.filter(|it| it.district == district).collect();
        Ok(DistrictStatement {
            district,
            period,
            opening,
            received,
            left,
            closing,
            kinds,
            people: people(district, facts, &here, period),
            services: services(&here, period)?,
            clearing,
        })
    }
}

fn district(facts: &Facts, organisation: OrganisationId) -> Result<OrganisationId, StatementError> {
    facts
        .district_of(organisation)
        .ok_or(StatementError::NoDistrict { organisation })
}

fn reconcile(
    figure: &'static str,
    stated: Minutes,
    recorded: Minutes,
) -> Result<(), StatementError> {
    match stated == recorded {
        true => Ok(()),
        false => Err(StatementError::Unreconciled {
            figure,
            stated: stated.0,
            recorded: recorded.0,
        }),
    }
}

/// What an entry puts into its owner, spendable and held together, and what it takes.
const fn moved(entry: &Entry) -> (Minutes, Minutes) {
    match entry {
        Entry::Earned { credited, .. }
        | Entry::GiftReceived { credited, .. }
        | Entry::Granted { credited, .. }
        | Entry::PoolGranted { credited, .. }
        | Entry::Trained { credited, .. }
        | Entry::Campaigned { credited, .. }
        | Entry::RestReceived { credited, .. } => (*credited, Minutes::ZERO),
        Entry::PoolReceived { minutes, .. }
        | Entry::PoolFunded { minutes, .. }
        | Entry::PoolRepaid { minutes, .. }
        | Entry::MadeWhole { minutes, .. } => (*minutes, Minutes::ZERO),
        Entry::Paid { minutes, .. }
        | Entry::GiftSent { minutes, .. }
        | Entry::Donated { minutes, .. }
        | Entry::Redeemed { minutes, .. }
        | Entry::Expired { minutes, .. }
        | Entry::PoolSpent { minutes }
        | Entry::PoolAdvanced { minutes, .. }
        | Entry::Closed { minutes } => (Minutes::ZERO, *minutes),
        Entry::TakenBack { recovered, .. } => (Minutes::ZERO, *recovered),
        _ => (Minutes::ZERO, Minutes::ZERO),
    }
}

fn within(period: Period, event: Option<Event>) -> bool {
    let within = |at: TimestampMs| (period.begins_ms..period.ends_ms).contains(&at);
    event.is_some_and(|event| within(event.time_ms))
}

/// Whether an order was paid for in the month.
fn is_paid(order: &OrderFacts, period: Period) -> bool {
    !order.served.is_zero() && within(period, order.ended)
}

fn people(district: OrganisationId, facts: &Facts, here: &[&OrderFacts], period: Period) -> People {
    let mut people = People::default();
    for account in facts.accounts.values() {
        let is_person = matches!(account.holder, Holder::Person | Holder::Keyless);
        if !is_person || account.began_ms() >= period.ends_ms {
            continue;
        }
        let closed_by_then = account.closed.is_some_and(|it| it.time_ms < period.ends_ms);
        let home = account.home_at(period.ends_ms.minus_ms(1));
        if facts.district_of(home) == Some(district) {
            people.at_home += u64::from(!closed_by_then);
            people.closed += u64::from(within(period, account.closed));
        }
        let first = account.homes.first().map(|(_, home)| *home);
        let opened_here = first.and_then(|home| facts.district_of(home)) == Some(district);
        people.opened += u64::from(opened_here && within(period, account.opened));
    }
    let paid = || here.iter().filter(|order| is_paid(order, period));
    let different = |people: BTreeSet<AccountId>| u64::try_from(people.len()).unwrap_or(u64::MAX);
    people.served = different(paid().filter_map(|order| order.server()).collect());
    people.were_served = different(paid().map(|order| order.recipient).collect());
    people
}

fn services(here: &[&OrderFacts], period: Period) -> Result<Vec<ServiceSum>, AmountError> {
    let mut sums: BTreeMap<ServiceCode, ServiceSum> = BTreeMap::new();
    for order in here {
        let (paid, reversed) = (is_paid(order, period), within(period, order.reversed));
        if !paid && !reversed {
            continue;
        }
        let sum = sums.entry(order.service).or_insert(ServiceSum {
            service: order.service,
            orders: 0,
            minutes: Minutes::ZERO,
            reversed: 0,
        });
        if paid {
            sum.orders = sum.orders.saturating_add(1);
            sum.minutes = sum.minutes.plus(order.served)?;
        }
        sum.reversed = sum.reversed.saturating_add(u64::from(reversed));
    }
    Ok(sums.into_values().collect())
}

fn clearing(
    district: OrganisationId,
    record: &ClearingRecord,
    agrees: Option<bool>,
) -> Result<Clearing, AmountError> {
    let mut with: BTreeMap<OrganisationId, Counterpart> = BTreeMap::new();
    for (payer, place, flow) in &record.flows {
        let flow: &Flow = flow;
        let other = match (*payer == district, *place == district) {
            (true, false) => *place,
            (false, true) => *payer,
            _ => continue,
        };
        let counterpart = with.entry(other).or_insert(Counterpart {
            district: other,
            given: 0,
            taken: 0,
        });
        match *place == district {
            true => counterpart.given = flow.net()?,
            false => counterpart.taken = flow.net()?,
        }
    }
    let with: Vec<Counterpart> = with.into_values().collect();
    let net = record.district(district).map_or(0, |figures| figures.net);
    Ok(Clearing { net, with, agrees })
}
