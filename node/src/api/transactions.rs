//! Handing in transactions and asking what became of them.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Rejection;
use ledger_core::receipt::Receipt;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, Envelope, SealedEnvelope};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorAnswer, ErrorBody};
use super::request::{Asked, Caller, Named, parse};
use super::submissions::{Fate, Known};
use super::{Api, ApiError, SubmissionRequest, ToReplica};
use crate::replica::{Accepted, ClientAddress, SubmitError};
use crate::storage::state::StateSnapshot;

/// The longest wait for finality, in milliseconds.
pub const WAIT_MS_MAX: u64 = 60_000;
const WAIT_MS_DEFAULT: u64 = 10_000;
/// How long a transaction whose client waits for finality may wait for another transaction, in milliseconds: long enough
/// for one that another node has just decided.
pub const OTHERS_WAIT_MS_MAX: u64 = 2_000;
/// The most transactions of one batch.
pub const BATCH_TRANSACTIONS_MAX: usize = 1_000;
/// The longest body of a batch, in bytes.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<Api> {
    let batch = OpenApiRouter::new()
        .routes(routes!(submit_batch))
        .layer(DefaultBodyLimit::max(BATCH_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(submit))
        .routes(routes!(transaction))
        .merge(batch)
}

/// Whether and how long to wait.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// `finality`: answer when the transaction is in a decided block.
    pub wait: Option<Wait>,
    /// At most so long; 10,000 when not given, at most 60,000.
    pub timeout_ms: Option<u64>,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// A decided block.
    Finality,
}

/// An envelope as JSON.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnvelopeBody {
    /// The envelope.
    #[schema(value_type = Object)]
    pub envelope: Envelope,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// Checked and in the pool.
    Accepted,
    /// In a decided block.
    Applied,
}

/// What became of a transaction that was handed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubmitAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TransactionId,
    /// Where it stands.
    pub state: TransactionState,
    /// The block it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub height: Option<Height>,
    /// What it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub receipt: Option<Arc<Receipt>>,
}

impl SubmitAnswer {
    const fn accepted(id: TransactionId) -> SubmitAnswer {
        SubmitAnswer {
            id,
            state: TransactionState::Accepted,
            height: None,
            receipt: None,
        }
    }

    const fn applied(id: TransactionId, height: Height, receipt: Arc<Receipt>) -> SubmitAnswer {
        SubmitAnswer {
            id,
            state: TransactionState::Applied,
            height: Some(height),
            receipt: Some(receipt),
        }
    }
}

/// Hands in a transaction: an envelope as borsh bytes or JSON.
#[utoipa::path(post, path = "/v1/transactions", tag = "transactions", params(WaitQuery),
    request_body(content((Vec<u8> = "application/octet-stream"), (EnvelopeBody = "application/json"))),
    responses(
        (status = 200, body = SubmitAnswer, description = "in a decided block"),
        (status = 202, body = SubmitAnswer, description = "checked and in the pool"),
        (status = 400, body = ErrorAnswer), (status = 422, body = ErrorAnswer, description = "refused by the ledger"),
        (status = 429, body = ErrorAnswer), (status = 503, body = ErrorAnswer), (status = 504, body = ErrorAnswer),
    ))]
async fn submit(
    State(api): State<Api>,
    Asked(query): Asked<WaitQuery>,
    Caller(client): Caller,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| body_error(&error, super::BODY_BYTES_MAX))?;
    let sealed = Arc::new(decode_body(&headers, &body)?);
    let mut outcomes = submit_all(&api, client, vec![sealed], &query).await?;
    let answer = outcomes.pop().ok_or(ApiError::Stopping)??;
    let status = match answer.state {
        TransactionState::Accepted => StatusCode::ACCEPTED,
        TransactionState::Applied => StatusCode::OK,
    };
    Ok((status, Json(answer)).into_response())
}

/// One transaction of a batch: where it stands, or why it was refused.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchItem {
    /// Its id; none when the bytes are no envelope.
    #[schema(value_type = Option<String>)]
    pub id: Option<TransactionId>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<TransactionState>,
    /// The block it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub height: Option<Height>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}

