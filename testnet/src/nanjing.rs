//! The reference load: Nanjing's elder-care time bank from December 2019 to January 2021, in its published totals.
//!
//! Only the published totals are the city's: 12 districts, 24 streets, 247 communities with 1,252 service
//! points, 45,490 volunteers, 34,755 elders and 107,141 orders of 3,227,415 minutes, 68,106 of them in the four months
//! from October 2020. Who served whom and when is made up, deterministically from a seed. What is made up obeys the
//! rules: a volunteer's services never overlap, and nobody exceeds a day's limit.

use std::collections::BTreeSet;

use ledger_core::id::{OrganisationId, ServiceCode};
use ledger_core::time::{Day, Month};

use crate::load::{Load, Order, Organisation, Person};

/// Orders in all.
pub const ORDERS: u32 = 107_141;
/// Minutes of all orders.
pub const MINUTES: u64 = 3_227_415;
/// Orders of 45 minutes; the others take 30.
const ORDERS_OF_45: u32 = 879;
/// Orders from October 2020 on.
const ORDERS_LATE: u32 = 68_106;
/// Volunteers.
pub const VOLUNTEERS: u32 = 45_490;
/// Elders.
pub const ELDERS: u32 = 34_755;
const SERVICE_POINTS: u64 = 1_252;
const STREETS: u64 = 24;
/// The division codes of the twelve districts (GB/T 2260).
const DISTRICTS: [u64; 12] = [
    320_102, 320_104, 320_105, 320_106, 320_111, 320_113, 320_114, 320_115, 320_116, 320_117,
    320_118, 320_119,
];
/// Service codes that occur, by how often each does in a hundred orders.
const SERVICES: [(u16, u64); 6] = [(1, 34), (2, 22), (3, 18), (4, 12), (5, 9), (6, 5)];

/// The load for `seed`.
pub fn generate(seed: u64) -> Load {
    let mut random = Random::new(seed);
    let mut load = Load {
        districts: DISTRICTS.map(OrganisationId).to_vec(),
        ..Load::default()
    };
    for index in 0..STREETS {
        let parent = DISTRICTS[usize::try_from(index % 12).unwrap_or_default()];
        let id = OrganisationId(parent * 1_000 + 1 + index / 12);
        load.streets.push(Organisation {
            id,
            parent: OrganisationId(parent),
        });
    }
    for index in 0..SERVICE_POINTS {
        let street = load.streets[usize::try_from(index % STREETS).unwrap_or_default()].id;
        load.points.push(Organisation {
            id: OrganisationId(street.0 * 1_000 + 1 + index / STREETS),
            parent: street,
        });
    }
    let mut people = |count: u32| -> Vec<Person> {
        (1..=count)
            .map(|number| {
                let street = usize::try_from(random.below(STREETS)).unwrap_or_default();
                Person {
                    number,
                    home: load.streets[street].id,
                }
            })
            .collect()
    };
    load.volunteers = people(VOLUNTEERS);
    load.elders = people(ELDERS);
    load.orders = orders(&load, &mut random);
    assert_eq!(load.minutes(), MINUTES, "the totals are exact");
    load
}

fn orders(load: &Load, random: &mut Random) -> Vec<Order> {
    let mut days = Vec::new();
    spread(
        &mut days,
        month(2019, 12),
        month(2020, 9),
        ORDERS - ORDERS_LATE,
        random,
    );
    spread(
        &mut days,
        month(2020, 10),
        month(2021, 1),
        ORDERS_LATE,
        random,
    );
    days.sort_unstable();
    // Which orders took 45 minutes: evenly spread, so that every part of the file has some.
    let is_long = |index: u32| {
        let (index, long, all) = (u64::from(index), u64::from(ORDERS_OF_45), u64::from(ORDERS));
        (index + 1) * long / all > index * long / all
    };
    let mut busy: BTreeSet<(Day, u32, u16)> = BTreeSet::new();
    let numbered = (0u32..).zip(days);
    numbered
        .map(|(index, day)| {
            let elder =
                load.elders[usize::try_from(random.below(u64::from(ELDERS))).unwrap_or_default()];
            // Half-hour slots of an hour each from 8:00 to 18:00 leave room for 45 minutes.
            let (volunteer, start_minute) = loop {
                let volunteer =
                    u32::try_from(random.below(u64::from(VOLUNTEERS))).unwrap_or_default() + 1;
                let hour = u16::try_from(8 + random.below(10)).unwrap_or_default();
                let start = hour * 60 + if random.below(2) == 0 { 0 } else { 15 };
                if busy.insert((day, volunteer, hour)) {
                    break (volunteer, start);
                }
            };
            let district = OrganisationId(elder.home.0 / 1_000);
            let minutes = if is_long(index) { 45 } else { 30 };
            let service = pick_service(random);
            Order {
                day,
                start_minute,
                minutes,
                service,
                district,
                elder: elder.number,
                volunteer,
            }
        })
        .collect()
}

