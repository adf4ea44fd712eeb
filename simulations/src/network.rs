//! A network that delays, loses and divides.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::random::Random;

/// How messages travel.
#[derive(Clone, Debug)]
pub struct NetworkSettings {
    /// How long a message takes, in microseconds.
    pub latency_us: Range<u64>,
    /// How many of a thousand messages are lost.
    pub loss_per_mille: u64,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        NetworkSettings {
            latency_us: 200..2_000,
            loss_per_mille: 0,
        }
    }
}

/// The state of the network.
#[derive(Debug)]
pub struct Network {
    settings: NetworkSettings,
    random: Random,
    /// Pairs of nodes, the lower first, that hear nothing of each other.
    cut: BTreeSet<(usize, usize)>,
}

impl Network {
    /// A whole network.
    pub const fn new(settings: NetworkSettings, random: Random) -> Network {
        Network {
            settings,
            random,
            cut: BTreeSet::new(),
        }
    }

    /// How long a message from one node to another takes; none when it is lost.
    pub fn latency_us(&mut self, from: usize, to: usize) -> Option<u64> {
        let Range { start, end } = self.settings.latency_us;
        let latency_us = start + self.random.below(end.saturating_sub(start).max(1));
        let lost = self.random.happens(self.settings.loss_per_mille);
        (!lost && !self.is_cut(from, to)).then_some(latency_us)
    }

    /// How many of a thousand messages are lost from now on.
    pub const fn set_loss_per_mille(&mut self, loss_per_mille: u64) {
        self.settings.loss_per_mille = loss_per_mille;
    }

    /// Whether two nodes hear nothing of each other.
    pub fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cut.contains(&(one.min(other), one.max(other)))
    }

    /// Divides `group` from everybody else.
    pub fn divide(&mut self, group: &[usize], nodes: usize) {
        for one in 0..nodes {
            for other in one + 1..nodes {
                if group.contains(&one) != group.contains(&other) {
                    self.cut.insert((one, other));
                }
            }
        }
    }

    /// Makes the network whole.
    pub fn heal(&mut self) {
        self.cut.clear();
    }
}
