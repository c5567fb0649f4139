//! Sends pushes under one APNs key.

use chrono::{DateTime, Utc};
use ringhook_openapi::{AttemptOutcome, Channel, Environment};
use serde_json::Map;
use uuid::Uuid;

use super::credentials::Credentials;
use super::jwt::ProviderToken;
use super::payload::{self, PushType};
use super::{Settings, errors};
use crate::push::http::{self, Reply};
use crate::push::{Answer, Endpoints, Message, Target, origin, outcome};

const PRODUCTION: &str = "https://api.push.apple.com";
const SANDBOX: &str = "https://api.sandbox.push.apple.com";
/// Apple does not promise a length; today's tokens have 64 digits, and may get longer.
const TOKEN_DIGITS: std::ops::RangeInclusive<usize> = 64..=200;
/// Well-formed, and no device's.
const NOBODYS_TOKEN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const NO_APS: &str = "{}";

/// One APNs key with its connections and provider token.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    production: String,
    sandbox: String,
    credentials: Credentials,
    settings: Settings,
    tokens: ProviderToken,
}

/// One push, but for the provider token.
struct Push<'a> {
    url: String,
    push_type: PushType,
    topic: String,
    collapse_id: Option<String>,
    message: &'a Message<'a>,
    json: String,
}

impl Client {
    pub(in crate::push) fn new(
        http: reqwest::Client,
        endpoints: &Endpoints,
        credentials: Credentials,
        settings: Settings,
    ) -> Self {
        Self {
            http,
            production: origin(endpoints.apns.as_ref(), PRODUCTION),
            sandbox: origin(endpoints.apns_sandbox.as_ref(), SANDBOX),
            credentials,
            settings,
            tokens: ProviderToken::default(),
        }
    }

    pub(in crate::push) async fn send(
        &self,
        message: &Message<'_>,
        target: &Target<'_>,
        now: DateTime<Utc>,
    ) -> Answer {
        let token = target.address;
        if !TOKEN_DIGITS.contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let detail = "not an APNs device token: 64 to 200 hexadecimal digits".to_owned();
            return outcome::invalid_address(target, detail);
        }
        let (push_type, topic, aps) = match target.channel {
            Channel::ApnsVoip => (PushType::Voip, self.credentials.voip_topic(), NO_APS),
            _ => (PushType::Alert, self.credentials.bundle_id.clone(), self.settings.aps()),
        };
        let shaped = match payload::shape(message, push_type, aps) {
            Ok(shaped) => shaped,
            Err(answer) => return answer,
        };
        let push = Push {
            url: format!("{}/3/device/{token}", self.origin(target.environment)),
            push_type,
            topic,
            collapse_id: payload::collapse_id(message.message_id),
            message,
            json: shaped.json,
        };
        let answer = http::within(message.ttl, self.ask(&push, target, now)).await;
        Answer { left_out: shaped.left_out, ..answer }
    }

    pub(in crate::push) async fn check(&self, environment: Environment, now: DateTime<Utc>) -> Answer {
        let message = Message {
            id: Uuid::new_v4(),
            message_id: "",
            fields: &Map::new(),
            ttl: std::time::Duration::MAX,
            expires_at: now,
        };
        let target = Target {
            channel: Channel::ApnsVoip,
            address: NOBODYS_TOKEN,
            environment,
            registered_at: now,
            ever_accepted: false,
            provider_changed_since: false,
        };
        let answer = self.send(&message, &target, now).await;
        match answer.status {
            Some(status) if answer.outcome == AttemptOutcome::Dead => Answer::accepted(status, None),
            _ => answer,
        }
    }

    fn origin(&self, environment: Environment) -> &str {
        match environment {
            Environment::Production => &self.production,
            Environment::Sandbox => &self.sandbox,
        }
    }

    async fn ask(&self, push: &Push<'_>, target: &Target<'_>, now: DateTime<Utc>) -> Result<Answer, Answer> {
        let mut token = self.tokens.current(&self.credentials, now)?;
        let mut reply = self.post(push, &token).await?;
        if errors::is_expired_token(&reply)
            && let Some(younger) = self.tokens.after_expiry(&token, &self.credentials, now)?
        {
            token = younger;
            reply = self.post(push, &token).await?;
        }
        Ok(errors::read(&reply, target, now).hiding(&token))
    }

    async fn post(&self, push: &Push<'_>, token: &str) -> Result<Reply, Answer> {
        let request = self
            .http
            .post(&push.url)
            .bearer_auth(token)
            .header("apns-push-type", push.push_type.as_str())
            .header("apns-topic", &push.topic)
            .header("apns-priority", "10")
            .header("apns-expiration", push.message.expires_at.timestamp().max(0))
            .header("apns-id", push.message.id.to_string());
        let request = match &push.collapse_id {
            Some(id) => request.header("apns-collapse-id", id),
            None => request,
        };
        http::exchange(request.body(push.json.clone())).await
    }
}
