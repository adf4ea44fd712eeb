//! A bounded memory of signatures that were verified, so that no signature is verified twice.
//!
//! Two generations: when the younger one is full it becomes the older one, and what only the older one knew is forgotten.
//! Forgetting costs a verification, never correctness. The sets are asked, never iterated.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use ledger_core::hash::Hash;
use ledger_core::ledger::VerifiedSignatures;

use crate::replica::Load;

/// The most signatures remembered: those of some full blocks, about 16 MiB.
pub const VERIFIED_SIGNATURES_MAX: usize = 262_144;

/// Digests of signatures that were found right.
#[derive(Debug)]
pub struct VerifiedCache {
    generation_max: usize,
    younger: HashSet<Hash, RandomState>,
    older: HashSet<Hash, RandomState>,
}

impl Default for VerifiedCache {
    fn default() -> Self {
        VerifiedCache::new(VERIFIED_SIGNATURES_MAX)
    }
}

impl VerifiedCache {
    /// Remembers at most `count_max` signatures.
    pub fn new(count_max: usize) -> VerifiedCache {
        VerifiedCache {
            generation_max: count_max.div_ceil(2).max(1),
            younger: HashSet::default(),
            older: HashSet::default(),
        }
    }

    /// How full it is.
    pub fn load(&self) -> Load {
        let held = self.younger.len().saturating_add(self.older.len());
        Load::new(
            "verified signatures",
            held,
            self.generation_max.saturating_mul(2),
        )
    }

    /// Remembers a signature that was verified.
    pub fn insert(&mut self, digest: Hash) {
        if self.younger.len() >= self.generation_max {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(digest);
    }
}

impl VerifiedSignatures for VerifiedCache {
    fn contains(&self, digest: &Hash) -> bool {
        self.younger.contains(digest) || self.older.contains(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_newest_and_never_more_than_its_bound() {
        let digest = |number: u8| Hash([number; 32]);
        let mut cache = VerifiedCache::new(8);
        for number in 0..100 {
            cache.insert(digest(number));
            assert!(cache.contains(&digest(number)));
            assert!(cache.younger.len() + cache.older.len() <= 8);
        }
        for number in 96..100 {
            assert!(cache.contains(&digest(number)));
        }
        assert!(!cache.contains(&digest(0)));
    }
}
