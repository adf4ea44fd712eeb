//! Open-loop load: transactions are handed in when they are due, whether or not earlier ones are done.
//!
//! A closed loop waits for answers and so asks less of a system that is slow, which hides how slow it is. Here latency counts
//! from the moment a transaction was to be sent; whatever delays it, the load generator's own queue included, is in it.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use ledger_core::id::TransactionId;
use timebank_wallet::client::{BatchOutcome, Patience};

use super::mixes::Arrival;
use crate::network::Network;

/// Transactions due within this time are handed in together.
const TICK: Duration = Duration::from_millis(5);
/// Connections to each node.
const SENDERS_PER_NODE: usize = 48;
/// Batches that wait for a free connection to a node.
const QUEUED_MAX: usize = 4_096;
/// The most transactions of one request.
const TOGETHER_MAX: usize = 200;
/// How long a transaction may take to be final.
const FINALITY_MS_MAX: u64 = 30_000;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A node said that it is in a decided block.
    Final,
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
    /// From then until the answer.
    pub(super) latency: Duration,
    /// What became of it.
    pub(super) fate: Fate,
}

/// Sends everything at its time; what became of each, in the order of the answers.
///
/// # Errors
/// When the ledger refuses a transaction: then the measurement would be of something else.
pub(super) fn send(network: &Network, arrivals: &[Arrival]) -> Result<Vec<Sent>> {
    let nodes = network.len();
    let sent = Mutex::new(Vec::with_capacity(arrivals.len()));
    let failed: Mutex<Option<String>> = Mutex::new(None);
    thread::scope(|scope| {
        let mut queues = Vec::with_capacity(nodes);
        // Everybody is connected before the clock starts.
        let began = Instant::now() + Duration::from_millis(500);
        for node in 0..nodes {
            let (sender, receiver) = sync_channel::<&[Arrival]>(QUEUED_MAX);
            queues.push(sender);
            let receiver = std::sync::Arc::new(Mutex::new(receiver));
            for _ in 0..SENDERS_PER_NODE {
                let receiver = std::sync::Arc::clone(&receiver);
                let (sent, failed) = (&sent, &failed);
                scope.spawn(move || {
                    let done = serve(network, node, &receiver, began, sent);
                    if let Err(error) = done {
                        failed
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .get_or_insert(format!("{error:#}"));
                    }
                });
            }
        }
        dispatch(arrivals, &queues, began, &sent);
    });
    if let Some(reason) = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        bail!(reason);
    }
    Ok(sent
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Hands out what is due, tick by tick, to the nodes in turns.
fn dispatch<'a>(
    arrivals: &'a [Arrival],
    queues: &[SyncSender<&'a [Arrival]>],
    began: Instant,
    sent: &Mutex<Vec<Sent>>,
) {
    let mut rest = arrivals;
    let mut turn = 0;
    let mut tick = began;
    while !rest.is_empty() {
        thread::sleep(tick.saturating_duration_since(Instant::now()));
        let now = Instant::now().saturating_duration_since(began);
        let count = rest.partition_point(|arrival| arrival.due <= now);
        let (due, later) = rest.split_at(count);
        rest = later;
        for part in due.chunks(TOGETHER_MAX) {
            let queue = &queues[turn % queues.len()];
            turn += 1;
            if let Err(TrySendError::Full(part) | TrySendError::Disconnected(part)) =
                queue.try_send(part)
            {
                // As many wait as may: these were never taken.
                let latency = Duration::from_millis(FINALITY_MS_MAX);
                note(sent, part, |_| (latency, Fate::Late));
            }
        }
        tick += TICK;
    }
}

fn note(sent: &Mutex<Vec<Sent>>, part: &[Arrival], fate: impl Fn(usize) -> (Duration, Fate)) {
    let mut sent = sent
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for (index, arrival) in part.iter().enumerate() {
        let (latency, fate) = fate(index);
        sent.push(Sent {
            id: arrival.sealed.id(),
            due: arrival.due,
            latency,
            fate,
        });
    }
}

/// One connection: takes batches from the node's queue until the run is over.
fn serve(
    network: &Network,
    node: usize,
    receiver: &Mutex<Receiver<&[Arrival]>>,
    began: Instant,
    sent: &Mutex<Vec<Sent>>,
) -> Result<()> {
    let client = network.client(node);
    let patience = Patience::Final {
        timeout_ms: FINALITY_MS_MAX,
    };
    loop {
        let next = receiver
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .recv();
        let Ok(part) = next else {
            return Ok(());
        };
        let envelopes: Vec<_> = part.iter().map(|arrival| arrival.sealed.as_ref()).collect();
        let answered = client.submit_batch(&envelopes, patience);
        let now = Instant::now().saturating_duration_since(began);
        let latency = |index: usize| now.saturating_sub(part[index].due);
        let Ok(items) = answered else {
            note(sent, part, |index| (latency(index), Fate::Late));
            continue;
        };
        for (item, arrival) in items.iter().zip(part) {
            if let BatchOutcome::Refused(refusal) = item.outcome() {
                bail!(
                    "{} was refused: {} ({})",
                    arrival.sealed.id(),
                    refusal.code,
                    refusal.message_en
                );
            }
        }
        note(sent, part, |index| {
            let fate = match items[index].outcome() {
                BatchOutcome::Applied(_) => Fate::Final,
                BatchOutcome::NotTaken(_) => Fate::NotTaken,
                _ => Fate::Late,
            };
            (latency(index), fate)
        });
    }
}
