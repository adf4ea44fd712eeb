//! What convinces someone who trusts a genesis document and nobody else.
//!
//! | file | is |
//! |---|---|
//! | [`record`](RecordProof) | one record of the state after one block, down to the validators that decided it |
//! | [`trust`](TrustChain) | whom one believes: the set of the genesis document or of a checkpoint, followed change by change, for a time |
//! | [`checkpoint`](Checkpoint) | where trust begins anew, signed by the city's administrators and an auditor |
//! | [`bundle`](ProofBundle), [`claim`](BlockClaim) | a `.tbproof` file: everything between the genesis document and some facts, checked in one call |
//! | [`fork`](fork_evidence) | who signed two blocks for one height |
//! | [`error`](ProofError) | the broken links |
//!
//! Nothing in a proof is believed before it is checked; each broken link has an error of its own (`docs/proofs.md`).

mod bundle;
mod checkpoint;
mod claim;
mod error;
mod fork;
mod list_path;
mod record;
mod trust;

pub use bundle::{
    BLOCK_CLAIMS_MAX, BUNDLE_BLOCKS_MAX, BUNDLE_BYTES_MAX, BUNDLE_CHANGES_MAX,
    BUNDLE_CHECKPOINTS_MAX, BUNDLE_MAGIC, BUNDLE_VERSION, BlockProof, ProofBundle, VerifiedBlock,
    VerifiedBundle,
};
pub use checkpoint::{
    CHECKPOINT_SIGNERS_MAX, CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys,
    CheckpointSignature, CheckpointSigner,
};
pub use claim::{BlockClaim, Fact, HistoryLink};
pub use error::{BundlePart, CheckpointError, CheckpointKeysError, ProofError};
pub use fork::{DoubleSigner, fork_evidence};
pub use list_path::{ListPath, ListStep};
pub use record::{RecordProof, SetChange, TrustedSet};
pub use trust::{
    Clock, DRIFT_MS_MAX, FORMER_SETS_MAX, Head, TRUST_BYTES_MAX, TRUSTING_PERIOD_MS, TrustChain,
};

#[cfg(test)]
mod tests;
