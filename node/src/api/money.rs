//! The supply, budget lines and pools, and who waits for a reserve pool.

use axum::Json;
use axum::extract::State;
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, Height};
use ledger_core::proof::RecordProof;
use ledger_core::record::budget::{BudgetRecord, PoolId, PoolRecord};
use ledger_core::record::organisation::OrganisationRecord;
use ledger_core::record::reserve::{ReserveClaim, ReserveQueue};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::paging::{Page, PageQuery};
use super::proofs::{ProofQuery, height, load, require};
use super::request::{Asked, Named, cursor, parse};
use super::{Api, ApiError};
use crate::storage::state::StateSnapshot;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(supply))
        .routes(routes!(budget))
        .routes(routes!(pool))
        .routes(routes!(queue))
}

/// The supply.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SupplyAnswer {
    /// Where every minute is.
    #[schema(value_type = Object)]
    pub supply: SupplyRecord,
    /// Everything ever issued.
    #[schema(value_type = u64)]
    pub issued: Minutes,
    /// Everything there is; always equal to `issued`.
    #[schema(value_type = u64)]
    pub accounted: Minutes,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// Where every minute ever issued is now.
#[utoipa::path(get, path = "/v1/supply", tag = "money", params(ProofQuery),
    responses((status = 200, body = SupplyAnswer)))]
async fn supply(
    State(api): State<Api>,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<SupplyAnswer>, ApiError> {
    api.read(move |api, snapshot| {
        let key = StateKey::Supply;
        let (supply, proof): (SupplyRecord, _) =
            require(api, snapshot, &key, query, ("supply", &""))?;
        let overflow = |_| ApiError::Storage {
            reason: "the supply does not add up".to_owned(),
        };
        let (issued, accounted) = (
            supply.issued().map_err(overflow)?,
            supply.accounted().map_err(overflow)?,
        );
        Ok(Json(SupplyAnswer {
            supply,
            issued,
            accounted,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// A budget line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BudgetAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BudgetId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub budget: BudgetRecord,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// A budget line.
#[utoipa::path(get, path = "/v1/budgets/{id}", tag = "money", params(("id" = String, Path)),
    responses((status = 200, body = BudgetAnswer), (status = 404, body = ErrorAnswer)))]
async fn budget(State(api): State<Api>, Named(id): Named) -> Result<Json<BudgetAnswer>, ApiError> {
    let id: BudgetId = parse(&id)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Budget(id);
        let (budget, _) = require(api, snapshot, &key, ProofQuery::default(), ("budget", &id))?;
        Ok(Json(BudgetAnswer {
            id,
            budget,
            height: height(snapshot),
        }))
    })
    .await
}

/// A pool.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PoolAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PoolId,
    /// What the ledger holds of it; empty when nothing has touched it yet.
    #[schema(value_type = Object)]
    pub pool: PoolRecord,
    /// How much those wait for who stand in a reserve pool's queue.
    #[schema(value_type = u64)]
    pub queued: Minutes,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// A pool of an organisation.
#[utoipa::path(get, path = "/v1/pools/{id}", tag = "money", params(("id" = String, Path)),
    responses((status = 200, body = PoolAnswer), (status = 404, body = ErrorAnswer)))]
async fn pool(State(api): State<Api>, Named(id): Named) -> Result<Json<PoolAnswer>, ApiError> {
    let id: PoolId = parse(&id)?;
    api.read(move |_, snapshot| {
        require_pool(snapshot, id)?;
        let pool: PoolRecord = load(snapshot, &StateKey::Pool(id))?.unwrap_or(PoolRecord::EMPTY);
        let queue: Option<ReserveQueue> = load(snapshot, &StateKey::ReserveQueue(id))?;
        Ok(Json(PoolAnswer {
            id,
            pool,
            queued: queue.unwrap_or_default().minutes,
            height: height(snapshot),
        }))
    })
    .await
}

/// That the organisation of the pool exists, and with it the pool.
fn require_pool(snapshot: &StateSnapshot, id: PoolId) -> Result<(), ApiError> {
    let organisation: Option<OrganisationRecord> =
        load(snapshot, &StateKey::Organisation(id.organisation))?;
    match organisation {
        Some(_) => Ok(()),
        None => Err(ApiError::not_found("pool", id)),
    }
}

/// One who waits for minutes of a reserve pool.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClaimItem {
    /// Its number; the lowest is served first.
    pub number: u64,
    /// Who waits for how much, and for which reversed order.
    #[schema(value_type = Object)]
    pub claim: ReserveClaim,
}

/// Who waits for minutes of a reserve pool, the next one first.
#[utoipa::path(get, path = "/v1/pools/{id}/queue", tag = "money", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<ClaimItem>), (status = 404, body = ErrorAnswer)))]
async fn queue(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<ClaimItem>>, ApiError> {
    let id: PoolId = parse(&id)?;
    let after: Option<u64> = query.after.as_deref().map(cursor).transpose()?;
    let limit = query.limit();
    api.read(move |_, snapshot| {
        require_pool(snapshot, id)?;
        let queue: ReserveQueue = load(snapshot, &StateKey::ReserveQueue(id))?.unwrap_or_default();
        let first = after.map_or(queue.first, |after| {
            after.saturating_add(1).max(queue.first)
        });
        let mut items = Vec::new();
        for number in (first..queue.next).take(limit) {
            let claim = load(snapshot, &StateKey::ReserveClaim(id, number))?;
            items.extend(claim.map(|claim| ClaimItem { number, claim }));
        }
        let last = items.last().map(|item| item.number);
        let next = last.filter(|last| last.saturating_add(1) < queue.next);
        Ok(Json(Page {
            items,
            next: next.map(|next| next.to_string()),
        }))
    })
    .await
}
