//! Twilio: announces calls as the real one does, or wrongly in any way that a test asks for.

use std::time::{Duration, Instant};

use ringhook::twilio::{body_hash, sign};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::api::Reply;
use crate::app::{App, Workspace};

/// The bridge token of every call: a secret of the call, which must show nowhere but on devices.
pub const BRIDGE_TOKEN: &str = "bridge-token-of-the-call-0123456789abcdef";

/// One account's calls to one webhook.
#[derive(Clone)]
pub struct Twilio<'a> {
    app: &'a App,
    hook: String,
    account_sid: String,
    auth_token: String,
}

/// An answer, and how long it took.
pub struct Answer {
    pub reply: Reply,
    pub took: Duration,
}

impl std::ops::Deref for Answer {
    type Target = Reply;

    fn deref(&self) -> &Reply {
        &self.reply
    }
}

impl<'a> Twilio<'a> {
    pub(crate) fn new(app: &'a App, workspace: &Workspace) -> Self {
        Self {
            app,
            hook: workspace.webhook_url.clone(),
            account_sid: workspace.account_sid.clone(),
            auth_token: workspace.auth_token.clone(),
        }
    }

    /// The same with another webhook.
    pub fn at(mut self, hook: &str) -> Self {
        hook.clone_into(&mut self.hook);
        self
    }

    /// The same with another account.
    pub fn account(mut self, sid: &str, auth_token: &str) -> Self {
        sid.clone_into(&mut self.account_sid);
        auth_token.clone_into(&mut self.auth_token);
        self
    }

    /// A call to an identity, with ids of its own.
    pub fn call(&self, identity: &str) -> Call<'a> {
        let fields = json!({
            "twi_account_sid": self.account_sid,
            "twi_bridge_token": BRIDGE_TOKEN,
            "twi_call_sid": format!("CA{}", Uuid::new_v4().simple()),
            "twi_from": "+14155550100",
            "twi_message_id": format!("WB{}", Uuid::new_v4().simple()),
            "twi_message_type": "twilio.voice.call",
            "twi_params": "greeting=hello%20there",
            "twi_to": format!("client:{identity}"),
            "twi_answer_timeout": 30,
        });
        let Value::Object(fields) = fields else { unreachable!("an object") };
        Call {
            twilio: self.clone(),
            fields,
            body: None,
            hash: Hash::Own,
            query: None,
            signed_url: None,
            signature: Signature::Own,
            content_type: Some("application/json".to_owned()),
            headers: Vec::new(),
            node: None,
        }
    }

    /// Announces a call to an identity.
    pub async fn ring(&self, identity: &str) -> Answer {
        self.call(identity).send().await
    }
}

#[derive(Clone)]
enum Hash {
    Own,
    Given(String),
    Missing,
}

#[derive(Clone)]
enum Signature {
    Own,
    Given(String),
    Missing,
}

/// One notification, right until it is spoilt.
#[derive(Clone)]
pub struct Call<'a> {
    twilio: Twilio<'a>,
    fields: Map<String, Value>,
    body: Option<Vec<u8>>,
    hash: Hash,
    query: Option<String>,
    signed_url: Option<String>,
    signature: Signature,
    content_type: Option<String>,
    headers: Vec<(&'static str, String)>,
    node: Option<String>,
}

impl Call<'_> {
    /// With this member.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// Without a member.
    pub fn without(mut self, key: &str) -> Self {
        self.fields.shift_remove(key);
        self
    }

    /// These bytes in place of the members; signed all the same.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With a query before `bodySHA256`, such as `a=b`.
    pub fn query(mut self, query: &str) -> Self {
        self.query = Some(query.to_owned());
        self
    }

    /// Without `bodySHA256`; the URL is signed without it.
    pub fn without_body_hash(mut self) -> Self {
        self.hash = Hash::Missing;
        self
    }

    /// With the hash of another body; the URL is signed with it.
    pub fn hash_of(mut self, body: &[u8]) -> Self {
        self.hash = Hash::Given(body_hash(body));
        self
    }

    /// Signed for another webhook URL than the one called.
    pub fn signed_for(mut self, url: &str) -> Self {
        self.signed_url = Some(url.to_owned());
        self
    }

    /// Signed with another auth token.
    pub fn signed_by(mut self, auth_token: &str) -> Self {
        auth_token.clone_into(&mut self.twilio.auth_token);
        self
    }

    /// With this signature.
    pub fn signature(mut self, signature: &str) -> Self {
        self.signature = Signature::Given(signature.to_owned());
        self
    }

    /// Without a signature.
    pub fn unsigned(mut self) -> Self {
        self.signature = Signature::Missing;
        self
    }

    /// As another type than `application/json`, or without one.
    pub fn content_type(mut self, content_type: Option<&str>) -> Self {
        self.content_type = content_type.map(str::to_owned);
        self
    }

    /// With one more header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// `twi_message_id`.
    pub fn message_id(&self) -> String {
        self.fields["twi_message_id"].as_str().unwrap_or_default().to_owned()
    }

    /// The members.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The body as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.body.clone().unwrap_or_else(|| Value::Object(self.fields.clone()).to_string().into_bytes())
    }

    fn query_of(&self, body: &[u8]) -> String {
        let hash = match &self.hash {
            Hash::Own => Some(body_hash(body)),
            Hash::Given(hash) => Some(hash.clone()),
            Hash::Missing => None,
        };
        let pairs = self.query.clone().into_iter().chain(hash.map(|hash| format!("bodySHA256={hash}")));
        let query = pairs.collect::<Vec<_>>().join("&");
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// Posted to another node of the same installation, at this address.
    pub fn at_node(mut self, url: &str) -> Self {
        self.node = Some(url.to_owned());
        self
    }

    /// The request, for who wants to send it on their own.
    pub fn to_post(&self) -> reqwest::RequestBuilder {
        let (app, hook) = (self.twilio.app, &self.twilio.hook);
        let body = self.bytes();
        let query = self.query_of(&body);
        let signed = format!("{}{query}", self.signed_url.as_ref().unwrap_or(hook));
        // The public URL may be spelt in several ways; the path is the same in all of them.
        let path = hook.find("/hooks/").map_or("", |start| &hook[start..]);
        let node = self.node.as_deref().unwrap_or_else(|| app.url());
        let mut request = app.http.post(format!("{node}{path}{query}"));
        let signature = match &self.signature {
            Signature::Own => Some(sign(&signed, self.twilio.auth_token.as_bytes())),
            Signature::Given(signature) => Some(signature.clone()),
            Signature::Missing => None,
        };
        if let Some(signature) = signature {
            request = request.header("X-Twilio-Signature", signature);
        }
        if let Some(content_type) = &self.content_type {
            request = request.header("Content-Type", content_type);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request.body(body)
    }

    /// Posts it to where the program really listens.
    pub async fn send(&self) -> Answer {
        let request = self.to_post();
        let started = Instant::now();
        let reply = Reply::of(request.send().await.expect("an answer")).await;
        Answer { reply, took: started.elapsed() }
    }
}
