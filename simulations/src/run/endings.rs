//! How a run ends where its plan wants more than that it becomes quiet: faults that show only when nothing happens after them,
//! and which others would heal.
//!
//! The chain pauses when nobody wants anything, so whoever missed something just then hears of it by announcements alone, and
//! whoever sleeps is woken by the others' messages alone.

use ledger_core::id::Height;

use super::{Failure, Run};
use crate::counters::FaultKind;
use crate::network::TransactionMessages;
use crate::plan::fault::Fault;

/// How long the others have for a few blocks, in virtual milliseconds.
const BLOCKS_MS_MAX: u64 = 30_000;
/// How many blocks are missed at most: so few that a node waits a little whether consensus brings them.
const MISSED_MAX: u64 = 3;
/// How many transactions are handed to one node alone.
const LONE_TRANSACTIONS: usize = 3;
/// How long the city has to decide them, in virtual milliseconds.
const LONE_MS_MAX: u64 = 30_000;

impl Run<'_> {
    /// The endings that the plan asks for.
    pub(super) fn end_badly(&mut self) -> Result<(), Failure> {
        let faults: Vec<Fault> = self.plan.faults.iter().map(|it| it.fault.clone()).collect();
        if faults.contains(&Fault::MissedEnd) {
            for node in 0..self.plan.nodes {
                if !self.suspects.contains(&node) {
                    self.miss_the_end(node)?;
                }
            }
        }
        if faults.contains(&Fault::LostTransactions) {
            self.tell("no message brings transactions any more");
            self.cluster
                .network()
                .set_transactions(TransactionMessages::Lost);
            let decided = self.hand_to_one();
            self.cluster
                .network()
                .set_transactions(TransactionMessages::Whole);
            decided?;
        }
        Ok(())
    }

    /// One node is cut off for a few blocks, and nothing happens after them: it must get them all the same.
    fn miss_the_end(&mut self, node: usize) -> Result<(), Failure> {
        self.settle()?;
        let kind = FaultKind::MissedEnd;
        let nodes = self.plan.nodes;
        let missed = 1 + (self.plan.seed ^ self.height()) % MISSED_MAX;
        let until = self.height() + missed;
        self.tell(&format!("node {node} misses {missed} blocks"));
        self.cluster
            .network()
            .cut_unless(nodes, kind, |one, other| one != node && other != node);
        let made = self.until(self.now_ms() + BLOCKS_MS_MAX, |run| run.height() >= until)?;
        self.cluster.network().mend(kind);
        if !made {
            let what = format!(
                "without node {node} the others are at {:?} after {BLOCKS_MS_MAX} ms, and not at {until}",
                self.heights()
            );
            return Err(self.failure("liveness", &what));
        }
        self.settle()
    }

    /// A few transactions come in at one node alone and get into no other's mempool: the others must be woken by what that one
    /// says of the next block, whoever proposes it.
    fn hand_to_one(&mut self) -> Result<(), Failure> {
        self.settle()?;
        let honest: Vec<usize> = (0..self.plan.nodes)
            .filter(|node| !self.suspects.contains(node))
            .collect();
        let seed = usize::try_from(self.plan.seed).unwrap_or_default();
        let node = honest[seed % honest.len()];
        let from = self.cluster.height(node);
        let at_ms = self.chain_ms();
        for envelope in self.city.draft(at_ms, LONE_TRANSACTIONS) {
            self.cluster.submit(node, envelope);
        }
        self.look()?;
        if self.wait_until(LONE_MS_MAX, |run| Height(run.lowest()) > from)? {
            return Ok(());
        }
        let what = format!(
            "{LONE_MS_MAX} ms after transactions came in at node {node} alone, at height {from}, the nodes are at {:?}",
            self.heights()
        );
        Err(self.failure("liveness", &what))
    }

    /// Lets time pass without load until `done`, or for `ms_max`; whether it was done.
    fn wait_until(
        &mut self,
        ms_max: u64,
        done: impl Fn(&Run<'_>) -> bool,
    ) -> Result<bool, Failure> {
        let until_us = (self.now_ms() + ms_max) * crate::clock::MS_US;
        while !done(self) {
            if !self.cluster.step(until_us) {
                return Ok(false);
            }
            self.look()?;
        }
        Ok(true)
    }

    /// The time of the chain or of the simulation, whichever is later, in milliseconds since 1970.
    fn chain_ms(&self) -> u64 {
        let statuses = (0..self.plan.nodes).filter_map(|node| self.cluster.status(node));
        let newest_ms = statuses.map(|status| status.time_ms.0).max();
        let true_ms = crate::city::START_MS + 1 + self.now_ms();
        newest_ms.unwrap_or_default().max(true_ms)
    }
}
