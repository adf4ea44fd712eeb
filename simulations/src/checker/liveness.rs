//! After everything was healed the chain goes on within a bounded number of rounds, and takes in what would apply.
//!
//! **Rounds.** In n successive rounds each validator proposes once. Let c nodes lie. Once messages arrive in time, a round
//! in which an honest node proposes fails only because some honest node is locked on another block whose quorum the
//! proposer does not know. The node with the latest lock lifts this when it proposes, within n rounds, because what it
//! proposes carries its proof; unless a later lock came between. A later lock that stays hidden takes a quorum of prevotes
//! of which liars show theirs to a few only, so at least q − c honest nodes prevote in it, and each such lock takes at least
//! one node from those that are free to: there are at most n − q + 1 of them, and none when nobody lies. So a height is
//! decided n · (1 + n − q + 1) rounds, or n when nobody lies, after everybody is there. Getting there takes a few rounds:
//! nodes that were behind fetch what they missed, and each liar can make them wait for one answer.
//!
//! **Transactions.** A node sends its own transactions again after at most four seconds, and proposes them itself when its
//! turn comes. So one that a node holds and that would apply is in one of the next blocks, unless blocks are full, which
//! they are not here. It is counted in heights, from the moment it was taken in or everything was healed; a transaction
//! that would not have applied for some time meanwhile gets that time again.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::{NothingVerified, check_transaction, least_time};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{Accepted, Ticket};

use super::sets::Sets;
use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// How often open transactions are looked at, in virtual milliseconds.
const INTERVAL_MS: u64 = 1_000;
/// How long a transaction is on its way to everybody at most, in virtual milliseconds.
const SPREAD_MS_MAX: u64 = 8_000;
/// How often a transaction is found open too long, and would apply, before that is held against the nodes: it may have
/// waited for another one meanwhile.
const STRIKES_MAX: u32 = 3;
/// Rounds that may pass until everybody is there, besides one for each liar.
const GATHERING_ROUNDS: u64 = 4;
/// Submissions whose answer is awaited, at most: the oldest are forgotten.
const TICKETS_MAX: usize = 100_000;

/// A transaction a node has taken in.
#[derive(Debug)]
struct Open {
    node: usize,
    envelope: Arc<SealedEnvelope>,
    since_ms: u64,
    since: Height,
    strikes: u32,
}

/// The moment of healing.
#[derive(Clone, Copy, Debug)]
struct Healed {
    /// The highest block there was.
    height: Height,
    /// The round that the height after it was in.
    round: u32,
}

/// Whether the chain goes on.
#[derive(Debug, Default)]
pub struct Liveness {
    healed: Option<Healed>,
    highest: Height,
    sets: Sets,
    asked: BTreeMap<Ticket, Arc<SealedEnvelope>>,
    open: BTreeMap<TransactionId, Open>,
    next_ms: u64,
}

impl Checker for Liveness {
    fn name(&self) -> &'static str {
        "liveness"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Submitted {
                node,
                ticket,
                envelope,
            } if scene.is_honest(*node) => {
                self.asked.insert(*ticket, Arc::clone(envelope));
                if self.asked.len() > TICKETS_MAX {
                    self.asked.pop_first();
                }
            }
            Seen::Answered {
                node,
                ticket,
                answer,
            } => {
                let envelope = self.asked.remove(ticket);
                if let (Some(envelope), Ok(Accepted::Pending)) = (envelope, answer) {
                    self.take_in(scene, *node, envelope);
                }
            }
            Seen::Dropped { node, id, .. }
                if self.open.get(id).is_some_and(|open| open.node == *node) =>
            {
                self.open.remove(id);
            }
            // What is not in a block is in memory only.
            Seen::Crashed { node } => self.open.retain(|_, open| open.node != *node),
            Seen::Committed { node, committed } if scene.is_honest(*node) => {
                self.sets.begin(scene.cluster.genesis());
                for sealed in &committed.block.transactions {
                    self.open.remove(&sealed.id());
                }
                let height = committed.block.header.height;
                if height > self.highest {
                    self.highest = height;
                    self.check_rounds(scene, height, committed.certificate.round)?;
                }
                // Agreement says what is wrong with a block whose sets do not fit.
                let _ = self.sets.follow(&committed.block);
            }
            Seen::Healed => self.heal(scene),
            _ => {}
        }
        if scene.now_ms() < self.next_ms || self.healed.is_none() {
            return Ok(());
        }
        self.next_ms = scene.now_ms() + INTERVAL_MS;
        self.check_progress(scene)?;
        self.check_open(scene)
    }
}

impl Liveness {
    fn take_in(&mut self, scene: Scene<'_>, node: usize, envelope: Arc<SealedEnvelope>) {
        let open = Open {
            node,
            since_ms: scene.now_ms(),
            since: self.highest,
            strikes: 0,
            envelope,
        };
        self.open.entry(open.envelope.id()).or_insert(open);
    }

