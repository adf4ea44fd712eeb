//! A node behind a bad line: every message late, some held back as long as a lost one takes, connections that break. The
//! others go on.

use std::time::Instant;

use anyhow::{Context, Result};

use super::super::kind::Kind;
use super::super::proxy::Weather;
use super::super::trial::Trial;

/// How long the line is bad, in milliseconds.
const BAD_MS: (u64, u64) = (3_000, 6_000);
/// What must be acknowledged meanwhile.
const ACKNOWLEDGED: usize = 10;
/// The bad line.
const WEATHER: Weather = Weather {
    delay_ms: 80,
    jitter_ms: 120,
    held_permille: 50,
    held_ms: 700,
    broken_permille: 5,
};

pub(super) fn round(trial: &mut Trial<'_>) -> Result<()> {
    trial.progress(1)?;
    let candidates = trial.wiring.slow_candidates();
    let choice = trial.any_node() % candidates.len().max(1);
    let victim = *candidates.get(choice).context("no node is behind a line")?;
    trial.wiring.set_weather(victim, WEATHER);
    let time = trial.any_time(BAD_MS.0, BAD_MS.1);
    trial.rest(time)?;
    trial.progress(ACKNOWLEDGED)?;
    let since = Instant::now();
    trial.wiring.set_weather(victim, Weather::default());
    trial.recover(Kind::Slow, since)
}
