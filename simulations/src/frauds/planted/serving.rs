//! Services that nobody gave, claimed by those who are paid for them.

use ledger_core::time::MINUTE_MS;

use super::super::city::{Life, Who, at, service, weekday};
use super::super::scene::{Pace, Visit};
use super::Plot;

/// Who has reasons to claim more than they served.
const PROVIDERS: [Life; 3] = [Life::Volunteer, Life::Child, Life::Neighbour];

/// How often another time is looked for where both would have to be in two places.
const ATTEMPTS: usize = 12;

impl Plot<'_> {
    /// Whole days, day after day.
    pub(super) fn long_days(&mut self) -> Option<()> {
        let provider = self.culprit(&PROVIDERS, |_, _| true)?;
        let home = self.scene.district_of(provider);
        let elders = self.elders(5, |scene, who| {
            scene.district_of(who) == home && scene.person(who).key.is_some()
        });
        let (days, a_week, parts): (u32, u32, &[u64]) = self.care.of([
            (25, 7, &[120, 120, 120, 120][..]),
            (20, 4, &[120, 120, 90, 90][..]),
            (16, 2, &[120, 120, 105][..]),
        ]);
        let begins = self.some_day(days * 7 / a_week + 10);
        let mut claimed = 0;
        let mut day = begins;
        while claimed < days {
            if weekday(day) < a_week {
                let mut start_ms = at(day, 8 * 60 + 15 * self.random.below(4));
                for (part, minutes) in parts.iter().enumerate() {
                    let elder = elders[(part + day as usize) % elders.len()];
                    let visit = self.claim(provider, elder, service::COMPANY, start_ms, *minutes);
                    self.deceive(&visit);
                    start_ms = visit.end_ms() + 15 * MINUTE_MS * (1 + self.random.below(2));
                }
                claimed += 1;
            }
            day += 1;
        }
        Some(())
    }

    /// You sign mine, I sign yours.
    pub(super) fn both_ways(&mut self) -> Option<()> {
        let one = self.culprit(&PROVIDERS, |_, _| true)?;
        let street = self.scene.person(one).street;
        let other = self.culprit(&PROVIDERS, |scene, who| {
            scene.person(who).street == street && !scene.kin.contains_key(&(one, who))
        })?;
        let (weeks, a_week, minutes) =
            self.care
                .of([(12u32, 5u64, 120u64), (16, 2, 90), (18, 1, 75)]);
        let begins = self.some_day(weeks * 7);
        for week in 0..weeks {
            for round in 0..a_week {
                for (provider, recipient) in [(one, other), (other, one)] {
                    // The careful ones take turns.
                    if a_week == 1 && (week % 2 == 0) == (provider == one) {
                        continue;
                    }
                    let day = begins + week * 7 + u32::try_from(round).unwrap_or(0);
                    let start_ms = self.quarter(day, 8, 18);
                    let visit =
                        self.claim(provider, recipient, service::HOUSEWORK, start_ms, minutes);
                    self.deceive(&visit);
                }
            }
        }
        Some(())
    }

    /// Nobody serves back, everybody is paid: each serves the next.
    pub(super) fn service_ring(&mut self) -> Option<()> {
        let (count, weeks, a_week, minutes) =
            self.care
                .of([(3, 12u32, 2u32, 120u64), (4, 12, 1, 90), (5, 10, 1, 75)]);
        let ring = self.culprits(count, &PROVIDERS, |_, _| true)?;
        let begins = self.some_day(weeks * 7);
        for week in 0..weeks {
            for (index, provider) in ring.iter().enumerate() {
                let next = ring[(index + 1) % ring.len()];
                for round in 0..a_week {
                    let day = begins + week * 7 + 3 * round;
                    let start_ms = self.quarter(day, 8, 18);
                    let visit = self.claim(*provider, next, service::HOUSEWORK, start_ms, minutes);
                    self.deceive(&visit);
                }
            }
        }
        Some(())
    }

    /// Papers from as long ago as the rules allow.
    pub(super) fn backdated(&mut self) -> Option<()> {
        let provider = self.culprit(&PROVIDERS, |_, _| true)?;
        let home = self.scene.district_of(provider);
        let elders = self.elders(6, |scene, who| scene.district_of(who) == home);
        let (papers, sittings) = self.care.of([(20u32, 2u32), (12, 3), (10, 5)]);
        let begins = self.some_day(sittings * 20 + 5).max(60);
        for paper in 0..papers {
            // Two afternoons with a stack of forms, or several with a few.
            let sitting = begins + (paper % sittings) * 20;
            let elder = elders[paper as usize % elders.len()];
            let Some(visit) = self.long_ago(provider, elder, sitting) else {
                continue;
            };
            let recorded_ms = at(sitting, 14 * 60) + u64::from(paper) * 2 * MINUTE_MS;
            if let Some(reported) = self.scene.paper(&visit, recorded_ms) {
                self.case.orders.insert(reported.order);
                self.scene.leave(elder, reported);
            }
        }
        Some(())
    }

    /// A service about as long before `sitting` as a paper may be.
    fn long_ago(&mut self, provider: Who, elder: Who, sitting: u32) -> Option<Visit> {
        let days = self.care.of([3, 3, 6]);
        (0..ATTEMPTS).find_map(|_| {
            let back = 30 - u32::try_from(self.random.below(days)).unwrap_or(0);
            let start_ms = self.quarter(sitting - back, 8, 17);
            let visit = self.claim(provider, elder, service::HOUSEWORK, start_ms, 120);
            self.is_possible(&visit).then_some(visit)
        })
    }

    /// Housework at three in the morning, because the days are taken by a job.
    pub(super) fn night_work(&mut self) -> Option<()> {
        let provider = self.culprit(&PROVIDERS, |_, _| true)?;
        let home = self.scene.district_of(provider);
        let elders = self.elders(4, |scene, who| scene.district_of(who) == home);
        let (nights, every) = self.care.of([(20u32, 1u32), (10, 3), (7, 14)]);
        let begins = self.some_day(nights * every + 3);
        for night in 0..nights {
            let day = begins + night * every;
            let start_ms = match self.care {
                super::Care::Careful if night % 2 == 0 => at(day, 22 * 60 + 30),
                super::Care::Careful => at(day, 4 * 60 + 30),
                _ => self.quarter(day, 0, 4),
            };
            let elder = elders[night as usize % elders.len()];
            let kind = [service::HOUSEWORK, service::REPAIR][night as usize % 2];
            let minutes = self.care.of([180, 150, 90]);
            let visit = self.claim(provider, elder, kind, start_ms, minutes);
            self.deceive(&visit);
        }
        Some(())
    }

    /// One photograph, or a few in turn.
    pub(super) fn repeated_evidence(&mut self) -> Option<()> {
        let provider = self.culprit(&PROVIDERS, |_, _| true)?;
        let home = self.scene.district_of(provider);
        let elders = self.elders(6, |scene, who| scene.district_of(who) == home);
        let (services, photographs, every) =
            self.care
                .of([(25u32, 1usize, 2u32), (18, 3, 5), (14, 6, 9)]);
        let photographs: Vec<_> = (0..photographs)
            .map(|_| self.scene.fresh_evidence())
            .collect();
        let begins = self.some_day(services * every);
        for number in 0..services {
            let index = number as usize;
            let start_ms = self.quarter(begins + number * every, 8, 18);
            let elder = elders[index % elders.len()];
            let mut visit = self.claim(provider, elder, service::COMPANY, start_ms, 90);
            visit.evidence = Some(photographs[index % photographs.len()]);
            self.deceive(&visit);
        }
        Some(())
    }

    /// Posted when it was allegedly over, or accepted after it.
    pub(super) fn too_fast(&mut self) -> Option<()> {
        let provider = self.culprit(&PROVIDERS, |_, _| true)?;
        let street = self.scene.person(provider).street;
        let friend = self.culprit(&[Life::Elder, Life::Volunteer], |scene, who| {
            scene.person(who).street == street
        })?;
        let (services, every) = self.care.of([(20u32, 2u32), (14, 4), (10, 9)]);
        let begins = self.some_day(services * every);
        for number in 0..services {
            let start_ms = self.quarter(begins + number * every, 9, 18);
            let visit = self.claim(provider, friend, service::COMPANY, start_ms, 120);
            if !self.is_possible(&visit) {
                continue;
            }
            let pace = self.hurry(visit.start_ms, visit.end_ms());
            if let Some(reported) = self.scene.order(&visit, &pace) {
                self.case.orders.insert(reported.order);
                self.scene.leave(friend, reported);
            }
        }
        Some(())
    }

    fn hurry(&mut self, start_ms: u64, end_ms: u64) -> Pace {
        let minutes = |count: u64| count * MINUTE_MS;
        let after_ms = end_ms + minutes(5 + self.random.below(60));
        // A window that covers the alleged service and is still open now.
        let window_ms = (start_ms - minutes(30), after_ms + minutes(60));
        match self.care {
            super::Care::Blatant => Pace {
                posted_ms: after_ms,
                accepted_ms: after_ms + 10_000,
                started_ms: None,
                done_ms: after_ms + 30_000,
                window_ms,
            },
            super::Care::Middling => Pace {
                posted_ms: end_ms - minutes(15),
                accepted_ms: end_ms - minutes(10),
                started_ms: Some(end_ms - minutes(5)),
                done_ms: end_ms + minutes(2),
                window_ms,
            },
            super::Care::Careful => Pace {
                posted_ms: start_ms - minutes(90 + self.random.below(120)),
                accepted_ms: after_ms,
                started_ms: None,
                done_ms: after_ms + minutes(2),
                window_ms,
            },
        }
    }

    /// Nobody of them is linked with anybody of the others.
    pub(super) fn are_strangers(&self, people: &[Who]) -> bool {
        people.iter().all(|one| {
            people
                .iter()
                .all(|other| !self.scene.kin.contains_key(&(*one, *other)))
        })
    }
}
