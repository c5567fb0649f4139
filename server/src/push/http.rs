//! HTTP clients for the push networks, and what it means when there is no answer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, RequestBuilder, Response, StatusCode};
use ringhook_openapi::{AttemptOutcome, Cause};
use serde::de::DeserializeOwned;

use super::Answer;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(10);
const SHORTEST_ATTEMPT: Duration = Duration::from_secs(1);
/// Finds dead connections before a call does.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_LIMIT: Duration = Duration::from_secs(10);
/// A network that has gone without a word is noticed by what it leaves unacknowledged: before an attempt is given up, so that
/// the next one takes a new connection.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(4);
/// Apple takes reconnecting often for an attack: <https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>
const IDLE_LIMIT: Duration = Duration::from_secs(3600);
/// How often a request that no server looked at is sent. A burst meets several GOAWAYs when a server closes often.
const TRIES: usize = 10;
/// Answers of the networks are far below this; what is above is not theirs.
const BODY_LIMIT: usize = 16 * 1024;

/// No HTTP client could be set up.
#[derive(Debug, thiserror::Error)]
#[error("no TLS client can be set up: install the system's CA certificates (package ca-certificates): {0}")]
pub struct ClientFault(#[from] reqwest::Error);

/// Speaks HTTP/2 or HTTP/1.1, as the server prefers.
pub(super) fn negotiating_client(extra_ca: &[Certificate]) -> Result<reqwest::Client, ClientFault> {
    Ok(builder(extra_ca).build()?)
}

/// Speaks HTTP/2 only and knows it beforehand, so that a burst shares one connection instead of opening many to ask.
pub(super) fn http2_client(extra_ca: &[Certificate]) -> Result<reqwest::Client, ClientFault> {
    Ok(builder(extra_ca).http2_prior_knowledge().build()?)
}

fn builder(extra_ca: &[Certificate]) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder();
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
    builder
        .user_agent(concat!("ringhook/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_merge(extra_ca.iter().cloned())
        .retry(reqwest::retry::never()) // as `execute` does it
        .connect_timeout(CONNECT_LIMIT)
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE_LIMIT)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_LIMIT)
        .http2_keep_alive_while_idle(true)
}

/// Gives up on an attempt that takes longer than is worth it for a call that rings for another `ttl`.
pub(super) async fn within(ttl: Duration, attempt: impl Future<Output = Result<Answer, Answer>>) -> Answer {
    let limit = attempt_limit(ttl);
    match tokio::time::timeout(limit, attempt).await {
        Ok(Ok(answer) | Err(answer)) => answer,
        Err(_) => {
            let detail = format!("no answer within {} ms", limit.as_millis());
            Answer::new(AttemptOutcome::Retry, Cause::Timeout, detail)
        }
    }
}

fn attempt_limit(ttl: Duration) -> Duration {
    ttl.clamp(SHORTEST_ATTEMPT, ATTEMPT_LIMIT)
}

/// A network's answer, read to its end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body, if it is the JSON that is expected.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// An answer with this reply's status, `Retry-After` and `reason`. Without a better `detail`, the body's text is one.
    pub(super) fn answer(
        &self,
        outcome: AttemptOutcome,
        cause: Cause,
        reason: Option<String>,
        detail: Option<String>,
        now: DateTime<Utc>,
    ) -> Answer {
        let detail = detail.or_else(|| self.text());
        Answer {
            status: Some(self.status.as_u16()),
            reason,
            retry_after: self.retry_after(now),
            ..Answer::new(outcome, cause, detail)
        }
    }

    /// What a reply means that is none of the documented ones.
    pub(super) fn undocumented(&self, reason: Option<String>, now: DateTime<Utc>) -> Answer {
        let (outcome, cause) = match self.status {
            StatusCode::TOO_MANY_REQUESTS => (AttemptOutcome::Retry, Cause::Throttled),
            StatusCode::REQUEST_TIMEOUT => (AttemptOutcome::Retry, Cause::ProviderError),
            status if status.is_server_error() => (AttemptOutcome::Retry, Cause::ProviderError),
            // Half an answer to a request that passed: not the network's own, and the next may be.
            status if status.is_success() => (AttemptOutcome::Retry, Cause::BadAnswer),
            _ => (AttemptOutcome::Misconfigured, Cause::BadAnswer),
        };
        self.answer(outcome, cause, reason, None, now)
    }

    #[cfg(test)]
    pub(super) fn of(status: u16, retry_after: Option<&str>, body: &str) -> Self {
        let headers = retry_after.map(|value| (RETRY_AFTER, value.parse().expect("a header")));
        Self {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: headers.into_iter().collect(),
            body: body.into(),
        }
    }

    fn text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.body);
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// `Retry-After` in either form: <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>
    fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        let value = self.header(RETRY_AFTER.as_str())?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = DateTime::parse_from_rfc2822(value).ok()?;
        Some(date.signed_duration_since(now).to_std().unwrap_or_default())
    }
}

