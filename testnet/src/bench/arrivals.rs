//! Open-loop load: transactions are handed in when they are due, whether or not earlier ones are done.
//!
//! A closed loop waits for answers and so asks less of a system that is slow, which hides how slow it is. Here latency counts
//! from the moment a transaction was to be sent; whatever delays it, the load generator's own queue included, is in it, and that
//! part is told apart as [`Sent::held`]. What always holds: a connection that becomes free takes everything that waits for its
//! node, up to [`TOGETHER_MAX`], so that slow answers make batches larger and not arrivals fewer.

use std::collections::VecDeque;
use std::sync::{Barrier, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use ledger_core::id::TransactionId;
use timebank_wallet::client::{BatchOutcome, Patience};

use super::mixes::Arrival;
use super::usage;
use crate::driver::FINALITY_MS_MAX;
use crate::network::{Doors, NodeClient};

/// What is due within this time goes to one node, and the next to the next.
const TICK: Duration = Duration::from_millis(2);
/// Connections to each node.
const SENDERS_PER_NODE: usize = 48;
/// Transactions that wait for a free connection to a node at most; more are given up.
const QUEUED_MAX: usize = 200_000;
/// The most transactions of one request.
const TOGETHER_MAX: usize = 200;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A node said that it is in a decided block.
    Final,
    /// The ledger refused it: of an order, when what it rests on came too late.
    Refused,
    /// The node had no room for it.
    NotTaken,
    /// Not final in time, or the node did not answer.
    Late,
}

/// A transaction that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Its id.
    pub(super) id: TransactionId,
    /// When it was due, from the beginning of the run.
    pub(super) due: Duration,
    /// From then until a connection took it: the load generator's own delay.
    pub(super) held: Duration,
    /// From when it was due until the answer.
    pub(super) latency: Duration,
    /// What became of it.
    pub(super) fate: Fate,
}

/// What became of everything.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// Each transaction, in no order.
    pub(super) sent: Vec<Sent>,
    /// Why the ledger refused the first that it refused.
    pub(super) refusal: Option<String>,
    /// This process's processor time from when the clock started until everything was answered.
    pub(super) processor: Duration,
}

