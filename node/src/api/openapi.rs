//! The OpenAPI 3.1 document, generated from the handlers, and where it is served.

use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::Api;

#[derive(OpenApi)]
#[openapi(info(
    title = "Timebank Ledger node",
    description = "One office's node of a city's time bank. Records, ids and proofs are described in docs/protocol.md, \
                   the conventions of this interface in docs/api.md."
))]
struct Description;

/// The document before the routes are added.
pub(super) fn document() -> Document {
    Description::openapi()
}

/// Serves the whole document, and a page that lists its paths.
pub(super) fn routes(document: Document) -> Router<Api> {
    let page = page(&document);
    Router::new()
        .route(
            "/v1/openapi.json",
            get(move || async move { Json(document) }),
        )
        .route("/", get(move || async move { Html(page) }))
}

/// A plain page with every path, for whoever opens the node's address in a browser.
fn page(document: &Document) -> String {
    let mut rows = String::new();
    for (path, item) in &document.paths.paths {
        let operation = item
            .get
            .as_ref()
            .map(|it| ("GET", it))
            .or(item.post.as_ref().map(|it| ("POST", it)));
        if let Some((method, operation)) = operation {
            let summary = operation.summary.clone().unwrap_or_default();
            rows.push_str(&format!(
                "<tr><td>{method}</td><td><code>{path}</code></td><td>{summary}</td></tr>\n"
            ));
        }
    }
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Timebank Ledger</title><h1>Timebank Ledger · 时间银行账本</h1>\
         <p><a href=\"/v1/openapi.json\">OpenAPI 3.1</a> · <a href=\"/v1/status\">status</a> · \
         <a href=\"/metrics\">metrics</a></p><table>{rows}</table>"
    )
}
