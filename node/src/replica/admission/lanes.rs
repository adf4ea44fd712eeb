//! Transactions whose signatures are to be verified: a lane for each source, served by turns.
//!
//! What always holds: what is held is bounded by count and by bytes; one source holds at most one part in [`SOURCE_SHARE`]
//! of it, and a suspect (`suspects.rs`) a few; all suspects together have a small room of their own, so that what they bring
//! takes no room from the others; when there is no room, suspects give way first, then the source that holds most, its newest
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
/// The most transactions of all suspects together that wait: they are served slowly, so whatever is more would only take up
/// room, and tickets of the API, for long.
pub(super) const ALL_SUSPECTS_TRANSACTIONS_MAX: usize = 1_024;
/// The most bytes of such transactions.
const ALL_SUSPECTS_BYTES_MAX: usize = 2 * 1024 * 1024;
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

/// How much is gathered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amount {
    count: usize,
    bytes: usize,
    signatures: usize,
}

impl Amount {
    fn of(arrival: &Arrival) -> Amount {
        Amount {
            count: 1,
            bytes: arrival.entry.sealed.bytes().len(),
            signatures: arrival.unverified.len(),
        }
    }

    const fn add(&mut self, other: Amount) {
        self.count = self.count.saturating_add(other.count);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.signatures = self.signatures.saturating_add(other.signatures);
    }

    const fn subtract(&mut self, other: Amount) {
        self.count = self.count.saturating_sub(other.count);
        self.bytes = self.bytes.saturating_sub(other.bytes);
        self.signatures = self.signatures.saturating_sub(other.signatures);
    }
}

/// What one source has on its way in.
#[derive(Debug, Default)]
struct Lane {
    gathered: VecDeque<Arrival>,
    gathered_amount: Amount,
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

/// The lanes of sources of one standing.
#[derive(Debug, Default)]
struct Side {
    by_weight: BTreeSet<(usize, Source)>,
    /// Sources with something gathered, whose turn is next first.
    turns: VecDeque<Source>,
    gathered: Amount,
}

/// The lanes of all sources.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<Source, Lane>,
    trusted: Side,
    suspected: Side,
    suspects: Suspects,
    count: usize,
    bytes: usize,
}

impl Lanes {
    /// How full they are.
    pub(super) fn loads(&self) -> [Load; 7] {
        let (trusted, suspected) = (&self.trusted, &self.suspected);
        let gathered = trusted.gathered.count + suspected.gathered.count;
        let turns = trusted.turns.len() + suspected.turns.len();
        [
            Load::new("bytes under verification", self.bytes, VERIFYING_BYTES_MAX),
            Load::new("gathered", gathered, VERIFYING_MAX),
            Load::new("lanes", self.lanes.len(), self.count),
            Load::new("turns", turns, self.lanes.len()),
            Load::new("suspects", self.suspects.len(), SUSPECTS_MAX),
            Load::new(
                "gathered of suspects",
                suspected.gathered.count,
                ALL_SUSPECTS_TRANSACTIONS_MAX,
            ),
            Load::new(
                "bytes gathered of suspects",
                suspected.gathered.bytes,
                ALL_SUSPECTS_BYTES_MAX,
            ),
        ]
    }

    const fn side(&self, served: Served) -> &Side {
        match served {
            Served::Trusted => &self.trusted,
            Served::Suspects => &self.suspected,
        }
    }

    const fn side_mut(&mut self, served: Served) -> &mut Side {
        match served {
            Served::Trusted => &mut self.trusted,
            Served::Suspects => &mut self.suspected,
        }
    }

    fn standing(&self, source: &Source) -> Served {
        if self.suspects.contains(source) {
            Served::Suspects
        } else {
            Served::Trusted
        }
    }

    fn side_of(&mut self, source: &Source) -> &mut Side {
        self.side_mut(self.standing(source))
    }

    /// Whether anything of `served` sources is gathered.
    pub(super) fn has_gathered(&self, served: Served) -> bool {
        !self.side(served).turns.is_empty()
    }

    /// How many signatures of `served` sources are gathered.
    pub(super) const fn gathered_signatures(&self, served: Served) -> usize {
        self.side(served).gathered.signatures
    }

