//! Who takes part in a bench: a city with so many accounts, of which pairs of kin have minutes to give.
//!
//! Accounts come with the genesis document up to [`GENESIS_ACCOUNTS_MAX`], and beyond that are opened as in a real city, by
//! transactions. What always holds: everybody of a pair is kin of the other, and has the minutes of one campaign.

use anyhow::Result;
use ledger_core::amount::Minutes;
use ledger_core::genesis::{Genesis, GenesisAccount, GenesisPolicy};
use ledger_core::id::{AccountId, BudgetId, ChainId};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::kin::Relation;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::transaction::account::{LinkKin, OpenAccount};
use ledger_core::transaction::attendance::{Attendance, PARTICIPANTS_MAX, RecordCampaign};
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::{Operation, SealedEnvelope};

use super::flood::{self, Flood};
use super::mixes::{DAYS_BACK, SERVICES_MAX, SERVICES_MINUTES_MAX};
use super::parallel;
use crate::city::{self, CITY, Person, Signatory, city_staff, staff_id, street_staff};
use crate::driver::{Driver, budget_of, city_treasurers};
use crate::network::Doors;

/// The most accounts a genesis document of a bench has: a longer one no node reads.
pub(super) const GENESIS_ACCOUNTS_MAX: usize = 200_000;
/// Minutes everybody of a pair has to give away.
const ENDOWMENT: u64 = 60;
/// Campaigns that are handed in together: each is large.
const CAMPAIGNS_TOGETHER: usize = 4;
/// How long what is handed in is valid.
pub(super) const VALIDITY_MS: u64 = DAY_MS;

/// What is being done to prepare people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Accounts are opened.
    Openings,
    /// Pairs become kin.
    Kin,
    /// Everybody of the pairs gets minutes, by campaigns.
    Campaigns,
}

impl Step {
    /// The message that tells how far it is.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Step::Openings => "bench-growing",
            Step::Kin => "bench-kin",
            Step::Campaigns => "bench-campaigns",
        }
    }
}

/// Who hears now and then how many of a step are done, and of how many.
pub(super) type Heard<'h> = dyn Fn(Step, usize, usize) + Sync + 'h;

/// An elder and a volunteer who is kin to the elder.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) elder: Person,
    pub(super) volunteer: Person,
    pub(super) elder_account: AccountId,
    pub(super) volunteer_account: AccountId,
}

impl Pair {
    /// The pair with a number, of these accounts.
    fn new(number: usize, elder_account: AccountId, volunteer_account: AccountId) -> Pair {
        Pair {
            elder: Person::holder(elder_account, &label("elder", number)),
            volunteer: Person::holder(volunteer_account, &label("volunteer", number)),
            elder_account,
            volunteer_account,
        }
    }
}

/// The people of a bench and what was used up of them.
pub(super) struct People {
    pub(super) pairs: Vec<Pair>,
    pub(super) budget: BudgetId,
    /// The budget line that minutes of campaigns come from.
    campaign: BudgetId,
    /// Gifts and orders made so far: each takes the next pair, and of that pair the next place in time.
    pub(super) gifts: usize,
    pub(super) orders: usize,
    /// Newcomers that orders of the Nanjing mix brought.
    pub(super) newcomers: usize,
    pub(super) runs: u64,
    pub(super) chain_id: ChainId,
}

/// The label that an account's key derives from.
fn label(kind: &str, number: usize) -> String {
    format!("bench {kind} {number}")
}

/// Of so many pairs those whose accounts come with the genesis document.
pub(super) fn listed_pairs(pairs: usize) -> usize {
    pairs.min(GENESIS_ACCOUNTS_MAX / 2)
}

