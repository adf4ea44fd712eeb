//! Lots by example, and against a model that knows every single minute.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow in a test panics, and fails the test as it should"
)]

use proptest::prelude::*;

use super::*;

fn lot(source: Source, expiry: Option<u32>, minutes: u64) -> Lot {
    Lot {
        source,
        expiry: expiry.map(Day),
        minutes: Minutes(minutes),
    }
}

#[test]
fn spends_soonest_expiry_first_granted_before_earned_and_no_expiry_last() {
    let mut lots = Lots::new();
    for added in [
        lot(Source::Earned, None, 10),
        lot(Source::Earned, Some(5), 10),
        lot(Source::Granted, Some(9), 10),
        lot(Source::Granted, Some(5), 10),
        lot(Source::Granted, None, 10),
        lot(Source::Earned, Some(5), 1),
    ] {
        lots.add(added).unwrap();
    }
    let taken = lots.take(Minutes(32)).unwrap();
    assert_eq!(
        taken.as_slice(),
        [
            lot(Source::Granted, Some(5), 10),
            lot(Source::Earned, Some(5), 11),
            lot(Source::Granted, Some(9), 10),
            lot(Source::Granted, None, 1),
        ]
    );
    assert_eq!(
        lots.as_slice(),
        [lot(Source::Granted, None, 9), lot(Source::Earned, None, 10)]
    );
    assert_eq!(
        lots.take(Minutes(20)),
        Err(LotError::Insufficient {
            available: Minutes(19)
        })
    );
}

#[test]
fn one_lot_too_many_merges_the_two_spent_first_and_loses_nothing() {
    let mut lots = Lots::new();
    for day in 0..64 {
        lots.add(lot(Source::Granted, Some(day), 2)).unwrap();
    }
    lots.add(lot(Source::Earned, None, 60)).unwrap();
    assert_eq!(lots.as_slice().len(), LOTS_MAX);
    assert_eq!(lots.as_slice()[0], lot(Source::Granted, Some(1), 4));
    assert_eq!(lots.as_slice()[63], lot(Source::Earned, None, 60));
    // What would be spent first of all joins what is spent next.
    lots.add(lot(Source::Granted, Some(0), 1)).unwrap();
    assert_eq!(lots.as_slice()[0], lot(Source::Granted, Some(1), 5));
    assert_eq!(lots.total(), Ok(Minutes(64 * 2 + 60 + 1)));
}

#[test]
fn a_lot_is_there_on_its_last_day_and_gone_on_the_next() {
    let mut lots = Lots::new();
    for added in [
        lot(Source::Granted, Some(5), 1),
        lot(Source::Earned, Some(5), 2),
        lot(Source::Earned, Some(6), 4),
        lot(Source::Granted, Some(7), 8),
        lot(Source::Granted, None, 16),
    ] {
        lots.add(added).unwrap();
    }
    assert_eq!(lots.take_expired(Day(5)), Ok(vec![]));
    let gone = lots.take_expired(Day(7)).unwrap();
    assert_eq!(gone, [(Day(5), Minutes(3)), (Day(6), Minutes(4))]);
    assert_eq!(lots.total(), Ok(Minutes(24)));
    assert_eq!(lots.take_expired(Day(7)), Ok(vec![]));
    assert_eq!(
        lots.take_expired(Day(u32::MAX)),
        Ok(vec![(Day(7), Minutes(8))])
    );
    assert_eq!(lots.as_slice(), [lot(Source::Granted, None, 16)]);
}

#[test]
fn what_was_taken_and_put_back_is_what_there_was() {
    let mut lots = Lots::new();
    lots.add(lot(Source::Granted, Some(5), 10)).unwrap();
    lots.add(lot(Source::Earned, None, 50)).unwrap();
    let before = lots.clone();
    let taken = lots.take(Minutes(25)).unwrap();
    lots.put_back(&taken).unwrap();
    assert_eq!(lots, before);
}

