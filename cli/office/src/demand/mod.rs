//! Demand: what people of which street asked for in which week and did not get, told so that it says nothing about anybody.
//!
//! Counted are orders that nobody has taken on, and those that ran out of time, each in the week in which its service was to
//! begin and under the street where the recipient lived when it was posted. What always holds: only whole weeks are
//! counted; no figure and no difference of figures says how much fewer than five people asked for ([`suppression`]); that is
//! worked out over all streets of the city at once, so that the tables of two districts cannot be played against each other.
//!
//! Two tables of different weeks or of different days can: an order that is taken on between them leaves its cell. So an
//! office publishes one table for a time that is over, and not a second one of the same weeks (`docs/office.md`).

pub mod cube;
pub mod page;
pub mod suppression;

use std::collections::BTreeSet;

use ledger_core::id::{Height, OrganisationId, ServiceCode};
use ledger_core::record::order::OrderStatus;
use ledger_core::record::organisation::Level;
use ledger_core::time::{Day, TimestampMs};
use serde::Serialize;
use timebank_audit::Facts;
use timebank_audit::facts::OrderFacts;

use cube::{Cube, CubeTooLarge, Place};
use suppression::Protected;

/// The most weeks of one table: a year.
pub const WEEKS_MAX: u32 = 53;

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// Too many weeks, or none.
    #[error("{weeks} weeks are asked for; ask for 1 to {WEEKS_MAX}")]
    Weeks {
        /// How many.
        weeks: u32,
    },
    /// Too many streets and services for so many weeks.
    #[error(transparent)]
    TooLarge(#[from] CubeTooLarge),
}

/// Which orders are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weeks {
    first: Day,
    count: u32,
}

impl Weeks {
    /// `count` weeks from that of `day` on. Weeks begin on Mondays.
    ///
    /// # Errors
    /// When there are none or too many.
    pub fn from(day: Day, count: u32) -> Result<Weeks, DemandError> {
        if !(1..=WEEKS_MAX).contains(&count) {
            return Err(DemandError::Weeks { weeks: count });
        }
        let first = monday(day);
        Ok(Weeks { first, count })
    }

    /// Their Mondays.
    pub fn mondays(self) -> impl Iterator<Item = Day> {
        (0..self.count).map(move |week| self.first.plus_days(week.saturating_mul(7)))
    }

    /// The number of the week of `day`; none outside.
    fn number(self, day: Day) -> Option<usize> {
        let week = day.0.checked_sub(self.first.0)? / 7;
        (week < self.count).then(|| usize::try_from(week).unwrap_or(usize::MAX))
    }
}

/// The Monday on or before `day`. Day 0 was a Thursday.
fn monday(day: Day) -> Day {
    let since = day.0.saturating_add(3) % 7;
    Day(day.0.saturating_sub(since))
}

/// The table of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The streets, each with its district, in order.
    pub streets: Vec<(OrganisationId, OrganisationId)>,
    /// The service codes that were ever ordered, in order.
    pub services: Vec<ServiceCode>,
    /// The Mondays of the weeks.
    pub weeks: Vec<Day>,
    /// The last block that was counted.
    pub height: Height,
    /// Its time.
    pub time_ms: TimestampMs,
    protected: Protected,
}

/// A figure of a table; a coordinate that is none stands for all of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The street.
    pub street: Option<OrganisationId>,
    /// The service.
    pub service: Option<ServiceCode>,
    /// The Monday of the week.
    pub week: Option<Day>,
    /// How many orders; none when it is withheld.
    pub orders: Option<u64>,
}

/// Which cells of one kind are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// The one with this number.
    At(usize),
    /// All together.
    All,
}

impl Demand {
    /// What was asked for in `weeks` as of the last block that `facts` followed.
    ///
    /// # Errors
    /// When there would be too many cells.
    pub fn of(facts: &Facts, weeks: Weeks) -> Result<Demand, DemandError> {
        let organisations = facts.organisations.iter();
        let streets: Vec<_> = organisations
            .filter(|(_, known)| known.level == Level::Street)
            .map(|(street, known)| (*street, known.district))
            .collect();
        let services: BTreeSet<ServiceCode> =
            facts.orders.values().map(|order| order.service).collect();
        let services: Vec<ServiceCode> = services.into_iter().collect();
        let mondays: Vec<Day> = weeks.mondays().collect();
        let mut cube = Cube::new([streets.len(), services.len(), mondays.len()])?;
        for order in facts.orders.values().filter(|order| is_unmet(order)) {
            let day = facts.calendar.day(order.window_start_ms);
            let street = streets.binary_search_by_key(&order.recipient_home, |(it, _)| *it);
            let service = services.binary_search(&order.service);
            if let (Ok(street), Ok(service), Some(week)) = (street, service, weeks.number(day)) {
                cube.count([street, service, week], order.recipient);
            }
        }
        Ok(Demand {
            streets,
            services,
            weeks: mondays,
            height: facts.height,
            time_ms: facts.time_ms,
            protected: Protected::of(cube),
        })
    }

    /// The figure of a street, a service and a week, or of all of a kind; none when it is withheld.
    pub fn told(&self, street: Along, service: Along, week: Along) -> Option<u64> {
        let lengths = self.protected.cube().lengths();
        let place: Place =
            std::array::from_fn(|dimension| match [street, service, week][dimension] {
                Along::At(at) => at,
                Along::All => lengths[dimension],
            });
        self.protected.told(place)
    }

    /// The figures, withheld ones included, in order of street, service and week, totals last; those of one district's
    /// streets when one is named. What is zero is left out.
    pub fn cells(&self, district: Option<OrganisationId>) -> Vec<Cell> {
        let mut cells = Vec::new();
        for [street, service, week] in self.protected.cube().places() {
            let orders = self.protected.told([street, service, week]);
            let within = match (self.streets.get(street), district) {
                (_, None) => true,
                (Some((_, of)), Some(district)) => *of == district,
                (None, Some(_)) => false,
            };
            if within && orders != Some(0) {
                cells.push(Cell {
                    street: self.streets.get(street).map(|(street, _)| *street),
                    service: self.services.get(service).copied(),
                    week: self.weeks.get(week).copied(),
                    orders,
                });
            }
        }
        cells
    }

    /// How many figures are withheld.
    pub fn withheld(&self) -> usize {
        self.protected.withheld().0
    }
}

/// Whether nobody has taken an order on: it waits, or its time ran out.
fn is_unmet(order: &OrderFacts) -> bool {
    matches!(order.status, OrderStatus::Posted | OrderStatus::Lapsed)
}

#[cfg(test)]
mod tests;
