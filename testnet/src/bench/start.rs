//! How long a node takes from its start until it answers and until it serves, and how much memory it has then: after it was
//! asked to stop, and after SIGKILL in the middle of load.
//!
//! A node that was killed executes again the blocks whose state was not durable. The kill comes [`BEFORE_KILL`] after the load
//! began, when there was nothing yet to be made durable: no later than the longest time for which state may wait. A flush that
//! came meanwhile, as the first one after a start does on most validators, leaves less; of how many blocks the state was not
//! durable is told with the start.

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ledger_core::message::Arguments;
use serde::{Deserialize, Serialize};

use super::arrivals::{self, Fate, Sending};
use super::measure::{Bench, POLL_INTERVAL, START_TIMEOUT};
use super::mixes::{Mix, Stream};
use super::{quiet, usage};
use crate::network::{Network, NodeClient};
use crate::say::{Voice, grouped};

/// For how long the load runs before the node is killed: nearly as long as state may wait to be made durable.
const BEFORE_KILL: Duration = Duration::from_secs(28);
/// For how long it goes on after that, and longer if the node does not serve yet.
const AFTER_KILL: Duration = Duration::from_secs(30);
/// How much of the load is made at a time, when it goes on longer.
const SLICE: Duration = Duration::from_secs(2);

/// How the node ended before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ending {
    /// It was asked to stop.
    Stop,
    /// SIGKILL while the network was under load, which goes on while it starts.
    Kill,
}

/// A start.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// How the node ended before.
    pub(super) after: Ending,
    /// Until it answered whether it serves, in milliseconds.
    pub(super) answers_ms: u64,
    /// Until it served: connected to a quorum and within two blocks of the others, in milliseconds.
    pub(super) serves_ms: u64,
    /// Its memory at that moment, in bytes.
    pub(super) resident_bytes: u64,
    /// Of how many committed blocks the state waited in its memory when it ended; none when that was not noted.
    #[serde(default)]
    pub(super) waiting_blocks: Option<u64>,
}

/// Stops a node and starts it, then kills it under `rate` gifts a second and starts it while they go on.
///
/// # Errors
/// When a node fails, or takes longer to start than any may; when the load was none, or the ledger refused some of it.
pub(super) fn measure(bench: &mut Bench, rate: u32, voice: &mut Voice) -> Result<Vec<Start>> {
    let node = bench.network.len() - 1;
    bench.settle_durably()?;
    bench.network.stop(node)?;
    let stopped = begin(&mut bench.network, node, Ending::Stop)?;
    tell(stopped, voice);
    bench.settle_durably()?;
    let now_ms = bench.driver.refresh_time(0)?;
    let doors = bench.network.doors().without(node);
    let (network, people) = (&mut bench.network, &mut bench.people);
    let mut stream = Stream::new(people, Mix::Gifts, rate, now_ms);
    let mut until = BEFORE_KILL + AFTER_KILL;
    let first = stream.until(people, until)?;
    let over = AtomicBool::new(false);
    let further = iter::from_fn(|| {
        until += SLICE;
        // The pairs never run out of gifts.
        let is_over = over.load(Ordering::Relaxed);
        (!is_over).then(|| stream.until(people, until).unwrap_or_default())
    });
    let (killed, sending) = thread::scope(|scope| {
        let killing = scope.spawn(|| {
            thread::sleep(BEFORE_KILL);
            let killed = kill(network, node);
            over.store(true, Ordering::Relaxed);
            killed
        });
        let sending = arrivals::send(&doors, iter::once(first).chain(further));
        let killed = killing.join().expect("whoever kills does not panic");
        (killed, sending)
    });
    let (killed, sending) = (killed?, sending?);
    check_load(&sending)?;
    tell(killed, voice);
    bench.settle()?;
    Ok(vec![stopped, killed])
}

/// Kills the node and starts it.
fn kill(network: &mut Network, node: usize) -> Result<Start> {
    let waiting_blocks = Some(quiet::waiting_blocks(network, node)?);
    network.kill(node)?;
    Ok(Start {
        waiting_blocks,
        ..begin(network, node, Ending::Kill)?
    })
}

/// Whether there was load at all, none of it refused: else the start was another than it says.
fn check_load(sending: &Sending) -> Result<()> {
    if let Some(reason) = &sending.refusal {
        bail!("a gift was refused while a node started: {reason}");
    }
    if !sending.sent.iter().any(|sent| sent.fate == Fate::Final) {
        bail!("nothing became final while a node started");
    }
    Ok(())
}

fn begin(network: &mut Network, node: usize, after: Ending) -> Result<Start> {
    let client = network.doors().client(node);
    let began = Instant::now();
    network.start(node)?;
    let answers = wait(network, node, began, || client.is_ready().is_ok())?;
    let serves = wait(network, node, began, || is_ready(&client))?;
    let used = usage::of_all(network)?;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Ok(Start {
        after,
        answers_ms: millis(answers),
        serves_ms: millis(serves),
        resident_bytes: used.get(node).map_or(0, |used| used.resident_bytes),
        waiting_blocks: None,
    })
}

fn is_ready(client: &NodeClient) -> bool {
    client.is_ready().unwrap_or(false)
}

/// Waits until `done`; how long that was after `began`.
fn wait(
    network: &mut Network,
    node: usize,
    began: Instant,
    done: impl Fn() -> bool,
) -> Result<Duration> {
    while !done() {
        network.check_alive(node)?;
        if began.elapsed() > START_TIMEOUT {
            bail!(
                "node {} does not serve after {} s; the end of its log:\n{}",
                node + 1,
                START_TIMEOUT.as_secs(),
                network.log_tail(node)
            );
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(began.elapsed())
}

fn tell(start: Start, voice: &Voice) {
    let id = match start.after {
        Ending::Stop => "bench-start-stop",
        Ending::Kill => "bench-start-kill",
    };
    let said = Arguments::NONE
        .text("answers", grouped(start.answers_ms))
        .text("serves", grouped(start.serves_ms))
        .text("memory", start.resident_bytes / 1_000_000)
        .text("waiting", grouped(start.waiting_blocks.unwrap_or(0)));
    voice.step(id, &said);
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::{Domain, hash};
    use ledger_core::id::TransactionId;

    use super::*;
    use crate::bench::arrivals::Sent;

    #[test]
    fn load_that_did_nothing_or_was_refused_is_no_load() {
        let sending = |fate, refusal: Option<&str>| Sending {
            sent: vec![Sent {
                id: TransactionId(hash(Domain::Identity, &[b"one"])),
                due: Duration::ZERO,
                held: Duration::ZERO,
                latency: Duration::ZERO,
                fate,
            }],
            refusal: refusal.map(ToOwned::to_owned),
            ..Sending::default()
        };
        assert!(check_load(&sending(Fate::Final, None)).is_ok());
        assert!(check_load(&sending(Fate::Late, None)).is_err());
        assert!(check_load(&sending(Fate::Final, Some("no"))).is_err());
        assert!(check_load(&Sending::default()).is_err());
    }
}
