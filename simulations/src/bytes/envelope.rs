//! A transaction with its signatures, as clients and peers send it, as bytes and as JSON; and the rules it reaches.

use ledger_core::codec;
use ledger_core::ledger::{Refusal, check_transaction};
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, Envelope, SIGNATURES_MAX, SealedEnvelope};

use super::world::{AllVerified, TOWN};
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "envelope",
    run,
    samples,
    length_max: ENVELOPE_BYTES_MAX + 64,
    inputs: 900,
    // A rule that reads an account with its lots reads records of some kilobytes.
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: 48 * 1024,
    },
};

/// Decodes `data`, and asks the ledger whether it would apply, taking its signatures for right.
pub fn run(data: &[u8]) -> Outcome {
    let sealed = match SealedEnvelope::decode(data) {
        Ok(sealed) => sealed,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return of_json(data);
        }
    };
    assert!(data.len() <= ENVELOPE_BYTES_MAX);
    assert_eq!(sealed.bytes(), data);
    assert_eq!(codec::encode(sealed.envelope()), data);
    assert!((1..=SIGNATURES_MAX).contains(&sealed.envelope().signatures.len()));
    judge(&sealed);
    Outcome::Taken
}

/// As JSON, which a node encodes anew and then decodes like any other.
fn of_json(data: &[u8]) -> Outcome {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(data) else {
        return Outcome::Refused;
    };
    let text = serde_json::to_vec(&envelope).expect("an envelope has text keys only");
    let again: Envelope = serde_json::from_slice(&text).expect("it was written as JSON");
    assert_eq!(again, envelope);
    match SealedEnvelope::decode(&codec::encode(&envelope)) {
        Ok(sealed) => {
            judge(&sealed);
            Outcome::Taken
        }
        Err(_) => Outcome::Refused,
    }
}

fn judge(sealed: &SealedEnvelope) {
    let (state, tip) = &TOWN.before;
    let time_ms = TOWN.tip.time_ms;
    match check_transaction(state, tip, time_ms, sealed, &AllVerified) {
        Ok(()) => {}
        Err(Refusal::Rejected(rejection)) => assert!(!rejection.code().is_empty()),
        Err(Refusal::State(error)) => panic!("a state in memory fails: {error}"),
    }
}

/// The transactions of the town, and some of them as JSON.
pub fn samples() -> Vec<Vec<u8>> {
    let bytes = TOWN.envelopes().map(|it| it.bytes().to_vec());
    let json = TOWN
        .envelopes()
        .step_by(9)
        .map(|it| serde_json::to_vec(it.envelope()).expect("an envelope has text keys only"));
    bytes.chain(json).collect()
}
