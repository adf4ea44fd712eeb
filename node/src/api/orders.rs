//! Service orders.

use axum::Json;
use axum::extract::State;
use ledger_core::id::{Height, OrderId, OrganisationId};
use ledger_core::proof::RecordProof;
use ledger_core::record::order::{OrderRecord, OrderStage, OrderStatus};
use ledger_core::state::StateKey;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::paging::{self, Page};
use super::proofs::{ProofQuery, height, require, scan};
use super::request::{Asked, Named, cursor, parse};
use super::{Api, ApiError};

/// The most orders looked at for one page of a filtered list; fewer items than asked for with a `next` mean: go on.
const ORDERS_SCANNED_MAX: usize = 10_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(order))
        .routes(routes!(orders))
}

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrderId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub order: OrderRecord,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// An order, with its proof if asked for.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", params(("id" = String, Path), ProofQuery),
    responses((status = 200, body = OrderAnswer), (status = 404, body = ErrorAnswer)))]
async fn order(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<OrderAnswer>, ApiError> {
    let id: OrderId = parse(&id)?;
    api.read(move |api, snapshot| {
        let (order, proof) = require(api, snapshot, &StateKey::Order(id), query, ("order", &id))?;
        Ok(Json(OrderAnswer {
            id,
            order,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// An order in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrderId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub order: OrderRecord,
}

/// Which orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrdersQuery {
    /// Only those in this status; every open one when not given.
    #[param(value_type = Option<String>)]
    pub status: Option<OrderStatus>,
    /// Only those of this district.
    #[param(value_type = Option<String>)]
    pub district: Option<OrganisationId>,
    /// `true`: only those that nobody verified in time, so that their district was told.
    #[serde(default)]
    pub escalated: bool,
    /// At most so many items; 100 when not given, at most 1,000.
    pub limit: Option<usize>,
    /// What the page before gave as `next`.
    pub after: Option<String>,
}

impl OrdersQuery {
    fn includes(&self, record: &OrderRecord) -> bool {
        let (open, escalated, district) = match record {
            OrderRecord::Open(order) => (true, is_escalated(&order.stage), order.district),
            OrderRecord::Ended(order) => (false, false, order.district),
        };
        let status = self.status.map_or(open, |status| record.status() == status);
        status
            && (escalated || !self.escalated)
            && self.district.is_none_or(|wanted| wanted == district)
    }
}

const fn is_escalated(stage: &OrderStage) -> bool {
    matches!(
        stage,
        OrderStage::Completed {
            escalated: true,
            ..
        }
    )
}

/// Orders, by id. A page may hold fewer items than asked for and still have a `next`.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(OrdersQuery),
    responses((status = 200, body = Page<OrderItem>)))]
async fn orders(
    State(api): State<Api>,
    Asked(query): Asked<OrdersQuery>,
) -> Result<Json<Page<OrderItem>>, ApiError> {
    let after: Option<OrderId> = query.after.as_deref().map(cursor).transpose()?;
    let limit = paging::limit(query.limit);
    api.read(move |_, snapshot| {
        let (mut from, to) = StateKey::order_range();
        if let Some(after) = after {
            from = StateKey::Order(after).to_bytes();
            from.push(0);
        }
        let scanned = scan::<OrderRecord>(snapshot, (from, to), ORDERS_SCANNED_MAX)?;
        let whole = scanned.len() < ORDERS_SCANNED_MAX;
        let mut items: Vec<OrderItem> = Vec::new();
        let mut last = None;
        for (key, order) in scanned {
            let Some(id) = ledger_core::state::key::order_of_key(&key) else {
                continue;
            };
            if items.len() == limit {
                return Ok(Json(Page {
                    next: items.last().map(|item| item.id.to_string()),
                    items,
                }));
            }
            last = Some(id);
            if query.includes(&order) {
                items.push(OrderItem { id, order });
            }
        }
        let next = last.filter(|_| !whole).map(|id| id.to_string());
        Ok(Json(Page { items, next }))
    })
    .await
}
