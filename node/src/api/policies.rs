//! Policy and the catalogue of services.

use axum::Json;
use axum::extract::{Query, State};
use ledger_core::id::{OrganisationId, ServiceCode};
use ledger_core::ledger::policy_in_force;
use ledger_core::record::policy::{CatalogueEntry, CatalogueHistory, PolicyParameter, PolicyValue};
use ledger_core::state::StateKey;
use ledger_core::state::key::service_of_key;
use ledger_core::time::{Day, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::proofs::scan;
use super::transactions::malformed;
use super::{Api, ApiError};

/// The most service codes a catalogue shows.
const SERVICES_MAX: usize = 70_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(policies))
        .routes(routes!(catalogue))
}

/// For whom and when.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PolicyQuery {
    /// For this district; the city when not given.
    #[param(value_type = Option<String>)]
    pub district: Option<OrganisationId>,
    /// On this day; today when not given.
    #[param(value_type = Option<String>)]
    pub day: Option<Day>,
}

/// A parameter's value.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyItem {
    /// Which parameter.
    #[schema(value_type = String)]
    pub parameter: PolicyParameter,
    /// Its value.
    #[schema(value_type = Object)]
    pub value: PolicyValue,
    /// Who set it; none for a default.
    #[schema(value_type = Option<String>)]
    pub set_by: Option<OrganisationId>,
}

/// The policy in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PoliciesAnswer {
    /// For whom.
    #[schema(value_type = String)]
    pub district: OrganisationId,
    /// When.
    #[schema(value_type = String)]
    pub day: Day,
    /// Every parameter.
    pub values: Vec<PolicyItem>,
}

/// Every policy parameter in force for a district on a day.
#[utoipa::path(get, path = "/v1/policies", tag = "policy", params(PolicyQuery),
    responses((status = 200, body = PoliciesAnswer)))]
async fn policies(
    State(api): State<Api>,
    query: Result<Query<PolicyQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<PoliciesAnswer>, ApiError> {
    let query = query.map_err(malformed)?.0;
    let today = api
        .genesis
        .calendar
        .day(TimestampMs((api.clock)().max(api.current().time_ms.0)));
    api.read(move |api, snapshot| {
        let city = api.genesis.city().map_err(malformed)?;
        let (district, day) = (query.district.unwrap_or(city), query.day.unwrap_or(today));
        let mut values = Vec::with_capacity(PolicyParameter::ALL.len());
        for parameter in PolicyParameter::ALL {
            let (value, set_by) = policy_in_force(snapshot, city, district, parameter, day)?;
            values.push(PolicyItem {
                parameter,
                value,
                set_by,
            });
        }
        Ok(Json(PoliciesAnswer {
            district,
            day,
            values,
        }))
    })
    .await
}

/// A service code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceItem {
    /// The code.
    #[schema(value_type = String)]
    pub code: ServiceCode,
    /// Its bounds and multiplier.
    #[schema(value_type = Object)]
    pub entry: CatalogueEntry,
}

/// The catalogue of services in force on a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogueAnswer {
    /// The day.
    #[schema(value_type = String)]
    pub day: Day,
    /// The codes.
    pub items: Vec<ServiceItem>,
}

/// The catalogue of services on a day.
#[utoipa::path(get, path = "/v1/catalogue", tag = "policy", params(PolicyQuery),
    responses((status = 200, body = CatalogueAnswer)))]
async fn catalogue(
    State(api): State<Api>,
    query: Result<Query<PolicyQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<CatalogueAnswer>, ApiError> {
    let query = query.map_err(malformed)?.0;
    let today = api
        .genesis
        .calendar
        .day(TimestampMs((api.clock)().max(api.current().time_ms.0)));
    let day = query.day.unwrap_or(today);
    api.read(move |_, snapshot| {
        let found = scan::<CatalogueHistory>(snapshot, StateKey::catalogue_range(), SERVICES_MAX)?;
        let items = found.into_iter().filter_map(|(key, history)| {
            Some(ServiceItem {
                code: service_of_key(&key)?,
                entry: history.on(day)?,
            })
        });
        Ok(Json(CatalogueAnswer {
            day,
            items: items.collect(),
        }))
    })
    .await
}
