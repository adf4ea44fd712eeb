//! Guardians and the recovery of a lost key, step by step, for the holder and for whoever helps at the counter.
//!
//! Pure functions of proven records: what they say is true as of the block the records were proven at. Each gives the
//! steps in order, those done and those to come, with a sentence in both languages, the time that matters, and the
//! operation to build where a step is due ([`crate::TransactionBuilder`] makes the transaction, [`crate::Document`] collects
//! the signatures, and [`crate::document::required`] says whose).
//!
//! - [`prepare`]: while the phone is there: who is to help should it get lost.
//! - [`recover`]: the phone is lost: from the new key to the end of the wait.
//! - [`object`]: somebody else is giving the account a new key, and the holder still has the old one.
//!
//! What always holds, because a test walks whole recoveries through the ledger by these steps alone: a step that is
//! [`State::Now`] with an operation is accepted by the rules when those it names sign, and one that is [`State::Waiting`]
//! is not before its time. Source of the rules: `domain.md` section 3, `ledger-core/src/ledger/recovery.rs`.

use ledger_core::id::AccountId;
use ledger_core::ledger::Rejection;
use ledger_core::message::{Arguments, Language};
use ledger_core::record::account::{AccountRecord, AccountStatus};
use ledger_core::record::recovery::{
    GUARDIANS_MAX, Guardian, OngoingRecovery, RECOVERY_DELAY_MS_MAX, RecoveryRecord,
};
use ledger_core::signature::PublicKey;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::Operation;
use ledger_core::transaction::recovery::{
    CancelRecovery, FinishRecovery, SetGuardians, StartRecovery,
};

use crate::explain::sheet::Sheet;

/// An account and what is known about its guardians, proven as of `now_ms`.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The account.
    pub account: AccountId,
    /// Its record.
    pub record: &'a AccountRecord,
    /// Its guardians and what they are at; none where the ledger has no such record.
    pub recovery: Option<&'a RecoveryRecord>,
    /// How long a recovery waits at least: the policy `recovery_delay_ms` of the account's home district, in milliseconds.
    pub delay_ms_min: u64,
    /// The chain's time, not the phone's.
    pub now_ms: TimestampMs,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Behind us.
    Done,
    /// To be done now.
    Now,
    /// It is the time that has to pass, until the step's `until_ms`.
    Waiting,
    /// After the steps before it.
    Later,
    /// Something is wrong: to be read before anything else is done.
    Alarm,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its stable name.
    pub code: &'static str,
    /// How it stands.
    pub state: State,
    /// Until when it waits, or may be done.
    pub until_ms: Option<TimestampMs>,
    /// What to build, where it is due and everything for it is known.
    pub operation: Option<Operation>,
    facts: Facts,
}

/// What a step's sentence shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    account: Option<AccountId>,
    key: Option<PublicKey>,
    people: Vec<Guardian>,
    threshold: u8,
    span_ms: u64,
}

impl Step {
    fn new(code: &'static str, state: State) -> Step {
        Step {
            code,
            state,
            until_ms: None,
            operation: None,
            facts: Facts::default(),
        }
    }

    fn until(mut self, until_ms: TimestampMs) -> Step {
        self.until_ms = Some(until_ms);
        self
    }

    fn with(mut self, operation: impl Into<Operation>) -> Step {
        self.operation = Some(operation.into());
        self
    }

    fn of(mut self, account: AccountId) -> Step {
        self.facts.account = Some(account);
        self
    }

    fn key(mut self, key: PublicKey) -> Step {
        self.facts.key = Some(key);
        self
    }

    fn people(mut self, people: impl IntoIterator<Item = Guardian>) -> Step {
        self.facts.people.extend(people);
        self
    }

    fn threshold(mut self, threshold: u8) -> Step {
        self.facts.threshold = threshold;
        self
    }

    fn span(mut self, span_ms: u64) -> Step {
        self.facts.span_ms = span_ms;
        self
    }

    /// What it says, with times in UTC+8.
    pub fn sentence(&self, language: Language) -> String {
        self.sentence_in(language, Calendar::CHINA)
    }