/// A city of `offices` offices with `accounts` accounts, among them `pairs` pairs; of both as many as a genesis document holds.
pub(super) fn genesis(
    offices: usize,
    accounts: usize,
    pairs: usize,
    time_ms: TimestampMs,
) -> Genesis {
    let mut genesis = city::small(offices, time_ms);
    let home = city::small_street(0);
    let pairs = listed_pairs(pairs);
    let residents = accounts.min(GENESIS_ACCOUNTS_MAX).saturating_sub(2 * pairs);
    let listed = parallel::each(2 * pairs + residents, |number| {
        let label = match number.checked_sub(2 * pairs) {
            Some(resident) => label("resident", resident),
            None if number % 2 == 0 => label("elder", number / 2),
            None => label("volunteer", number / 2),
        };
        GenesisAccount {
            identity: city::identity(&label),
            home,
            key: city::key(&label).public_key(),
        }
    });
    genesis.accounts.extend(listed);
    for (parameter, value) in [
        (PolicyParameter::StaffTransactionsPerDay, 10_000_000),
        (PolicyParameter::PersonTransactionsPerDay, 100_000),
        (PolicyParameter::OpenOrdersMax, SERVICES_MAX as u64),
        (PolicyParameter::PairMonthlyLimit, SERVICES_MINUTES_MAX),
    ] {
        let value = PolicyValue::Number(value);
        genesis
            .policies
            .retain(|policy| policy.parameter != parameter);
        genesis.policies.push(GenesisPolicy { parameter, value });
    }
    genesis
}

impl People {
    /// Makes kin of `count` pairs among the accounts of the genesis document, and gives everybody of them minutes.
    ///
    /// # Errors
    /// When a node refuses or fails.
    pub(super) fn prepare(
        doors: &Doors,
        driver: &mut Driver,
        count: usize,
        heard: &Heard<'_>,
    ) -> Result<People> {
        driver.refresh_time(0)?;
        let campaign = budget(driver, BudgetPurpose::Campaign)?;
        let mut people = People {
            pairs: Vec::new(),
            budget: budget(driver, BudgetPurpose::Service)?,
            campaign,
            gifts: 0,
            orders: 0,
            newcomers: 0,
            runs: 0,
            chain_id: driver.client(0).status()?.chain_id,
        };
        let pairs = parallel::each(count, |number| {
            let label = |kind| label(kind, number);
            let account = |kind| AccountId::from_seed(&city::identity(&label(kind)));
            Pair::new(number, account("elder"), account("volunteer"))
        });
        people.join(doors, driver, pairs, heard)?;
        Ok(people)
    }

    /// Opens two accounts for each of `count` more pairs, makes kin of them, and gives everybody minutes.
    ///
    /// # Errors
    /// When a node refuses or fails.
    pub(super) fn grow(
        &mut self,
        doors: &Doors,
        driver: &mut Driver,
        count: usize,
        heard: &Heard<'_>,
    ) -> Result<()> {
        let until = driver.refresh_time(0)?.plus_ms(VALIDITY_MS);
        let first = self.pairs.len();
        let named = |number: usize| {
            let kind = if number.is_multiple_of(2) {
                "elder"
            } else {
                "volunteer"
            };
            label(kind, first + number / 2)
        };
        let open =
            |signatory: &mut Signatory, number: usize| opening(signatory, &named(number), until);
        let flood = Flood {
            chain_id: self.chain_id,
            label: &format!("bench openings {first}"),
            count: 2 * count,
            portion: flood::PORTION,
        };
        let done = |opened| heard(Step::Openings, opened, flood.count);
        let opened = flood::apply(doors, flood, open, done)?;
        let accounts: Vec<AccountId> = opened.into_iter().map(AccountId::derive).collect();
        let pairs = parallel::each(count, |number| {
            Pair::new(
                first + number,
                accounts[2 * number],
                accounts[2 * number + 1],
            )
        });
        self.join(doors, driver, pairs, heard)
    }

    /// Makes kin of `pairs`, gives everybody of them minutes, and counts them in.
    fn join(
        &mut self,
        doors: &Doors,
        driver: &mut Driver,
        pairs: Vec<Pair>,
        heard: &Heard<'_>,
    ) -> Result<()> {
        let now_ms = driver.refresh_time(0)?;
        self.link(doors, &pairs, now_ms, heard)?;
        self.endow(doors, &pairs, now_ms, heard)?;
        self.pairs.extend(pairs);
        Ok(())
    }

    /// Makes kin of the two of each pair.
    fn link(
        &self,
        doors: &Doors,
        pairs: &[Pair],
        now_ms: TimestampMs,
        heard: &Heard<'_>,
    ) -> Result<()> {
        let until = now_ms.plus_ms(VALIDITY_MS);
        let registrar = Person::staff(staff_id(CITY, city_staff::REGISTRAR));
        let link = |signatory: &mut Signatory, number: usize| {
            let pair: &Pair = &pairs[number];
            let operation = LinkKin {
                account: pair.volunteer_account,
                kin: pair.elder_account,
                relation: Relation::Parent,
            };
            let parties = [&pair.volunteer, &pair.elder, &registrar];
            signatory.seal(Operation::LinkKin(operation), &parties, until)
        };
        let flood = Flood {
            chain_id: self.chain_id,
            label: &format!("bench kin {}", self.pairs.len()),
            count: pairs.len(),
            portion: flood::PORTION,
        };
        let done = |linked| heard(Step::Kin, linked, flood.count);
        flood::apply(doors, flood, link, done)?;
        Ok(())
    }

