//! How full everything is that the host keeps.

use std::collections::BTreeMap;

use ledger_core::validator::VALIDATORS_MAX;

use super::future::{FUTURE_HEIGHTS_MAX, FUTURE_ROUNDS_MAX, UNVERIFIED_MAX};
use super::host::Host;
use super::peers::LATE_VOTES_MAX;
use super::signing::REMEMBERED_MAX;
use crate::replica::Load;

/// How many rounds ahead of its own the core takes messages (`MAX_FUTURE_ROUND_LOOKAHEAD` of its crate), and some more: a
/// certificate may lead further, and then the core follows it.
const ROUNDS_AHEAD: usize = 12;
/// Proposals of one round that the core keeps: two, and one with a quorum of prevotes besides.
const PROPOSALS_OF_ROUND_MAX: usize = 3;
/// What one validator signs in a round.
const STEPS: usize = 3;

impl Host {
    /// How full everything is that the host keeps. What it keeps of each round of the height in progress is forgotten with
    /// the height, and bounded by how far its rounds have got.
    pub fn loads(&self) -> Vec<Load> {
        let near = usize::try_from(FUTURE_HEIGHTS_MAX.saturating_add(1)).unwrap_or(usize::MAX);
        let slots = usize::try_from(FUTURE_ROUNDS_MAX).unwrap_or(usize::MAX);
        let slots = slots.saturating_mul(STEPS).saturating_mul(VALIDATORS_MAX);
        let (verified, unverified) = self.future.counts();
        let seen = self.last_decided.as_ref().map_or(0, |last| last.seen.len());
        let mut loads = vec![
            Load::new("early messages", verified, near.saturating_mul(slots)),
            Load::new("early messages of strangers", unverified, UNVERIFIED_MAX),
            Load::new("heights spoken of", self.ahead.len(), near),
            Load::new("late votes", seen, LATE_VOTES_MAX),
        ];
        let Some(shell) = &self.shell else {
            return loads;
        };
        let (round, rounds) = self.rounds();
        let reached = round.saturating_add(ROUNDS_AHEAD);
        let proposals = reached.saturating_mul(PROPOSALS_OF_ROUND_MAX);
        let signed = reached.saturating_mul(STEPS);
        let evidence = reached.saturating_mul(VALIDATORS_MAX).saturating_mul(2);
        loads.extend([
            Load::new("rounds", rounds, reached),
            Load::new("own messages", shell.signed.len(), signed),
            Load::new("proposals", shell.proposed.len(), proposals),
            Load::new("verdicts", shell.verdicts.len(), proposals),
            Load::new("own log entries", shell.logged_early.len(), signed),
            Load::new("contradictions", shell.evidence_count(), evidence),
            Load::new(
                "verified votes",
                shell.verifier.remembered(),
                REMEMBERED_MAX.saturating_mul(2),
            ),
        ]);
        loads
    }

    /// The round of the height in progress, and of how many rounds there are votes.
    fn rounds(&self) -> (usize, usize) {
        let of_height = self
            .core
            .as_ref()
            .filter(|core| Some(core.height().0) == self.height());
        let Some(core) = of_height else {
            return (0, 0);
        };
        let votes: &BTreeMap<_, _> = core.driver.votes().all_rounds();
        let round = core.round().as_u32().unwrap_or(0);
        (usize::try_from(round).unwrap_or(usize::MAX), votes.len())
    }
}
