//! A stand-in for Firebase Cloud Messaging and Google's token endpoint. It believes nobody, answers a wrong request as
//! Google would, and remembers it as a fault.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::KeyPair;
use serde_json::{Map, Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::ledger::Ledger;
use crate::stand_in::{Record, Reset, Scripted, Scripts, lock, respond};

mod checks;

const PROJECT: &str = "ring-test-1";
const EMAIL: &str = "push@ring-test-1.iam.gserviceaccount.com";
/// A key for scripts that no device token can be.
const TOKEN_ENDPOINT: &str = "/token";

/// A message that was taken for good, or refused by script only.
#[derive(Debug, Clone)]
pub struct Message {
    /// The device's token.
    pub token: String,
    /// What the app gets.
    pub data: Map<String, Value>,
    /// The whole request.
    pub body: Value,
    /// The OAuth token it came with.
    pub bearer: String,
}

/// A running stand-in; ends when dropped.
pub struct Fcm {
    inner: Arc<Inner>,
    url: String,
    acceptor: AbortHandle,
}

struct Inner {
    grants: Mutex<Grants>,
    expires_in: AtomicU32,
    received: Record<Message>,
    faults: Mutex<Vec<String>>,
    scripts: Scripts,
    ledger: Ledger,
    connections: AtomicUsize,
    token_requests: AtomicUsize,
}

#[derive(Default)]
struct Grants {
    issued: usize,
    good: HashSet<String>,
    revoked: HashSet<String>,
}

impl Fcm {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let inner = Arc::new(Inner {
            grants: Mutex::default(),
            expires_in: AtomicU32::new(3599),
            received: Record::default(),
            faults: Mutex::default(),
            scripts: Scripts::default(),
            ledger: Ledger::default(),
            connections: AtomicUsize::new(0),
            token_requests: AtomicUsize::new(0),
        });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&inner))).abort_handle();
        Self { inner, url, acceptor }
    }

    /// The origin of `messages:send`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The complete URL of the token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_ENDPOINT}", self.url)
    }

    /// A provider's `credentials` that this stand-in believes.
    pub fn credentials(&self) -> Value {
        credentials(&key().serialize_pem())
    }

    /// A provider's `credentials` that are well-formed, with a key that this stand-in does not know.
    pub fn foreign_credentials(&self) -> Value {
        static FOREIGN: OnceLock<KeyPair> = OnceLock::new();
        credentials(&FOREIGN.get_or_init(rsa_key).serialize_pem())
    }

    /// The next answers to messages for this device token.
    pub fn script(&self, token: &str, answers: impl IntoIterator<Item = Scripted>) {
        self.inner.scripts.add(token, answers);
    }

    /// The next answers of the token endpoint.
    pub fn script_token_endpoint(&self, answers: impl IntoIterator<Item = Scripted>) {
        self.inner.scripts.add(TOKEN_ENDPOINT, answers);
    }

    /// How long OAuth tokens are good that are issued from now on, in seconds (3599).
    pub fn set_token_lifetime(&self, seconds: u32) {
        self.inner.expires_in.store(seconds, Ordering::Relaxed);
    }

    /// Ends every OAuth token before its time.
    pub fn revoke_tokens(&self) {
        let mut grants = lock(&self.inner.grants);
        let ended: Vec<String> = grants.good.drain().collect();
        grants.revoked.extend(ended);
    }

    /// Every message that was well-formed, in order.
    pub fn received(&self) -> Vec<Message> {
        self.inner.received.all()
    }

    /// Every message, as soon as there are `count`. Panics when they do not come within 20 seconds.
    pub async fn received_at_least(&self, count: usize) -> Vec<Message> {
        self.inner.received.at_least(count).await
    }

    /// Its books: every message, and how it was answered.
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

    /// How many OAuth tokens were asked for.
    pub fn token_requests(&self) -> usize {
        self.inner.token_requests.load(Ordering::Relaxed)
    }
}

impl Drop for Fcm {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

/// Made once: RSA keys take their time.
fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(rsa_key)
}

fn rsa_key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("an RSA key")
}

fn credentials(private_key: &str) -> Value {
    json!({"service_account": {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0123456789abcdef",
        "private_key": private_key,
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token",
    }})
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    // Owned by this task, so that a stand-in that ends takes its connections along.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        inner.connections.fetch_add(1, Ordering::Relaxed);
        connections.spawn(serve(stream, Arc::clone(&inner)));
    }
}

async fn serve(stream: TcpStream, inner: Arc<Inner>) -> Result<(), Infallible> {
    let _open = inner.ledger.visitor();
    // Without it a delayed acknowledgement costs each answer 40 ms; a refusal costs only time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let inner = Arc::clone(&inner);
        async move { inner.answer(request).await }
    });
    let served = hyper::server::conn::http1::Builder::new();
    // A connection that a script resets ends in an error.
    let _ = served.serve_connection(TokioIo::new(stream), service).await;
    Ok(())
}

impl Inner {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Reset> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
        if head.method == Method::POST && head.uri.path() == TOKEN_ENDPOINT {
            return self.grant(&body).await;
        }
        let message = match self.check(&head, &body) {
            Ok(message) => message,
            Err(refusal) => return Ok(refusal),
        };
        let token = message.token.clone();
        let message_id = message.data.get("twi_message_id").and_then(Value::as_str).unwrap_or_default();
        let number = self.ledger.ask(&token, message_id, None);
        self.received.push(message);
        let scripted = self.scripts.next(&token).play().await?;
        let response = scripted.unwrap_or_else(|| {
            let name = format!("projects/{PROJECT}/messages/{}", uuid::Uuid::new_v4());
            respond(StatusCode::OK, json!({"name": name}))
        });
        self.ledger.answer(number, response.status().as_u16()).await;
        Ok(response)
    }

    async fn grant(&self, body: &[u8]) -> Result<Response<Full<Bytes>>, Reset> {
        self.token_requests.fetch_add(1, Ordering::Relaxed);
        if let Some(scripted) = self.scripts.next(TOKEN_ENDPOINT).play().await? {
            return Ok(scripted);
        }
        if let Err(fault) = checks::assertion(body, key()) {
            self.fault(&fault);
            let refusal = json!({"error": "invalid_grant", "error_description": fault});
            return Ok(respond(StatusCode::BAD_REQUEST, refusal));
        }
        let mut grants = lock(&self.grants);
        grants.issued += 1;
        let token = format!("ya29.{}-{}", grants.issued, uuid::Uuid::new_v4());
        grants.good.insert(token.clone());
        let expires_in = self.expires_in.load(Ordering::Relaxed);
        let grant = json!({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"});
        Ok(respond(StatusCode::OK, grant))
    }

    fn fault(&self, fault: &str) {
        lock(&self.faults).push(fault.to_owned());
    }
}

/// An error as Google words it; `fcm_error` is such as `UNREGISTERED`.
pub fn error(http_status: u16, status: &str, fcm_error: &str, message: &str) -> Scripted {
    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let details = json!([{"@type": kind, "errorCode": fcm_error}]);
    Scripted::answer(
        http_status,
        json!({"error": {"status": status, "message": message, "details": details}}),
    )
}

/// The device is gone for good.
pub fn unregistered() -> Scripted {
    error(404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found.")
}

/// The network is in trouble.
pub fn unavailable() -> Scripted {
    error(503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable.")
}

/// Credential and device token do not belong together.
pub fn sender_mismatch() -> Scripted {
    error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch")
}
