//! What people have given: everything a certificate of service is made of, proven in one answer and under one block, so that
//! its parts fit together (`docs/certificate.md`).

use axum::Json;
use axum::extract::State;
use ledger_core::id::{AccountId, Height};
use ledger_core::proof::RecordProof;
use ledger_core::record::membership::Membership;
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::state::StateKey;
use ledger_core::state::key::service_year_of_key;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::proofs::{ProofQuery, height, load, proof, require, scan};
use super::request::{Asked, Named, parse};
use super::{Api, ApiError};

/// The most years in one answer: more than a life has.
pub const YEARS_MAX: usize = 120;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(service_record))
}

/// Which years, and whether to prove them.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ServiceRecordQuery {
    /// `true` for an answer with its proofs.
    #[serde(default)]
    pub proof: bool,
    /// The first calendar year to show; the earliest when not given.
    pub from: Option<u32>,
    /// The last calendar year to show; the latest when not given.
    pub to: Option<u32>,
}

/// What a person gave in one calendar year.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceYearItem {
    /// The year.
    pub year: u32,
    /// By month and kind.
    #[schema(value_type = Object)]
    pub service_year: ServiceYear,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// What a person has given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ServiceRecordAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// In all.
    #[schema(value_type = Object)]
    pub service_record: ServiceRecord,
    /// In each of the years asked for, ascending; years without anything are left out.
    pub years: Vec<ServiceYearItem>,
    /// With which key the holder consents to showing it; none for whoever is frozen, closed or without a key.
    #[schema(value_type = Option<Object>)]
    pub membership: Option<Membership>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof of the record, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
    /// The proof of the membership, or that there is none, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub membership_proof: Option<Box<RecordProof>>,
}

/// What a person has given, in all and by year, month and kind of service, without orders, recipients or balance: what a
/// certificate of service shows; with the proofs if asked for, of absence too.
#[utoipa::path(get, path = "/v1/accounts/{id}/service-record", tag = "accounts",
    params(("id" = String, Path), ServiceRecordQuery),
    responses((status = 200, body = ServiceRecordAnswer), (status = 404, body = ErrorAnswer)))]
async fn service_record(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ServiceRecordQuery>,
) -> Result<Json<ServiceRecordAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    let proven = ProofQuery { proof: query.proof };
    api.read(move |api, snapshot| {
        let key = StateKey::ServiceRecord(id);
        let (record, record_proof) = require(api, snapshot, &key, proven, ("service_record", &id))?;
        let key = StateKey::Membership(id);
        let membership = load(snapshot, &key)?;
        let membership_proof = proof(api, snapshot, &key, proven)?;
        let mut years = Vec::new();
        for (key, service_year) in scan(snapshot, StateKey::service_years_range(id), YEARS_MAX)? {
            let Some((_, year)) = service_year_of_key(&key) else {
                continue;
            };
            if query.from.is_some_and(|from| year < from) || query.to.is_some_and(|to| year > to) {
                continue;
            }
            years.push(ServiceYearItem {
                year,
                service_year,
                proof: proof(api, snapshot, &StateKey::ServiceYear(id, year), proven)?,
            });
        }
        Ok(Json(ServiceRecordAnswer {
            id,
            service_record: record,
            years,
            membership,
            height: height(snapshot),
            proof: record_proof,
            membership_proof,
        }))
    })
    .await
}