/// Hands in up to 1,000 transactions: the borsh encoding of a list of byte strings, each an envelope. The answer has one
/// item for each, in the same order; one that is refused does not keep the others out.
#[utoipa::path(post, path = "/v1/transactions/batch", tag = "transactions", params(WaitQuery),
    request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, body = Vec<BatchItem>), (status = 400, body = ErrorAnswer)))]
async fn submit_batch(
    State(api): State<Api>,
    Asked(query): Asked<WaitQuery>,
    Caller(client): Caller,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Vec<BatchItem>>, ApiError> {
    let body = body.map_err(|error| body_error(&error, BATCH_BYTES_MAX))?;
    let decoded = tokio::task::spawn_blocking(move || decode_batch(&body))
        .await
        .map_err(|_| ApiError::Stopping)??;
    let envelopes = decoded.iter().flatten().map(Arc::clone).collect();
    let mut outcomes = submit_all(&api, client, envelopes, &query)
        .await?
        .into_iter();
    let mut items = Vec::with_capacity(decoded.len());
    for entry in decoded {
        items.push(match entry {
            Err(error) => refused_item(None, &error),
            Ok(sealed) => match outcomes.next().ok_or(ApiError::Stopping)? {
                Err(error) => refused_item(Some(sealed.id()), &error),
                Ok(answer) => BatchItem {
                    id: Some(answer.id),
                    state: Some(answer.state),
                    height: answer.height,
                    error: None,
                },
            },
        });
    }
    Ok(Json(items))
}

fn refused_item(id: Option<TransactionId>, error: &ApiError) -> BatchItem {
    BatchItem {
        id,
        state: None,
        height: None,
        error: Some(error.body()),
    }
}

/// A transaction found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TransactionAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TransactionId,
    /// Where it stands.
    pub state: TransactionState,
    /// The block it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub height: Option<Height>,
    /// Its place among the block's transactions, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The block's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub time_ms: Option<TimestampMs>,
    /// The envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub envelope: Option<Arc<SealedEnvelope>>,
    /// What it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub receipt: Option<Receipt>,
}

/// A transaction with its receipt, or where it stands.
#[utoipa::path(get, path = "/v1/transactions/{id}", tag = "transactions",
    params(("id" = String, Path, description = "the transaction's id, hex")),
    responses((status = 200, body = TransactionAnswer), (status = 404, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer, description = "accepted here, refused since")))]
async fn transaction(
    State(api): State<Api>,
    Named(id): Named,
) -> Result<Json<TransactionAnswer>, ApiError> {
    let id: TransactionId = parse(&id)?;
    let found = api
        .read(move |api, snapshot| {
            let Some(place) = snapshot.transaction(id)? else {
                return Ok(None);
            };
            let block = api
                .blocks
                .block(place.height)?
                .ok_or_else(|| ApiError::not_found("block", place.height))?;
            let receipt = snapshot.receipt(place.height, place.receipt)?;
            let position = usize::try_from(place.index).unwrap_or(usize::MAX);
            Ok(Some(TransactionAnswer {
                id,
                state: TransactionState::Applied,
                height: Some(place.height),
                index: Some(place.index),
                time_ms: Some(block.block.header.time_ms),
                envelope: block.block.transactions.get(position).cloned(),
                receipt,
            }))
        })
        .await?;
    if let Some(found) = found {
        return Ok(Json(found));
    }
    match api.submissions.known(id) {
        Some(Known::Pending) => Ok(Json(TransactionAnswer {
            id,
            state: TransactionState::Accepted,
            height: None,
            index: None,
            time_ms: None,
            envelope: None,
            receipt: None,
        })),
        Some(Known::Dropped(reason)) => Err(reason.into()),
        None => Err(ApiError::not_found("transaction", id)),
    }
}

fn body_error(error: &axum::extract::rejection::BytesRejection, bytes_max: usize) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::BodyTooLong { bytes_max }
    } else {
        ApiError::BodyMalformed {
            reason: error.body_text(),
        }
    }
}

fn decode_body(headers: &HeaderMap, body: &[u8]) -> Result<SealedEnvelope, ApiError> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    decode_submission(content_type.unwrap_or_default(), body)
}

