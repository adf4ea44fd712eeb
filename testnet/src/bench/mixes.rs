//! What is sent: transactions made and signed before the clock starts, each with the moment at which it arrives.
//!
//! | mix | what arrives |
//! |---|---|
//! | gifts | gifts to and fro between distinct pairs of kin; none depends on another |
//! | orders | service orders paid by a budget line, each as posting, acceptance, completion and verification, one every [`STEP`] |
//! | nanjing | the same, and three accounts opened for every four orders, as in the published history of Nanjing |
//!
//! What always holds: every transaction applies if it arrives after what it rests on, whatever the others do.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::id::{AccountId, BudgetId, OrderId};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::order::Payer;
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::account::{LinkKin, OpenAccount};
use ledger_core::transaction::attendance::{Attendance, PARTICIPANTS_MAX, RecordCampaign};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::service::{
    AcceptOrder, CompleteOrder, OrderTerms, PostOrder, Verdict, VerifyOrder,
};
use ledger_core::transaction::value::Gift;
use ledger_core::transaction::{Operation, SealedEnvelope};

use crate::city::{self, CITY, Person, Signatory, city_staff, staff_id, street_staff};
use crate::driver::{Driver, Request, budget_of, city_treasurers, order_of};

/// Between two steps of one order.
pub(super) const STEP: Duration = Duration::from_secs(1);
/// How long the transactions of a run are valid.
const VALIDITY_MS: u64 = DAY_MS;
/// Minutes everybody has to give away.
const ENDOWMENT: u64 = 60;
/// Minutes of one gift.
const GIFT: u64 = 1;
/// Minutes of one service.
const SERVICE_MINUTES: u64 = 30;
/// Services of one pair on one day, within the daily limit.
const SERVICES_A_DAY: usize = 16;
/// Days back that services are claimed for, within the back-dating limit.
const DAYS_BACK: usize = 25;

/// A mix of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// Gifts between distinct pairs.
    Gifts,
    /// The life cycle of service orders.
    Orders,
    /// Orders and the opening of accounts.
    Nanjing,
}

impl Mix {
    /// Every mix.
    pub(super) const ALL: [Mix; 3] = [Mix::Gifts, Mix::Orders, Mix::Nanjing];

    /// Its name on the command line and in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Mix::Gifts => "gifts",
            Mix::Orders => "orders",
            Mix::Nanjing => "nanjing",
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(text: &str) -> Result<Mix, String> {
        let known = Mix::ALL.into_iter().find(|mix| mix.name() == text);
        known.ok_or_else(|| text.to_owned())
    }
}

/// One transaction and when it arrives, counted from the beginning of the run.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// When.
    pub(super) due: Duration,
    /// What.
    pub(super) sealed: Arc<SealedEnvelope>,
}

/// An elder and a volunteer who is kin to the elder.
#[derive(Clone, Debug)]
struct Pair {
    elder: Person,
    volunteer: Person,
    elder_account: AccountId,
    volunteer_account: AccountId,
}

/// The people of a bench and what was used up of them.
pub(super) struct People {
    pairs: Vec<Pair>,
    budget: BudgetId,
    /// Gifts and orders made so far: each takes the next pair, and of that pair the next place in time.
    gifts: usize,
    orders: usize,
    opened: usize,
    runs: u64,
    chain_id: ledger_core::id::ChainId,
}

/// The label that an account's key derives from.
pub(super) fn label(kind: &str, number: usize) -> String {
    format!("bench {kind} {number}")
}

