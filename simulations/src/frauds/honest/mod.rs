//! A year of honest life, with what makes honest life look like fraud.
//!
//! - [`offices`]: accounts, budget lines, merchants, grants; trainings and campaign days with hundreds of people at once.
//! - [`services`]: elders and those who serve them; the same volunteer for years, meals on every working day, students who
//!   serve whole days in the holidays, watches through the night, neighbours who help each other, papers that come late
//!   or all on one day of the month, one sheet of paper for a whole team.
//! - [`sessions`]: social workers who verify, some of them everything of their street in one afternoon.
//! - [`money`]: gifts between generations that go round at the Spring Festival, and people who save for months and spend
//!   everything at once.
//!
//! Nobody here breaks a rule or deceives anybody.

pub(crate) mod money;
pub(crate) mod offices;
mod services;
mod sessions;

use super::city::chance;
use super::scene::Scene;
pub(crate) use services::Circles;
use sessions::Habits;

/// Lives through all days. The offices have opened, and everybody knows whom they know.
pub(crate) fn live(scene: &mut Scene, circles: &Circles, seed: u64) {
    let mut chances: Vec<_> = scene
        .city
        .people
        .iter()
        .map(|person| chance(seed, &person.name))
        .collect();
    let mut habits = Habits::draw(scene, seed);
    for day in 0..scene.city.size.days {
        for who in scene.everybody() {
            services::day(scene, circles, &mut chances[who.0], who, day);
        }
        money::day(scene, circles, &mut chances, day);
        habits.day(scene, day);
    }
    // What was reported in the last days is looked at too.
    for day in scene.city.size.days..scene.city.size.days + 5 {
        habits.day(scene, day);
    }
}
