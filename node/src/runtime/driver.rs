//! The loop around the replica.
//!
//! What always holds: votes, proposals and whatever else others wait for come first; after a bounded run of them everything else
//! that is ready has one turn each: the end, transactions, timers, finished work and the API. No flood of a peer keeps any of
//! them waiting for longer than such a run.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::submissions::Tickets;
use super::timers::Timers;
use super::{RuntimeError, now_ms};
use crate::api::{Submissions, ToReplica};
use crate::network::drops::Drops;
use crate::network::{Events, NetworkCommand, NetworkEvent, ReplyChannel, RequestError};
use crate::replica::{
    BatchId, Committed, InboundRequestId, Replica, ReplicaEffect, ReplicaInput, RequestFailure,
    RequestId, SignatureBatch, Status, TimerKey,
};
use crate::storage::{BlockStore, StateStore, StorageError};

/// Peers' requests that wait for the replica's answer; a further one is refused.
pub const INBOUND_REQUESTS_MAX: usize = 256;
/// How old the status the API shows may get while something happens.
const STATUS_INTERVAL: Duration = Duration::from_millis(50);

/// After so many events in a row that come before everything else, everything else has a turn.
const URGENT_RUN_MAX: usize = 64;
/// So it has after events of so many bytes.
const URGENT_RUN_BYTES_MAX: usize = 1024 * 1024;
/// So many bytes of transactions that are here already are looked at before one that a block lacks is asked for.
const ARRIVED_BYTES_MAX: usize = 256 * 1024;
/// A shorter group of transactions counts as one of so many bytes.
const ARRIVED_GROUP_BYTES_MIN: usize = 4 * 1024;

/// A batch of so few signatures is verified by the loop itself while nothing waits for it: another thread's way there and back
/// would take as long.
const INLINE_SIGNATURES_MAX: usize = 2;

/// What the loop reads from and writes to.
pub(super) struct Channels {
    pub(super) commands: mpsc::Sender<NetworkCommand>,
    pub(super) events: Events,
    pub(super) submissions: mpsc::Receiver<ToReplica>,
    pub(super) status: watch::Sender<Arc<Status>>,
}

/// The replica with everything that carries out its effects.
pub(super) struct Driver {
    channels: Channels,
    replica: Replica,
    blocks: Arc<dyn BlockStore>,
    state: Arc<StateStore>,
    fates: Arc<Submissions>,
    work: JoinSet<Done>,
    /// Small batches, verified when the input that brought them is done. As many as the replica has out.
    small: Vec<SignatureBatch>,
    flush: Flush,
    timers: Timers,
    tickets: Tickets,
    inbound: BTreeMap<InboundRequestId, ReplyChannel>,
    next_inbound: u64,
    /// Peers' requests beyond [`INBOUND_REQUESTS_MAX`].
    refused: Drops,
    status_shown: Instant,
    /// How many events came before everything else without a break.
    urgent_run: usize,
    /// How many bytes they brought.
    urgent_run_bytes: usize,
    /// What has its turn before the next run of such events.
    turns: &'static [Turn],
    /// How many bytes of transactions were looked at since the timer for missing ones was set.
    arrived_bytes: usize,
}

/// What has a turn after a full run of events that come before it.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Transactions,
    Time,
    Work,
    Api,
}

const TURNS: &[Turn] = &[Turn::Transactions, Turn::Time, Turn::Work, Turn::Api];

/// Work on other threads that has ended. The replica has a bounded number of batches out; of flushes there is one.
#[derive(Debug)]
enum Done {
    /// A batch with the indices of its wrong signatures.
    Verified(BatchId, Vec<usize>),
    /// What was committed is durable in the state, or not; none when the thread was lost.
    Flushed(Option<Result<(), StorageError>>),
}

/// Whether the state is being made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flush {
    Idle,
    UnderWay,
    /// Once more after the one under way.
    WantedAgain,
}

/// What woke the loop.
#[derive(Debug)]
enum Woken {
    Stop,
    Network(NetworkEvent),
    Asked(ToReplica),
    Worked(Result<Done, JoinError>),
    TimeIsUp,
}