impl People {
    /// Makes kin of `count` pairs among the accounts of the genesis document, and gives everybody minutes.
    ///
    /// # Errors
    /// When a node refuses or fails.
    pub(super) fn prepare(driver: &mut Driver, count: usize) -> Result<People> {
        driver.refresh_time(0)?;
        let pairs: Vec<Pair> = (0..count).map(pair).collect();
        let registrar = Person::staff(staff_id(CITY, city_staff::REGISTRAR));
        let links: Vec<Request<'_>> = pairs
            .iter()
            .map(|pair| {
                let operation = LinkKin {
                    account: pair.volunteer_account,
                    kin: pair.elder_account,
                    relation: Relation::Parent,
                };
                let parties = vec![&pair.volunteer, &pair.elder, &registrar];
                (Operation::LinkKin(operation), parties)
            })
            .collect();
        driver.apply_all(0, links)?;
        let campaign = budget(driver, BudgetPurpose::Campaign)?;
        let worker = Person::staff(staff_id(city::small_street(0), street_staff::SOCIAL_WORKER));
        let start_ms = TimestampMs(driver.now_ms().0.saturating_sub(DAY_MS));
        let volunteers: Vec<AccountId> = pairs.iter().map(|it| it.volunteer_account).collect();
        let elders: Vec<AccountId> = pairs.iter().map(|it| it.elder_account).collect();
        // Whoever organises takes no part.
        for (people, organiser) in [(volunteers, &pairs[0].elder), (elders, &pairs[0].volunteer)] {
            for part in people.chunks(PARTICIPANTS_MAX) {
                let attendance = Attendance {
                    district: city::SMALL_DISTRICT,
                    start_ms,
                    end_ms: start_ms.plus_ms(HOUR_MS),
                    participants: part.to_vec(),
                    minutes: Minutes(ENDOWMENT),
                    budget: campaign,
                };
                let operation = Operation::RecordCampaign(RecordCampaign { attendance });
                driver.apply(0, operation, &[organiser, &worker])?;
            }
        }
        let budget = budget(driver, BudgetPurpose::Service)?;
        Ok(People {
            pairs,
            budget,
            gifts: 0,
            orders: 0,
            opened: 0,
            runs: 0,
            chain_id: driver.client(0).status()?.chain_id,
        })
    }

    /// `rate` transactions a second of `mix` for `length`, from the chain's time `now_ms` on, in the order of their arrival.
    ///
    /// # Errors
    /// When the pairs have no room left for so many.
    pub(super) fn arrivals(
        &mut self,
        mix: Mix,
        rate: u32,
        length: Duration,
        now_ms: TimestampMs,
    ) -> Result<Vec<Arrival>> {
        self.runs += 1;
        let mut signatory = Signatory::new(self.chain_id, &format!("bench {}", self.runs));
        let until = now_ms.plus_ms(VALIDITY_MS);
        let total = usize::try_from(u128::from(rate) * length.as_millis() / 1_000)?;
        let due = |number: usize| Duration::from_secs_f64(to_f64(number) / f64::from(rate));
        let mut arrivals = Vec::with_capacity(total);
        match mix {
            Mix::Gifts => {
                for number in 0..total {
                    let sealed = self.gift(&mut signatory, until);
                    arrivals.push(Arrival {
                        due: due(number),
                        sealed: Arc::new(sealed),
                    });
                }
            }
            Mix::Orders | Mix::Nanjing => {
                // What arrives with one order: its four steps, and in Nanjing three quarters of an opening.
                let mut opened = 0;
                let mut number = 0;
                while number < total {
                    let first = due(number);
                    for (step, sealed) in (0..).zip(self.order(&mut signatory, until, now_ms)?) {
                        let due = first + STEP * step;
                        arrivals.push(Arrival {
                            due,
                            sealed: Arc::new(sealed),
                        });
                    }
                    number += 4;
                    opened += 3;
                    while mix == Mix::Nanjing && opened >= 4 {
                        let sealed = Arc::new(self.opening(&mut signatory, until));
                        arrivals.push(Arrival { due: first, sealed });
                        number += 1;
                        opened -= 4;
                    }
                }
                arrivals.sort_by_key(|arrival| arrival.due);
            }
        }
        Ok(arrivals)
    }

    /// There and back in turns, so that nobody runs out of minutes.
    fn gift(&mut self, signatory: &mut Signatory, until: TimestampMs) -> SealedEnvelope {
        let pair = &self.pairs[self.gifts % self.pairs.len()];
        let back = (self.gifts / self.pairs.len()) % 2 == 1;
        self.gifts += 1;
        let (from, to, giver) = if back {
            (pair.elder_account, pair.volunteer_account, &pair.elder)
        } else {
            (pair.volunteer_account, pair.elder_account, &pair.volunteer)
        };
        let minutes = Minutes(GIFT);
        let operation = Operation::Gift(Gift { from, to, minutes });
        signatory.seal(operation, &[giver], until)
    }