    /// What it says, with times by `calendar`, the chain's.
    pub fn sentence_in(&self, language: Language, calendar: Calendar) -> String {
        let sheet = Sheet::new(language, calendar);
        let mut arguments = Arguments::NONE
            .text("threshold", self.facts.threshold)
            .text("span", sheet.span(self.facts.span_ms));
        if let Some(account) = self.facts.account {
            arguments = arguments.text("account", account);
        }
        if let Some(key) = self.facts.key {
            arguments = arguments.text("key", key);
        }
        if let Some(until_ms) = self.until_ms {
            arguments = arguments.text("until", sheet.moment(until_ms));
        }
        if !self.facts.people.is_empty() {
            let people = self.facts.people.iter();
            let people: Vec<String> = people.map(|it| sheet.guardian(*it)).collect();
            let separator = sheet.message("separator", &Arguments::NONE);
            arguments = arguments.text("people", people.join(&separator));
        }
        crate::message::catalogue(language).render(&format!("guide-{}", self.code), &arguments)
    }
}

impl<'a> Situation<'a> {
    fn ongoing(&self) -> Option<&'a OngoingRecovery> {
        self.recovery.and_then(|recovery| recovery.ongoing.as_ref())
    }

    fn guardians(&self) -> &'a [Guardian] {
        self.recovery
            .map_or(&[], |recovery| recovery.guardians.as_slice())
    }

    fn threshold(&self) -> u8 {
        self.recovery.map_or(0, |recovery| recovery.threshold)
    }

    /// How long a recovery started now would wait.
    fn delay_ms(&self) -> u64 {
        let chosen = self.recovery.map_or(0, |recovery| recovery.delay_ms);
        chosen.max(self.delay_ms_min)
    }

    fn closed(&self) -> Option<Vec<Step>> {
        let closed = self.record.status == AccountStatus::Closed;
        closed.then(|| vec![Step::new("closed", State::Alarm).of(self.account)])
    }
}

/// While the phone is there: who is to help should it get lost.
pub fn prepare(situation: Situation<'_>) -> Vec<Step> {
    if let Some(closed) = situation.closed() {
        return closed;
    }
    if let Some(ongoing) = situation.ongoing() {
        let step = Step::new("running", State::Alarm).key(ongoing.new_key);
        return vec![step.until(ongoing.finishes_ms)];
    }
    if situation.record.key.is_none() {
        return vec![Step::new("keyless", State::Alarm).of(situation.account)];
    }
    let (guardians, threshold) = (situation.guardians(), situation.threshold());
    if guardians.is_empty() {
        let choose = Step::new("choose_guardians", State::Now).span(situation.delay_ms_min);
        let sign = Step::new("sign_guardians", State::Later);
        return vec![choose, sign];
    }
    let set = Step::new("guardians_set", State::Done)
        .people(guardians.iter().copied())
        .threshold(threshold)
        .span(situation.delay_ms());
    vec![set, Step::new("tell_guardians", State::Now)]
}

/// The operation that makes `guardians` the account's: sorted, and checked as far as the choice itself goes. Whether each is
/// an active person of age with a key, or an office there is, the ledger checks.
///
/// # Errors
/// The ledger's own refusal, before anything is sent.
pub fn set_guardians(
    situation: Situation<'_>,
    guardians: impl IntoIterator<Item = Guardian>,
    threshold: u8,
    delay_ms: u64,
) -> Result<SetGuardians, Rejection> {
    let account = situation.account;
    let mut guardians: Vec<Guardian> = guardians.into_iter().collect();
    guardians.sort_unstable();
    guardians.dedup();
    let (count, limit) = (guardians.len(), GUARDIANS_MAX);
    if count > limit {
        return Err(Rejection::GuardiansTooMany { count, limit });
    }
    if guardians.contains(&Guardian::Account(account)) {
        return Err(Rejection::GuardianSelf { account });
    }
    if usize::from(threshold) > count || (threshold == 0) != (count == 0) {
        return Err(Rejection::GuardianThreshold { threshold, count });
    }
    let (least_ms, greatest_ms) = (situation.delay_ms_min, RECOVERY_DELAY_MS_MAX);
    if count > 0 && !(least_ms..=greatest_ms).contains(&delay_ms) {
        return Err(Rejection::RecoveryDelay {
            delay_ms,
            least_ms,
            greatest_ms,
        });
    }
    Ok(SetGuardians {
        account,
        guardians,
        threshold,
        delay_ms,
    })
}

