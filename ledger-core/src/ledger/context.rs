//! What a rule works with: the state under change, block time, the signers, and the postings made so far.

use std::rc::Rc;

use super::query::in_force;
use super::rejection::{Refusal, Rejection};
use super::signers::Signers;
use crate::amount::Minutes;
use crate::id::{
    AccountId, ChainId, Height, OrganisationId, ProgrammeCode, StaffId, TransactionId,
};
use crate::receipt::{Cause, Entry, Owner, Posting};
use crate::record::account::AccountRecord;
use crate::record::budget::{PoolId, PoolRecord};
use crate::record::chain::ChainRecord;
use crate::record::organisation::{OrganisationRecord, Role, StaffRecord};
use crate::record::policy::{PolicyHistory, PolicyParameter, PolicyValue};
use crate::record::supply::SupplyRecord;
use crate::state::{Overlay, Record, StateError, StateKey};
use crate::time::{Day, Month, TimestampMs};
use crate::transaction::Signer;

/// The block under execution.
#[derive(Clone, Debug)]
pub(crate) struct BlockContext {
    /// The chain it belongs to.
    pub(crate) chain_id: ChainId,
    /// Its height.
    pub(crate) height: Height,
    /// Its time.
    pub(crate) time_ms: TimestampMs,
    /// The chain's parameters as of the parent block.
    pub(crate) chain: ChainRecord,
}

impl BlockContext {
    /// The day of block time.
    pub(crate) fn today(&self) -> Day {
        self.chain.calendar.day(self.time_ms)
    }

    /// The month of block time.
    pub(crate) fn month(&self) -> Month {
        self.today().month()
    }
}

/// A staff member who signed: the entry's name and what it says.
#[derive(Clone, Debug)]
pub(crate) struct StaffSigner {
    /// The entry's name.
    pub(crate) id: StaffId,
    /// The human behind it.
    pub(crate) person: AccountId,
}

/// Everything a rule needs for one transaction or one piece of automatic work.
pub(crate) struct Context<'c, 'v> {
    /// The state, changes included.
    pub(crate) state: &'c mut Overlay<'v>,
    /// The block under execution.
    pub(crate) block: &'c BlockContext,
    /// What makes it happen.
    pub(crate) cause: Cause,
    /// Who signed; empty for automatic work.
    pub(crate) signers: Signers,
    /// What was posted so far.
    pub(crate) postings: Vec<Posting>,
}

impl Context<'_, '_> {
    /// The id of the transaction being applied.
    pub(crate) fn transaction_id(&self) -> TransactionId {
        match self.cause {
            Cause::Transaction(id) => id,
            other => unreachable!("automatic work {other:?} has no transaction"),
        }
    }

    /// The record under `key`.
    pub(crate) fn load<T: Record>(&self, key: &StateKey) -> Result<Option<T>, StateError> {
        self.state.load(key)
    }

    /// [`Self::load`] for a rule that only looks.
    pub(crate) fn share<T: Record>(&self, key: &StateKey) -> Result<Option<Rc<T>>, StateError> {
        self.state.share(key)
    }

    /// Writes a record.
    pub(crate) fn store<T: Record>(&mut self, key: &StateKey, record: &T) {
        self.state.store(key, record);
    }

    /// An account.
    pub(crate) fn account(&self, account: AccountId) -> Result<AccountRecord, Refusal> {
        self.load(&StateKey::Account(account))?
            .ok_or(Rejection::AccountUnknown { account }.into())
    }

    /// [`Self::account`] for a rule that only looks.
    pub(crate) fn seen_account(&self, account: AccountId) -> Result<Rc<AccountRecord>, Refusal> {
        self.share(&StateKey::Account(account))?
            .ok_or(Rejection::AccountUnknown { account }.into())
    }

    /// [`Self::store`] for a rule that needs the record no longer.
    pub(crate) fn put<T: Record>(&mut self, key: &StateKey, record: T) {
        self.state.put(key, record);
    }

    /// A person's account.
    pub(crate) fn person(&self, account: AccountId) -> Result<AccountRecord, Refusal> {
        let record = self.account(account)?;
        if record.is_person() {
            Ok(record)
        } else {
            Err(Rejection::NotAPerson { account }.into())
        }
    }

    /// Writes an account.
    pub(crate) fn store_account(&mut self, account: AccountId, record: &AccountRecord) {
        self.store(&StateKey::Account(account), record);
    }

    /// A pool; empty when nothing has touched it yet.
    pub(crate) fn pool(&self, pool: PoolId) -> Result<PoolRecord, StateError> {
        Ok(self
            .load(&StateKey::Pool(pool))?
            .unwrap_or(PoolRecord::EMPTY))
    }

    /// The supply.
    pub(crate) fn supply(&self) -> Result<SupplyRecord, StateError> {
        self.load(&StateKey::Supply)?.ok_or_else(|| StateError {
            reason: "the supply record is missing".into(),
        })
    }

    /// An organisation.
    pub(crate) fn organisation(
        &self,
        organisation: OrganisationId,
    ) -> Result<OrganisationRecord, Refusal> {
        self.load(&StateKey::Organisation(organisation))?
            .ok_or(Rejection::OrganisationUnknown { organisation }.into())
    }

