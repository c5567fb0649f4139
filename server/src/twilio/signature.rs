//! The signature that proves that a request is Twilio's.
//!
//! HMAC-SHA1 under the account's auth token over the URL that Twilio was given, its query included. A JSON body is
//! covered through the query: Twilio appends `bodySHA256`, the hex SHA-256 of the raw body.
//! See <https://www.twilio.com/docs/usage/security#validating-requests>.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringhook_openapi::{RejectReason, SignaturePolicy};

use super::{diagnosis, hints};

/// The query parameter that carries the body's hash.
pub const BODY_HASH: &str = "bodySHA256";

/// The signature of `url` (fragment and `user:pass@` already taken off) under `auth_token`: base64 of HMAC-SHA1.
pub fn sign(url: &str, auth_token: &[u8]) -> String {
    sign_with(&hmac_key(auth_token), url)
}

/// The value of `bodySHA256` for `body`: lower-case hex, 64 digits.
pub fn body_hash(body: &[u8]) -> String {
    digest::digest(&digest::SHA256, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a signature is checked against.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `scheme://host[:port][/prefix]` as Twilio was given it, without a trailing slash. One without a scheme is read
    /// as https; `user:pass@` is ignored, as Twilio leaves it out of what it signs.
    pub public_url: &'a str,
    /// Exactly as received, percent-encoding untouched; a fragment is ignored.
    pub path_and_query: &'a str,
    /// The raw bytes.
    pub body: &'a [u8],
    /// The header `X-Twilio-Signature`.
    pub signature: Option<&'a str>,
}

/// Why a request is not believed, in terms that its owner can act on. Holds no token, no path and no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The cause in a closed word.
    pub reason: RejectReason,
    /// One sentence: the likely cause and what to do.
    pub hint: String,
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.reason, self.hint)
    }
}

impl std::error::Error for Rejection {}

/// [`verify_or_diagnose`] for a caller that has seen no other host names.
///
/// # Errors
/// As there.
pub fn verify(request: &Request<'_>, tokens: &[&[u8]], policy: SignaturePolicy) -> Result<(), Rejection> {
    verify_or_diagnose(request, tokens, policy, &[])
}

/// Checks a request under the account's policy with any of its auth tokens (two while one is being rotated).
///
/// The public URL counts with and without its port, as Twilio signs either way. Tokens are tried in constant time; an
/// empty one never matches. `seen_hosts` are other names under which the request may have been sent, such as the headers
/// `Host` and `X-Forwarded-Host`: they only help to find the cause of a failure, and are never believed.
///
/// # Errors
/// When the policy is not met, with the likely cause. Finding it costs at most a few dozen hashes of the URL.
pub fn verify_or_diagnose(
    request: &Request<'_>,
    tokens: &[&[u8]],
    policy: SignaturePolicy,
    seen_hosts: &[&str],
) -> Result<(), Rejection> {
    if policy == SignaturePolicy::None {
        return Ok(());
    }
    let Some(signature) = request.signature.filter(|signature| !signature.is_empty()) else {
        return Err(hints::signature_missing());
    };
    let parts = Parts::of(request);
    if !any_holds(&parts.urls(), tokens, signature) {
        return Err(diagnosis::explain(request.body, signature, &parts, tokens, seen_hosts));
    }
    match policy {
        SignaturePolicy::Full => check_body(parts.query, request.body),
        SignaturePolicy::UrlOnly | SignaturePolicy::None => Ok(()),
    }
}

fn check_body(query: Option<&str>, body: &[u8]) -> Result<(), Rejection> {
    let mut hashes = parameters(query).filter_map(hash_in);
    match (hashes.next(), hashes.next()) {
        (None, _) => Err(hints::body_hash_missing()),
        (Some(_), Some(_)) => Err(hints::body_hash_repeated()),
        (Some(hash), None) if hash.eq_ignore_ascii_case(&body_hash(body)) => Ok(()),
        (Some(hash), None) => Err(hints::body_changed(hash, body)),
    }
}

/// The parameters of a query, undecoded.
pub(super) fn parameters(query: Option<&str>) -> impl Iterator<Item = &str> {
    query.into_iter().flat_map(|query| query.split('&'))
}

/// The hash, if `parameter` is the one that carries it.
pub(super) fn hash_in(parameter: &str) -> Option<&str> {
    parameter.strip_prefix(BODY_HASH)?.strip_prefix('=')
}

/// Whether `signature` is that of any of `texts` under any of `tokens`. Every pair is computed, so that the time taken
/// does not tell which one matched.
pub(super) fn any_holds(texts: &[String], tokens: &[&[u8]], signature: &str) -> bool {
    let mut holds = false;
    for token in tokens.iter().filter(|token| !token.is_empty()) {
        let key = hmac_key(token);
        for text in texts {
            let expected = sign_with(&key, text);
            holds |=
                constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).is_ok();
        }
    }
    holds
}

fn hmac_key(auth_token: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token)
}

fn sign_with(key: &hmac::Key, text: &str) -> String {
    STANDARD.encode(hmac::sign(key, text.as_bytes()))
}

/// A URL in the pieces that a proxy or a wrong setting may change.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub scheme: &'a str,
    pub host: &'a str,
    /// Only one that is not the scheme's default.
    pub port: Option<&'a str>,
    /// The public URL's own path.
    pub prefix: &'a str,
    /// The path received.
    pub path: &'a str,
    pub query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(request: &Request<'a>) -> Self {
        let (scheme, rest) = request.public_url.split_once("://").unwrap_or(("https", request.public_url));
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = host_and_port(authority);
        let target = before(request.path_and_query, '#');
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Self { scheme, host, port: None, prefix, path, query }.with_port(port)
    }

    /// The same under `port`, which is dropped when it is the scheme's own.
    pub fn with_port(self, port: Option<&'a str>) -> Self {
        Self { port: port.filter(|port| Some(*port) != default_port(self.scheme)), ..self }
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{}{port}", self.scheme, self.host)
    }

    /// The URL without and with its port, default or not.
    pub fn urls(&self) -> Vec<String> {
        let query = self.query.map(|query| format!("?{query}")).unwrap_or_default();
        let tail = format!("{}{}{query}", self.prefix, self.path);
        let mut urls = vec![format!("{}://{}{tail}", self.scheme, self.host)];
        if let Some(port) = self.port.or(default_port(self.scheme)) {
            urls.push(format!("{}://{}:{port}{tail}", self.scheme, self.host));
        }
        urls
    }
}

fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "https" => Some("443"),
        "http" => Some("80"),
        _ => None,
    }
}

/// Splits `[user:pass@]host[:port]`; an IPv6 address keeps its brackets.
pub(super) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    let bare = authority.rsplit_once('@').map_or(authority, |(_, bare)| bare);
    match bare.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port).filter(|port| !port.is_empty()))
        }
        _ => (bare, None),
    }
}

fn before(text: &str, mark: char) -> &str {
    text.split(mark).next().unwrap_or(text)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
