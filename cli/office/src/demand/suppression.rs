//! Which counts are withheld so that nobody learns what few people asked for, not even by taking sums apart.
//!
//! Withholding a small count alone is in vain: whoever knows a total and its other parts knows it again. So others are
//! withheld with it, by the hypercube method of official statistics (Repsilber 1994; Giessing and Repsilber 2002): for each
//! small cell some box is withheld as a whole whose corners differ from it in one, two or three coordinates. Along each
//! dimension the box goes from the cell to another place or to the total. Adding an amount to the cell, taking it from or
//! adding it to each other corner by turns, gives another table that is right in every sum; and as every cell that changed
//! is withheld, it agrees with everything that is told.
//!
//! What always holds ([`Protected::witness`] shows it, and the tests attack it independently): for every small cell there is
//! such a table in which its count is larger by [`shift`], that is, at least [`PEOPLE_MIN`]; no count that it lowers falls
//! below one. So from what is told nobody can tell the count, nor that it is small. No small cell is lowered by it, so the same is so of
//! what several small cells have together. A count of zero may be withheld along with
//! others, therefore that something is withheld does not say that there is anything.
//!
//! The worst that can happen is that every total of a cell is withheld with it: a box from the cell to all totals only adds.

use std::collections::BTreeMap;

use super::cube::{Cube, PEOPLE_MIN, Place};

/// How many other places along a dimension are tried for the corners of a box: the most fitting ones.
const PLACES_TRIED_MAX: usize = 12;
/// How often boxes are chosen: once, and again when all others are known.
const ROUNDS: u32 = 3;
/// How many times as dear it is to withhold a total as it is to withhold one of its parts of the same number: readers look at
/// totals first.
const TOTAL_WEIGHT: u64 = 16;

/// Where a box goes along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Side {
    /// The coordinate of the opposite corners.
    to: usize,
    /// Whether what one side gains the other loses: between two places, not between a place and the total.
    turns: bool,
}

/// A box around a small cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Enclosure {
    cell: Place,
    sides: [Side; 3],
}

impl Enclosure {
    /// Every corner, and whether it loses what the cell gains.
    fn corners(&self) -> impl Iterator<Item = (Place, bool)> + '_ {
        (0..8_u8).map(|corner| {
            let mut place = self.cell;
            let mut loses = false;
            for (dimension, side) in self.sides.iter().enumerate() {
                if corner & (1 << dimension) != 0 {
                    place[dimension] = side.to;
                    loses ^= side.turns;
                }
            }
            (place, loses)
        })
    }
}

/// By how much a small cell may be larger for all that is told: up to [`PEOPLE_MIN`] where it has fewer orders, by as much
/// where few people have many.
pub fn shift(orders: u64) -> u64 {
    match orders < PEOPLE_MIN {
        true => PEOPLE_MIN - orders,
        false => PEOPLE_MIN,
    }
}

/// Counts of which some are withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    cube: Cube,
    /// For each cell, how many reasons there are to withhold it: that it is small, and the boxes it is a corner of.
    reasons: Vec<u32>,
    enclosures: BTreeMap<Place, Enclosure>,
}

impl Protected {
    /// Withholds what must be, and as little else as the method finds.
    pub fn of(cube: Cube) -> Protected {
        let mut small: Vec<Place> = cube
            .places()
            .filter(|place| cube.at(*place).is_small())
            .collect();
        let mut reasons = vec![0; cube.places().count()];
        for place in &small {
            reasons[cube.index(*place)] = 1;
        }
        let mut protected = Protected {
            cube,
            reasons,
            enclosures: BTreeMap::new(),
        };
        // Those that need most choose first, so that others can share their boxes; equal ones in order of place.
        small.sort_by_key(|place| std::cmp::Reverse(shift(protected.cube.at(*place).orders)));
        for _ in 0..ROUNDS {
            for place in &small {
                protected.enclose(*place);
            }
        }
        protected
    }

    /// Chooses the box around a small cell, in place of the one it has, knowing those of all others.
    fn enclose(&mut self, cell: Place) {
        if let Some(former) = self.enclosures.remove(&cell) {
            for (corner, _) in former.corners() {
                let index = self.cube.index(corner);
                self.reasons[index] = self.reasons[index].saturating_sub(1);
            }
        }
        let enclosure = self.cheapest(cell);
        for (corner, _) in enclosure.corners() {
            let index = self.cube.index(corner);
            self.reasons[index] = self.reasons[index].saturating_add(1);
        }
        self.enclosures.insert(cell, enclosure);
    }

