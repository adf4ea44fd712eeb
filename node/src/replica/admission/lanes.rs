//! Transactions whose signatures are to be verified: a lane for each source, served by turns.
//!
//! What always holds: what is held is bounded by count and by bytes; one source holds at most one part in [`SOURCE_SHARE`]
//! of it, and a suspect (`suspects.rs`) a few; when there is no room, the source that holds most gives way, its newest
//! first; a source's transactions keep their order; nothing that was taken in leaves without being given back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::input::Source;
use super::intake::Arrival;
use super::suspects::{Change, SUSPECTS_MAX, Suspects};
use crate::replica::Load;

/// The most transactions whose signatures wait to be verified.
pub(super) const VERIFYING_MAX: usize = 16_384;
/// The most bytes of such transactions.
const VERIFYING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// One source has at most one part in so many of that room.
const SOURCE_SHARE: usize = 2;
/// The most transactions of a suspect.
pub(super) const SUSPECT_TRANSACTIONS_MAX: usize = 256;
/// The most bytes of a suspect's transactions.
const SUSPECT_BYTES_MAX: usize = 1024 * 1024;
/// The most transactions that give way to one other.
const GIVING_WAY_MAX: usize = 256;

/// Which sources are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// Those that have brought nothing wrong lately.
    Trusted,
    /// The others.
    Suspects,
}

/// How long a turn is, and how long all of them together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    /// After so many signatures it is the next source's turn.
    pub(super) turn_signatures: usize,
    /// After so many, nobody's.
    pub(super) signatures_max: usize,
}

/// Transactions in the order in which they were served.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) arrivals: Vec<Arrival>,
    /// After how many signatures each turn ended.
    pub(super) turn_ends: Vec<usize>,
}

/// What one source has on its way in.
#[derive(Debug, Default)]
struct Lane {
    gathered: VecDeque<Arrival>,
    /// Everything of it that is gathered or under verification.
    count: usize,
    bytes: usize,
}

impl Lane {
    /// What it weighs when sources are compared.
    const fn weight(&self) -> usize {
        weight(self.count, self.bytes)
    }
}

/// Bytes and places together.
const fn weight(count: usize, bytes: usize) -> usize {
    bytes.saturating_add(count.saturating_mul(VERIFYING_BYTES_MAX / VERIFYING_MAX))
}

/// The lanes of all sources.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<Source, Lane>,
    by_weight: BTreeSet<(usize, Source)>,
    /// Sources with something gathered, whose turn is next first.
    trusted_turns: VecDeque<Source>,
    suspect_turns: VecDeque<Source>,
    suspects: Suspects,
    gathered_count: usize,
    gathered_signatures: usize,
    count: usize,
    bytes: usize,
}

impl Lanes {
    /// How full they are.
    pub(super) fn loads(&self) -> [Load; 5] {
        let turns = self.trusted_turns.len() + self.suspect_turns.len();
        [
            Load::new("bytes under verification", self.bytes, VERIFYING_BYTES_MAX),
            Load::new("gathered", self.gathered_count, VERIFYING_MAX),
            Load::new("lanes", self.lanes.len(), self.count),
            Load::new("turns", turns, self.lanes.len()),
            Load::new("suspects", self.suspects.len(), SUSPECTS_MAX),
        ]
    }

    /// Whether anything of `served` sources is gathered.
    pub(super) fn has_gathered(&self, served: Served) -> bool {
        match served {
            Served::Trusted => !self.trusted_turns.is_empty(),
            Served::Suspects => !self.suspect_turns.is_empty(),
        }
    }

    /// How many signatures are gathered.
    pub(super) const fn gathered_signatures(&self) -> usize {
        self.gathered_signatures
    }

    /// Whether `source` may hold `length` bytes more, be there room or not.
    pub(super) fn is_within_share(&self, source: &Source, length: usize) -> bool {
        let (count_max, bytes_max) = if self.suspects.contains(source) {
            (SUSPECT_TRANSACTIONS_MAX, SUSPECT_BYTES_MAX)
        } else {
            (
                VERIFYING_MAX / SOURCE_SHARE,
                VERIFYING_BYTES_MAX / SOURCE_SHARE,
            )
        };
        let (count, bytes) = self.held(source);
        count < count_max && bytes.saturating_add(length) <= bytes_max
    }

    fn held(&self, source: &Source) -> (usize, usize) {
        self.lanes
            .get(source)
            .map_or((0, 0), |lane| (lane.count, lane.bytes))
    }

    /// Whether there is room for one more, of `length` bytes.
    pub(super) const fn has_room(&self, length: usize) -> bool {
        self.count < VERIFYING_MAX && self.bytes.saturating_add(length) <= VERIFYING_BYTES_MAX
    }

    /// Makes room for `length` bytes of `source`, as far as others hold more than it would: what gave way.
    pub(super) fn make_room(&mut self, source: &Source, length: usize) -> Vec<Arrival> {
        let (count, bytes) = self.held(source);
        let own = weight(count.saturating_add(1), bytes.saturating_add(length));
        let mut gave_way = Vec::new();
        while !self.has_room(length) && gave_way.len() < GIVING_WAY_MAX {
            let heavier = self.by_weight.range((own.saturating_add(1), Source::Own)..);
            let heaviest = heavier
                .rev()
                .map(|(_, source)| *source)
                .find(|source| self.has_gathered_of(source));
            let Some(newest) = heaviest.and_then(|heaviest| self.take_newest(&heaviest)) else {
                break;
            };
            gave_way.push(newest);
        }
        gave_way
    }

