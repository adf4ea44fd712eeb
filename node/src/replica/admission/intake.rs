//! What is on its way into the mempool: what waits for its signatures to be verified, and the batches that are out.
//!
//! Sources that have brought nothing wrong lately share batches of up to [`BATCH_SIGNATURES_MAX`] signatures. Suspects are
//! verified apart from them, each signature by itself, a small batch at a time with a rest after it. What always holds:
//! nobody but a suspect waits for what suspects bring, and all suspects together have [`SUSPECT_BATCH_SIGNATURES_MAX`]
//! signatures verified in [`SUSPECT_REST_MS`].

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use foldhash::fast::RandomState;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::SignatureToVerify;
use ledger_core::transaction::SealedEnvelope;

use super::lanes::{Lanes, Served, Turns, VERIFYING_MAX};
use crate::replica::Load;
use crate::replica::effect::{Care, SignatureBatch, SignatureTask};
use crate::replica::input::{BatchId, Source, Ticket};
use crate::replica::mempool::{Entry, Origin};

/// The most signatures in one batch: beyond it, a batch gains nothing.
const BATCH_SIGNATURES_MAX: usize = 1_024;
/// A source's turn in a batch is so many signatures; then it is the next one's. Also how many are verified anew together when
/// one of them is wrong.
const TURN_SIGNATURES: usize = 64;
/// The most signatures of suspects in one batch; about 3 ms.
const SUSPECT_BATCH_SIGNATURES_MAX: usize = 64;
/// A suspect's turn in such a batch.
const SUSPECT_TURN_SIGNATURES: usize = 16;
/// How long suspects wait after each of their batches was begun.
pub(super) const SUSPECT_REST_MS: u64 = 20;
/// Batches under verification at a time, beside one of suspects.
const BATCHES_MAX: usize = 2;
/// While a batch is out, the next one waits until it has so many signatures: from about here on a batch is verified by
/// Pippenger's method, which takes 17 µs a signature where the other one takes 20. With none out nothing waits.
const FURTHER_BATCH_SIGNATURES_MIN: usize = 128;
/// How many transactions are kept out because a block with them broke the books.
const QUARANTINE_MAX: usize = 1_024;

/// Whether a transaction is new here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is.
    New,
    /// It is, and while its signatures were under verification somebody else was told that it is known.
    Awaited,
    /// It was taken in before, and is judged anew.
    TakenIn,
}

/// A transaction on its way in.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) entry: Entry,
    pub(super) standing: Standing,
    /// Who waits for the answer.
    pub(super) ticket: Option<Ticket>,
    /// The signatures not known to be right when it was considered.
    pub(super) unverified: Vec<SignatureToVerify>,
    /// After which block that was.
    pub(super) considered_at: Height,
}

/// A batch that is out.
#[derive(Debug)]
struct Batch {
    arrivals: Vec<Arrival>,
    served: Served,
}

/// What is on its way in.
#[derive(Debug, Default)]
pub(in crate::replica) struct Admission {
    lanes: Lanes,
    batches: BTreeMap<BatchId, Batch>,
    next_batch: u64,
    /// Whether suspects wait for their next turn.
    pub(super) suspects_rest: bool,
    /// Everything gathered or under verification.
    envelopes: HashMap<Hash, Arc<SealedEnvelope>, RandomState>,
    /// How many of them each transaction has.
    by_id: HashMap<TransactionId, usize, RandomState>,
    /// Transactions whose last envelope has left since this was taken: it is taken after every input.
    pub(in crate::replica) left: Vec<TransactionId>,
    /// Those of them that somebody was told are known: whoever was hears of their end.
    pub(super) awaited: BTreeSet<Hash>,
    /// Transactions kept out, the oldest first, and the same for looking up.
    quarantine: VecDeque<TransactionId>,
    pub(super) quarantined: BTreeSet<TransactionId>,
    pub(in crate::replica) retry_timer_runs: bool,
    pub(in crate::replica) resend_timer_runs: bool,
}

impl Admission {
    /// How many transactions wait for their signatures to be verified.
    pub(in crate::replica) fn verifying_count(&self) -> usize {
        self.envelopes.len()
    }

    /// How full it is.
    pub(in crate::replica) fn loads(&self) -> Vec<Load> {
        let batched = self.batches.values().map(|batch| batch.arrivals.len());
        let mut loads = Vec::from(self.lanes.loads());
        loads.extend([
            Load::new("under verification", self.envelopes.len(), VERIFYING_MAX),
            Load::new("awaited", self.awaited.len(), VERIFYING_MAX),
            Load::new("in batches", batched.sum(), VERIFYING_MAX),
            Load::new("batches", self.out(Served::Trusted), BATCHES_MAX),
            Load::new("batches of suspects", self.out(Served::Suspects), 1),
            Load::new("quarantine", self.quarantined.len(), QUARANTINE_MAX),
        ]);
        loads
    }

    /// An envelope whose signatures are under verification.
    pub(in crate::replica) fn body(&self, envelope_hash: &Hash) -> Option<&Arc<SealedEnvelope>> {
        self.envelopes.get(envelope_hash)
    }

    /// Whether an envelope with this transaction id is gathered or under verification.
    pub(in crate::replica) fn contains_id(&self, id: &TransactionId) -> bool {
        self.by_id.contains_key(id)
    }

    /// Keeps a transaction out from now on.
    pub(in crate::replica) fn quarantine(&mut self, id: TransactionId) {
        if self.quarantined.insert(id) {
            self.quarantine.push_back(id);
        }
        if self.quarantine.len() > QUARANTINE_MAX
            && let Some(oldest) = self.quarantine.pop_front()
        {
            self.quarantined.remove(&oldest);
        }
    }

