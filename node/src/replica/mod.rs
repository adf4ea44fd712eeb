//! The replica: everything a node does about transactions and blocks, as one function from inputs to effects.
//!
//! It holds the mempool, builds and checks proposals, commits what consensus decided, and fetches what the node missed.
//! What always holds: it opens no socket, reads no clock (time is an argument) and starts no thread, so the simulator
//! runs exactly this code; the same inputs at the same times give the same effects; its effects are carried out strictly
//! in order.
//!
//! Storage is written inside [`Replica::handle`], through the stores it is given: whatever an effect tells the world was
//! durable before the effect exists. So a crash may come between any two effects, or instead of all of them, and nothing
//! that was said is forgotten.
//!
//! | file | subject |
//! |---|---|
//! | `admission.rs` | the way of a transaction into the mempool |
//! | `upkeep.rs` | what happens to it there: tried again, sent again, kept out |
//! | `proposals.rs` | building blocks, and what is known of those of the height in progress |
//! | `gathering.rs` | gathering the bodies of proposed blocks, and serving them |
//! | `validation.rs` | the verdict on a proposed block |
//! | `commit.rs` | what a decision does |
//! | `pacing.rs` | when a height begins: at once, or when there is something to do |
//! | `driving.rs` | carrying out what the consensus host asks for |
//! | `sync.rs` | fetching and serving committed blocks |
//! | `recovery.rs` | the start |
//! | `reporting.rs` | evidence and status |
//! | `loads.rs` | how full everything is that is kept |
//! | `upgrade.rs` | stopping before a version of the rules this program does not know |

mod admission;
mod commit;
mod driving;
pub mod effect;
mod flushing;
mod gathering;
pub mod input;
mod loads;
pub mod mempool;
pub mod messages;
mod pacing;
mod proposals;
mod recovery;
mod reporting;
pub mod status;
mod sync;
mod upgrade;
mod upkeep;
mod validation;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ledger_core::certificate::CommitCertificate;
use ledger_core::genesis::Genesis;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Tip;
use ledger_core::record::chain::{RULES_VERSION, UpgradeRecord};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

pub use effect::{
    Alarm, Care, Committed, Fault, ReplicaEffect, SignatureBatch, SignatureTask, TimerKey,
};
pub use input::{
    Accepted, BatchId, ClientAddress, InboundRequestId, ReplicaInput, RequestFailure, RequestId,
    Source, Submission, SubmitError, Ticket,
};
pub use loads::Load;
pub use mempool::{BlockBounds, MempoolConfig};
pub use messages::Topic;
pub use status::{MempoolStatus, PeerStatus, Status};

use crate::consensus::{Host, HostEffect, HostInput, TimeoutConfig, TimeoutKey};
use crate::storage::{BlockStore, StateStore, Storage, StorageError};
use admission::Admission;
use flushing::Flushing;
use gathering::Gathering;
use mempool::{Mempool, VerifiedCache};
use messages::{Announcement, TransactionGroup};
use pacing::Phase;
use proposals::{LogEntry, Proposals};
use reporting::Sightings;
use sync::Sync;

/// How often a node announces its height.
pub const STATUS_INTERVAL_MS: u64 = 1_000;
/// How often own transactions that are still not committed are sent again.
pub const RESEND_INTERVAL_MS: u64 = 2_000;

/// What a replica is made of.
#[derive(Clone, Debug)]
pub struct ReplicaConfig {
    /// The consensus key. A node outside the validator set follows with it, and signs nothing but evidence.
    pub key: SecretKey,
    /// How long consensus waits for what.
    pub timeouts: TimeoutConfig,
    /// Bounds of the mempool.
    pub mempool: MempoolConfig,
    /// What this node puts into a block at most, in the first round of a height.
    pub proposal: BlockBounds,
    /// How far ahead of this node's clock a proposed block's time may lie.
    pub clock_ahead_ms_max: u64,
    /// How far behind this node's clock a proposed block's time may lie.
    pub clock_behind_ms_max: u64,
    /// A height begins no sooner than this after the one before began, unless another validator has begun it. Heights
    /// that follow each other without pause take all the processor time there is, the fewer transactions in each the more
    /// for every one, and leave none for what is done aside.
    pub height_interval_ms: u64,
    /// An empty block is wanted when the newest is older than this; none: never.
    pub heartbeat_ms: Option<u64>,
    /// The newest version of the rules this program knows. No setting of a node: simulations play an old and a new program
    /// with it.
    pub rules_version: u16,
}

