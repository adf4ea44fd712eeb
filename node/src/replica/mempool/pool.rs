//! A bounded set of envelopes that is fair between those who sign them.
//!
//! What always holds: count and bytes stay within their bounds; one signer holds at most one [`SIGNER_SHARE`]th of either;
//! when room is short, the signer who holds most gives way, its newest first; everything is ordered by arrival, so the
//! same inputs give the same outputs. Bare keys are free to make, so all of them together count as one signer.
//!
//! What is only looked up is hashed, and never iterated.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Rejection;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{SealedEnvelope, Signer};

use crate::planted::{self, Planted};
use crate::replica::input::Source;

/// One signer holds at most one part in so many of a pool, by count and by bytes.
pub const SIGNER_SHARE: usize = 4;
/// A signer's transactions take part in a block by turns of so many: its next turn comes after everybody else's.
pub const TURN_TRANSACTIONS: usize = 16;
/// Envelopes kept with one transaction id: one that fails must not keep a good one out.
pub const ALTERNATIVES_MAX: usize = 4;
/// So many of them can be of this node's own clients at the expense of peers': a client can submit envelopes that will never
/// apply as well as a peer can hand them on, so the oldest of the others stay.
pub const DISPLACING_MAX: usize = ALTERNATIVES_MAX / 2;

/// Who holds a place in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Holder {
    /// A signer with an entry on the ledger.
    Registered(Signer),
    /// All bare keys together.
    BareKeys,
}

impl Holder {
    /// Of `sealed`.
    pub(super) fn of(sealed: &SealedEnvelope) -> Holder {
        match sealed.transaction().signer {
            Signer::Key(_) => Holder::BareKeys,
            signer => Holder::Registered(signer),
        }
    }
}

/// What this node puts into one block at most, so that all can execute it well before they tire of waiting.
///
/// A transaction that lists a thousand people changes as much as some thousands of others, so those listed count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockBounds {
    /// Transactions.
    pub transactions: usize,
    /// Bytes of their envelopes.
    pub bytes: usize,
    /// Participants and grantees that they list, together.
    pub listed: usize,
}

impl BlockBounds {
    /// The bounds in a round: half of those of the round before. Where a block was too much for the time there is, the next
    /// ones ask for less until one is not.
    #[must_use]
    pub fn in_round(self, round: u32) -> BlockBounds {
        let part = |bound: usize| bound.checked_shr(round).unwrap_or(0);
        BlockBounds {
            transactions: part(self.transactions),
            bytes: part(self.bytes),
            listed: part(self.listed),
        }
    }
}

/// Where a transaction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This node's API: this node is answerable for it until it is committed.
    Own,
    /// A peer.
    Peer,
}

/// An envelope in a pool.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The envelope.
    pub sealed: Arc<SealedEnvelope>,
    /// Where it came from.
    pub origin: Origin,
    /// Who brought it first.
    pub source: Source,
    /// Its place in the order of arrival.
    pub sequence: u64,
    /// When it arrived, by the node's clock.
    pub arrived_ms: u64,
    /// What it waits for, and after which block it was last tried; none when it is ready.
    pub waits: Option<Waits>,
    /// Whether all its signatures were found right here once, by the keys of that time.
    pub was_right: bool,
}

/// Why an envelope is not ready.
#[derive(Clone, Debug)]
pub struct Waits {
    /// The rule that keeps it.
    pub rejection: Rejection,
    /// The tip against which it was tried last.
    pub tried_at: Height,
}

/// Bounds of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolBounds {
    /// Envelopes.
    pub count_max: usize,
    /// Bytes of envelopes.
    pub bytes_max: usize,
}

impl PoolBounds {
    /// Envelopes of one signer.
    pub fn share_count(&self) -> usize {
        (self.count_max / SIGNER_SHARE).max(1)
    }

    /// Bytes of one signer's envelopes.
    pub fn share_bytes(&self) -> usize {
        self.bytes_max / SIGNER_SHARE
    }

    /// What an envelope weighs when holders are compared: its bytes and its place.
    fn weight(&self, bytes: usize) -> usize {
        bytes.saturating_add(self.bytes_max / self.count_max.max(1))
    }
}

/// Why an envelope finds no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// Its holder's share is used up.
    Share {
        /// How many the holder has.
        count: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// Everybody else holds no more than its holder does.
    Full,
    /// So many envelopes with the same transaction id are here already.
    Alternatives,
}

#[derive(Debug, Default)]
struct Held {
    /// The places of its envelopes in the order of arrival.
    sequences: BTreeSet<u64>,
    bytes: usize,
    weight: usize,
}

