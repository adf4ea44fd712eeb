//! Who stands behind the start of a recovery.
//!
//! | the account has | who starts |
//! |---|---|
//! | guardians | as many of them as it said; or a registrar who covers its home and one of them |
//! | none, or none whose account is still open | a registrar and an arbiter who cover its home |
//!
//! All of them are different people, none is the holder, and none is paused since another recovery was cancelled. One more
//! arbiter who covers the home, another person again, keeps the old key from cancelling.
//!
//! Several sets of signers may be found behind one envelope, because a registrar may sign for an office that is guardian or
//! for the home, and staff may have several roles. The first that leaves no signature unused is taken.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::id::{AccountId, OrganisationId};
use crate::record::account::AccountStatus;
use crate::record::organisation::Role;
use crate::record::recovery::{GUARDIANS_MAX, Guardian, RecoveryRecord};
use crate::time::TimestampMs;
use crate::transaction::Signer;

/// The most members of staff whose signatures are looked at. None beyond can be of use: eight offices that are guardians and
/// one arbiter is what takes most.
const STAFF_VOICES_MAX: usize = GUARDIANS_MAX + 1;

/// The signatures behind the start of a recovery.
#[derive(Clone, Debug)]
pub(crate) struct Support {
    /// The signatures to be put to use.
    pub(crate) signers: Vec<Signer>,
    /// Whom a pause would hit: people, and offices that signed as guardians; sorted, each once.
    pub(crate) initiators: Vec<Guardian>,
    /// Whether the old key may stop it.
    pub(crate) cancellable: bool,
}

/// Who stands behind the start of a recovery of `account`.
///
/// # Errors
/// When too few have signed, one person stands behind two of them or is the holder, or one of them is paused.
pub(crate) fn find_support(
    context: &Context<'_, '_>,
    account: AccountId,
    home: OrganisationId,
    recovery: &RecoveryRecord,
) -> Result<Support, Refusal> {
    let envelope = Envelope::read(context, account, home, recovery)?;
    if let Some(support) = envelope.best(Rules::All) {
        return Ok(support);
    }
    let now_ms = context.block.time_ms;
    if let Some(support) = envelope.best(Rules::IgnorePauses) {
        let pause = |initiator: &Guardian| {
            let until_ms = recovery.paused_until_ms(*initiator, now_ms)?;
            let initiator = *initiator;
            Some(Rejection::RecoveryPaused {
                initiator,
                until_ms,
            })
        };
        if let Some(rejection) = support.initiators.iter().find_map(pause) {
            return Err(rejection.into());
        }
    }
    Err(envelope.refusal().into())
}

/// Which rules a set of signers satisfies: the others tell what is wrong with an envelope that satisfies not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rules {
    All,
    IgnorePauses,
    /// Whether or not they are different people, and other than the holder.
    IgnorePauseAndPeople,
}

/// A member of staff who signed.
#[derive(Clone, Copy, Debug)]
struct StaffVoice {
    signer: Signer,
    person: AccountId,
    /// Registrar who covers the home.
    registrar: bool,
    /// Arbiter who covers the home.
    arbiter: bool,
    /// Of which organisation it is a registrar.
    office: Option<OrganisationId>,
}

/// The signatures of an envelope, by what they may count for.
struct Envelope<'r> {
    account: AccountId,
    home: OrganisationId,
    recovery: &'r RecoveryRecord,
    now_ms: TimestampMs,
    /// Guardians whose accounts are not closed.
    guardians: Vec<Guardian>,
    accounts: Vec<AccountId>,
    /// Those with the fewest roles first, so that whoever has several fills the one in which nobody else is left.
    staff: Vec<StaffVoice>,
    signatures: usize,
}

/// Signers chosen so far.
#[derive(Clone, Debug, Default)]
struct Chosen {
    signers: Vec<Signer>,
    people: Vec<AccountId>,
    initiators: Vec<Guardian>,
}

