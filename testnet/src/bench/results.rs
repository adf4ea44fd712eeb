//! What a run came to: rates, latencies and what a transaction cost each node; as a table and as JSON.

use std::time::Duration;

use serde::Serialize;

use super::arrivals::{Fate, Sent};
use super::mixes::to_f64;
use super::read_back::ReadBack;
use super::usage::Usage;

/// A run at one rate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RunResult {
    /// What was sent.
    pub(super) mix: &'static str,
    /// Transactions a second that arrived.
    pub(super) offered: u32,
    /// Seconds they arrived for.
    pub(super) seconds: f64,
    /// Transactions a second that became final once arrivals flowed evenly, and that every node gives back from its blocks.
    pub(super) finalised: f64,
    /// Transactions sent.
    pub(super) sent: usize,
    /// Transactions every node gives back.
    pub(super) applied: usize,
    /// Those for which a node had no room.
    pub(super) not_taken: usize,
    /// Those that were not final in time.
    pub(super) late: usize,
    /// Latency from the moment of arrival to finality, in milliseconds.
    pub(super) latency_ms: Quantiles,
    /// Blocks made meanwhile.
    pub(super) blocks: u64,
    /// The longest time between two blocks with transactions, in milliseconds of their own clocks.
    pub(super) longest_gap_ms: u64,
    /// What one transaction cost one node.
    pub(super) each: Cost,
    /// Memory of a node at the end, in bytes: the median of the nodes.
    pub(super) resident_bytes: u64,
}

/// Quantiles of latencies, in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Quantiles {
    /// The median.
    pub(super) p50: f64,
    /// 99 of 100 are not above it.
    pub(super) p99: f64,
    /// 999 of 1,000 are not above it.
    pub(super) p999: f64,
    /// The greatest.
    pub(super) max: f64,
}

/// What one transaction cost one node.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Cost {
    /// Processor time, in microseconds.
    pub(super) processor_us: f64,
    /// Bytes to and from other nodes; none when the system cannot say.
    pub(super) network_bytes: Option<f64>,
    /// Bytes written to disk.
    pub(super) disk_bytes: f64,
}

impl Quantiles {
    /// Of these latencies.
    pub(super) fn of(mut latencies: Vec<Duration>) -> Quantiles {
        latencies.sort_unstable();
        let at = |share: usize| -> f64 {
            let last = latencies.len().saturating_sub(1);
            // The least that at least so many thousandths do not exceed.
            let index = (latencies.len() * share).div_ceil(1_000).saturating_sub(1);
            let found = latencies.get(index.min(last)).copied().unwrap_or_default();
            found.as_secs_f64() * 1_000.0
        };
        Quantiles {
            p50: at(500),
            p99: at(990),
            p999: at(999),
            max: at(1_000),
        }
    }
}

/// What was asked of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The mix.
    pub(super) mix: &'static str,
    /// Transactions a second.
    pub(super) rate: u32,
    /// For how long they begin to arrive.
    pub(super) length: Duration,
    /// What is left out at the beginning, until arrivals and answers flow evenly.
    pub(super) warm_up: Duration,
}

impl RunResult {
    /// Adds up a run.
    pub(super) fn of(asked: Asked, sent: &[Sent], read: &ReadBack, used: Usage) -> RunResult {
        let window = asked.warm_up..asked.length;
        let is_applied = |sent: &&Sent| read.applied.contains(&sent.id);
        let applied = sent.iter().filter(is_applied).count();
        let finalised = sent
            .iter()
            .filter(is_applied)
            .filter(|sent| sent.fate == Fate::Final && window.contains(&(sent.due + sent.latency)));
        let seconds = asked.length.saturating_sub(asked.warm_up).as_secs_f64();
        let finalised = to_f64(finalised.count()) / seconds.max(0.001);
        let count = |fate: Fate| sent.iter().filter(|sent| sent.fate == fate).count();
        let each = |whole: f64| whole / to_f64(applied.max(1));
        let latencies = sent
            .iter()
            .filter(|sent| sent.fate != Fate::NotTaken && window.contains(&sent.due));
        RunResult {
            mix: asked.mix,
            offered: asked.rate,
            seconds: asked.length.as_secs_f64(),
            finalised,
            sent: sent.len(),
            applied,
            not_taken: count(Fate::NotTaken),
            late: count(Fate::Late),
            latency_ms: Quantiles::of(latencies.map(|sent| sent.latency).collect()),
            blocks: read.blocks,
            longest_gap_ms: u64::try_from(read.longest_gap.as_millis()).unwrap_or(u64::MAX),
            each: Cost {
                processor_us: each(used.processor.as_secs_f64() * 1e6),
                network_bytes: used.network_bytes.map(|bytes| each(of_bytes(bytes))),
                disk_bytes: each(of_bytes(used.disk_bytes)),
            },
            resident_bytes: used.resident_bytes,
        }
    }

    /// Whether the network kept up: nearly all that arrived is final, and without waiting ever longer.
    pub(super) fn kept_up(&self) -> bool {
        let kept = self.applied * 100 >= self.sent * 99;
        kept && self.finalised >= f64::from(self.offered) * 0.95 && self.latency_ms.p99 < 1_000.0
    }
}

fn of_bytes(bytes: u64) -> f64 {
    let thousands = u32::try_from(bytes / 1_000).unwrap_or(u32::MAX);
    let rest = u32::try_from(bytes % 1_000).unwrap_or(0);
    f64::from(thousands) * 1_000.0 + f64::from(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_least_that_enough_do_not_exceed() {
        let latencies = (1..=1_000).map(Duration::from_millis).collect();
        let quantiles = Quantiles::of(latencies);
        assert_eq!(
            [quantiles.p50, quantiles.p99, quantiles.p999, quantiles.max],
            [500.0, 990.0, 999.0, 1_000.0]
        );
        let one = Quantiles::of(vec![Duration::from_millis(7)]);
        assert_eq!([one.p50, one.max], [7.0, 7.0]);
        assert!(Quantiles::of(Vec::new()).max.abs() < f64::EPSILON);
    }
}
