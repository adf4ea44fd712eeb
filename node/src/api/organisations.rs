//! Organisations and their staff.

use axum::Json;
use axum::extract::State;
use ledger_core::id::{Height, OrganisationId, StaffId};
use ledger_core::record::organisation::{OrganisationRecord, StaffRecord};
use ledger_core::state::StateKey;
use ledger_core::state::key::{organisation_of_key, staff_of_key};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::paging::Page;
use super::proofs::{ProofQuery, height, require, scan};
use super::request::{Named, parse};
use super::{Api, ApiError};

/// The most organisations, and the most staff of one, that a list shows.
const LISTED_MAX: usize = 10_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(organisations))
        .routes(routes!(organisation))
}

/// An organisation in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationItem {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrganisationId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub organisation: OrganisationRecord,
}

/// Every organisation, by division code.
#[utoipa::path(get, path = "/v1/organisations", tag = "organisations",
    responses((status = 200, body = Page<OrganisationItem>)))]
async fn organisations(State(api): State<Api>) -> Result<Json<Page<OrganisationItem>>, ApiError> {
    api.read(|_, snapshot| {
        let found = scan(snapshot, StateKey::organisation_range(), LISTED_MAX)?;
        let items = found.into_iter().filter_map(|(key, organisation)| {
            organisation_of_key(&key).map(|id| OrganisationItem { id, organisation })
        });
        Ok(Json(Page::whole(items.collect())))
    })
    .await
}

/// A staff entry.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffItem {
    /// Its name.
    #[schema(value_type = String)]
    pub staff: StaffId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub entry: StaffRecord,
}

/// An organisation with its staff.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrganisationId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub organisation: OrganisationRecord,
    /// Its staff, by number.
    pub staff: Vec<StaffItem>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// An organisation with its staff.
#[utoipa::path(get, path = "/v1/organisations/{id}", tag = "organisations", params(("id" = String, Path)),
    responses((status = 200, body = OrganisationAnswer), (status = 404, body = ErrorAnswer)))]
async fn organisation(
    State(api): State<Api>,
    Named(id): Named,
) -> Result<Json<OrganisationAnswer>, ApiError> {
    let id: OrganisationId = parse(&id)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Organisation(id);
        let (organisation, _) = require(
            api,
            snapshot,
            &key,
            ProofQuery::default(),
            ("organisation", &id),
        )?;
        let found = scan(snapshot, StateKey::staff_range(id), LISTED_MAX)?;
        let staff = found
            .into_iter()
            .filter_map(|(key, entry)| staff_of_key(&key).map(|staff| StaffItem { staff, entry }))
            .collect();
        Ok(Json(OrganisationAnswer {
            id,
            organisation,
            staff,
            height: height(snapshot),
        }))
    })
    .await
}
