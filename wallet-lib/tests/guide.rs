//! Whole recoveries through the real rules, by the guide's steps alone: what it says is due is accepted when those it names
//! sign, and what it says must wait is refused before.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

use ledger_core::record::recovery::Guardian;
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::time::{DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::transaction::government::AdvanceTime;
use ledger_core::transaction::{Operation, Signer};
use timebank_wallet::client::Patience;
use timebank_wallet::document::Standing;
use timebank_wallet::guide::{self, Situation, State, Step};
use timebank_wallet::trial::{STREET, TrialCity, account, genesis, key, staff};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Document, Error, Freshness, TransactionBuilder};

const WAIT: Patience = Patience::Final { timeout_ms: 1_000 };
/// The city's policy.
const DELAY_MS: u64 = 72 * HOUR_MS;

struct Counter {
    city: TrialCity,
    client: Client<TrialCity>,
}

impl Counter {
    fn new() -> Counter {
        let city = TrialCity::new();
        // The pause after a cancelled recovery is as long as trust lasts by itself.
        let trust = Trust::genesis(&genesis()).with_trusting_period_ms(u64::MAX);
        let client = Client::new(city.clone(), trust);
        Counter { city, client }
    }

    /// What `guide` says of Chen's proven records.
    fn ask(&self, guide: impl Fn(Situation<'_>) -> Vec<Step>) -> Vec<Step> {
        let fresh = Freshness {
            now_ms: self.city.time_ms(),
            age_ms_max: 60_000,
        };
        let record = self.client.account(account("chen"), fresh).unwrap().value;
        let recovery = self.client.recovery(account("chen"), fresh);
        let recovery = recovery.ok().map(|verified| verified.value);
        guide(Situation {
            account: account("chen"),
            record: &record,
            recovery: recovery.as_ref(),
            delay_ms_min: DELAY_MS,
            // The next block's.
            now_ms: self.city.time_ms().plus_ms(1_000),
        })
    }

    fn recover(&self, new_key: Option<PublicKey>) -> Vec<Step> {
        self.ask(|situation| guide::recover(situation, new_key))
    }

    /// Signs as a document that goes round, and submits; the first signer asks.
    fn submit(
        &self,
        operation: impl Into<Operation>,
        signers: &[(Signer, SecretKey)],
    ) -> Result<(), Error> {
        let builder =
            TransactionBuilder::new(genesis().chain_id(), signers[0].0, self.city.time_ms());
        let mut document = Document::new(builder.build(operation).unwrap());
        for (signer, key) in signers {
            document = Document::from_bytes(&document.to_bytes()).unwrap();
            document.sign(*signer, key).unwrap();
        }
        for (need, standing) in document.standing() {
            assert_ne!(standing, Standing::Missing, "{need:?}");
        }
        let envelope = document.into_envelope().unwrap();
        self.client.submit(&envelope, WAIT).map(|_| ())
    }

    fn advance_to(&self, to_ms: TimestampMs) {
        self.submit(AdvanceTime { to_ms }, &[official("admin")])
            .unwrap();
        self.city.pass_a_block();
    }
}

fn person(name: &str) -> (Signer, SecretKey) {
    (Signer::Account(account(name)), key(name))
}

fn official(name: &str) -> (Signer, SecretKey) {
    (Signer::Staff(staff(name)), key(name))
}

fn bare(name: &str) -> (Signer, SecretKey) {
    (Signer::Key(key(name).public_key()), key(name))
}

fn states(steps: &[Step]) -> Vec<(&'static str, State)> {
    steps.iter().map(|step| (step.code, step.state)).collect()
}

/// What is due.
fn due(steps: &[Step]) -> Operation {
    let mut due = steps.iter().filter_map(|step| step.operation.clone());
    due.next()
        .unwrap_or_else(|| panic!("nothing is due: {steps:?}"))
}

/// With mother and the street office as guardians of whom two are needed.
fn guarded() -> Counter {
    let counter = Counter::new();
    let steps = counter.ask(guide::prepare);
    assert_eq!(
        states(&steps),
        [
            ("choose_guardians", State::Now),
            ("sign_guardians", State::Later)
        ]
    );
    let set = |situation: Situation<'_>| {
        let guardians = [
            Guardian::Office(STREET),
            Guardian::Account(account("mother")),
        ];
        let operation = guide::set_guardians(situation, guardians, 2, DELAY_MS).unwrap();
        counter.submit(operation, &[person("chen")]).unwrap();
        Vec::new()
    };
    counter.ask(set);
    assert_eq!(
        states(&counter.ask(guide::prepare)),
        [
            ("guardians_set", State::Done),
            ("tell_guardians", State::Now)
        ]
    );
    counter
}