    /// Gathers a transaction, and gives back those that had to give way to it; or the transaction itself when there is no room
    /// for it.
    pub(super) fn gather(&mut self, arrival: Arrival, now_ms: u64) -> Vec<Arrival> {
        self.lanes.let_debts_lapse(now_ms);
        let sealed = Arc::clone(&arrival.entry.sealed);
        let (source, length) = (arrival.entry.source, sealed.bytes().len());
        if !self.lanes.is_within_share(&source, length) {
            return Vec::from([arrival]);
        }
        let mut left = self.make_room(&source, length);
        if !self.lanes.has_room(&source, length) {
            left.push(arrival);
            return left;
        }
        let replaced = self
            .envelopes
            .insert(sealed.envelope_hash(), Arc::clone(&sealed));
        if replaced.is_none() {
            let alternatives = self.by_id.entry(sealed.id()).or_default();
            *alternatives = alternatives.saturating_add(1);
        }
        self.lanes.push(arrival);
        left
    }

    fn make_room(&mut self, source: &Source, length: usize) -> Vec<Arrival> {
        if self.lanes.has_room(source, length) {
            return Vec::new();
        }
        let mut gave_way = self.lanes.make_room(source, length);
        for arrival in &mut gave_way {
            self.forget(arrival);
        }
        gave_way
    }

    /// Notes what the signatures of a transaction of `source` turned out to be. What suspects may no longer hold comes back.
    pub(super) fn note_signatures(
        &mut self,
        source: Source,
        right: u32,
        wrong: u32,
        now_ms: u64,
    ) -> Vec<Arrival> {
        let mut surplus = self.lanes.note(source, right, wrong, now_ms);
        for arrival in &mut surplus {
            self.forget(arrival);
        }
        surplus
    }

    /// The transactions of a batch that has been verified, which are under verification no more.
    pub(super) fn take_batch(&mut self, batch: BatchId) -> Vec<Arrival> {
        let Some(batch) = self.batches.remove(&batch) else {
            return Vec::new();
        };
        batch.arrivals
    }

    /// A transaction of a batch that was taken leaves.
    pub(super) fn release(&mut self, arrival: &mut Arrival) {
        let length = arrival.entry.sealed.bytes().len();
        self.lanes.release(&arrival.entry.source, length);
        self.forget(arrival);
    }

    /// A transaction that has left its lane is under verification no more.
    fn forget(&mut self, arrival: &mut Arrival) {
        let envelope_hash = arrival.entry.sealed.envelope_hash();
        if self.awaited.remove(&envelope_hash) {
            arrival.entry.origin = Origin::Own;
            if arrival.standing == Standing::New {
                arrival.standing = Standing::Awaited;
            }
        }
        let id = arrival.entry.sealed.id();
        let removed = self.envelopes.remove(&envelope_hash);
        if removed.is_some()
            && let Some(alternatives) = self.by_id.get_mut(&id)
        {
            *alternatives = alternatives.saturating_sub(1);
            if *alternatives == 0 {
                self.by_id.remove(&id);
                self.left.push(id);
            }
        }
    }

    /// The next batch to verify, as long as there is something to verify and somebody to do it.
    pub(super) fn next_batch(&mut self) -> Option<SignatureBatch> {
        let served = self.choose_served()?;
        let turns = match served {
            Served::Trusted => Turns {
                turn_signatures: TURN_SIGNATURES,
                signatures_max: BATCH_SIGNATURES_MAX,
            },
            Served::Suspects => Turns {
                turn_signatures: SUSPECT_TURN_SIGNATURES,
                signatures_max: SUSPECT_BATCH_SIGNATURES_MAX,
            },
        };
        let taken = self.lanes.serve(served, turns);
        let mut tasks = Vec::with_capacity(taken.turn_ends.last().copied().unwrap_or(0));
        for arrival in &taken.arrivals {
            tasks.extend(arrival.unverified.iter().map(|it| SignatureTask {
                envelope: Arc::clone(&arrival.entry.sealed),
                key: it.key,
                signature: it.signature,
            }));
        }
        let care = match served {
            Served::Trusted => Care::Together {
                part_ends: taken.turn_ends,
            },
            Served::Suspects => Care::OneByOne,
        };
        self.next_batch = self.next_batch.saturating_add(1);
        let id = BatchId(self.next_batch);
        let arrivals = taken.arrivals;
        self.batches.insert(id, Batch { arrivals, served });
        Some(SignatureBatch { id, tasks, care })
    }

    /// Everybody but suspects; suspects when they have rested and nothing of theirs is out.
    fn choose_served(&mut self) -> Option<Served> {
        let is_worthwhile = match self.out(Served::Trusted) {
            0 => true,
            1..BATCHES_MAX => {
                self.lanes.gathered_signatures(Served::Trusted) >= FURTHER_BATCH_SIGNATURES_MIN
            }
            _ => false,
        };
        if is_worthwhile && self.lanes.has_gathered(Served::Trusted) {
            return Some(Served::Trusted);
        }
        let rested = !self.suspects_rest && self.out(Served::Suspects) == 0;
        if rested && self.lanes.has_gathered(Served::Suspects) {
            self.suspects_rest = true;
            return Some(Served::Suspects);
        }
        None
    }

    /// How many batches of those sources are out.
    fn out(&self, served: Served) -> usize {
        let batches = self.batches.values();
        batches.filter(|batch| batch.served == served).count()
    }
}
