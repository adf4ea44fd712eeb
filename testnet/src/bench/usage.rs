//! What a node's process has used, as the system accounts for it: processor, disk, memory, and bytes between nodes.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::network::Network;

/// Ticks of a second in which Linux counts processor time for user space, on every machine it runs on.
const TICKS_A_SECOND: u64 = 100;

/// What a node's process has used since it was started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// Processor time, user and system.
    pub(super) processor: Duration,
    /// Bytes the process caused to be written to disk.
    pub(super) disk_bytes: u64,
    /// Memory at this moment, in bytes.
    pub(super) resident_bytes: u64,
    /// Bytes to and from other nodes, as TCP carried them; none when the system cannot say.
    pub(super) network_bytes: Option<u64>,
}

/// What each node of `network` has used.
///
/// # Errors
/// When a process is gone.
pub(super) fn of_all(network: &Network) -> Result<Vec<Usage>> {
    let sockets = sockets();
    (0..network.len())
        .map(|index| {
            let process = network
                .process_id(index)
                .with_context(|| format!("node {} is not running", index + 1))?;
            let clients = client_port(&network.url(index));
            let network_bytes = sockets.as_ref().map(|sockets| {
                let own = sockets.iter().filter(|socket| socket.process == process);
                // What clients ask is not what nodes tell each other.
                let peers = own.filter(|socket| Some(socket.local_port) != clients);
                peers.map(|socket| socket.bytes).sum()
            });
            Ok(Usage {
                network_bytes,
                ..of_process(process)?
            })
        })
        .collect()
}

/// What this process has used.
///
/// # Errors
/// When the system does not say.
pub(super) fn of_this_process() -> Result<Usage> {
    of_process(std::process::id())
}

fn client_port(url: &str) -> Option<u16> {
    url.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
}

fn of_process(process: u32) -> Result<Usage> {
    let read = |name: &str| {
        let path = format!("/proc/{process}/{name}");
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    Ok(Usage {
        processor: processor(&read("stat")?).context("an unknown form of stat")?,
        disk_bytes: field(&read("io")?, "write_bytes:").context("an unknown form of io")?,
        resident_bytes: field(&read("status")?, "VmRSS:").context("an unknown form of status")?
            * 1024,
        network_bytes: None,
    })
}

/// User and system time of `/proc/…/stat`: fields 14 and 15, after a name in brackets that may hold anything.
fn processor(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = ticks(11)?.checked_add(ticks(12)?)?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A TCP socket.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    process: u32,
    local_port: u16,
    /// Sent and received.
    bytes: u64,
}

/// Every TCP socket of this machine, as `ss` of iproute2 lists them; none when it is not there.
fn sockets() -> Option<Vec<Socket>> {
    let listed = Command::new("ss").args(["-tinpHO"]).output().ok()?;
    listed
        .status
        .success()
        .then(|| read_sockets(&String::from_utf8_lossy(&listed.stdout)))
}

fn read_sockets(text: &str) -> Vec<Socket> {
    text.lines().filter_map(read_socket).collect()
}

fn read_socket(line: &str) -> Option<Socket> {
    let local = line.split_whitespace().nth(3)?;
    let (_, local_port) = local.rsplit_once(':')?;
    let number = |name: &str| -> Option<u64> {
        let (_, rest) = line.split_once(name)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let process = number("pid=")?;
    Some(Socket {
        process: u32::try_from(process).ok()?,
        local_port: local_port.parse().ok()?,
        // A socket over which nothing has gone yet does not list them.
        bytes: number("bytes_sent:").unwrap_or(0) + number("bytes_received:").unwrap_or(0),
    })
}

/// What each node used between two looks, added up over the nodes and divided by their number; as memory, that of the node that
/// has most at the second.
pub(super) fn mean_between(before: &[Usage], after: &[Usage]) -> Usage {
    let count = u32::try_from(before.len().max(1)).unwrap_or(u32::MAX);
    let pairs = || before.iter().zip(after);
    let mean = |sum: u64| sum / u64::from(count);
    let network: Option<u64> = pairs()
        .map(|(before, after)| Some(after.network_bytes?.saturating_sub(before.network_bytes?)))
        .sum();
    Usage {
        processor: pairs()
            .map(|(before, after)| after.processor.saturating_sub(before.processor))
            .sum::<Duration>()
            / count,
        disk_bytes: mean(
            pairs()
                .map(|(before, after)| after.disk_bytes.saturating_sub(before.disk_bytes))
                .sum(),
        ),
        resident_bytes: after
            .iter()
            .map(|node| node.resident_bytes)
            .max()
            .unwrap_or(0),
        network_bytes: network.map(mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_brackets() {
        let stat = "12 (a) b) S 1 1 1 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 9 0 77 1 2 3";
        assert_eq!(processor(stat), Some(Duration::from_secs(2)));
        assert_eq!(processor("12 (a) S 1"), None);
    }

    #[test]
    fn sockets_are_read_with_their_process_and_bytes() {
        let text = "ESTAB 0 0 127.0.0.1:10240 127.0.0.1:5000 users:((\"node\",pid=77,fd=9)) cubic bytes_sent:100 \
                    bytes_acked:100 bytes_received:20 segs_out:2\n\
                    ESTAB 0 0 127.0.0.1:10241 127.0.0.1:5001 users:((\"node\",pid=78,fd=9)) cubic\n\
                    not a socket\n";
        let socket = |process, local_port, bytes| Socket {
            process,
            local_port,
            bytes,
        };
        assert_eq!(
            read_sockets(text),
            [socket(77, 10240, 120), socket(78, 10241, 0)]
        );
    }

    #[test]
    fn usage_is_that_of_a_mean_node_and_memory_that_of_the_greatest() {
        let usage = |seconds, disk_bytes, resident_bytes| Usage {
            processor: Duration::from_secs(seconds),
            disk_bytes,
            resident_bytes,
            network_bytes: None,
        };
        let before = [usage(1, 100, 900), usage(1, 100, 5), usage(1, 0, 5)];
        let after = [usage(2, 200, 10), usage(4, 200, 70), usage(6, 100, 20)];
        let mean = mean_between(&before, &after);
        assert_eq!(mean.processor, Duration::from_secs(3));
        assert_eq!((mean.disk_bytes, mean.resident_bytes), (100, 70));
    }

    #[test]
    fn this_process_uses_something() {
        let usage = of_this_process().unwrap();
        assert!(usage.resident_bytes > 100_000, "{usage:?}");
    }
}
