//! Kept trust, as a wallet reads it back: whatever was put there, nothing that is asked of it panics.

use ledger_core::id::Height;
use ledger_core::proof::{TRUST_BYTES_MAX, TrustChain};

use super::proven::{check, checkpoints, clock, town_trust, worlds};
use super::world::{OFFICE, TOWN};
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "trust_chain",
    run,
    samples,
    length_max: 32 * 1024,
    inputs: 1_000,
    allowance: Allowance {
        // Itself, its bytes, and a copy that goes on.
        bytes_per_byte: 16,
        bytes: 64 * 1024,
    },
};

/// Reads `data` as kept trust, asks it everything, and goes on from it.
pub fn run(data: &[u8]) -> Outcome {
    let kept = match TrustChain::from_bytes(data) {
        Ok(kept) => kept,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Outcome::Refused;
        }
    };
    assert!(data.len() <= TRUST_BYTES_MAX);
    assert_eq!(kept.to_bytes(), data);
    assert!(kept.set_since() <= kept.head().height);
    assert_eq!(
        kept.set_at(Height(u64::MAX)).is_some(),
        kept.set_since() < Height(u64::MAX)
    );
    assert!(kept.set_at(Height::GENESIS).is_none());
    let _ = (kept.expires_ms(u64::MAX), kept.expires_ms(0));
    for world in worlds() {
        let (mut trust, clock) = (kept.clone(), clock(world));
        let last = world.last();
        let result = trust.check_header(&last.block.header, &last.certificate, clock);
        result.unwrap_or_else(|error| check(&error));
        for change in &world.changes {
            let result = trust.follow(change, clock);
            result.unwrap_or_else(|error| check(&error));
        }
        let result = trust.accept(&last.block.header, &last.certificate, clock);
        result.unwrap_or_else(|error| check(&error));
        // What came of it can be kept and read back.
        assert_eq!(TrustChain::from_bytes(&trust.to_bytes()), Ok(trust));
    }
    let mut trust = kept;
    if let Err(error) = trust.renew_from(&CHECKPOINTS, clock(&TOWN)) {
        check(&error);
    }
    assert_eq!(TrustChain::from_bytes(&trust.to_bytes()), Ok(trust));
    Outcome::Taken
}

static CHECKPOINTS: std::sync::LazyLock<Vec<ledger_core::proof::Checkpoint>> =
    std::sync::LazyLock::new(checkpoints);

/// Just begun, gone on over checkpoints, and over a change of the validators.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> = (0..=CHECKPOINTS.len())
        .map(|count| town_trust(&CHECKPOINTS[..count]).to_bytes())
        .collect();
    let (mut trust, clock) = (TrustChain::genesis(&OFFICE.genesis), clock(&OFFICE));
    samples.push(trust.to_bytes());
    for change in &OFFICE.changes {
        let followed = trust.follow(change, clock);
        followed.unwrap_or_else(|error| panic!("{error}"));
        samples.push(trust.to_bytes());
    }
    let last = OFFICE.last();
    let accepted = trust.accept(&last.block.header, &last.certificate, clock);
    accepted.unwrap_or_else(|error| panic!("{error}"));
    samples.push(trust.to_bytes());
    samples
}