impl<'r> Envelope<'r> {
    fn read(
        context: &Context<'_, '_>,
        account: AccountId,
        home: OrganisationId,
        recovery: &'r RecoveryRecord,
    ) -> Result<Envelope<'r>, Refusal> {
        let mut guardians = Vec::new();
        for guardian in &recovery.guardians {
            let open = match guardian {
                Guardian::Account(person) => {
                    context.account(*person)?.status != AccountStatus::Closed
                }
                Guardian::Office(_) => true,
            };
            if open {
                guardians.push(*guardian);
            }
        }
        let (mut accounts, mut staff) = (Vec::new(), Vec::new());
        let signers = context.signers.unused();
        for signer in &signers {
            match *signer {
                Signer::Account(account) => accounts.push(account),
                Signer::Staff(id) => {
                    let record = context.staff(id)?;
                    let covers = context.covers(id.organisation, home)?;
                    let registrar = record.has(Role::Registrar);
                    staff.push(StaffVoice {
                        signer: *signer,
                        person: record.person,
                        registrar: registrar && covers,
                        arbiter: record.has(Role::Arbiter) && covers,
                        office: registrar.then_some(id.organisation),
                    });
                }
                Signer::Key(_) => {}
            }
        }
        staff.sort_by_key(|voice| (voice.registrar && voice.arbiter, voice.signer));
        staff.truncate(STAFF_VOICES_MAX);
        Ok(Envelope {
            account,
            home,
            recovery,
            now_ms: context.block.time_ms,
            guardians,
            accounts,
            staff,
            signatures: signers.len(),
        })
    }

    /// The first set of signers that leaves no signature unused, else the first.
    fn best(&self, rules: Rules) -> Option<Support> {
        let mut sets = Vec::new();
        if self.guardians.is_empty() {
            self.add_office_sets(&mut sets, rules);
        } else {
            sets.extend(self.guardian_set(rules, None));
            // Whoever is to stand beside the guardians as arbiter must not be used up as one of them.
            for arbiter in self.staff.iter().filter(|voice| voice.arbiter) {
                sets.extend(self.guardian_set(rules, Some(arbiter.signer)));
            }
            self.add_mixed_sets(&mut sets, rules);
        }
        let supports: Vec<Support> = sets
            .into_iter()
            .map(|chosen| self.with_arbiter(chosen, rules))
            .collect();
        let complete = |support: &&Support| support.signers.len() == self.signatures;
        let best = supports.iter().find(complete).or(supports.first());
        best.cloned()
    }

    /// As many guardians as it takes, without `reserved`.
    fn guardian_set(&self, rules: Rules, reserved: Option<Signer>) -> Option<Chosen> {
        let needed = usize::from(self.recovery.threshold);
        let mut chosen = Chosen::default();
        for guardian in &self.guardians {
            if chosen.people.len() == needed {
                break;
            }
            let with = self.guardian_voices(&chosen, *guardian, rules);
            let mut free = with
                .into_iter()
                .filter(|it| it.signers.last() != reserved.as_ref());
            chosen = free.next().unwrap_or(chosen);
        }
        (chosen.people.len() == needed).then_some(chosen)
    }

    /// A registrar who covers the home, and one guardian.
    fn add_mixed_sets(&self, sets: &mut Vec<Chosen>, rules: Rules) {
        for registrar in self.staff.iter().filter(|voice| voice.registrar) {
            let none = Chosen::default();
            let Some(chosen) = self.with_staff(&none, registrar, None, rules) else {
                continue;
            };
            for guardian in &self.guardians {
                sets.extend(self.guardian_voices(&chosen, *guardian, rules));
            }
        }
    }

    /// A registrar and an arbiter who cover the home.
    fn add_office_sets(&self, sets: &mut Vec<Chosen>, rules: Rules) {
        for registrar in self.staff.iter().filter(|voice| voice.registrar) {
            let none = Chosen::default();
            let Some(chosen) = self.with_staff(&none, registrar, None, rules) else {
                continue;
            };
            let arbiters = self.staff.iter().filter(|voice| voice.arbiter);
            sets.extend(arbiters.filter_map(|it| self.with_staff(&chosen, it, None, rules)));
        }
    }

    /// `chosen` with `guardian`, in every way in which it has signed.
    fn guardian_voices(&self, chosen: &Chosen, guardian: Guardian, rules: Rules) -> Vec<Chosen> {
        match guardian {
            Guardian::Account(person) if self.accounts.contains(&person) => {
                let signer = Signer::Account(person);
                let with = self.with(chosen, signer, person, &[guardian], rules);
                with.into_iter().collect()
            }
            Guardian::Account(_) => Vec::new(),
            Guardian::Office(office) => {
                let voices = self.staff.iter().filter(|it| it.office == Some(office));
                voices
                    .filter_map(|voice| self.with_staff(chosen, voice, Some(guardian), rules))
                    .collect()
            }
        }
    }

    fn with_staff(
        &self,
        chosen: &Chosen,
        voice: &StaffVoice,
        office: Option<Guardian>,
        rules: Rules,
    ) -> Option<Chosen> {
        let mut initiators = vec![Guardian::Account(voice.person)];
        initiators.extend(office);
        self.with(chosen, voice.signer, voice.person, &initiators, rules)
    }

    /// `chosen` with one more signer, if the rules allow it.
    fn with(
        &self,
        chosen: &Chosen,
        signer: Signer,
        person: AccountId,
        initiators: &[Guardian],
        rules: Rules,
    ) -> Option<Chosen> {
        let paused = initiators
            .iter()
            .any(|it| self.recovery.paused_until_ms(*it, self.now_ms).is_some());
        let apart = person != self.account && !chosen.people.contains(&person);
        let allowed = match rules {
            Rules::All => apart && !paused,
            Rules::IgnorePauses => apart,
            Rules::IgnorePauseAndPeople => true,
        };
        if !allowed || chosen.signers.contains(&signer) {
            return None;
        }
        let mut with = chosen.clone();
        with.signers.push(signer);
        with.people.push(person);
        with.initiators.extend_from_slice(initiators);
        Some(with)
    }

    /// The support `chosen` is, with one more arbiter if one has signed.
    fn with_arbiter(&self, chosen: Chosen, rules: Rules) -> Support {
        let mut arbiters = self.staff.iter().filter(|voice| voice.arbiter);
        let beyond = arbiters.find_map(|voice| self.with_staff(&chosen, voice, None, rules));
        let cancellable = beyond.is_none();
        let Chosen {
            signers,
            mut initiators,
            ..
        } = beyond.unwrap_or(chosen);
        initiators.sort_unstable();
        initiators.dedup();
        Support {
            signers,
            initiators,
            cancellable,
        }
    }

    /// What is wrong with an envelope behind which there is no support, whoever is paused.
    fn refusal(&self) -> Rejection {
        if let Some(person) = self.person_twice() {
            return Rejection::SamePerson { person };
        }
        if self.guardians.is_empty() {
            let registrar = self.staff.iter().any(|voice| voice.registrar);
            let role = if registrar {
                Role::Arbiter
            } else {
                Role::Registrar
            };
            let organisation = self.home;
            return Rejection::RoleMissing { role, organisation };
        }
        let none = Chosen::default();
        let voices = |guardian: &&Guardian| {
            let voices = self.guardian_voices(&none, **guardian, Rules::IgnorePauseAndPeople);
            !voices.is_empty()
        };
        Rejection::RecoverySupport {
            account: self.account,
            threshold: self.recovery.threshold,
            signed: self.guardians.iter().filter(voices).count(),
        }
    }

    /// Whoever stands behind two signatures, or is the holder, where that is all that is wrong.
    fn person_twice(&self) -> Option<AccountId> {
        let support = self.best(Rules::IgnorePauseAndPeople)?;
        let mut seen = vec![self.account];
        for signer in &support.signers {
            let person = match signer {
                Signer::Account(person) => Some(*person),
                Signer::Staff(_) | Signer::Key(_) => {
                    let voice = self.staff.iter().find(|voice| voice.signer == *signer);
                    voice.map(|voice| voice.person)
                }
            }?;
            if seen.contains(&person) {
                return Some(person);
            }
            seen.push(person);
        }
        None
    }
}