/// A bounded, fair set of envelopes.
#[derive(Debug)]
pub struct Pool {
    bounds: PoolBounds,
    bytes: usize,
    entries: HashMap<Hash, Entry, RandomState>,
    by_sequence: BTreeMap<u64, Hash>,
    /// In order of their hashes; at most [`ALTERNATIVES_MAX`] each.
    by_id: HashMap<TransactionId, Vec<Hash>, RandomState>,
    by_expiry: BTreeSet<(TimestampMs, Hash)>,
    holders: HashMap<Holder, Held, RandomState>,
    by_weight: BTreeSet<(usize, Holder)>,
}

impl Pool {
    /// An empty pool.
    pub fn new(bounds: PoolBounds) -> Pool {
        Pool {
            bounds,
            bytes: 0,
            entries: HashMap::default(),
            by_sequence: BTreeMap::new(),
            by_id: HashMap::default(),
            by_expiry: BTreeSet::new(),
            holders: HashMap::default(),
            by_weight: BTreeSet::new(),
        }
    }

    /// Its bounds.
    pub const fn bounds(&self) -> PoolBounds {
        self.bounds
    }

    /// How many envelopes it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the envelopes held.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entry with this envelope hash.
    pub fn entry(&self, envelope_hash: &Hash) -> Option<&Entry> {
        self.entries.get(envelope_hash)
    }

    /// Makes this node answerable for an envelope that a peer brought; the envelope, when it was not before.
    pub fn take_over(&mut self, envelope_hash: &Hash) -> Option<Arc<SealedEnvelope>> {
        let entry = self.entries.get_mut(envelope_hash)?;
        let before = std::mem::replace(&mut entry.origin, Origin::Own);
        (before == Origin::Peer).then(|| Arc::clone(&entry.sealed))
    }

    /// Whether an envelope with this transaction id is held.
    pub fn contains_id(&self, id: &TransactionId) -> bool {
        self.by_id.contains_key(id)
    }

    /// The envelopes of one transaction.
    pub fn alternatives(&self, id: &TransactionId) -> Vec<Arc<SealedEnvelope>> {
        let hashes = self.by_id.get(id).into_iter().flatten();
        hashes
            .filter_map(|envelope_hash| self.entries.get(envelope_hash))
            .map(|entry| Arc::clone(&entry.sealed))
            .collect()
    }

    /// The envelopes in order of arrival.
    pub fn in_order(&self) -> impl Iterator<Item = &Entry> {
        self.by_sequence
            .values()
            .filter_map(|envelope_hash| self.entries.get(envelope_hash))
    }

    /// Takes `entry` in, and gives back those that had to give way.
    ///
    /// # Errors
    /// When there is no room for it; then nothing has changed.
    pub fn insert(&mut self, entry: Entry) -> Result<Vec<Entry>, NoRoom> {
        let envelope_hash = entry.sealed.envelope_hash();
        if self.entries.contains_key(&envelope_hash) {
            return Ok(Vec::new());
        }
        let displaced = self
            .find_displaced(&entry)?
            .and_then(|displaced| self.remove(&displaced));
        let (holder, length) = (Holder::of(&entry.sealed), entry.sealed.bytes().len());
        match self.make_room(holder, length) {
            Ok(mut evicted) => {
                self.put(entry, holder, envelope_hash, length);
                evicted.extend(displaced);
                Ok(evicted)
            }
            Err(no_room) => {
                if let Some(entry) = displaced {
                    let (holder, length) = (Holder::of(&entry.sealed), entry.sealed.bytes().len());
                    let envelope_hash = entry.sealed.envelope_hash();
                    self.put(entry, holder, envelope_hash, length);
                }
                Err(no_room)
            }
        }
    }

    /// Which envelope of the same transaction leaves for `entry`'s sake when there are as many as may be: the newest that came
    /// from a peer, for one that this node is answerable for, as long as those are no more than [`DISPLACING_MAX`]. Else whoever
    /// is quick could keep this node's own clients waiting with envelopes of which nobody knows yet that they do not apply.
    fn find_displaced(&self, entry: &Entry) -> Result<Option<Hash>, NoRoom> {
        let alternatives = self.by_id.get(&entry.sealed.id());
        let Some(alternatives) = alternatives.filter(|it| it.len() >= ALTERNATIVES_MAX) else {
            return Ok(None);
        };
        let held: Vec<(&Hash, &Entry)> = alternatives
            .iter()
            .filter_map(|envelope_hash| Some((envelope_hash, self.entries.get(envelope_hash)?)))
            .collect();
        let own = held.iter().filter(|(_, it)| it.origin == Origin::Own);
        if entry.origin == Origin::Peer || own.count() >= DISPLACING_MAX {
            return Err(NoRoom::Alternatives);
        }
        held.into_iter()
            .filter(|(_, other)| other.origin == Origin::Peer)
            .max_by_key(|(_, other)| other.sequence)
            .map(|(envelope_hash, _)| Some(*envelope_hash))
            .ok_or(NoRoom::Alternatives)
    }

