//! Social workers who verify: each on their days, one report after the other.

use super::super::city::{Staff, at, chance, weekday};
use super::super::scene::{Paying, Reported, Scene};
use crate::random::Random;

/// The latest of the day that a session begins, in minutes after midnight.
const LAST_BEGIN: u64 = 17 * 60;

/// How a social worker works.
#[derive(Debug)]
struct Habit {
    street: usize,
    worker: Staff,
    /// On which days of the week, 0 is Monday.
    weekdays: Vec<u32>,
    /// Begins about then, in minutes after midnight.
    begins: u64,
    /// Seconds for a report: least, and how many more at most.
    seconds: (u64, u64),
    /// Takes one in so many of those that wait; 1 takes all.
    share: usize,
    random: Random,
}

/// How all of them work.
#[derive(Debug)]
pub(super) struct Habits(Vec<Habit>);

impl Habits {
    pub(super) fn draw(scene: &Scene, seed: u64) -> Habits {
        let mut habits = Vec::new();
        for (street, record) in scene.city.streets.iter().enumerate() {
            let workers = record.social_workers.len();
            for (index, worker) in record.social_workers.iter().enumerate() {
                let mut random = chance(seed, &format!("social worker {street} {index}"));
                let alone = workers == 1;
                // Alone in the street: everything on two afternoons, quickly. Others: some on most days.
                let weekdays = if alone {
                    vec![1, 4]
                } else {
                    let off = u32::try_from(random.below(5)).unwrap_or(0);
                    (0..5).filter(|day| *day != off).collect()
                };
                let seconds = match random.below(3) {
                    0 => (20, 40),
                    1 => (60, 120),
                    _ => (90, 420),
                };
                habits.push(Habit {
                    street,
                    worker: worker.clone(),
                    weekdays,
                    begins: if alone {
                        15 * 60
                    } else {
                        9 * 60 + random.below(7 * 60)
                    },
                    seconds,
                    share: workers,
                    random,
                });
            }
        }
        Habits(habits)
    }

    /// Everybody's sessions of a day.
    pub(super) fn day(&mut self, scene: &mut Scene, day: u32) {
        for habit in &mut self.0 {
            if habit.weekdays.contains(&weekday(day)) {
                habit.session(scene, day);
            }
        }
    }
}

impl Habit {
    fn session(&mut self, scene: &mut Scene, day: u32) {
        let begins = (self.begins + self.random.below(30)).min(LAST_BEGIN);
        let mut now_ms = at(day, begins);
        let due: Vec<((u64, u64), Reported)> = scene.awaiting[self.street]
            .range(..(now_ms, 0))
            .map(|(key, reported)| (*key, *reported))
            .collect();
        for (key, reported) in due {
            // What has waited long is nobody's to leave to the next one.
            let waited_days = (now_ms - reported.done_ms) / ledger_core::time::DAY_MS;
            if self.share > 1 && waited_days < 4 && self.random.index(self.share) != 0 {
                continue;
            }
            scene.awaiting[self.street].remove(&key);
            let (least, more) = self.seconds;
            now_ms += 1_000 * (least + self.random.below(more));
            self.judge(scene, &reported, now_ms);
        }
    }

    fn judge(&mut self, scene: &mut Scene, reported: &Reported, now_ms: u64) {
        let minutes = reported.minutes;
        if reported.paying == Paying::Budget && self.random.happens(15) {
            scene.reject(reported, &self.worker, now_ms);
        } else if minutes >= 45 && self.random.happens(30) {
            scene.approve(reported, &self.worker, minutes - 15, now_ms);
        } else {
            scene.approve(reported, &self.worker, minutes, now_ms);
        }
    }
}