impl Driver {
    pub(super) fn new(channels: Channels, replica: Replica, fates: Arc<Submissions>) -> Driver {
        Driver {
            blocks: replica.blocks(),
            state: replica.state(),
            channels,
            replica,
            fates,
            work: JoinSet::new(),
            small: Vec::new(),
            flush: Flush::Idle,
            timers: Timers::default(),
            tickets: Tickets::default(),
            inbound: BTreeMap::new(),
            next_inbound: 0,
            refused: Drops::default(),
            status_shown: Instant::now(),
            urgent_run: 0,
            urgent_run_bytes: 0,
            turns: &[],
            arrived_bytes: 0,
        }
    }

    /// Starts the replica and serves it until `stop` is ready or something cannot go on.
    pub(super) async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<(), RuntimeError> {
        let mut stop = pin!(stop);
        self.give(ReplicaInput::Start).await?;
        loop {
            self.tell_of_refusals();
            let input = match self.wait(stop.as_mut()).await? {
                Woken::Stop => return self.give(ReplicaInput::Stop).await,
                Woken::Network(event) => self.network_input(event),
                Woken::Asked(ToReplica::Submit(request)) => {
                    let submissions =
                        self.tickets
                            .open(request.client, request.envelopes, request.answers);
                    Some(ReplicaInput::Submit(submissions))
                }
                Woken::Asked(ToReplica::Withdraw(id)) => Some(ReplicaInput::Withdraw(id)),
                Woken::Worked(done) => self.worked(done)?,
                Woken::TimeIsUp => self.time_is_up(),
            };
            if let Some(input) = input {
                self.give(input).await?;
            }
            while let Some(batch) = self.small.pop() {
                let wrong = batch.find_wrong();
                let batch = batch.id;
                self.give(ReplicaInput::SignaturesVerified { batch, wrong })
                    .await?;
            }
        }
    }

    /// What ran out. Envelopes that a block lacks may be here already, behind the block: some are looked at before anybody is
    /// asked for them, one group at a time, and the timer has run out until then.
    fn time_is_up(&mut self) -> Option<ReplicaInput> {
        let now = Instant::now();
        if self.timers.due(now)? == TimerKey::FetchBodies {
            if self.arrived_bytes < ARRIVED_BYTES_MAX
                && let Some(event) = self.channels.events.try_recv_transactions()
            {
                self.arrived_bytes += event.length().max(ARRIVED_GROUP_BYTES_MIN);
                // Behind whatever else has run out by now.
                self.timers.set(TimerKey::FetchBodies, 0, now);
                return self.network_input(event);
            }
            self.arrived_bytes = 0;
        }
        self.timers.take_due(now).map(ReplicaInput::Timer)
    }