    /// The four transactions of an order: a volunteer serves the elder of the next pair, half an hour of a day gone by that
    /// neither has used.
    fn order(
        &mut self,
        signatory: &mut Signatory,
        until: TimestampMs,
        now_ms: TimestampMs,
    ) -> Result<[SealedEnvelope; 4]> {
        let count = self.pairs.len();
        let place = self.orders / count;
        ensure!(
            place < SERVICES_A_DAY * DAYS_BACK,
            "the pairs have no time left: ask for more accounts, or less load"
        );
        let served = &self.pairs[self.orders % count];
        let serving = &self.pairs[(self.orders + 1) % count];
        self.orders += 1;
        let days = u32::try_from(place / SERVICES_A_DAY + 1)?;
        let slot = u64::try_from(place % SERVICES_A_DAY)?;
        let today = Calendar::CHINA.day(now_ms);
        let day = ledger_core::time::Day(today.0.saturating_sub(days));
        let start_ms = Calendar::CHINA
            .start_of(day)
            .plus_ms(6 * HOUR_MS + slot * SERVICE_MINUTES * MINUTE_MS);
        let terms = OrderTerms {
            recipient: served.elder_account,
            service: ledger_core::id::ServiceCode(1),
            district: city::SMALL_DISTRICT,
            window_start_ms: start_ms,
            window_end_ms: now_ms.plus_ms(DAY_MS),
            minutes: Minutes(SERVICE_MINUTES),
            payer: Payer::Budget(self.budget),
        };
        let post = Operation::PostOrder(PostOrder { terms });
        let post = signatory.seal(post, &[&served.elder], until);
        let order: OrderId = order_of(post.id());
        let accept = Operation::AcceptOrder(AcceptOrder {
            order,
            provider: serving.volunteer_account,
            member: None,
        });
        let complete = Operation::CompleteOrder(CompleteOrder {
            order,
            start_ms,
            end_ms: start_ms.plus_ms(SERVICE_MINUTES * MINUTE_MS),
            evidence: hash(Domain::EvidenceCommitment, &[&order.0]),
        });
        let verify = Operation::VerifyOrder(VerifyOrder {
            order,
            verdict: Verdict::Approved(Minutes(SERVICE_MINUTES)),
        });
        let worker = Person::staff(staff_id(city::small_street(0), street_staff::SOCIAL_WORKER));
        Ok([
            post,
            signatory.seal(accept, &[&serving.volunteer], until),
            signatory.seal(complete, &[&serving.volunteer, &served.elder], until),
            signatory.seal(verify, &[&worker], until),
        ])
    }

    fn opening(&mut self, signatory: &mut Signatory, until: TimestampMs) -> SealedEnvelope {
        let label = label("newcomer", self.opened);
        self.opened += 1;
        let holder = Person::bare(&label);
        let home = city::small_street(0);
        let registrar = Person::staff(staff_id(home, street_staff::REGISTRAR));
        let registry = Person::staff(staff_id(CITY, city_staff::REGISTRY));
        let operation = Operation::OpenAccount(OpenAccount {
            home,
            key: Some(holder.key.public_key()),
            identity: city::identity(&label),
            legal_guardian: None,
        });
        signatory.seal(operation, &[&registrar, &registry, &holder], until)
    }
}

fn pair(number: usize) -> Pair {
    let account = |kind| {
        let label = label(kind, number);
        let account = AccountId::from_seed(&city::identity(&label));
        (account, Person::holder(account, &label))
    };
    let (elder_account, elder) = account("elder");
    let (volunteer_account, volunteer) = account("volunteer");
    Pair {
        elder,
        volunteer,
        elder_account,
        volunteer_account,
    }
}

fn budget(driver: &mut Driver, purpose: BudgetPurpose) -> Result<BudgetId> {
    let [one, other] = city_treasurers();
    let last_day = Calendar::CHINA.day(driver.now_ms()).plus_days(60);
    let open = OpenBudget {
        scope: CITY,
        purpose,
        minutes: Minutes(1_000_000_000),
        last_day,
    };
    let opened = driver.apply(0, Operation::OpenBudget(open), &[&one, &other])?;
    Ok(budget_of(opened))
}

/// A count as a number to calculate with.
pub(super) fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
