//! `.tbproof`: one file that proves some facts to whoever has the genesis document (`docs/proofs.md`).
//!
//! A bundle leads from the genesis document, over checkpoints and changes of the validator set, to one block or several,
//! and from each block's header to claims about it. What always holds of one that [`ProofBundle::verify`] accepts:
//!
//! - it is complete: every link from the genesis document's validators on is in it and was checked, whatever the checker
//!   knew already;
//! - it is believed no further than the checker's own chain of trust goes, at the checker's own time;
//! - it has one form: parts are sorted, none is there twice or for nothing, and no bit can change without a refusal.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::claim::{BlockClaim, Fact};
use super::error::{BundlePart, ProofError};
use super::record::{RecordProof, SetChange};
use super::trust::{Clock, FORMER_SETS_MAX, TrustChain};
use crate::block::Header;
use crate::certificate::CommitCertificate;
use crate::codec;
use crate::hash::{Domain, Hash, hash};
use crate::id::{BlockId, ChainId, Height};
use crate::state::tree::key_hash;
use crate::time::TimestampMs;

/// The bundle format this build writes and the only one it reads.
pub const BUNDLE_VERSION: u16 = 1;
/// What a bundle's file begins with.
pub const BUNDLE_MAGIC: &[u8; 8] = b"TBPROOF\n";
/// The longest file of a bundle, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most checkpoints in a bundle: the newest, and those that handed over to its keys.
pub const BUNDLE_CHECKPOINTS_MAX: usize = 16;
/// The most changes of the validator set in a bundle.
pub const BUNDLE_CHANGES_MAX: usize = FORMER_SETS_MAX;
/// The most blocks in a bundle.
pub const BUNDLE_BLOCKS_MAX: usize = 64;
/// The most claims about one block.
pub const BLOCK_CLAIMS_MAX: usize = 1_024;

/// A block that was decided, and what is claimed of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct BlockProof {
    /// The block's header.
    pub header: Header,
    /// That the block was decided.
    pub certificate: CommitCertificate,
    /// Sorted by their encodings, each once.
    pub claims: Vec<BlockClaim>,
}

/// Everything between the genesis document and some facts.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ProofBundle {
    /// [`BUNDLE_VERSION`].
    pub version: u16,
    /// The chain: the hash of the genesis document.
    pub chain_id: ChainId,
    /// Ascending. Each but the last hands over to other keys.
    pub checkpoints: Vec<Checkpoint>,
    /// The changes of the validator set after the last checkpoint, or after the genesis document, up to the newest block's.
    pub changes: Vec<SetChange>,
    /// Ascending by height, each once, at least one.
    pub blocks: Vec<BlockProof>,
}

/// A block of a bundle that was found true, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBlock {
    /// Its height.
    pub height: Height,
    /// Its id.
    pub block_id: BlockId,
    /// Its time.
    pub time_ms: TimestampMs,
    /// What is true as of it, in the order of the claims.
    pub facts: Vec<Fact>,
}

/// What a bundle that was found true says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// The blocks, ascending; at least one.
    pub blocks: Vec<VerifiedBlock>,
    /// The checker's chain of trust, gone on as far as the bundle leads.
    pub trust: TrustChain,
}

impl VerifiedBundle {
    /// The newest block.
    pub fn newest(&self) -> &VerifiedBlock {
        self.blocks
            .last()
            .expect("a bundle without blocks is refused")
    }

    /// Every fact, oldest block first.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.blocks.iter().flat_map(|block| &block.facts)
    }
}

impl From<RecordProof> for BlockProof {
    fn from(proof: RecordProof) -> BlockProof {
        let (key, tree_proof) = (proof.key, proof.tree_proof);
        let claim = match proof.value {
            Some(value) => BlockClaim::Record {
                key,
                value,
                tree_proof,
            },
            None => BlockClaim::Absence {
                key_hash: key_hash(&key),
                key,
                tree_proof,
            },
        };
        BlockProof {
            header: proof.header,
            certificate: proof.certificate,
            claims: vec![claim],
        }
    }
}