impl ReplicaConfig {
    /// The defaults, with `key`.
    pub fn new(key: SecretKey) -> ReplicaConfig {
        ReplicaConfig {
            key,
            timeouts: TimeoutConfig::default(),
            mempool: MempoolConfig::default(),
            proposal: BlockBounds {
                transactions: 4_000,
                bytes: 4 * 1024 * 1024,
                listed: 1_000,
            },
            clock_ahead_ms_max: 5_000,
            clock_behind_ms_max: 30_000,
            height_interval_ms: 30,
            heartbeat_ms: None,
            rules_version: RULES_VERSION,
        }
    }
}

/// A connected peer.
#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    /// The height it last announced.
    height: Option<Height>,
    /// What was served to it since when.
    served: sync::Served,
}

/// What a step of the replica comes to: done, or the node must stop.
type Step<T = ()> = Result<T, Fault>;

/// A node's ledger, from inputs to effects.
pub struct Replica {
    config: ReplicaConfig,
    genesis: Genesis,
    address: ValidatorAddress,
    storage: Storage,
    host: Host,
    /// The newest block whose effects are in the state.
    tip: Tip,
    /// The validators of the block after it.
    validators: Arc<ValidatorSet>,
    mempool: Mempool,
    verified: VerifiedCache,
    admission: Admission,
    proposals: Proposals,
    gathering: Gathering,
    /// A decision whose block is not here yet.
    undelivered: Option<CommitCertificate>,
    phase: Phase,
    /// When consensus began to decide the newest height.
    height_began_ms: u64,
    /// When the first piece of automatic work falls due, after the block at this height.
    next_due: Cell<Option<(Height, Option<TimestampMs>)>>,
    /// Whether the host said that it does not vote at this height.
    observing: bool,
    /// Whether this call brought a reason to begin the awaited height.
    wake_check_wanted: bool,
    sync: Sync,
    peers: BTreeMap<PublicKey, Peer>,
    /// What peers were served that left a moment ago.
    departed: BTreeMap<PublicKey, sync::Served>,
    sightings: Sightings,
    last_commit_ms: Option<u64>,
    flushing: Flushing,
    /// The version of the rules to come that this program does not know, as far as the operator was warned.
    upgrade_ahead: Option<UpgradeRecord>,

    /// What the host is to be given, in order.
    host_inputs: VecDeque<HostInput>,
    /// What the host said and is still to be carried out.
    host_effects: VecDeque<HostEffect>,
    consensus_timers: BTreeSet<TimeoutKey>,
    next_request: u64,
    /// Transactions to be sent to the peers at the end of this call.
    outbox: Vec<Arc<SealedEnvelope>>,
    effects: Vec<ReplicaEffect>,
    /// Why transactions were dropped of which another envelope is still here: as many as there are such, at most.
    untold: BTreeMap<TransactionId, SubmitError>,
    now_ms: u64,
    running: Running,
}

/// Whether a replica takes inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    /// Not yet.
    No,
    /// It does.
    Yes,
    /// No more.
    Stopped,
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica")
            .field("address", &self.address)
            .field("tip", &self.tip)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

impl Replica {
    /// The blocks, for whoever reads.
    pub fn blocks(&self) -> Arc<dyn BlockStore> {
        Arc::clone(&self.storage.blocks)
    }

    /// The derived state, for whoever reads.
    pub fn state(&self) -> Arc<StateStore> {
        Arc::clone(&self.storage.state)
    }

    /// What consensus has logged about the height in progress, for whoever looks over this node's shoulder.
    ///
    /// # Errors
    /// When the disk fails or what it holds has become damaged.
    pub fn logged(&self) -> Result<Vec<Vec<u8>>, StorageError> {
        let entries = self.storage.wal.entries(self.tip.height.next())?;
        let of_consensus = |entry: Vec<u8>| match LogEntry::decode(&entry) {
            Some(LogEntry::Host(bytes)) => Some(bytes),
            Some(LogEntry::Block(_)) | None => None,
        };
        Ok(entries.into_iter().filter_map(of_consensus).collect())
    }

    /// Whether an envelope of this transaction is here, ready, waiting or under verification.
    pub fn holds(&self, id: &TransactionId) -> bool {
        self.mempool.contains_id(id) || self.admission.contains_id(id)
    }