/// Mother and the street's registrar, who comes first because a bare key cannot ask.
fn start(counter: &Counter) -> TimestampMs {
    let new_key = key("new phone").public_key();
    assert_eq!(states(&counter.recover(None))[0], ("make_key", State::Now));
    let steps = counter.recover(Some(new_key));
    let helpers = [official("registrar"), person("mother"), bare("new phone")];
    counter.submit(due(&steps), &helpers).unwrap();
    let steps = counter.recover(Some(new_key));
    assert_eq!(
        states(&steps),
        [
            ("started", State::Done),
            ("wait_until", State::Waiting),
            ("finish", State::Later)
        ]
    );
    steps[1].until_ms.unwrap()
}

#[test]
fn a_lost_key_is_replaced_at_the_counter_by_the_steps_of_the_guide() {
    let counter = guarded();
    let new_key = key("new phone").public_key();
    let until_ms = start(&counter);
    let account = account("chen");
    let finish = ledger_core::transaction::recovery::FinishRecovery { account };
    let early = counter.submit(finish, &[person("mother")]).unwrap_err();
    assert!(matches!(&early, Error::Refused { refusal } if refusal.code == "recovery_waits"));
    // A moment before the end it still waits; the chain does the rest by itself.
    counter.advance_to(until_ms.minus_ms(10_000));
    let steps = counter.recover(Some(new_key));
    assert_eq!(states(&steps)[1], ("wait_until", State::Waiting));
    counter.advance_to(until_ms);
    let steps = counter.recover(Some(new_key));
    assert_eq!(states(&steps), [("recovered", State::Done)]);
    // The new key acts for the account, the old one no more.
    let none = |situation: Situation<'_>| {
        let operation = guide::set_guardians(situation, [], 0, 0).unwrap();
        let old = counter.submit(operation.clone(), &[person("chen")]);
        assert!(old.is_err());
        let signer = Signer::Account(account);
        counter
            .submit(operation, &[(signer, key("new phone"))])
            .unwrap();
        Vec::new()
    };
    counter.ask(none);
}

#[test]
fn once_the_wait_is_over_the_guide_says_that_anyone_may_finish() {
    let counter = guarded();
    let until_ms = start(&counter);
    // The block that advances time is before the end, the next one is not.
    counter
        .submit(AdvanceTime { to_ms: until_ms }, &[official("admin")])
        .unwrap();
    let record = counter.ask(|situation| {
        let late = Situation {
            now_ms: until_ms,
            ..situation
        };
        guide::recover(late, Some(key("new phone").public_key()))
    });
    assert_eq!(
        states(&record),
        [
            ("started", State::Done),
            ("waited", State::Done),
            ("finish", State::Now)
        ]
    );
}

