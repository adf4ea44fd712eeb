//! What a run came to: rates, latencies and what a transaction cost each node.
//!
//! ```text
//! run     |— lead-in —|———————— window ————————|— what is left —|
//! counted              due here: latencies
//!                      final here: the rate
//! ```
//!
//! Nothing of the lead-in counts: connections warm up in it, and orders have not come to all their steps. The rate is that of
//! transactions that became final within the window, but never more than fell due in it: a backlog from before the window is
//! not its merit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arrivals::{Fate, Sending, Sent};
use super::mixes::Mix;
use super::read_back::ReadBack;
use super::usage::Usage;
use crate::driver::FINALITY_MS_MAX;
use crate::say::{real, real_count};

/// Of what fell due in the last fifth of a window, half must be final within this time for the network to have kept up.
pub(super) const KEPT_UP_MS_MAX: f64 = 500.0;
/// Of what fell due in a window, in percent, at least so much must become final in it for the network to have kept up.
const KEPT_UP_PERCENT: f64 = 97.0;

/// A run at one rate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RunResult {
    /// What was sent.
    pub(super) mix: String,
    /// Transactions a second that were asked for.
    pub(super) offered: u32,
    /// Seconds of the window.
    pub(super) seconds: f64,
    /// Transactions a second that fell due in the window.
    pub(super) arrived: f64,
    /// Transactions a second that became final in the window, and that every node gives back from its blocks.
    pub(super) finalised: f64,
    /// Transactions sent, in the whole run.
    pub(super) sent: usize,
    /// Transactions every node gives back.
    pub(super) applied: usize,
    /// Those for which a node had no room.
    pub(super) not_taken: usize,
    /// Those the ledger refused.
    pub(super) refused: usize,
    /// Those that were not final in time.
    pub(super) late: usize,
    /// Latency from the moment of arrival to finality, in milliseconds, of what fell due in the window. What was not final in
    /// time counts as no sooner than [`FINALITY_MS_MAX`]; what was refused or not taken does not count.
    pub(super) latency_ms: Quantiles,
    /// The median of the same, of what fell due in the last fifth of the window.
    pub(super) latency_at_end_ms: f64,
    /// The load generator's own delay: from the moment of arrival until a connection took the transaction, in milliseconds.
    pub(super) held_ms: Quantiles,
    /// Blocks made meanwhile.
    pub(super) blocks: u64,
    /// The longest time between two blocks with transactions, in milliseconds of the nodes' own clocks.
    pub(super) longest_gap_ms: u64,
    /// What one transaction cost one node.
    pub(super) each: Cost,
    /// Processor time of the load generator for one transaction, in microseconds.
    pub(super) driver_us: f64,
    /// Memory at the end of the node that has most, in bytes.
    pub(super) resident_bytes: u64,
}

/// Quantiles of latencies, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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
            // Whole microseconds: more the clocks do not give.
            (found.as_secs_f64() * 1e6).round() / 1_000.0
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
    pub(super) mix: Mix,
    /// Transactions a second.
    pub(super) rate: u32,
    /// What is left out at the beginning, until arrivals and answers flow evenly.
    pub(super) lead_in: Duration,
    /// What is measured, after it.
    pub(super) window: Duration,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Used {
    /// Each node, on average; of memory, the node that has most.
    pub(super) node: Usage,
    /// The load generator's processor time.
    pub(super) driver: Duration,
}

impl RunResult {
    /// Adds up a run.
    pub(super) fn of(asked: Asked, sending: &Sending, read: &ReadBack, used: Used) -> RunResult {
        let sent = &sending.sent;
        let end = asked.lead_in + asked.window;
        let window = asked.lead_in..end;
        let at_end = (end - asked.window / 5)..end;
        let seconds = asked.window.as_secs_f64().max(0.001);
        let applied: Vec<&Sent> = sent
            .iter()
            .filter(|sent| read.applied.contains(&sent.id))
            .collect();
        let arrived = sent.iter().filter(|sent| window.contains(&sent.due));
        let arrived = arrived.count();
        let completed = applied
            .iter()
            .filter(|sent| sent.fate == Fate::Final && window.contains(&(sent.due + sent.latency)));
        let completed = completed.count().min(arrived);
        let count = |fate: Fate| sent.iter().filter(|sent| sent.fate == fate).count();
        let each = |whole: f64| whole / real_count(applied.len().max(1));
        let latencies = |due: &std::ops::Range<Duration>| -> Vec<Duration> {
            sent.iter()
                .filter(|sent| matches!(sent.fate, Fate::Final | Fate::Late))
                .filter(|sent| due.contains(&sent.due))
                .map(|sent| match sent.fate {
                    // A request that failed did so early perhaps, but nobody had an answer.
                    Fate::Late => sent.latency.max(Duration::from_millis(FINALITY_MS_MAX)),
                    _ => sent.latency,
                })
                .collect()
        };
        let held = sent.iter().filter(|sent| window.contains(&sent.due));
        RunResult {
            mix: asked.mix.to_string(),
            offered: asked.rate,
            seconds,
            arrived: real_count(arrived) / seconds,
            finalised: real_count(completed) / seconds,
            sent: sent.len(),
            applied: applied.len(),
            not_taken: count(Fate::NotTaken),
            refused: count(Fate::Refused),
            late: count(Fate::Late),
            latency_ms: Quantiles::of(latencies(&window)),
            latency_at_end_ms: Quantiles::of(latencies(&at_end)).p50,
            held_ms: Quantiles::of(held.map(|sent| sent.held).collect()),
            blocks: read.blocks,
            longest_gap_ms: u64::try_from(read.longest_gap().as_millis()).unwrap_or(u64::MAX),
            each: Cost {
                processor_us: each(used.node.processor.as_secs_f64() * 1e6),
                network_bytes: used.node.network_bytes.map(|bytes| each(real(bytes))),
                disk_bytes: each(real(used.node.disk_bytes)),
            },
            driver_us: used.driver.as_secs_f64() * 1e6 / real_count(sent.len().max(1)),
            resident_bytes: used.node.resident_bytes,
        }
    }

