//! Trainings and campaigns.

use std::collections::BTreeSet;

use crate::genesis::{Level, Role};
use crate::id::{AccountId, Signer};
use crate::model::Model;
use crate::operation::government::Purpose;
use crate::operation::service::RecordActivity;
use crate::order::Claim;
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::service_record::Given;
use crate::signing::Needs;
use crate::time::{DAY_MS, MINUTE_MS, Minutes};
use crate::view::Source;

/// "≤ 1,000 participants"
const PARTICIPANTS_MAX: usize = 1_000;

impl Model {
    pub(crate) fn record_training(
        &mut self,
        signers: &[Signer],
        it: &RecordActivity,
    ) -> Result<(), Refusal> {
        let left = self.check_activity(signers, it, Purpose::Training)?;
        // "Training: credited = minutes × percent, rounded down; beyond the line: refused."
        let percent = self.number(Parameter::TrainingCreditablePercent, it.district);
        let each = it.minutes * percent / 100;
        let total = each * it.participants.len() as u64;
        if total > left {
            return Err(Refusal::BudgetUnusable);
        }
        self.known_budget(it.budget).used += total;
        self.supply.issued_training += total;
        for id in &it.participants {
            self.claim_activity(*id, it);
            self.known(*id).training_given += it.minutes;
            self.note_deed(*id, Given::Training, None, it.start_ms, it.minutes);
            self.credit_earned(*id, each);
        }
        Ok(())
    }

    pub(crate) fn record_campaign(
        &mut self,
        signers: &[Signer],
        it: &RecordActivity,
    ) -> Result<(), Refusal> {
        let mut left = self.check_activity(signers, it, Purpose::Campaign)?;
        for id in &it.participants {
            self.claim_activity(*id, it);
            // "A campaign's participants beyond it get honorary minutes, in list order."
            if left < it.minutes {
                self.known(*id).honorary += it.minutes;
                self.note_deed(*id, Given::Honorary, None, it.start_ms, it.minutes);
                continue;
            }
            left -= it.minutes;
            self.known_budget(it.budget).used += it.minutes;
            self.supply.issued_campaign += it.minutes;
            self.known(*id).service_given += it.minutes;
            self.note_deed(*id, Given::Campaign, None, it.start_ms, it.minutes);
            self.credit_earned(*id, it.minutes);
        }
        Ok(())
    }

    fn credit_earned(&mut self, id: AccountId, minutes: Minutes) {
        let expiry = self.earned_expiry(id);
        self.credit(id, minutes, Source::Earned, expiry);
    }

    const fn claim_of(it: &RecordActivity) -> Claim {
        Claim {
            start_ms: it.start_ms,
            end_ms: it.end_ms,
            minutes: it.minutes,
        }
    }

    fn claim_activity(&mut self, participant: AccountId, it: &RecordActivity) {
        self.enter_claim(participant, None, Model::claim_of(it));
    }

    /// Everything both have in common; gives what the budget line has left.
    fn check_activity(
        &self,
        signers: &[Signer],
        it: &RecordActivity,
        purpose: Purpose,
    ) -> Result<Minutes, Refusal> {
        self.check_level(it.district, Level::District)?;
        let line = self.usable_budget(it.budget, purpose)?;
        if !self.covers(line.scope, it.district) {
            return Err(Refusal::BudgetUnusable);
        }
        let backdating_days = self.number(Parameter::BackdatingDays, it.district);
        self.check_interval(it.start_ms, it.end_ms, backdating_days)?;
        let length_ms = it.end_ms - it.start_ms;
        if length_ms > DAY_MS {
            return Err(Refusal::BadLength);
        }
        // "minutes follow the district's quantum and fit the interval"
        let quantum = self.number(Parameter::Quantum, it.district);
        if it.minutes == 0
            || !it.minutes.is_multiple_of(quantum)
            || it.minutes > length_ms / MINUTE_MS
        {
            return Err(Refusal::BadAmount);
        }
        let participants: BTreeSet<AccountId> = it.participants.iter().copied().collect();
        if participants.is_empty()
            || participants.len() != it.participants.len()
            || participants.len() > PARTICIPANTS_MAX
        {
            return Err(Refusal::BadList);
        }
        self.check_organiser(signers, it, &participants)?;
        for id in &participants {
            self.person(*id)?;
            self.check_claim(*id, None, Model::claim_of(it))?;
        }
        Ok(line.minutes - line.reserved - line.used)
    }

    /// "organiser + a social worker serving the district, different people; neither organiser nor social worker is a
    /// participant, the social worker is no kin of one"
    fn check_organiser(
        &self,
        signers: &[Signer],
        it: &RecordActivity,
        participants: &BTreeSet<AccountId>,
    ) -> Result<(), Refusal> {
        let organiser = match it.organiser {
            Signer::Account(id) => {
                self.person(id)?;
                Some(id)
            }
            Signer::Staff(_) => self.person_of(it.organiser),
            Signer::Key(_) => None,
        };
        let organiser = organiser.ok_or(Refusal::UnknownSigner)?;
        if participants.contains(&organiser) {
            return Err(Refusal::NotIndependent);
        }
        Needs::new(self, signers)
            .another_person(|signer| signer == it.organiser)
            .staff(|id, entry| {
                let related =
                    |participant| self.were_related(participant, entry.person, it.start_ms);
                entry.roles.contains(&Role::SocialWorker)
                    && self.serves(id.organisation, it.district)
                    && !participants.contains(&entry.person)
                    && !participants.iter().copied().any(related)
            })
            .solve()
            .map(|_| ())
    }
}