    /// Gives everybody of `pairs` the minutes of one campaign.
    fn endow(
        &self,
        doors: &Doors,
        pairs: &[Pair],
        now_ms: TimestampMs,
        heard: &Heard<'_>,
    ) -> Result<()> {
        // Whoever organises takes no part.
        let Some(Pair {
            elder, volunteer, ..
        }) = pairs.first()
        else {
            return Ok(());
        };
        let until = now_ms.plus_ms(VALIDITY_MS);
        let worker = Person::staff(staff_id(city::small_street(0), street_staff::SOCIAL_WORKER));
        // On a day for which no service is claimed.
        let start_ms = now_ms.minus_ms((DAYS_BACK as u64 + 2) * DAY_MS);
        let volunteers: Vec<AccountId> = pairs.iter().map(|it| it.volunteer_account).collect();
        let elders: Vec<AccountId> = pairs.iter().map(|it| it.elder_account).collect();
        let campaigns: Vec<(&Person, &[AccountId])> = [(elder, &volunteers), (volunteer, &elders)]
            .into_iter()
            .flat_map(|(organiser, people)| {
                let parts = people.chunks(PARTICIPANTS_MAX);
                parts.map(move |part| (organiser, part))
            })
            .collect();
        let budget = self.campaign;
        let record = |signatory: &mut Signatory, number: usize| {
            let (organiser, participants) = campaigns[number];
            let attendance = Attendance {
                district: city::SMALL_DISTRICT,
                start_ms,
                end_ms: start_ms.plus_ms(HOUR_MS),
                participants: participants.to_vec(),
                minutes: Minutes(ENDOWMENT),
                budget,
            };
            let operation = Operation::RecordCampaign(RecordCampaign { attendance });
            signatory.seal(operation, &[organiser, &worker], until)
        };
        let flood = Flood {
            chain_id: self.chain_id,
            label: &format!("bench campaigns {}", self.pairs.len()),
            count: campaigns.len(),
            portion: CAMPAIGNS_TOGETHER,
        };
        let done = |recorded| heard(Step::Campaigns, recorded, flood.count);
        flood::apply(doors, flood, record, done)?;
        Ok(())
    }

    /// The opening of an account for somebody new.
    pub(super) fn newcomer(
        &mut self,
        signatory: &mut Signatory,
        until: TimestampMs,
    ) -> SealedEnvelope {
        let label = label("newcomer", self.newcomers);
        self.newcomers += 1;
        opening(signatory, &label, until)
    }
}

fn opening(signatory: &mut Signatory, label: &str, until: TimestampMs) -> SealedEnvelope {
    let holder = Person::bare(label);
    let home = city::small_street(0);
    let registrar = Person::staff(staff_id(home, street_staff::REGISTRAR));
    let registry = Person::staff(staff_id(CITY, city_staff::REGISTRY));
    let operation = Operation::OpenAccount(OpenAccount {
        home,
        key: Some(holder.key.public_key()),
        identity: city::identity(label),
        legal_guardian: None,
    });
    signatory.seal(operation, &[&registrar, &registry, &holder], until)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genesis_document_lists_no_more_than_nodes_read() {
        // Accounts, pairs, and how many of each are listed beside those every city has.
        let time_ms = TimestampMs(DAY_MS);
        let usual = genesis(1, 0, 0, time_ms).accounts.len();
        let most = GENESIS_ACCOUNTS_MAX;
        for (accounts, pairs, listed) in [
            (10, 3, 10),
            (10, 5, 10),
            (most + 10, 1, most),
            (most + 10, most / 2 + 5, most),
        ] {
            let found = genesis(1, accounts, pairs, time_ms).accounts.len();
            assert_eq!(found - usual, listed, "{accounts} accounts, {pairs} pairs");
        }
        assert_eq!(listed_pairs(7), 7);
        assert_eq!(listed_pairs(most), most / 2);
    }
}
