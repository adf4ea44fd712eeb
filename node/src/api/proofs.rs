//! Proofs of records, from the same snapshot as the record.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::Height;
use ledger_core::proof::RecordProof;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::state::tree::prove;
use ledger_core::state::{StateError, StateKey, StateView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Api, ApiError};
use crate::storage::BlockStore;
use crate::storage::state::StateSnapshot;

/// Whether to prove the answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// `true` for an answer with its proof.
    #[serde(default)]
    pub proof: bool,
}

/// The height `snapshot` was taken at.
pub fn height(snapshot: &StateSnapshot) -> Height {
    snapshot
        .label()
        .map_or(Height::GENESIS, |label| label.height)
}

/// The record under `key`.
pub fn load<T: BorshSerialize + BorshDeserialize>(
    snapshot: &StateSnapshot,
    key: &StateKey,
) -> Result<Option<T>, ApiError> {
    let Some(bytes) = snapshot.read(&key.to_bytes())? else {
        return Ok(None);
    };
    Ok(Some(decode(&bytes)?))
}

/// A record's bytes as a record.
pub fn decode<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) -> Result<T, StateError> {
    codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| StateError {
        reason: format!("a record is damaged: {error}"),
    })
}

/// A proof of what `snapshot` holds under `key`, when `query` asks for one.
pub fn proof(
    api: &Api,
    snapshot: &StateSnapshot,
    key: &StateKey,
    query: ProofQuery,
) -> Result<Option<Box<RecordProof>>, ApiError> {
    if !query.proof {
        return Ok(None);
    }
    Ok(Some(Box::new(prove_record(
        api.blocks.as_ref(),
        snapshot,
        key,
    )?)))
}

/// A proof of what `snapshot` holds under `key`, with the block of the same height in `blocks`.
///
/// # Errors
/// Before the first block, and when the storage fails.
pub fn prove_record(
    blocks: &dyn BlockStore,
    snapshot: &StateSnapshot,
    key: &StateKey,
) -> Result<RecordProof, ApiError> {
    let height = height(snapshot);
    if height == Height::GENESIS {
        return Err(ApiError::NoBlockYet);
    }
    let bytes = key.to_bytes();
    let value = snapshot.read(&bytes)?;
    let tree_proof = prove(snapshot, &bytes)?;
    // The block is durable before the state shows it, so both are there.
    let missing = || ApiError::not_found("block", height);
    let header = blocks.header(height)?.ok_or_else(missing)?;
    let certificate = blocks.certificate(height)?.ok_or_else(missing)?;
    Ok(RecordProof {
        key: bytes,
        value,
        tree_proof,
        header,
        certificate,
    })
}

/// The record under `key` with its proof if asked for, or that there is no `kind` with `id`.
pub fn require<T: BorshSerialize + BorshDeserialize>(
    api: &Api,
    snapshot: &StateSnapshot,
    key: &StateKey,
    query: ProofQuery,
    (kind, id): (&'static str, &dyn std::fmt::Display),
) -> Result<(T, Option<Box<RecordProof>>), ApiError> {
    let record = load(snapshot, key)?;
    let proof = proof(api, snapshot, key, query)?;
    match record {
        Some(record) => Ok((record, proof)),
        None => Err(ApiError::NotFound {
            kind,
            id: id.to_string(),
            proof,
        }),
    }
}

/// All records of a range, up to `limit`, with their keys.
pub fn scan<T: BorshSerialize + BorshDeserialize>(
    snapshot: &StateSnapshot,
    (from, to): (Vec<u8>, Vec<u8>),
    limit: usize,
) -> Result<Vec<(Vec<u8>, T)>, ApiError> {
    let found = StateView::scan(snapshot, &from, &to, limit)?;
    found
        .into_iter()
        .map(|(key, value)| Ok((key, decode(&value)?)))
        .collect()
}
