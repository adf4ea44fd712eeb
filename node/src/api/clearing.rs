//! Clearing between districts: the closed months, and the blocks an auditor recomputes them from.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, StaffId};
use ledger_core::proof::RecordProof;
use ledger_core::record::clearing::{ClearingCosignatures, ClearingRecord};
use ledger_core::state::StateKey;
use ledger_core::time::Month;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::paging::Page;
use super::proofs::{ProofQuery, height, load, require, scan};
use super::request::{Asked, Named, parse};
use super::status::bytes_answer;
use super::{Api, ApiError};

/// The most months a list shows: a century and more.
const MONTHS_MAX: usize = 1_500;
/// The most blocks of one part of the archive.
const ARCHIVE_BLOCKS_MAX: u64 = 1_000;
/// A part of the archive ends with the block that makes it longer than this, in bytes.
const ARCHIVE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(clearings))
        .routes(routes!(clearing))
        .routes(routes!(archive))
}

/// A closed month in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClearingListed {
    /// The month.
    #[schema(value_type = String)]
    pub month: Month,
    /// What auditors co-sign.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// The last block of the month.
    #[schema(value_type = u64)]
    pub height: Height,
    /// How many auditors have confirmed it.
    pub cosignatures: usize,
}

/// Who confirmed a closed month.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cosigned {
    /// As which auditor.
    #[schema(value_type = String)]
    pub auditor: StaffId,
    /// The person.
    #[schema(value_type = String)]
    pub person: AccountId,
}

/// A closed month.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClearingAnswer {
    /// The month.
    #[schema(value_type = String)]
    pub month: Month,
    /// What auditors co-sign.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// The figures.
    #[schema(value_type = Object)]
    pub clearing: ClearingRecord,
    /// Who confirmed them, in order.
    pub cosignatures: Vec<Cosigned>,
    /// The proof of the record, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// Every closed month, oldest first.
#[utoipa::path(get, path = "/v1/clearing", tag = "clearing",
    responses((status = 200, body = Page<ClearingListed>)))]
async fn clearings(State(api): State<Api>) -> Result<Json<Page<ClearingListed>>, ApiError> {
    api.read(|_, snapshot| {
        let found = scan::<ClearingRecord>(snapshot, StateKey::clearing_range(), MONTHS_MAX)?;
        let mut items = Vec::with_capacity(found.len());
        for (_, record) in found {
            let cosigned: Option<ClearingCosignatures> =
                load(snapshot, &StateKey::ClearingCosignatures(record.month))?;
            items.push(ClearingListed {
                month: record.month,
                hash: record.clearing_hash(),
                height: record.height,
                cosignatures: cosigned.map_or(0, |cosigned| cosigned.auditors.len()),
            });
        }
        Ok(Json(Page::whole(items)))
    })
    .await
}

/// A closed month.
#[utoipa::path(get, path = "/v1/clearing/{month}", tag = "clearing",
    params(("month" = String, Path, description = "a month, like 2026-11"), ProofQuery),
    responses((status = 200, body = ClearingAnswer), (status = 404, body = ErrorAnswer)))]
async fn clearing(
    State(api): State<Api>,
    Named(month): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<ClearingAnswer>, ApiError> {
    let month: Month = parse(&month)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Clearing(month);
        let (record, proof): (ClearingRecord, _) =
            require(api, snapshot, &key, query, ("clearing", &month))?;
        let cosigned: Option<ClearingCosignatures> =
            load(snapshot, &StateKey::ClearingCosignatures(month))?;
        let cosignatures = cosigned.unwrap_or_default().auditors.into_iter();
        Ok(Json(ClearingAnswer {
            month,
            hash: record.clearing_hash(),
            clearing: record,
            cosignatures: cosignatures
                .map(|(auditor, person)| Cosigned { auditor, person })
                .collect(),
            proof,
        }))
    })
    .await
}

/// From where on.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArchiveQuery {
    /// Blocks above this height.
    #[serde(default)]
    pub after: u64,
}

/// A part of the chain as bytes, oldest first: borsh of `[(Block, CommitCertificate)]`, empty at the end of the chain.
#[utoipa::path(get, path = "/v1/archive", tag = "blocks", params(ArchiveQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn archive(
    State(api): State<Api>,
    Asked(ArchiveQuery { after }): Asked<ArchiveQuery>,
) -> Result<Response, ApiError> {
    api.read(move |api, snapshot| {
        let newest = height(snapshot).0;
        let last = newest.min(after.saturating_add(ARCHIVE_BLOCKS_MAX));
        let mut part: Vec<(Arc<Block>, CommitCertificate)> = Vec::new();
        let mut bytes = 0usize;
        for at in after.saturating_add(1)..=last {
            let stored = api.blocks.block(Height(at))?;
            let stored = stored.ok_or_else(|| ApiError::not_found("block", at))?;
            bytes = stored.block.transactions.iter().fold(bytes, |sum, sealed| {
                sum.saturating_add(sealed.bytes().len())
            });
            part.push((stored.block, stored.certificate));
            if bytes > ARCHIVE_BYTES_MAX {
                break;
            }
        }
        Ok(bytes_answer(codec::encode(&part)))
    })
    .await
}