    /// What is next: votes, proposals and whatever else comes from peers before transactions and everything else, as others
    /// wait for what this node says to them.
    async fn wait(
        &mut self,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Woken, RuntimeError> {
        if self.urgent_run >= URGENT_RUN_MAX || self.urgent_run_bytes >= URGENT_RUN_BYTES_MAX {
            self.end_run();
            self.turns = TURNS;
            // The tasks of this thread have a turn as well.
            tokio::select! {
                biased;
                () = stop.as_mut() => return Ok(Woken::Stop),
                () = tokio::task::yield_now() => {}
            }
        }
        while let Some((turn, rest)) = self.turns.split_first() {
            self.turns = rest;
            if let Some(woken) = self.take_turn(*turn) {
                return Ok(woken);
            }
        }
        if let Some(event) = self.channels.events.try_recv_urgent() {
            self.urgent_run += 1;
            self.urgent_run_bytes += event.length();
            return Ok(Woken::Network(event));
        }
        self.end_run();
        self.wait_for_any(stop).await
    }

    fn end_run(&mut self) {
        self.urgent_run = 0;
        self.urgent_run_bytes = 0;
    }

    /// What is ready of the kind that has its turn.
    fn take_turn(&mut self, turn: Turn) -> Option<Woken> {
        match turn {
            Turn::Transactions => self
                .channels
                .events
                .try_recv_transactions()
                .map(Woken::Network),
            Turn::Time => self.timers.due(Instant::now()).map(|_| Woken::TimeIsUp),
            Turn::Work => self.work.try_join_next().map(Woken::Worked),
            Turn::Api if self.tickets.has_room() => {
                self.channels.submissions.try_recv().ok().map(Woken::Asked)
            }
            Turn::Api => None,
        }
    }

    async fn wait_for_any(
        &mut self,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Woken, RuntimeError> {
        let due = self.timers.next();
        let time_is_up = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        let ended = |part| RuntimeError::PartEnded { part };
        let channels = &mut self.channels;
        tokio::select! {
            () = stop => Ok(Woken::Stop),
            event = channels.events.recv() => {
                event.map(Woken::Network).ok_or(ended("network"))
            }
            request = channels.submissions.recv(), if self.tickets.has_room() => {
                request.map(Woken::Asked).ok_or(ended("API"))
            }
            Some(done) = self.work.join_next() => Ok(Woken::Worked(done)),
            () = time_is_up => Ok(Woken::TimeIsUp),
        }
    }

    fn network_input(&mut self, event: NetworkEvent) -> Option<ReplicaInput> {
        Some(match event {
            NetworkEvent::Message { from, topic, data } => ReplicaInput::Message {
                from,
                topic,
                bytes: data,
            },
            NetworkEvent::Request {
                from,
                channel,
                data,
            } => {
                let id = self.keep_channel(channel)?;
                ReplicaInput::Request {
                    from,
                    id,
                    bytes: data,
                }
            }
            NetworkEvent::Response {
                request_id,
                result,
                took,
            } => ReplicaInput::Response {
                id: RequestId(request_id),
                took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                outcome: result.map_err(|error| match error {
                    RequestError::Timeout => RequestFailure::Timeout,
                    RequestError::NotConnected
                    | RequestError::TooLong { .. }
                    | RequestError::TooMany
                    | RequestError::Broken => RequestFailure::Unreachable,
                }),
            },
            NetworkEvent::PeerConnected(peer) => ReplicaInput::PeerConnected(peer),
            NetworkEvent::PeerDisconnected(peer) => ReplicaInput::PeerDisconnected(peer),
        })
    }

    /// Keeps where an answer goes; none when too many are kept, and then the peer's request fails.
    fn keep_channel(&mut self, channel: ReplyChannel) -> Option<InboundRequestId> {
        if self.inbound.len() >= INBOUND_REQUESTS_MAX {
            self.inbound.retain(|_, channel| channel.is_open());
        }
        if self.inbound.len() >= INBOUND_REQUESTS_MAX {
            self.refused.count(1);
            return None;
        }
        let id = InboundRequestId(self.next_inbound);
        self.next_inbound += 1;
        self.inbound.insert(id, channel);
        Some(id)
    }

    fn tell_of_refusals(&mut self) {
        if let Some(requests) = self.refused.take_due(Instant::now) {
            tracing::warn!(
                requests,
                most = INBOUND_REQUESTS_MAX,
                "requests of peers were refused: too many wait for an answer"
            );
        }
    }

    /// Gives the replica an input and carries out what it asks for.
    async fn give(&mut self, input: ReplicaInput) -> Result<(), RuntimeError> {
        let mut committed = false;
        let mut step = Some(self.replica.begin(input, now_ms()));
        while let Some(effects) = step {
            for effect in effects {
                committed |= matches!(effect, ReplicaEffect::Committed(_));
                self.carry_out(effect).await?;
            }
            step = self.replica.go_on();
        }
        let now = Instant::now();
        if committed || now.duration_since(self.status_shown) >= STATUS_INTERVAL {
            self.status_shown = now;
            self.channels
                .status
                .send_replace(Arc::new(self.replica.status()));
        }
        Ok(())
    }

    async fn carry_out(&mut self, effect: ReplicaEffect) -> Result<(), RuntimeError> {
        match effect {
            ReplicaEffect::Publish { topic, bytes } => {
                self.command(NetworkCommand::Publish { topic, data: bytes })
                    .await?;
            }
            ReplicaEffect::Send { peer, topic, bytes } => {
                self.command(NetworkCommand::Send {
                    peer,
                    topic,
                    data: bytes,
                })
                .await?;
            }
            ReplicaEffect::SendRequest { peer, id, bytes } => {
                self.command(NetworkCommand::SendRequest {
                    peer,
                    request_id: id.0,
                    data: bytes,
                })
                .await?;
            }
            ReplicaEffect::Respond { id, bytes } => {
                // A channel that is dropped tells the peer that there is no answer.
                if let (Some(channel), Some(data)) = (self.inbound.remove(&id), bytes) {
                    self.command(NetworkCommand::Respond { channel, data })
                        .await?;
                }
            }
            ReplicaEffect::SetTimer { key, after_ms } => {
                if key == TimerKey::FetchBodies {
                    self.arrived_bytes = 0;
                }
                self.timers.set(key, after_ms, Instant::now());
            }
            ReplicaEffect::CancelTimer(key) => self.timers.cancel(key),
            ReplicaEffect::VerifySignatures(batch) => self.verify(batch),
            ReplicaEffect::FlushState => self.flush_state(),
            ReplicaEffect::SubmitAnswer { ticket, answer } => {
                if let (Ok(_), Some(id)) = (&answer, self.tickets.transaction(ticket)) {
                    self.fates.accepted(id);
                }
                self.tickets.answer(ticket, answer);
            }
            ReplicaEffect::Dropped { id, reason } => self.fates.dropped(id, reason),
            ReplicaEffect::Committed(committed) => self.note_commit(&committed),
            ReplicaEffect::SetAllowedPeers(peers) => {
                let peers = peers.into_iter().collect();
                self.command(NetworkCommand::SetAllowedPeers(peers)).await?;
            }
            ReplicaEffect::Penalise { peer, reason } => {
                tracing::warn!(%peer, reason, "a peer misbehaved");
                self.command(NetworkCommand::Penalise(peer)).await?;
            }
            ReplicaEffect::Alarm(alarm) => tracing::error!(%alarm, "the operator must know"),
            ReplicaEffect::Halt(fault) => {
                tracing::error!(%fault, "the node stops itself");
                return Err(fault.into());
            }
        }
        Ok(())
    }

    fn note_commit(&mut self, committed: &Committed) {
        let header = &committed.block.header;
        tracing::info!(
            height = header.height.0,
            transactions = committed.block.transactions.len(),
            "block committed"
        );
        self.fates.committed(header.height, &committed.receipts);
    }

    fn verify(&mut self, batch: SignatureBatch) {
        let idle = self.channels.events.is_empty() && self.channels.submissions.is_empty();
        if idle && batch.tasks.len() <= INLINE_SIGNATURES_MAX {
            self.small.push(batch);
            return;
        }
        self.work.spawn_blocking(move || {
            let wrong = batch.find_wrong();
            Done::Verified(batch.id, wrong)
        });
    }

    fn flush_state(&mut self) {
        if self.flush != Flush::Idle {
            self.flush = Flush::WantedAgain;
            return;
        }
        let (done, flushed) = oneshot::channel();
        let begun = self
            .state
            .flush_aside(Arc::clone(&self.blocks), move |outcome| {
                // Nobody listens any more when the node has stopped meanwhile.
                drop(done.send(outcome));
            });
        if let Err(error) = begun {
            tracing::warn!(%error, "no thread to make the state durable; it waits until there is more of it");
            return;
        }
        self.flush = Flush::UnderWay;
        self.work
            .spawn(async move { Done::Flushed(flushed.await.ok()) });
    }

    fn worked(
        &mut self,
        done: Result<Done, JoinError>,
    ) -> Result<Option<ReplicaInput>, RuntimeError> {
        let part = "worker";
        match done.map_err(|_| RuntimeError::PartEnded { part })? {
            Done::Verified(batch, wrong) => {
                Ok(Some(ReplicaInput::SignaturesVerified { batch, wrong }))
            }
            Done::Flushed(flushed) => {
                flushed.ok_or(RuntimeError::PartEnded { part })??;
                let again = self.flush == Flush::WantedAgain;
                self.flush = Flush::Idle;
                if again {
                    self.flush_state();
                }
                Ok(None)
            }
        }
    }

    async fn command(&self, command: NetworkCommand) -> Result<(), RuntimeError> {
        let sent = self.channels.commands.send(command).await;
        sent.map_err(|_| RuntimeError::PartEnded { part: "network" })
    }
}

#[cfg(test)]
mod tests;