impl ProofBundle {
    /// Puts the parts into their one form: blocks of one height become one, with the first one's certificate; claims are
    /// sorted, each once; changes that no block needs are left out. Nothing is checked; see [`Self::verify`].
    pub fn new(
        chain_id: ChainId,
        checkpoints: Vec<Checkpoint>,
        changes: Vec<SetChange>,
        blocks: Vec<BlockProof>,
    ) -> ProofBundle {
        let mut merged: BTreeMap<Height, BlockProof> = BTreeMap::new();
        for block in blocks {
            match merged.entry(block.header.height) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(block);
                }
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    known.get_mut().claims.extend(block.claims);
                }
            }
        }
        let mut blocks: Vec<BlockProof> = merged.into_values().collect();
        for block in &mut blocks {
            block.claims.sort_by_cached_key(codec::encode);
            block.claims.dedup();
        }
        let begun = checkpoints
            .last()
            .map_or(Height::GENESIS, |last| last.body.set_since());
        let needed = blocks.iter().map(|block| block.header.last_set_change);
        let needed = needed.max().unwrap_or(Height::GENESIS);
        let mut changes = changes;
        changes.retain(|change| change.header.height > begun && change.header.height <= needed);
        ProofBundle {
            version: BUNDLE_VERSION,
            chain_id,
            checkpoints,
            changes,
            blocks,
        }
    }

    /// The bytes of its file: magic, encoding, checksum over both.
    pub fn to_file(&self) -> Vec<u8> {
        let mut bytes = BUNDLE_MAGIC.to_vec();
        bytes.extend(codec::encode(self));
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    /// Reads a file; what it says is still to be checked.
    ///
    /// # Errors
    /// When the bytes are no bundle, damaged, of another version, or not in their one form.
    pub fn from_file(bytes: &[u8]) -> Result<ProofBundle, ProofError> {
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(ProofError::Malformed(codec::DecodeError::TooLong {
                length: bytes.len(),
                length_max: BUNDLE_BYTES_MAX,
            }));
        }
        let (covered, actual) = bytes
            .split_last_chunk::<32>()
            .ok_or(ProofError::NotABundle)?;
        let body = covered
            .strip_prefix(BUNDLE_MAGIC)
            .ok_or(ProofError::NotABundle)?;
        let (expected, actual) = (checksum(covered), Hash(*actual));
        if actual != expected {
            return Err(ProofError::Damaged { expected, actual });
        }
        // The version says how the rest is to be read.
        if let Some((version, _)) = body.split_first_chunk::<2>() {
            let version = u16::from_le_bytes(*version);
            if version != BUNDLE_VERSION {
                let known = BUNDLE_VERSION;
                return Err(ProofError::BundleVersion { version, known });
            }
        }
        Ok(codec::decode(body, BUNDLE_BYTES_MAX)?)
    }

    /// Reads and checks a file: [`Self::from_file`], then [`Self::verify`].
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn verify_file(
        bytes: &[u8],
        anchor: &TrustChain,
        clock: Clock,
    ) -> Result<VerifiedBundle, ProofError> {
        ProofBundle::from_file(bytes)?.verify(anchor, clock)
    }

    /// Checks every link from the genesis document that `anchor` began with to the claims, and that `anchor` believes the
    /// blocks now: by what it knows already, and by what it can follow of the bundle's checkpoints and changes.
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn verify(&self, anchor: &TrustChain, clock: Clock) -> Result<VerifiedBundle, ProofError> {
        self.check_form(anchor)?;
        let facts = self.check_claims()?;
        self.check_path(anchor.begun())?;
        let trust = self.follow(anchor, clock)?;
        let blocks = self
            .blocks
            .iter()
            .zip(facts)
            .map(|(block, facts)| VerifiedBlock {
                height: block.header.height,
                block_id: block.header.id(),
                time_ms: block.header.time_ms,
                facts,
            })
            .collect();
        Ok(VerifiedBundle { blocks, trust })
    }

    /// Checks that the bundle is for this chain and in its one form.
    fn check_form(&self, anchor: &TrustChain) -> Result<(), ProofError> {
        let version = self.version;
        if version != BUNDLE_VERSION {
            let known = BUNDLE_VERSION;
            return Err(ProofError::BundleVersion { version, known });
        }
        if self.chain_id != anchor.chain_id() {
            return Err(ProofError::OtherGenesis {
                expected: anchor.chain_id(),
                actual: self.chain_id,
            });
        }
        check_count(
            "checkpoints",
            self.checkpoints.len(),
            0,
            BUNDLE_CHECKPOINTS_MAX,
        )?;
        check_count("changes", self.changes.len(), 0, BUNDLE_CHANGES_MAX)?;
        check_count("blocks", self.blocks.len(), 1, BUNDLE_BLOCKS_MAX)?;
        let heights = self.changes.iter().map(|change| change.header.height);
        if !heights.is_sorted_by(|left, right| left < right) {
            return Err(ProofError::Order { what: "changes" });
        }
        let heights = self.blocks.iter().map(|block| block.header.height);
        if !heights.is_sorted_by(|left, right| left < right) {
            return Err(ProofError::Order { what: "blocks" });
        }
        for block in &self.blocks {
            block.check_form()?;
        }
        self.check_needed(anchor)
    }

    /// Checks that each checkpoint but the last hands over to other keys, and that a block needs the last change.
    fn check_needed(&self, anchor: &TrustChain) -> Result<(), ProofError> {
        let begun = anchor.begun();
        let mut keys = begun.checkpoint_keys();
        for checkpoint in self.checkpoints.iter().rev().skip(1).rev() {
            if checkpoint.body.keys == *keys {
                return Err(ProofError::Unneeded { what: "checkpoint" });
            }
            keys = &checkpoint.body.keys;
        }
        let is_needed = |change: &SetChange| {
            self.blocks
                .iter()
                .any(|block| block.header.last_set_change == change.header.height)
        };
        if self.changes.last().is_some_and(|last| !is_needed(last)) {
            return Err(ProofError::Unneeded {
                what: "change of the validator set",
            });
        }
        Ok(())
    }

    fn check_claims(&self) -> Result<Vec<Vec<Fact>>, ProofError> {
        let mut facts = Vec::with_capacity(self.blocks.len());
        for (block_number, block) in (1..).zip(&self.blocks) {
            let mut of_block = Vec::with_capacity(block.claims.len());
            for (number, claim) in (1..).zip(&block.claims) {
                let proven = claim
                    .check(&block.header, &block.claims)
                    .map_err(|error| error.within(BundlePart::Claim(block_number, number)))?;
                of_block.extend(proven);
            }
            facts.push(of_block);
        }
        Ok(facts)
    }

    /// Checks that the parts hang together, from where trust began to the blocks, whatever the time.
    fn check_path(&self, mut path: TrustChain) -> Result<(), ProofError> {
        for (number, checkpoint) in (1..).zip(&self.checkpoints) {
            path.renew(checkpoint, Clock::TIMELESS)
                .map_err(|error| error.within(BundlePart::Checkpoint(number)))?;
        }
        for (number, change) in (1..).zip(&self.changes) {
            path.follow(change, Clock::TIMELESS)
                .map_err(|error| error.within(BundlePart::SetChange(number)))?;
        }
        for (number, block) in (1..).zip(&self.blocks) {
            path.accept(&block.header, &block.certificate, Clock::TIMELESS)
                .map_err(|error| error.within(BundlePart::Block(number)))?;
        }
        Ok(())
    }

    /// Goes on from `anchor` over what is new to it in the bundle, whose certificates were found right under the sets that
    /// their headers name; so it is left to ask whether `anchor` trusts those sets, now.
    fn follow(&self, anchor: &TrustChain, clock: Clock) -> Result<TrustChain, ProofError> {
        let mut trust = anchor.clone();
        for (number, checkpoint) in (1..).zip(&self.checkpoints) {
            if checkpoint.height() > trust.checkpoint_height() {
                trust
                    .renew(checkpoint, clock)
                    .map_err(|error| error.within(BundlePart::Checkpoint(number)))?;
            }
        }
        for (number, change) in (1..).zip(&self.changes) {
            if change.header.height > trust.set_since() {
                trust
                    .follow_certified(change, clock)
                    .map_err(|error| error.within(BundlePart::SetChange(number)))?;
            }
        }
        for (number, block) in (1..).zip(&self.blocks) {
            trust
                .accept_certified(&block.header, clock)
                .map_err(|error| error.within(BundlePart::Block(number)))?;
        }
        Ok(trust)
    }
}

impl BlockProof {
    /// Checks that the claims are in their one form.
    fn check_form(&self) -> Result<(), ProofError> {
        check_count("claims of a block", self.claims.len(), 1, BLOCK_CLAIMS_MAX)?;
        let encodings: Vec<Vec<u8>> = self.claims.iter().map(codec::encode).collect();
        let owners: Vec<_> = self
            .claims
            .iter()
            .filter_map(|claim| match claim {
                BlockClaim::Postings { owner, .. } => Some(owner),
                _ => None,
            })
            .collect();
        // Sorted by encoding, the claims about one owner's history stand side by side.
        let in_order = encodings.is_sorted_by(|left, right| left < right)
            && owners.is_sorted_by(|left, right| left != right);
        if !in_order {
            return Err(ProofError::Order { what: "claims" });
        }
        Ok(())
    }
}

fn check_count(
    what: &'static str,
    count: usize,
    least: usize,
    most: usize,
) -> Result<(), ProofError> {
    if count < least || count > most {
        return Err(ProofError::Count {
            what,
            count,
            least,
            most,
        });
    }
    Ok(())
}

fn checksum(covered: &[u8]) -> Hash {
    hash(Domain::ProofBundle, &[covered])
}
