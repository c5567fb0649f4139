//! One simulated call: the notification, its signature, and the request that carries it.

use std::time::Duration;

use rand::Rng;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use url::Url;
use uuid::Uuid;

use crate::twilio::signature::BODY_HASH;
use crate::twilio::{self, Announcement};

/// How long Twilio waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long Twilio waits for the whole answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);

/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

// One call as Twilio would announce it. (No doc comment: clap would show it instead of the command's own.)
#[derive(clap::Args)]
pub(super) struct Caller {
    /// The webhook's URL; a fragment (connection overrides) is neither sent nor signed
    #[arg(long)]
    pub hook: Url,
    /// The account that the call belongs to
    #[arg(long)]
    pub account_sid: String,
    /// The account's auth token, which signs
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    pub auth_token: String,
    /// Who is called: client:<identity>
    #[arg(long, value_parser = client)]
    pub to: String,
    /// Who calls
    #[arg(long, default_value = "+14155550100")]
    pub from: String,
    /// A custom parameter, k=v; may be repeated
    #[arg(long = "param", value_parser = parameter)]
    pub params: Vec<(String, String)>,
}

/// A client with Twilio's time limits, which follows no redirects.
///
/// # Errors
/// When the system's root certificates cannot be read.
pub(super) fn http_client() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|fault| format!("no HTTP client: {}", chain(&fault)))
}

/// A notification ready to be posted.
pub(super) struct Signed {
    pub url: Url,
    pub body: String,
    pub signature: String,
    idempotency_token: Uuid,
    pub call_sid: String,
    pub message_id: String,
}

impl Signed {
    /// A notification of `call` with fresh ids.
    pub fn of(call: &Caller, random: &mut impl Rng) -> Self {
        let Announcement { body, call_sid, message_id } =
            Announcement::new(&call.account_sid, &call.from, &call.to, &call.params, random);
        let mut url = call.hook.clone();
        url.set_fragment(None);
        let own = url
            .query()
            .filter(|query| !query.is_empty())
            .map(|query| format!("{query}&"))
            .unwrap_or_default();
        url.set_query(Some(&format!("{own}{BODY_HASH}={}", twilio::body_hash(body.as_bytes()))));
        let signature = twilio::sign(&without_credentials(&url), call.auth_token.as_bytes());
        Self { url, body, signature, idempotency_token: twilio::random_uuid(random), call_sid, message_id }
    }

    /// The status and the beginning of the body.
    pub async fn post(&self, client: &reqwest::Client) -> Result<(u16, String), String> {
        let request = client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "TwilioProxy/1.1")
            .header("X-Twilio-Signature", &self.signature)
            .header("I-Twilio-Idempotency-Token", self.idempotency_token.to_string())
            .body(self.body.clone());
        let mut answer = request.send().await.map_err(described)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(described)? {
            let room = MAX_ANSWER - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == MAX_ANSWER {
                break;
            }
        }
        Ok((answer.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
    }
}

/// What is signed of `url`: all but `user:pass@`, which Twilio sends as a header.
fn without_credentials(url: &Url) -> String {
    url.as_str().replacen(&credentials(url), "", 1)
}

/// The part `user:pass@` as it stands in the URL, or nothing.
fn credentials(url: &Url) -> String {
    match (url.username(), url.password()) {
        ("", None) => String::new(),
        (user, None) => format!("{user}@"),
        (user, Some(password)) => format!("{user}:{password}@"),
    }
}

fn client(to: &str) -> Result<String, String> {
    twilio::identity_of(to).map(|_| to.to_owned()).map_err(|fault| fault.to_string())
}

fn parameter(pair: &str) -> Result<(String, String), String> {
    let (key, value) = pair.split_once('=').ok_or("must be k=v")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// What went wrong, without the URL, whose path is a secret.
fn described(fault: reqwest::Error) -> String {
    if fault.is_timeout() {
        return "timed out".to_owned();
    }
    chain(&fault.without_url())
}

/// An error with its causes: reqwest's own message only says that a request failed.
fn chain(fault: &dyn std::error::Error) -> String {
    std::iter::successors(fault.source(), |cause| cause.source())
        .fold(fault.to_string(), |text, cause| format!("{text}: {cause}"))
}