    /// Takes one input at `now_ms`, milliseconds since 1970 by the node's clock. The effects are to be carried out in order.
    pub fn handle(&mut self, input: ReplicaInput, now_ms: u64) -> Vec<ReplicaEffect> {
        let mut effects = self.begin(input, now_ms);
        while let Some(further) = self.go_on() {
            effects.extend(further);
        }
        effects
    }

    /// As [`Self::handle`], but gives the effects so far before each slow part of the work, so that a vote need not wait
    /// for the sync of the next one, nor a client for the next block: carry them out, then [`Self::go_on`].
    ///
    /// # Panics
    /// When the input before is not done.
    pub fn begin(&mut self, input: ReplicaInput, now_ms: u64) -> Vec<ReplicaEffect> {
        assert!(
            !self.is_under_way(),
            "an input is done before the next one is taken"
        );
        self.now_ms = now_ms;
        let outcome = match self.running {
            Running::Yes => self.dispatch(input).and_then(|()| self.settle()),
            Running::No => match input {
                ReplicaInput::Start => {
                    self.running = Running::Yes;
                    self.start().and_then(|()| self.settle())
                }
                input => {
                    self.refuse(input);
                    Ok(())
                }
            },
            Running::Stopped => {
                self.refuse(input);
                Ok(())
            }
        };
        self.take_effects(outcome)
    }

    /// The next effects of the input that was begun; none when it is done.
    pub fn go_on(&mut self) -> Option<Vec<ReplicaEffect>> {
        if !self.is_under_way() {
            return None;
        }
        let outcome = self.settle();
        Some(self.take_effects(outcome))
    }

    fn is_under_way(&self) -> bool {
        !self.host_effects.is_empty() || !self.host_inputs.is_empty()
    }

