//! Importing a street office's paper records, and verifying what they say.

use std::fs;

use anyhow::{Context, Result, ensure};
use ledger_core::amount::Minutes;
use ledger_core::hash::{Domain, hash};
use ledger_core::message::Arguments;
use ledger_core::time::{Calendar, DAY_MS};
use ledger_core::transaction::Operation;
use ledger_core::transaction::service::{Verdict, VerifyOrder};
use timebank_wallet::records::{PaperRecord, Reading, Roster};

use super::people::Residents;
use super::{Demo, SetUp, count, today};
use crate::city::Person;
use crate::driver::{Request, order_of};
use crate::records::move_dates;

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

        let roster = Roster::read(fs::File::open(directory.join("roster.csv"))?)?;
        let reading = Reading {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: Some(set_up.budget),
        };
        let mut good = Vec::new();
        let mut malformed = 0;
        for line in reading.read(text.as_bytes())? {
            match line {
                Ok(record) => good.push(record),
                Err(error) => {
                    malformed += 1;
                    let arguments = Arguments::NONE
                        .number("line", error.line)
                        .text("code", error.problem.code());
                    self.voice.say("demo-import-line", &arguments);
                }
            }
        }
        ensure!(
            malformed == MALFORMED,
            "{malformed} malformed lines were found, not {MALFORMED}"
        );
        self.submit_records(&set_up.residents, &good)?;
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

    /// Records every service, signed by both parties, then lets the named social workers verify them.
    fn submit_records(&mut self, residents: &Residents, good: &[PaperRecord]) -> Result<()> {
        let holders: std::collections::BTreeMap<_, Person> = residents
            .iter()
            .map(|(label, account)| (account, residents.holder(label)))
            .collect();
        let mut requests: Vec<Request<'_>> = Vec::with_capacity(good.len());
        for record in good {
            let mut service = record.service.clone();
            service.evidence = hash(Domain::EvidenceCommitment, &[record.number.as_bytes()]);
            let provider = holders
                .get(&service.provider)
                .context("a provider without key")?;
            let recipient = holders
                .get(&service.recipient)
                .context("a recipient without key")?;
            requests.push((Operation::RecordService(service), vec![provider, recipient]));
        }
        let recorded = self.driver.apply_all(1, requests)?;
        let workers: Vec<Person> = good
            .iter()
            .map(|record| Person::staff(record.social_worker))
            .collect();
        let requests = recorded
            .into_iter()
            .zip(good)
            .zip(&workers)
            .map(|((id, record), worker)| {
                let verdict = Verdict::Approved(record.service.minutes);
                (
                    Operation::VerifyOrder(VerifyOrder {
                        order: order_of(id),
                        verdict,
                    }),
                    vec![worker],
                )
            })
            .collect();
        self.driver.apply_all(2, requests)?;
        Ok(())
    }
}
