//! The paper records of the demonstration: made up, deterministically from a seed, in the shape of a street office's file.

use std::fmt::Write;

use anyhow::{Context, Result};
use ledger_core::time::Day;
use timebank_wallet::records::COLUMNS;

use crate::demo::people::{ELDERS, OFFICES, VOLUNTEERS};
use crate::nanjing::Random;

/// Days the file covers.
pub const DAYS: u32 = 20;
/// Records of each day: fewer than there are volunteers, so that nobody serves twice on a day.
const RECORDS_A_DAY: u32 = 16;
/// The first day of the committed file.
const FIRST_DAY: (u32, u32, u32) = (2026, 11, 1);

/// The file for `seed`, with three lines as clumsy hands leave them.
pub fn generate(seed: u64) -> String {
    let mut random = Random::new(seed);
    let (year, month, date) = FIRST_DAY;
    let first = Day::from_civil(year, month, date).expect("a day that exists");
    let mut text = String::from(
        "# Written for this project by: timebank-testnet generate records. Nobody here is real.\n",
    );
    text.push_str(&COLUMNS.join(","));
    text.push('\n');
    for day in 0..DAYS {
        for slot in 0..RECORDS_A_DAY {
            let number = day * RECORDS_A_DAY + slot + 1;
            // 7 has no common divisor with 24, so the volunteers of one day are all different.
            let volunteer = (slot * 7 + day) % VOLUNTEERS + 1;
            // Each elder once a day, and so at most twenty records at once, as many as may be open.
            let elder = (slot * 5 + day * 3) % ELDERS + 1;
            let (street, district) = OFFICES[office_of_elder(elder)];
            let minutes = [30, 30, 45, 60, 60, 75, 90, 120][below(&mut random, 8) as usize];
            let start = 8 * 60 + below(&mut random, 32) * 15;
            // Two hours is the longest some kinds of service may take.
            let end = (start + minutes + below(&mut random, 2) * 5).min(start + 120);
            let service = below(&mut random, 8) + 1;
            // Some of each day's records are kept at the other districts' offices: people serve across the city.
            writeln!(
                text,
                "N-{number:04},{},{},{},{minutes},S{service:02},{},E{elder:02},V{volunteer:02},{}/3,budget",
                first.plus_days(day),
                clock(start),
                clock(end),
                district.0,
                street.0
            )
            .expect("writing to memory cannot fail");
            match number {
                57 => text.push_str(
                    "N-0057a,2026-11-04,25:10,10:40,60,S01,320102,E03,V05,320102001/3,budget\n",
                ),
                143 => text.push_str(
                    "N-0143a,2026-11-09,09:30,10:30,60,S01,320102,E99,V05,320102001/3,budget\n",
                ),
                260 => text.push_str("N-0260a,2026-11-17,09:30\n"),
                _ => {}
            }
        }
    }
    text
}

/// The office an elder of the demonstration belongs to.
pub fn office_of_elder(elder: u32) -> usize {
    (elder as usize - 1) % OFFICES.len()
}

fn below(random: &mut Random, bound: u32) -> u32 {
    u32::try_from(random.below(u64::from(bound))).unwrap_or_default()
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Moves every date of a record file by whole days, so that its last lies on `last`; what is no date stays as it is.
///
/// # Errors
/// When the file has no date at all.
pub fn move_dates(text: &str, last: Day) -> Result<String> {
    let day_of = |line: &str| {
        line.split(',')
            .nth(1)
            .and_then(|column| column.parse::<Day>().ok())
    };
    let newest = text
        .lines()
        .filter_map(day_of)
        .max()
        .context("the record file has no dates")?;
    let mut moved = String::with_capacity(text.len());
    for line in text.lines() {
        match day_of(line) {
            Some(day) => {
                let earlier = newest.0.saturating_sub(day.0);
                let shifted = Day(last.0.saturating_sub(earlier));
                moved.push_str(&line.replacen(&day.to_string(), &shifted.to_string(), 1));
            }
            None => moved.push_str(line),
        }
        moved.push('\n');
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_is_what_the_generator_writes() {
        assert_eq!(include_str!("../data/records.csv"), generate(1));
    }

    #[test]
    fn dates_are_moved_together() {
        let last = "2030-05-31".parse::<Day>().unwrap();
        let moved = move_dates(&generate(1), last).unwrap();
        assert!(moved.contains("2030-05-31") && moved.contains("2030-05-12"));
        assert!(!moved.contains("2026-11-20"));
        assert!(moved.contains("25:10"));
    }
}
