//! The demonstration: four offices, one book, from founding to fraud, checked at every step.
//!
//! Everything here goes through the nodes' public interface, signed by those whose business it is. Whatever differs from
//! what must be is an error that says so, and the program ends with it.

mod comparison;
mod frauds;
pub mod people;
mod records;
mod setup;
mod story;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use ledger_core::genesis::Genesis;
use ledger_core::message::Arguments;
use ledger_core::time::{Calendar, Day, MINUTE_MS, TimestampMs};
use timebank_wallet::error::{Error, Refusal};

use crate::city::{Founding, InitialCatalogue, StreetStaff};
use crate::driver::Driver;
use crate::network::Network;
use crate::say::{Voice, count};
use people::{OFFICES, Residents};

/// How long the nodes may take to start and find each other.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a node that was killed may take to catch up.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(60);
/// The office whose node is killed.
const KILLED: usize = 3;

/// The genesis document of the demonstration's city, founded at `time_ms`.
pub fn genesis(time_ms: TimestampMs) -> Genesis {
    Founding {
        districts: OFFICES.map(|(_, district)| district).to_vec(),
        streets: OFFICES.to_vec(),
        points: Vec::new(),
        street_staff: StreetStaff::Later,
        catalogue: InitialCatalogue::Later,
        policies: Vec::new(),
        offices: OFFICES.len(),
        time_ms,
    }
    .genesis()
}

/// The demonstration under way.
pub(crate) struct Demo<'n> {
    network: &'n mut Network,
    driver: Driver,
    voice: &'n mut Voice,
}

/// What is left after the city was set up and its paper records imported.
pub(crate) struct SetUp {
    residents: Residents,
    budget: ledger_core::id::BudgetId,
}

/// Runs the demonstration in `directory` with this program as the node.
///
/// # Errors
/// When anything differs from what must be.
pub fn run(directory: &Path, program: &Path, now_ms: TimestampMs, voice: &mut Voice) -> Result<()> {
    voice.say(
        "demo-welcome",
        &Arguments::NONE.text("directory", directory.display()),
    );
    let mut network = Network::prepare(directory, program, genesis(now_ms), OFFICES.len())?;
    start(&mut network, voice)?;
    let driver = Driver::new(&network, "demo");
    let mut demo = Demo {
        network: &mut network,
        driver,
        voice,
    };
    let set_up = demo.set_up()?;
    demo.story(&set_up)?;
    demo.frauds(&set_up)?;
    demo.compare(&set_up.residents)?;
    demo.stop()?;
    let seconds = voice.elapsed().as_secs();
    voice.say("demo-done", &Arguments::NONE.number("seconds", seconds));
    Ok(())
}

/// Starts the nodes and waits until they are connected.
///
/// # Errors
/// When one does not come up.
pub fn start(network: &mut Network, voice: &mut Voice) -> Result<()> {
    voice.step(
        "demo-start",
        &Arguments::NONE.number("count", count(network.len())),
    );
    network.start_all()?;
    network.wait_ready(START_TIMEOUT)?;
    for index in 0..network.len() {
        let arguments = Arguments::NONE
            .number("node", count(index + 1))
            .text("url", network.url(index));
        voice.step("demo-node", &arguments);
    }
    Ok(())
}

/// Sets up the demonstration's city on a network that runs, without the story; for `up`.
///
/// # Errors
/// When anything is refused.
pub fn populate(network: &mut Network, voice: &mut Voice) -> Result<Residents> {
    let driver = Driver::new(network, "demo");
    let mut demo = Demo {
        network,
        driver,
        voice,
    };
    Ok(demo.set_up()?.residents)
}

impl Demo<'_> {
    fn set_up(&mut self) -> Result<SetUp> {
        self.driver.refresh_time(0)?;
        self.voice.step("demo-rules", &Arguments::NONE);
        self.rules()?;
        self.voice.step("demo-staff", &Arguments::NONE);
        self.staff()?;
        let budget = self.budgets()?;
        let residents = self.residents()?;
        let people = count(residents.iter().count());
        self.voice
            .step("demo-accounts", &Arguments::NONE.number("people", people));
        self.write_keys(&residents)?;
        let set_up = SetUp { residents, budget };
        self.import_records(&set_up)?;
        Ok(set_up)
    }

    /// Moves the chain's time to `minute` minutes after midnight of the day `days` after today.
    fn advance(&mut self, days: u32, minute: u64) -> Result<()> {
        let day = today(self.driver.now_ms()).plus_days(days);
        self.driver.advance_to(0, at(day, minute))
    }

    /// Stops every node as a service manager would.
    fn stop(&mut self) -> Result<()> {
        for index in 0..self.network.len() {
            let code = self.network.stop(index)?;
            ensure!(
                code == Some(0),
                "node {} ended with {code:?} when asked to stop",
                index + 1
            );
        }
        self.voice.step(
            "demo-stopped",
            &Arguments::NONE.number("count", count(self.network.len())),
        );
        Ok(())
    }
}

/// Checks that the ledger refused something by the rule `code`; the refusal.
fn expect_refused<T: std::fmt::Debug>(outcome: Result<T, Error>, code: &str) -> Result<Refusal> {
    match outcome {
        Err(Error::Refused { refusal, .. }) if refusal.code == code => Ok(*refusal),
        other => bail!("this had to be refused with {code}, but: {other:?}"),
    }
}

/// The day of `now_ms` in the city.
pub(crate) fn today(now_ms: TimestampMs) -> Day {
    Calendar::CHINA.day(now_ms)
}

/// The instant `minute` minutes after midnight of `day`.
fn at(day: Day, minute: u64) -> TimestampMs {
    Calendar::CHINA.start_of(day).plus_ms(minute * MINUTE_MS)
}