/// Minutes one by one, each under the order in which it is spent: whether it never expires, its last day, its source.
#[derive(Clone, Debug, Default)]
struct Naive(Vec<(bool, u32, Source)>);

impl Naive {
    fn add(&mut self, lots: &[Lot]) {
        for lot in lots {
            let day = lot.expiry.map_or(0, |day| day.0);
            for _ in 0..lot.minutes.0 {
                self.0.push((lot.expiry.is_none(), day, lot.source));
            }
            self.0.sort();
            let mut kinds = self.0.clone();
            kinds.dedup();
            if kinds.len() > LOTS_MAX {
                let (first, second) = (kinds[0], kinds[1]);
                for minute in self.0.iter_mut().filter(|minute| **minute == first) {
                    *minute = second;
                }
            }
        }
    }

    fn take(&mut self, minutes: u64) -> Option<Naive> {
        let count = usize::try_from(minutes).ok()?;
        (count <= self.0.len()).then(|| Naive(self.0.drain(..count).collect()))
    }

    fn expire(&mut self, today: u32) -> usize {
        let before = self.0.len();
        self.0.retain(|(never, day, _)| *never || *day >= today);
        before.saturating_sub(self.0.len())
    }

    /// As lots, joined.
    fn lots(&self) -> Vec<Lot> {
        let mut lots: Vec<Lot> = Vec::new();
        for (never, day, source) in self.0.iter().copied() {
            let expiry = (!never).then_some(day);
            match lots.last_mut() {
                Some(last) if last.source == source && last.expiry == expiry.map(Day) => {
                    last.minutes = last.minutes.plus(Minutes(1)).unwrap();
                }
                _ => lots.push(lot(source, expiry, 1)),
            }
        }
        lots
    }
}

#[derive(Clone, Debug)]
enum Step {
    Add(Source, Option<u32>, u64),
    Take(u64),
    PutBack,
    Pass(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let source = prop_oneof![Just(Source::Granted), Just(Source::Earned)];
    prop_oneof![
        6 => (source, prop::option::weighted(0.9, 0..90u32), 0..9u64)
            .prop_map(|(source, days, minutes)| Step::Add(source, days, minutes)),
        2 => (0..60u64).prop_map(Step::Take),
        1 => Just(Step::PutBack),
        1 => (0..4u32).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lots_do_what_single_minutes_would(steps in prop::collection::vec(step(), 1..240)) {
        let (mut lots, mut naive) = (Lots::new(), Naive::default());
        let mut taken: Vec<Lots> = Vec::new();
        let mut today = 100u32;
        for step in steps {
            match step {
                Step::Add(source, days, minutes) => {
                    let added = lot(source, days.map(|days| today + days), minutes);
                    lots.add(added).unwrap();
                    naive.add(&[added]);
                }
                Step::Take(minutes) => match (lots.take(Minutes(minutes)), naive.take(minutes)) {
                    (Ok(lots), Some(naive)) => {
                        prop_assert_eq!(lots.as_slice(), naive.lots());
                        taken.push(lots);
                    }
                    (Err(LotError::Insufficient { available }), None) => {
                        prop_assert_eq!(available, lots.total().unwrap());
                    }
                    other => prop_assert!(false, "{:?}", other),
                },
                Step::PutBack => {
                    if let Some(mut back) = taken.pop() {
                        drop(back.take_expired(Day(today)).unwrap());
                        lots.put_back(&back).unwrap();
                        naive.add(back.as_slice());
                    }
                }
                Step::Pass(days) => {
                    today += days;
                    let gone = lots.take_expired(Day(today)).unwrap();
                    let sum = Minutes::sum(gone.iter().map(|(_, minutes)| *minutes)).unwrap();
                    prop_assert!(gone.iter().all(|(day, _)| day.0 < today));
                    prop_assert_eq!(usize::try_from(sum.0).unwrap(), naive.expire(today));
                }
            }
            prop_assert_eq!(lots.as_slice(), naive.lots());
            prop_assert!(lots.as_slice().len() <= LOTS_MAX);
        }
    }
}
