//! What honest people do with their minutes: gifts to kin, things from the merchant.

use ledger_core::amount::Minutes;
use ledger_core::id::ItemCode;
use ledger_core::transaction::Signer;
use ledger_core::transaction::value::{Gift, Redeem};

use super::super::city::{Life, Who, at};
use super::super::scene::{FOR_GOOD, Scene};
use super::offices::PRICES;
use super::services::Circles;
use crate::random::Random;

/// The Spring Festival, on which minutes go round in families, in days from the first of January.
const FESTIVAL: u32 = 47;
/// From when people spend what they have saved, before the New Year.
const NEW_YEAR_SHOPPING: (u32, u32) = (335, 350);

/// What everybody spends and gives on `day`.
pub(super) fn day(scene: &mut Scene, circles: &Circles, chances: &mut [Random], day: u32) {
    if day % 365 == FESTIVAL {
        festival(scene, circles, chances, day);
    }
    for who in scene.everybody() {
        let random = &mut chances[who.0];
        if !scene.is_about(who, day) || scene.purse_kept.contains(&who) {
            continue;
        }
        if let Some(parent) = circles.parents.get(&who)
            && random.happens(25)
            && scene.is_about(*parent, day)
        {
            let minutes = 30 * (1 + random.below(6));
            let at_ms = at(day, 19 * 60 + random.below(120));
            give(scene, who, *parent, minutes, at_ms);
        }
        shop(scene, random, who, day);
    }
}

/// In families everybody gives everybody a little: minutes go round.
fn festival(scene: &mut Scene, circles: &Circles, chances: &mut [Random], day: u32) {
    for [parent, child, grandchild] in &circles.families {
        let pairs = [
            (parent, grandchild),
            (child, parent),
            (grandchild, child),
            (child, grandchild),
        ];
        for (from, to) in pairs {
            if scene.purse_kept.contains(from) || scene.purse_kept.contains(to) {
                continue;
            }
            let random = &mut chances[from.0];
            let at_ms = at(day, 20 * 60 + random.below(3 * 60));
            if scene.is_about(*from, day) && scene.is_about(*to, day) {
                give(scene, *from, *to, 60, at_ms);
            }
        }
    }
}

/// A gift between kin, if there is enough and the giver can sign.
pub(crate) fn give(scene: &mut Scene, from: Who, to: Who, minutes: u64, at_ms: u64) -> bool {
    let Some(key) = scene.person(from).key.clone() else {
        return false;
    };
    let day = super::super::city::day_of(at_ms);
    let linked = scene.kin.get(&(from, to));
    if linked.is_none_or(|linked_ms| at_ms <= *linked_ms + 60_000)
        || !scene.purses[from.0].take(minutes, day)
    {
        return false;
    }
    let operation = Gift {
        from: scene.account(from),
        to: scene.account(to),
        minutes: Minutes(minutes),
    };
    scene.ask(
        at_ms,
        operation,
        &[(Signer::Account(scene.account(from)), key)],
    );
    // By the next day at the latest it is there.
    scene.purses[to.0].put(minutes, day + 1, FOR_GOOD);
    true
}

/// Something from the merchant of the street, now and then; before the New Year, everything that was saved.
fn shop(scene: &mut Scene, random: &mut Random, who: Who, day: u32) {
    let life = scene.person(who).life;
    let available = scene.purses[who.0].on(day);
    let of_year = day % 365;
    let (first, end) = NEW_YEAR_SHOPPING;
    let everything = (first..end).contains(&of_year) && random.happens(20)
        // Students leave the city when the holidays are over.
        || life == Life::Student && of_year == 241 && random.happens(300);
    let street = scene.person(who).street;
    if everything {
        let mut at_ms = at(day, 10 * 60 + random.below(8 * 60));
        let mut left = available;
        for item in (0..PRICES.len()).rev() {
            while left >= PRICES[item] {
                left -= PRICES[item];
                at_ms += 60_000 * (1 + random.below(3));
                redeem(scene, who, street, item, at_ms);
            }
        }
    } else if random.happens(6) {
        let affordable = PRICES.iter().filter(|price| **price <= available).count();
        if affordable > 0 {
            let item = random.index(affordable);
            let at_ms = at(day, 9 * 60 + random.below(10 * 60));
            redeem(scene, who, street, item, at_ms);
        }
    }
}

/// Exchanges minutes for an item of the merchant of `street`, if there are enough.
pub(crate) fn redeem(scene: &mut Scene, who: Who, street: usize, item: usize, at_ms: u64) -> bool {
    let day = super::super::city::day_of(at_ms);
    if scene.purses[who.0].on(day) < PRICES[item]
        || !scene.proxy_commits(who, PRICES[item], at_ms)
        || !scene.purses[who.0].take(PRICES[item], day)
    {
        return false;
    }
    let merchant = scene.merchants[street].clone();
    let operation = Redeem {
        holder: scene.account(who),
        merchant: merchant.account,
        item: ItemCode(u16::try_from(item + 1).unwrap_or(1)),
        minutes: Minutes(PRICES[item]),
    };
    let signers = [
        scene.consent(who),
        (Signer::Account(merchant.account), merchant.key),
    ];
    scene.ask(at_ms, operation, &signers);
    true
}