    /// Transactions that were sent and that not every node gives back.
    pub(super) fn lost(&self) -> usize {
        self.sent.saturating_sub(self.applied)
    }

    /// Whether the network kept up: all that arrived is final, nearly all of it within the window, and at its end without
    /// waiting long. A rate above what the network can do makes a queue that grows, so that the last wait longest.
    pub(super) fn kept_up(&self) -> bool {
        self.applied == self.sent
            && self.late == 0
            && self.finalised * 100.0 >= self.arrived * KEPT_UP_PERCENT
            && self.latency_at_end_ms <= KEPT_UP_MS_MAX
    }
}

#[cfg(test)]
impl RunResult {
    /// Any run, for tests of what is made of runs.
    pub(super) fn sample() -> RunResult {
        RunResult {
            mix: "gifts".to_owned(),
            offered: 1_000,
            seconds: 10.0,
            arrived: 1_000.0,
            finalised: 999.5,
            sent: 14_000,
            applied: 14_000,
            not_taken: 0,
            refused: 0,
            late: 0,
            latency_ms: Quantiles {
                p50: 20.25,
                p99: 50.5,
                p999: 80.0,
                max: 90.0,
            },
            latency_at_end_ms: 21.0,
            held_ms: Quantiles::default(),
            blocks: 300,
            longest_gap_ms: 95,
            each: Cost {
                processor_us: 300.0,
                network_bytes: Some(1_200.0),
                disk_bytes: 4_000.0,
            },
            driver_us: 90.0,
            resident_bytes: 400_000_000,
        }
    }
}

/// The middle one; of an even number, the greater of the two in the middle.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::hash::{Domain, hash};
    use ledger_core::id::TransactionId;

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

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }

    /// A run of ten seconds after a lead-in of two at 100 a second, in which the transaction with a number took so long.
    fn run(took: impl Fn(u64) -> Duration, fate: impl Fn(u64) -> Fate) -> RunResult {
        let sent: Vec<Sent> = (0..1_200_u64)
            .map(|number| Sent {
                id: TransactionId(hash(Domain::Identity, &[&number.to_le_bytes()])),
                due: Duration::from_millis(number * 10),
                held: Duration::ZERO,
                latency: took(number),
                fate: fate(number),
            })
            .collect();
        let read = ReadBack {
            applied: sent
                .iter()
                .filter(|sent| sent.fate == Fate::Final)
                .map(|sent| sent.id)
                .collect(),
            ..ReadBack::default()
        };
        let asked = Asked {
            mix: Mix::Gifts,
            rate: 100,
            lead_in: Duration::from_secs(2),
            window: Duration::from_secs(10),
        };
        let sending = Sending {
            sent,
            ..Sending::default()
        };
        RunResult::of(asked, &sending, &read, Used::default())
    }

    #[test]
    fn a_backlog_from_before_the_window_is_not_counted_for_it() {
        // Everything due in the lead-in waits for the first moment of the window.
        let stalled = run(
            |number| Duration::from_millis(2_100_u64.saturating_sub(number * 10).max(20)),
            |_| Fate::Final,
        );
        assert!(
            (stalled.finalised - 100.0).abs() < f64::EPSILON,
            "{}",
            stalled.finalised
        );
        assert!((stalled.arrived - 100.0).abs() < f64::EPSILON);
        assert!(stalled.kept_up());
    }

    #[test]
    fn what_becomes_final_after_the_window_is_not_in_its_rate() {
        // Twice as much as the network can do: the n-th is final at 20 ms times n.
        let overloaded = run(|number| Duration::from_millis(number * 10), |_| Fate::Final);
        assert!(
            (overloaded.finalised - 50.0).abs() < 1.0,
            "{}",
            overloaded.finalised
        );
        assert!(!overloaded.kept_up());
    }

    #[test]
    fn a_queue_that_grows_is_noticed_before_the_rate_shows_it() {
        // A tenth too much.
        let over = run(Duration::from_millis, |_| Fate::Final);
        assert!(over.latency_at_end_ms > KEPT_UP_MS_MAX && !over.kept_up());
        let within = run(|_| Duration::from_millis(300), |_| Fate::Final);
        assert!(within.kept_up(), "{within:?}");
    }

    #[test]
    fn a_request_that_failed_at_once_is_no_fast_one() {
        let failed = run(
            |_| Duration::from_millis(20),
            |number| {
                if number == 700 {
                    Fate::Late
                } else {
                    Fate::Final
                }
            },
        );
        let late = Duration::from_millis(FINALITY_MS_MAX).as_secs_f64() * 1e3;
        assert!((failed.latency_ms.max - late).abs() < f64::EPSILON);
        assert!((failed.latency_ms.p50 - 20.0).abs() < f64::EPSILON);
    }

    #[test]
    fn one_that_is_lost_means_that_the_network_did_not_keep_up() {
        for fate in [Fate::Refused, Fate::NotTaken, Fate::Late] {
            let lost = run(
                |_| Duration::from_millis(20),
                |number| if number == 700 { fate } else { Fate::Final },
            );
            assert!(!lost.kept_up() && lost.applied + 1 == lost.sent, "{fate:?}");
        }
    }
}