    /// Whether `source` may hold `length` bytes more, be there room or not.
    pub(super) fn is_within_share(&self, source: &Source, length: usize) -> bool {
        let (count_max, bytes_max) = match self.standing(source) {
            Served::Suspects => (SUSPECT_TRANSACTIONS_MAX, SUSPECT_BYTES_MAX),
            Served::Trusted => (
                VERIFYING_MAX / SOURCE_SHARE,
                VERIFYING_BYTES_MAX / SOURCE_SHARE,
            ),
        };
        let (count, bytes) = self.held(source);
        count < count_max && bytes.saturating_add(length) <= bytes_max
    }

    fn held(&self, source: &Source) -> (usize, usize) {
        self.lanes
            .get(source)
            .map_or((0, 0), |lane| (lane.count, lane.bytes))
    }

    /// Whether there is room for one more of `source`, of `length` bytes.
    pub(super) fn has_room(&self, source: &Source, length: usize) -> bool {
        let gathered = self.suspected.gathered;
        let among_suspects = self.standing(source) == Served::Trusted
            || (gathered.count < ALL_SUSPECTS_TRANSACTIONS_MAX
                && gathered.bytes.saturating_add(length) <= ALL_SUSPECTS_BYTES_MAX);
        among_suspects
            && self.count < VERIFYING_MAX
            && self.bytes.saturating_add(length) <= VERIFYING_BYTES_MAX
    }

    /// Makes room for `length` bytes of `source`: what gave way.
    pub(super) fn make_room(&mut self, source: &Source, length: usize) -> Vec<Arrival> {
        let (count, bytes) = self.held(source);
        let own = weight(count.saturating_add(1), bytes.saturating_add(length));
        let mut gave_way = Vec::new();
        while !self.has_room(source, length)
            && gave_way.len() < GIVING_WAY_MAX
            && let Some(heaviest) = self.who_gives_way(source, own)
            && let Some(newest) = self.take_newest(&heaviest)
        {
            gave_way.push(newest);
        }
        gave_way
    }

    /// Who gives way to `source`, which would weigh `own`: to a suspect, a heavier suspect; to anybody else, any suspect, and
    /// when there is none, whoever is heavier.
    fn who_gives_way(&self, source: &Source, own: usize) -> Option<Source> {
        match self.standing(source) {
            Served::Suspects => self.heaviest(Served::Suspects, own.saturating_add(1)),
            Served::Trusted => self
                .heaviest(Served::Suspects, 0)
                .or_else(|| self.heaviest(Served::Trusted, own.saturating_add(1))),
        }
    }

    /// The heaviest of `served` sources with something gathered, if it weighs at least `least`.
    fn heaviest(&self, served: Served, least: usize) -> Option<Source> {
        let heavier = self.side(served).by_weight.range((least, Source::Own)..);
        heavier
            .rev()
            .map(|(_, source)| *source)
            .find(|source| self.has_gathered_of(source))
    }

    fn has_gathered_of(&self, source: &Source) -> bool {
        self.lanes
            .get(source)
            .is_some_and(|lane| !lane.gathered.is_empty())
    }

    /// Takes in what there is room for.
    pub(super) fn push(&mut self, arrival: Arrival) {
        let source = arrival.entry.source;
        let amount = Amount::of(&arrival);
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(amount.bytes);
        let lane = self.lanes.entry(source).or_default();
        let weight_before = lane.weight();
        lane.count = lane.count.saturating_add(1);
        lane.bytes = lane.bytes.saturating_add(amount.bytes);
        let weight = lane.weight();
        lane.gathered_amount.add(amount);
        lane.gathered.push_back(arrival);
        let is_first = lane.gathered.len() == 1;
        let side = self.side_of(&source);
        side.by_weight.remove(&(weight_before, source));
        side.by_weight.insert((weight, source));
        side.gathered.add(amount);
        if is_first {
            side.turns.push_back(source);
        }
    }

