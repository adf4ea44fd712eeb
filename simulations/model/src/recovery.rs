//! Giving an account a new key when the old one is lost: guardians, delay, cancelling.

use crate::due::DueKind;
use crate::genesis::Role;
use crate::id::{AccountId, Key, OrganisationId, Signer};
use crate::model::Model;
use crate::operation::account::{
    CancelRecovery, FinishRecovery, Guardian, SetGuardians, StartRecovery,
};
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::signing::{Needs, first_met};
use crate::time::{DAY_MS, Milliseconds};
use crate::view::{Kind, Status};

/// "at most 8"
const GUARDIANS_MAX: usize = 8;
/// "delay ≥ policy RecoveryDelayMs, ≤ 30 days"
const DELAY_MS_MAX: Milliseconds = 30 * DAY_MS;
/// "30 days' pause for an initiator after a cancel"
const PAUSE_MS: Milliseconds = 30 * DAY_MS;

/// Who may recover an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guardians {
    pub(crate) list: Vec<Guardian>,
    pub(crate) threshold: usize,
    pub(crate) delay_ms: Milliseconds,
}

/// Whose signature started a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Initiator {
    Person(AccountId),
    Office(OrganisationId),
}

/// A recovery that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) new_key: Key,
    pub(crate) ends_ms: Milliseconds,
    /// "unless an arbiter co-signed the start"
    pub(crate) locked: bool,
    pub(crate) initiators: Vec<Initiator>,
}

impl Model {
    pub(crate) fn set_guardians(
        &mut self,
        signers: &[Signer],
        it: &SetGuardians,
    ) -> Result<(), Refusal> {
        self.living(it.account)?;
        // "Refused during a recovery."
        if self.recoveries.contains_key(&it.account) {
            return Err(Refusal::RecoveryRunning);
        }
        let sorted = it.guardians.windows(2).all(|pair| pair[0] < pair[1]);
        if !sorted || it.guardians.len() > GUARDIANS_MAX {
            return Err(Refusal::BadList);
        }
        let threshold = usize::from(it.threshold);
        // "1 ≤ m ≤ n; empty list with m = 0 removes."
        if threshold > it.guardians.len() || (threshold == 0) != it.guardians.is_empty() {
            return Err(Refusal::BadThreshold);
        }
        if threshold > 0 {
            let least_ms = self.number(Parameter::RecoveryDelayMs, self.home_district(it.account));
            if it.delay_ms < least_ms || it.delay_ms > DELAY_MS_MAX {
                return Err(Refusal::BadDate);
            }
        }
        for guardian in &it.guardians {
            self.check_guardian(it.account, *guardian)?;
        }
        Needs::new(self, signers).holder(it.account).solve()?;
        if threshold == 0 {
            self.guardians.remove(&it.account);
        } else {
            let guardians = Guardians {
                list: it.guardians.clone(),
                threshold,
                delay_ms: it.delay_ms,
            };
            self.guardians.insert(it.account, guardians);
        }
        Ok(())
    }

    /// "Guardian accounts: active persons with a key, not the account itself."
    fn check_guardian(&self, account: AccountId, guardian: Guardian) -> Result<(), Refusal> {
        match guardian {
            Guardian::Office(organisation) => self.organisation(organisation).map(|_| ()),
            Guardian::Account(id) => {
                let person = self.account(id)?;
                let fits = person.kind == Kind::Person
                    && person.status == Status::Active
                    && person.key.is_some()
                    // "Guardians are active people of age with a key."
                    && person.legal_guardian.is_none()
                    && id != account;
                fits.then_some(()).ok_or(Refusal::WrongAccount)
            }
        }
    }

