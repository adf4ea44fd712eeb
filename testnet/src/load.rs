//! Load files: a city's people and service orders as typed CSV rows, and the reader that checks them.
//!
//! A load file describes what happened without saying how it is signed; `replay` turns each order into its four
//! transactions. Rows refer only to what stands above them, dates never go backwards, and a malformed row is named by
//! its line number. The format is written down in `docs/load-files.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};

use ledger_core::id::{OrganisationId, ServiceCode};
use ledger_core::time::Day;

/// The longest line a load file may have, in bytes.
const LINE_BYTES_MAX: usize = 256;

/// An organisation of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its division code.
    pub id: OrganisationId,
    /// The one above it.
    pub parent: OrganisationId,
}

/// One person; `number` is unique among volunteers or elders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number the load file uses.
    pub number: u32,
    /// The home street.
    pub home: OrganisationId,
}

/// One service order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The day it took place.
    pub day: Day,
    /// Minutes after midnight at which it began.
    pub start_minute: u16,
    /// How long it took; what is claimed and approved.
    pub minutes: u16,
    /// The kind of service.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// The elder's number.
    pub elder: u32,
    /// The volunteer's number.
    pub volunteer: u32,
}

/// A whole load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Districts of the city.
    pub districts: Vec<OrganisationId>,
    /// Streets.
    pub streets: Vec<Organisation>,
    /// Service points.
    pub points: Vec<Organisation>,
    /// Volunteers.
    pub volunteers: Vec<Person>,
    /// Elders.
    pub elders: Vec<Person>,
    /// Orders, in order of day.
    pub orders: Vec<Order>,
}

/// A row that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("line {line}: {source}")]
    Read {
        /// Counted from 1.
        line: usize,
        /// What the system said.
        source: std::io::Error,
    },
    /// The row is not of the format.
    #[error("line {line}: {reason}")]
    Row {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: RowError,
    },
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The first column is none of the known kinds.
    #[error("the first column must be district, street, point, volunteer, elder or order")]
    Kind,
    /// Too few or too many columns.
    #[error("this kind of row has {expected} columns")]
    Columns {
        /// How many it must have.
        expected: usize,
    },
    /// A column cannot be read.
    #[error("column {column} cannot be read")]
    Column {
        /// Counted from 1.
        column: usize,
    },
    /// The row refers to something that is not above it, or repeats something that is.
    #[error("column {column} names something unknown or already listed")]
    Reference {
        /// Counted from 1.
        column: usize,
    },
    /// An order's day lies before the one above it.
    #[error("orders must be sorted by day")]
    Order,
    /// The line is too long.
    #[error("the line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
}

impl Load {
    /// All minutes of all orders.
    pub fn minutes(&self) -> u64 {
        self.orders
            .iter()
            .map(|order| u64::from(order.minutes))
            .sum()
    }

    /// Writes the load as rows.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        for district in &self.districts {
            writeln!(out, "district,{}", district.0)?;
        }
        for (kind, organisations) in [("street", &self.streets), ("point", &self.points)] {
            for organisation in organisations {
                writeln!(
                    out,
                    "{kind},{},{}",
                    organisation.id.0, organisation.parent.0
                )?;
            }
        }
        for (kind, people) in [("volunteer", &self.volunteers), ("elder", &self.elders)] {
            for person in people {
                writeln!(out, "{kind},{},{}", person.number, person.home.0)?;
            }
        }
        for order in &self.orders {
            writeln!(out, "{order}")?;
        }
        Ok(())
    }

    /// Reads and checks rows.
    ///
    /// # Errors
    /// For the first row that cannot be used, by its line number.
    pub fn read(input: &mut dyn BufRead) -> Result<Load, LoadError> {
        let mut reader = Reader::default();
        let mut text = String::new();
        for line in 1.. {
            text.clear();
            let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
            let read = std::io::Read::take(&mut *input, limit)
                .read_line(&mut text)
                .map_err(|source| LoadError::Read { line, source })?;
            if read == 0 {
                break;
            }
            let row_error = |reason| LoadError::Row { line, reason };
            if read == LINE_BYTES_MAX && !text.ends_with('\n') {
                return Err(row_error(RowError::TooLong));
            }
            let row = text.trim_end();
            if !row.is_empty() && !row.starts_with('#') {
                reader.row(row).map_err(row_error)?;
            }
        }
        Ok(reader.load)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "order,{},{:02}:{:02},{},{},{},{},{}",
            self.day,
            self.start_minute / 60,
            self.start_minute % 60,
            self.minutes,
            self.service,
            self.district.0,
            self.elder,
            self.volunteer
        )
    }
}

