//! A long run at one rate: does memory stay flat, does disk grow in a straight line, and does the chain ever stand still?
//!
//! Every [`SAMPLE_INTERVAL`] the memory of each node and what its folder takes on disk are looked at. The line through the
//! samples of memory leaves out the first [`FILLING`] of the run, in which caches fill; that of disk takes all.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use ledger_core::message::Arguments;
use serde::{Deserialize, Serialize};

use super::measure::Bench;
use super::mixes::Mix;
use super::results::RunResult;
use super::trend::Trend;
use super::usage;
use crate::network::{Network, NodeClient};
use crate::say::{Voice, grouped, real};

/// How often nodes are looked at.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(10);
/// Of a run, one part of so many in which caches may fill.
const FILLING: usize = 5;
/// Pause between two looks at whether it is time.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Bytes of the blocks in which the system counts a file's place on disk.
const DISK_BLOCK_BYTES: u64 = 512;

/// What `bench soak` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Soak {
    /// Accounts the city has.
    pub(super) accounts: usize,
    /// The knee the rate is a share of; none when the rate was asked for.
    pub(super) knee: Option<u32>,
    /// What came of the whole run.
    pub(super) result: RunResult,
    /// What was seen meanwhile.
    pub(super) samples: Vec<Sample>,
    /// Memory of the greatest node, in bytes: the line without the time in which caches fill.
    pub(super) memory: Trend,
    /// The greatest memory of any node in any sample, in bytes.
    pub(super) memory_max: u64,
    /// Bytes one node takes on disk, on average over the nodes.
    pub(super) disk: Trend,
    /// By how many bytes a transaction makes a node's folder larger: the line's slope for a transaction that arrived.
    pub(super) disk_each: f64,
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Sample {
    /// Seconds since the run began.
    pub(super) second: f64,
    /// Memory of the node that has most, in bytes.
    pub(super) memory: u64,
    /// What the folder of one node takes on disk, in bytes: the mean of the nodes.
    pub(super) disk: u64,
    /// The greatest height of any node.
    pub(super) height: u64,
}

/// Runs `mix` at `rate` for `length`.
///
/// # Errors
/// When a node fails.
pub(super) fn run(
    bench: &mut Bench,
    mix: Mix,
    rate: u32,
    length: Duration,
    voice: &mut Voice,
) -> Result<(RunResult, Vec<Sample>)> {
    let asked = Bench::asked(mix, rate, length);
    let said = Arguments::NONE
        .text("mix", mix)
        .text("rate", grouped(u64::from(rate)))
        .text("minutes", length.as_secs().div_ceil(60));
    voice.step("bench-soak", &said);
    bench.long(asked, |network, over| {
        let began = Instant::now();
        let clients: Vec<NodeClient> = (0..network.len())
            .map(|index| network.client(index))
            .collect();
        let mut samples = Vec::new();
        let mut next = Duration::ZERO;
        while !over() {
            if began.elapsed() < next {
                thread::sleep(POLL_INTERVAL);
                continue;
            }
            next += SAMPLE_INTERVAL;
            let sample = look(network, &clients, began.elapsed())?;
            voice.step(
                "bench-sample",
                &Arguments::NONE
                    .text("height", grouped(sample.height))
                    .text("memory", sample.memory / 1_000_000)
                    .text("disk", sample.disk / 1_000_000),
            );
            samples.push(sample);
        }
        Ok(samples)
    })
}

fn look(network: &Network, clients: &[NodeClient], since: Duration) -> Result<Sample> {
    let nodes = usage::of_all(network)?;
    let memory = nodes.iter().map(|node| node.resident_bytes).max();
    let mut disk = 0;
    let mut height = 0;
    for (index, client) in clients.iter().enumerate() {
        disk += bytes_on_disk(network.home(index));
        height = height.max(client.status()?.height.0);
    }
    let count = u64::try_from(network.len().max(1))?;
    Ok(Sample {
        second: (since.as_secs_f64() * 10.0).round() / 10.0,
        memory: memory.unwrap_or(0),
        disk: disk / count,
        height,
    })
}

/// What a folder takes on disk with everything in it. Files come and go meanwhile: one that is gone takes nothing.
pub(super) fn bytes_on_disk(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_on_disk(&entry.path()),
            Ok(found) => found.blocks() * DISK_BLOCK_BYTES,
            Err(_) => 0,
        })
        .sum()
}

impl Soak {
    /// Adds up a long run.
    pub(super) fn of(
        accounts: usize,
        knee: Option<u32>,
        result: RunResult,
        samples: Vec<Sample>,
    ) -> Soak {
        let line = |samples: &[Sample], of: fn(&Sample) -> u64| {
            let points: Vec<(f64, f64)> = samples
                .iter()
                .map(|sample| (sample.second, real(of(sample))))
                .collect();
            Trend::of(&points)
        };
        let filled = &samples[samples.len() / FILLING..];
        let disk = line(&samples, |sample| sample.disk);
        let memory = line(filled, |sample| sample.memory);
        let memory_max = samples.iter().map(|sample| sample.memory).max();
        Soak {
            accounts,
            knee,
            memory,
            memory_max: memory_max.unwrap_or(0),
            disk_each: disk.slope / result.arrived.max(0.001),
            disk,
            result,
            samples,
        }
    }

    /// Tells what came of it.
    pub(super) fn tell(&self, voice: &Voice) {
        let mb = |bytes: f64| format!("{:.1}", bytes / 1e6);
        let hour = 3_600.0;
        let said = Arguments::NONE
            .text("memory", mb(self.memory_max as f64))
            .text("memory_slope", mb(self.memory.slope * hour))
            .text("memory_deviation", mb(self.memory.deviation))
            .text("disk_slope", mb(self.disk.slope * hour))
            .text("disk_deviation", mb(self.disk.deviation))
            .text("disk_each", format!("{:.0}", self.disk_each))
            .text("gap", grouped(self.result.longest_gap_ms))
            .text("p99", format!("{:.1}", self.result.latency_ms.p99));
        voice.say("bench-soak-report", &said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_takes_what_its_files_take() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bytes_on_disk(folder.path()), 0);
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/file"), vec![7; 100_000]).unwrap();
        let bytes = bytes_on_disk(folder.path());
        assert!((100_000..300_000).contains(&bytes), "{bytes}");
        assert_eq!(bytes_on_disk(Path::new("/there/is/nothing/here")), 0);
    }

    #[test]
    fn memory_leaves_out_the_time_in_which_caches_fill() {
        // It rises for a fifth of the time and is flat afterwards; disk rises all the time.
        let samples = (0..50_u64)
            .map(|number| Sample {
                second: number as f64 * 10.0,
                memory: 100 + 10 * number.min(10),
                disk: 1_000 * number,
                height: number,
            })
            .collect();
        let soak = Soak::of(1, None, RunResult::sample(), samples);
        assert!(soak.memory.slope.abs() < 1e-9 && soak.memory.deviation < 1e-9);
        assert_eq!(soak.memory_max, 200);
        assert!((soak.disk.slope - 100.0).abs() < 1e-9);
        assert!((soak.disk_each * RunResult::sample().arrived - 100.0).abs() < 1e-6);
    }
}
