//! Errors as JSON: a stable code, the numbers, and what to do, in Chinese and English.

use std::sync::LazyLock;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger_core::ledger::Rejection;
use ledger_core::message::{self, Arguments, Catalogue, Language};
use ledger_core::proof::RecordProof;
use ledger_core::state::StateError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::request::Part;
use crate::replica::SubmitError;
use crate::storage::StorageError;

/// After how many seconds to try again, where that may help.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Why a request has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// A part of the request cannot be understood.
    #[error("malformed {}: {value}: {reason}", part.word())]
    RequestMalformed {
        /// Which.
        part: Part,
        /// What it says.
        value: String,
        /// What is wrong with it, for developers.
        reason: String,
    },
    /// The path does not understand the method.
    #[error("{path} does not understand {method}")]
    MethodNotAllowed {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// The body is not what was announced.
    #[error("malformed body: {reason}")]
    BodyMalformed {
        /// What is wrong.
        reason: String,
    },
    /// The body is too long.
    #[error("body longer than {bytes_max} bytes")]
    BodyTooLong {
        /// The bound.
        bytes_max: usize,
    },
    /// What was asked for is not there.
    #[error("no {kind} {id}")]
    NotFound {
        /// Of what kind it would be.
        kind: &'static str,
        /// What was asked for.
        id: String,
        /// The proof that it is not there, when asked for.
        proof: Option<Box<RecordProof>>,
    },
    /// Nothing is decided yet that a proof could refer to.
    #[error("no block yet")]
    NoBlockYet,
    /// The ledger refuses the transaction.
    #[error("refused: {0}")]
    Rejected(Rejection),
    /// The mempool has no room.
    #[error("no room: {reason}")]
    NoRoom {
        /// Whose share is used up.
        code: &'static str,
        /// The figures.
        reason: String,
    },
    /// The wait for finality ended first.
    #[error("not final within {timeout_ms} ms")]
    NotFinalYet {
        /// How long it waited.
        timeout_ms: u64,
    },
    /// The node cannot serve now.
    #[error("not ready: {}", .0.0)]
    NotReady(NotReady),
    /// The storage failed.
    #[error("storage: {reason}")]
    Storage {
        /// What it said.
        reason: String,
    },
    /// A block with the transaction broke the books.
    #[error("quarantined")]
    Quarantined,
    /// The node stops.
    #[error("stopping")]
    Stopping,
}