/// Transactions that wait for a connection to one node.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    arrivals: VecDeque<Arrival>,
    /// Nothing more arrives.
    over: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `due` behind what waits; gives back what there is no room for.
    fn put(&self, mut due: Vec<Arrival>) -> Vec<Arrival> {
        let mut waiting = self.lock();
        let room = QUEUED_MAX.saturating_sub(waiting.arrivals.len());
        let left = due.split_off(room.min(due.len()));
        waiting.arrivals.extend(due);
        self.changed.notify_one();
        left
    }

    fn close(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// What waits, at most [`TOGETHER_MAX`]; waits for something. None once nothing more comes.
    fn take(&self) -> Option<Vec<Arrival>> {
        let mut waiting = self.lock();
        loop {
            if !waiting.arrivals.is_empty() {
                let count = waiting.arrivals.len().min(TOGETHER_MAX);
                let taken = waiting.arrivals.drain(..count).collect();
                if !waiting.arrivals.is_empty() {
                    self.changed.notify_one();
                }
                return Some(taken);
            }
            if waiting.over {
                return None;
            }
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Sends everything of `parts` at its time. Each part holds what is due after the part before it, in order, and is asked for
/// when the one before is sent.
///
/// # Errors
/// When a node does not answer before the clock starts.
pub(super) fn send(
    doors: &Doors,
    parts: impl IntoIterator<Item = Vec<Arrival>>,
) -> Result<Sending> {
    let nodes = doors.len();
    let queues: Vec<Queue> = (0..nodes).map(|_| Queue::default()).collect();
    // Everybody is connected before the clock starts.
    let connected = Barrier::new(nodes * SENDERS_PER_NODE + 1);
    let clock: OnceLock<Instant> = OnceLock::new();
    thread::scope(|scope| {
        let mut senders = Vec::with_capacity(nodes * SENDERS_PER_NODE);
        for (node, queue) in queues.iter().enumerate() {
            for _ in 0..SENDERS_PER_NODE {
                let (connected, clock) = (&connected, &clock);
                senders.push(scope.spawn(move || {
                    let client = doors.client(node);
                    let answered = client.is_ready();
                    connected.wait();
                    // Once more, when the clock was started.
                    connected.wait();
                    answered.map_err(|error| anyhow!("node {}: {error}", node + 1))?;
                    let began = *clock.get().expect("it was started before the second wait");
                    Ok(serve(&client, queue, began))
                }));
            }
        }
        connected.wait();
        let processor = usage::of_this_process().map(|used| used.processor);
        let began = *clock.get_or_init(Instant::now);
        connected.wait();
        let mut all = Sending::default();
        let given_up = dispatch(parts, &queues, began);
        let latency = Duration::from_millis(FINALITY_MS_MAX);
        note(&mut all.sent, &given_up, |_| Seen {
            held: latency,
            latency,
            fate: Fate::Late,
        });
        for sender in senders {
            let part: Result<Sending> = sender.join().expect("a sender does not panic");
            let part = part?;
            all.sent.extend(part.sent);
            all.refusal = all.refusal.or(part.refusal);
        }
        all.processor = usage::of_this_process()?
            .processor
            .saturating_sub(processor?);
        Ok(all)
    })
}

/// Hands out what is due, tick by tick, to the nodes in turns; gives back what there was no room for.
fn dispatch(
    parts: impl IntoIterator<Item = Vec<Arrival>>,
    queues: &[Queue],
    began: Instant,
) -> Vec<Arrival> {
    let mut turn = 0;
    let mut tick = began;
    let mut given_up = Vec::new();
    for part in parts {
        let mut rest = VecDeque::from(part);
        while !rest.is_empty() {
            thread::sleep(tick.saturating_duration_since(Instant::now()));
            let now = Instant::now().saturating_duration_since(began);
            let count = rest.partition_point(|arrival| arrival.due <= now);
            if count > 0 {
                let due = rest.drain(..count).collect();
                given_up.extend(queues[turn % queues.len()].put(due));
                turn += 1;
            }
            tick += TICK;
        }
    }
    queues.iter().for_each(Queue::close);
    given_up
}

/// What was seen of one transaction.
struct Seen {
    held: Duration,
    latency: Duration,
    fate: Fate,
}

fn note(sent: &mut Vec<Sent>, part: &[Arrival], seen: impl Fn(usize) -> Seen) {
    sent.extend(part.iter().enumerate().map(|(index, arrival)| {
        let seen = seen(index);
        Sent {
            id: arrival.sealed.id(),
            due: arrival.due,
            held: seen.held,
            latency: seen.latency,
            fate: seen.fate,
        }
    }));
}

/// One connection: takes what waits for the node until the run is over.
fn serve(client: &NodeClient, queue: &Queue, began: Instant) -> Sending {
    let patience = Patience::Final {
        timeout_ms: FINALITY_MS_MAX,
    };
    let mut all = Sending::default();
    while let Some(part) = queue.take() {
        let taken = Instant::now().saturating_duration_since(began);
        let envelopes: Vec<_> = part.iter().map(|arrival| arrival.sealed.as_ref()).collect();
        let answered = client.submit_batch(&envelopes, patience);
        let now = Instant::now().saturating_duration_since(began);
        let refused = |(index, arrival): (usize, &Arrival)| {
            let BatchOutcome::Refused(refusal) = answered.as_ref().ok()?[index].outcome() else {
                return None;
            };
            let id = arrival.sealed.id();
            Some(format!("{id}: {} ({})", refusal.code, refusal.message_en))
        };
        if all.refusal.is_none() {
            all.refusal = part.iter().enumerate().find_map(refused);
        }
        note(&mut all.sent, &part, |index| Seen {
            held: taken.saturating_sub(part[index].due),
            latency: now.saturating_sub(part[index].due),
            fate: match answered.as_ref().map(|items| items[index].outcome()) {
                Ok(BatchOutcome::Applied(_)) => Fate::Final,
                Ok(BatchOutcome::Refused(_)) => Fate::Refused,
                Ok(BatchOutcome::NotTaken(_)) => Fate::NotTaken,
                Ok(BatchOutcome::Accepted) | Err(_) => Fate::Late,
            },
        });
    }
    all
}