    fn heal(&mut self, scene: Scene<'_>) {
        self.sets.begin(scene.cluster.genesis());
        let height = self.highest;
        self.healed = Some(Healed {
            height,
            round: round_of(scene, height.next()),
        });
        for open in self.open.values_mut() {
            open.since_ms = scene.now_ms();
            open.since = height;
        }
    }

    /// How many rounds a height may take.
    fn rounds_max(&self, scene: Scene<'_>, height: Height) -> Option<u64> {
        let set = self.sets.at(height)?;
        let validators = set.len() as u64;
        let liars = set
            .iter()
            .filter(|(address, _)| !scene.is_honest_validator(address))
            .count() as u64;
        Some(rounds_max(validators, liars))
    }

    /// The round from which a height is counted.
    fn round_at_first(&self, height: Height) -> u64 {
        match self.healed {
            Some(healed) if healed.height.next() == height => u64::from(healed.round),
            _ => 0,
        }
    }

    fn check_rounds(&self, scene: Scene<'_>, height: Height, round: u32) -> Result<(), String> {
        let (Some(_), Some(rounds_max)) = (self.healed, self.rounds_max(scene, height)) else {
            return Ok(());
        };
        let first = self.round_at_first(height);
        if u64::from(round) <= first + rounds_max {
            return Ok(());
        }
        Err(format!(
            "height {height} was decided in round {round}, {} rounds after it could have gone on; {rounds_max} are the most",
            u64::from(round) - first
        ))
    }

    /// The height in progress is not in a round in which it should be decided.
    fn check_progress(&self, scene: Scene<'_>) -> Result<(), String> {
        let height = self.highest.next();
        let round = round_of(scene, height);
        let Some(rounds_max) = self.rounds_max(scene, height) else {
            return Ok(());
        };
        let first = self.round_at_first(height);
        if u64::from(round) <= first + rounds_max + 1 {
            return Ok(());
        }
        Err(format!(
            "height {height} is not decided in round {round}, {} rounds after it could have gone on; {rounds_max} are the most",
            u64::from(round) - first
        ))
    }

    /// What nodes hold, and would apply, has not been open for too long.
    fn check_open(&mut self, scene: Scene<'_>) -> Result<(), String> {
        let now_ms = scene.now_ms();
        let heights_max = 2 * scene.plan.nodes as u64 + 4;
        let (highest, mut overdue) = (self.highest, None);
        for (id, open) in &mut self.open {
            let heights = highest.0.saturating_sub(open.since.0);
            if now_ms < open.since_ms + SPREAD_MS_MAX || heights < heights_max {
                continue;
            }
            open.since_ms = now_ms;
            open.since = highest;
            if would_apply(scene, open.node, &open.envelope) {
                open.strikes += 1;
            } else {
                open.strikes = 0;
            }
            if open.strikes >= STRIKES_MAX {
                overdue = Some(format!(
                    "transaction {id}, which node {} took in and which would apply, is in none of the last {} blocks",
                    open.node,
                    heights * u64::from(STRIKES_MAX)
                ));
            }
        }
        overdue.map_or(Ok(()), Err)
    }
}

/// How many rounds a height may take among `validators`, of whom so many lie.
fn rounds_max(validators: u64, liars: u64) -> u64 {
    let quorum = validators * 2 / 3 + 1;
    let hidden_locks = if liars == 0 {
        0
    } else {
        validators - quorum + 1
    };
    validators * (1 + hidden_locks) + liars + GATHERING_ROUNDS
}

/// The highest round any honest node is in at `height`.
fn round_of(scene: Scene<'_>, height: Height) -> u32 {
    let rounds = scene.honest().filter_map(|node| {
        let (at, round) = scene.cluster.status(node)?.round?;
        (at == height).then_some(round)
    });
    rounds.max().unwrap_or(0)
}

/// Whether a transaction would apply at a node as it is now.
fn would_apply(scene: Scene<'_>, node: usize, sealed: &SealedEnvelope) -> bool {
    let Some(replica) = scene.cluster.replica(node) else {
        return false;
    };
    let Some(tip) = replica.blocks().tip() else {
        return false;
    };
    let view = replica.state().snapshot();
    let Ok(least) = least_time(&view, &tip) else {
        return false;
    };
    let time_ms = least.max(TimestampMs(scene.cluster.now_ms(node)));
    check_transaction(&view, &tip, time_ms, sealed, &NothingVerified).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_lies_and_each_has_its_turn() {
        assert_eq!(rounds_max(4, 0), 4 + GATHERING_ROUNDS);
        assert_eq!(rounds_max(4, 1), 4 * 3 + 1 + GATHERING_ROUNDS);
        assert_eq!(rounds_max(7, 2), 7 * 4 + 2 + GATHERING_ROUNDS);
    }
}
