//! Gifts that come back to whoever gave first.
//!
//! A gift turns granted minutes with a last day into minutes without one, and makes a poor account look busy; a circle of
//! gifts does so without anybody giving anything away. Families do hand minutes on, and back; so a return within a pair must
//! happen repeatedly, and what is passed on must be of like size.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::AccountId;
use ledger_core::time::DAY_MS;

use super::observed::Observed;
use super::rules::GiftRing;
use super::statistics::count;
use super::{Evidence, Found, Subject, counted, days, minutes};
use crate::facts::GiftFacts;

/// The most steps of one search. Kin are few, so that only a made-up tangle of gifts comes near; of that, circles found by
/// then are reported.
const STEPS_MAX: u64 = 20_000;

/// Circles of the same people.
#[derive(Default)]
struct Circles {
    /// Indices of the gifts, of each circle.
    gifts: Vec<Vec<usize>>,
}

struct Search<'a> {
    gifts: &'a [GiftFacts],
    /// Indices of everybody's gifts, oldest first.
    from: BTreeMap<AccountId, Vec<usize>>,
    rule: &'a GiftRing,
    steps: u64,
    circles: BTreeMap<BTreeSet<AccountId>, Circles>,
}

pub(crate) fn find(observed: &Observed<'_>, rule: &GiftRing) -> Vec<Found> {
    let gifts: Vec<GiftFacts> = observed
        .facts
        .gifts
        .iter()
        .copied()
        .filter(|gift| gift.minutes >= rule.gift_minutes && observed.has(gift.event))
        .collect();
    let mut from: BTreeMap<AccountId, Vec<usize>> = BTreeMap::new();
    for (index, gift) in gifts.iter().enumerate() {
        from.entry(gift.from).or_default().push(index);
    }
    let mut search = Search {
        gifts: &gifts,
        from,
        rule,
        steps: 0,
        circles: BTreeMap::new(),
    };
    for first in 0..gifts.len() {
        search.steps = 0;
        search.follow(&mut vec![first]);
    }
    let circles = std::mem::take(&mut search.circles);
    circles
        .into_iter()
        .filter_map(|(members, circles)| finding(&gifts, rule, &members, &circles))
        .collect()
}

impl Search<'_> {
    /// Goes on from the last gift of `path`; the first return found ends the search from its beginning, so that one gift
    /// begins one circle.
    fn follow(&mut self, path: &mut Vec<usize>) -> bool {
        let first = self.gifts[path[0]];
        let last_index = path[path.len() - 1];
        let last = self.gifts[last_index];
        let latest_ms = first
            .event
            .time_ms
            .plus_ms(self.rule.window_days.saturating_mul(DAY_MS));
        let onward = self.from.get(&last.to).cloned().unwrap_or_default();
        let later = onward.partition_point(|index| *index <= last_index);
        for next_index in onward.into_iter().skip(later) {
            self.steps += 1;
            let next = self.gifts[next_index];
            if self.steps > STEPS_MAX || next.event.time_ms > latest_ms {
                return false;
            }
            let passed_on = last.minutes.saturating_mul(self.rule.passed_on_percent) / 100;
            if next.minutes < passed_on {
                continue;
            }
            if next.to == first.from {
                path.push(next_index);
                self.keep(path);
                path.pop();
                return true;
            }
            let seen = path.iter().any(|index| self.gifts[*index].from == next.to);
            // The way to `next.to` adds a member; its return closes the circle.
            if seen || count(path.len()) + 1 >= self.rule.members_count_max {
                continue;
            }
            path.push(next_index);
            let returned = self.follow(path);
            path.pop();
            if returned {
                return true;
            }
        }
        false
    }

    fn keep(&mut self, path: &[usize]) {
        let members = path.iter().map(|index| self.gifts[*index].from).collect();
        let circles = self.circles.entry(members).or_default();
        let used = |index: &usize| circles.gifts.iter().any(|known| known.contains(index));
        // A gift is part of one circle of the same people, so that a chain of returns is not counted twice.
        if !path.iter().any(used) {
            circles.gifts.push(path.to_vec());
        }
    }
}

fn finding(
    gifts: &[GiftFacts],
    rule: &GiftRing,
    members: &BTreeSet<AccountId>,
    circles: &Circles,
) -> Option<Found> {
    let times = count(circles.gifts.len());
    let least = if members.len() > 2 {
        rule.rings_count
    } else {
        rule.returns_count
    };
    if times < least {
        return None;
    }
    let all = || circles.gifts.iter().flatten().map(|index| &gifts[*index]);
    let span_ms = |circle: &Vec<usize>| {
        let (first, last) = (circle.first(), circle.last());
        let at = |index: Option<&usize>| index.map_or(0, |index| gifts[*index].event.time_ms.0);
        at(last).saturating_sub(at(first))
    };
    let shortest = circles.gifts.iter().map(span_ms).min().unwrap_or(0);
    Some(Found {
        subjects: members.iter().map(|it| Subject::Account(*it)).collect(),
        figures: vec![
            counted("members", count(members.len())),
            counted("circles", times),
            minutes("gifts_minutes", all().map(|gift| gift.minutes).sum()),
            days("shortest_circle", shortest / DAY_MS),
        ],
        evidence: all()
            .map(|gift| Evidence {
                event: gift.event,
                order: None,
            })
            .collect(),
        reached: (times, least),
        mild: false,
    })
}
