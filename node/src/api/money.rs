//! The supply, budget lines and pools.

use axum::Json;
use axum::extract::{Path, Query, State};
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, Height};
use ledger_core::proof::RecordProof;
use ledger_core::record::budget::{BudgetRecord, PoolId, PoolRecord};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::proofs::{ProofQuery, height, load, require};
use super::transactions::{malformed, parse};
use super::{Api, ApiError};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(supply))
        .routes(routes!(budget))
        .routes(routes!(pool))
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
    query: Result<Query<ProofQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<SupplyAnswer>, ApiError> {
    let query = query.map_err(malformed)?.0;
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
async fn budget(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<BudgetAnswer>, ApiError> {
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
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// A pool of an organisation.
#[utoipa::path(get, path = "/v1/pools/{id}", tag = "money", params(("id" = String, Path)),
    responses((status = 200, body = PoolAnswer), (status = 404, body = ErrorAnswer)))]
async fn pool(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<PoolAnswer>, ApiError> {
    let id: PoolId = parse(&id)?;
    api.read(move |_, snapshot| {
        let organisation: Option<ledger_core::record::organisation::OrganisationRecord> =
            load(snapshot, &StateKey::Organisation(id.organisation))?;
        if organisation.is_none() {
            return Err(ApiError::not_found("pool", id));
        }
        let pool: PoolRecord = load(snapshot, &StateKey::Pool(id))?.unwrap_or(PoolRecord::EMPTY);
        Ok(Json(PoolAnswer {
            id,
            pool,
            height: height(snapshot),
        }))
    })
    .await
}
