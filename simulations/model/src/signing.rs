//! Who signed, and whether that is exactly who had to.
//!
//! "A signature nobody needs is refused. Where a role is asked for and several have signed, exactly as many are used as are
//! asked for. Whoever holds several roles fills the one in which nobody else is left, so the order of signatures never
//! matters." So what is looked for is any assignment of signatures to needs that leaves none of either over.

use std::collections::BTreeSet;

use crate::genesis::{Role, StaffEntry};
use crate::id::{AccountId, Key, OrganisationId, Signer, StaffId};
use crate::model::Model;
use crate::refusal::Refusal;
use crate::request::SignedBy;
use crate::view::Status;

/// The most signatures of a transaction.
const SIGNATURES_MAX: usize = 32;

/// One signature that is needed, and which of those given would do.
struct Need {
    candidates: Vec<usize>,
    /// Staff in a role: one signature each, and different people. Others may serve two needs with one signature.
    in_role: bool,
}

/// What a transaction needs to be signed by.
pub(crate) struct Needs<'a> {
    model: &'a Model,
    signers: &'a [Signer],
    needs: Vec<Need>,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(model: &'a Model, signers: &'a [Signer]) -> Needs<'a> {
        Needs {
            model,
            signers,
            needs: Vec::new(),
        }
    }

    /// How many signatures are asked for so far.
    pub(crate) const fn count(&self) -> usize {
        self.needs.len()
    }

    fn need(mut self, in_role: bool, fits: impl Fn(Signer) -> bool) -> Self {
        let positions = self.signers.iter().enumerate();
        let mut candidates: Vec<usize> = positions
            .filter(|(_, signer)| fits(**signer))
            .map(|(index, _)| index)
            .collect();
        // "The order of signatures never matters": neither to whose month is charged where several would do.
        candidates.sort_by_key(|index| self.signers[*index]);
        self.needs.push(Need {
            candidates,
            in_role,
        });
        self
    }

    /// The holder of an account.
    pub(crate) fn account(self, account: AccountId) -> Self {
        self.need(false, |signer| signer == Signer::Account(account))
    }

    /// The holder, and "a minor's signature needs the guardian's beside it". "A guardian who becomes a minor itself or
    /// closes its account signs for nobody."
    pub(crate) fn holder(self, account: AccountId) -> Self {
        let guardian = self.model.legal_guardian(account);
        let needs = self.account(account);
        match guardian {
            Some(guardian) if needs.model.legal_guardian(guardian).is_none() => {
                needs.account(guardian)
            }
            Some(_) => needs.one_of(|_| false),
            None => needs,
        }
    }

    /// Two members of staff with these roles at this place, different people and none of these.
    pub(crate) fn two_others(
        self,
        roles: [Role; 2],
        place: OrganisationId,
        not: &[AccountId],
    ) -> Self {
        roles
            .into_iter()
            .fold(self, |needs, role| needs.other(role, place, not))
    }

    /// A member of staff with a role at this place who is none of these people.
    pub(crate) fn other(self, role: Role, place: OrganisationId, not: &[AccountId]) -> Self {
        let model = self.model;
        self.staff(|id, entry| {
            entry.roles.contains(&role)
                && model.covers(id.organisation, place)
                && !not.contains(&entry.person)
        })
    }

    /// The owner of a key that is about to be registered.
    pub(crate) fn key(self, key: Key) -> Self {
        self.need(false, |signer| signer == Signer::Key(key))
    }

    /// Anyone of whom this is true; the same signature may serve another need too.
    pub(crate) fn one_of(self, fits: impl Fn(Signer) -> bool) -> Self {
        self.need(false, fits)
    }

    /// Somebody of whom this is true, and another person than all others asked for in this way or in a role.
    pub(crate) fn another_person(self, fits: impl Fn(Signer) -> bool) -> Self {
        self.need(true, fits)
    }

    /// A member of staff of whom this is true.
    pub(crate) fn staff(self, fits: impl Fn(StaffId, &StaffEntry) -> bool) -> Self {
        let model = self.model;
        self.need(true, |signer| match signer {
            Signer::Staff(id) => model.staff.get(&id).is_some_and(|entry| fits(id, entry)),
            Signer::Account(_) | Signer::Key(_) => false,
        })
    }

    /// A member of staff with a role, "in an organisation that covers" the place.
    pub(crate) fn role(self, role: Role, place: OrganisationId) -> Self {
        let model = self.model;
        self.staff(|id, entry| entry.roles.contains(&role) && model.covers(id.organisation, place))
    }

    /// Who signed for each need, in the order in which they were stated.
    pub(crate) fn solve(self) -> Result<Vec<Signer>, Refusal> {
        self.solve_where(|_| true)
    }

    /// The same, under a condition on all of them together.
    pub(crate) fn solve_where(
        self,
        accepts: impl Fn(&[Signer]) -> bool,
    ) -> Result<Vec<Signer>, Refusal> {
        if self.needs.iter().any(|need| need.candidates.is_empty()) {
            return Err(Refusal::MissingSignature);
        }
        let mut chosen = Vec::new();
        if !self.search(&mut chosen, &accepts) {
            return Err(Refusal::UnneededSignature);
        }
        Ok(chosen
            .into_iter()
            .map(|index| self.signers[index])
            .collect())
    }

    fn search(&self, chosen: &mut Vec<usize>, accepts: &impl Fn(&[Signer]) -> bool) -> bool {
        let Some(need) = self.needs.get(chosen.len()) else {
            let all_used = (0..self.signers.len()).all(|index| chosen.contains(&index));
            let signers: Vec<Signer> = chosen.iter().map(|index| self.signers[*index]).collect();
            return all_used && accepts(&signers);
        };
        for &candidate in &need.candidates {
            if need.in_role && !self.is_another_person(chosen, candidate) {
                continue;
            }
            chosen.push(candidate);
            if self.search(chosen, accepts) {
                return true;
            }
            chosen.pop();
        }
        false
    }

    /// "Every 'different person' rule compares person accounts, never keys."
    fn is_another_person(&self, chosen: &[usize], candidate: usize) -> bool {
        let person = self.model.person_of(self.signers[candidate]);
        chosen
            .iter()
            .zip(&self.needs)
            .filter(|(_, need)| need.in_role)
            .all(|(index, _)| self.model.person_of(self.signers[*index]) != person)
    }
}

