//! Counts in three dimensions with every total: by street, by service code and by week, and over all of each.
//!
//! A coordinate is a place along its dimension or the total over it, so that a total is a cell like any other. What always
//! holds: along each dimension, and whatever the other two coordinates are, the total is the sum of the places.

use std::collections::BTreeSet;

use ledger_core::id::AccountId;

/// Fewer different people than this, and what they asked for is not told.
pub const PEOPLE_MIN: u64 = 5;
/// The most cells, totals included: 200 streets, 40 services and a quarter are a tenth of it.
pub const CELLS_MAX: usize = 1_000_000;

/// How many there are along a dimension, or of each of the three.
pub type Lengths = [usize; 3];

/// Where a cell lies: three coordinates below the lengths, or equal to the length for the total.
pub type Place = [usize; 3];

/// What was asked for in a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many orders.
    pub orders: u64,
    /// Different people who asked, as far as it takes to know that they are enough.
    people: BTreeSet<AccountId>,
}

impl Count {
    /// Whether so few asked that it says something about each of them. Where nobody asked there is nobody to protect.
    pub fn is_small(&self) -> bool {
        let people = u64::try_from(self.people.len()).unwrap_or(u64::MAX);
        self.orders > 0 && people < PEOPLE_MIN
    }

    fn add(&mut self, person: AccountId) {
        self.orders = self.orders.saturating_add(1);
        let enough = usize::try_from(PEOPLE_MIN).unwrap_or(usize::MAX);
        if self.people.len() < enough {
            self.people.insert(person);
        }
    }
}

/// The counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cube {
    lengths: Lengths,
    cells: Vec<Count>,
}

/// More cells than [`CELLS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cells} cells exceed the {CELLS_MAX} there may be; ask for fewer weeks")]
pub struct CubeTooLarge {
    /// How many there would be.
    pub cells: usize,
}

impl Cube {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// When there would be too many cells.
    pub fn new(lengths: Lengths) -> Result<Cube, CubeTooLarge> {
        let extended = lengths.iter().map(|length| length.saturating_add(1));
        let cells = extended.fold(1, usize::saturating_mul);
        if cells > CELLS_MAX {
            return Err(CubeTooLarge { cells });
        }
        let cells = vec![Count::default(); cells];
        Ok(Cube { lengths, cells })
    }

    /// How many there are along each dimension, totals not counted.
    pub const fn lengths(&self) -> Lengths {
        self.lengths
    }

    /// Counts an order of `person` at `place`, which is no total, and in every total it belongs to.
    ///
    /// # Panics
    /// When the place lies outside.
    pub fn count(&mut self, place: Place, person: AccountId) {
        let inside = place
            .iter()
            .zip(self.lengths)
            .all(|(at, length)| *at < length);
        assert!(inside, "{place:?} lies outside {:?}", self.lengths);
        for totals in 0..8_u8 {
            let cell = std::array::from_fn(|dimension| {
                let total = totals & (1 << dimension) != 0;
                match total {
                    true => self.lengths[dimension],
                    false => place[dimension],
                }
            });
            let index = self.index(cell);
            self.cells[index].add(person);
        }
    }

    /// The cell at `place`.
    ///
    /// # Panics
    /// When the place lies outside.
    pub fn at(&self, place: Place) -> &Count {
        &self.cells[self.index(place)]
    }

    /// Every place, totals included, in order.
    pub fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let [first, second, third] = self.lengths;
        (0..=first)
            .flat_map(move |i| (0..=second).flat_map(move |j| (0..=third).map(move |k| [i, j, k])))
    }

    /// The number of a cell.
    pub(crate) fn index(&self, place: Place) -> usize {
        let [_, second, third] = self.lengths;
        (place[0] * (second + 1) + place[1]) * (third + 1) + place[2]
    }
}
