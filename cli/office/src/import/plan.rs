//! Which lines become one transaction, and who signs it.
//!
//! An attendance sheet is one transaction for up to a thousand people, and so is a list of people who are granted the same on
//! the same terms. What always holds: a transaction names nobody twice, and stands in the order of the file.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::AccountId;
use ledger_core::record::account::AccountRecord;
use ledger_core::record::order::Payer;
use ledger_core::state::{Overlay, StateError, StateKey, StateView};
use ledger_core::transaction::attendance::{Attendance, PARTICIPANTS_MAX};
use ledger_core::transaction::service::RecordService;
use ledger_core::transaction::{Operation, Signer};

use super::line::Line;

/// Lines that become one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Which, by their place among the lines planned.
    pub(super) lines: Vec<usize>,
    /// What it asks for; a service lacks its evidence commitment.
    pub(super) operation: Operation,
    /// Who signs; who asks comes first.
    pub(super) signers: Vec<Signer>,
}

impl Unit {
    /// The part of it that concerns the `at`th of its lines alone.
    pub(super) fn alone(&self, at: usize) -> Unit {
        let mut operation = self.operation.clone();
        match &mut operation {
            Operation::RecordTraining(it) => keep_one(&mut it.attendance.participants, at),
            Operation::RecordCampaign(it) => keep_one(&mut it.attendance.participants, at),
            Operation::Grant(it) => keep_one(&mut it.grantees.accounts, at),
            _ => {}
        }
        Unit {
            lines: vec![self.lines[at]],
            operation,
            signers: self.signers.clone(),
        }
    }

    /// It without those of its lines that `drop` names by their place in it; none when nothing is left.
    pub(super) fn without(&self, drop: &BTreeSet<usize>) -> Option<Unit> {
        let mut unit = self.clone();
        unit.lines = kept(&self.lines, drop);
        match &mut unit.operation {
            Operation::RecordTraining(it) => drop_some(&mut it.attendance, drop),
            Operation::RecordCampaign(it) => drop_some(&mut it.attendance, drop),
            Operation::Grant(it) => it.grantees.accounts = kept(&it.grantees.accounts, drop),
            _ => {}
        }
        (!unit.lines.is_empty()).then_some(unit)
    }
}

fn keep_one(people: &mut Vec<AccountId>, at: usize) {
    *people = vec![people[at]];
}

fn drop_some(attendance: &mut Attendance, drop: &BTreeSet<usize>) {
    attendance.participants = kept(&attendance.participants, drop);
}

fn kept<T: Copy>(all: &[T], drop: &BTreeSet<usize>) -> Vec<T> {
    let left = all.iter().enumerate().filter(|(at, _)| !drop.contains(at));
    left.map(|(_, one)| *one).collect()
}

/// Puts `lines` together, each named by its place.
pub(super) fn plan<'l>(lines: impl IntoIterator<Item = (usize, &'l Line)>) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    // By what lines must have in common, the unit that takes the next such line.
    let mut open: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (index, line) in lines {
        let unit = Unit {
            lines: vec![index],
            operation: line.operation.clone(),
            signers: line.signers.clone(),
        };
        let Some((terms, person)) = terms(line) else {
            units.push(unit);
            continue;
        };
        let place = open.get(&terms).copied();
        match place.filter(|place| add(&mut units[*place], index, person)) {
            Some(_) => {}
            None => {
                open.insert(terms, units.len());
                units.push(unit);
            }
        }
    }
    for unit in &mut units {
        sort_grantees(unit);
    }
    units
}

/// What lines have in common that become one transaction, and whom this one is about; none for what is done one by one.
fn terms(line: &Line) -> Option<(Vec<u8>, AccountId)> {
    let mut operation = line.operation.clone();
    let (sheet, people) = match &mut operation {
        Operation::RecordTraining(it) => (line.number.as_str(), &mut it.attendance.participants),
        Operation::RecordCampaign(it) => (line.number.as_str(), &mut it.attendance.participants),
        // Each grant has a number of its own.
        Operation::Grant(it) => ("", &mut it.grantees.accounts),
        _ => return None,
    };
    let person = std::mem::take(people).pop()?;
    let common = borsh::to_vec(&(sheet, &operation, &line.signers));
    Some((common.expect("memory takes everything"), person))
}

/// Adds a person to a unit that has room and does not name them yet; whether it did.
fn add(unit: &mut Unit, index: usize, person: AccountId) -> bool {
    let people = match &mut unit.operation {
        Operation::RecordTraining(it) => &mut it.attendance.participants,
        Operation::RecordCampaign(it) => &mut it.attendance.participants,
        Operation::Grant(it) => &mut it.grantees.accounts,
        _ => return false,
    };
    if people.len() >= PARTICIPANTS_MAX || people.contains(&person) {
        return false;
    }
    people.push(person);
    unit.lines.push(index);
    true
}

/// The ledger takes grantees in order of their ids.
fn sort_grantees(unit: &mut Unit) {
    if let Operation::Grant(it) = &mut unit.operation {
        let people = it.grantees.accounts.iter().copied();
        let mut both: Vec<(AccountId, usize)> = people.zip(unit.lines.iter().copied()).collect();
        both.sort();
        (it.grantees.accounts, unit.lines) = both.into_iter().unzip();
    }
}

/// Who signs a service: the one who is paid, the member who served, the recipient or who stands in, kin who pay, and the legal
/// guardians of minors among them.
///
/// Without a state only those are known whom the file names: `stand_in` is then whoever signs for the recipient.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn sign_service(
    service: &RecordService,
    clerk: Option<Signer>,
    stand_in: Option<Signer>,
    view: Option<&dyn StateView>,
) -> Result<Vec<Signer>, StateError> {
    let account = |id: AccountId| match view {
        Some(view) => Overlay::new(view).load::<AccountRecord>(&StateKey::Account(id)),
        None => Ok(None),
    };
    let mut people = vec![service.provider];
    let served = service.member.unwrap_or(service.provider);
    people.extend(service.member);
    people.extend(account(served)?.and_then(|record| record.legal_guardian));
    let recipient = account(service.recipient)?;
    let keyless = recipient.as_ref().is_some_and(|it| it.key.is_none());
    let other = match (clerk, view) {
        (Some(clerk), _) => Some(clerk),
        // By the state: somebody stands in for a person without a key.
        (None, Some(_)) => stand_in.filter(|_| keyless),
        (None, None) => stand_in,
    };
    if other.is_none() {
        people.push(service.recipient);
        people.extend(recipient.and_then(|record| record.legal_guardian));
    }
    if let Payer::Kin(payer) = service.payer {
        people.push(payer);
        people.extend(account(payer)?.and_then(|record| record.legal_guardian));
    }
    let people = people.into_iter().map(Signer::Account);
    let mut signers: Vec<Signer> = Vec::new();
    for signer in people.chain(other) {
        if !signers.contains(&signer) {
            signers.push(signer);
        }
    }
    Ok(signers)
}
