//! Frauds that need somebody in an office.

use ledger_core::time::MINUTE_MS;

use super::super::city::{Life, Staff, Street, Who, at, day_of, service};
use super::super::honest::offices::{Gathering, gather};
use super::super::scene::Scene;
use super::Plot;

/// Who lends their name.
const ACCOMPLICES: [Life; 3] = [Life::Volunteer, Life::Child, Life::Student];

impl Plot<'_> {
    /// A street for which `fits` holds, with a social worker who has no part in another fraud.
    fn office(&mut self, fits: impl Fn(&Scene, &Street) -> bool) -> Option<(usize, Staff)> {
        let mut found = Vec::new();
        for (index, street) in self.scene.city.streets.iter().enumerate() {
            for worker in &street.social_workers {
                if !self.scene.taken_staff.contains(&worker.account) && fits(self.scene, street) {
                    found.push((index, worker.clone()));
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        let chosen = found[self.random.index(found.len())].clone();
        self.corrupt(&chosen.1);
        Some(chosen)
    }

    /// Approved in one go, without a look.
    pub(super) fn verifier_burst(&mut self) -> Option<()> {
        let (street, worker) = self.office(|_, _| true)?;
        let district = self.scene.city.streets[street].district;
        let (services, bursts) = self.care.of([(80u32, 1u32), (60, 2), (45, 3)]);
        let accomplices = self.culprits(4, &ACCOMPLICES, |scene, who| {
            scene.district_of(who) == district
        })?;
        let elders = self.elders(12, |scene, who| scene.person(who).street == street);
        let begins = self.some_day(bursts * 25 + 5);
        let (minute, seconds) =
            self.care
                .of([(23 * 60 + 40, 2), (12 * 60 + 20, 5), (17 * 60 + 10, 8)]);
        for burst in 0..bursts {
            let first = begins + burst * 25;
            let mut heap = Vec::new();
            for number in 0..services / bursts {
                let index = number as usize;
                let provider = accomplices[index % accomplices.len()];
                let elder = elders[index % elders.len()];
                let start_ms = self.quarter(first + number % 18, 8, 19);
                let visit = self.claim(provider, elder, service::COMPANY, start_ms, 60);
                heap.extend(self.order(&visit));
            }
            let mut now_ms = at(first + 22, minute);
            for reported in heap {
                self.scene.approve(&reported, &worker, 60, now_ms);
                now_ms += seconds * 1_000;
            }
        }
        Some(())
    }

    /// Always the same social worker, who is of another street.
    pub(super) fn verifier_concentration(&mut self) -> Option<()> {
        let (street, worker) = self.office(|_, _| true)?;
        let district = self.scene.city.streets[street].district;
        let provider = self.culprit(&ACCOMPLICES, |scene, who| {
            scene.district_of(who) == district && scene.person(who).street != street
        })?;
        let elders = self.elders(10, |scene, who| {
            scene.district_of(who) == district && scene.person(who).street != street
        });
        let (services, every, per_mille) =
            self.care
                .of([(60u32, 2u32, 1_000), (40, 3, 1_000), (28, 4, 850)]);
        let begins = self.some_day(services * every + 5);
        for number in 0..services {
            let elder = elders[number as usize % elders.len()];
            let start_ms = self.quarter(begins + number * every, 8, 18);
            let visit = self.claim(provider, elder, service::HOUSEWORK, start_ms, 90);
            let Some(reported) = self.order(&visit) else {
                continue;
            };
            if self.random.happens(per_mille) {
                let day = day_of(reported.done_ms) + 1;
                let at_ms = at(day, 9 * 60 + self.random.below(8 * 60));
                self.scene.approve(&reported, &worker, 90, at_ms);
            } else {
                self.scene.leave(elder, reported);
            }
        }
        Some(())
    }

    /// An office lets its own people earn with services to people of another district.
    pub(super) fn inter_district(&mut self) -> Option<()> {
        let (street, worker) = self.office(|_, street| street.district != 0)?;
        let district = self.scene.city.streets[street].district;
        self.case
            .districts
            .insert(self.scene.city.districts[district]);
        let (services, providers) = self.care.of([(120u32, 5), (70, 4), (45, 3)]);
        let providers = self.culprits(providers, &ACCOMPLICES, |scene, who| {
            scene.district_of(who) == district
        })?;
        let other = (district + 1) % self.scene.city.districts.len();
        let elders = self.elders(15, |scene, who| scene.district_of(who) == other);
        let begins = self.some_day(65);
        for number in 0..services {
            let index = number as usize;
            let elder = elders[index % elders.len()];
            let provider = providers[index % providers.len()];
            let start_ms = self.quarter(begins + number * 55 / services, 8, 18);
            let mut visit = self.claim(provider, elder, service::COMPANY, start_ms, 120);
            visit.district = district;
            if let Some(reported) = self.order(&visit) {
                let day = day_of(reported.done_ms) + 2;
                let at_ms = at(day, 9 * 60 + self.random.below(8 * 60));
                self.scene.approve(&reported, &worker, 120, at_ms);
            }
        }
        Some(())
    }

    /// A clerk orders for those who have no phone and never know; a social worker approves.
    pub(super) fn clerk_verifier(&mut self) -> Option<()> {
        let without_phone = |scene: &Scene, street: &Street, clerk: usize| {
            let lives_there = |who: &Who| {
                let person = scene.person(*who);
                person.key.is_none()
                    && person.clerk == clerk
                    && person.opened_day <= 15
                    && scene.street_of(*who).id == street.id
            };
            scene.everybody().filter(lives_there).collect::<Vec<Who>>()
        };
        let (street, worker) = self.office(|scene, street| {
            street.social_workers.len() > 1
                && !scene.taken_staff.contains(&street.clerks[0].account)
                && without_phone(scene, street, 0).len() >= 3
        })?;
        let record = self.scene.city.streets[street].clone();
        self.corrupt(&record.clerks[0]);
        let elders = without_phone(self.scene, &record, 0);
        let provider = self.culprit(&ACCOMPLICES, |scene, who| {
            scene.person(who).street == street
        })?;
        let (services, every) = self.care.of([(50u32, 1u32), (30, 3), (20, 6)]);
        let begins = self.some_day(services * every + 3);
        for number in 0..services {
            let elder = elders[number as usize % elders.len()];
            let start_ms = self.quarter(begins + number * every, 9, 16);
            let visit = self.claim(provider, elder, service::COMPANY, start_ms, 60);
            if let Some(reported) = self.order(&visit) {
                let minutes = self.care.of([
                    1 + self.random.below(4),
                    10 + self.random.below(30),
                    60 + self.random.below(240),
                ]);
                let at_ms = reported.done_ms + minutes * MINUTE_MS;
                self.scene.approve(&reported, &worker, 60, at_ms);
            }
        }
        Some(())
    }

    /// Campaigns that never were, with the same people each time.
    pub(super) fn phantom_campaign(&mut self) -> Option<()> {
        let (street, worker) =
            self.office(|scene, street| !scene.taken_staff.contains(&street.clerks[1].account))?;
        let record = self.scene.city.streets[street].clone();
        let organiser = record.clerks[1].clone();
        self.corrupt(&organiser);
        let (campaigns, count, minutes) = self.care.of([(6u32, 14, 480), (4, 9, 300), (3, 6, 180)]);
        let participants =
            self.culprits(count, &[Life::Volunteer, Life::Student], |scene, who| {
                scene.district_of(who) == record.district
            })?;
        let begins = self.some_day(campaigns * 16);
        let district = self.scene.city.districts[record.district];
        for campaign in 0..campaigns {
            let start_ms = self.quarter(begins + campaign * 16, 8, 10);
            let end_ms = start_ms + minutes * MINUTE_MS;
            let free: Vec<Who> = participants
                .iter()
                .copied()
                .filter(|who| self.scene.diary.can_serve(*who, start_ms, end_ms))
                .collect();
            if free.is_empty() {
                continue;
            }
            let recorded_ms = end_ms + MINUTE_MS * (30 + self.random.below(20 * 24 * 60));
            gather(
                self.scene,
                Gathering::Campaign,
                (&organiser, &worker),
                (district, &free),
                (start_ms, minutes, recorded_ms),
            );
        }
        Some(())
    }
}
