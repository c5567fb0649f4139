//! A stand-in for the Apple Push Notification service: HTTP/2 over TLS, one environment. It believes nobody, answers a
//! wrong push as Apple would, and remembers it as a fault.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::KeyPair;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::ledger::Ledger;
use crate::stand_in::{Record, Reset, Scripted, Scripts, lock, respond};
use crate::tls;

mod checks;

const KEY_ID: &str = "ABC123DEFG";
const TEAM_ID: &str = "TEAM567890";
const BUNDLE_ID: &str = "com.example.ring";

/// What may differ from a stand-in that [`Apns::start`] starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How many pushes may be under way on one connection; HTTP/2's default without.
    pub max_streams: Option<u32>,
    /// After how many pushes a connection is closed with GOAWAY; never without.
    pub goaway_after: Option<usize>,
    /// How long every answer takes.
    pub delay: Duration,
    /// HTTP/2 without TLS.
    pub clear_text: bool,
}

/// A push that was taken for good, or refused by script only.
#[derive(Debug, Clone)]
pub struct Push {
    /// The device's token.
    pub token: String,
    /// `voip` or `alert`.
    pub push_type: String,
    /// `apns-topic`.
    pub topic: String,
    /// `apns-id`.
    pub id: String,
    /// `apns-collapse-id`, if there was one.
    pub collapse_id: Option<String>,
    /// `apns-expiration`, Unix seconds.
    pub expiration: i64,
    /// What the app gets.
    pub body: Value,
    /// The provider token it came with.
    pub jwt: String,
}

/// A running stand-in; ends when dropped.
pub struct Apns {
    inner: Arc<Inner>,
    url: String,
    ca_pem: String,
    acceptor: AbortHandle,
}

struct Inner {
    options: Options,
    key: KeyPair,
    jwts: Mutex<HashSet<String>>,
    clock_ahead: AtomicI64,
    received: Record<Push>,
    faults: Mutex<Vec<String>>,
    scripts: Scripts,
    ledger: Ledger,
    connections: AtomicUsize,
}

impl Apns {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts on a free port of 127.0.0.1, in another way.
    pub async fn start_with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let scheme = if options.clear_text { "http" } else { "https" };
        let (tls, ca_pem) = tls::acceptor(&[b"h2"]);
        let inner = Arc::new(Inner {
            options,
            key: KeyPair::generate().expect("an EC key"),
            jwts: Mutex::default(),
            clock_ahead: AtomicI64::new(0),
            received: Record::default(),
            faults: Mutex::default(),
            scripts: Scripts::default(),
            ledger: Ledger::default(),
            connections: AtomicUsize::new(0),
        });
        let acceptor = tokio::spawn(accept(listener, tls, Arc::clone(&inner))).abort_handle();
        let url = format!("{scheme}://{address}");
        Self { inner, url, ca_pem, acceptor }
    }

    /// The origin.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate authority behind its certificate.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// A provider's `credentials` that this stand-in believes.
    pub fn credentials(&self) -> Value {
        credentials(&self.inner.key)
    }

    /// A provider's `credentials` that are well-formed, with a key that this stand-in does not know.
    pub fn foreign_credentials(&self) -> Value {
        credentials(&KeyPair::generate().expect("an EC key"))
    }

    /// The next answers to pushes for this device token.
    pub fn script(&self, token: &str, answers: impl IntoIterator<Item = Scripted>) {
        self.inner.scripts.add(token, answers);
    }

    /// Lets its clock be this far ahead of the real one, as provider tokens are judged.
    pub fn set_clock_ahead(&self, ahead: Duration) {
        let seconds = ahead.as_secs().cast_signed();
        self.inner.clock_ahead.store(seconds, Ordering::Relaxed);
    }

    /// Every push that was well-formed, in order.
    pub fn received(&self) -> Vec<Push> {
        self.inner.received.all()
    }

    /// Every push, as soon as there are `count`. Panics when they do not come within 20 seconds.
    pub async fn received_at_least(&self, count: usize) -> Vec<Push> {
        self.inner.received.at_least(count).await
    }

    /// Its books: every push, and how it was answered.
    pub fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// What Ringhook should never have sent, in words.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.inner.faults).clone()
    }

    /// How many TCP connections were made.
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::Relaxed)
    }

    /// How many different provider tokens were believed.
    pub fn jwts(&self) -> usize {
        lock(&self.inner.jwts).len()
    }
}

impl Drop for Apns {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

fn credentials(key: &KeyPair) -> Value {
    json!({"key": key.serialize_pem(), "key_id": KEY_ID, "team_id": TEAM_ID, "bundle_id": BUNDLE_ID})
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, inner: Arc<Inner>) {
    // Owned by this task, so that a stand-in that ends takes its connections along.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        inner.connections.fetch_add(1, Ordering::Relaxed);
        connections.spawn(greet(stream, tls.clone(), Arc::clone(&inner)));
    }
}

async fn greet(stream: TcpStream, tls: TlsAcceptor, inner: Arc<Inner>) {
    let _open = inner.ledger.visitor();
    // Without it a delayed acknowledgement costs each answer 40 ms; a refusal costs only time.
    let _ = stream.set_nodelay(true);
    if inner.options.clear_text {
        return serve(stream, inner).await;
    }
    // Who does not trust the certificate goes away.
    if let Ok(stream) = tls.accept(stream).await {
        serve(stream, inner).await;
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, inner: Arc<Inner>) {
    let enough = Arc::new(Notify::new());
    let served = Arc::new(AtomicUsize::new(0));
    let service = service_fn({
        let (inner, enough) = (Arc::clone(&inner), Arc::clone(&enough));
        move |request| {
            let served = served.fetch_add(1, Ordering::Relaxed) + 1;
            if inner.options.goaway_after == Some(served) {
                enough.notify_one();
            }
            let (inner, asking) = (Arc::clone(&inner), inner.ledger.visitor());
            async move {
                let _asking = asking;
                inner.answer(request).await
            }
        }
    });
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    if let Some(streams) = inner.options.max_streams {
        builder.max_concurrent_streams(streams);
    }
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = &mut connection => {}
        () = enough.notified() => {
            connection.as_mut().graceful_shutdown();
            // A peer that closes first is an error to hyper, and none to a test.
            let _ = connection.await;
        }
    }
}

impl Inner {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Reset> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
        tokio::time::sleep(self.options.delay).await;
        let push = match self.check(&head, &body) {
            Ok(push) => push,
            Err(refusal) => {
                lock(&self.faults).extend(refusal.fault);
                return Ok(respond(refusal.status, json!({"reason": refusal.reason})));
            }
        };
        let (token, id) = (push.token.clone(), push.id.clone());
        let message_id = push.body["twi_message_id"].as_str().unwrap_or_default();
        let number = self.ledger.ask(&token, message_id, Some(&id));
        self.received.push(push);
        let response = match self.scripts.next(&token).play().await? {
            Some(scripted) => scripted,
            None => {
                let mut response = respond(StatusCode::OK, "");
                response.headers_mut().insert("apns-id", id.parse().map_err(|_| Reset)?);
                response
            }
        };
        self.ledger.answer(number, response.status().as_u16()).await;
        Ok(response)
    }
}
