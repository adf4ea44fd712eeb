//! What is gathered of one proposed block, and the bodies that say of what it consists.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::block::{BLOCK_BYTES_MAX, Header};
use ledger_core::hash::Hash;
use ledger_core::id::BlockId;
use ledger_core::transaction::SealedEnvelope;

use super::super::messages::ProposalBody;

/// What is still wanted of a proposed block.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Which envelopes it holds.
    List,
    /// The envelopes.
    Envelopes(Envelopes),
}

/// The envelopes of a block whose list is known. What always holds: once more is found than a block may have, nothing
/// further is taken.
#[derive(Debug)]
pub(super) struct Envelopes {
    /// In the order of the block.
    hashes: Vec<Hash>,
    found: BTreeMap<Hash, Arc<SealedEnvelope>>,
    missing: BTreeSet<Hash>,
    /// The bytes of those found.
    bytes: usize,
}

impl Envelopes {
    /// Those of a block that consists of `hashes`, of which `held` has some.
    pub(super) fn new<'h>(
        hashes: Vec<Hash>,
        held: impl Fn(&Hash) -> Option<&'h Arc<SealedEnvelope>>,
    ) -> Envelopes {
        let mut envelopes = Envelopes {
            hashes: Vec::new(),
            found: BTreeMap::new(),
            missing: BTreeSet::new(),
            bytes: 0,
        };
        for envelope_hash in &hashes {
            match held(envelope_hash) {
                Some(sealed) => envelopes.find(*envelope_hash, sealed),
                None => {
                    envelopes.missing.insert(*envelope_hash);
                }
            }
        }
        envelopes.hashes = hashes;
        envelopes
    }

    fn find(&mut self, envelope_hash: Hash, sealed: &Arc<SealedEnvelope>) {
        let before = self.found.insert(envelope_hash, Arc::clone(sealed));
        if before.is_none() {
            self.bytes = self.bytes.saturating_add(sealed.bytes().len());
        }
    }

    /// Takes an envelope; whether it was missing and there was room.
    pub(super) fn take(&mut self, sealed: &Arc<SealedEnvelope>) -> bool {
        let envelope_hash = sealed.envelope_hash();
        let was_missing = !self.is_too_long() && self.missing.remove(&envelope_hash);
        if was_missing {
            self.find(envelope_hash, sealed);
        }
        was_missing
    }

    /// Whether the block names this one.
    pub(super) fn names(&self, envelope_hash: &Hash) -> bool {
        self.missing.contains(envelope_hash) || self.found.contains_key(envelope_hash)
    }

    /// What is missing.
    pub(super) const fn missing(&self) -> &BTreeSet<Hash> {
        &self.missing
    }

    /// The bytes of what was found.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether more was found than a block may have: the header vouches for the list and the list for each envelope, so the
    /// block is invalid for everybody, whatever else belongs to it.
    pub(super) const fn is_too_long(&self) -> bool {
        self.bytes > BLOCK_BYTES_MAX
    }

    /// All of them, in the order of the block.
    pub(super) fn into_transactions(self) -> Vec<Arc<SealedEnvelope>> {
        let found = |envelope_hash| self.found.get(envelope_hash).cloned();
        self.hashes.iter().filter_map(found).collect()
    }
}

/// A body that is kept. Lists are long and asked about often: whether this one is its block's is worked out once.
#[derive(Debug)]
pub(super) struct KeptBody {
    pub(super) body: ProposalBody,
    is_matched: OnceCell<bool>,
}

impl KeptBody {
    pub(super) const fn new(body: ProposalBody) -> KeptBody {
        KeptBody {
            body,
            is_matched: OnceCell::new(),
        }
    }

    /// Whether it is the body of the block under `header`, whose id is `block_id`.
    pub(super) fn is_of(&self, header: &Header, block_id: BlockId) -> bool {
        // An id stands for one header, and that for one root.
        let matches = || self.body.matches(&header.transactions_root);
        self.body.block_id == block_id && *self.is_matched.get_or_init(matches)
    }
}
