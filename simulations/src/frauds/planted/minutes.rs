//! Frauds with minutes: round and round, out of dormant accounts, to a merchant, to one collector.

use ledger_core::record::kin::Relation;

use super::super::city::{Life, Who, at, day_of, service};
use super::super::honest::money::{give, redeem};
use super::super::honest::offices::{PRICES, grant, link};
use super::super::scene::Reported;
use super::{Care, Plot};

/// Who does such things.
const PEOPLE: [Life; 4] = [Life::Volunteer, Life::Child, Life::Student, Life::Neighbour];
/// From which day on nobody uses an account that will be emptied.
const SILENT_FROM: u32 = 14;
/// The item that costs 120 minutes.
const MIDDLE_ITEM: usize = 2;

impl Plot<'_> {
    /// What is granted expires; what was received does not. So it goes once round.
    pub(super) fn gift_ring(&mut self) -> Option<()> {
        let count = self.care.of([3, 4, 5]);
        let ring = self.culprits(count, &PEOPLE, |_, _| true)?;
        if !self.are_strangers(&ring) {
            return None;
        }
        let rounds = self.care.of([4u32, 3, 2]);
        let begins = self.some_day(rounds * 40);
        for (index, one) in ring.iter().enumerate() {
            self.scene.purse_kept.insert(*one);
            let next = ring[(index + 1) % ring.len()];
            let at_ms = at(begins - 8, 10 * 60 + index as u64);
            link(self.scene, *one, next, Relation::Sibling, at_ms);
        }
        grant(self.scene, &ring[..1], 600, begins - 4, Some(180));
        let mut day = begins;
        let mut minutes = 600;
        for _ in 0..rounds {
            for index in 0..ring.len() {
                let (from, to) = (ring[index], ring[(index + 1) % ring.len()]);
                let at_ms = self.quarter(day, 9, 21);
                give(self.scene, from, to, minutes, at_ms);
                match self.care {
                    Care::Blatant => day += 1,
                    Care::Middling => day += 1 + u32::try_from(self.random.below(2)).unwrap_or(0),
                    Care::Careful => {
                        day += 4 + u32::try_from(self.random.below(5)).unwrap_or(0);
                        // A little stays with everybody on the way.
                        minutes -= 15;
                    }
                }
            }
            day += self.care.of([3, 10, 15]);
        }
        Some(())
    }

    /// Nobody has looked into this account for months; somebody else has its key.
    pub(super) fn dormant_drained(&mut self) -> Option<()> {
        let victim = self.culprit(&PEOPLE, |scene, who| {
            scene.person(who).opened_day + 3 < SILENT_FROM
                && scene.diary.is_idle_after(who, SILENT_FROM)
        })?;
        self.scene.purse_kept.insert(victim);
        self.scene.silent_from.insert(victim, SILENT_FROM);
        grant(self.scene, &[victim], 900, SILENT_FROM - 2, None);
        let last = self.scene.city.size.days;
        let day = last - 28 + u32::try_from(self.random.below(6)).unwrap_or(0);
        let streets = self.scene.city.streets.len();
        let street = self.random.index(streets);
        match self.care {
            Care::Blatant => {
                let begins = at(day, 23 * 60);
                for number in 0..7 {
                    redeem(
                        self.scene,
                        victim,
                        street,
                        MIDDLE_ITEM,
                        begins + number * 70_000,
                    );
                }
                redeem(self.scene, victim, street, 1, begins + 600_000);
            }
            Care::Middling => {
                let thief = self.culprit(&PEOPLE, |scene, who| {
                    !scene.kin.contains_key(&(victim, who))
                })?;
                self.scene.purse_kept.insert(thief);
                link(
                    self.scene,
                    thief,
                    victim,
                    Relation::Sibling,
                    at(day, 11 * 60),
                );
                for part in 0..3 {
                    let at_ms = self.quarter(day + 1 + part, 9, 20);
                    give(self.scene, victim, thief, 300, at_ms);
                }
            }
            Care::Careful => {
                let other = (street + 1) % streets;
                for part in 0..6 {
                    let at_ms = self.quarter(day + part * 4, 9, 20);
                    let shop = if part % 2 == 0 { street } else { other };
                    redeem(self.scene, victim, shop, MIDDLE_ITEM, at_ms);
                }
            }
        }
        Some(())
    }

    /// A service that never was, whose minutes are there a week later; approved by somebody who is deceived.
    fn earn(&mut self, provider: Who, day: u32) -> Option<Reported> {
        let home = self.scene.district_of(provider);
        let elders = self.elders(20, |scene, who| scene.district_of(who) == home);
        let elder = elders[self.random.index(elders.len())];
        let start_ms = self.quarter(day, 8, 18);
        let visit = self.claim(provider, elder, service::HOUSEWORK, start_ms, 120);
        self.soon_approved(&visit)
    }

    /// Minutes become goods of a merchant who gives half of the price in cash.
    pub(super) fn merchant_cash_out(&mut self) -> Option<()> {
        let (count, rounds) = self.care.of([(8, 6u32), (6, 5), (4, 4)]);
        let honest: Vec<usize> = (0..self.scene.merchants.len())
            .filter(|street| {
                let merchant = &self.scene.merchants[*street];
                !self.scene.taken_staff.contains(&merchant.account)
            })
            .collect();
        if honest.is_empty() {
            return None;
        }
        let street = honest[self.random.index(honest.len())];
        let merchant = self.scene.merchants[street].account;
        self.scene.taken_staff.insert(merchant);
        let people = self.culprits(count, &PEOPLE, |_, _| true)?;
        self.case.people.insert(merchant);
        let begins = self.some_day(rounds * 18 + 20);
        for who in &people {
            self.scene.purse_kept.insert(*who);
        }
        for round in 0..rounds {
            for who in &people {
                let day = begins + round * 18;
                let mut ready = 0;
                for later in 0..2 {
                    if let Some(reported) = self.earn(*who, day + later) {
                        ready = ready.max(day_of(reported.done_ms) + 7);
                    }
                }
                if ready == 0 {
                    continue;
                }
                let wait = match self.care {
                    Care::Blatant => 0,
                    Care::Middling => self.random.below(3),
                    Care::Careful => self.random.below(7),
                };
                let day = ready + 1 + u32::try_from(wait).unwrap_or(0);
                let mut at_ms = self.quarter(day, 9, 19);
                while self.scene.purses[who.0].on(day) >= PRICES[MIDDLE_ITEM]
                    && redeem(self.scene, *who, street, MIDDLE_ITEM, at_ms)
                {
                    at_ms += 60_000;
                }
            }
        }
        Some(())
    }

    /// Several accounts earn, one collects.
    pub(super) fn straw_men(&mut self) -> Option<()> {
        let (count, rounds) = self.care.of([(8, 4u32), (6, 3), (4, 3)]);
        let collector = self.culprit(&PEOPLE, |scene, who| {
            !scene.kin.keys().any(|(one, _)| *one == who)
        })?;
        let men = self.culprits(count, &PEOPLE, |scene, who| {
            !scene.kin.contains_key(&(collector, who))
        })?;
        let begins = self.some_day(rounds * 25 + 20);
        for (number, man) in men.iter().enumerate() {
            self.scene.purse_kept.insert(*man);
            // They have no life of their own.
            self.scene.silent_from.insert(*man, u32::MAX);
            let at_ms = at(begins - 6, 9 * 60 + 7 * number as u64);
            link(self.scene, *man, collector, Relation::Sibling, at_ms);
        }
        for round in 0..rounds {
            for man in &men {
                let day = begins + round * 25;
                let mut ready = 0;
                for later in 0..2 {
                    if let Some(reported) = self.earn(*man, day + later * 2) {
                        ready = ready.max(day_of(reported.done_ms) + 7);
                    }
                }
                let wait = self.care.of([0, 2, 6]);
                let day = ready + 1 + u32::try_from(self.random.below(wait + 1)).unwrap_or(0);
                let minutes = self.scene.purses[man.0].on(day);
                if ready > 0 && minutes > 0 {
                    let at_ms = self.quarter(day, 9, 21);
                    give(self.scene, *man, collector, minutes, at_ms);
                }
            }
        }
        Some(())
    }
}