/// Why a node is not ready: a message of the catalogue and its numbers.
#[derive(Clone, Debug)]
pub struct NotReady(pub &'static str, pub Arguments);

impl ApiError {
    /// That there is no `kind` with this id.
    pub fn not_found(kind: &'static str, id: impl std::fmt::Display) -> ApiError {
        ApiError::NotFound {
            kind,
            id: id.to_string(),
            proof: None,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            ApiError::RequestMalformed { .. } => "request_malformed",
            ApiError::MethodNotAllowed { .. } => "method_not_allowed",
            ApiError::BodyMalformed { .. } => "body_malformed",
            ApiError::BodyTooLong { .. } => "body_too_long",
            ApiError::NotFound { .. } => "not_found",
            ApiError::NoBlockYet => "no_block_yet",
            ApiError::Rejected(rejection) => rejection.code(),
            ApiError::NoRoom { code, .. } => code,
            ApiError::NotFinalYet { .. } => "not_final_yet",
            ApiError::NotReady(_) => "not_ready",
            ApiError::Storage { .. } => "storage_failed",
            ApiError::Quarantined => "quarantined",
            ApiError::Stopping => "stopping",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            ApiError::RequestMalformed { .. } | ApiError::BodyMalformed { .. } => {
                StatusCode::BAD_REQUEST
            }
            ApiError::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::BodyTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::NotFound { .. } => StatusCode::NOT_FOUND,
            ApiError::Rejected(_) | ApiError::Quarantined => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::NoRoom { .. } => StatusCode::TOO_MANY_REQUESTS,
            ApiError::NotFinalYet { .. } => StatusCode::GATEWAY_TIMEOUT,
            ApiError::NoBlockYet
            | ApiError::NotReady(_)
            | ApiError::Storage { .. }
            | ApiError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn details(&self) -> Value {
        match self {
            ApiError::RequestMalformed {
                part,
                value,
                reason,
            } => json!({ "part": part.word(), "value": value, "reason": reason }),
            ApiError::MethodNotAllowed { method, path } => {
                json!({ "method": method, "path": path })
            }
            ApiError::BodyMalformed { reason }
            | ApiError::NoRoom { reason, .. }
            | ApiError::Storage { reason } => json!({ "reason": reason }),
            ApiError::BodyTooLong { bytes_max } => json!({ "bytes_max": bytes_max }),
            ApiError::NotFound { kind, id, .. } => json!({ "kind": kind, "id": id }),
            ApiError::NotFinalYet { timeout_ms } => json!({ "timeout_ms": timeout_ms }),
            ApiError::Rejected(rejection) => serde_json::to_value(rejection).unwrap_or(Value::Null),
            ApiError::NoBlockYet
            | ApiError::NotReady(_)
            | ApiError::Quarantined
            | ApiError::Stopping => Value::Null,
        }
    }

    /// Message and remedy in `language`.
    fn explain(&self, language: Language) -> message::Explanation {
        if let ApiError::Rejected(rejection) = self {
            return message::rejections(language).explain_rejection(rejection);
        }
        let catalogue = catalogue(language);
        let arguments = match self {
            ApiError::NotReady(NotReady(id, arguments)) => {
                Arguments::NONE.text("reason", catalogue.render(id, arguments))
            }
            _ => Arguments::of_json(&self.details()),
        };
        catalogue.explain(self.code(), &arguments)
    }

    /// The error as it is sent.
    pub fn body(&self) -> ErrorBody {
        let [chinese, english] =
            [Language::Chinese, Language::English].map(|language| self.explain(language));
        ErrorBody {
            code: self.code().to_owned(),
            message_en: english.message,
            message_zh: chinese.message,
            remedy_en: english.remedy.unwrap_or_default(),
            remedy_zh: chinese.remedy.unwrap_or_default(),
            details: self.details(),
        }
    }
}

/// An error as it is sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable.
    pub code: String,
    /// What happened, in English.
    pub message_en: String,
    /// What happened, in Chinese.
    pub message_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// The numbers.
    #[schema(value_type = Object)]
    pub details: Value,
}

/// The answer to a request that failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorAnswer {
    /// Why.
    pub error: ErrorBody,
    /// The proof that what was asked for is not there, when a proof was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Box<RecordProof>>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        if let ApiError::Storage { reason } = &self {
            tracing::error!(reason, "a request failed because the storage did");
        }
        let error = self.body();
        let proof = match self {
            ApiError::NotFound { proof, .. } => proof,
            _ => None,
        };
        let mut response = (status, Json(ErrorAnswer { error, proof })).into_response();
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        response
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> ApiError {
        ApiError::Storage {
            reason: error.to_string(),
        }
    }
}

impl From<StateError> for ApiError {
    fn from(error: StateError) -> ApiError {
        ApiError::Storage {
            reason: error.to_string(),
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> ApiError {
        let reason = error.to_string();
        match error {
            SubmitError::Rejected(rejection) => ApiError::Rejected(rejection),
            SubmitError::SignerShare { .. } | SubmitError::Alternatives { .. } => {
                ApiError::NoRoom {
                    code: "mempool_signer_full",
                    reason,
                }
            }
            SubmitError::Full { .. } | SubmitError::GaveWay | SubmitError::Busy { .. } => {
                ApiError::NoRoom {
                    code: "mempool_full",
                    reason,
                }
            }
            SubmitError::Quarantined => ApiError::Quarantined,
            SubmitError::Stopping => ApiError::Stopping,
        }
    }
}

/// The interface's own messages.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::Chinese, include_str!("../../messages/api.zh.ftl")));
    static ENGLISH: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::English, include_str!("../../messages/api.en.ftl")));
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

fn load(language: Language, source: &str) -> Catalogue {
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}