    /// A staff entry.
    pub(crate) fn staff(&self, staff: StaffId) -> Result<StaffRecord, Refusal> {
        self.load(&StateKey::Staff(staff))?
            .ok_or(Rejection::StaffUnknown { staff }.into())
    }

    /// Records that `entry` happened to `account`, in its history chain and in the receipt; `record` is stored by the
    /// caller afterwards.
    pub(crate) fn post(
        &mut self,
        account: AccountId,
        record: &mut AccountRecord,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let posting = self.posting(Owner::Account(account), entry);
        record.history = record.history.with(&posting)?;
        self.postings.push(posting);
        Ok(())
    }

    /// Records that `entry` happened to `pool`; `record` is stored by the caller afterwards.
    pub(crate) fn post_pool(
        &mut self,
        pool: PoolId,
        record: &mut PoolRecord,
        entry: Entry,
    ) -> Result<(), Refusal> {
        let posting = self.posting(Owner::Pool(pool), entry);
        record.history = record.history.with(&posting)?;
        self.postings.push(posting);
        Ok(())
    }

    fn posting(&self, owner: Owner, entry: Entry) -> Posting {
        Posting {
            height: self.block.height,
            time_ms: self.block.time_ms,
            cause: self.cause,
            owner,
            entry,
        }
    }

    /// Whether `organisation` is `target` or above it.
    pub(crate) fn covers(
        &self,
        organisation: OrganisationId,
        target: OrganisationId,
    ) -> Result<bool, Refusal> {
        // The tree has four levels, so the walk up ends; a missing parent is a missing organisation.
        let mut current = target;
        loop {
            if current == organisation {
                return Ok(true);
            }
            match self.organisation(current)?.parent {
                Some(parent) => current = parent,
                None => return Ok(false),
            }
        }
    }

    /// Whether `organisation` works for the people of `place`, a street or district: it is that place, lies above it, or
    /// lies within it, as the service points of a street do.
    pub(crate) fn serves(
        &self,
        organisation: OrganisationId,
        place: OrganisationId,
    ) -> Result<bool, Refusal> {
        Ok(self.covers(organisation, place)? || self.covers(place, organisation)?)
    }

    /// Every signer not put to use yet who is staff with `role` in an organisation that covers `target`.
    fn staff_candidates(
        &self,
        role: Role,
        target: OrganisationId,
    ) -> Result<Vec<StaffSigner>, Refusal> {
        let mut found = Vec::new();
        for signer in self.signers.unused() {
            let Signer::Staff(id) = signer else { continue };
            let record = self.staff(id)?;
            if record.has(role) && self.covers(id.organisation, target)? {
                found.push(StaffSigner {
                    id,
                    person: record.person,
                });
            }
        }
        Ok(found)
    }

    /// One staff signer with `role` that covers `target`. Puts its signature to use.
    ///
    /// # Errors
    /// When none has signed.
    pub(crate) fn require_staff(
        &mut self,
        role: Role,
        target: OrganisationId,
    ) -> Result<StaffSigner, Refusal> {
        self.require_staff_of_any(role, &[target])
    }

    /// One staff signer with `role` that covers one of `targets`, of which there is at least one. Puts its signature to
    /// use.
    ///
    /// # Errors
    /// When none has signed.
    pub(crate) fn require_staff_of_any(
        &mut self,
        role: Role,
        targets: &[OrganisationId],
    ) -> Result<StaffSigner, Refusal> {
        for target in targets {
            if let Some(staff) = self.staff_candidates(role, *target)?.into_iter().next() {
                self.signers.require(Signer::Staff(staff.id))?;
                return Ok(staff);
            }
        }
        let organisation = targets[0];
        Err(Rejection::RoleMissing { role, organisation }.into())
    }

    /// Two staff signers with `role` that cover `target` and are different people. Puts their signatures to use.
    ///
    /// # Errors
    /// When fewer have signed, or one person stands behind both.
    pub(crate) fn require_two_staff(
        &mut self,
        role: Role,
        target: OrganisationId,
    ) -> Result<[StaffSigner; 2], Refusal> {
        let found = self.require_different_staff(&[(role, target), (role, target)])?;
        Ok(<[StaffSigner; 2]>::try_from(found).expect("one signer for each of two needs"))
    }

    /// One staff signer for each of `needs`, a role and the organisation to be covered, all of them different people.
    /// Whoever has several roles fills the one in which nobody else is left. Puts their signatures to use.
    ///
    /// # Errors
    /// When fewer have signed, or one person stands behind two of them.
    pub(crate) fn require_different_staff(
        &mut self,
        needs: &[(Role, OrganisationId)],
    ) -> Result<Vec<StaffSigner>, Refusal> {
        let mut candidates = Vec::with_capacity(needs.len());
        for (role, organisation) in needs {
            let found = self.staff_candidates(*role, *organisation)?;
            if found.is_empty() {
                return Err(Rejection::RoleMissing {
                    role: *role,
                    organisation: *organisation,
                }
                .into());
            }
            candidates.push(found);
        }
        let Some(chosen) = choose(&candidates, |one, other| one.person != other.person) else {
            return Err(match choose(&candidates, |one, other| one.id != other.id) {
                Some(chosen) => same_person_among(&chosen),
                None => {
                    let (role, organisation) = *needs.last().expect("no needs are always met");
                    Rejection::RoleMissing { role, organisation }
                }
            }
            .into());
        };
        for staff in &chosen {
            self.signers.require(Signer::Staff(staff.id))?;
        }
        Ok(chosen)
    }

