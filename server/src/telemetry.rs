//! The log.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, LogFormat};

/// At `debug` it logs every query's parameters: device tokens, identities, hashes of keys. And the client of NATS tells of
/// each try to connect; how the bus is, the bus says once.
const QUIET: &str = "tokio_postgres=warn,async_nats=off";

/// Starts logging to stderr, so that stdout stays a command's own.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(config: &Config) -> Result<(), String> {
    // What comes later wins, so that a filter may still ask for it.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log))
        .map_err(|error| format!("RINGHOOK_LOG: {error}"))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|error| error.to_string())
}