    /// Frees the room of what has left.
    pub(super) fn release(&mut self, source: &Source, length: usize) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(length);
        let Some(lane) = self.lanes.get_mut(source) else {
            return;
        };
        let weight_before = lane.weight();
        lane.count = lane.count.saturating_sub(1);
        lane.bytes = lane.bytes.saturating_sub(length);
        let (weight, is_empty) = (lane.weight(), lane.count == 0);
        if is_empty {
            self.lanes.remove(source);
        }
        let side = self.side_of(source);
        side.by_weight.remove(&(weight_before, *source));
        if !is_empty {
            side.by_weight.insert((weight, *source));
        }
    }

    /// Takes out the newest of `source` that is gathered, and frees its room.
    fn take_newest(&mut self, source: &Source) -> Option<Arrival> {
        let lane = self.lanes.get_mut(source)?;
        let newest = lane.gathered.pop_back()?;
        if lane.gathered.is_empty() {
            self.side_of(source).turns.retain(|other| other != source);
        }
        self.leave_gathered(&newest);
        self.release(source, newest.entry.sealed.bytes().len());
        Some(newest)
    }

    fn leave_gathered(&mut self, arrival: &Arrival) {
        let (source, amount) = (&arrival.entry.source, Amount::of(arrival));
        if let Some(lane) = self.lanes.get_mut(source) {
            lane.gathered_amount.subtract(amount);
        }
        self.side_of(source).gathered.subtract(amount);
    }

    /// Takes out what is served next. Its room stays taken until [`Self::release`].
    pub(super) fn serve(&mut self, served: Served, turns: Turns) -> Taken {
        let mut taken = Taken::default();
        let mut signatures = 0usize;
        while signatures < turns.signatures_max
            && let Some(source) = self.side_mut(served).turns.pop_front()
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
                self.side_mut(served).turns.push_back(source);
            }
        }
        taken
    }

    /// Notes at `now_ms` what signatures of `source` turned out to be. What suspects now hold beyond their room comes back.
    pub(super) fn note(
        &mut self,
        source: Source,
        right: u32,
        wrong: u32,
        now_ms: u64,
    ) -> Vec<Arrival> {
        match self.suspects.note(source, right, wrong, now_ms) {
            Change::None => Vec::new(),
            Change::Suspected => {
                self.move_lane(source, Served::Trusted, Served::Suspects);
                if let Some(forgotten) = self.suspects.forget_surplus() {
                    self.move_lane(forgotten, Served::Suspects, Served::Trusted);
                }
                self.take_surplus(&source)
            }
            Change::Cleared => {
                self.move_lane(source, Served::Suspects, Served::Trusted);
                Vec::new()
            }
        }
    }

    /// What a new suspect holds beyond the room of one, and then what the heaviest suspects hold beyond the room of all.
    fn take_surplus(&mut self, source: &Source) -> Vec<Arrival> {
        let mut surplus = Vec::new();
        while self.lanes.get(source).is_some_and(|lane| {
            lane.gathered_amount.count > SUSPECT_TRANSACTIONS_MAX
                || lane.gathered_amount.bytes > SUSPECT_BYTES_MAX
        }) && let Some(newest) = self.take_newest(source)
        {
            surplus.push(newest);
        }
        while (self.suspected.gathered.count > ALL_SUSPECTS_TRANSACTIONS_MAX
            || self.suspected.gathered.bytes > ALL_SUSPECTS_BYTES_MAX)
            && let Some(heaviest) = self.heaviest(Served::Suspects, 0)
            && let Some(newest) = self.take_newest(&heaviest)
        {
            surplus.push(newest);
        }
        surplus
    }

    /// Trusts those again whose last wrong signature is long ago.
    pub(super) fn let_debts_lapse(&mut self, now_ms: u64) {
        while let Some(source) = self.suspects.forget_lapsed(now_ms) {
            self.move_lane(source, Served::Suspects, Served::Trusted);
        }
    }

    /// Serves a source whose standing has changed with those of its new standing.
    fn move_lane(&mut self, source: Source, from: Served, to: Served) {
        let Some(lane) = self.lanes.get(&source) else {
            return;
        };
        let (weight, amount) = (lane.weight(), lane.gathered_amount);
        let from = self.side_mut(from);
        from.by_weight.remove(&(weight, source));
        from.gathered.subtract(amount);
        from.turns.retain(|other| *other != source);
        let to = self.side_mut(to);
        to.by_weight.insert((weight, source));
        to.gathered.add(amount);
        if amount.count > 0 {
            to.turns.push_back(source);
        }
    }
}

#[cfg(test)]
mod tests;