    fn take_effects(&mut self, outcome: Step) -> Vec<ReplicaEffect> {
        let mut told = Vec::new();
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                // Another envelope of the transaction is here. Whoever submitted the good one must not be told that a poisoned
                // one was refused; but when the other one comes to nothing too, this was the end.
                ReplicaEffect::Dropped { id, reason } if self.holds(&id) => {
                    self.untold.insert(id, reason);
                }
                ReplicaEffect::Dropped { id, .. } => {
                    self.untold.remove(&id);
                    told.push(effect);
                }
                // Here and not where it is committed: what one input drops and then commits, as when blocks are fetched, has not
                // ended, and the news of both are in order only here.
                ReplicaEffect::Committed(committed) => {
                    for sealed in &committed.block.transactions {
                        self.untold.remove(&sealed.id());
                    }
                    told.push(ReplicaEffect::Committed(committed));
                }
                effect => told.push(effect),
            }
        }
        told.extend(self.tell_ends());
        if let Err(fault) = outcome {
            self.running = Running::Stopped;
            self.host_effects.clear();
            self.host_inputs.clear();
            told.push(ReplicaEffect::Halt(fault));
        }
        told
    }

    /// The ends of transactions whose last envelope has left without news of its own. Only verification lets one go like that:
    /// whatever leaves the mempool is dropped with its reason, committed, or judged anew.
    fn tell_ends(&mut self) -> Vec<ReplicaEffect> {
        let mut ends = Vec::new();
        for id in std::mem::take(&mut self.admission.left) {
            if !self.holds(&id)
                && let Some(reason) = self.untold.remove(&id)
            {
                ends.push(ReplicaEffect::Dropped { id, reason });
            }
        }
        ends
    }

    fn dispatch(&mut self, input: ReplicaInput) -> Step {
        match input {
            ReplicaInput::Start => Ok(()),
            ReplicaInput::Stop => self.stop(),
            ReplicaInput::Submit(submissions) => self.submit(submissions),
            ReplicaInput::Withdraw(id) => {
                self.withdraw(id);
                Ok(())
            }
            ReplicaInput::Message { from, topic, bytes } => self.receive(from, topic, &bytes),
            ReplicaInput::Request { from, id, bytes } => self.serve(from, id, &bytes),
            ReplicaInput::Response {
                id,
                outcome,
                took_ms,
            } => self.receive_response(id, outcome, took_ms),
            ReplicaInput::PeerConnected(peer) => {
                self.connect_peer(peer);
                self.announce();
                self.ask_anew();
                Ok(())
            }
            ReplicaInput::PeerDisconnected(peer) => {
                self.disconnect_peer(&peer);
                self.gathering.forget_peer(&peer);
                Ok(())
            }
            ReplicaInput::Timer(key) => self.timer_ran_out(key),
            ReplicaInput::SignaturesVerified { batch, wrong } => {
                self.signatures_verified(batch, &wrong)
            }
        }
    }

    fn timer_ran_out(&mut self, key: TimerKey) -> Step {
        match key {
            TimerKey::Consensus(key) => {
                if self.consensus_timers.remove(&key) {
                    self.feed(HostInput::TimeoutElapsed(key));
                }
                Ok(())
            }
            TimerKey::FlushState => {
                self.flush_on_time();
                Ok(())
            }
            TimerKey::Status => {
                self.announce();
                self.set_timer(TimerKey::Status, STATUS_INTERVAL_MS);
                Ok(())
            }
            TimerKey::Wake => self.wake_if_due(),
            TimerKey::RetryWaiting => self.retry_waiting(),
            TimerKey::Resend => {
                self.resend();
                Ok(())
            }
            TimerKey::VerifySuspects => {
                self.suspects_have_rested();
                Ok(())
            }
            TimerKey::FetchBodies => {
                self.fetch_timer_ran_out();
                Ok(())
            }
            TimerKey::Sync => self.sync_timer_ran_out(),
        }
    }

    /// What follows from any input: what the host says, batches to verify, transactions to send.
    fn settle(&mut self) -> Step {
        if std::mem::take(&mut self.wake_check_wanted) {
            self.wake_if_due()?;
        }
        self.send_out();
        self.drive_host()?;
        self.send_out();
        Ok(())
    }

    fn send_out(&mut self) {
        self.start_verification();
        let outbox = std::mem::take(&mut self.outbox);
        for bytes in TransactionGroup::encode_all(&outbox) {
            self.effects.push(ReplicaEffect::Publish {
                topic: Topic::Transactions,
                bytes,
            });
        }
    }

    /// Answers what must be answered although nothing is done any more, or yet.
    fn refuse(&mut self, input: ReplicaInput) {
        match input {
            ReplicaInput::Submit(submissions) => {
                for submission in submissions {
                    self.effects.push(ReplicaEffect::SubmitAnswer {
                        ticket: submission.ticket,
                        answer: Err(SubmitError::Stopping),
                    });
                }
            }
            ReplicaInput::Request { id, .. } => {
                self.effects
                    .push(ReplicaEffect::Respond { id, bytes: None });
            }
            _ => {}
        }
    }

    fn receive(&mut self, from: PublicKey, topic: Topic, bytes: &[u8]) -> Step {
        let outcome = match topic {
            Topic::Consensus => self.receive_validator_message(from, bytes),
            Topic::Transactions => {
                TransactionGroup::decode(bytes).map(|group| self.receive_transactions(from, group))
            }
            Topic::Status => Announcement::decode(bytes)
                .map(|announcement| self.receive_announcement(from, announcement.height)),
        };
        outcome.unwrap_or_else(|error| {
            self.penalise(from, error.to_string());
            Ok(())
        })
    }

    fn penalise(&mut self, peer: PublicKey, reason: String) {
        self.effects.push(ReplicaEffect::Penalise { peer, reason });
    }

    fn stop(&mut self) -> Step {
        self.running = Running::Stopped;
        self.storage.wal.sync()?;
        // If we crash here, the blocks above the durable state are replayed at the next start.
        self.storage.blocks.settle()?;
        self.storage.state.flush()?;
        Ok(())
    }

    fn announce(&mut self) {
        let announcement = Announcement {
            height: self.tip.height,
        };
        self.effects.push(ReplicaEffect::Publish {
            topic: Topic::Status,
            bytes: ledger_core::codec::encode(&announcement),
        });
    }

    fn set_timer(&mut self, key: TimerKey, after_ms: u64) {
        self.effects.push(ReplicaEffect::SetTimer { key, after_ms });
    }

    fn alarm(&mut self, alarm: Alarm) {
        self.effects.push(ReplicaEffect::Alarm(alarm));
    }

    fn next_request(&mut self) -> RequestId {
        self.next_request = self.next_request.saturating_add(1);
        RequestId(self.next_request)
    }

    /// The peer of the validator with this address, when it is connected.
    fn peer_of(&self, validator: &ValidatorAddress) -> Option<PublicKey> {
        let peer = self.validators.by_address(validator)?.peer_key;
        self.peers.contains_key(&peer).then_some(peer)
    }
}
