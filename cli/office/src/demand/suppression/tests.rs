//! Attacks on what is told: by looking for another table, by elimination, by trying all tables.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::demand::cube::Lengths;
use ledger_core::id::AccountId;

/// A prime for elimination: large enough that nothing vanishes by chance.
const PRIME: i128 = (1 << 61) - 1;

fn person(number: u8) -> AccountId {
    AccountId([number; 20])
}

/// A cube with these orders at its places, in order, each of another person.
fn cube(lengths: Lengths, orders: &[u8]) -> Cube {
    let mut cube = Cube::new(lengths).unwrap();
    let [first, second, third] = lengths;
    let mut at = orders.iter();
    for i in 0..first {
        for j in 0..second {
            for k in 0..third {
                for who in 0..*at.next().unwrap_or(&0) {
                    cube.count([i, j, k], person(who));
                }
            }
        }
    }
    cube
}

/// Each sum along a dimension: its parts, and its total.
fn sums(cube: &Cube) -> Vec<(Vec<Place>, Place)> {
    let lengths = cube.lengths();
    let mut sums = Vec::new();
    for dimension in 0..3 {
        for total in cube
            .places()
            .filter(|it| it[dimension] == lengths[dimension])
        {
            let part = |at| {
                let mut place = total;
                place[dimension] = at;
                place
            };
            sums.push(((0..lengths[dimension]).map(part).collect(), total));
        }
    }
    sums
}

/// Which withheld counts follow from what is told and the sums, by elimination: those alone in a row of the reduced system.
fn found_by_elimination(protected: &Protected) -> Vec<Place> {
    let cube = protected.cube();
    let unknown: Vec<Place> = cube
        .places()
        .filter(|place| protected.told(*place).is_none())
        .collect();
    let column = |place: &Place| unknown.iter().position(|it| it == place);
    let mut rows: Vec<Vec<i128>> = Vec::new();
    for (parts, total) in sums(cube) {
        let mut row = vec![0; unknown.len()];
        for at in parts.iter().filter_map(column) {
            row[at] = 1;
        }
        if let Some(at) = column(&total) {
            row[at] = PRIME - 1;
        }
        rows.push(row);
    }
    let mut pivot = 0;
    for at in 0..unknown.len() {
        let Some(found) = (pivot..rows.len()).find(|row| rows[*row][at] != 0) else {
            continue;
        };
        rows.swap(pivot, found);
        let inverse = power(rows[pivot][at], PRIME - 2);
        for value in &mut rows[pivot] {
            *value = *value * inverse % PRIME;
        }
        let reduced = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(it, _)| *it != pivot) {
            let factor = row[at];
            for (value, by) in row.iter_mut().zip(&reduced) {
                *value = (*value - factor * by % PRIME + PRIME) % PRIME;
            }
        }
        pivot += 1;
    }
    let alone = rows.iter().filter_map(|row| {
        let mut known = row.iter().enumerate().filter(|(_, value)| **value != 0);
        match (known.next(), known.next()) {
            (Some((at, _)), None) => Some(unknown[at]),
            _ => None,
        }
    });
    alone.collect()
}

fn power(base: i128, mut exponent: i128) -> i128 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * square % PRIME;
        }
        square = square * square % PRIME;
        exponent >>= 1;
    }
    result
}

/// Checks every small cell's other table against the sums and what is told.
fn check_witnesses(protected: &Protected) {
    let cube = protected.cube();
    for cell in cube.places().filter(|place| cube.at(*place).is_small()) {
        assert_eq!(protected.told(cell), None, "{cell:?} is told");
        let changed = protected.witness(cell).unwrap();
        let other = |place: Place| -> u64 {
            let found = changed.iter().find(|(it, _)| *it == place);
            found.map_or(cube.at(place).orders, |(_, orders)| *orders)
        };
        assert!(other(cell) >= PEOPLE_MIN.max(cube.at(cell).orders + 1));
        for (parts, total) in sums(cube) {
            let sum: u64 = parts.iter().map(|part| other(*part)).sum();
            assert_eq!(
                sum,
                other(total),
                "the other table does not add up at {total:?}"
            );
        }
        for (place, orders) in &changed {
            assert!(
                !cube.at(*place).is_small() || *orders > cube.at(*place).orders,
                "{place:?} is small and lowered: the sum of the two may be told"
            );
            assert_eq!(
                protected.told(*place),
                None,
                "{place:?} is told and differs"
            );
            assert!(*orders >= 1 || cube.at(*place).orders == 0);
        }
    }
}

/// Every value that a withheld place takes in tables of at most `largest` at each place that agree with all that is told.
fn possible(protected: &Protected, largest: u64) -> BTreeMap<Place, BTreeSet<u64>> {
    let cube = protected.cube();
    let lengths = cube.lengths();
    let inner: Vec<Place> = cube
        .places()
        .filter(|place| (0..3).all(|at| place[at] < lengths[at]))
        .collect();
    let mut values = vec![0; inner.len()];
    let mut found: BTreeMap<Place, BTreeSet<u64>> = BTreeMap::new();
    loop {
        let at = |place: Place| -> u64 {
            let belongs =
                |inner: &Place| (0..3).all(|at| place[at] == lengths[at] || place[at] == inner[at]);
            let parts = inner.iter().zip(&values);
            parts
                .filter(|(it, _)| belongs(it))
                .map(|(_, value)| value)
                .sum()
        };
        let agrees = cube
            .places()
            .all(|place| protected.told(place).is_none_or(|told| told == at(place)));
        if agrees {
            for place in cube
                .places()
                .filter(|place| protected.told(*place).is_none())
            {
                found.entry(place).or_default().insert(at(place));
            }
        }
        let Some(next) = values.iter().position(|value| *value < largest) else {
            return found;
        };
        values[..next].fill(0);
        values[next] += 1;
    }
}

