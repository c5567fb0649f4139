//! A real Chromium, driven as a person would: by labels, buttons and what the page says.

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::app::App;
use crate::until::until;

mod authenticator;
mod command;
mod cookies;
mod driver;
mod look;
mod sound;

pub use authenticator::Authenticator;
pub use look::{LOOKS, Theme};

use command::Command;
use driver::Driver;

/// Tests with browsers at once: each takes a core. A test has its place before it opens any, so that two which open two
/// each never wait for each other.
static PLACES: Semaphore = Semaphore::const_new(2);

/// A place among the tests with browsers.
pub(crate) type Place = SemaphorePermit<'static>;

pub(crate) async fn place() -> Place {
    PLACES.acquire().await.expect("a place")
}

/// A browser of the test's own, without a past. Closed when dropped.
pub struct Browser {
    client: Client,
    session: String,
    base: String,
    errors: Mutex<Vec<String>>,
    _profile: TempDir,
}

impl Browser {
    /// Opens one for an [`App`] that is [`reachable`](crate::app::Builder::reachable); it shows no page yet.
    pub async fn open(app: &App) -> Self {
        Self::open_with(app, true).await
    }

    /// Opens one that runs no script of a page.
    pub async fn open_without_javascript(app: &App) -> Self {
        Self::open_with(app, false).await
    }

    async fn open_with(app: &App, javascript: bool) -> Self {
        let base = app.public_url().to_owned();
        assert!(base.starts_with("http://localhost:"), "a browser needs App::builder(…).reachable()");
        let profile = TempDir::new().expect("a temporary folder");
        let driver = tokio::task::block_in_place(Driver::get);
        let capabilities = capabilities(&profile, javascript);
        let capabilities = capabilities.as_object().expect("an object").clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&driver.url()).await.expect("a browser");
        let session = client.session_id().await.expect("a session").expect("its id");
        Self { client, session, base, errors: Mutex::default(), _profile: profile }
    }

    /// Goes to a path of the app.
    pub async fn goto(&self, path: &str) {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        self.listen().await;
    }

    /// Types into the field with this label, name or id, in place of what is there; picks from a list.
    pub async fn fill(&self, field: &str, text: &str) {
        let element = self.field(field).await;
        let typed = async {
            if element.tag_name().await? == "select" {
                return element.select_by_label(text).await;
            }
            element.clear().await?;
            element.send_keys(text).await
        };
        typed.await.unwrap_or_else(|error| panic!("{field}: {error}"));
    }

    /// What stands in the field with this label or name.
    pub async fn value(&self, field: &str) -> String {
        let value = self.field(field).await.prop("value").await;
        value.unwrap_or_else(|error| panic!("{field}: {error}")).unwrap_or_default()
    }

    async fn field(&self, field: &str) -> Element {
        let text = quoted(field);
        let labelled = format!("//label[normalize-space(.)={text}]");
        let control = "*[self::input or self::select or self::textarea][not(@type='hidden')]";
        let path = format!(
            "//{control}[@name={text} or @id={text} or @id={labelled}/@for or @aria-label={text}] | {labelled}//{control}"
        );
        self.only(&format!("field “{field}”"), &path).await
    }

    /// Presses the button, or follows the link, that says this.
    pub async fn press(&self, label: &str) {
        let text = quoted(label);
        let said = format!("normalize-space(.)={text} or @aria-label={text}");
        let path = format!(
            "//button[{said}] | //a[{said}] | //summary[{said}] | //label[{said}][.//input[@type='checkbox']] | //input[@type='submit'][@value={text}]"
        );
        let button = self.only(&format!("button “{label}”"), &path).await;
        button.click().await.unwrap_or_else(|error| panic!("{label}: {error}"));
        self.listen().await;
    }

    /// The one visible element of a path, as soon as it is there.
    async fn only(&self, what: &str, path: &str) -> Element {
        let found = until(what, async || {
            let mut visible = Vec::new();
            for element in self.client.find_all(Locator::XPath(path)).await.ok()? {
                // What a script takes away meanwhile is not there.
                if element.is_displayed().await.unwrap_or(false) {
                    visible.push(element);
                }
            }
            (!visible.is_empty()).then_some(visible)
        });
        let mut found = found.await;
        assert_eq!(found.len(), 1, "{what} is there {} times", found.len());
        found.remove(0)
    }

    /// What the page says, as it is seen.
    pub async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.expect("a page");
        body.text().await.expect("its text")
    }

    /// Waits until the page says this.
    pub async fn sees(&self, text: &str) {
        // A page that is just being left has no text.
        let said = async || {
            let body = self.client.find(Locator::Css("body")).await.ok()?;
            body.text().await.ok().filter(|said| said.contains(text))
        };
        until(&format!("the page to say “{text}”"), said).await;
        self.listen().await;
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page");
        url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.client.title().await.expect("a page")
    }

    /// Runs a script, the body of a function that may return a promise; its value. Past the page's own policy.
    pub async fn script(&self, body: &str) -> Value {
        let settled = format!(
            "const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done, e => done('failed: ' + e));"
        );
        self.client.execute_async(&settled, Vec::new()).await.expect("a script")
    }

    /// What the browser complained about so far, such as failed scripts and missing files. That the page itself was
    /// answered with an error is no complaint; that it broke its content security policy fails the test at once.
    pub async fn console_errors(&self) -> Vec<String> {
        self.listen().await;
        self.errors().clone()
    }

    fn errors(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the browser has logged.
    async fn listen(&self) {
        let log = self.issue(Command::post("se/log", json!({"type": "browser"}))).await;
        let page = self.client.current_url().await.map(String::from).unwrap_or_default();
        let status = format!("{page} - Failed to load resource: the server responded with a status of ");
        for entry in log.as_array().expect("a log") {
            let message = entry["message"].as_str().expect("a message");
            assert!(!message.contains("Content Security Policy"), "{message}");
            if entry["level"] == "SEVERE" && !message.starts_with(&status) {
                self.errors().push(message.to_owned());
            }
        }
    }

    async fn issue(&self, command: Command) -> Value {
        let shown = format!("{command:?}");
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{shown}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Err(error) = Driver::get().close(&self.session) {
            eprintln!("a browser was not closed: {error}");
        }
    }
}

fn capabilities(profile: &TempDir, javascript: bool) -> Value {
    let data = format!("--user-data-dir={}", profile.path().display());
    let switches =
        ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en", &data];
    // 1 allows, 2 blocks.
    let allowed = if javascript { 1 } else { 2 };
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "binary": driver::chromium(),
            "args": switches,
            "prefs": {"profile.managed_default_content_settings.javascript": allowed},
        },
    })
}

/// A text as a literal of XPath 1.0, which knows no escapes.
fn quoted(text: &str) -> String {
    let parts: Vec<_> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    match parts.as_slice() {
        [only] => only.clone(),
        _ => format!("concat({})", parts.join(", '\"', ")),
    }
}

/// A free port of 127.0.0.1, below those that the system gives to connections, so that it stays free until it is taken.
pub(crate) fn free_port() -> u16 {
    loop {
        let random = u16::from_be_bytes([Uuid::new_v4().as_bytes()[0], Uuid::new_v4().as_bytes()[1]]);
        let port = 10_000 + random % 22_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
