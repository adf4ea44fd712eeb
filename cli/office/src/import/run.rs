//! One import from beginning to end: what is known already, what would be refused, what is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Rejection;
use ledger_core::record::order::Payer;
use ledger_core::signature::Signature;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, Transaction,
};
use timebank_wallet::client::Transport;
use timebank_wallet::commitment::{self, Salt};
use timebank_wallet::{Error, TransactionBuilder};

use super::basis::Basis;
use super::check::DryRun;
use super::journal::{Fate, Journal};
use super::line::{Kind, Line, Lines, covers};
use super::outcome::{Created, LineReport, Outcome, Report, refusal};
use super::plan::{Unit, plan, sign_service};
use super::{Desk, ImportError, Mode, Progress, carry};

/// How many transactions are checked as one block.
const CHECKED_AT_ONCE_MAX: usize = 500;

/// A transaction of this import.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// The lines it is for, what it asks for and who signs.
    pub(super) unit: Unit,
    /// It.
    pub(super) transaction: Transaction,
    /// The salt of its evidence commitment, when it was made now.
    pub(super) salt: Option<Salt>,
    /// The document with its signatures so far, when the journal has it.
    pub(super) known: Option<Vec<u8>>,
    /// It is in no block up to this one.
    pub(super) above: Height,
}

/// Lines and what became of them so far.
pub(super) struct Table {
    pub(super) kind: Kind,
    pub(super) lines: Lines,
    pub(super) outcomes: Vec<Option<Outcome>>,
}

impl Table {
    pub(super) fn line(&self, index: usize) -> &Line {
        let line = self.lines[index].as_ref();
        line.expect("only lines that can be used are planned")
    }

    pub(super) fn set(&mut self, lines: &[usize], outcome: &Outcome) {
        for index in lines {
            self.outcomes[*index] = Some(outcome.clone());
        }
    }

    fn good(&self) -> impl Iterator<Item = (usize, &Line)> {
        let lines = self.lines.iter().enumerate();
        lines.filter_map(|(index, line)| Some((index, line.as_ref().ok()?)))
    }
}