    /// The counts as they are. Not to be told.
    pub const fn cube(&self) -> &Cube {
        &self.cube
    }

    /// The count at a place; none when it is withheld.
    ///
    /// # Panics
    /// When the place lies outside.
    pub fn told(&self, place: Place) -> Option<u64> {
        (!self.is_withheld(place)).then(|| self.cube.at(place).orders)
    }

    /// How many cells are withheld, and how many of them are not small themselves.
    pub fn withheld(&self) -> (usize, usize) {
        let all = self.reasons.iter().filter(|reasons| **reasons > 0).count();
        (all, all - self.enclosures.len())
    }

    /// For a small cell, another table that agrees with everything told: the places that differ and their counts there, the
    /// cell's own first. None for a cell that is not small.
    pub fn witness(&self, cell: Place) -> Option<Vec<(Place, u64)>> {
        let enclosure = self.enclosures.get(&cell)?;
        let by = shift(self.cube.at(cell).orders);
        let changed = enclosure.corners().map(|(place, loses)| {
            let orders = self.cube.at(place).orders;
            let other = match loses {
                true => orders.saturating_sub(by),
                false => orders.saturating_add(by),
            };
            (place, other)
        });
        Some(changed.collect())
    }

    fn is_withheld(&self, place: Place) -> bool {
        self.reasons[self.cube.index(place)] > 0
    }

    /// The box around `cell` that withholds least beyond what is withheld already.
    fn cheapest(&self, cell: Place) -> Enclosure {
        let by = shift(self.cube.at(cell).orders);
        let [first, second, third] =
            std::array::from_fn(|dimension| self.sides(cell, dimension, by));
        let mut best: Option<(u64, Enclosure)> = None;
        for one in &first {
            for two in &second {
                for three in &third {
                    let enclosure = Enclosure {
                        cell,
                        sides: [*one, *two, *three],
                    };
                    let Some(cost) = self.cost(&enclosure, by) else {
                        continue;
                    };
                    if best.is_none_or(|(least, _)| cost < least) {
                        best = Some((cost, enclosure));
                    }
                }
            }
        }
        let (_, enclosure) = best.expect("a box to the totals, or from them to a part, only adds");
        enclosure
    }

    /// Where a box around `cell` may go along a dimension: to the total and to the most fitting other places; from a total
    /// to those of its parts where something is.
    fn sides(&self, cell: Place, dimension: usize, by: u64) -> Vec<Side> {
        let total = self.cube.lengths()[dimension];
        let is_total = cell[dimension] == total;
        let mut fitting: Vec<(u64, usize)> = (0..total)
            .filter(|to| *to != cell[dimension])
            .filter_map(|to| {
                let mut place = cell;
                place[dimension] = to;
                // Next to the cell a corner between two places loses.
                let fits = is_total || self.can_lose(place, by);
                let cost = self.cost_of(place);
                fits.then_some((cost, to))
            })
            .collect();
        fitting.sort_unstable();
        fitting.truncate(PLACES_TRIED_MAX);
        let turns = !is_total;
        let mut sides: Vec<Side> = fitting
            .into_iter()
            .map(|(_, to)| Side { to, turns })
            .collect();
        if !is_total {
            let turns = false;
            sides.push(Side { to: total, turns });
        }
        sides
    }

    /// What withholding a box costs: the orders no longer told, and one for each cell. None when a corner would have to lose
    /// more than it has.
    fn cost(&self, enclosure: &Enclosure, by: u64) -> Option<u64> {
        let mut cost: u64 = 0;
        for (place, loses) in enclosure.corners() {
            if loses && !self.can_lose(place, by) {
                return None;
            }
            cost = cost.saturating_add(self.cost_of(place));
        }
        Some(cost)
    }

    /// Whether a cell can lose what a small one gains: it keeps one at least, and is not small itself. If it were, the two
    /// together would stand for few people, and what they have together could be worked out.
    fn can_lose(&self, place: Place, by: u64) -> bool {
        let count = self.cube.at(place);
        count.orders > by && !count.is_small()
    }

    fn cost_of(&self, place: Place) -> u64 {
        match self.is_withheld(place) {
            true => 0,
            false => {
                let lengths = self.cube.lengths();
                let totals = place
                    .iter()
                    .zip(lengths)
                    .filter(|(at, length)| **at == *length);
                let orders = self.cube.at(place).orders.saturating_add(1);
                totals.fold(orders, |cost, _| cost.saturating_mul(TOTAL_WEIGHT))
            }
        }
    }
}

#[cfg(test)]
mod tests;
