//! Commands that are not in the WebDriver standard itself.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// A request to `/session/{id}/{path}`.
#[derive(Debug)]
pub(super) struct Command {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl Command {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    /// A command of the Chrome DevTools Protocol (<https://chromedevtools.github.io/devtools-protocol/>).
    pub(super) fn devtools(name: &str, params: Value) -> Self {
        Self::post("goog/cdp/execute", serde_json::json!({"cmd": name, "params": params}))
    }
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
