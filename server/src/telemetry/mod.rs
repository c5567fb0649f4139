//! The log, and traces where the operator has a collector.
//!
//! Two kinds of spans. Those of the log name the request, the workspace and the notification in every line that is about
//! them, and are always there. The steps of a trace have a target of their own, which the log leaves out: without a
//! collector nobody asks for them, and they cost one look at a flag.

mod otlp;
mod trail;

use std::{io::IsTerminal, sync::OnceLock};

use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    config::{Config, LogFormat},
    metrics::LogCounter,
};

pub use otlp::traces_to;
pub use trail::{Trail, attempt_span, push_span, step, step_in_place};

/// At `debug` the driver logs every query's parameters: device tokens, identities, hashes of keys. And the client of NATS
/// tells of each try to connect; how the bus is, the bus says once. Steps are for traces.
const QUIET: &str = "tokio_postgres=warn,async_nats=off,steps=off";
/// The target of a trace's spans.
const STEPS: &str = "steps";

static TRACES: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Starts logging to stderr, so that stdout stays a command's own. `traced`: and sending traces, if the environment names
/// a collector.
///
/// # Errors
/// When the filter, or what the environment says of the collector, cannot be read.
pub fn start(config: &Config, traced: bool) -> Result<(), String> {
    // What comes later wins, so that a filter may still ask for it.
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log))
        .map_err(|error| format!("RINGHOOK_LOG: {error}"))?;
    // Colours are for a terminal: in a file they hide the words that one looks for.
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_target(false).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let traces = match traced.then(|| otlp::provider(&config.extra_ca)).transpose()?.flatten() {
        Some(provider) => {
            let tracer = otlp::tracer(&provider);
            let layer = tracing_opentelemetry::layer()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_level(false)
                .with_tracked_inactivity(false);
            let _ = TRACES.set(provider);
            // Steps alone, and never an event: a line of the log may name what no trace is to hold.
            let steps = filter_fn(|metadata| metadata.is_span() && metadata.target() == STEPS);
            Some(layer.with_filter(steps.with_max_level_hint(LevelFilter::INFO)))
        }
        None => None,
    };
    let counter = LogCounter.with_filter(LevelFilter::WARN);
    let started = tracing_subscriber::registry().with(lines).with(counter).with(traces).try_init();
    started.map_err(|error| error.to_string())?;
    crate::store::statements::tell();
    Ok(())
}

/// Whether traces are sent.
fn is_traced() -> bool {
    TRACES.get().is_some()
}

/// Sends what is left of the traces. For the end of the process.
pub async fn flush() {
    let Some(provider) = TRACES.get() else { return };
    // It waits for its own thread, and that one for this runtime.
    let ended = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(otlp::LAST)).await;
    if let Ok(Err(error)) = ended {
        tracing::warn!(%error, "the last traces were not sent");
    }
}