/// The first of several ways to sign that is met, by its position; else why the first is not.
pub(crate) fn first_met(
    ways: impl IntoIterator<Item = Result<Vec<Signer>, Refusal>>,
) -> Result<(usize, Vec<Signer>), Refusal> {
    let mut refusal = None;
    for (position, way) in ways.into_iter().enumerate() {
        match way {
            Ok(chosen) => return Ok((position, chosen)),
            Err(reason) => {
                refusal.get_or_insert(reason);
            }
        }
    }
    Err(refusal.unwrap_or(Refusal::MissingSignature))
}

impl Model {
    /// Checks that each signer may sign at all.
    pub(crate) fn check_signers(&self, signatures: &[SignedBy]) -> Result<Vec<Signer>, Refusal> {
        let signers: Vec<Signer> = signatures.iter().map(|it| it.signer).collect();
        let different: BTreeSet<Signer> = signers.iter().copied().collect();
        if signers.is_empty() || signers.len() > SIGNATURES_MAX || different.len() != signers.len()
        {
            return Err(Refusal::SignatureList);
        }
        // "A bare key begins no transaction but SubmitEvidence."
        if matches!(signers[0], Signer::Key(_)) {
            return Err(Refusal::BegunByKey);
        }
        for signature in signatures {
            let key = match signature.signer {
                Signer::Account(id) => self.account_key(id)?,
                Signer::Staff(id) => self.staff_key(id)?,
                Signer::Key(key) => key,
            };
            if signature.key.is_some_and(|made_with| made_with != key) {
                return Err(Refusal::WrongKey);
            }
        }
        Ok(signers)
    }

    /// "A key counts from the block after it was set."
    fn account_key(&self, id: AccountId) -> Result<Key, Refusal> {
        let account = self.account(id)?;
        // "Closed: signs nothing."
        if account.status == Status::Closed {
            return Err(Refusal::AccountClosed);
        }
        // "A key that was replaced signs nothing more from that very transaction on, the new one from the next block."
        if self.key_before.contains_key(&id) {
            return Err(Refusal::UnknownSigner);
        }
        account.key.ok_or(Refusal::UnknownSigner)
    }

    fn staff_key(&self, id: StaffId) -> Result<Key, Refusal> {
        let now = self.staff.get(&id).ok_or(Refusal::UnknownSigner)?;
        let Some(before) = self.staff_before.get(&id) else {
            return Ok(now.key);
        };
        let before = before.as_ref().ok_or(Refusal::UnknownSigner)?;
        // "When a staff number passes to somebody else, or to other duties with another key, the old key signs no more from
        // that very block on."
        let other_duties = now.roles != before.roles && now.key != before.key;
        if now.person != before.person || other_duties {
            return Err(Refusal::WrongKey);
        }
        Ok(before.key)
    }

    /// The human who signs; a bare key is nobody yet.
    pub(crate) fn person_of(&self, signer: Signer) -> Option<AccountId> {
        match signer {
            Signer::Account(account) => Some(account),
            Signer::Staff(id) => self.staff.get(&id).map(|entry| entry.person),
            Signer::Key(_) => None,
        }
    }

    /// Checks that administrators of exactly this organisation signed, "to its threshold", which "counts different people,
    /// not entries"; "more than the threshold may sign".
    pub(crate) fn check_administrators(
        &self,
        signers: &[Signer],
        organisation: OrganisationId,
    ) -> Result<(), Refusal> {
        let mut people = BTreeSet::new();
        for signer in signers {
            let Signer::Staff(id) = signer else {
                return Err(Refusal::UnneededSignature);
            };
            let entry = self.staff.get(id).ok_or(Refusal::UnknownSigner)?;
            if id.organisation != organisation || !entry.roles.contains(&Role::Administrator) {
                return Err(Refusal::UnneededSignature);
            }
            people.insert(entry.person);
        }
        let threshold = self.organisation(organisation)?.threshold;
        if threshold == 0 || people.len() < usize::from(threshold) {
            return Err(Refusal::MissingSignature);
        }
        Ok(())
    }
}
