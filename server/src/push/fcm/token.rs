//! The OAuth access token of one service account: fetched once for all who wait for it, renewed before it ends.
//!
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use reqwest::header::CONTENT_TYPE;
use ringhook_openapi::{AttemptOutcome, Cause};
use serde::Deserialize;

use super::credentials::Credentials;
use super::errors;
use crate::push::{Answer, http};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The fetch outlives the sender who started it, so it has a limit of its own.
const FETCH_LIMIT: Duration = Duration::from_secs(8);

type Flight = Shared<BoxFuture<'static, Result<Arc<str>, Answer>>>;

pub(super) struct TokenSource {
    http: reqwest::Client,
    url: String,
    credentials: Credentials,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    flight: Option<Flight>,
}

struct Held {
    token: Arc<str>,
    refresh_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    #[serde(default)]
    expires_in: u32,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, credentials, .. } = self;
        f.debug_struct("TokenSource")
            .field("url", url)
            .field("credentials", credentials)
            .finish_non_exhaustive()
    }
}

impl TokenSource {
    pub(super) fn new(http: reqwest::Client, url: String, credentials: Credentials) -> Self {
        Self { http, url, credentials, state: Mutex::default() }
    }

    /// A token that is good at `now`. One that ends soon is handed out while its successor is fetched.
    pub(super) async fn bearer(self: &Arc<Self>, now: DateTime<Utc>) -> Result<Arc<str>, Answer> {
        let flight = {
            let State { held, flight } = &mut *self.state();
            let held = held.as_ref().filter(|held| now < held.ends_at);
            if let Some(held) = held.filter(|held| now < held.refresh_at) {
                return Ok(Arc::clone(&held.token));
            }
            let flight = flight.get_or_insert_with(|| self.take_off(now));
            if let Some(held) = held {
                return Ok(Arc::clone(&held.token));
            }
            flight.clone()
        };
        flight.await
    }

    /// Drops a token that the network refused, unless it is no longer the one held.
    pub(super) fn forget(&self, refused: &str) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| &*held.token == refused) {
            state.held = None;
        }
    }

    /// Fetches a token without keeping it.
    pub(super) async fn probe(&self, now: DateTime<Utc>) -> Answer {
        match self.fetch(now).await {
            Ok(_) => Answer::accepted(200, None),
            Err(answer) => answer,
        }
    }

    /// The fetch runs on its own, so that a sender who gives up does not take it from those who wait.
    fn take_off(self: &Arc<Self>, now: DateTime<Utc>) -> Flight {
        let source = Arc::clone(self);
        let task = tokio::spawn(async move {
            let fetched = source.fetch(now).await;
            source.land(fetched, now)
        });
        let landed = task.map(|ended| {
            ended.unwrap_or_else(|_| {
                let detail = "the server is stopping".to_owned();
                Err(Answer::new(AttemptOutcome::Retry, Cause::ConnectionFailed, detail))
            })
        });
        landed.boxed().shared()
    }

    fn land(&self, fetched: Result<Grant, Answer>, now: DateTime<Utc>) -> Result<Arc<str>, Answer> {
        let mut state = self.state();
        state.flight = None;
        let grant = fetched?;
        let lifetime = TimeDelta::seconds(grant.expires_in.into());
        let token: Arc<str> = grant.access_token.into();
        state.held = Some(Held {
            token: Arc::clone(&token),
            refresh_at: now + lifetime - TimeDelta::minutes(5).min(lifetime / 4),
            ends_at: now + lifetime - TimeDelta::seconds(30).min(lifetime / 10),
        });
        Ok(token)
    }

    async fn fetch(&self, now: DateTime<Utc>) -> Result<Grant, Answer> {
        let assertion = self.credentials.assertion(now.timestamp()).map_err(|error| {
            let detail = format!("the service account's key does not sign: {error}");
            Answer::new(AttemptOutcome::Misconfigured, Cause::WrongCredential, detail)
        })?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", GRANT)
            .append_pair("assertion", &assertion)
            .finish();
        let request = self
            .http
            .post(&self.url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .timeout(FETCH_LIMIT)
            .body(form);
        let reply = http::exchange(request).await?;
        match reply.json::<Grant>() {
            Some(grant) if reply.status.is_success() => Ok(grant),
            _ => Err(errors::read_grant_refusal(&reply, now).hiding(&assertion)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
