//! The API as a client meets it, without a socket between.

use poem::{
    Endpoint, EndpointExt, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, Method},
};
use ringhook_openapi::Scope;
use serde_json::Value;

use super::routes;
use crate::{
    app::App,
    config::{Config, Layer},
    domain::{Ground, testing::workspace},
    http::request_id::RequestIds,
    secrets,
    store::{ApiKeyId, NodeId, WorkspaceId, api_keys::ApiKey},
};

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The status and the problem's code.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }

    /// The pointers of a 422.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["pointer"].as_str()).collect()
    }
}

/// The program, as far as the API needs it.
pub struct Server {
    pub ground: Ground,
    endpoint: BoxEndpoint<'static, Response>,
}

impl Server {
    pub fn start(ground: &Ground) -> Self {
        let config = Config::resolve(Layer::default()).expect("defaults");
        let node = NodeId::new(ground.clock.now());
        let app = App::new(config, ground.clone(), node).expect("an app");
        Self { ground: ground.clone(), endpoint: routes(app).with(RequestIds).boxed() }
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request) -> Answer {
        let response = self.endpoint.get_response(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().into_vec().await.expect("a body");
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
        Answer { status, headers, body }
    }

    /// Whoever holds a new key of a new workspace, with every scope.
    pub async fn client(&self) -> Client<'_> {
        let made = workspace(&self.ground).await;
        Client { server: self, workspace: made.id, key: made.api_key }
    }
}

/// Whoever holds a key.
pub struct Client<'a> {
    server: &'a Server,
    pub workspace: WorkspaceId,
    pub key: String,
}

impl Client<'_> {
    /// Sends to a path below `/api/v1`.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri_str(format!("/api/v1{path}"));
        request = request.header("authorization", format!("Bearer {}", self.key));
        let request = match body {
            Some(body) => request.content_type("application/json").body(body.to_string()),
            None => request.finish(),
        };
        self.server.send(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// The same workspace with another key: of these scopes, changed by `with` before it is stored.
    pub async fn with_key(&self, scopes: &[Scope], with: impl FnOnce(&mut ApiKey)) -> Self {
        let key = secrets::token("rhk_");
        let now = self.server.ground.clock.now();
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let mut row = ApiKey {
            id: ApiKeyId::new(now),
            workspace_id: self.workspace,
            name: "Test".into(),
            prefix: key[..10].to_owned(),
            key_hash: secrets::hash(&key),
            scopes: scopes.join(" "),
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        with(&mut row);
        let write =
            self.server.ground.store.engine().write(async move |conn| conn.api_key_insert(&row).await);
        write.await.expect("a key");
        Self { server: self.server, workspace: self.workspace, key }
    }
}
