//! Accounts, their history, orders and items, what they show to strangers, members of groups, and guardians.

use axum::Json;
use axum::extract::State;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId};
use ledger_core::proof::RecordProof;
use ledger_core::receipt::{Owner, Posting};
use ledger_core::record::account::{AccountKind, AccountRecord, Item, ItemCatalogue, Members};
use ledger_core::record::membership::Membership;
use ledger_core::record::order::OrderRecord;
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::state::StateKey;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::orders::OrderItem;
use super::paging::{self, Page, PageQuery};
use super::proofs::{ProofQuery, height, load, proof, require};
use super::request::{Asked, Named, Part, cursor, malformed, parse};
use super::{Api, ApiError};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(account))
        .routes(routes!(history))
        .routes(routes!(orders))
        .routes(routes!(members))
        .routes(routes!(recovery))
        .routes(routes!(membership))
        .routes(routes!(items))
        .routes(routes!(identity))
}

const ANY_PROOF: ProofQuery = ProofQuery { proof: false };

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub account: AccountRecord,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// An account, with its proof if asked for.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts", params(("id" = String, Path), ProofQuery),
    responses((status = 200, body = AccountAnswer), (status = 404, body = ErrorAnswer)))]
async fn account(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<AccountAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let (account, proof) = require(
            api,
            snapshot,
            &StateKey::Account(id),
            query,
            ("account", &id),
        )?;
        Ok(Json(AccountAnswer {
            id,
            account,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// Which part of a history.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// The number of the first posting, from 0.
    #[serde(default)]
    pub from: u64,
    /// At most so many; 100 when not given, at most 1,000.
    pub limit: Option<usize>,
}

/// A part of an account's history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryAnswer {
    /// How many postings there are.
    pub length: u64,
    /// The hash over all of them.
    #[schema(value_type = String)]
    pub head: Hash,
    /// The number of the first one shown.
    pub from: u64,
    /// Postings, oldest first.
    #[schema(value_type = Vec<Object>)]
    pub postings: Vec<Posting>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// What touched an account, oldest first.
#[utoipa::path(get, path = "/v1/accounts/{id}/history", tag = "accounts", params(("id" = String, Path), HistoryQuery),
    responses((status = 200, body = HistoryAnswer), (status = 404, body = ErrorAnswer)))]
async fn history(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Json<HistoryAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let (account, _): (AccountRecord, _) = require(
            api,
            snapshot,
            &StateKey::Account(id),
            ANY_PROOF,
            ("account", &id),
        )?;
        let postings =
            snapshot.history(&Owner::Account(id), query.from, paging::limit(query.limit))?;
        let (length, head) = (account.history.length, account.history.head);
        Ok(Json(HistoryAnswer {
            length,
            head,
            from: query.from,
            postings,
            height: height(snapshot),
        }))
    })
    .await
}

/// An account's orders as recipient, provider or payer, newest first.
#[utoipa::path(get, path = "/v1/accounts/{id}/orders", tag = "accounts", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<OrderItem>)))]
async fn orders(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<OrderItem>>, ApiError> {
    let id: AccountId = parse(&id)?;
    let after = query.after.as_deref().map(parse_cursor).transpose()?;
    let limit = query.limit();
    api.read(move |_, snapshot| {
        let found = snapshot.orders(id, after, limit)?;
        let full = found.len() == limit;
        let next = found
            .last()
            .filter(|_| full)
            .map(|last| format!("{}.{}", last.posted, last.order));
        let mut items = Vec::with_capacity(found.len());
        for entry in found {
            let record: Option<OrderRecord> = load(snapshot, &StateKey::Order(entry.order))?;
            items.extend(record.map(|order| OrderItem {
                id: entry.order,
                order,
            }));
        }
        Ok(Json(Page { items, next }))
    })
    .await
}

fn parse_cursor(text: &str) -> Result<(Height, OrderId), ApiError> {
    let (posted, order) = text
        .split_once('.')
        .ok_or_else(|| malformed(Part::Cursor, text, "no cursor of this list"))?;
    Ok((Height(cursor(posted)?), cursor(order)?))
}

/// The members of a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MembersAnswer {
    /// The group.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// People's accounts, sorted.
    #[schema(value_type = Vec<String>)]
    pub members: Vec<AccountId>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// Who belongs to a group, with the proof if asked for.
#[utoipa::path(get, path = "/v1/accounts/{id}/members", tag = "accounts", params(("id" = String, Path), ProofQuery),
    responses((status = 200, body = MembersAnswer), (status = 404, body = ErrorAnswer)))]
