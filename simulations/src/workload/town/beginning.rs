//! The town's first days: people without a phone, a minor, a team, merchants, kin, proxies, budget lines and first grants.
//!
//! The same as those of the comparison, but submitted to a cluster: a group follows when all before it have applied, and what
//! got lost is submitted again.

use std::sync::Arc;

use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::transaction::SealedEnvelope;

use super::desk::Desk;
use super::tempo::advance;
use super::witness::Witness;
use crate::comparison::prologue::FirstDays;

/// Every so many times it is asked, the group under way is submitted again as far as it has not applied.
const ASKED_BEFORE_RETRY: u64 = 6;
/// How long what is submitted is valid: the town's time moves by little more than a day meanwhile.
const VALID_MS: u64 = 20 * DAY_MS;
/// Before the last group time moves on by a day: the proxy of a keyless person acts 24 hours after it was appointed.
const GROUP_AFTER_A_DAY: usize = 2;

/// The first days under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    days: FirstDays,
    group: usize,
    submitted: Vec<Arc<SealedEnvelope>>,
    asked: u64,
}

impl Beginning {
    /// What is to be submitted now; none when the first days are over.
    pub(super) fn submit(
        &mut self,
        witness: &Witness,
        desk: &mut Desk,
        now_ms: TimestampMs,
    ) -> Option<Vec<Arc<SealedEnvelope>>> {
        self.asked += 1;
        let missing: Vec<_> = self
            .submitted
            .iter()
            .filter(|it| witness.applied(&it.id()).is_none())
            .map(Arc::clone)
            .collect();
        if !missing.is_empty() {
            let again = self.asked.is_multiple_of(ASKED_BEFORE_RETRY);
            return Some(if again { missing } else { Vec::new() });
        }
        if self.group == FirstDays::GROUPS {
            return None;
        }
        self.submitted = self.next_group(witness, desk, now_ms);
        self.group += 1;
        self.asked = 0;
        Some(self.submitted.clone())
    }

    fn next_group(
        &mut self,
        witness: &Witness,
        desk: &mut Desk,
        now_ms: TimestampMs,
    ) -> Vec<Arc<SealedEnvelope>> {
        let books = &witness.ledger.books;
        let today = Calendar::CHINA.day(now_ms);
        let valid_until_ms = now_ms.plus_ms(VALID_MS);
        let mut drafts = self.days.drafts(self.group, today);
        let named = drafts.len();
        if self.group == GROUP_AFTER_A_DAY {
            drafts.push(advance(books, now_ms.plus_ms(25 * HOUR_MS)));
        }
        let written: Vec<_> = drafts
            .into_iter()
            .map(|draft| {
                let written = desk.write(books, draft, valid_until_ms);
                written.expect("those who sign in the first days were founded or opened before")
            })
            .collect();
        let ids = written.iter().take(named).map(|it| it.sealed.id());
        self.days.note(self.group, ids.collect());
        written.iter().map(|it| desk.sign(it)).collect()
    }
}
