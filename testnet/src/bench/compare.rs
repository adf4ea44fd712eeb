//! This network and PostgreSQL on the same machine, in turns: A B A B A B, every run shown, then the ratio of the medians.
//!
//! This network gets the rate of its knee, or the one asked for; of each turn it is noted whether it kept up with that, since
//! only then is its rate one it can hold. PostgreSQL gets sixteen clients that ask for as much as they can. While one runs, the
//! other has nothing to do: no state of this network waits to be made durable then.

use std::path::Path;

use anyhow::Result;
use ledger_core::message::Arguments;
use serde::{Deserialize, Serialize};

use super::knee::Length;
use super::measure::Bench;
use super::mixes::Mix;
use super::postgres;
use super::results::{RunResult, median};
use crate::say::{Voice, count, grouped};

/// Runs of each side.
const TURNS: usize = 3;
/// Accounts of PostgreSQL, as `testnet/postgres/schema.sql` makes them.
pub(super) const ACCOUNTS: usize = 100_000;

/// What `bench --vs-postgres` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Postgres {
    /// Accounts of this network, all of which take part; PostgreSQL has [`ACCOUNTS`].
    pub(super) accounts: usize,
    /// Which PostgreSQL.
    pub(super) version: String,
    /// This network, turn by turn.
    pub(super) ours: Vec<RunResult>,
    /// Double entries a second of PostgreSQL, turn by turn.
    pub(super) theirs: Vec<f64>,
    /// The median of ours divided by that of theirs.
    pub(super) ratio: f64,
}

impl Postgres {
    /// The medians of both over their turns, in transactions a second: of this network, of PostgreSQL.
    pub(super) fn medians(&self) -> [f64; 2] {
        medians(&self.ours, &self.theirs)
    }
}

fn medians(ours: &[RunResult], theirs: &[f64]) -> [f64; 2] {
    let ours = ours.iter().map(|result| result.finalised);
    [median(ours.collect()), median(theirs.to_vec())]
}

/// Looks for the knee with gifts unless a rate is asked for, then runs both in turns. The network has `accounts`; `programs`
/// are PostgreSQL's; its files go into `directory`.
///
/// # Errors
/// When a node or a program of PostgreSQL fails.
pub(super) fn run(
    bench: &mut Bench,
    programs: &Path,
    directory: &Path,
    accounts: usize,
    rate: Option<u32>,
    voice: &mut Voice,
) -> Result<Postgres> {
    let rate = match rate {
        Some(rate) => rate,
        None => bench.knee(Mix::Gifts, voice)?.offered,
    };
    let version = postgres::version(programs)?;
    voice.step(
        "bench-postgres-start",
        &Arguments::NONE.text("version", &version),
    );
    let server = postgres::Server::start(programs, &directory.join("postgres"))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 1..=TURNS {
        // It ends with everything durable, so nothing of it is left for PostgreSQL's turn.
        let result = bench.once(Mix::Gifts, rate, Length::Full, voice)?;
        let of_postgres = server.measure(bench.window)?;
        voice.step(
            "bench-turn",
            &Arguments::NONE
                .number("turn", count(turn))
                .text("ours", format!("{:.0}", result.finalised))
                .text("theirs", format!("{of_postgres:.0}")),
        );
        if !result.kept_up() {
            let said = Arguments::NONE
                .number("turn", count(turn))
                .text("offered", grouped(u64::from(rate)));
            voice.say("bench-turn-not-kept", &said);
        }
        ours.push(result);
        theirs.push(of_postgres);
    }
    let [of_ours, of_theirs] = medians(&ours, &theirs);
    let ratio = of_ours / of_theirs.max(1.0);
    voice.say(
        "bench-ratio",
        &Arguments::NONE
            .text("ours", format!("{of_ours:.0}"))
            .text("theirs", format!("{of_theirs:.0}"))
            .text("ratio", format!("{ratio:.2}")),
    );
    Ok(Postgres {
        accounts,
        version,
        ours,
        theirs,
        ratio,
    })
}
