//! Trainings and campaigns.

use ledger_core::amount::Minutes;
use ledger_core::id::AccountId;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::organisation::Role;
use ledger_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use ledger_core::transaction::Signer;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};

use super::{Draft, Scene};

impl Scene<'_> {
    pub(super) fn about_activities(&mut self) -> Option<Draft> {
        let training = self.random.happens(500);
        let purpose = if training {
            BudgetPurpose::Training
        } else {
            BudgetPurpose::Campaign
        };
        let budget = self.line(purpose)?;
        let scope = self.books.budgets.get(&budget)?.scope;
        let mut district = self.district();
        if !self.books.covers(scope, district) && !self.random.happens(100) {
            district = scope;
        }
        let minutes = match self.random.below(8) {
            0 => self.amount(),
            _ => Minutes(30 * (1 + self.random.below(3))),
        };
        let length_ms = minutes.0.min(1_500) * MINUTE_MS
            + match self.random.below(24) {
                0..4 => 30 * MINUTE_MS,
                4 => 24 * HOUR_MS,
                _ => 0,
            };
        let latest_ms = self.now_ms.minus_ms(length_ms);
        let start_ms = match self.random.below(12) {
            0 => latest_ms.plus_ms(1),
            1 => latest_ms.minus_ms(self.random.below(70) * DAY_MS),
            _ => latest_ms.minus_ms(self.random.below(60) * HOUR_MS),
        };
        let attendance = Attendance {
            district,
            start_ms,
            end_ms: start_ms.plus_ms(length_ms),
            participants: self.participants(),
            minutes,
            budget,
        };
        let organiser = match self.random.below(30) {
            0 => {
                let group = self.group()?;
                Signer::Account(group)
            }
            1..12 => {
                let roles = [Role::Registrar, Role::Clerk, Role::Arbiter];
                self.staff_serving(&roles, district)?
            }
            _ => Signer::Account(self.person()),
        };
        let social = self.staff_serving(&[Role::SocialWorker], district)?;
        let signers = vec![organiser, social];
        Some(if training {
            Draft::new(RecordTraining { attendance }, signers)
        } else {
            Draft::new(RecordCampaign { attendance }, signers)
        })
    }

    fn participants(&mut self) -> Vec<AccountId> {
        let mut participants: Vec<AccountId> = Vec::new();
        for _ in 0..1 + self.random.index(4) {
            let person = self.person();
            if !participants.contains(&person) || self.random.happens(100) {
                participants.push(person);
            }
        }
        if self.random.happens(10) {
            participants.clear();
        }
        participants
    }
}