/// Adds `count` days, spread at random over the months from `first` to `last`.
fn spread(days: &mut Vec<Day>, first: Month, last: Month, count: u32, random: &mut Random) {
    let start = first_day(first);
    let length = u64::from(first_day(last.next()).0 - start.0);
    for _ in 0..count {
        days.push(start.plus_days(u32::try_from(random.below(length)).unwrap_or_default()));
    }
}

fn month(year: u32, month: u32) -> Month {
    Month(year * 12 + month - 1)
}

fn first_day(month: Month) -> Day {
    Day::from_civil(month.0 / 12, month.0 % 12 + 1, 1).expect("a month after 1970 has a first day")
}

fn pick_service(random: &mut Random) -> ServiceCode {
    let mut rest = random.below(100);
    for (code, share) in SERVICES {
        if rest < share {
            return ServiceCode(code);
        }
        rest -= share;
    }
    unreachable!("the shares sum to a hundred")
}

/// A stream of numbers determined by a seed: BLAKE3 over a counter.
pub struct Random {
    seed: u64,
    counter: u64,
}

impl Random {
    /// The stream of `seed`.
    pub const fn new(seed: u64) -> Random {
        Random { seed, counter: 0 }
    }

    /// A number below `bound`, which is above zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.counter += 1;
        let mut hasher = blake3::Hasher::new_derive_key("timebank testnet random numbers");
        hasher
            .update(&self.seed.to_le_bytes())
            .update(&self.counter.to_le_bytes());
        let mut word = [0; 8];
        hasher.finalize_xof().fill(&mut word);
        // The bias of the remainder is below 2^-40 for every bound used here.
        u64::from_le_bytes(word) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_are_those_of_the_city_to_the_minute() {
        let load = generate(1);
        assert_eq!(load.orders.len(), 107_141);
        assert_eq!(load.minutes(), 3_227_415);
        assert_eq!((load.volunteers.len(), load.elders.len()), (45_490, 34_755));
        assert_eq!(
            (load.districts.len(), load.streets.len(), load.points.len()),
            (12, 24, 1_252)
        );
        let october = Day::from_civil(2020, 10, 1).unwrap();
        assert_eq!(
            load.orders
                .iter()
                .filter(|order| order.day >= october)
                .count(),
            68_106
        );
        assert_eq!(
            load.orders
                .iter()
                .filter(|order| order.minutes == 45)
                .count(),
            879
        );
        assert_eq!(
            load.orders.first().unwrap().day.month().to_string(),
            "2019-12"
        );
        assert_eq!(
            load.orders.last().unwrap().day.month().to_string(),
            "2021-01"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_load_and_the_reader_accepts_it() {
        let mut text = Vec::new();
        generate(7).write(&mut text).unwrap();
        assert_eq!(Load::read(&mut text.as_slice()).unwrap(), generate(7));
        assert_ne!(generate(8), generate(7));
    }

    #[test]
    fn no_volunteer_is_in_two_places_at_once() {
        let mut load = generate(3);
        load.orders
            .sort_by_key(|order| (order.volunteer, order.day, order.start_minute));
        for pair in load.orders.windows(2) {
            let [first, second] = [&pair[0], &pair[1]];
            let apart = (first.volunteer, first.day) != (second.volunteer, second.day)
                || first.start_minute + first.minutes <= second.start_minute;
            assert!(apart, "{first} and {second} overlap");
        }
    }
}
