//! Power cuts: SIGKILL of one node, of as many as may be away, or of all at once, and now and then again while it recovers.

use std::time::Instant;

use anyhow::Result;

use super::super::kind::Kind;
use super::super::trial::Trial;

/// Acknowledged transactions between two rounds, at least.
const ACKNOWLEDGED: usize = 4;
/// In one of so many rounds all nodes go at once.
const ROUNDS_OF_ALL: usize = 4;
/// In one of so many rounds the nodes are killed again while they start.
const ROUNDS_TWICE: u64 = 8;
/// How far into its start the second kill hits a node, in milliseconds.
const SECOND_KILL_MS: (u64, u64) = (1, 200);

pub(super) fn round(trial: &mut Trial<'_>, round: usize) -> Result<()> {
    trial.progress(ACKNOWLEDGED)?;
    let away = if round % ROUNDS_OF_ALL == ROUNDS_OF_ALL - 1 {
        trial.nodes()
    } else if round % ROUNDS_OF_ALL == 1 {
        trial.may_be_away()
    } else {
        1
    };
    let victims = trial.any_nodes(away);
    for victim in &victims {
        trial.kill(*victim)?;
    }
    if away <= trial.may_be_away() {
        trial.progress(1)?;
    }
    let twice = trial.random.below(ROUNDS_TWICE) == 0;
    if twice {
        for victim in &victims {
            trial.start(*victim)?;
        }
        let time = trial.any_time(SECOND_KILL_MS.0, SECOND_KILL_MS.1);
        trial.rest(time)?;
        for victim in &victims {
            trial.kill(*victim)?;
        }
    }
    let since = Instant::now();
    for victim in &victims {
        trial.start(*victim)?;
    }
    trial.recover(Kind::Kill, since)
}