/// Sends a request and reads the reply. No reply is worth a repeat, at another time.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Reply, Answer> {
    let mut response = execute(request).await.map_err(|error| no_answer(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        let room = BODY_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == BODY_LIMIT {
            break;
        }
    }
    Ok(Reply { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
}

/// Sends a request, and on another connection again for as long as it is certain that nobody processed it.
async fn execute(request: RequestBuilder) -> reqwest::Result<Response> {
    let (client, request) = request.build_split();
    let mut request = request?;
    for _ in 1..TRIES {
        let again = request.try_clone();
        match (client.execute(request).await, again) {
            (Err(error), Some(again)) if was_not_processed(&error) => request = again,
            (result, _) => return result,
        }
        // Lets the connection's own task notice its end, or the same one is picked once more.
        tokio::task::yield_now().await;
    }
    client.execute(request).await
}

/// Whether a connection ended before it took up the request: <https://www.rfc-editor.org/rfc/rfc9113#section-8.7>
fn was_not_processed(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.is_remote()
                && match error.reason() {
                    Some(h2::Reason::NO_ERROR) => error.is_go_away(),
                    Some(h2::Reason::REFUSED_STREAM) => error.is_reset(),
                    _ => false,
                };
        }
        // hyper drops what waits for a free stream when GOAWAY comes ("dispatch gone", a user error to it). Its other
        // user errors are of bodies that fail, and ours are in memory.
        if let Some(error) = error.downcast_ref::<hyper::Error>()
            && (error.is_canceled() || error.is_user())
        {
            return true;
        }
        source = error.source();
    }
    false
}

fn no_answer(error: &reqwest::Error) -> Answer {
    let cause = if error.is_timeout() { Cause::Timeout } else { Cause::ConnectionFailed };
    Answer::new(AttemptOutcome::Retry, cause, innermost(error))
}

/// The deepest error says what happened; the outer ones repeat the URL, and with it the device's token.
fn innermost(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if deepest.is::<reqwest::Error>() {
        return "the request could not be sent".to_owned();
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, retry_after: Option<&str>) -> Reply {
        Reply::of(status, retry_after, "<html>\n  gone fishing</html>")
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a date");
        for (value, seconds) in [
            ("7", Some(7)),
            ("Thu, 01 Jan 2026 00:01:30 GMT", Some(90)),
            ("Wed, 31 Dec 2025 00:01:30 GMT", Some(0)),
            ("soon", None),
        ] {
            let answer = reply(503, Some(value)).undocumented(None, now);
            assert_eq!(answer.retry_after, seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn undocumented_answers_blame_the_server_or_the_set_up() {
        use AttemptOutcome::{Misconfigured, Retry};
        for (status, outcome, cause) in [
            (204, Retry, Cause::BadAnswer),
            (302, Misconfigured, Cause::BadAnswer),
            (408, Retry, Cause::ProviderError),
            (418, Misconfigured, Cause::BadAnswer),
            (429, Retry, Cause::Throttled),
            (502, Retry, Cause::ProviderError),
            (504, Retry, Cause::ProviderError),
        ] {
            let answer = reply(status, None).undocumented(None, Utc::now());
            assert_eq!((answer.outcome, answer.cause), (outcome, Some(cause)), "{status}");
            assert_eq!(answer.detail.as_deref(), Some("<html> gone fishing</html>"));
        }
    }

    #[test]
    fn an_attempt_outlives_neither_the_call_nor_ten_seconds() {
        for (ttl, limit) in [(0, 1), (4, 4), (30, 10)] {
            let limit = Duration::from_secs(limit);
            assert_eq!(attempt_limit(Duration::from_secs(ttl)), limit);
        }
    }
}
