//! How much memory the nodes' processes use at most, as the system accounts for it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks. The system remembers each process's peak; the last look before its end counts.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// The most memory a node may use in a trial.
pub(super) const NODE_MEMORY_BYTES_MAX: u64 = 768 * 1024 * 1024;

#[derive(Debug, Default)]
struct Watched {
    /// The process of each node.
    processes: BTreeMap<usize, u32>,
    /// The most each node has used in any of its lives, in bytes.
    peaks: BTreeMap<usize, u64>,
}

impl Watched {
    fn look(&mut self) {
        for (node, process) in &self.processes {
            if let Some(peak) = peak_bytes(*process) {
                let highest = self.peaks.entry(*node).or_default();
                *highest = peak.max(*highest);
            }
        }
    }
}

/// Watches processes from a thread of its own.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    watched: Arc<Mutex<Watched>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MemoryWatch {
    /// Begins to watch; nobody yet.
    pub(super) fn begin() -> MemoryWatch {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (of_thread, stopped) = (Arc::clone(&watched), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                lock(&of_thread).look();
                std::thread::sleep(LOOK_INTERVAL);
            }
        });
        MemoryWatch {
            watched,
            stop,
            thread: Some(thread),
        }
    }

    /// The node's process is now `process`.
    pub(super) fn follow(&self, node: usize, process: u32) {
        lock(&self.watched).processes.insert(node, process);
    }

    /// The node's process is about to end.
    pub(super) fn leave(&self, node: usize) {
        let mut watched = lock(&self.watched);
        watched.look();
        watched.processes.remove(&node);
    }

    /// The most each node has used, in bytes.
    pub(super) fn peaks(&self) -> BTreeMap<usize, u64> {
        let mut watched = lock(&self.watched);
        watched.look();
        watched.peaks.clone()
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It can only have ended well: nothing in it panics.
            let _ = thread.join();
        }
    }
}

fn lock(watched: &Mutex<Watched>) -> std::sync::MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most memory a process has had resident, in bytes; none when there is no such process.
fn peak_bytes(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    peak_in(&text)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_as_the_system_writes_it() {
        assert_eq!(
            peak_in("Name:\tx\nVmHWM:\t  12345 kB\nVmRSS:\t 7 kB\n"),
            Some(12_345 * 1024)
        );
        assert_eq!(peak_in("Name:\tx\n"), None);
        assert!(peak_bytes(std::process::id()).unwrap() > 100_000);
    }

    #[test]
    fn a_process_that_has_ended_keeps_its_peak() {
        let watch = MemoryWatch::begin();
        watch.follow(3, std::process::id());
        watch.leave(3);
        assert!(watch.peaks()[&3] > 100_000);
    }
}