/// Imports `lines`, checked on `basis` where there is one.
///
/// If we crash at any point, running this again with the same journal goes on where it ended.
///
/// # Errors
/// See [`ImportError`]. What a node does not take is in the report.
pub fn run<T: Transport>(
    kind: Kind,
    lines: Lines,
    mode: Mode,
    mut basis: Option<&mut (dyn Basis + '_)>,
    desk: &Desk<'_, T>,
) -> Result<Report, ImportError> {
    let mut journal = Journal::open(desk.files, &desk.places.journal, desk.chain_id)?;
    let outcomes = lines.iter().map(|line| match line {
        Ok(_) => None,
        Err(error) => Some(Outcome::Malformed(error.problem.clone())),
    });
    let mut table = Table {
        kind,
        outcomes: outcomes.collect(),
        lines,
    };
    if let Some(basis) = &mut basis {
        let mut told = Ok(());
        basis.follow(&mut |height| {
            if told.is_ok() {
                told = desk.go_on(Progress::Followed(height));
            }
        })?;
        told?;
    }
    find_out(&mut journal, &table, basis.as_deref(), desk)?;
    let works = works(&journal, &mut table, basis.as_deref(), desk)?;
    let works = match basis.as_deref() {
        Some(basis) => check(works, &mut table, basis, desk)?,
        None => works,
    };
    let mut report = Report::default();
    match mode {
        Mode::DryRun => {
            for work in &works {
                table.set(&work.unit.lines, &Outcome::Ready);
            }
        }
        Mode::CarryOut => {
            carry::out(works, &mut table, &mut journal, basis, desk, &mut report)?;
        }
    }
    let outcomes = table.lines.iter().zip(table.outcomes);
    let lines = outcomes.map(|(line, outcome)| LineReport {
        line: line.as_ref().map_or_else(|it| it.line, |it| it.line),
        number: line
            .as_ref()
            .map_or_else(|_| String::new(), |it| it.number.clone()),
        outcome: outcome.expect("every line was given an outcome"),
    });
    report.lines = lines.collect();
    Ok(report)
}

/// Finds out what became of the transactions that were made of these lines before, and writes it down.
fn find_out<T: Transport>(
    journal: &mut Journal<'_>,
    table: &Table,
    basis: Option<&dyn Basis>,
    desk: &Desk<'_, T>,
) -> Result<(), ImportError> {
    let mut open = BTreeMap::new();
    for (_, line) in table.good() {
        if let Some((id, made, Fate::Open)) = journal.made_of(table.kind, &line.key()) {
            open.insert(id, (made.above, made.transaction.valid_until_ms));
        }
    }
    let mut fates = Vec::new();
    match basis {
        Some(basis) => {
            let ids: BTreeSet<TransactionId> = open.keys().copied().collect();
            let above = open.values().map(|(above, _)| *above).min();
            let applied = basis.applied(&ids, above.unwrap_or(Height::GENESIS))?;
            let time_ms = basis.tip().time_ms;
            for (id, (_, valid_until_ms)) in open {
                match applied.get(&id) {
                    Some(height) => fates.push((id, Some(*height))),
                    // Later blocks are later than this one, and it is too late already.
                    None if valid_until_ms <= time_ms => fates.push((id, None)),
                    None => {}
                }
            }
        }
        // A node's word that something applied is taken; that it did not is not.
        None => {
            for (id, (_, valid_until_ms)) in open {
                if valid_until_ms < desk.now_ms
                    && let Ok(submission) = desk.client.progress(id)
                    && let timebank_wallet::answer::Progress::Applied { height, .. } =
                        submission.progress
                {
                    fates.push((id, Some(height)));
                }
            }
        }
    }
    journal.note_fates(&fates)?;
    Ok(())
}

/// The transactions of this import in the order of the file: those that were made before and are open, and new ones.
fn works<T: Transport>(
    journal: &Journal<'_>,
    table: &mut Table,
    basis: Option<&dyn Basis>,
    desk: &Desk<'_, T>,
) -> Result<Vec<Work>, ImportError> {
    let mut known: BTreeMap<TransactionId, Work> = BTreeMap::new();
    let mut fresh = Vec::new();
    let mut settled = Vec::new();
    for (index, line) in table.good() {
        let Some((id, made, fate)) = journal.made_of(table.kind, &line.key()) else {
            fresh.push((index, line));
            continue;
        };
        let transaction = &made.transaction;
        let valid_until_ms = transaction.valid_until_ms;
        let agrees = covers(&transaction.operation, line);
        let outcome = match fate {
            Fate::Applied(height) if agrees => {
                let made = Created::by(transaction);
                Outcome::Before { made, height }
            }
            Fate::Applied(_) => Outcome::NumberTaken { transaction: id },
            Fate::Open if basis.is_none() && valid_until_ms < desk.now_ms => {
                Outcome::Unclear { transaction: id }
            }
            Fate::Open if !agrees => Outcome::StillOpen {
                transaction: id,
                valid_until_ms,
            },
            Fate::Open => {
                let work = known.entry(id).or_insert_with(|| Work {
                    unit: Unit {
                        lines: Vec::new(),
                        operation: transaction.operation.clone(),
                        signers: line.signers.clone(),
                    },
                    transaction: transaction.clone(),
                    salt: None,
                    known: Some(made.document.clone()),
                    above: made.above,
                });
                work.unit.lines.push(index);
                continue;
            }
        };
        settled.push((index, outcome));
    }
    let mut works: Vec<Work> = known.into_values().collect();
    let above = basis.map_or(Height::GENESIS, |basis| basis.tip().height);
    for unit in plan(fresh) {
        works.push(work(unit, above, desk)?);
    }
    for work in &mut works {
        let line = table.line(work.unit.lines[0]);
        if let Operation::RecordService(service) = &work.unit.operation {
            let view = basis.map(|basis| basis.view());
            let stand_in = desk.stand_in.filter(|_| !has_key(desk, service.recipient));
            let signers = sign_service(service, line.clerk, stand_in, view);
            work.unit.signers = signers.map_err(super::CheckError::from)?;
        }
    }
    works.sort_by_key(|work| work.unit.lines.iter().min().copied());
    for (index, outcome) in settled {
        table.outcomes[index] = Some(outcome);
    }
    Ok(works)
}

fn has_key<T>(desk: &Desk<'_, T>, account: ledger_core::id::AccountId) -> bool {
    matches!((desk.keys)(Signer::Account(account)), Ok(Some(_)))
}

/// A new transaction for `unit`, which nobody has seen yet.
fn work<T>(unit: Unit, above: Height, desk: &Desk<'_, T>) -> Result<Work, Error> {
    let salt = match unit.operation {
        Operation::RecordService(_) => Some(Salt::generate()?),
        _ => None,
    };
    Ok(Work {
        transaction: transaction(&unit, desk)?,
        unit,
        salt,
        known: None,
        above,
    })
}

/// A transaction for `unit`, with a new nonce.
fn transaction<T>(unit: &Unit, desk: &Desk<'_, T>) -> Result<Transaction, Error> {
    let builder = TransactionBuilder::new(desk.chain_id, unit.signers[0], desk.valid_until_ms);
    builder.valid_for_ms(0).build(unit.operation.clone())
}

// ---- the dry run --------------------------------------------------------------------------------------------------

/// `transaction` as if `signers` had signed it: the dry run supposes that they did.
fn supposed(transaction: &Transaction, signers: &[Signer]) -> Arc<SealedEnvelope> {
    let signatures = signers.iter().map(|signer| SignedBy {
        signer: *signer,
        signature: Signature([0; 64]),
    });
    let envelope = Envelope::new(transaction.clone(), signatures);
    Arc::new(SealedEnvelope::new(envelope))
}

/// The works that would apply, one after the other; the lines of the others are told why not.
fn check<T>(
    works: Vec<Work>,
    table: &mut Table,
    basis: &dyn Basis,
    desk: &Desk<'_, T>,
) -> Result<Vec<Work>, ImportError> {
    let mut dry_run = DryRun::begin(basis.view(), basis.tip(), desk.now_ms)?;
    let count = works.len();
    let mut passed = Vec::with_capacity(count);
    let mut together: Vec<Work> = Vec::new();
    for (done, work) in works.into_iter().enumerate() {
        if work.unit.lines.len() == 1 && !is_paid_by_kin(&work) {
            together.push(work);
        } else {
            // In the order of the file: what comes before is applied first.
            apply(
                std::mem::take(&mut together),
                table,
                &mut dry_run,
                &mut passed,
            )?;
            match work.unit.lines.len() {
                1 => passed.extend(paid_by_kin(work, table, &mut dry_run)?),
                _ => passed.extend(list(work, table, &mut dry_run, desk)?),
            }
        }
        if together.len() >= CHECKED_AT_ONCE_MAX {
            apply(
                std::mem::take(&mut together),
                table,
                &mut dry_run,
                &mut passed,
            )?;
            desk.go_on(Progress::Checked(done, count))?;
        }
    }
    apply(together, table, &mut dry_run, &mut passed)?;
    desk.go_on(Progress::Checked(count, count))?;
    Ok(passed)
}

/// Applies works of one line each.
fn apply(
    works: Vec<Work>,
    table: &mut Table,
    dry_run: &mut DryRun<'_>,
    passed: &mut Vec<Work>,
) -> Result<(), ImportError> {
    let sealed: Vec<_> = works
        .iter()
        .map(|work| supposed(&work.transaction, &work.unit.signers))
        .collect();
    let refused = dry_run.apply(&sealed)?;
    for work in works {
        match refused.get(&work.transaction.id()) {
            Some(rejection) => refuse(table, &work.unit.lines, rejection),
            None => passed.push(work),
        }
    }
    Ok(())
}

fn refuse(table: &mut Table, lines: &[usize], rejection: &Rejection) {
    table.set(lines, &Outcome::Refused(refusal(rejection)));
}

fn is_paid_by_kin(work: &Work) -> bool {
    matches!(&work.unit.operation, Operation::RecordService(it) if matches!(it.payer, Payer::Kin(_)))
}

/// Kin who pay need not sign inside the allowance they gave; whether this is inside, the rules say.
fn paid_by_kin(
    mut work: Work,
    table: &mut Table,
    dry_run: &mut DryRun<'_>,
) -> Result<Option<Work>, ImportError> {
    let Operation::RecordService(service) = &work.unit.operation else {
        return Ok(Some(work));
    };
    let mut unpaid = service.clone();
    unpaid.payer = Payer::Recipient;
    let line = table.line(work.unit.lines[0]);
    let view = Some(dry_run.view());
    let mut stand_in = work.unit.signers.iter().copied();
    let stand_in = stand_in.rfind(|signer| matches!(signer, Signer::Staff(_)));
    let fewer = sign_service(&unpaid, line.clerk, stand_in, view);
    let fewer = fewer.map_err(super::CheckError::from)?;
    let without = supposed(&work.transaction, &fewer);
    if dry_run.apply(std::slice::from_ref(&without))?.is_empty() {
        work.unit.signers = fewer;
        return Ok(Some(work));
    }
    let mut passed = Vec::new();
    apply(vec![work], table, dry_run, &mut passed)?;
    Ok(passed.pop())
}

/// A list of people is taken as a whole or not at all: those who would be refused alone are taken out and named, and the
/// others go ahead. A transaction that was made before is not changed.
fn list<T>(
    work: Work,
    table: &mut Table,
    dry_run: &mut DryRun<'_>,
    desk: &Desk<'_, T>,
) -> Result<Option<Work>, ImportError> {
    let whole = supposed(&work.transaction, &work.unit.signers);
    let refused = dry_run.apply(std::slice::from_ref(&whole))?;
    let Some(rejection) = refused.into_values().next() else {
        return Ok(Some(work));
    };
    let mut bad = BTreeSet::new();
    if work.known.is_none() {
        for at in 0..work.unit.lines.len() {
            let alone = work.unit.alone(at);
            let alone = supposed(&transaction(&alone, desk)?, &alone.signers);
            if let Some(rejection) = dry_run.probe(&alone)? {
                refuse(table, &[work.unit.lines[at]], &rejection);
                bad.insert(at);
            }
        }
    }
    let left = match bad.is_empty() {
        true => None,
        false => work.unit.without(&bad),
    };
    let Some(left) = left else {
        // Nobody is wrong alone: together they are, by what the budget line holds for example.
        if bad.is_empty() {
            refuse(table, &work.unit.lines, &rejection);
        }
        return Ok(None);
    };
    let left = self::work(left, work.above, desk)?;
    let mut passed = Vec::new();
    apply(vec![left], table, dry_run, &mut passed)?;
    Ok(passed.pop())
}

impl Work {
    /// Gives a new service the commitment to its number, which is on paper only. Called before anybody sees it.
    pub(super) fn commit(&mut self, number: &str) {
        let (Some(salt), Operation::RecordService(service)) =
            (&self.salt, &mut self.transaction.operation)
        else {
            return;
        };
        service.evidence = commitment::evidence(salt, number.as_bytes());
        self.unit.operation = self.transaction.operation.clone();
    }
}
