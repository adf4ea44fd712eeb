//! A node reached by an app's own HTTP.
//!
//! The library speaks HTTP itself; an app that must use its platform's (a proxy, a certificate store, a test) gives the
//! library an object with this one method per node. Whatever it returns is believed only where a proof bears it out.

use std::sync::Arc;

use timebank_wallet::client::{self, Method};

/// A request to a node.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query, ready to be appended to the node's address.
    pub path: String,
    /// The value of the header `accept`.
    pub accept: String,
    /// The value of the header `content-type`; none without a body.
    pub content_type: Option<String>,
    /// The body; empty without one.
    pub body: Vec<u8>,
    /// How long to wait for the answer, in milliseconds. A node may hold an answer back nearly as long.
    pub timeout_ms: u64,
}

/// A node's response, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The value of the header `retry-after` in seconds, if the node gave one.
    pub retry_after_s: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// The node did not answer, or not in time.
    #[error("{reason}")]
    Unreachable {
        /// What went wrong, for a log.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    /// The app's own code failed: for the wallet that is a node that cannot be reached.
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> TransportError {
        TransportError::Unreachable {
            reason: error.reason,
        }
    }
}

/// A way to reach one node, given by the app. It is called from the thread that called the wallet.
#[uniffi::export(with_foreign)]
pub trait Transport: Send + Sync {
    /// What the node is called in errors and reports: its address.
    fn node(&self) -> String;

    /// Sends `request` and waits for the response. Every status is a response.
    ///
    /// # Errors
    /// When there is none within the request's time.
    fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// An app's transport as the wallet's.
pub(crate) struct Foreign(pub(crate) Arc<dyn Transport>);

impl client::Transport for Foreign {
    fn request(
        &self,
        request: &client::Request,
    ) -> Result<client::Response, client::TransportError> {
        let node = self.0.node();
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let (content_type, body) = match &request.body {
            Some((content, bytes)) => (Some(content.media_type().to_owned()), bytes.clone()),
            None => (None, Vec::new()),
        };
        let sent = HttpRequest {
            method: method.to_owned(),
            path: request.path.clone(),
            accept: request.accept.media_type().to_owned(),
            content_type,
            body,
            timeout_ms: request.timeout_ms,
        };
        let failed = |node: String, reason: String| client::TransportError { node, reason };
        let answer = match self.0.request(sent) {
            Ok(answer) => answer,
            Err(TransportError::Unreachable { reason }) => return Err(failed(node, reason)),
        };
        if answer.body.len() > client::ANSWER_BYTES_MAX {
            let reason = format!(
                "its answer is longer than {} bytes",
                client::ANSWER_BYTES_MAX
            );
            return Err(failed(node, reason));
        }
        Ok(client::Response {
            node,
            status: answer.status,
            retry_after_s: answer.retry_after_s,
            body: answer.body,
        })
    }
}