    /// Lets others give way to `length` bytes of `holder`.
    fn make_room(&mut self, holder: Holder, length: usize) -> Result<Vec<Entry>, NoRoom> {
        if planted::is(Planted::MempoolUnbounded) {
            return Ok(Vec::new());
        }
        let (count, bytes, weight) = self.holders.get(&holder).map_or((0, 0, 0), |held| {
            (held.sequences.len(), held.bytes, held.weight)
        });
        if count >= self.bounds.share_count()
            || bytes.saturating_add(length) > self.bounds.share_bytes()
        {
            return Err(NoRoom::Share { count, bytes });
        }
        let weight = weight.saturating_add(self.bounds.weight(length));
        let giving_way = self.choose_giving_way(holder, weight, length)?;
        Ok(giving_way
            .into_iter()
            .filter_map(|envelope_hash| self.remove(&envelope_hash))
            .collect())
    }

    /// Those that make room for `length` bytes of `holder`, who would weigh `weight` with them: always the newest of
    /// whoever weighs most, as long as that is more.
    fn choose_giving_way(
        &self,
        holder: Holder,
        weight: usize,
        length: usize,
    ) -> Result<Vec<Hash>, NoRoom> {
        let mut chosen = Vec::new();
        let mut count = self.entries.len();
        let mut bytes = self.bytes;
        // What the heaviest holders weigh once the chosen ones are gone; a lighter one needs no entry.
        let mut lighter: BTreeMap<Holder, (usize, usize)> = BTreeMap::new();
        while count >= self.bounds.count_max || bytes.saturating_add(length) > self.bounds.bytes_max
        {
            let (heaviest, weighs) = self.heaviest(&lighter).ok_or(NoRoom::Full)?;
            if heaviest == holder || weighs <= weight {
                return Err(NoRoom::Full);
            }
            let taken = lighter.get(&heaviest).map_or(0, |(taken, _)| *taken);
            let newest = self
                .holders
                .get(&heaviest)
                .and_then(|held| held.sequences.iter().rev().nth(taken))
                .and_then(|sequence| self.by_sequence.get(sequence))
                .ok_or(NoRoom::Full)?;
            let size = self
                .entries
                .get(newest)
                .map_or(0, |entry| entry.sealed.bytes().len());
            chosen.push(*newest);
            count = count.saturating_sub(1);
            bytes = bytes.saturating_sub(size);
            let rest = weighs.saturating_sub(self.bounds.weight(size));
            lighter.insert(heaviest, (taken.saturating_add(1), rest));
        }
        Ok(chosen)
    }

    fn heaviest(&self, lighter: &BTreeMap<Holder, (usize, usize)>) -> Option<(Holder, usize)> {
        let untouched = self
            .by_weight
            .iter()
            .rev()
            .find(|(_, holder)| !lighter.contains_key(holder))
            .map(|(weight, holder)| (*weight, *holder));
        lighter
            .iter()
            .map(|(holder, (_, weight))| (*weight, *holder))
            .chain(untouched)
            .max()
            .map(|(weight, holder)| (holder, weight))
    }

    fn put(&mut self, entry: Entry, holder: Holder, envelope_hash: Hash, length: usize) {
        let weight = self.bounds.weight(length);
        self.bytes = self.bytes.saturating_add(length);
        self.by_sequence.insert(entry.sequence, envelope_hash);
        let alternatives = self.by_id.entry(entry.sealed.id()).or_default();
        let place = alternatives.partition_point(|other| *other < envelope_hash);
        alternatives.insert(place, envelope_hash);
        self.by_expiry
            .insert((entry.sealed.transaction().valid_until_ms, envelope_hash));
        let held = self.holders.entry(holder).or_default();
        self.by_weight.remove(&(held.weight, holder));
        held.sequences.insert(entry.sequence);
        held.bytes = held.bytes.saturating_add(length);
        held.weight = held.weight.saturating_add(weight);
        self.by_weight.insert((held.weight, holder));
        self.entries.insert(envelope_hash, entry);
    }

    /// Takes an envelope out.
    pub fn remove(&mut self, envelope_hash: &Hash) -> Option<Entry> {
        let entry = self.entries.remove(envelope_hash)?;
        let sealed = &entry.sealed;
        let (holder, length) = (Holder::of(sealed), sealed.bytes().len());
        self.bytes = self.bytes.saturating_sub(length);
        self.by_sequence.remove(&entry.sequence);
        self.by_expiry
            .remove(&(sealed.transaction().valid_until_ms, *envelope_hash));
        if let Some(alternatives) = self.by_id.get_mut(&sealed.id()) {
            alternatives.retain(|other| other != envelope_hash);
            if alternatives.is_empty() {
                self.by_id.remove(&sealed.id());
            }
        }
        if let Some(held) = self.holders.get_mut(&holder) {
            self.by_weight.remove(&(held.weight, holder));
            held.sequences.remove(&entry.sequence);
            held.bytes = held.bytes.saturating_sub(length);
            held.weight = held.weight.saturating_sub(self.bounds.weight(length));
            if held.sequences.is_empty() {
                self.holders.remove(&holder);
            } else {
                self.by_weight.insert((held.weight, holder));
            }
        }
        Some(entry)
    }

