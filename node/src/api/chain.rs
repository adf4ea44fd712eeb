//! Validators, their changes, and evidence of equivocation.

use axum::Json;
use axum::extract::State;
use ledger_core::certificate::VoteStep;
use ledger_core::id::Height;
use ledger_core::proof::SetChange;
use ledger_core::record::chain::{EvidenceRecord, ValidatorsRecord};
use ledger_core::state::StateKey;
use ledger_core::state::key::evidence_of_key;
use ledger_core::transaction::Operation;
use ledger_core::validator::{ValidatorAddress, ValidatorSet};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::paging::Page;
use super::proofs::{height, load, scan};
use super::request::Asked;
use super::{Api, ApiError};
use crate::storage::state::StateSnapshot;
use crate::storage::{BlockStore, CommittedBlock};

/// The most changes of one answer.
const CHANGES_MAX: usize = 100;
/// The most changes walked back over for one answer.
const CHANGES_WALKED_MAX: usize = 100_000;
/// The most evidence of one answer.
const EVIDENCE_MAX: usize = 10_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(validators))
        .routes(routes!(changes))
        .routes(routes!(evidence))
}

/// The validators.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValidatorsAnswer {
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The set in force from the next block on, and recent ones.
    #[schema(value_type = Object)]
    pub validators: ValidatorsRecord,
}

/// The validators of the next block.
#[utoipa::path(get, path = "/v1/validators", tag = "chain", responses((status = 200, body = ValidatorsAnswer)))]
async fn validators(State(api): State<Api>) -> Result<Json<ValidatorsAnswer>, ApiError> {
    api.read(|_, snapshot| {
        let validators = validators_record(snapshot)?;
        Ok(Json(ValidatorsAnswer {
            height: height(snapshot),
            validators,
        }))
    })
    .await
}

fn validators_record(snapshot: &StateSnapshot) -> Result<ValidatorsRecord, ApiError> {
    load(snapshot, &StateKey::Validators)?.ok_or(ApiError::NoBlockYet)
}

/// Since when.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// Changes by blocks above this height.
    #[serde(default)]
    pub after: u64,
}

/// Changes of the validator set.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangesAnswer {
    /// Oldest first, at most 100.
    #[schema(value_type = Vec<Object>)]
    pub changes: Vec<SetChange>,
    /// The height of the last change there is; 0 when there is none.
    #[schema(value_type = u64)]
    pub last_set_change: Height,
}

/// The blocks that changed the validator set, with what a wallet needs to follow them.
#[utoipa::path(get, path = "/v1/validators/changes", tag = "chain", params(ChangesQuery),
    responses((status = 200, body = ChangesAnswer)))]
async fn changes(
    State(api): State<Api>,
    Asked(query): Asked<ChangesQuery>,
) -> Result<Json<ChangesAnswer>, ApiError> {
    let after = Height(query.after);
    api.read(move |api, snapshot| Ok(Json(changes_after(api.blocks.as_ref(), snapshot, after)?)))
        .await
}

/// The changes of the validator set by blocks above `after`, the oldest first.
///
/// # Errors
/// When the storage fails.
pub fn changes_after(
    blocks: &dyn BlockStore,
    snapshot: &StateSnapshot,
    after: Height,
) -> Result<ChangesAnswer, ApiError> {
    let last_set_change = validators_record(snapshot)?.changed_at;
    let missing = |at| move || ApiError::not_found("block", at);
    let mut heights = Vec::new();
    let mut at = last_set_change;
    // Every header names the change before it, so the walk goes down and ends.
    while at > after && heights.len() < CHANGES_WALKED_MAX {
        heights.push(at);
        let header = blocks.header(at)?.ok_or_else(missing(at))?;
        at = header.last_set_change;
    }
    let mut changes = Vec::new();
    for at in heights.into_iter().rev().take(CHANGES_MAX) {
        let stored = blocks.block(at)?.ok_or_else(missing(at))?;
        changes.push(change_of(stored)?);
    }
    Ok(ChangesAnswer {
        changes,
        last_set_change,
    })
}

/// What `stored` changed the set to: its last transaction that set it.
fn change_of(stored: CommittedBlock) -> Result<SetChange, ApiError> {
    let mut listed = None;
    for sealed in &stored.block.transactions {
        if let Operation::SetValidators(operation) = &sealed.transaction().operation {
            listed = Some(operation.validators.clone());
        }
    }
    let next = listed
        .and_then(|validators| ValidatorSet::new(validators).ok())
        .ok_or_else(|| ApiError::Storage {
            reason: format!(
                "block {} is said to change the validator set, and does not",
                stored.block.header.height
            ),
        })?;
    Ok(SetChange {
        header: stored.block.header.clone(),
        certificate: stored.certificate,
        next,
    })
}

/// An offence on record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvidenceItem {
    /// Who.
    #[schema(value_type = String)]
    pub validator: ValidatorAddress,
    /// At which height.
    #[schema(value_type = u64)]
    pub height: Height,
    /// In which round.
    pub round: u32,
    /// In which step.
    #[schema(value_type = String)]
    pub step: VoteStep,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub evidence: EvidenceRecord,
}

/// Every equivocation on the ledger.
#[utoipa::path(get, path = "/v1/evidence", tag = "chain", responses((status = 200, body = Page<EvidenceItem>)))]
async fn evidence(State(api): State<Api>) -> Result<Json<Page<EvidenceItem>>, ApiError> {
    api.read(|_, snapshot| {
        let found = scan(snapshot, StateKey::evidence_range(), EVIDENCE_MAX)?;
        let items = found.into_iter().filter_map(|(key, evidence)| {
            let (validator, height, round, step) = evidence_of_key(&key)?;
            Some(EvidenceItem {
                validator,
                height,
                round,
                step,
                evidence,
            })
        });
        Ok(Json(Page::whole(items.collect())))
    })
    .await
}
