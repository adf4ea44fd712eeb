//! A rolling restart, as for a new version: one node after the other stops as asked and starts again, and the others go on.

use std::time::Instant;

use anyhow::Result;

use super::super::kind::Kind;
use super::super::trial::Trial;

pub(super) fn round(trial: &mut Trial<'_>, round: usize) -> Result<()> {
    let node = round % trial.nodes();
    trial.progress(1)?;
    trial.stop(node)?;
    trial.progress(1)?;
    let since = Instant::now();
    trial.start(node)?;
    trial.recover(Kind::Rolling, since)
}
