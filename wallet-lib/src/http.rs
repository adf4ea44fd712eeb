//! Nodes over HTTP: one is asked, and the next one when it does not answer.

use std::io::Read;
use std::time::Duration;

use crate::client::{
    ANSWER_BYTES_MAX, Content, Method, Request, Response, Transport, TransportError,
};

/// How long connecting to a node may take.
const CONNECT_MS_MAX: u64 = 5_000;

/// Nodes that stand in for each other, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    nodes: Vec<String>,
    agent: ureq::Agent,
}

impl HttpTransport {
    /// The nodes at `nodes`, such as `http://127.0.0.1:8080`. Every one is asked until one answers.
    pub fn new(nodes: impl IntoIterator<Item = String>) -> HttpTransport {
        let config = ureq::Agent::config_builder()
            // Every status is an answer; what it means is the client's business.
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_millis(CONNECT_MS_MAX)))
            .build();
        HttpTransport {
            nodes: nodes
                .into_iter()
                .map(|node| node.trim_end_matches('/').to_owned())
                .collect(),
            agent: config.into(),
        }
    }

    fn ask(&self, node: &str, request: &Request) -> Result<Response, TransportError> {
        let failed = |reason: String| TransportError {
            node: node.to_owned(),
            reason,
        };
        let url = format!("{node}{}", request.path);
        let timeout = Some(Duration::from_millis(request.timeout_ms));
        let accept = request.accept.media_type();
        let answer = match (request.method, &request.body) {
            (Method::Get, _) => self
                .agent
                .get(&url)
                .config()
                .timeout_global(timeout)
                .build()
                .header("accept", accept)
                .call(),
            (Method::Post, body) => {
                let (content, bytes) = match body {
                    Some((content, bytes)) => (*content, bytes.as_slice()),
                    None => (Content::Json, [].as_slice()),
                };
                self.agent
                    .post(&url)
                    .config()
                    .timeout_global(timeout)
                    .build()
                    .header("accept", accept)
                    .content_type(content.media_type())
                    .send(bytes)
            }
        };
        let mut answer = answer.map_err(|error| failed(error.to_string()))?;
        let retry_after_s = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let limit = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
        let mut body = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .take(limit.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|error| failed(error.to_string()))?;
        if body.len() > ANSWER_BYTES_MAX {
            return Err(failed(format!(
                "its answer is longer than {ANSWER_BYTES_MAX} bytes"
            )));
        }
        Ok(Response {
            node: node.to_owned(),
            status: answer.status().as_u16(),
            retry_after_s,
            body,
        })
    }
}

impl Transport for HttpTransport {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut last = TransportError {
            node: "none".to_owned(),
            reason: "no node is configured".to_owned(),
        };
        for node in &self.nodes {
            match self.ask(node, request) {
                Ok(response) => return Ok(response),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
