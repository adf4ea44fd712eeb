//! How long a node takes from its start until it answers and until it serves, and how much memory it has then: after it was
//! asked to stop, and after SIGKILL in the middle of load.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ledger_core::message::Arguments;
use serde::{Deserialize, Serialize};

use super::arrivals;
use super::measure::{Bench, POLL_INTERVAL, START_TIMEOUT};
use super::mixes::{Mix, Stream};
use super::usage;
use crate::network::NodeClient;
use crate::say::{Voice, grouped};

/// For how long the load runs before the node is killed.
const BEFORE_KILL: Duration = Duration::from_secs(10);
/// For how long it goes on at least.
const LOAD: Duration = Duration::from_secs(40);

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
}

/// Stops a node and starts it, then kills it under `rate` gifts a second and starts it.
///
/// # Errors
/// When a node fails, or takes longer to start than any may.
pub(super) fn measure(bench: &mut Bench, rate: u32, voice: &mut Voice) -> Result<Vec<Start>> {
    let node = bench.network.len() - 1;
    bench.settle()?;
    bench.network.stop(node)?;
    let stopped = begin(bench, node, Ending::Stop)?;
    tell(stopped, voice);
    bench.settle()?;
    let now_ms = bench.driver.refresh_time(0)?;
    let mut stream = Stream::new(&mut bench.people, Mix::Gifts, rate, now_ms);
    let arrivals = stream.until(&mut bench.people, LOAD)?;
    let doors = bench.network.doors().without(node);
    let killed = thread::scope(|scope| {
        let load = scope.spawn(move || arrivals::send(&doors, [arrivals]));
        thread::sleep(BEFORE_KILL);
        let killed = bench
            .network
            .kill(node)
            .and_then(|()| begin(bench, node, Ending::Kill));
        load.join().expect("a sender does not panic")?;
        killed
    })?;
    tell(killed, voice);
    bench.settle()?;
    Ok(vec![stopped, killed])
}

fn begin(bench: &mut Bench, node: usize, after: Ending) -> Result<Start> {
    let client = bench.network.doors().client(node);
    let began = Instant::now();
    bench.network.start(node)?;
    let answers = wait(bench, node, began, || client.is_ready().is_ok())?;
    let serves = wait(bench, node, began, || is_ready(&client))?;
    let used = usage::of_all(&bench.network)?;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Ok(Start {
        after,
        answers_ms: millis(answers),
        serves_ms: millis(serves),
        resident_bytes: used.get(node).map_or(0, |used| used.resident_bytes),
    })
}

fn is_ready(client: &NodeClient) -> bool {
    client.is_ready().unwrap_or(false)
}

/// Waits until `done`; how long that was after `began`.
fn wait(
    bench: &mut Bench,
    node: usize,
    began: Instant,
    done: impl Fn() -> bool,
) -> Result<Duration> {
    while !done() {
        bench.network.check_alive(node)?;
        if began.elapsed() > START_TIMEOUT {
            bail!(
                "node {} does not serve after {} s; the end of its log:\n{}",
                node + 1,
                START_TIMEOUT.as_secs(),
                bench.network.log_tail(node)
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
        .text("memory", start.resident_bytes / 1_000_000);
    voice.step(id, &said);
}