/// The envelope in the body of a submission with this content type: borsh bytes, unless it says JSON.
///
/// # Errors
/// When it is none, is too long, or is not in the one form an envelope has.
pub fn decode_submission(content_type: &str, body: &[u8]) -> Result<SealedEnvelope, ApiError> {
    if !content_type.starts_with("application/json") {
        return decode_envelope(body);
    }
    let body: EnvelopeBody =
        serde_json::from_slice(body).map_err(|error| ApiError::BodyMalformed {
            reason: error.to_string(),
        })?;
    // JSON is encoded anew and goes the way of all bytes, so that the same bounds hold for it.
    decode_envelope(&codec::encode(&body.envelope))
}

fn decode_envelope(bytes: &[u8]) -> Result<SealedEnvelope, ApiError> {
    SealedEnvelope::decode(bytes).map_err(|error| ApiError::Rejected(error.into()))
}

/// Hears what becomes of a transaction.
type Waiter = oneshot::Receiver<Fate>;

type Decoded = Vec<Result<Arc<SealedEnvelope>, ApiError>>;

/// The bytes of an envelope in a batch. Memory grows with what is there: borsh's own list of bytes reserves a mebibyte for
/// whoever claims one.
#[derive(BorshSerialize)]
struct EnvelopeBytes(Vec<u8>);

impl BorshDeserialize for EnvelopeBytes {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let length = u32::deserialize_reader(reader)?;
        let mut bytes = Vec::new();
        reader.take(u64::from(length)).read_to_end(&mut bytes)?;
        if u32::try_from(bytes.len()) != Ok(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(EnvelopeBytes(bytes))
    }
}

/// The envelopes in the body of a batch, or what is wrong with each.
///
/// # Errors
/// When it is no list, or one that is too long.
pub fn decode_batch(body: &[u8]) -> Result<Decoded, ApiError> {
    let list: Vec<EnvelopeBytes> =
        codec::decode(body, BATCH_BYTES_MAX).map_err(|error| ApiError::BodyMalformed {
            reason: error.to_string(),
        })?;
    if list.len() > BATCH_TRANSACTIONS_MAX || list.iter().any(|it| it.0.len() > ENVELOPE_BYTES_MAX)
    {
        let reason = format!(
            "{} transactions; a batch has at most {BATCH_TRANSACTIONS_MAX}, each of at most {ENVELOPE_BYTES_MAX} bytes",
            list.len()
        );
        return Err(ApiError::BodyMalformed { reason });
    }
    Ok(list
        .iter()
        .map(|it| decode_envelope(&it.0).map(Arc::new))
        .collect())
}

/// How long a client waits for its transactions, all of them together.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: tokio::time::Instant,
    timeout_ms: u64,
}

impl WaitQuery {
    /// None when the client does not wait.
    fn deadline(&self) -> Option<Deadline> {
        let timeout_ms = self.timeout_ms.unwrap_or(WAIT_MS_DEFAULT).min(WAIT_MS_MAX);
        self.wait.map(|Wait::Finality| Deadline {
            at: tokio::time::Instant::now() + Duration::from_millis(timeout_ms),
            timeout_ms,
        })
    }
}

/// Hands transactions in and follows each as far as `query` asks; what became of them, in the same order.
async fn submit_all(
    api: &Api,
    client: ClientAddress,
    envelopes: Vec<Arc<SealedEnvelope>>,
    query: &WaitQuery,
) -> Result<Vec<Result<SubmitAnswer, ApiError>>, ApiError> {
    let deadline = query.deadline();
    let ids: Vec<TransactionId> = envelopes.iter().map(|sealed| sealed.id()).collect();
    // Whoever waits does so before anything is handed in, so that nothing is missed.
    let waiters: Vec<Option<Waiter>> = ids
        .iter()
        .map(|id| deadline.and_then(|_| api.submissions.wait(*id)))
        .collect();
    let answers = hand_in(api, client, envelopes).await?;
    let mut outcomes = Vec::with_capacity(ids.len());
    for ((id, waiter), answer) in ids.into_iter().zip(waiters).zip(answers) {
        outcomes.push(follow(api, id, answer, waiter, deadline).await);
    }
    Ok(outcomes)
}

