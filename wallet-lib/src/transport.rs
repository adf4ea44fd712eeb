//! How a node is reached: requests and responses over any transport, and what a response's status means.

use ledger_core::state::overlay::RECORD_BYTES_MAX;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Problem;
use crate::error::Error;

/// The longest answer a wallet reads, in bytes: a full block as JSON.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How many entries of a list are asked for at once.
pub const PAGE_LIMIT: u64 = 500;
/// How long a wallet waits for an answer that needs no waiting, in milliseconds.
pub(crate) const ANSWER_MS_MAX: u64 = 15_000;
/// The longest answer about one record, in bytes: the record and its proof, each as JSON of at most a few times a record's
/// length. What is read into a tree of JSON values takes many times its length.
pub(crate) const RECORD_ANSWER_BYTES_MAX: usize = 8 * RECORD_BYTES_MAX;
/// How much of an error's words a wallet repeats, in bytes.
const WORDS_BYTES_MAX: usize = 1_024;
/// When to try again if a busy node does not say, in seconds.
const RETRY_AFTER_S_DEFAULT: u64 = 1;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Submits.
    Post,
}

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// `application/json`.
    Json,
    /// `application/octet-stream`: borsh.
    Borsh,
}

impl Content {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Content::Json => "application/json",
            Content::Borsh => "application/octet-stream",
        }
    }
}

/// A request to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Path and query, ready to be sent.
    pub path: String,
    /// The form the answer should have.
    pub accept: Content,
    /// What is sent.
    pub body: Option<(Content, Vec<u8>)>,
    /// How long to wait for the answer.
    pub timeout_ms: u64,
}

impl Request {
    /// Reads `path`, as JSON.
    pub const fn get(path: String) -> Request {
        Request {
            method: Method::Get,
            path,
            accept: Content::Json,
            body: None,
            timeout_ms: ANSWER_MS_MAX,
        }
    }
}

/// A node's response, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The node that gave it.
    pub node: String,
    /// The HTTP status.
    pub status: u16,
    /// When to try again, if it says.
    pub retry_after_s: Option<u64>,
    /// At most [`ANSWER_BYTES_MAX`] bytes.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{node}: {reason}")]
pub struct TransportError {
    /// The node that was asked last.
    pub node: String,
    /// What went wrong.
    pub reason: String,
}

/// A way to reach a node.
pub trait Transport {
    /// Sends `request` and waits for the response.
    ///
    /// # Errors
    /// When there is none within the request's time, or it is longer than [`ANSWER_BYTES_MAX`].
    fn request(&self, request: &Request) -> Result<Response, TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        (**self).request(request)
    }
}

/// What a response that is no success means.
pub(crate) fn failure(response: &Response) -> Error {
    let node = response.node.clone();
    let body = &response.body;
    let readable = body.get(..body.len().min(RECORD_ANSWER_BYTES_MAX));
    let Ok(Problem { error, .. }) = serde_json::from_slice(readable.unwrap_or_default()) else {
        return Error::NodeFailed {
            node,
            status: response.status,
            answer: "none".to_owned(),
            reason: "no error in the form of docs/api.md".to_owned(),
        };
    };
    let detail = |name: &str| {
        let value = error.details.get(name).and_then(|value| value.as_str());
        bounded(value.unwrap_or("?"))
    };
    let (answer, reason) = (bounded(&error.code), bounded(&error.message_en));
    match response.status {
        404 => Error::NotFound {
            thing: detail("kind"),
            id: detail("id"),
        },
        422 => Error::Refused {
            refusal: Box::new(error),
        },
        429 | 503 => Error::NodeBusy {
            node,
            answer,
            retry_after_s: response.retry_after_s.unwrap_or(RETRY_AFTER_S_DEFAULT),
        },
        400..=499 => Error::RequestRefused { answer, reason },
        status => Error::NodeFailed {
            node,
            status,
            answer,
            reason,
        },
    }
}

/// The body as a `B`.
pub(crate) fn json<B: DeserializeOwned>(response: Response) -> Result<B, Error> {
    serde_json::from_slice(&response.body).map_err(|error| malformed(response.node, &error))
}

/// That the answer of `node` is not what was agreed. What is wrong with it may be quoted from it, so not all of it is said.
pub(crate) fn malformed(node: String, reason: &dyn std::fmt::Display) -> Error {
    let reason = bounded(&reason.to_string());
    Error::AnswerMalformed { node, reason }
}

/// As much of a node's words as a person reads.
fn bounded(words: &str) -> String {
    if words.len() <= WORDS_BYTES_MAX {
        return words.to_owned();
    }
    let end = words.floor_char_boundary(WORDS_BYTES_MAX);
    format!("{}…", words.get(..end).unwrap_or_default())
}

/// `path` with those of `parameters` that have a value.
pub(crate) fn query(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let mut text = path.to_owned();
    let mut separator = '?';
    for (name, value) in parameters {
        if let Some(value) = value {
            text.push(separator);
            text.push_str(name);
            text.push('=');
            text.push_str(&escape(value));
            separator = '&';
        }
    }
    text
}

/// The word by which the API knows a variant.
pub(crate) fn word<V: Serialize>(variant: &V) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a variant without fields is a word, not {other:?}"),
    }
}

/// Percent-encodes everything but letters, digits and `-._~` (RFC 3986, section 2.3).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_absent_ones_left_out() {
        let parameters = [
            ("a", Some("x y&z".to_owned())),
            ("b", None),
            ("c", Some("2026-11-22".to_owned())),
        ];
        assert_eq!(query("/p", &parameters), "/p?a=x%20y%26z&c=2026-11-22");
        assert_eq!(query("/p", &[("b", None)]), "/p");
    }
}
