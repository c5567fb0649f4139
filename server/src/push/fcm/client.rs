//! Sends messages to one Firebase project.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::header::CONTENT_TYPE;

use super::credentials::Credentials;
use super::token::TokenSource;
use super::{errors, payload};
use crate::push::http::{self, Reply};
use crate::push::{Answer, Endpoints, Message, Target, origin};

const ORIGIN: &str = "https://fcm.googleapis.com";
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

/// One Firebase project with its cached access token.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    tokens: Arc<TokenSource>,
}

impl Client {
    /// Messages go by `http`, and access tokens are asked for by `token_http`.
    pub(in crate::push) fn new(
        http: reqwest::Client,
        token_http: reqwest::Client,
        endpoints: &Endpoints,
        credentials: Credentials,
    ) -> Self {
        let origin = origin(endpoints.fcm.as_ref(), ORIGIN);
        let project = credentials.project_id();
        let url = format!("{origin}/v1/projects/{project}/messages:send");
        let token_url = endpoints.fcm_token.as_ref().map_or(TOKEN_URL, |url| url.as_str()).to_owned();
        let tokens = Arc::new(TokenSource::new(token_http, token_url, credentials));
        Self { http, url, tokens }
    }

    pub(in crate::push) async fn send(
        &self,
        message: &Message<'_>,
        target: &Target<'_>,
        now: DateTime<Utc>,
    ) -> Answer {
        let shaped = match payload::shape(message, target.address) {
            Ok(shaped) => shaped,
            Err(answer) => return answer,
        };
        let answer = http::within(message.ttl, self.ask(&shaped.json, target, now)).await;
        Answer { left_out: shaped.left_out, ..answer }
    }

    pub(in crate::push) async fn check(&self, now: DateTime<Utc>) -> Answer {
        self.tokens.probe(now).await
    }

    /// Google may end a token before its time; then a new one gets a second chance.
    async fn ask(&self, json: &[u8], target: &Target<'_>, now: DateTime<Utc>) -> Result<Answer, Answer> {
        let mut bearer = self.tokens.bearer(now).await?;
        let mut reply = self.post(&bearer, json).await?;
        if errors::refuses_bearer(&reply) {
            self.tokens.forget(&bearer);
            bearer = self.tokens.bearer(now).await?;
            reply = self.post(&bearer, json).await?;
        }
        Ok(errors::read(&reply, target, now).hiding(&bearer))
    }

    async fn post(&self, bearer: &str, json: &[u8]) -> Result<Reply, Answer> {
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(bearer)
            .header(CONTENT_TYPE, "application/json")
            .body(json.to_vec());
        http::exchange(request).await
    }
}
