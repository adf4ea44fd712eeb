//! Setting the city up: organisations, staff, catalogue, policy, budgets, accounts.

use anyhow::Result;
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, BudgetId, OrganisationId, ServiceCode, StaffId};
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::transaction::Operation;
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::government::{
    FundPool, OpenBudget, RegisterOrganisation, SetCatalogue, SetPolicy, SetStaff, StaffChange,
};

use super::people::{self, ELDERS, OFFICES, Residents, VOLUNTEERS};
use super::{Demo, today};
use crate::city::{self, CITY, Person, SERVICES, catalogue_entry, staff_id, street_staff};
use crate::driver::{Request, account_of, budget_of, city_registry, city_treasurers};
use crate::records::office_of_elder;

/// Minutes the city may mint for service in the demonstration.
const SERVICE_BUDGET: u64 = 60_000;
/// Minutes the city puts into its reserve pool.
const RESERVE: u64 = 6_000;

impl Demo<'_> {
    /// The catalogue of services and a tighter daily limit in one district.
    pub(super) fn rules(&mut self) -> Result<()> {
        let administrators = self.driver.administrators();
        let both: Vec<&Person> = administrators.iter().collect();
        let from_day = today(self.driver.now_ms());
        let mut requests: Vec<Request<'_>> = SERVICES
            .iter()
            .map(|(code, ..)| {
                let entry = Some(catalogue_entry(*code));
                let set = SetCatalogue {
                    code: ServiceCode(*code),
                    entry,
                    from_day,
                };
                (Operation::SetCatalogue(set), both.clone())
            })
            .collect();
        let policy = SetPolicy {
            scope: CITY,
            parameter: PolicyParameter::PairMonthlyLimit,
            value: Some(PolicyValue::Number(3_600)),
            from_day,
        };
        requests.push((Operation::SetPolicy(policy), both.clone()));
        self.driver.apply_all(0, requests)?;
        Ok(())
    }

    /// Administrators of districts and streets, then everybody who works in a street office or service point.
    pub(super) fn staff(&mut self) -> Result<()> {
        let city = self.driver.administrators();
        let city: Vec<&Person> = city.iter().collect();
        let districts: Vec<Person> = (0..OFFICES.len())
            .map(people::district_administrator)
            .collect();
        let streets: Vec<Person> = (0..OFFICES.len())
            .map(|index| people::street(index, street_staff::ADMINISTRATOR))
            .collect();
        let mut accounts = self.staff_accounts()?.into_iter();
        let mut next = |_: StaffId| {
            accounts
                .next()
                .expect("an account was opened for every staff entry")
        };

        let mut requests: Vec<Request<'_>> = Vec::new();
        for (_, district) in OFFICES {
            let id = staff_id(district, street_staff::ADMINISTRATOR);
            requests.push((
                appoint(district, &[(id, Role::Administrator, next(id))], 1),
                city.clone(),
            ));
        }
        self.driver.apply_all(0, requests)?;
        let mut requests: Vec<Request<'_>> = Vec::new();
        for (index, (street, _)) in OFFICES.into_iter().enumerate() {
            let entries: Vec<_> = street_staff::ALL
                .into_iter()
                .map(|(number, role)| {
                    let id = staff_id(street, number);
                    (id, role, next(id))
                })
                .collect();
            requests.push((appoint(street, &entries, 1), vec![&districts[index]]));
        }
        self.driver.apply_all(0, requests)?;
        let mut requests: Vec<Request<'_>> = Vec::new();
        for (index, (street, _)) in OFFICES.into_iter().enumerate() {
            let register = RegisterOrganisation {
                organisation: people::service_point(index),
                parent: street,
                level: Level::ServicePoint,
            };
            requests.push((
                Operation::RegisterOrganisation(register),
                vec![&streets[index]],
            ));
        }
        self.driver.apply_all(0, requests)?;
        let mut requests: Vec<Request<'_>> = Vec::new();
        for (index, administrator) in streets.iter().enumerate() {
            let point = people::service_point(index);
            let id = staff_id(point, 1);
            requests.push((
                appoint(point, &[(id, Role::SocialWorker, next(id))], 0),
                vec![administrator],
            ));
        }
        self.driver.apply_all(0, requests)?;
        Ok(())
    }

    /// Opens the accounts of everybody who will work in an office, in the order in which `staff` appoints them.
    fn staff_accounts(&mut self) -> Result<Vec<AccountId>> {
        let mut people = Vec::new();
        for (street, district) in OFFICES {
            people.push((staff_id(district, street_staff::ADMINISTRATOR), street));
        }
        for (street, _) in OFFICES {
            people.extend(
                street_staff::ALL
                    .into_iter()
                    .map(|(number, _)| (staff_id(street, number), street)),
            );
        }
        for (index, (street, _)) in OFFICES.into_iter().enumerate() {
            people.push((staff_id(people::service_point(index), 1), street));
        }
        let labelled: Vec<(String, OrganisationId)> = people
            .into_iter()
            .map(|(staff, home)| {
                (
                    format!("person of {} {}", staff.organisation.0, staff.number),
                    home,
                )
            })
            .collect();
        self.open(&labelled, &city_registry()[0].clone())
    }

    /// Opens an account for each label, through the registrar `registrar`.
    fn open(
        &mut self,
        labelled: &[(String, OrganisationId)],
        registrar: &Person,
    ) -> Result<Vec<AccountId>> {
        let registry = city_registry()[1].clone();
        let holders: Vec<Person> = labelled
            .iter()
            .map(|(label, _)| Person::bare(label))
            .collect();
        let requests = labelled
            .iter()
            .zip(&holders)
            .map(|((label, home), holder)| {
                let key = Some(holder.key.public_key());
                let open = OpenAccount {
                    home: *home,
                    key,
                    identity: city::identity(label),
                    legal_guardian: None,
                };
                (
                    Operation::OpenAccount(open),
                    vec![registrar, &registry, holder],
                )
            })
            .collect();
        let ids = self.driver.apply_all(0, requests)?;
        Ok(ids.into_iter().map(account_of).collect())
    }

    /// The budget line for services, and the city's reserve.
    pub(super) fn budgets(&mut self) -> Result<BudgetId> {
        let treasurers = city_treasurers();
        let both = [&treasurers[0], &treasurers[1]];
        let last_day = today(self.driver.now_ms()).plus_days(365);
        let open = |purpose, minutes| {
            let minutes = Minutes(minutes);
            Operation::OpenBudget(OpenBudget {
                scope: CITY,
                purpose,
                minutes,
                last_day,
            })
        };
        let service = self
            .driver
            .apply(0, open(BudgetPurpose::Service, SERVICE_BUDGET), &both)?;
        let fund = self
            .driver
            .apply(0, open(BudgetPurpose::Fund, RESERVE), &both)?;
        let fill = FundPool {
            budget: budget_of(fund),
            pool: PoolId {
                organisation: CITY,
                kind: PoolKind::Reserve,
            },
            minutes: Minutes(RESERVE),
        };
        self.driver.apply(0, Operation::FundPool(fill), &both)?;
        Ok(budget_of(service))
    }

    /// Volunteers and elders with a phone, and one elder without.
    pub(super) fn residents(&mut self) -> Result<Residents> {
        let mut residents = Residents::default();
        for (index, (street, _)) in OFFICES.into_iter().enumerate() {
            let volunteers = (1..=VOLUNTEERS)
                .filter(|number| (*number as usize - 1) % OFFICES.len() == index)
                .map(|number| format!("V{number:02}"));
            let elders = (1..=ELDERS)
                .filter(|number| office_of_elder(*number) == index)
                .map(|number| format!("E{number:02}"));
            let labelled: Vec<(String, OrganisationId)> = volunteers
                .chain(elders)
                .map(|label| (label, street))
                .collect();
            let registrar = people::street(index, street_staff::REGISTRAR);
            let accounts = self.open(&labelled, &registrar)?;
            for ((label, _), account) in labelled.iter().zip(accounts) {
                residents.add(label, account);
            }
        }
        // Grandmother Cao has no phone: registrar and social worker open her account together.
        let registrar = people::street(0, street_staff::REGISTRAR);
        let worker = people::street(0, street_staff::SOCIAL_WORKER);
        let registry = city_registry()[1].clone();
        let open = OpenAccount {
            home: OFFICES[0].0,
            key: None,
            identity: city::identity("Cao"),
            legal_guardian: None,
        };
        let opened = self.driver.apply(
            0,
            Operation::OpenAccount(open),
            &[&registrar, &worker, &registry],
        )?;
        residents.add("Cao", account_of(opened));
        Ok(residents)
    }
}

/// The operation that appoints `entries` in `organisation`.
fn appoint(
    organisation: OrganisationId,
    entries: &[(StaffId, Role, AccountId)],
    threshold: u8,
) -> Operation {
    let changes = entries
        .iter()
        .map(|(staff, role, person)| StaffChange {
            number: staff.number,
            entry: Some(StaffRecord {
                key: Person::staff(*staff).key.public_key(),
                roles: vec![*role],
                person: *person,
            }),
        })
        .collect();
    Operation::SetStaff(SetStaff {
        organisation,
        changes,
        threshold,
    })
}