    fn has_gathered_of(&self, source: &Source) -> bool {
        self.lanes
            .get(source)
            .is_some_and(|lane| !lane.gathered.is_empty())
    }

    /// Takes in what there is room for.
    pub(super) fn push(&mut self, arrival: Arrival) {
        let source = arrival.entry.source;
        let length = arrival.entry.sealed.bytes().len();
        self.gathered_count = self.gathered_count.saturating_add(1);
        self.gathered_signatures = self
            .gathered_signatures
            .saturating_add(arrival.unverified.len());
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(length);
        let lane = self.lanes.entry(source).or_default();
        self.by_weight.remove(&(lane.weight(), source));
        lane.count = lane.count.saturating_add(1);
        lane.bytes = lane.bytes.saturating_add(length);
        self.by_weight.insert((lane.weight(), source));
        lane.gathered.push_back(arrival);
        if lane.gathered.len() == 1 {
            self.turns_of(&source).push_back(source);
        }
    }

    fn turns_of(&mut self, source: &Source) -> &mut VecDeque<Source> {
        if self.suspects.contains(source) {
            &mut self.suspect_turns
        } else {
            &mut self.trusted_turns
        }
    }

    /// Frees the room of what has left.
    pub(super) fn release(&mut self, source: &Source, length: usize) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(length);
        let Some(lane) = self.lanes.get_mut(source) else {
            return;
        };
        self.by_weight.remove(&(lane.weight(), *source));
        lane.count = lane.count.saturating_sub(1);
        lane.bytes = lane.bytes.saturating_sub(length);
        if lane.count == 0 {
            self.lanes.remove(source);
        } else {
            self.by_weight.insert((lane.weight(), *source));
        }
    }

    /// Takes out the newest of `source` that is gathered, and frees its room.
    fn take_newest(&mut self, source: &Source) -> Option<Arrival> {
        let lane = self.lanes.get_mut(source)?;
        let newest = lane.gathered.pop_back()?;
        if lane.gathered.is_empty() {
            self.turns_of(source).retain(|other| other != source);
        }
        self.leave_gathered(&newest);
        self.release(source, newest.entry.sealed.bytes().len());
        Some(newest)
    }

    fn leave_gathered(&mut self, arrival: &Arrival) {
        self.gathered_count = self.gathered_count.saturating_sub(1);
        self.gathered_signatures = self
            .gathered_signatures
            .saturating_sub(arrival.unverified.len());
    }

    /// Takes out what is served next. Its room stays taken until [`Self::release`].
    pub(super) fn serve(&mut self, served: Served, turns: Turns) -> Taken {
        let mut taken = Taken::default();
        let mut signatures = 0usize;
        while signatures < turns.signatures_max
            && let Some(source) = match served {
                Served::Trusted => self.trusted_turns.pop_front(),
                Served::Suspects => self.suspect_turns.pop_front(),
            }
        {
            let turn_end = signatures
                .saturating_add(turns.turn_signatures)
                .min(turns.signatures_max);
            while signatures < turn_end
                && let Some(lane) = self.lanes.get_mut(&source)
                && let Some(arrival) = lane.gathered.pop_front()
            {
                signatures = signatures.saturating_add(arrival.unverified.len());
                self.leave_gathered(&arrival);
                taken.arrivals.push(arrival);
            }
            taken.turn_ends.push(signatures);
            if self.has_gathered_of(&source) {
                self.turns_of(&source).push_back(source);
            }
        }
        taken
    }

    /// Notes what signatures of `source` turned out to be. What a new suspect holds beyond its room comes back.
    pub(super) fn note(&mut self, source: Source, right: u32, wrong: u32) -> Vec<Arrival> {
        let mut surplus = Vec::new();
        match self.suspects.note(source, right, wrong) {
            Change::None => {}
            Change::Suspected => {
                self.trusted_turns.retain(|other| *other != source);
                if self.has_gathered_of(&source) {
                    self.suspect_turns.push_back(source);
                }
                if let Some(forgotten) = self.suspects.forget_surplus() {
                    self.trust(forgotten);
                }
                while self.lanes.get(&source).is_some_and(|lane| {
                    lane.gathered.len() > SUSPECT_TRANSACTIONS_MAX || lane.bytes > SUSPECT_BYTES_MAX
                }) && let Some(newest) = self.take_newest(&source)
                {
                    surplus.push(newest);
                }
            }
            Change::Cleared => self.trust(source),
        }
        surplus
    }

    /// Serves a source that is no suspect any more with those that never were.
    fn trust(&mut self, source: Source) {
        self.suspect_turns.retain(|other| *other != source);
        if self.has_gathered_of(&source) && !self.suspects.contains(&source) {
            self.trusted_turns.push_back(source);
        }
    }
}

#[cfg(test)]
mod tests;
