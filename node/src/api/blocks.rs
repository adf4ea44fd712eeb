//! Blocks with their certificates and receipts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ledger_core::block::{Block, Header};
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::id::{BlockId, Height};
use ledger_core::receipt::Receipt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::paging::{Page, PageQuery};
use super::proofs::height;
use super::request::{Asked, Named, cursor, parse};
use super::status::{bytes_answer, wants_bytes};
use super::{Api, ApiError};

/// The most blocks of one page: each is read whole to count its transactions.
const BLOCKS_LISTED_MAX: usize = 50;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(block))
        .routes(routes!(blocks))
}

/// A block.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlockAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BlockId,
    /// Header and transactions.
    #[schema(value_type = Object)]
    pub block: Arc<Block>,
    /// That it was decided.
    #[schema(value_type = Object)]
    pub certificate: CommitCertificate,
    /// The automatic receipts, then one for each transaction.
    #[schema(value_type = Vec<Object>)]
    pub receipts: Vec<Receipt>,
}

/// A block by its height, or the `latest`: JSON, or borsh of `(Block, CommitCertificate)` with
/// `Accept: application/octet-stream`.
#[utoipa::path(get, path = "/v1/blocks/{height}", tag = "blocks",
    params(("height" = String, Path, description = "a height, or `latest`")),
    responses((status = 200, body = BlockAnswer), (status = 404, body = ErrorAnswer)))]
async fn block(
    State(api): State<Api>,
    Named(asked): Named,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = if asked == "latest" {
        None
    } else {
        Some(Height(parse(&asked)?))
    };
    let bytes = wants_bytes(&headers);
    api.read(move |api, snapshot| {
        let newest = height(snapshot);
        let asked = asked.unwrap_or(newest);
        // What the state does not show yet is not served: block, receipts and state answer as one.
        let stored = if asked <= newest {
            api.blocks.block(asked)?
        } else {
            None
        };
        let stored = stored.ok_or_else(|| ApiError::not_found("block", asked))?;
        if bytes {
            return Ok(bytes_answer(codec::encode(&(
                stored.block.as_ref(),
                &stored.certificate,
            ))));
        }
        let receipts = snapshot.receipts(asked)?;
        let id = stored.block.id();
        Ok(Json(BlockAnswer {
            id,
            block: stored.block,
            certificate: stored.certificate,
            receipts,
        })
        .into_response())
    })
    .await
}

/// A block in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlockSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BlockId,
    /// Its header.
    #[schema(value_type = Object)]
    pub header: Header,
    /// How many transactions it holds.
    pub transactions: usize,
}

/// Blocks, newest first.
#[utoipa::path(get, path = "/v1/blocks", tag = "blocks", params(PageQuery),
    responses((status = 200, body = Page<BlockSummary>)))]
async fn blocks(
    State(api): State<Api>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<BlockSummary>>, ApiError> {
    let after = query.after.as_deref().map(cursor).transpose()?.map(Height);
    let limit = query.limit().min(BLOCKS_LISTED_MAX);
    api.read(move |api, snapshot| {
        let first = after.map_or(height(snapshot).0, |after| after.0.saturating_sub(1));
        let mut items = Vec::new();
        let mut next = None;
        for at in (1..=first).rev() {
            if items.len() == limit {
                next = Some(at.saturating_add(1).to_string());
                break;
            }
            let Some(stored) = api.blocks.block(Height(at))? else {
                break;
            };
            items.push(BlockSummary {
                id: stored.block.id(),
                header: stored.block.header.clone(),
                transactions: stored.block.transactions.len(),
            });
        }
        Ok(Json(Page { items, next }))
    })
    .await
}
