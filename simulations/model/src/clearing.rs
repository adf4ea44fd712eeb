//! Clearing between districts: counters of the month of block time, frozen when the month is over.

use std::collections::BTreeMap;

use crate::due::DueKind;
use crate::genesis::Role;
use crate::id::{AccountId, Commitment, OrganisationId, Signer};
use crate::model::Model;
use crate::operation::government::CosignClearing;
use crate::refusal::Refusal;
use crate::signing::Needs;
use crate::time::{Milliseconds, Minutes, Month, first_day_of};
use crate::value::total;
use crate::view::{ClearingView, DistrictSupply};

/// "at most 64"
const COSIGNATURES_MAX: usize = 64;

/// A month's counters, and what the ledger says their hash is, where the model was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clearing {
    pub(crate) view: ClearingView,
    pub(crate) hash: Option<Commitment>,
}

impl Model {
    fn counters(&mut self) -> &mut ClearingView {
        let month = self.this_month();
        &mut self.clearings.entry(month).or_default().view
    }

    pub(crate) fn note_flow(&mut self, from: OrganisationId, to: OrganisationId, minutes: i64) {
        if minutes != 0 {
            *self.counters().flows.entry((from, to)).or_insert(0) += minutes;
        }
    }

    pub(crate) fn note_moved(
        &mut self,
        from: OrganisationId,
        to: OrganisationId,
        minutes: Minutes,
    ) {
        if minutes != 0 {
            *self.counters().moved.entry((from, to)).or_insert(0) += minutes;
        }
    }

    fn district_counters(&mut self, district: OrganisationId) -> &mut DistrictSupply {
        self.counters().supply.entry(district).or_default()
    }

    pub(crate) fn note_grant(&mut self, district: OrganisationId, minutes: Minutes) {
        if minutes != 0 {
            self.district_counters(district).grants += minutes;
        }
    }

    pub(crate) fn note_expired(&mut self, district: OrganisationId, minutes: Minutes) {
        if minutes != 0 {
            self.district_counters(district).expired += minutes;
        }
    }

    pub(crate) fn schedule_month_close(&mut self, month: Month) {
        let over_ms = self.calendar.start_of(first_day_of(month + 1));
        let mut id = [0; 20];
        id[..4].copy_from_slice(&month.to_be_bytes());
        self.due.insert((over_ms, DueKind::CloseMonth, id));
    }

    /// Keeps how each month ended that is over with a block at `now_ms`, before that block does anything.
    pub(crate) fn note_month_ends(&mut self, now_ms: Milliseconds) {
        for month in self.this_month()..self.calendar.month(now_ms) {
            let by_district = self.supply_by_district();
            self.month_ends.insert(month, by_district);
        }
    }

    /// "Frozen at the first block of the next month", with "opening and closing supply per district".
    pub(crate) fn close_month(&mut self, id: [u8; 20]) {
        let month = Month::from_be_bytes([id[0], id[1], id[2], id[3]]);
        // The chain may come to it in a later block, after other work: what counts is how the month ended.
        let closing = self.month_ends.remove(&month);
        let closing = closing.unwrap_or_else(|| self.supply_by_district());
        let closed = &mut self.clearings.entry(month).or_default().view;
        closed.closed = true;
        for (district, minutes) in &closing {
            closed.supply.entry(*district).or_default().closing = *minutes;
        }
        let next = &mut self.clearings.entry(month + 1).or_default().view;
        for (district, minutes) in &closing {
            next.supply.entry(*district).or_default().opening = *minutes;
        }
        self.schedule_month_close(month + 1);
    }

    /// "Spendable + held of accounts at home there + pools of its organisations; city's own pools under the city."
    pub(crate) fn supply_by_district(&self) -> BTreeMap<OrganisationId, Minutes> {
        let mut by_district = BTreeMap::new();
        for account in self.accounts.values() {
            // As the month ends: what is past its last day by now had not gone then.
            let minutes = total(&account.lots) + account.held;
            if minutes > 0 {
                *by_district
                    .entry(self.district_of(account.home))
                    .or_insert(0) += minutes;
            }
        }
        for (pool, minutes) in self.pools.iter().filter(|(_, minutes)| **minutes > 0) {
            let district = self.district_of(pool.organisation);
            *by_district.entry(district).or_insert(0) += minutes;
        }
        by_district
    }

    /// Tells the model which hash the ledger froze for a month; from then on another one is refused.
    pub fn note_clearing_hash(&mut self, month: Month, hash: Commitment) {
        self.clearings.entry(month).or_default().hash = Some(hash);
    }

    /// "CosignClearing (month, hash): auditor" of the city or a district, "each person once".
    pub(crate) fn cosign_clearing(
        &mut self,
        signers: &[Signer],
        it: &CosignClearing,
    ) -> Result<(), Refusal> {
        let clearing = self
            .clearings
            .get(&it.month)
            .ok_or(Refusal::BadCosignature)?;
        let other_hash = clearing.hash.is_some_and(|hash| hash != it.hash);
        if !clearing.view.closed || other_hash {
            return Err(Refusal::BadCosignature);
        }
        let chosen = Needs::new(self, signers)
            .staff(|_, entry| entry.roles.contains(&Role::Auditor))
            .solve()?;
        let auditor: Option<AccountId> = self.person_of(chosen[0]);
        let auditor = auditor.ok_or(Refusal::UnknownSigner)?;
        let cosigned = &clearing.view.cosigned;
        if cosigned.contains(&auditor) || cosigned.len() >= COSIGNATURES_MAX {
            return Err(Refusal::BadCosignature);
        }
        if let Some(clearing) = self.clearings.get_mut(&it.month) {
            clearing.view.cosigned.push(auditor);
        }
        Ok(())
    }
}