#[test]
fn the_old_key_cancels_and_those_who_started_are_paused() {
    let counter = guarded();
    let until_ms = start(&counter);
    let steps = counter.ask(guide::object);
    assert_eq!(
        states(&steps),
        [
            ("somebody_started", State::Alarm),
            ("cancel", State::Now),
            ("after_cancel", State::Later)
        ]
    );
    assert_eq!(steps[1].until_ms, Some(until_ms));
    counter.submit(due(&steps), &[person("chen")]).unwrap();
    assert_eq!(
        states(&counter.ask(guide::object)),
        [("nothing_running", State::Done)]
    );
    // Mother, the registrar and the office are all paused: nobody is left to help.
    let new_key = key("new phone").public_key();
    let steps = counter.recover(Some(new_key));
    let paused = steps.iter().filter(|step| step.code == "paused");
    let pauses: Vec<_> = paused.map(|step| step.until_ms.unwrap()).collect();
    assert_eq!(pauses.len(), 3);
    assert!(!states(&steps).contains(&("start", State::Now)));
    let again = ledger_core::transaction::recovery::StartRecovery {
        account: account("chen"),
        new_key,
    };
    let helpers = [official("registrar"), person("mother"), bare("new phone")];
    let refused = counter.submit(again.clone(), &helpers).unwrap_err();
    assert!(matches!(&refused, Error::Refused { refusal } if refusal.code == "recovery_paused"));
    // After the pause they may help again.
    // On the way the wallet looks at the chain: one that does not for a whole trusting period needs a checkpoint.
    counter.advance_to(pauses[0].minus_ms(15 * DAY_MS));
    assert!(!states(&counter.recover(Some(new_key))).contains(&("start", State::Now)));
    counter.advance_to(pauses[0].plus_ms(DAY_MS));
    let steps = counter.recover(Some(new_key));
    counter.submit(due(&steps), &helpers).unwrap();
}

#[test]
fn an_arbiter_who_signs_too_keeps_the_old_key_from_cancelling() {
    let counter = guarded();
    let new_key = key("new phone").public_key();
    let steps = counter.recover(Some(new_key));
    let helpers = [
        official("registrar"),
        person("mother"),
        official("arbiter"),
        bare("new phone"),
    ];
    counter.submit(due(&steps), &helpers).unwrap();
    let steps = counter.recover(Some(new_key));
    assert_eq!(states(&steps)[1], ("wait_until_backed", State::Waiting));
    let steps = counter.ask(guide::object);
    assert_eq!(
        states(&steps),
        [
            ("somebody_started", State::Alarm),
            ("not_cancellable", State::Alarm)
        ]
    );
    let cancel = ledger_core::transaction::recovery::CancelRecovery {
        account: account("chen"),
    };
    let refused = counter.submit(cancel, &[person("chen")]).unwrap_err();
    assert!(matches!(&refused, Error::Refused { refusal } if refusal.code == "recovery_confirmed"));
    // To somebody with another key in hand the guide says so first.
    let steps = counter.recover(Some(key("stranger").public_key()));
    assert_eq!(states(&steps)[0], ("other_key", State::Alarm));
}

#[test]
fn one_guardian_and_a_registrar_are_enough() {
    let counter = guarded();
    let new_key = key("new phone").public_key();
    let steps = counter.recover(Some(new_key));
    assert!(states(&steps).contains(&("with_registrar", State::Now)));
    let helpers = [official("registrar"), person("mother"), bare("new phone")];
    counter.submit(due(&steps), &helpers).unwrap();
}

#[test]
fn without_guardians_a_registrar_and_an_arbiter_help() {
    let counter = Counter::new();
    let new_key = key("new phone").public_key();
    let steps = counter.recover(Some(new_key));
    assert_eq!(
        states(&steps)[..3],
        [
            ("key_made", State::Done),
            ("without_guardians", State::Now),
            ("start", State::Now)
        ]
    );
    let helpers = [
        official("registrar"),
        official("arbiter"),
        bare("new phone"),
    ];
    counter.submit(due(&steps), &helpers).unwrap();
    // Two are what it takes, so this arbiter does not stand behind it as a third.
    assert_eq!(
        states(&counter.recover(Some(new_key)))[1],
        ("wait_until", State::Waiting)
    );
}