#[derive(Default)]
struct Reader {
    load: Load,
    level: BTreeMap<OrganisationId, Level>,
    people: [BTreeMap<u32, ()>; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    District,
    Street,
    Point,
}

impl Reader {
    fn row(&mut self, row: &str) -> Result<(), RowError> {
        let columns: Vec<&str> = row.split(',').collect();
        let expect = |expected| {
            if columns.len() == expected {
                Ok(())
            } else {
                Err(RowError::Columns { expected })
            }
        };
        match columns[0] {
            "district" => {
                expect(2)?;
                let id = OrganisationId(parse(&columns, 2)?);
                self.add_organisation(id, Level::District)?;
                self.load.districts.push(id);
            }
            kind @ ("street" | "point") => {
                expect(3)?;
                let id = OrganisationId(parse(&columns, 2)?);
                let parent = OrganisationId(parse(&columns, 3)?);
                let (own, above) = if kind == "street" {
                    (Level::Street, Level::District)
                } else {
                    (Level::Point, Level::Street)
                };
                self.require(parent, above, 3)?;
                self.add_organisation(id, own)?;
                let list = if kind == "street" {
                    &mut self.load.streets
                } else {
                    &mut self.load.points
                };
                list.push(Organisation { id, parent });
            }
            kind @ ("volunteer" | "elder") => {
                expect(3)?;
                let person = Person {
                    number: parse(&columns, 2)?,
                    home: OrganisationId(parse(&columns, 3)?),
                };
                self.require(person.home, Level::Street, 3)?;
                let group = usize::from(kind == "elder");
                if self.people[group].insert(person.number, ()).is_some() {
                    return Err(RowError::Reference { column: 2 });
                }
                let list = if kind == "volunteer" {
                    &mut self.load.volunteers
                } else {
                    &mut self.load.elders
                };
                list.push(person);
            }
            "order" => {
                expect(8)?;
                self.order(&columns)?;
            }
            _ => return Err(RowError::Kind),
        }
        Ok(())
    }

    fn order(&mut self, columns: &[&str]) -> Result<(), RowError> {
        let (hour, minute) = columns[2]
            .split_once(':')
            .ok_or(RowError::Column { column: 3 })?;
        let clock = |text: &str, below: u16| {
            text.parse::<u16>()
                .ok()
                .filter(|value| *value < below)
                .ok_or(RowError::Column { column: 3 })
        };
        let order = Order {
            day: parse(columns, 2)?,
            start_minute: clock(hour, 24)? * 60 + clock(minute, 60)?,
            minutes: parse(columns, 4)?,
            service: parse(columns, 5)?,
            district: OrganisationId(parse(columns, 6)?),
            elder: parse(columns, 7)?,
            volunteer: parse(columns, 8)?,
        };
        self.require(order.district, Level::District, 6)?;
        for (group, number, column) in [(1, order.elder, 7), (0, order.volunteer, 8)] {
            if !self.people[group].contains_key(&number) {
                return Err(RowError::Reference { column });
            }
        }
        if self
            .load
            .orders
            .last()
            .is_some_and(|last| last.day > order.day)
        {
            return Err(RowError::Order);
        }
        self.load.orders.push(order);
        Ok(())
    }

    fn add_organisation(&mut self, id: OrganisationId, level: Level) -> Result<(), RowError> {
        match self.level.insert(id, level) {
            None => Ok(()),
            Some(_) => Err(RowError::Reference { column: 2 }),
        }
    }

    fn require(&self, id: OrganisationId, level: Level, column: usize) -> Result<(), RowError> {
        if self.level.get(&id) == Some(&level) {
            Ok(())
        } else {
            Err(RowError::Reference { column })
        }
    }
}

/// The value in `column`, counted from 1.
fn parse<T: std::str::FromStr>(columns: &[&str], column: usize) -> Result<T, RowError> {
    columns[column - 1]
        .parse()
        .map_err(|_| RowError::Column { column })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "district,320102\nstreet,320102001,320102\npoint,320102001001,320102001\n\
        volunteer,1,320102001\nelder,1,320102001\norder,2019-12-01,09:30,30,S01,320102,1,1\n";

    #[test]
    fn a_load_round_trips() {
        let load = Load::read(&mut SMALL.as_bytes()).unwrap();
        assert_eq!(load.minutes(), 30);
        let mut text = Vec::new();
        load.write(&mut text).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), SMALL);
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        for (row, expected) in [
            (
                "nonsense",
                "line 7: the first column must be district, street, point, volunteer, elder or order",
            ),
            ("elder,2", "line 7: this kind of row has 3 columns"),
            (
                "elder,1,320102001",
                "line 7: column 2 names something unknown or already listed",
            ),
            (
                "order,2019-12-02,09:30,30,S01,320102,9,1",
                "line 7: column 7 names something unknown or already listed",
            ),
            (
                "order,2019-12-02,25:30,30,S01,320102,1,1",
                "line 7: column 3 cannot be read",
            ),
            (
                "order,2019-11-02,09:30,30,S01,320102,1,1",
                "line 7: orders must be sorted by day",
            ),
        ] {
            let text = format!("{SMALL}{row}\n");
            assert_eq!(
                Load::read(&mut text.as_bytes()).unwrap_err().to_string(),
                expected
            );
        }
        let long = format!("{SMALL}{}\n", "x".repeat(1_000));
        assert!(
            Load::read(&mut long.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("longer than")
        );
    }
}
