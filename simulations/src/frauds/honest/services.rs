//! Services: who serves whom, when, and how it comes into the book.

use std::collections::BTreeMap;

use super::super::city::{Life, Who, at, chance, service, weekday};
use super::super::scene::{Pace, Paying, Scene, Visit};
use crate::random::Random;

/// How many people are asked before an elder's wish stays open.
const ASKED_MAX: usize = 6;
/// School holidays, in days from the first of January.
const HOLIDAYS: [(u32, u32); 2] = [(18, 48), (186, 240)];
/// Neighbours who both need somebody so often a month are frail.
const FRAIL_A_MONTH: u64 = 4;
/// Every so many streets there is one whose second service point types in its papers once a month.
const PAPER_STREETS: usize = 4;

/// Who knows whom.
#[derive(Debug, Default)]
pub(crate) struct Circles {
    /// People who serve, by street.
    helpers: Vec<Vec<Who>>,
    /// Elders, by street.
    elders: Vec<Vec<Who>>,
    /// Who has come to an elder for years.
    faithful: BTreeMap<Who, Vec<Who>>,
    /// To whom somebody goes on fixed days: meals, lessons, the night, the neighbour.
    rounds: BTreeMap<Who, Vec<Who>>,
    /// Parents, by child.
    pub(super) parents: BTreeMap<Who, Who>,
    /// Children of the same parents: a whole family of linked kin.
    pub(super) families: Vec<[Who; 3]>,
}

impl Circles {
    /// Draws who knows whom, and links kin.
    pub(crate) fn draw(scene: &mut Scene, seed: u64) -> Circles {
        let mut random = chance(seed, "circles");
        let streets = scene.city.streets.len();
        let mut circles = Circles {
            helpers: vec![Vec::new(); streets],
            elders: vec![Vec::new(); streets],
            ..Circles::default()
        };
        for who in scene.everybody() {
            let person = scene.person(who);
            match person.life {
                Life::Elder => circles.elders[person.street].push(who),
                Life::Volunteer | Life::Child | Life::Neighbour => {
                    circles.helpers[person.street].push(who)
                }
                _ => {}
            }
        }
        circles.draw_rounds(scene, &mut random);
        circles.draw_families(scene, &mut random);
        circles
    }

    fn draw_rounds(&mut self, scene: &Scene, random: &mut Random) {
        let mut lonely: Option<Who> = None;
        for who in scene.everybody() {
            let person = scene.person(who);
            let (elders, helpers) = (&self.elders[person.street], &self.helpers[person.street]);
            let some = |random: &mut Random, of: &[Who], count: usize| {
                let mut of = of.to_vec();
                random.shuffle(&mut of);
                of.truncate(count);
                of
            };
            match person.life {
                Life::Elder => {
                    let count = 1 + random.index(2);
                    self.faithful.insert(who, some(random, helpers, count));
                }
                Life::MealRider => {
                    self.rounds.insert(who, some(random, elders, 4));
                }
                Life::Teacher => {
                    self.rounds.insert(who, some(random, helpers, 3));
                }
                Life::NightWatch => {
                    self.rounds.insert(who, some(random, elders, 2));
                }
                Life::Student => {
                    self.rounds.insert(who, some(random, elders, 3));
                }
                // Neighbours live next door to each other by twos.
                Life::Neighbour => match lonely.take() {
                    None => lonely = Some(who),
                    Some(other) => {
                        self.rounds.insert(who, vec![other]);
                        self.rounds.insert(other, vec![who]);
                    }
                },
                Life::Volunteer | Life::Child => {}
            }
        }
    }

    fn draw_families(&mut self, scene: &mut Scene, random: &mut Random) {
        use ledger_core::record::kin::Relation;
        let children: Vec<Who> = scene
            .everybody()
            .filter(|who| scene.person(*who).life == Life::Child)
            .collect();
        let mut free: Vec<Vec<Who>> = self.elders.clone();
        for child in children {
            let Some(parent) = free[scene.person(child).street].pop() else {
                continue;
            };
            let opened = |who: Who| scene.person(who).opened_day;
            let day = opened(child).max(opened(parent)) + 3;
            let linked_ms = at(day, 9 * 60 + random.below(7 * 60));
            super::offices::link(scene, child, parent, Relation::Parent, linked_ms);
            self.parents.insert(child, parent);
            // In one family in four a grandchild is in the time bank too, and everybody is linked with everybody.
            let student = scene.everybody().find(|who| {
                let person = scene.person(*who);
                person.life == Life::Student
                    && person.opened_day <= 15
                    && !scene.kin.keys().any(|(one, _)| one == who)
            });
            if let Some(grandchild) = student.filter(|_| random.happens(250)) {
                let linked_ms = at(day.max(18) + 1, 10 * 60);
                super::offices::link(scene, grandchild, child, Relation::Parent, linked_ms);
                super::offices::link(scene, grandchild, parent, Relation::Grandparent, linked_ms);
                self.families.push([parent, child, grandchild]);
            }
        }
    }
}

