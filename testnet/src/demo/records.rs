//! Importing a street office's paper records, and verifying what they say.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use ledger_core::amount::Minutes;
use ledger_core::id::OrderId;
use ledger_core::message::Arguments;
use ledger_core::time::{Calendar, DAY_MS};
use ledger_core::transaction::Operation;
use ledger_core::transaction::service::{Verdict, VerifyOrder};
use serde::Deserialize;
use timebank_wallet::records::{PaperRecord, Reading, Roster};

use super::people::{OFFICES, Residents, service_point};
use super::{Demo, SetUp, today};
use crate::city::{CITY, Person, city_staff, staff_id, street_staff};
use crate::driver::Request;
use crate::records::move_dates;
use crate::say::count;

/// Lines of the committed file that nobody could use.
const MALFORMED: usize = 3;

impl Demo<'_> {
    /// Writes the residents' keys and the office's roster, as an office that signs at its counter keeps them.
    pub(super) fn write_keys(&mut self, residents: &Residents) -> Result<()> {
        let directory = self.network.directory().join("office");
        let keys = directory.join("keys");
        fs::create_dir_all(&keys)?;
        let mut roster = String::from("number,account\n");
        for (label, account) in residents.iter() {
            roster.push_str(&format!("{label},{account}\n"));
            timebank_wallet::key::save(
                &residents.holder(label).key,
                &keys.join(format!("{account}.key")),
            )?;
        }
        fs::write(directory.join("roster.csv"), roster)?;
        self.write_staff_keys(&directory.join("staff"))
    }

    /// Writes the keys of everybody who works in the city's offices, `320102001-2.key` for the staff entry `320102001/2`.
    fn write_staff_keys(&self, directory: &Path) -> Result<()> {
        fs::create_dir_all(directory)?;
        let city = (1..=city_staff::AUDITOR).map(|number| staff_id(CITY, number));
        let offices = OFFICES.iter().flat_map(|(street, district)| {
            let street = street_staff::ALL.map(|(number, _)| staff_id(*street, number));
            let district = staff_id(*district, street_staff::ADMINISTRATOR);
            street.into_iter().chain([district])
        });
        let points = (0..OFFICES.len()).map(|index| staff_id(service_point(index), 1));
        for staff in city.chain(offices).chain(points) {
            let file = format!("{}-{}.key", staff.organisation.0, staff.number);
            timebank_wallet::key::save(&Person::staff(staff).key, &directory.join(file))?;
        }
        Ok(())
    }

    /// Imports the paper records of the last twenty days, verifies them, and lets the dispute window pass.
    pub(super) fn import_records(&mut self, set_up: &SetUp) -> Result<()> {
        let directory = self.network.directory().join("office");
        let yesterday = ledger_core::time::Day(today(self.driver.now_ms()).0.saturating_sub(1));
        let text = move_dates(include_str!("../../data/records.csv"), yesterday)?;
        let path = directory.join("records.csv");
        fs::write(&path, &text)?;
        self.voice
            .step("demo-import", &Arguments::NONE.text("path", path.display()));

        let outcomes = self.import_as_an_office_would(&path, set_up)?;
        let malformed = outcomes
            .iter()
            .filter(|line| line.state == "malformed")
            .count();
        ensure!(
            malformed == MALFORMED,
            "{malformed} malformed lines were found, not {MALFORMED}"
        );
        for line in outcomes.iter().filter(|line| line.state != "applied") {
            self.voice.line(&format!("  {}", line.details));
        }
        let roster = Roster::read(fs::File::open(directory.join("roster.csv"))?)?;
        let reading = Reading {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: Some(set_up.budget),
        };
        let good: Vec<PaperRecord> = reading
            .read(text.as_bytes())?
            .into_iter()
            .flatten()
            .collect();
        self.verify_records(&good, &outcomes)?;
        self.driver.refresh_time(0)?;
        let end = self.driver.now_ms().plus_ms(3 * DAY_MS + 60_000);
        self.driver.advance_to(0, end)?;
        let supply = self.driver.client(0).supply_unverified()?.supply;
        let minutes: u64 = good.iter().map(|record| record.service.minutes.0).sum();
        ensure!(
            supply.issued_service == Minutes(minutes),
            "{} min were issued for {minutes} min of records",
            supply.issued_service
        );
        let arguments = Arguments::NONE
            .number("records", count(good.len()))
            .number("minutes", minutes);
        self.voice.step("demo-imported", &arguments);
        Ok(())
    }

    /// Runs `timebank import services` at the first office; what became of each line.
    fn import_as_an_office_would(&self, path: &Path, set_up: &SetUp) -> Result<Vec<Line>> {
        let office = self.network.directory().join("office");
        let genesis = self.network.home(0).join("genesis.json");
        let arguments: Vec<OsString> = vec![
            "timebank".into(),
            "--lang".into(),
            self.voice.language().code().into(),
            "--output".into(),
            "json".into(),
            "--node".into(),
            self.network.url(0).into(),
            "--genesis".into(),
            genesis.into(),
            "--state".into(),
            office.join("state").into(),
            "--wallet".into(),
            office.join("wallet").into(),
            "import".into(),
            "services".into(),
            path.into(),
            "--roster".into(),
            office.join("roster.csv").into(),
            "--budget".into(),
            set_up.budget.to_string().into(),
            "--keys".into(),
            office.join("keys").into(),
        ];
        let (mut output, mut complaints) = (Vec::new(), Vec::new());
        // Some lines are malformed, so that the command ends with a failure; what it says of each line is read.
        timebank::run(arguments, &mut output, &mut complaints);
        let imported: Imported = serde_json::from_slice(&output).with_context(|| {
            format!("the import said: {}", String::from_utf8_lossy(&complaints))
        })?;
        for line in &imported.lines {
            ensure!(
                matches!(line.state.as_str(), "applied" | "malformed"),
                "line {} of {}: {}",
                line.line,
                path.display(),
                line.details
            );
        }
        Ok(imported.lines)
    }

    /// Lets the social workers named in the file verify what was imported.
    fn verify_records(&mut self, good: &[PaperRecord], outcomes: &[Line]) -> Result<()> {
        let workers: Vec<Person> = good
            .iter()
            .map(|record| Person::staff(record.social_worker))
            .collect();
        let mut requests: Vec<Request<'_>> = Vec::with_capacity(good.len());
        for (record, worker) in good.iter().zip(&workers) {
            let outcome = outcomes
                .iter()
                .find(|line| line.line == record.line)
                .context("a line without outcome")?;
            let order = outcome.order.context("a line without an order")?;
            let verdict = Verdict::Approved(record.service.minutes);
            requests.push((
                Operation::VerifyOrder(VerifyOrder { order, verdict }),
                vec![worker],
            ));
        }
        self.driver.apply_all(2, requests)?;
        Ok(())
    }
}

/// What `timebank import services` says, as JSON.
#[derive(Deserialize)]
struct Imported {
    lines: Vec<Line>,
}

/// What became of a line.
#[derive(Deserialize)]
struct Line {
    line: u64,
    state: String,
    details: String,
    order: Option<OrderId>,
}
