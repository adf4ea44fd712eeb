//! Decoding allocates for the bytes there are, not for what they claim. In a file of its own because it measures the whole
//! process.

mod support;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec::{decode, encode};
use peak_alloc::PeakAlloc;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use support::{block, certificate, envelope, evidence, header, transaction, tree_proof};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What may be allocated for one byte of input: a value in memory.
const BYTES_PER_BYTE_MAX: usize = 8;
/// What may be allocated whatever the input: borsh reserves up to 4 KiB for a list before it reads an element.
const BYTES_MAX: usize = 16 * 1024;

/// The most bytes allocated at once by decoding `bytes`.
fn allocated<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    drop(decode::<T>(bytes, bytes.len()));
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// Overwrites every four bytes of encodings with great lengths, one after another, and decodes.
fn check<T: BorshSerialize + BorshDeserialize>(strategy: impl Strategy<Value = T>) {
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let tree = strategy
            .new_tree(&mut runner)
            .expect("no value is ever refused");
        let bytes = encode(&tree.current());
        for length in [u32::MAX, 1 << 31, 1 << 24, 1 << 20, 1 << 16] {
            for place in 0..bytes.len().saturating_sub(4) {
                let mut forged = bytes.clone();
                forged[place..][..4].copy_from_slice(&length.to_le_bytes());
                let peak = allocated::<T>(&forged);
                let bound = forged
                    .len()
                    .saturating_mul(BYTES_PER_BYTE_MAX)
                    .saturating_add(BYTES_MAX);
                assert!(
                    peak <= bound,
                    "{peak} bytes for {} bytes with {length} at {place}",
                    forged.len()
                );
            }
        }
    }
}

#[test]
fn a_claimed_length_allocates_nothing_by_itself() {
    // The measure itself works: a list of a megabyte that is there is allocated.
    let megabyte = encode(&vec![7u16; 1 << 19]);
    let peak = allocated::<Vec<u16>>(&megabyte);
    assert!(peak > 1 << 20, "{peak} bytes");

    check(transaction());
    check(envelope());
    check(header());
    check(block());
    check(certificate());
    check(evidence());
    check(tree_proof());
}
