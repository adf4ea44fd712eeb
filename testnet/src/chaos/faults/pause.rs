//! Nodes that stand still for a while and then go on as if nothing had been: SIGSTOP and SIGCONT, of as many as may be away, or
//! of so many that nothing can be decided.

use std::time::Instant;

use anyhow::Result;

use super::super::kind::Kind;
use super::super::trial::Trial;

/// In one of so many rounds more nodes stand still than may be away.
const ROUNDS_OF_STANDSTILL: usize = 3;
/// How long nodes stand still, in milliseconds.
const PAUSE_MS: (u64, u64) = (300, 2_500);

pub(super) fn round(trial: &mut Trial<'_>, round: usize) -> Result<()> {
    trial.progress(1)?;
    let standstill = round % ROUNDS_OF_STANDSTILL == ROUNDS_OF_STANDSTILL - 1;
    let number = trial.may_be_away() + usize::from(standstill);
    let victims = trial.any_nodes(number);
    for victim in &victims {
        trial.network.pause(*victim)?;
    }
    let time = trial.any_time(PAUSE_MS.0, PAUSE_MS.1);
    trial.rest(time)?;
    if !standstill {
        trial.progress(1)?;
    }
    let since = Instant::now();
    for victim in &victims {
        trial.network.resume(*victim)?;
    }
    trial.recover(Kind::Pause, since)
}
