//! How the town's time moves: its two administrators advance it, again and again, by hours, days and sometimes months, to
//! just before or after something falls due.

use std::sync::Arc;

use ledger_core::id::Height;
use ledger_core::record::organisation::Role;
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{SealedEnvelope, Signer};

use super::desk::Desk;
use super::witness::Witness;
use crate::comparison::books::Books;
use crate::comparison::founding::CITY;
use crate::comparison::generate::{Draft, Generator};
use crate::random::Random;

/// The farthest one step goes: budget lines and allowances of the town last for months, not for years.
const STEP_MS_MAX: u64 = 100 * DAY_MS;
/// Blocks between two steps, below this.
const REST_BLOCKS_BELOW: u64 = 3;
/// How many of a thousand steps go to the end of the month, so that months are closed in every run.
const MONTHS_PER_MILLE: u64 = 70;
/// After so many blocks a step that did not apply is given up for another.
const PATIENCE_BLOCKS: u64 = 6;
/// How long a step may wait to be committed.
const VALID_MS: u64 = 2 * DAY_MS;

/// Proposes one step of time after the other.
#[derive(Clone)]
pub(super) struct Tempo {
    random: Random,
    /// Chooses how far a step goes.
    paces: Generator,
    proposed: Option<(Arc<SealedEnvelope>, Height)>,
    rests_until: Height,
}

impl Tempo {
    pub(super) fn new(seed: u64, paces: Generator) -> Tempo {
        Tempo {
            random: Random::new(seed),
            paces,
            proposed: None,
            rests_until: Height::GENESIS,
        }
    }

    /// The next step, when it is time for one; `now_ms` is when the next block may be.
    pub(super) fn step(
        &mut self,
        witness: &Witness,
        desk: &mut Desk,
        now_ms: TimestampMs,
    ) -> Option<Arc<SealedEnvelope>> {
        let height = witness.ledger.tip().height;
        if let Some((step, since)) = &self.proposed {
            if let Some(applied) = witness.applied(&step.id()) {
                let rest = self.random.below(REST_BLOCKS_BELOW);
                self.rests_until = Height(applied.0 + rest);
            } else if height.0 < since.0 + PATIENCE_BLOCKS {
                return None;
            }
            self.proposed = None;
        }
        if height < self.rests_until {
            return None;
        }
        let pace = if self.random.happens(MONTHS_PER_MILLE) {
            month_end(now_ms).minus_ms(self.random.below(2))
        } else {
            self.paces.next_time(&witness.ledger)
        };
        let to_ms = pace
            .max(now_ms.plus_ms(1 + self.random.below(HOUR_MS)))
            .min(now_ms.plus_ms(STEP_MS_MAX));
        let written = desk.write(
            &witness.ledger.books,
            advance(&witness.ledger.books, to_ms),
            now_ms.plus_ms(VALID_MS),
        )?;
        let step = desk.sign(&written);
        self.proposed = Some((Arc::clone(&step), height));
        Some(step)
    }
}

/// The first instant of the next month.
fn month_end(now_ms: TimestampMs) -> TimestampMs {
    let mut day = Calendar::CHINA.day(now_ms);
    let month = day.month();
    while day.month() == month {
        day = day.next();
    }
    Calendar::CHINA.start_of(day)
}

/// The city advances time.
pub(super) fn advance(books: &Books, to_ms: TimestampMs) -> Draft {
    let threshold = books
        .organisations
        .get(&CITY)
        .map_or(1, |it| usize::from(it.threshold.max(1)));
    let administrators = books
        .staff
        .iter()
        .filter(|(id, it)| id.organisation == CITY && it.has(Role::Administrator))
        .map(|(id, _)| Signer::Staff(*id));
    Draft::new(
        AdvanceTime { to_ms },
        administrators.take(threshold).collect(),
    )
}
