//! That a key is an auditor's: the chain's own record of the staff entry, proven after the block that a manifest names.

use borsh::BorshDeserialize;
use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::id::{BlockId, Height, StaffId};
use ledger_core::message::Arguments;
use ledger_core::proof::{BlockProof, Fact, ProofBundle, RecordProof, SetChange, VerifiedBundle};
use ledger_core::record::organisation::{Role, StaffRecord};
use ledger_core::state::key::staff_of_key;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::state::tree;
use ledger_core::state::{StateError, StateKey, StateView};
use ledger_core::transaction::Operation;
use ledger_core::validator::ValidatorSet;

use super::{Manifest, ManifestSignature};
use crate::booked::BookedBlock;

/// Why a proof does not show that the signer of a manifest is an auditor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditorProofError {
    /// It is about another block.
    #[error("the proof is of block {actual}, the manifest of block {expected} ({expected_id})")]
    OtherBlock {
        /// The manifest's.
        expected: Height,
        /// The manifest's block id.
        expected_id: BlockId,
        /// The proof's newest.
        actual: Height,
    },
    /// It does not show the signer's staff entry.
    #[error("the proof does not show the staff entry {signer}")]
    NotShown {
        /// The manifest's signer.
        signer: StaffId,
    },
    /// There is no such staff entry.
    #[error("there is no staff entry {signer}")]
    NoEntry {
        /// The manifest's signer.
        signer: StaffId,
    },
    /// The entry has another key.
    #[error("the staff entry {signer} has another key than the one that signed")]
    OtherKey {
        /// The manifest's signer.
        signer: StaffId,
    },
    /// The entry is no auditor's.
    #[error("the staff entry {signer} is no auditor's")]
    NotAnAuditor {
        /// The manifest's signer.
        signer: StaffId,
    },
}

impl AuditorProofError {
    /// The id of its sentence in the commands' catalogue.
    pub const fn code(&self) -> &'static str {
        match self {
            AuditorProofError::OtherBlock { .. } => "auditor-other_block",
            AuditorProofError::NotShown { .. } => "auditor-not_shown",
            AuditorProofError::NoEntry { .. } => "auditor-no_entry",
            AuditorProofError::OtherKey { .. } => "auditor-other_key",
            AuditorProofError::NotAnAuditor { .. } => "auditor-no_auditor",
        }
    }

    /// What its sentence shows.
    pub fn arguments(&self) -> Arguments {
        match self {
            AuditorProofError::OtherBlock {
                expected,
                expected_id,
                actual,
            } => Arguments::NONE
                .number("expected", expected.0)
                .text("expected_id", expected_id)
                .number("actual", actual.0),
            AuditorProofError::NotShown { signer }
            | AuditorProofError::NoEntry { signer }
            | AuditorProofError::OtherKey { signer }
            | AuditorProofError::NotAnAuditor { signer } => Arguments::NONE.text("signer", signer),
        }
    }
}

/// What a proof shows of the block that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// That the chain decided it; and after it the key was an auditor's.
    TheBlock,
    /// That the key was an auditor's after a later block; nothing of the block itself.
    Later(Height),
}

/// The change of the validator set in `booked`; none when there is none. Of a block that was executed the next set is one
/// that a transaction in it set, and its hash is in the header.
pub(super) fn set_change(booked: &BookedBlock) -> Option<SetChange> {
    let header = &booked.block.header;
    if header.next_validators_hash == header.validators_hash {
        return None;
    }
    let sets = booked.transactions().filter_map(|(sealed, _)| {
        match &sealed.envelope().transaction.operation {
            Operation::SetValidators(set) => ValidatorSet::new(set.validators.clone()).ok(),
            _ => None,
        }
    });
    let mut next = sets.filter(|set| set.set_hash() == header.next_validators_hash);
    next.next().map(|next| SetChange {
        header: header.clone(),
        certificate: booked.certificate.clone(),
        next,
    })
}

/// The proof of the record of `signer`, from the state after `header`'s block. `changes` are those of the validator set since
/// the genesis document.
///
/// # Errors
/// When the state cannot be read.
pub fn auditor_proof(
    state: &dyn StateView,
    header: &Header,
    certificate: &CommitCertificate,
    changes: Vec<SetChange>,
    signer: StaffId,
) -> Result<ProofBundle, StateError> {
    let key = StateKey::Staff(signer).to_bytes();
    let record = RecordProof {
        value: state.read(&key)?,
        tree_proof: tree::prove(state, &key)?,
        key,
        header: header.clone(),
        certificate: certificate.clone(),
    };
    let block = BlockProof::from(record);
    Ok(ProofBundle::new(
        header.chain_id,
        Vec::new(),
        changes,
        vec![block],
    ))
}

/// Checks that `proven`, a bundle that was verified, shows the signer of `manifest` to be an auditor with that key, after the
/// block the manifest names or after a later one.
///
/// # Errors
/// Saying what it shows instead.
pub fn proven_auditor(
    manifest: &Manifest,
    signature: &ManifestSignature,
    proven: &VerifiedBundle,
) -> Result<Shown, AuditorProofError> {
    let (about, signer) = (&manifest.body.about, signature.signer);
    let newest = proven.newest();
    let is_other = newest.height == about.height && newest.block_id != about.block_id;
    if newest.height < about.height || is_other {
        return Err(AuditorProofError::OtherBlock {
            expected: about.height,
            expected_id: about.block_id,
            actual: newest.height,
        });
    }
    let shown = newest.facts.iter().find_map(|fact| match fact {
        Fact::Record { key, value } if staff_of_key(key) == Some(signer) => Some(value),
        _ => None,
    });
    let value = shown.ok_or(AuditorProofError::NotShown { signer })?;
    let value = value
        .as_deref()
        .ok_or(AuditorProofError::NoEntry { signer })?;
    // What is in the state was encoded by the ledger; bytes that are no record are no auditor's either.
    let entry: StaffRecord = decoded(value).ok_or(AuditorProofError::NotAnAuditor { signer })?;
    if !entry.has(Role::Auditor) {
        return Err(AuditorProofError::NotAnAuditor { signer });
    }
    if entry.key != signature.key {
        return Err(AuditorProofError::OtherKey { signer });
    }
    Ok(match newest.height == about.height {
        true => Shown::TheBlock,
        false => Shown::Later(newest.height),
    })
}

fn decoded<T: BorshDeserialize + borsh::BorshSerialize>(value: &[u8]) -> Option<T> {
    codec::decode(value, RECORD_BYTES_MAX).ok()
}
