//! Lengths and places: `usize` in memory, `u64` in files. A node runs on 64 bits, where they are the same.

pub(super) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// For numbers of our own; one that was read from a disk is checked first.
pub(super) fn to_usize(number: u64) -> usize {
    usize::try_from(number).expect("a node runs on 64 bits")
}