    /// Takes out every envelope with this transaction id.
    pub fn remove_id(&mut self, id: &TransactionId) -> Vec<Entry> {
        let alternatives = self.by_id.get(id).cloned().unwrap_or_default();
        alternatives
            .iter()
            .filter_map(|envelope_hash| self.remove(envelope_hash))
            .collect()
    }

    /// Takes out every envelope that can apply no more at `now_ms`.
    pub fn remove_expired(&mut self, now_ms: TimestampMs) -> Vec<Entry> {
        let expired: Vec<Hash> = self
            .by_expiry
            .iter()
            .take_while(|(valid_until_ms, _)| *valid_until_ms < now_ms)
            .map(|(_, envelope_hash)| *envelope_hash)
            .collect();
        expired
            .iter()
            .filter_map(|envelope_hash| self.remove(envelope_hash))
            .collect()
    }

    /// Envelopes for a block within `bounds`, but at least one, fair between holders, each one's in order of arrival; `skipped`
    /// ones are left out. Where there is no room for all people listed, it is another's turn with another `turn`.
    pub fn choose(
        &self,
        bounds: &BlockBounds,
        skipped: &BTreeSet<Hash>,
        turn: u64,
    ) -> Vec<Arc<SealedEnvelope>> {
        let mut chosen = Vec::new();
        let (mut bytes, mut listed) = (0usize, 0usize);
        // Whose next one lists more people than there is room for: others go on, and this one's order is kept.
        let mut ended: HashSet<Holder, RandomState> = HashSet::default();
        let mut first_to_list = self.first_to_list(bounds.listed, skipped, turn);
        for (holder, entry) in self.by_turns(skipped) {
            if ended.contains(&holder) {
                continue;
            }
            let longer = bytes.saturating_add(entry.sealed.bytes().len());
            let lists = entry.sealed.transaction().operation.listed();
            let more = listed.saturating_add(lists);
            if !chosen.is_empty() && (chosen.len() >= bounds.transactions || longer > bounds.bytes)
            {
                break;
            }
            if lists > 0 {
                let is_too_much = listed > 0 && more > bounds.listed;
                if is_too_much || first_to_list.is_some_and(|first| first != holder) {
                    ended.insert(holder);
                    continue;
                }
                first_to_list = None;
            }
            (bytes, listed) = (longer, more);
            chosen.push(Arc::clone(&entry.sealed));
        }
        chosen
    }

    /// All but the `skipped` ones: the first [`TURN_TRANSACTIONS`] of each holder, then the next ones of each, and so on; those of
    /// one turn in order of arrival.
    fn by_turns(&self, skipped: &BTreeSet<Hash>) -> impl Iterator<Item = (Holder, &Entry)> {
        let mut places: HashMap<Holder, usize, RandomState> = HashMap::default();
        let mut turns: Vec<Vec<(Holder, &Entry)>> = Vec::new();
        for entry in self.in_order() {
            if skipped.contains(&entry.sealed.envelope_hash()) {
                continue;
            }
            let holder = Holder::of(&entry.sealed);
            let place = places.entry(holder).or_default();
            let turn = *place / TURN_TRANSACTIONS;
            *place = place.saturating_add(1);
            if turns.len() <= turn {
                turns.resize_with(turn.saturating_add(1), Vec::new);
            }
            if let Some(turn) = turns.get_mut(turn) {
                turn.push((holder, entry));
            }
        }
        turns.into_iter().flatten()
    }

    /// Whose people are listed first, where those of all are more than a block takes; none where they are not.
    fn first_to_list(
        &self,
        listed_max: usize,
        skipped: &BTreeSet<Hash>,
        turn: u64,
    ) -> Option<Holder> {
        let mut holders = Vec::new();
        let mut known: HashSet<Holder, RandomState> = HashSet::default();
        let mut listed = 0usize;
        for entry in self.in_order() {
            let lists = entry.sealed.transaction().operation.listed();
            if lists > 0 && !skipped.contains(&entry.sealed.envelope_hash()) {
                listed = listed.saturating_add(lists);
                let holder = Holder::of(&entry.sealed);
                if known.insert(holder) {
                    holders.push(holder);
                }
            }
        }
        let place = turn.checked_rem(u64::try_from(holders.len()).ok()?)?;
        let first = holders.get(usize::try_from(place).ok()?).copied();
        first.filter(|_| listed > listed_max)
    }
}
