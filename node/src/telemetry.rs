//! Logs: `tracing` to standard error, as lines for people or one JSON object a line.

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// The libraries for networking and consensus speak of every connection and vote; the node says what matters of it. Of each request
/// beyond the bound of its connection libp2p warns in a line of its own, and a peer can send as many as it likes.
const QUIET_DEPENDENCIES: &str =
    "libp2p=warn,libp2p_request_response=error,multistream_select=warn,arc_malachitebft=warn";

/// Why logging was not set up.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot be set up: {reason}")]
pub struct TelemetryError {
    /// Why.
    pub reason: String,
}

/// Sends log lines to standard error from now on.
///
/// # Errors
/// When a subscriber is set up already, or the level is no filter, which the configuration has checked.
pub fn start(config: &LogConfig) -> Result<(), TelemetryError> {
    let failed = |reason: String| TelemetryError { reason };
    let filter = EnvFilter::try_new(format!("{QUIET_DEPENDENCIES},{}", config.level))
        .map_err(|error| failed(error.to_string()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match config.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| failed(error.to_string()))
}
