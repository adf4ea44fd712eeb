//! Tests of the guide: its steps and sentences in every situation there is. Against the real rules: `wallet-lib/tests/guide.rs`.

use std::collections::BTreeSet;

use ledger_core::hash::Hash;
use ledger_core::id::OrganisationId;
use ledger_core::message::check;
use ledger_core::record::account::AccountKind;
use ledger_core::record::recovery::RecoveryPause;
use ledger_core::signature::SecretKey;
use ledger_core::time::{DAY_MS, HOUR_MS};

use super::*;
use crate::message::GUIDE_CHINESE;

const CHEN: AccountId = AccountId([1; 20]);
const DAUGHTER: Guardian = Guardian::Account(AccountId([2; 20]));
const NEIGHBOUR: Guardian = Guardian::Account(AccountId([3; 20]));
const STREET: Guardian = Guardian::Office(OrganisationId(320_102_005));
const NOW: TimestampMs = TimestampMs(1_795_327_500_000);

fn key(seed: u8) -> PublicKey {
    SecretKey::from_seed(&[seed; 32]).public_key()
}

fn record(key: Option<PublicKey>) -> AccountRecord {
    let identity = Hash([4; 32]);
    let (home, district) = (OrganisationId(320_102_005), OrganisationId(320_102));
    AccountRecord::new(AccountKind::Person { identity }, home, district, key)
}

fn guarded(threshold: u8) -> RecoveryRecord {
    RecoveryRecord {
        guardians: vec![DAUGHTER, NEIGHBOUR, STREET],
        threshold,
        delay_ms: 100 * HOUR_MS,
        ..RecoveryRecord::default()
    }
}

fn running(new_key: PublicKey, cancellable: bool, finishes_ms: TimestampMs) -> RecoveryRecord {
    RecoveryRecord {
        ongoing: Some(OngoingRecovery {
            new_key,
            finishes_ms,
            cancellable,
            initiators: vec![DAUGHTER],
        }),
        ..guarded(2)
    }
}

fn at<'a>(record: &'a AccountRecord, recovery: Option<&'a RecoveryRecord>) -> Situation<'a> {
    Situation {
        account: CHEN,
        record,
        recovery,
        delay_ms_min: 72 * HOUR_MS,
        now_ms: NOW,
    }
}

fn codes(steps: &[Step]) -> Vec<(&'static str, State)> {
    steps.iter().map(|step| (step.code, step.state)).collect()
}

/// Every situation there is, and what the guide says in it.
fn every_guide() -> Vec<Vec<Step>> {
    let (old, new) = (key(1), key(2));
    let mut closed = record(Some(old));
    closed.status = AccountStatus::Closed;
    let mut paused = guarded(2);
    paused.pause(&[DAUGHTER, NEIGHBOUR], NOW.minus_ms(DAY_MS));
    let later = NOW.plus_ms(DAY_MS);
    let records = [record(Some(old)), record(Some(new)), record(None), closed];
    let recoveries = [
        None,
        Some(guarded(2)),
        Some(paused),
        Some(running(new, true, later)),
        Some(running(new, false, later)),
        Some(running(new, true, NOW)),
    ];
    let mut guides = Vec::new();
    for record in &records {
        for recovery in &recoveries {
            let situation = at(record, recovery.as_ref());
            guides.push(prepare(situation));
            guides.push(object(situation));
            for key in [None, Some(new), Some(old), Some(key(3))] {
                guides.push(recover(situation, key));
            }
        }
    }
    guides
}

#[test]
fn every_step_has_a_sentence_in_both_languages_and_every_sentence_a_step() {
    let mut used = BTreeSet::new();
    for steps in every_guide() {
        assert!(!steps.is_empty());
        for step in steps {
            used.insert(format!("guide-{}", step.code));
            for language in Language::ALL {
                let sentence = step.sentence(language);
                for trace in ["guide-", "$", "{", "=", "–"] {
                    assert!(!sentence.contains(trace), "{sentence}");
                }
            }
        }
    }
    let defined = check::definitions(GUIDE_CHINESE).unwrap();
    let defined: BTreeSet<String> = defined.into_keys().collect();
    assert_eq!(used, defined);
}

