//! A small client of the API.

use http::{HeaderMap, Method};
use serde_json::Value;

/// A client that follows no redirect and uses no proxy.
pub fn http_client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
}

/// The API, as one bearer sees it. Paths are given without `/api/v1`.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    bearer: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body where it is JSON, else null.
    pub json: Value,
    /// The body as text.
    pub text: String,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self::try_of(response).await.expect("the whole answer")
    }

    /// # Errors
    /// When its body does not come whole.
    pub async fn try_of(response: reqwest::Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { status, headers, json, text })
    }

    /// Itself, when it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The member `id`.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    /// The member `items`.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        self.json["items"].as_array().unwrap_or_else(|| panic!("no items in {}", self.text))
    }

    /// A header's text; empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Checks that it is a complete problem of this status and code (RFC 9457), and gives it back.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.text);
        assert_eq!(reply.json["code"], code, "{}", reply.text);
        assert_eq!(reply.json["status"], status, "{}", reply.text);
        for member in ["type", "title", "detail", "request_id"] {
            let text = reply.json[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "no {member} in {}", reply.text);
        }
        assert_eq!(reply.json["request_id"], reply.header("x-request-id"), "{}", reply.text);
        reply
    }

    /// Checks that it is a 422 that points to `pointer`.
    #[track_caller]
    pub fn invalid(self, pointer: &str) -> Self {
        let code = self.json["code"].as_str().unwrap_or_default().to_owned();
        let reply = self.problem(422, &code);
        let errors = reply.json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{pointer}: {}", reply.text);
        reply
    }
}

impl Api {
    pub fn new(http: reqwest::Client, url: &str, bearer: Option<&str>) -> Self {
        Self { http, base: format!("{url}/api/v1"), bearer: bearer.map(str::to_owned) }
    }

    /// A request to be changed before it is sent by [`Api::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.bearer {
            Some(bearer) => request.bearer_auth(bearer),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        Reply::of(request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// A JSON merge patch (RFC 7396).
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        let request = self.request(Method::PATCH, path).body(body.to_string());
        self.send(request.header("content-type", "application/merge-patch+json")).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }
}