async fn members(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<MembersAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Members(id);
        let account: Option<AccountRecord> = load(snapshot, &StateKey::Account(id))?;
        let proof = proof(api, snapshot, &key, query)?;
        if account.is_none_or(|account| account.kind != AccountKind::Group) {
            return Err(ApiError::NotFound {
                kind: "members",
                id: id.to_string(),
                proof,
            });
        }
        // A group nobody has joined yet has no record.
        let record: Members = load(snapshot, &key)?.unwrap_or_default();
        Ok(Json(MembersAnswer {
            id,
            members: record.members,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// The guardians of an account and what they are at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// What the ledger holds of it.
    #[schema(value_type = Object)]
    pub recovery: RecoveryRecord,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// Who helps when an account's key is lost, a recovery under way, and who may not start one for a while; with the proof if
/// asked for.
#[utoipa::path(get, path = "/v1/accounts/{id}/recovery", tag = "accounts", params(("id" = String, Path), ProofQuery),
    responses((status = 200, body = RecoveryAnswer), (status = 404, body = ErrorAnswer)))]
async fn recovery(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<RecoveryAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Recovery(id);
        let (recovery, proof) = require(api, snapshot, &key, query, ("recovery", &id))?;
        Ok(Json(RecoveryAnswer {
            id,
            recovery,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// What an account shows to a stranger.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MembershipAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Key and home street.
    #[schema(value_type = Object)]
    pub membership: Membership,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
    /// The proof, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

/// That an account is an active person's, and with which key, without anything else of it: what a membership card shows;
/// with the proof if asked for, of absence too.
#[utoipa::path(get, path = "/v1/accounts/{id}/membership", tag = "accounts", params(("id" = String, Path), ProofQuery),
    responses((status = 200, body = MembershipAnswer), (status = 404, body = ErrorAnswer)))]
async fn membership(
    State(api): State<Api>,
    Named(id): Named,
    Asked(query): Asked<ProofQuery>,
) -> Result<Json<MembershipAnswer>, ApiError> {
    let id: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Membership(id);
        let (membership, proof) = require(api, snapshot, &key, query, ("membership", &id))?;
        Ok(Json(MembershipAnswer {
            id,
            membership,
            height: height(snapshot),
            proof,
        }))
    })
    .await
}

/// A merchant's items.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ItemsAnswer {
    /// The merchant.
    #[schema(value_type = String)]
    pub merchant: AccountId,
    /// What it gives, and for how many minutes.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<Item>,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// A merchant's items.
#[utoipa::path(get, path = "/v1/accounts/{id}/items", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = ItemsAnswer), (status = 404, body = ErrorAnswer)))]
async fn items(State(api): State<Api>, Named(id): Named) -> Result<Json<ItemsAnswer>, ApiError> {
    let merchant: AccountId = parse(&id)?;
    api.read(move |api, snapshot| {
        let known: (AccountRecord, _) = require(
            api,
            snapshot,
            &StateKey::Account(merchant),
            ANY_PROOF,
            ("account", &merchant),
        )?;
        if !matches!(known.0.kind, AccountKind::Merchant { .. }) {
            return Err(ApiError::not_found("merchant", merchant));
        }
        let catalogue: Option<ItemCatalogue> = load(snapshot, &StateKey::Items(merchant))?;
        let items = catalogue.unwrap_or_default().items;
        Ok(Json(ItemsAnswer {
            merchant,
            items,
            height: height(snapshot),
        }))
    })
    .await
}

/// The account opened with a commitment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityAnswer {
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// As of this block.
    #[schema(value_type = u64)]
    pub height: Height,
}

/// The account that was opened with an identity commitment.
#[utoipa::path(get, path = "/v1/identities/{commitment}", tag = "accounts", params(("commitment" = String, Path)),
    responses((status = 200, body = IdentityAnswer), (status = 404, body = ErrorAnswer)))]
async fn identity(
    State(api): State<Api>,
    Named(commitment): Named,
) -> Result<Json<IdentityAnswer>, ApiError> {
    let commitment: Hash = parse(&commitment)?;
    api.read(move |api, snapshot| {
        let key = StateKey::Identity(commitment);
        let (account, _) = require(api, snapshot, &key, ANY_PROOF, ("identity", &commitment))?;
        Ok(Json(IdentityAnswer {
            account,
            height: height(snapshot),
        }))
    })
    .await
}