    pub(crate) fn start_recovery(
        &mut self,
        signers: &[Signer],
        it: &StartRecovery,
    ) -> Result<(), Refusal> {
        self.living(it.account)?;
        if self.recoveries.contains_key(&it.account) {
            return Err(Refusal::RecoveryRunning);
        }
        if self.account(it.account)?.key == Some(it.new_key) {
            return Err(Refusal::Exists);
        }
        // "An arbiter's signature beyond that need blocks cancellation."
        let (initiators, locked) = self.starting_signatures(signers, it)?;
        // "The delay is the account's or the policy's of that day, whichever is longer."
        let policy_ms = self.number(Parameter::RecoveryDelayMs, self.home_district(it.account));
        let chosen_ms = self.guardians.get(&it.account).map_or(0, |it| it.delay_ms);
        let delay_ms = chosen_ms.max(policy_ms);
        let recovery = Recovery {
            new_key: it.new_key,
            ends_ms: self.now_ms + delay_ms,
            locked,
            initiators,
        };
        self.due
            .insert((recovery.ends_ms, DueKind::RecoveryEnd, it.account.0));
        self.recoveries.insert(it.account, recovery);
        Ok(())
    }

    /// Whoever starts the recovery, when the signatures are exactly those needed: "new key + either m guardians, or a
    /// registrar (home) + 1 guardian (different people); without guardians set: a registrar (home) + an arbiter (home)".
    fn starting_signatures(
        &self,
        signers: &[Signer],
        it: &StartRecovery,
    ) -> Result<(Vec<Initiator>, bool), Refusal> {
        let home = self.account(it.account)?.home;
        let in_role = |signer, role| self.may_start_as(signer, role, home, it.account);
        let needs = |with_arbiter: bool| {
            let needs = Needs::new(self, signers).key(it.new_key);
            if with_arbiter {
                needs.another_person(|signer| in_role(signer, Role::Arbiter))
            } else {
                needs
            }
        };
        // "Guardians whose accounts are closed do not count; when none is left it is as if none were set."
        let living = |guardian: &Guardian| match guardian {
            Guardian::Account(id) => self.living(*id).is_ok(),
            Guardian::Office(_) => true,
        };
        let set = self.guardians.get(&it.account);
        let counting = set.filter(|set| set.list.iter().any(living));
        let Some(guardians) = counting else {
            let (way, chosen) = first_met([false, true].map(|with_arbiter| {
                needs(with_arbiter)
                    .another_person(|signer| in_role(signer, Role::Registrar))
                    .another_person(|signer| in_role(signer, Role::Arbiter))
                    .solve()
            }))?;
            return Ok((self.initiators(&chosen, None, 0..0), way == 1));
        };
        let guards = |signer| self.guardian_of(signer, guardians, it.account).is_some();
        let by_guardians = |with_arbiter: bool| {
            let first = usize::from(with_arbiter) + 1;
            let threshold = guardians.threshold;
            let needs =
                (0..threshold).fold(needs(with_arbiter), |needs, _| needs.another_person(guards));
            needs.solve_where(|chosen| {
                let mut different: Vec<_> = chosen[first..]
                    .iter()
                    .filter_map(|signer| self.guardian_of(*signer, guardians, it.account))
                    .collect();
                different.sort();
                different.dedup();
                different.len() == threshold
            })
        };
        let by_registrar = |with_arbiter: bool| {
            needs(with_arbiter)
                .another_person(guards)
                .another_person(|signer| in_role(signer, Role::Registrar))
                .solve()
        };
        // Guardians enough are all that is needed: an arbiter beside them is beyond it, even one who is a registrar too.
        let (way, chosen) = first_met([
            by_guardians(false),
            by_guardians(true),
            by_registrar(false),
            by_registrar(true),
        ])?;
        let locked = way % 2 == 1;
        // "an office whoever signs for it": only who signed as guardian signed for an office.
        let first = usize::from(locked) + 1;
        let as_guardians = if way < 2 { guardians.threshold } else { 1 };
        let as_guardians = first..first + as_guardians;
        Ok((
            self.initiators(&chosen, Some(guardians), as_guardians),
            locked,
        ))
    }

    /// Whether staff in this role count for a start: paused ones do not.
    fn may_start_as(
        &self,
        signer: Signer,
        role: Role,
        home: OrganisationId,
        account: AccountId,
    ) -> bool {
        let Signer::Staff(id) = signer else {
            return false;
        };
        self.staff.get(&id).is_some_and(|entry| {
            entry.roles.contains(&role)
                && self.covers(id.organisation, home)
                && entry.person != account
                && !self.is_paused(account, Initiator::Person(entry.person))
        })
    }

