//! Policy and the catalogue of services: what is in force, and what was and will be.

use axum::Json;
use axum::extract::State;
use ledger_core::id::{Height, OrganisationId, ServiceCode};
use ledger_core::ledger::policy_in_force;
use ledger_core::record::policy::{
    CatalogueEntry, CatalogueHistory, Direction, PolicyHistory, PolicyParameter, PolicyValue,
};
use ledger_core::state::StateKey;
use ledger_core::state::key::service_of_key;
use ledger_core::time::{Day, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::proofs::{height, load, scan};
use super::request::Asked;
use super::{Api, ApiError};
use crate::storage::state::StateSnapshot;

/// The most service codes a catalogue shows.
const SERVICES_MAX: usize = 70_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(policies))
        .routes(routes!(policy_history))
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
    Asked(query): Asked<PolicyQuery>,
) -> Result<Json<PoliciesAnswer>, ApiError> {
    let today = api
        .genesis
        .calendar
        .day(TimestampMs((api.clock)().max(api.current().time_ms.0)));
    api.read(move |api, snapshot| {
        let city = city(api)?;
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

/// The city at the top; the genesis document was checked when the node began.
fn city(api: &Api) -> Result<OrganisationId, ApiError> {
    api.genesis.city().map_err(|error| ApiError::Storage {
        reason: error.to_string(),
    })
}

/// For whom.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// For this district; the city when not given.
    #[param(value_type = Option<String>)]
    pub district: Option<OrganisationId>,
}

/// One value of a parameter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParameterSet {
    /// Who set it: the city or the district.
    #[schema(value_type = String)]
    pub scope: OrganisationId,
    /// The first day on which it acts.
    #[schema(value_type = String)]
    pub from_day: Day,
    /// The value; none: what the scope had set was withdrawn.
    #[schema(value_type = Option<Object>)]
    pub value: Option<PolicyValue>,
}

/// A parameter and everything it was set to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParameterHistory {
    /// Which.
    #[schema(value_type = String)]
    pub parameter: PolicyParameter,
    /// In which direction a district may tighten it.
    #[schema(value_type = String)]
    pub direction: Direction,
    /// The least and the greatest number it may take.
    pub bounds: (u64, u64),
    /// Its value where nobody has set one.
    #[schema(value_type = Object)]
    pub default: PolicyValue,
    /// What the city set, then what the district set, each by day.
    pub history: Vec<ParameterSet>,
}

/// What a service code is from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceSet {
    /// The first day on which it acts.
    #[schema(value_type = String)]
    pub from_day: Day,
    /// Its bounds and multiplier; none retires the code.
    #[schema(value_type = Option<Object>)]
    pub entry: Option<CatalogueEntry>,
}

/// A service code and everything it was and will be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceHistory {
    /// The code.
    #[schema(value_type = String)]
    pub code: ServiceCode,
    /// By day.
    pub history: Vec<ServiceSet>,
}

/// What policy and catalogue were, are and will be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyHistoryAnswer {
    /// For whom.
    #[schema(value_type = String)]
    pub district: OrganisationId,
    /// Every parameter.
    pub parameters: Vec<ParameterHistory>,
    /// Every service code.
    pub services: Vec<ServiceHistory>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// Every policy parameter with its direction, bounds, default and everything the city and a district set it to; and every
/// service code. The oldest values, which act no more, are forgotten after 64.
#[utoipa::path(get, path = "/v1/policies/history", tag = "policy", params(HistoryQuery),
    responses((status = 200, body = PolicyHistoryAnswer)))]
async fn policy_history(
    State(api): State<Api>,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Json<PolicyHistoryAnswer>, ApiError> {
    api.read(move |api, snapshot| {
        let city = city(api)?;
        let district = query.district.unwrap_or(city);
        let mut parameters = Vec::with_capacity(PolicyParameter::ALL.len());
        for parameter in PolicyParameter::ALL {
            let mut history = set_by(snapshot, city, parameter)?;
            if district != city {
                history.extend(set_by(snapshot, district, parameter)?);
            }
            parameters.push(ParameterHistory {
                parameter,
                direction: parameter.direction(),
                bounds: parameter.bounds(),
                default: parameter.default_value(),
                history,
            });
        }
        let found = scan::<CatalogueHistory>(snapshot, StateKey::catalogue_range(), SERVICES_MAX)?;
        let services = found.into_iter().filter_map(|(key, history)| {
            let entries = history.entries.into_iter();
            Some(ServiceHistory {
                code: service_of_key(&key)?,
                history: entries
                    .map(|(from_day, entry)| ServiceSet { from_day, entry })
                    .collect(),
            })
        });
        Ok(Json(PolicyHistoryAnswer {
            district,
            parameters,
            services: services.collect(),
            height: height(snapshot),
        }))
    })
    .await
}

/// What `scope` set `parameter` to, by day.
fn set_by(
    snapshot: &StateSnapshot,
    scope: OrganisationId,
    parameter: PolicyParameter,
) -> Result<Vec<ParameterSet>, ApiError> {
    let history: Option<PolicyHistory> = load(snapshot, &StateKey::Policy(scope, parameter))?;
    let entries = history.unwrap_or_default().entries.into_iter();
    Ok(entries
        .map(|entry| ParameterSet {
            scope,
            from_day: entry.from_day,
            value: entry.value,
        })
        .collect())
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
    Asked(query): Asked<PolicyQuery>,
) -> Result<Json<CatalogueAnswer>, ApiError> {
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
