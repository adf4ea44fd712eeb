//! A network that delays, loses, doubles, reorders and divides.
//!
//! Each message goes through [`Network::arrivals`], which says when it arrives: never, once or twice. What holds a message up
//! is counted by the kind of fault, so that a run can tell which of its faults really happened.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::clock::MS_US;
use crate::counters::{Counters, FaultKind};
use crate::random::Random;

/// How messages travel.
#[derive(Clone, Debug)]
pub struct NetworkSettings {
    /// How long a message takes, in microseconds.
    pub latency_us: Range<u64>,
    /// How many of a thousand messages are lost.
    pub loss_per_mille: u64,
    /// How many of a thousand messages arrive twice.
    pub twice_per_mille: u64,
    /// How many of a thousand messages are overtaken by later ones.
    pub overtaken_per_mille: u64,
    /// How many of a thousand messages are held up for long.
    pub held_up_per_mille: u64,
    /// For how long at most, in milliseconds.
    pub held_up_ms_max: u64,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            latency_us: 200..2_000,
            loss_per_mille: 0,
            twice_per_mille: 0,
            overtaken_per_mille: 0,
            held_up_per_mille: 0,
            held_up_ms_max: 0,
        }
    }
}

/// The longest any message is held up, in milliseconds.
pub const HELD_UP_MS_MAX: u64 = 10_000;

/// A message that is overtaken arrives after so many times the longest usual latency.
const OVERTAKEN_TIMES: u64 = 8;

/// What becomes of transactions on their way to the others' mempools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionMessages {
    /// They travel like everything else.
    Whole,
    /// They are lost.
    Lost,
}

/// The state of the network.
#[derive(Debug)]
pub struct Network {
    settings: NetworkSettings,
    random: Random,
    /// From whom nothing gets to whom, and for the sake of which fault.
    cut: BTreeMap<(usize, usize), FaultKind>,
    /// Whether messages bring transactions.
    transactions: TransactionMessages,
    /// Latencies of pairs that differ from the others', in microseconds: the lower number first.
    distances: BTreeMap<(usize, usize), Range<u64>>,
    /// How often which fault hit a message.
    pub counters: Counters,
}

impl Network {
    /// A whole network.
    pub const fn new(settings: NetworkSettings, random: Random) -> Network {
        Network {
            settings,
            random,
            cut: BTreeMap::new(),
            transactions: TransactionMessages::Whole,
            distances: BTreeMap::new(),
            counters: Counters::new(),
        }
    }

    /// How the network behaves, to change it.
    pub const fn settings(&mut self) -> &mut NetworkSettings {
        &mut self.settings
    }

    /// After how many microseconds a message from one node to another arrives: no time, one or two.
    pub fn arrivals(&mut self, from: usize, to: usize) -> Vec<u64> {
        let Range { start, end } = self.distance(from, to);
        let latency_us = start + self.random.below(end.saturating_sub(start).max(1));
        if self.random.happens(self.settings.loss_per_mille) {
            self.counters.count(FaultKind::Loss);
            return Vec::new();
        }
        if let Some(kind) = self.cut.get(&(from, to)) {
            self.counters.count(*kind);
            return Vec::new();
        }
        let mut arrivals = vec![latency_us];
        if self.settings.twice_per_mille > 0 && self.random.happens(self.settings.twice_per_mille) {
            self.counters.count(FaultKind::Duplicate);
            arrivals.push(latency_us + self.random.below(OVERTAKEN_TIMES * end));
        }
        if self.settings.overtaken_per_mille > 0
            && self.random.happens(self.settings.overtaken_per_mille)
        {
            self.counters.count(FaultKind::Reorder);
            arrivals[0] += end + self.random.below(OVERTAKEN_TIMES * end);
        }
        if self.settings.held_up_per_mille > 0
            && self.random.happens(self.settings.held_up_per_mille)
        {
            self.counters.count(FaultKind::Delay);
            arrivals[0] += MS_US * self.random.below(self.settings.held_up_ms_max.max(1));
        }
        arrivals
    }

    fn distance(&self, from: usize, to: usize) -> Range<u64> {
        let pair = (from.min(to), from.max(to));
        let distance = self.distances.get(&pair);
        distance.unwrap_or(&self.settings.latency_us).clone()
    }

    /// Lets messages bring transactions or not.
    pub const fn set_transactions(&mut self, transactions: TransactionMessages) {
        self.transactions = transactions;
    }

    /// Whether a group of transactions is lost whatever becomes of other messages.
    pub fn loses_transactions(&mut self) -> bool {
        if self.transactions == TransactionMessages::Whole {
            return false;
        }
        self.counters.count(FaultKind::LostTransactions);
        true
    }

    /// Sets how long messages take between two nodes, in microseconds.
    pub fn set_distance(&mut self, one: usize, other: usize, latency_us: Range<u64>) {
        self.distances
            .insert((one.min(other), one.max(other)), latency_us);
    }

    /// How many of a thousand messages are lost from now on.
    pub const fn set_loss_per_mille(&mut self, loss_per_mille: u64) {
        self.settings.loss_per_mille = loss_per_mille;
    }

    /// Lets nothing pass from one node to another: one way.
    pub fn cut(&mut self, from: usize, to: usize, kind: FaultKind) {
        self.cut.insert((from, to), kind);
    }

    /// Divides `group` from everybody else.
    pub fn divide(&mut self, group: &[usize], nodes: usize) {
        let group: BTreeSet<usize> = group.iter().copied().collect();
        self.cut_unless(nodes, FaultKind::Halves, |one, other| {
            group.contains(&one) == group.contains(&other)
        });
    }

    /// Cuts every pair of nodes that is not `joined`, both ways.
    pub fn cut_unless(
        &mut self,
        nodes: usize,
        kind: FaultKind,
        joined: impl Fn(usize, usize) -> bool,
    ) {
        for one in 0..nodes {
            for other in (0..nodes).filter(|other| *other != one) {
                if !joined(one.min(other), one.max(other)) {
                    self.cut(one, other, kind);
                }
            }
        }
    }

    /// Mends the cuts of one kind of fault.
    pub fn mend(&mut self, kind: FaultKind) {
        self.cut.retain(|_, of| *of != kind);
    }

    /// Makes the network whole.
    pub fn heal(&mut self) {
        self.cut.clear();
    }
}
