//! The faults, one file a kind: each injects itself as often as asked, and waits until the network has recovered.

mod disk;
mod kill;
mod partition;
mod pause;
mod rolling;
mod slow;
mod wipe;

use anyhow::Result;

use super::kind::Kind;
use super::trial::{LeftOut, Trial};

/// Injects faults of `kind` as often as the trial asks for, or as there is time.
///
/// # Errors
/// When the network does not do what it must.
pub(super) fn inject(trial: &mut Trial<'_>, kind: Kind) -> Result<()> {
    let asked = trial.tallies.entry(kind).or_default().asked;
    for round in 0..asked {
        if !trial.has_time() {
            trial.tallies.entry(kind).or_default().left_out = Some(LeftOut::Time);
            return Ok(());
        }
        match kind {
            Kind::Kill => kill::round(trial, round)?,
            Kind::Pause => pause::round(trial, round)?,
            Kind::Partition => partition::round(trial, round)?,
            Kind::Slow => slow::round(trial)?,
            Kind::Rolling => rolling::round(trial, round)?,
            Kind::Wipe => wipe::round(trial)?,
            Kind::Disk => disk::round(trial)?,
        }
    }
    Ok(())
}
