//! A collector of traces: OTLP over HTTP, as <https://opentelemetry.io/docs/specs/otlp/#otlphttp> has it. It keeps what it
//! is sent.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::stand_in::lock;

/// A span, as it was sent.
#[derive(Debug, Clone)]
pub struct Sent(Span);

impl Sent {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The trace that it is of, in hex.
    pub fn trace(&self) -> String {
        hex(&self.0.trace_id)
    }

    /// Its id, in hex.
    pub fn id(&self) -> String {
        hex(&self.0.span_id)
    }

    /// The id of the span that it is within, in hex; empty when there is none.
    pub fn parent(&self) -> String {
        hex(&self.0.parent_span_id)
    }

    /// What it says of itself.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let found = self.0.attributes.iter().find(|attribute| attribute.key == name)?;
        match found.value.as_ref()?.value.as_ref()? {
            any_value::Value::StringValue(text) => Some(text.clone()),
            other => Some(format!("{other:?}")),
        }
    }

    /// The names of what it says of itself.
    pub fn attributes(&self) -> Vec<&str> {
        self.0.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
    }

    /// How many events lie in it.
    pub fn events(&self) -> usize {
        self.0.events.len()
    }

    /// Whether it ended no earlier than it began.
    pub fn is_in_order(&self) -> bool {
        self.0.start_time_unix_nano > 0 && self.0.end_time_unix_nano >= self.0.start_time_unix_nano
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct Inner {
    spans: Mutex<Vec<Sent>>,
    services: Mutex<Vec<String>>,
    bytes: Mutex<Vec<u8>>,
    faults: Mutex<Vec<String>>,
}

/// A running collector; ends when dropped.
pub struct Collector {
    inner: Arc<Inner>,
    url: String,
    acceptor: AbortHandle,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

impl Collector {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let inner = Arc::<Inner>::default();
        let acceptor = tokio::spawn(accept(listener, inner.clone())).abort_handle();
        Self { inner, url, acceptor }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every span so far.
    pub fn spans(&self) -> Vec<Sent> {
        lock(&self.inner.spans).clone()
    }

    /// The services that spans came from, one a request.
    pub fn services(&self) -> Vec<String> {
        lock(&self.inner.services).clone()
    }

    /// Every byte that came, for a search.
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.inner.bytes).clone()
    }

    /// What was wrong with what came.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.inner.faults).clone()
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = inner.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(inner.clone(), request));
            let served =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                eprintln!("the collector lost a connection: {error}");
            }
        });
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let is_right = parts.method == Method::POST
        && parts.uri.path() == "/v1/traces"
        && kind == Some("application/x-protobuf");
    let taken = match ExportTraceServiceRequest::decode(body.clone()) {
        Ok(taken) if is_right => taken,
        other => {
            let fault = format!("{} {} {kind:?}: {:?}", parts.method, parts.uri, other.err());
            lock(&inner.faults).push(fault);
            let mut refused = Response::default();
            *refused.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(refused);
        }
    };
    lock(&inner.bytes).extend_from_slice(&body);
    for resource in taken.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let name = attributes.into_iter().find(|attribute| attribute.key == "service.name");
        lock(&inner.services).extend(name.map(|name| format!("{:?}", name.value)));
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        lock(&inner.spans).extend(spans.map(Sent));
    }
    // An empty answer is a full success.
    let mut answer = Response::default();
    answer.headers_mut().insert("content-type", http::HeaderValue::from_static("application/x-protobuf"));
    Ok(answer)
}