    /// The guardian for whom somebody signs, unless paused. "An office guardian signs by a registrar of exactly that
    /// office."
    fn guardian_of(
        &self,
        signer: Signer,
        guardians: &Guardians,
        account: AccountId,
    ) -> Option<Guardian> {
        let (guardian, person) = match signer {
            Signer::Account(id) => (Guardian::Account(id), id),
            Signer::Staff(id) => {
                let entry = self.staff.get(&id)?;
                if !entry.roles.contains(&Role::Registrar) {
                    return None;
                }
                if self.is_paused(account, Initiator::Office(id.organisation)) {
                    return None;
                }
                (Guardian::Office(id.organisation), entry.person)
            }
            Signer::Key(_) => return None,
        };
        let counts = guardians.list.contains(&guardian)
            && person != account
            && !self.is_paused(account, Initiator::Person(person));
        counts.then_some(guardian)
    }

    /// "pause for 30 days for that account only"
    fn is_paused(&self, account: AccountId, initiator: Initiator) -> bool {
        let until_ms = self.paused.get(&(account, initiator));
        until_ms.is_some_and(|until_ms| self.now_ms < *until_ms)
    }

    /// "The initiators (persons or offices whose signatures were used) are recorded": "people in whatever part they sign, and
    /// an office whoever signs for it".
    fn initiators(
        &self,
        chosen: &[Signer],
        guardians: Option<&Guardians>,
        as_guardians: std::ops::Range<usize>,
    ) -> Vec<Initiator> {
        let mut initiators = Vec::new();
        for (index, signer) in chosen.iter().enumerate() {
            initiators.extend(self.person_of(*signer).map(Initiator::Person));
            if let Signer::Staff(id) = signer
                && guardians.is_some()
                && as_guardians.contains(&index)
            {
                initiators.push(Initiator::Office(id.organisation));
            }
        }
        initiators
    }

    pub(crate) fn cancel_recovery(
        &mut self,
        signers: &[Signer],
        it: &CancelRecovery,
    ) -> Result<(), Refusal> {
        let recovery = self.recoveries.get(&it.account).ok_or(Refusal::NotThere)?;
        if recovery.locked || recovery.ends_ms <= self.now_ms {
            return Err(Refusal::RecoveryLocked);
        }
        // "A minor objects to a recovery alone." "A keyless person's recovery is cancelled by a registrar and a social worker
        // of its home, different people."
        let account = self.living(it.account)?;
        let needs = Needs::new(self, signers);
        if account.key.is_some() {
            needs.account(it.account).solve()?;
        } else {
            needs
                .two_others(
                    [Role::Registrar, Role::SocialWorker],
                    account.home,
                    &[it.account],
                )
                .solve()?;
        }
        let until_ms = self.now_ms + PAUSE_MS;
        if let Some(recovery) = self.end_recovery(it.account) {
            for initiator in recovery.initiators {
                self.paused.insert((it.account, initiator), until_ms);
            }
        }
        Ok(())
    }

    /// "FinishRecovery: anyone after the delay", where the chain has not done it yet.
    pub(crate) fn finish_recovery(
        &mut self,
        signers: &[Signer],
        it: &FinishRecovery,
    ) -> Result<(), Refusal> {
        let recovery = self.recoveries.get(&it.account).ok_or(Refusal::NotThere)?;
        if recovery.ends_ms > self.now_ms {
            return Err(Refusal::RecoveryLocked);
        }
        Needs::new(self, signers)
            .one_of(|signer| !matches!(signer, Signer::Key(_)))
            .solve()?;
        self.recover(it.account);
        Ok(())
    }

    /// Puts the new key in force.
    pub(crate) fn recover(&mut self, account: AccountId) {
        if let Some(recovery) = self.end_recovery(account) {
            self.change_key(account, recovery.new_key);
        }
    }

    fn end_recovery(&mut self, account: AccountId) -> Option<Recovery> {
        let recovery = self.recoveries.remove(&account)?;
        self.due
            .remove(&(recovery.ends_ms, DueKind::RecoveryEnd, account.0));
        Some(recovery)
    }
}
