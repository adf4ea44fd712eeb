//! This network and PostgreSQL on the same machine, in turns: A B A B A B, every run shown, then the ratio of the medians.
//!
//! This network gets the rate of its knee, so that what counts is what it keeps up with. PostgreSQL gets sixteen clients that
//! ask for as much as they can. While one runs, the other has nothing to do.

use std::path::Path;

use anyhow::Result;
use ledger_core::message::Arguments;
use serde::{Deserialize, Serialize};

use super::measure::Bench;
use super::mixes::Mix;
use super::postgres;
use super::results::{RunResult, median};
use crate::say::{Voice, count};

/// Runs of each side.
const TURNS: usize = 3;
/// Accounts of PostgreSQL, as `testnet/postgres/schema.sql` makes them.
pub(super) const ACCOUNTS: usize = 100_000;

/// What `bench --vs-postgres` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Postgres {
    /// Accounts each of the two has.
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

/// Looks for the knee with gifts, then runs both in turns. `programs` are PostgreSQL's; its files go into `directory`.
///
/// # Errors
/// When a node or a program of PostgreSQL fails.
pub(super) fn run(
    bench: &mut Bench,
    programs: &Path,
    directory: &Path,
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
        let result = bench.once(Mix::Gifts, rate, bench.window, voice)?;
        let of_postgres = server.measure(bench.window)?;
        voice.step(
            "bench-turn",
            &Arguments::NONE
                .number("turn", count(turn))
                .text("ours", format!("{:.0}", result.finalised))
                .text("theirs", format!("{of_postgres:.0}")),
        );
        ours.push(result);
        theirs.push(of_postgres);
    }
    let of_ours = median(ours.iter().map(|result| result.finalised).collect());
    let of_theirs = median(theirs.clone());
    let ratio = of_ours / of_theirs.max(1.0);
    voice.say(
        "bench-ratio",
        &Arguments::NONE
            .text("ours", format!("{of_ours:.0}"))
            .text("theirs", format!("{of_theirs:.0}"))
            .text("ratio", format!("{ratio:.2}")),
    );
    Ok(Postgres {
        accounts: ACCOUNTS,
        version,
        ours,
        theirs,
        ratio,
    })
}