/// Hands transactions to the replica; its answers, in the same order.
async fn hand_in(
    api: &Api,
    client: ClientAddress,
    envelopes: Vec<Arc<SealedEnvelope>>,
) -> Result<Vec<Result<Accepted, SubmitError>>, ApiError> {
    let (answers, receiver) = oneshot::channel();
    let request = SubmissionRequest {
        client,
        envelopes,
        answers,
    };
    api.to_replica
        .send(ToReplica::Submit(request))
        .await
        .map_err(|_| ApiError::Stopping)?;
    receiver.await.map_err(|_| ApiError::Stopping)
}

/// What became of a transaction the replica gave `answer` for, once `deadline` has passed or it is known.
async fn follow(
    api: &Api,
    id: TransactionId,
    answer: Result<Accepted, SubmitError>,
    waiter: Option<Waiter>,
    deadline: Option<Deadline>,
) -> Result<SubmitAnswer, ApiError> {
    let footing = match answer {
        Ok(Accepted::Waiting { .. }) => Footing::WaitsForAnother,
        Ok(Accepted::Pending | Accepted::Known) => Footing::Ready,
        Err(error) => return answer_refused(api, id, error).await,
    };
    let Some(deadline) = deadline else {
        return Ok(SubmitAnswer::accepted(id));
    };
    bound_waiting(api, id, footing);
    wait_for(api, id, waiter, deadline).await
}

/// What a client hears of a transaction that was refused, perhaps because it is applied: handed in again afterwards, or still
/// under verification here when a block came with it. Only what is refused is looked up, so that the state is not read for what
/// is new.
async fn answer_refused(
    api: &Api,
    id: TransactionId,
    error: SubmitError,
) -> Result<SubmitAnswer, ApiError> {
    let perhaps_applied = matches!(
        error,
        SubmitError::Rejected(Rejection::AlreadyApplied | Rejection::Expired { .. })
    );
    let applied = if perhaps_applied {
        find_applied(api, id).await?
    } else {
        None
    };
    applied.ok_or_else(|| error.into())
}

/// What a transaction that was taken in needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Footing {
    /// A block.
    Ready,
    /// Something that is not there yet, which another transaction may bring.
    WaitsForAnother,
}

/// Whoever waits for finality wants an answer: a transaction that still waits for another after
/// [`OTHERS_WAIT_MS_MAX`] is withdrawn, and its refusal is the answer.
fn bound_waiting(api: &Api, id: TransactionId, footing: Footing) {
    if footing == Footing::WaitsForAnother {
        let to_replica = api.to_replica.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(OTHERS_WAIT_MS_MAX)).await;
            // A replica that is gone has dropped it anyway.
            let _ = to_replica.send(ToReplica::Withdraw(id)).await;
        });
    }
}

/// Waits until `id` is in a decided block.
async fn wait_for(
    api: &Api,
    id: TransactionId,
    waiter: Option<Waiter>,
    deadline: Deadline,
) -> Result<SubmitAnswer, ApiError> {
    let late = || ApiError::NotFinalYet {
        timeout_ms: deadline.timeout_ms,
    };
    let Some(waiter) = waiter else {
        // Too many wait already: what is known now is all there is to say.
        return find_applied(api, id).await?.ok_or_else(late);
    };
    match tokio::time::timeout_at(deadline.at, waiter).await {
        Ok(Ok(Fate::Applied { height, receipt })) => Ok(SubmitAnswer::applied(id, height, receipt)),
        Ok(Ok(Fate::Dropped(reason))) => answer_refused(api, id, reason).await,
        Ok(Err(_)) => Err(ApiError::Stopping),
        Err(_) => Err(late()),
    }
}

async fn find_applied(api: &Api, id: TransactionId) -> Result<Option<SubmitAnswer>, ApiError> {
    api.read(move |_, snapshot: &StateSnapshot| {
        let Some(place) = snapshot.transaction(id)? else {
            return Ok(None);
        };
        let receipt = snapshot.receipt(place.height, place.receipt)?;
        Ok(Some(SubmitAnswer {
            id,
            state: TransactionState::Applied,
            height: Some(place.height),
            receipt: receipt.map(Arc::new),
        }))
    })
    .await
}