    /// Administrators of exactly `organisation`, different people, to its threshold.
    ///
    /// # Errors
    /// When fewer have signed.
    pub(crate) fn require_threshold(
        &mut self,
        organisation: OrganisationId,
    ) -> Result<(), Refusal> {
        let threshold = self.organisation(organisation)?.threshold;
        let mut people = std::collections::BTreeSet::new();
        for signer in self.signers.unused() {
            let Signer::Staff(id) = signer else { continue };
            if id.organisation != organisation {
                continue;
            }
            let record = self.staff(id)?;
            if record.has(Role::Administrator) {
                self.signers.require(signer)?;
                if !people.insert(record.person) {
                    return Err(Rejection::SamePerson {
                        person: record.person,
                    }
                    .into());
                }
            }
        }
        let signed = u8::try_from(people.len()).unwrap_or(u8::MAX);
        if threshold == 0 || signed < threshold {
            return Err(Rejection::ThresholdNotMet {
                organisation,
                threshold,
                signed,
            }
            .into());
        }
        Ok(())
    }

    /// Checks that `last_day` has not passed.
    ///
    /// # Errors
    /// When it has.
    pub(crate) fn require_not_past(&self, last_day: Day) -> Result<(), Refusal> {
        let (day, today) = (last_day, self.block.today());
        if day < today {
            return Err(Rejection::DayPast { day, today }.into());
        }
        Ok(())
    }

    /// The value of a numeric parameter in `district` today: the tighter of the city's and the district's.
    pub(crate) fn policy_number(
        &self,
        district: OrganisationId,
        parameter: PolicyParameter,
    ) -> Result<u64, Refusal> {
        let city = self.block.chain.city;
        match in_force(self.state, city, district, parameter, self.block.today())?.0 {
            PolicyValue::Number(number) => Ok(number),
            PolicyValue::Programmes(_) => {
                let reason =
                    format!("the policy history of {parameter:?} holds programmes, not a number");
                Err(StateError { reason }.into())
            }
        }
    }

    /// The programmes that may redeem in `district` today, of the city's and the district's; none: everyone.
    pub(crate) fn redemption_programmes(
        &self,
        district: OrganisationId,
    ) -> Result<Vec<Vec<ProgrammeCode>>, Refusal> {
        let parameter = PolicyParameter::RedemptionProgrammes;
        let mut restrictions = Vec::new();
        for scope in [self.block.chain.city, district] {
            if let Some(PolicyValue::Programmes(programmes)) = self.policy_set(scope, parameter)?
                && !programmes.is_empty()
            {
                restrictions.push(programmes);
            }
        }
        Ok(restrictions)
    }

    /// A policy amount, in minutes.
    pub(crate) fn policy_minutes(
        &self,
        district: OrganisationId,
        parameter: PolicyParameter,
    ) -> Result<Minutes, Refusal> {
        self.policy_number(district, parameter).map(Minutes)
    }

    fn policy_set(
        &self,
        scope: OrganisationId,
        parameter: PolicyParameter,
    ) -> Result<Option<PolicyValue>, StateError> {
        let history: Option<PolicyHistory> = self.load(&StateKey::Policy(scope, parameter))?;
        Ok(history.and_then(|history| history.on(self.block.today()).cloned()))
    }
}

/// The first way to choose one of each list of `candidates` such that any two chosen are `compatible`. An envelope has at
/// most 32 signers and no operation needs more than three of them, so trying all ways is cheap.
fn choose(
    candidates: &[Vec<StaffSigner>],
    compatible: impl Fn(&StaffSigner, &StaffSigner) -> bool,
) -> Option<Vec<StaffSigner>> {
    fn extend(
        candidates: &[Vec<StaffSigner>],
        compatible: &impl Fn(&StaffSigner, &StaffSigner) -> bool,
        chosen: &mut Vec<StaffSigner>,
    ) -> bool {
        let Some(list) = candidates.get(chosen.len()) else {
            return true;
        };
        for staff in list {
            if chosen.iter().all(|before| compatible(before, staff)) {
                chosen.push(staff.clone());
                if extend(candidates, compatible, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }
    let mut chosen = Vec::with_capacity(candidates.len());
    extend(candidates, &compatible, &mut chosen).then_some(chosen)
}

/// The rejection for the first person who stands behind two of `chosen`.
fn same_person_among(chosen: &[StaffSigner]) -> Rejection {
    let mut people = std::collections::BTreeSet::new();
    let twice = chosen.iter().find(|staff| !people.insert(staff.person));
    let person = twice
        .expect("no choice of different people was left, so this one has a person twice")
        .person;
    Rejection::SamePerson { person }
}
