//! A small OpenID provider (OpenID Connect Core and Discovery 1.0) with one person at it, who is always logged in. It
//! believes nobody: client, redirect and PKCE are checked, and a code works once. A test may make it lie.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Utc;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::stand_in::lock;

/// The one client that it knows.
pub const CLIENT_ID: &str = "ringhook";
/// And its secret.
pub const CLIENT_SECRET: &str = "client-secret-0123456789";

/// Who is at the provider.
#[derive(Debug, Clone)]
pub struct Person {
    pub subject: String,
    pub email: String,
    pub email_verified: bool,
}

/// What is wrong with the ID tokens that it gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    None,
    Nonce,
    Audience,
    Issuer,
    Expired,
    Unsigned,
    OtherKey,
}

struct Inner {
    url: String,
    key: Mutex<EcdsaKeyPair>,
    person: Mutex<Person>,
    lie: Mutex<Lie>,
    /// What each code that was not redeemed yet stands for: the query of its authorization.
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
    faults: Mutex<Vec<String>>,
}

/// A running provider; ends when dropped.
pub struct Issuer {
    inner: Arc<Inner>,
    acceptor: AbortHandle,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

fn new_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key")
}

impl Issuer {
    /// Starts on a free port of 127.0.0.1, with ann@example.com at it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let person =
            Person { subject: "subject-1".into(), email: "ann@example.com".into(), email_verified: true };
        let inner = Arc::new(Inner {
            url,
            key: Mutex::new(new_key()),
            person: Mutex::new(person),
            lie: Mutex::new(Lie::None),
            codes: Mutex::default(),
            faults: Mutex::default(),
        });
        let acceptor = tokio::spawn(accept(listener, Arc::clone(&inner))).abort_handle();
        Self { inner, acceptor }
    }

    /// Its issuer URL.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// Changes who is at it.
    pub fn set_person(&self, change: impl FnOnce(&mut Person)) {
        change(&mut lock(&self.inner.person));
    }

    /// From now on its tokens lie.
    pub fn set_lie(&self, lie: Lie) {
        *lock(&self.inner.lie) = lie;
    }

    /// Signs with a new key from now on.
    pub fn roll_key(&self) {
        *lock(&self.inner.key) = new_key();
    }

    /// What was wrong with what it was asked.
    pub fn faults(&self) -> Vec<String> {
        lock(&self.inner.faults).clone()
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = Arc::clone(&inner);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(Arc::clone(&inner), request));
            let served =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                eprintln!("the OpenID provider lost a connection: {error}");
            }
        });
    }
}

async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let answered = match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/.well-known/openid-configuration") => Ok(inner.document()),
        (&Method::GET, "/keys") => Ok(inner.keys()),
        (&Method::GET, "/authorize") => return Ok(inner.authorize(parts.uri.query().unwrap_or_default())),
        (&Method::POST, "/token") => {
            let authorization = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
            inner.redeem(authorization.unwrap_or_default(), &body)
        }
        (method, path) => Err(format!("{method} {path}: there is nothing")),
    };
    let (status, value) = match answered {
        Ok(value) => (200, value),
        Err(fault) => {
            lock(&inner.faults).push(fault);
            (400, json!({"error": "invalid_grant"}))
        }
    };
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::from(value.to_string())).expect("an answer"))
}

fn pairs(text: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

impl Inner {
    fn document(&self) -> Value {
        json!({
            "issuer": self.url,
            "authorization_endpoint": format!("{}/authorize", self.url),
            "token_endpoint": format!("{}/token", self.url),
            "jwks_uri": format!("{}/keys", self.url),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "none"],
        })
    }

    fn keys(&self) -> Value {
        let key = lock(&self.key);
        let point = key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "x": x, "y": y}]})
    }

    /// The person agrees at once: back with a code.
    fn authorize(&self, query: &str) -> Response<Full<Bytes>> {
        let asked = pairs(query.as_bytes());
        let has = |name: &str, value: &str| asked.get(name).is_some_and(|given| given == value);
        let scopes: Vec<&str> = asked.get("scope").map_or(Vec::new(), |scope| scope.split(' ').collect());
        let right = has("response_type", "code")
            && has("client_id", CLIENT_ID)
            && has("code_challenge_method", "S256")
            && ["state", "nonce", "code_challenge"].iter().all(|name| asked.contains_key(*name))
            && scopes.contains(&"openid")
            && scopes.contains(&"email");
        if !right {
            lock(&self.faults).push(format!("/authorize?{query}"));
        }
        let code = Uuid::new_v4().simple().to_string();
        let mut back: Url = asked["redirect_uri"].parse().expect("a URL");
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
        lock(&self.codes).insert(code, asked);
        let response = Response::builder().status(302).header("location", back.as_str());
        response.body(Full::default()).expect("an answer")
    }

    fn redeem(&self, authorization: &str, body: &[u8]) -> Result<Value, String> {
        let known = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        if authorization != known {
            return Err(format!("/token: another client: {authorization}"));
        }
        let given = pairs(body);
        let get = |name: &str| given.get(name).cloned().unwrap_or_default();
        let asked = lock(&self.codes).remove(&get("code")).ok_or("/token: no such code, or not any more")?;
        let challenge =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, get("code_verifier").as_bytes());
        if URL_SAFE_NO_PAD.encode(challenge) != asked["code_challenge"] {
            return Err("/token: the verifier is not the challenge's".into());
        }
        if get("grant_type") != "authorization_code" || get("redirect_uri") != asked["redirect_uri"] {
            return Err(format!("/token: {given:?}"));
        }
        let id_token = self.id_token(&asked["nonce"]);
        Ok(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
    }

    fn id_token(&self, nonce: &str) -> String {
        let (person, lie, now) = (lock(&self.person).clone(), *lock(&self.lie), Utc::now().timestamp());
        let unless =
            |lied: Lie, truth: &str| if lie == lied { "another".to_owned() } else { truth.to_owned() };
        let issuer = if lie == Lie::Issuer { "http://127.0.0.1:9" } else { &*self.url };
        let claims = json!({
            "iss": issuer,
            "sub": person.subject,
            "aud": unless(Lie::Audience, CLIENT_ID),
            "exp": if lie == Lie::Expired { now - 600 } else { now + 60 },
            "iat": if lie == Lie::Expired { now - 700 } else { now },
            "nonce": unless(Lie::Nonce, nonce),
            "email": person.email,
            "email_verified": person.email_verified,
        });
        let alg = if lie == Lie::Unsigned { "none" } else { "ES256" };
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({"alg": alg, "typ": "JWT"})), part(claims));
        let other = new_key();
        let key = lock(&self.key);
        let key = if lie == Lie::OtherKey { &other } else { &*key };
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        match lie {
            Lie::Unsigned => format!("{signed}."),
            _ => format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)),
        }
    }
}