/// The phone is lost: what comes next. `new_key` is the key made on the new phone, once there is one.
pub fn recover(situation: Situation<'_>, new_key: Option<PublicKey>) -> Vec<Step> {
    if let Some(closed) = situation.closed() {
        return closed;
    }
    if let Some(ongoing) = situation.ongoing() {
        return running(situation, ongoing, new_key);
    }
    if new_key.is_some() && situation.record.key == new_key {
        return vec![Step::new("recovered", State::Done).of(situation.account)];
    }
    let account = situation.account;
    let mut steps = Vec::new();
    steps.push(match new_key {
        None => Step::new("make_key", State::Now),
        Some(key) => Step::new("key_made", State::Done).key(key),
    });
    let helpers = helpers(situation);
    let possible = helpers.iter().any(|step| step.state == State::Now);
    steps.extend(helpers);
    let start = match new_key {
        Some(new_key) if possible => {
            Step::new("start", State::Now).with(StartRecovery { account, new_key })
        }
        _ => Step::new("start", State::Later),
    };
    steps.push(start.of(account));
    steps.push(Step::new("stolen", State::Later));
    steps.push(Step::new("wait", State::Later).span(situation.delay_ms()));
    steps.push(Step::new("finish", State::Later));
    steps
}

/// Who can help to start: one step for each way.
fn helpers(situation: Situation<'_>) -> Vec<Step> {
    let (guardians, threshold) = (situation.guardians(), situation.threshold());
    if guardians.is_empty() {
        let mut steps = vec![Step::new("without_guardians", State::Now)];
        steps.extend(pauses(situation));
        return steps;
    }
    let now_ms = situation.now_ms;
    let paused = |guardian: &Guardian| {
        let recovery = situation.recovery?;
        recovery.paused_until_ms(*guardian, now_ms)
    };
    let guardians = guardians.iter().copied();
    let free: Vec<Guardian> = guardians
        .filter(|guardian| paused(guardian).is_none())
        .collect();
    let mut steps = Vec::new();
    if !free.is_empty() && free.len() >= usize::from(threshold) {
        let step = Step::new("with_guardians", State::Now);
        steps.push(step.people(free.iter().copied()).threshold(threshold));
    }
    if !free.is_empty() {
        steps.push(Step::new("with_registrar", State::Now).people(free.iter().copied()));
    }
    steps.extend(pauses(situation));
    steps
}

/// Who may not help for now: guardians, and staff by their own accounts.
fn pauses(situation: Situation<'_>) -> impl Iterator<Item = Step> {
    let pauses = situation.recovery.map_or(&[][..], |it| &it.paused);
    let lasting = pauses
        .iter()
        .filter(move |pause| situation.now_ms < pause.until_ms);
    lasting.map(|pause| {
        let step = Step::new("paused", State::Waiting).people([pause.initiator]);
        step.until(pause.until_ms)
    })
}

fn running(
    situation: Situation<'_>,
    ongoing: &OngoingRecovery,
    new_key: Option<PublicKey>,
) -> Vec<Step> {
    let account = situation.account;
    let until_ms = ongoing.finishes_ms;
    let mut steps = Vec::new();
    if new_key.is_some_and(|key| key != ongoing.new_key) {
        steps.push(Step::new("other_key", State::Alarm).key(ongoing.new_key));
    }
    let started = Step::new("started", State::Done).key(ongoing.new_key);
    steps.push(started.people(ongoing.initiators.iter().copied()));
    if situation.now_ms >= until_ms {
        steps.push(Step::new("waited", State::Done).until(until_ms));
        let finish = Step::new("finish", State::Now).with(FinishRecovery { account });
        steps.push(finish);
        return steps;
    }
    let code = if ongoing.cancellable {
        "wait_until"
    } else {
        "wait_until_backed"
    };
    steps.push(Step::new(code, State::Waiting).until(until_ms));
    steps.push(Step::new("finish", State::Later));
    steps
}

/// Somebody is giving the account a new key, and the holder still has the old one: what can be done against it.
pub fn object(situation: Situation<'_>) -> Vec<Step> {
    if let Some(closed) = situation.closed() {
        return closed;
    }
    let account = situation.account;
    let Some(ongoing) = situation.ongoing() else {
        return vec![Step::new("nothing_running", State::Done).of(account)];
    };
    let until_ms = ongoing.finishes_ms;
    let running = Step::new("somebody_started", State::Alarm)
        .key(ongoing.new_key)
        .people(ongoing.initiators.iter().copied())
        .until(until_ms);
    if situation.now_ms >= until_ms {
        return vec![running, Step::new("too_late", State::Alarm).until(until_ms)];
    }
    if !ongoing.cancellable {
        return vec![
            running,
            Step::new("not_cancellable", State::Alarm).until(until_ms),
        ];
    }
    let cancel = Step::new("cancel", State::Now)
        .with(CancelRecovery { account })
        .until(until_ms);
    vec![running, cancel, Step::new("after_cancel", State::Later)]
}

#[cfg(test)]
mod tests;
