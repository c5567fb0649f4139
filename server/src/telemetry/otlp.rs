//! Traces to a collector: OTLP over HTTP, set up by OpenTelemetry's own variables
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use std::{env, fmt, pin::Pin, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::runtime::Handle;

const NAME: &str = "ringhook";
/// Either turns traces on.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
/// How long a collector may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the last traces may take at the end of the process.
pub const LAST: Duration = Duration::from_secs(2);

/// The variable by which the environment names a collector, if it does; nothing is sent.
///
/// # Errors
/// A sentence that names what cannot be used.
pub fn traces_to(extra_ca: &[u8]) -> Result<Option<&'static str>, String> {
    Ok(exporter(extra_ca)?.map(|(name, _)| name))
}

fn exporter(extra_ca: &[u8]) -> Result<Option<(&'static str, SpanExporter)>, String> {
    let is_given = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
    let Some(&name) = ENDPOINTS.iter().find(|name| is_given(name)) else { return Ok(None) };
    let say = |error: &dyn fmt::Display| format!("{name}: {error}");
    let client = Client::new(extra_ca).map_err(|error| say(&error))?;
    let exporter = SpanExporter::builder().with_http().with_http_client(client).build();
    Ok(Some((name, exporter.map_err(|error| say(&error))?)))
}

/// What sends traces; nothing when the environment names no collector.
///
/// # Errors
/// A sentence that names what cannot be used.
pub fn provider(extra_ca: &[u8]) -> Result<Option<SdkTracerProvider>, String> {
    let Some((_, exporter)) = exporter(extra_ca)? else { return Ok(None) };
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are read by the builder, and win.
    let mut resource = Resource::builder();
    if env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(NAME);
    }
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = resource.with_attribute(version).build();
    Ok(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
}

/// What makes spans.
pub fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    provider.tracer(NAME)
}

/// The HTTP client that everything here goes out by. The exporter runs on a thread of its own, without a runtime: so each
/// request is a task of ours.
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl Client {
    fn new(extra_ca: &[u8]) -> reqwest::Result<Self> {
        let authorities = reqwest::Certificate::from_pem_bundle(extra_ca)?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("ringhook/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(authorities)
            .timeout(PATIENCE)
            .build()?;
        Ok(Self { http, runtime: Handle::current() })
    }
}

/// Nothing of it: headers may hold a collector's key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Client {
    fn send_bytes<'life0, 'async_trait>(&'life0 self, request: Request<Bytes>) -> Sending<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let sending = self.runtime.spawn(send(self.http.clone(), request));
        Box::pin(async move {
            let sent = sending.await?;
            match &sent {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "traces were not taken"),
                // The error's own text names the URL, and that may hold a key.
                Err(error) => tracing::warn!(timeout = error.is_timeout(), "traces could not be sent"),
            }
            Ok(sent?)
        })
    }
}

async fn send(http: reqwest::Client, request: Request<Bytes>) -> reqwest::Result<Response<Bytes>> {
    let mut response = http.execute(request.try_into()?).await?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut answer = Response::new(response.bytes().await?);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