fn in_holidays(day: u32) -> bool {
    let of_year = day % 365;
    HOLIDAYS
        .iter()
        .any(|(first, end)| (*first..*end).contains(&of_year))
}

/// What `who` does on `day`.
pub(super) fn day(scene: &mut Scene, circles: &Circles, random: &mut Random, who: Who, day: u32) {
    if !scene.is_about(who, day) {
        return;
    }
    match scene.person(who).life {
        Life::Elder => wish(scene, circles, random, who, day),
        Life::MealRider if [0, 2, 4].contains(&weekday(day)) => {
            meals(scene, circles, random, who, day)
        }
        Life::Student => study_free(scene, circles, random, who, day),
        Life::Teacher if weekday(day) < 4 && !in_holidays(day) => {
            fixed(
                scene,
                circles,
                random,
                who,
                day,
                (service::LESSON, 15 * 60 + 45, 90),
            );
        }
        Life::NightWatch if random.happens(330) => {
            fixed(
                scene,
                circles,
                random,
                who,
                day,
                (service::NIGHT_WATCH, 22 * 60, 480),
            );
        }
        Life::Neighbour if random.happens(90) => {
            let minute = 9 * 60 + 15 * random.below(36);
            let minutes = 30 + 15 * random.below(3);
            fixed(
                scene,
                circles,
                random,
                who,
                day,
                (service::REPAIR, minute, minutes),
            );
        }
        _ => {}
    }
}

/// An elder wants somebody to come, now and then.
fn wish(scene: &mut Scene, circles: &Circles, random: &mut Random, who: Who, day: u32) {
    let a_month = scene.person(who).a_month;
    if !random.happens(a_month * 33) {
        return;
    }
    let (kind, least, steps) = match random.below(10) {
        0..=3 => (service::COMPANY, 30, 6),
        4..=6 => (service::HOUSEWORK, 60, 5),
        7 => (service::ESCORT, 90, 7),
        8 => (service::REPAIR, 30, 5),
        _ => (service::LESSON, 30, 3),
    };
    let minutes = least + 15 * random.below(steps);
    // One hospital serves the city: escorts end up in the first district.
    let district = if kind == service::ESCORT {
        0
    } else {
        scene.district_of(who)
    };
    let start_ms = at(day, 8 * 60 + 15 * random.below(38));
    let paying = if scene.purses[who.0].on(day.saturating_sub(4)) >= minutes
        && !scene.purse_kept.contains(&who)
        && random.happens(600)
    {
        Paying::Recipient
    } else {
        Paying::Budget
    };
    let mut visit = Visit {
        provider: who,
        recipient: who,
        service: kind,
        district,
        start_ms,
        minutes,
        paying,
        evidence: None,
    };
    let earliest_ms = earliest(scene, who);
    match find(scene, circles, random, &visit, day) {
        Some(provider) => {
            visit.provider = provider;
            let earliest_ms = earliest_ms.max(earliest(scene, provider));
            serve(scene, random, &visit, earliest_ms);
        }
        None => {
            // Nobody has time: the wish stays open until it lapses.
            let pace = Pace::usual(random, &visit, earliest_ms);
            visit.paying = Paying::Budget;
            scene.post_in_vain(&visit, &pace);
        }
    }
}

/// From when somebody's account can be used in orders.
fn earliest(scene: &Scene, who: Who) -> u64 {
    at(scene.person(who).opened_day + 3, 0)
}

/// Who comes: one who always does, or whoever of the street, rarely of another, has time.
fn find(
    scene: &Scene,
    circles: &Circles,
    random: &mut Random,
    visit: &Visit,
    day: u32,
) -> Option<Who> {
    let recipient = visit.recipient;
    let faithful = circles
        .faithful
        .get(&recipient)
        .map_or(&[][..], Vec::as_slice);
    for _ in 0..ASKED_MAX {
        let asked = if random.happens(550) && !faithful.is_empty() {
            faithful[random.index(faithful.len())]
        } else {
            let near = scene.person(recipient).street;
            let street = if random.happens(900) {
                near
            } else {
                random.index(circles.helpers.len())
            };
            let helpers = &circles.helpers[street];
            if helpers.is_empty() {
                continue;
            }
            helpers[random.index(helpers.len())]
        };
        // Those who serve more often say yes more often.
        let willing = random.below(16) < scene.person(asked).a_month;
        let able = asked != recipient && scene.is_about(asked, day);
        if willing
            && able
            && scene
                .diary
                .can_travel(asked, visit.start_ms, visit.end_ms())
            && scene
                .diary
                .can_meet(asked, recipient, visit.start_ms, visit.end_ms())
        {
            return Some(asked);
        }
    }
    None
}

/// Writes a service into the book, by the app or from paper.
fn serve(scene: &mut Scene, random: &mut Random, visit: &Visit, earliest_ms: u64) {
    let street = scene.person(visit.recipient).street;
    let by_paper = scene.person(visit.recipient).key.is_none() && random.happens(300);
    let done = if by_paper {
        let monthly =
            street.is_multiple_of(PAPER_STREETS) && scene.person(visit.recipient).clerk == 1;
        let recorded_ms = if monthly {
            month_end(visit, random)
        } else {
            visit.end_ms() + 60_000 * (60 + random.below(9 * 24 * 60))
        };
        scene.paper(visit, recorded_ms)
    } else {
        let pace = Pace::usual(random, visit, earliest_ms);
        scene.order(visit, &pace)
    };
    if let Some(done) = done {
        scene.leave(visit.recipient, done);
    }
}

