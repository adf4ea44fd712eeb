//! Partitions: a node cut off from all others, which go on, or the two halves from each other, of which neither may decide
//! anything while the larger one is no quorum.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use ledger_core::id::Height;

use super::super::kind::Kind;
use super::super::trial::Trial;
use super::super::wiring::Cut;

/// In one of so many rounds the halves are cut apart.
const ROUNDS_OF_HALVES: usize = 3;
/// Which of them begins with a power cut behind the cut.
const ROUNDS_OF_POWER_CUTS: usize = 1;
/// How long the cut lasts, in milliseconds.
const CUT_MS: (u64, u64) = (500, 3_000);
/// After what time whatever was on its way before the cut has arrived.
const IN_FLIGHT: Duration = Duration::from_millis(500);

pub(super) fn round(trial: &mut Trial<'_>, round: usize) -> Result<()> {
    trial.progress(1)?;
    let halves = round % ROUNDS_OF_HALVES == ROUNDS_OF_HALVES - 1;
    let cut = if halves {
        Cut::Halves
    } else {
        Cut::One(trial.any_node())
    };
    trial.wiring.cut(cut)?;
    if let Cut::One(node) = cut
        && round % ROUNDS_OF_HALVES == ROUNDS_OF_POWER_CUTS
    {
        // The others do not hear of its end: their connections to it stay half open.
        trial.kill(node)?;
        trial.start(node)?;
    }
    stand_still(trial, cut)?;
    if !halves {
        trial.progress(1)?;
    }
    let since = Instant::now();
    trial.wiring.mend(cut)?;
    trial.recover(Kind::Partition, since)
}

/// Lets the cut last, and checks that whoever is on the smaller side of it decides nothing.
fn stand_still(trial: &mut Trial<'_>, cut: Cut) -> Result<()> {
    trial.rest(IN_FLIGHT)?;
    let before = height_behind(trial, cut);
    let time = trial.any_time(CUT_MS.0, CUT_MS.1);
    trial.rest(time)?;
    let after = height_behind(trial, cut);
    if let (Some(before), Some(after)) = (before, after) {
        // One block may have been decided and not yet stored when it was looked first.
        ensure!(
            after.0 <= before.0 + 1,
            "{cut:?} is cut off, and yet went on from height {before} to {after}"
        );
    }
    Ok(())
}

/// The greatest height among those who are cut off from a quorum; none when they cannot be asked because their cable is out.
fn height_behind(trial: &mut Trial<'_>, cut: Cut) -> Option<Height> {
    match cut {
        Cut::Halves => Some(trial.look_for_highest()),
        Cut::One(node) => {
            let status = trial.observers[node].status();
            status.ok().map(|status| status.height)
        }
    }
}