/// What is withheld when small counts are withheld and nothing else.
fn small_only(cube: Cube) -> Protected {
    let small = cube.places().map(|place| cube.at(place).is_small());
    let reasons = small.map(u32::from).collect();
    Protected {
        reasons,
        cube,
        enclosures: BTreeMap::new(),
    }
}

#[test]
fn a_small_count_in_a_row_of_large_ones_takes_others_with_it() {
    let counted = cube([3, 3, 1], &[9, 8, 2, 12, 11, 10, 9, 14, 20]);
    let naive = small_only(counted.clone());
    assert!(
        found_by_elimination(&naive).contains(&[0, 2, 0]),
        "the attack works"
    );
    let protected = Protected::of(counted);
    assert_eq!(found_by_elimination(&protected), Vec::<Place>::new());
    check_witnesses(&protected);
    // Every grand total and most of the parts are told all the same.
    assert_eq!(protected.told([3, 3, 1]), Some(95));
    let (withheld, besides) = protected.withheld();
    assert!(withheld < 16, "{withheld} of 32 cells are withheld");
    assert!(besides >= 3);
}

#[test]
fn two_small_counts_that_add_up_to_almost_nothing_are_not_bare() {
    // Both are withheld, and their sum, if it were told, would say that each is one.
    let counted = cube([1, 2, 1], &[1, 1]);
    let protected = Protected::of(counted);
    assert_eq!(protected.told([0, 2, 0]), None);
    assert!(possible(&protected, 7)[&[0, 0, 0]].contains(&5));
}

#[test]
fn many_orders_of_one_person_are_withheld_and_nothing_is_told_as_nothing() {
    let mut counted = cube([2, 2, 2], &[0; 8]);
    for _ in 0..30 {
        counted.count([0, 0, 0], person(1));
    }
    let protected = Protected::of(counted);
    assert_eq!(protected.told([0, 0, 0]), None);
    assert_eq!(
        protected.told([2, 2, 2]),
        None,
        "the sum is that person's too"
    );
    assert_eq!(protected.told([1, 1, 1]), Some(0));
    check_witnesses(&protected);
}

#[test]
fn what_two_people_ask_for_together_cannot_be_worked_out() {
    // Each asks every week, in a street of their own, beside a street of many: each count could be larger at the other's cost,
    // and their sum would be told by the total.
    let mut counted = cube([3, 1, 1], &[0, 0, 9]);
    for street in 0..2_u8 {
        for _ in 0..13 {
            counted.count([usize::from(street), 0, 0], person(100 + street));
        }
    }
    let protected = Protected::of(counted);
    check_witnesses(&protected);
    let told = |street| protected.told([street, 0, 0]);
    let both_follow = told(3).is_some() && told(2).is_some();
    assert!(
        !both_follow,
        "the total less the others is what the two asked for"
    );
}

#[test]
fn where_nobody_is_few_everything_is_told() {
    let protected = Protected::of(cube([2, 2, 2], &[5, 9, 7, 0, 6, 8, 5, 11]));
    assert_eq!(protected.withheld(), (0, 0));
    assert_eq!(protected.told([2, 2, 2]), Some(51));
}

#[test]
fn a_cube_that_is_too_large_is_refused() {
    assert!(Cube::new([1_000, 100, 60]).is_err());
    assert!(Cube::new([usize::MAX, 1, 1]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_small_count_could_be_five_for_all_that_is_told(
        lengths in [1_usize..4, 1_usize..4, 1_usize..4],
        orders in proptest::collection::vec(prop_oneof![3 => Just(0_u8), 3 => 1_u8..5, 4 => 5_u8..40], 27),
    ) {
        let protected = Protected::of(cube(lengths, &orders));
        check_witnesses(&protected);
        let found = found_by_elimination(&protected);
        let small = found.iter().filter(|place| protected.cube().at(**place).is_small());
        prop_assert_eq!(small.count(), 0, "elimination finds a small count");
    }

    #[test]
    fn the_same_counts_are_withheld_in_the_same_way(
        orders in proptest::collection::vec(0_u8..9, 27),
    ) {
        let of = || Protected::of(cube([3, 3, 3], &orders));
        prop_assert_eq!(of(), of());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whoever_tries_all_tables_does_not_learn_a_small_count(
        orders in proptest::collection::vec(0_u8..7, 4),
    ) {
        let protected = Protected::of(cube([2, 2, 1], &orders));
        let possible = possible(&protected, 11);
        for cell in protected.cube().places() {
            if protected.cube().at(cell).is_small() {
                prop_assert!(possible[&cell].len() > 1, "{:?}", cell);
                prop_assert!(possible[&cell].last() >= Some(&PEOPLE_MIN), "{:?}", cell);
            }
        }
    }
}