/// The afternoon every thirty days on which a clerk types in all papers since the last one.
fn month_end(visit: &Visit, random: &mut Random) -> u64 {
    let day = super::super::city::day_of(visit.end_ms());
    let next = (day / 28 + 1) * 28;
    at(next, 14 * 60 + random.below(150))
}

/// A meal rider's noon: one elder after the other.
fn meals(scene: &mut Scene, circles: &Circles, random: &mut Random, who: Who, day: u32) {
    let elders = circles.rounds.get(&who).map_or(&[][..], Vec::as_slice);
    for (stop, elder) in elders.iter().enumerate() {
        if !random.happens(800) {
            continue;
        }
        let minute = 10 * 60 + 45 + 30 * stop as u64;
        visit_on_round(
            scene,
            random,
            who,
            *elder,
            day,
            (service::MEAL, minute, 30),
            None,
        );
    }
}

/// Something somebody does on fixed days, for one of those they do it for.
fn fixed(
    scene: &mut Scene,
    circles: &Circles,
    random: &mut Random,
    who: Who,
    day: u32,
    what: (u16, u64, u64),
) {
    let Some(others) = circles.rounds.get(&who).filter(|others| !others.is_empty()) else {
        return;
    };
    let other = others[random.index(others.len())];
    visit_on_round(scene, random, who, other, day, what, None);
}

/// Students serve on some Saturdays, and for whole weeks of the holidays from morning to evening.
fn study_free(scene: &mut Scene, circles: &Circles, random: &mut Random, who: Who, day: u32) {
    let Some(elders) = circles.rounds.get(&who).filter(|elders| !elders.is_empty()) else {
        return;
    };
    let team = scene.person(who).street as u32;
    let intensive = in_holidays(day) && (day / 10 + team + who.0 as u32).is_multiple_of(3);
    if intensive && weekday(day) < 6 {
        for minute in [9 * 60, 11 * 60 + 15, 14 * 60] {
            let elder = elders[random.index(elders.len())];
            let what = (service::COMPANY, minute, 90 + 15 * random.below(3));
            visit_on_round(scene, random, who, elder, day, what, None);
        }
    } else if weekday(day) == 5 && (day / 7 + team).is_multiple_of(4) {
        // The team's leader has one sheet of paper signed for everybody at some of these visits.
        let sheet = (day / 28).is_multiple_of(3).then(|| {
            let text = format!("sheet {team} {day}");
            super::super::city::identity(&text)
        });
        let elder = elders[day as usize / 28 % elders.len()];
        let what = (service::COMPANY, 9 * 60 + 30, 90);
        visit_on_round(scene, random, who, elder, day, what, sheet);
    }
}

fn visit_on_round(
    scene: &mut Scene,
    random: &mut Random,
    provider: Who,
    recipient: Who,
    day: u32,
    (kind, minute, minutes): (u16, u64, u64),
    evidence: Option<ledger_core::hash::Hash>,
) {
    if provider == recipient || !scene.is_about(recipient, day) {
        return;
    }
    let Some(paying) = payment(scene, provider, recipient, day, minutes) else {
        return;
    };
    let visit = Visit {
        provider,
        recipient,
        service: kind,
        district: scene.district_of(recipient),
        start_ms: at(day, minute),
        minutes,
        paying,
        evidence,
    };
    let (start_ms, end_ms) = (visit.start_ms, visit.end_ms());
    // A meal rider's elders live next door to each other.
    let arrives = kind == service::MEAL || scene.diary.can_travel(provider, start_ms, end_ms);
    if arrives && scene.diary.can_meet(provider, recipient, start_ms, end_ms) {
        let earliest_ms = earliest(scene, provider).max(earliest(scene, recipient));
        serve(scene, random, &visit, earliest_ms);
    }
}

/// Who pays for a visit on somebody's round; none when nobody would.
///
/// Neighbours pay each other out of what they have earned, and help each other unwritten when they have nothing. Some of
/// them are frail enough for the city to pay, both ways.
fn payment(scene: &Scene, provider: Who, recipient: Who, day: u32, minutes: u64) -> Option<Paying> {
    let neighbours = scene.person(provider).life == Life::Neighbour;
    let both = [provider, recipient];
    let frail = both
        .iter()
        .all(|who| scene.person(*who).a_month == FRAIL_A_MONTH);
    let able = scene.purses[recipient.0].on(day.saturating_sub(4)) >= minutes
        && !scene.purse_kept.contains(&recipient);
    match (neighbours, able) {
        (false, _) => Some(Paying::Budget),
        (true, true) => Some(Paying::Recipient),
        (true, false) => frail.then_some(Paying::Budget),
    }
}
