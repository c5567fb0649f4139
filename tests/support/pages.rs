//! Somebody at a browser, without the browser: keeps cookies as one, sends what one sends, and reads pages as text.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::{HeaderMap, Method};
use url::form_urlencoded;

use crate::app::App;
use crate::database::Backend;
use crate::stand_in::lock;

/// A password that is good enough for everybody in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A browser's cookies, and where they go.
pub struct Reader<'a> {
    app: &'a App,
    cookies: Mutex<BTreeMap<String, String>>,
    /// What a browser would send along; a test may lie.
    pub headers: BTreeMap<&'static str, String>,
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub html: String,
}

impl Page {
    /// Itself, when it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.location(), self.html);
        self
    }

    /// Itself, when it says this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.html.contains(text), "nothing of {text:?} in\n{}", self.html);
        self
    }

    /// Where it leads, without the public URL; empty when nowhere.
    pub fn location(&self) -> &str {
        let location = self.headers.get("location").and_then(|location| location.to_str().ok());
        location.unwrap_or_default().trim_start_matches(crate::app::PUBLIC_URL)
    }

    /// Itself, when it leads there.
    #[track_caller]
    pub fn leads(self, path: &str) -> Self {
        assert_eq!((self.status, self.location()), (303, path), "{}", self.html);
        self
    }

    /// What stands between two texts, the first time.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> String {
        let found = self.html.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found
            .unwrap_or_else(|| panic!("nothing between {before:?} and {after:?} in\n{}", self.html))
            .0
            .to_owned()
    }
}

impl App {
    /// A browser that has never been here.
    pub fn reader(&self) -> Reader<'_> {
        let host = self.public_url().split_once("://").map_or("", |(_, host)| host).to_owned();
        let headers = BTreeMap::from([
            ("host", host),
            ("origin", self.public_url().to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
            ),
        ]);
        Reader { app: self, cookies: Mutex::default(), headers }
    }

    /// Lets time pass for a column of every row.
    pub async fn age(&self, table: &str, column: &str, seconds: u64) {
        let earlier = match self.database.backend() {
            Backend::Sqlite => format!("{column} - {seconds} * 1000000"),
            Backend::Postgres => format!("{column} - interval '{seconds} seconds'"),
        };
        self.database.execute(&format!("UPDATE {table} SET {column} = {earlier}")).await;
    }

    /// Somebody who has signed up and followed the link; their password is [`PASSWORD`].
    pub async fn person(&self, email: &str) -> Reader<'_> {
        let reader = self.reader();
        reader.post("/signup", &[("email", email), ("password", PASSWORD)]).await.expect(200);
        let link = self.mail().to(&email.to_lowercase()).await.link();
        reader.get(&link).await.leads("/workspaces?done=welcome");
        reader
    }
}

impl Reader<'_> {
    /// Asks for a page; the path may be a whole link.
    pub async fn get(&self, path: &str) -> Page {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Asks for the page that another leads to.
    pub async fn follow(&self, page: &Page) -> Page {
        assert_eq!(page.status, 303, "{}", page.html);
        self.get(page.location()).await
    }

    /// Makes a workspace; its path, `/w/…`.
    pub async fn workspace(&self, name: &str) -> String {
        let made = self.post("/workspaces/new", &[("name", name)]).await.expect(303);
        assert!(made.location().starts_with("/w/"), "{}", made.location());
        made.location().to_owned()
    }

    /// Logs in with [`PASSWORD`].
    pub async fn log_in(&self, email: &str) -> Page {
        self.post("/login", &[("email", email), ("password", PASSWORD)]).await
    }

    /// What a cookie holds, by the end of its name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = lock(&self.cookies);
        cookies.iter().find(|(key, _)| key.ends_with(name)).map(|(_, value)| value.clone())
    }

    /// Plants a cookie, as an attacker would.
    pub fn plant(&self, name: &str, value: &str) {
        lock(&self.cookies).insert(name.to_owned(), value.to_owned());
    }

    async fn ask(&self, method: Method, path: &str, form: Option<String>) -> Page {
        let path = path.strip_prefix(self.app.public_url()).unwrap_or(path);
        let mut request = self.app.http.request(method.clone(), format!("{}{path}", self.app.url()));
        for (name, value) in &self.headers {
            // Browsers send no origin along with a mere look.
            if *name != "origin" || method != Method::GET {
                request = request.header(*name, value);
            }
        }
        let cookies: Vec<String> =
            lock(&self.cookies).iter().map(|(name, value)| format!("{name}={value}")).collect();
        request = request.header("cookie", cookies.join("; "));
        if let Some(form) = form {
            if !self.headers.contains_key("content-type") {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            request = request.body(form);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep(&headers);
        // A stream of events ends when its reader leaves.
        let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let html = match kind {
            Some("text/event-stream") => String::new(),
            _ => response.text().await.expect("a page"),
        };
        Page { status, headers, html }
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = lock(&self.cookies);
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("a cookie");
            // Over plain http on this machine alone, browsers keep no cookie that must be secure.
            let is_secure = self.app.public_url().starts_with("https");
            let rules = ["HttpOnly", "SameSite=Lax", "Path=/", if is_secure { "; Secure" } else { "" }];
            for rule in rules {
                assert!(cookie.contains(rule), "{rule} is missing: {cookie}");
            }
            let (name, rest) = cookie.split_once('=').expect("a name");
            assert_eq!(name.starts_with("__Host-"), is_secure, "{cookie}");
            match rest.split(';').next().unwrap_or_default() {
                "" => cookies.remove(name),
                value => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}