#[test]
fn an_operation_is_due_only_now() {
    for step in every_guide().into_iter().flatten() {
        assert!(
            step.operation.is_none() || step.state == State::Now,
            "{step:?}"
        );
        assert!(
            step.state != State::Waiting || step.until_ms.is_some(),
            "{step:?}"
        );
    }
}

#[test]
fn guardians_who_are_paused_are_not_asked() {
    let record = record(Some(key(1)));
    let mut recovery = guarded(2);
    recovery.paused.push(RecoveryPause {
        initiator: DAUGHTER,
        until_ms: NOW.plus_ms(DAY_MS),
    });
    let steps = recover(at(&record, Some(&recovery)), Some(key(2)));
    assert_eq!(
        codes(&steps)[1..5],
        [
            ("with_guardians", State::Now),
            ("with_registrar", State::Now),
            ("paused", State::Waiting),
            ("start", State::Now),
        ]
    );
    assert_eq!(steps[1].facts.people, [NEIGHBOUR, STREET]);
    // With another of the three paused, two no longer come together, but one stands beside a registrar.
    recovery.pause(&[NEIGHBOUR], NOW);
    let steps = recover(at(&record, Some(&recovery)), Some(key(2)));
    assert_eq!(codes(&steps)[1], ("with_registrar", State::Now));
    recovery.pause(&[DAUGHTER, NEIGHBOUR, STREET], NOW);
    let steps = recover(at(&record, Some(&recovery)), Some(key(2)));
    assert_eq!(
        codes(&steps)[1..5],
        [
            ("paused", State::Waiting),
            ("paused", State::Waiting),
            ("paused", State::Waiting),
            ("start", State::Later),
        ]
    );
    // Once the pause has ended all of them may help again.
    let later = Situation {
        now_ms: NOW.plus_ms(30 * DAY_MS),
        ..at(&record, Some(&recovery))
    };
    let steps = recover(later, Some(key(2)));
    assert_eq!(codes(&steps)[1], ("with_guardians", State::Now));
}

#[test]
fn the_wait_is_the_longer_of_the_holders_and_the_citys() {
    let record = record(Some(key(1)));
    let recovery = guarded(2);
    let sentence = |recovery| {
        let steps = recover(at(&record, recovery), None);
        let wait = steps.iter().find(|step| step.code == "wait").unwrap();
        wait.sentence(Language::English)
    };
    assert_eq!(
        sentence(Some(&recovery)),
        "Once started it takes 4 days 4 h, in which the old key can cancel."
    );
    assert_eq!(
        sentence(None),
        "Once started it takes 3 days, in which the old key can cancel."
    );
}

#[test]
fn a_choice_of_guardians_is_put_in_order_and_checked_before_it_is_sent() {
    let record = record(Some(key(1)));
    let situation = at(&record, None);
    let set = |guardians: &[Guardian], threshold, hours| {
        set_guardians(
            situation,
            guardians.iter().copied(),
            threshold,
            hours * HOUR_MS,
        )
    };
    let chosen = set(&[STREET, DAUGHTER, STREET], 2, 72).unwrap();
    assert_eq!(chosen.guardians, [DAUGHTER, STREET]);
    let code = |refused: Result<SetGuardians, Rejection>| refused.unwrap_err().code();
    assert_eq!(code(set(&[DAUGHTER], 2, 72)), "guardian_threshold");
    assert_eq!(code(set(&[DAUGHTER], 0, 72)), "guardian_threshold");
    assert_eq!(code(set(&[], 1, 72)), "guardian_threshold");
    assert_eq!(code(set(&[DAUGHTER], 1, 71)), "recovery_delay");
    assert_eq!(code(set(&[DAUGHTER], 1, 721)), "recovery_delay");
    assert_eq!(
        code(set(&[Guardian::Account(CHEN)], 1, 72)),
        "guardian_self"
    );
    let many: Vec<Guardian> = (10..19)
        .map(|n| Guardian::Account(AccountId([n; 20])))
        .collect();
    assert_eq!(code(set(&many, 1, 72)), "guardians_max");
    assert!(set(&[], 0, 0).is_ok());
}
