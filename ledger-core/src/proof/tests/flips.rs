//! Every single bit of several bundles, flipped: as the file is, and with the checksum made anew over the change.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "positions in files of some kilobytes"
)]

use super::bundle::{after_changes, everything, over_checkpoints};
use super::chain::{Chain, on_day};
use super::*;
use crate::codec;
use crate::hash::{Domain, hash};

/// How many bits one thread flips before it takes the next ones.
const BITS_AT_ONCE: usize = 256;

/// What is hoped for.
const NO_BIT: [usize; 0] = [];

/// The file with one bit flipped, and its checksum made anew.
fn flipped(file: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = file[..file.len() - 32].to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    let checksum = hash(Domain::ProofBundle, &[&bytes]);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// Flips every bit of a bundle that holds on `day` for each of `anchors`; the bits that were not refused.
fn survivors(bundle: &ProofBundle, anchors: &[TrustChain], day: u64) -> Vec<usize> {
    let file = bundle.to_file();
    for anchor in anchors {
        ProofBundle::verify_file(&file, anchor, on_day(day)).expect("the bundle holds");
    }
    for bit in 0..file.len() * 8 {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(ProofBundle::from_file(&damaged).is_err(), "bit {bit}");
    }
    let bits = (file.len() - 32) * 8;
    let next = std::sync::atomic::AtomicUsize::new(0);
    let found = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(BITS_AT_ONCE, std::sync::atomic::Ordering::Relaxed);
                    if from >= bits {
                        break;
                    }
                    for bit in from..bits.min(from + BITS_AT_ONCE) {
                        let forged = flipped(&file, bit);
                        let believed = anchors.iter().any(|anchor| {
                            ProofBundle::verify_file(&forged, anchor, on_day(day)).is_ok()
                        });
                        if believed {
                            found.lock().unwrap().push(bit);
                        }
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn no_flipped_bit_is_believed_of_a_record() {
    let chain = Chain::new();
    let block = chain.block(chain.header(7, 0, 0), 0, vec![chain.record()]);
    let bundle = chain.bundle(Vec::new(), Vec::new(), vec![block]);
    assert_eq!(survivors(&bundle, &[chain.trust()], 7), NO_BIT);
}

#[test]
fn no_flipped_bit_is_believed_of_an_absence() {
    let chain = Chain::new();
    let block = chain.block(chain.header(7, 0, 0), 0, vec![chain.absence()]);
    let bundle = chain.bundle(Vec::new(), Vec::new(), vec![block]);
    assert_eq!(survivors(&bundle, &[chain.trust()], 7), NO_BIT);
}

#[test]
fn no_flipped_bit_is_believed_of_transactions_receipts_and_postings() {
    let chain = Chain::new();
    assert_eq!(survivors(&everything(&chain), &[chain.trust()], 7), NO_BIT);
}

/// Whoever knows the changes already checks them all the same.
#[test]
fn no_flipped_bit_is_believed_of_changes_of_the_set() {
    let chain = Chain::new();
    let bundle = after_changes(&chain);
    let further = bundle.verify(&chain.trust(), on_day(12)).unwrap().trust;
    assert_eq!(survivors(&bundle, &[chain.trust(), further], 12), NO_BIT);
}

#[test]
fn no_flipped_bit_is_believed_of_checkpoints() {
    let chain = Chain::new();
    let bundle = over_checkpoints(&chain);
    assert_eq!(survivors(&bundle, &[chain.trust()], 62), NO_BIT);
}

#[test]
fn garbage_is_refused_without_a_crash() {
    let chain = Chain::new();
    let bundle = over_checkpoints(&chain);
    let body = codec::encode(&bundle);
    for length in 0..body.len() {
        let mut cut = BUNDLE_MAGIC.to_vec();
        cut.extend_from_slice(&body[..length]);
        let checksum = hash(Domain::ProofBundle, &[&cut]);
        cut.extend_from_slice(checksum.as_bytes());
        assert!(ProofBundle::from_file(&cut).is_err(), "{length} bytes");
    }
}
