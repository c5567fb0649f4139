//! What keeps other sites' pages from acting in a reader's name: unsafe requests come from our own pages, and pages
//! are shown under the public URL alone.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderMap, Method, StatusCode, header},
};
use ringhook_web::pages::Message;
use url::Url;

use super::page::{page, see_other};

/// The middleware, for the public URL.
pub struct OwnOrigin(pub Url);

impl<E: Endpoint> Middleware<E> for OwnOrigin {
    type Output = Guarded<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Guarded { endpoint, origin: self.0.origin().ascii_serialization().into(), url: self.0.clone() }
    }
}

/// An endpoint that only our own pages act on.
pub struct Guarded<E> {
    endpoint: E,
    origin: Arc<str>,
    url: Url,
}

impl<E: Endpoint> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_safe && !is_own(request.headers(), &self.origin) {
            return Ok(page(StatusCode::FORBIDDEN, &Message::foreign_origin()));
        }
        if is_safe && request.uri().path() != "/" && !is_named(&request, &self.url) {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            return Ok(see_other(&format!("{}{path}", self.origin)));
        }
        self.endpoint.call(request).await.map(IntoResponse::into_response)
    }
}

/// Browsers say where an unsafe request comes from, the older ones by `Origin` alone. What says neither is no browser,
/// has nobody's cookies, and may pass (<https://web.dev/articles/fetch-metadata>).
fn is_own(headers: &HeaderMap, own: &str) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some("same-origin"), None) | (None, None) => true,
        (Some("same-origin") | None, Some(origin)) => origin == own,
        _ => false,
    }
}

/// Whether the request asks for the public URL's host.
fn is_named(request: &Request, url: &Url) -> bool {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = asked.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let (host, port) = (url.host_str().unwrap_or_default(), url.port());
    let named = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    asked.is_some_and(|asked| {
        let default = if url.scheme() == "https" { ":443" } else { ":80" };
        let asked = if port.is_none() { asked.strip_suffix(default).unwrap_or(asked) } else { asked };
        asked.eq_ignore_ascii_case(&named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = poem::http::HeaderName::from_static(name);
            (name, poem::http::HeaderValue::from_static(value))
        });
        pairs.collect()
    }

    #[test]
    fn only_our_own_pages_act() {
        const OWN: &str = "https://ringhook.example";
        let own = ["same-origin"];
        for site in own {
            assert!(is_own(&headers(&[("sec-fetch-site", site), ("origin", OWN)]), OWN));
            assert!(is_own(&headers(&[("sec-fetch-site", site)]), OWN));
            assert!(!is_own(&headers(&[("sec-fetch-site", site), ("origin", "null")]), OWN));
        }
        for site in ["same-site", "cross-site", "none", "?"] {
            assert!(!is_own(&headers(&[("sec-fetch-site", site), ("origin", OWN)]), OWN), "{site}");
        }
        assert!(is_own(&headers(&[("origin", OWN)]), OWN));
        for origin in
            ["https://evil.example", "null", "https://ringhook.example.evil", "http://ringhook.example"]
        {
            assert!(!is_own(&headers(&[("origin", origin)]), OWN), "{origin}");
        }
        assert!(is_own(&headers(&[]), OWN));
    }

    #[test]
    fn pages_are_shown_under_the_public_url() {
        let asked = |host: &str| Request::builder().header("host", host).finish();
        let url = Url::parse("https://ringhook.example").expect("a URL");
        assert!(is_named(&asked("ringhook.example"), &url) && is_named(&asked("RINGHOOK.example:443"), &url));
        assert!(!is_named(&asked("127.0.0.1:8080"), &url) && !is_named(&asked("ringhook.example:80"), &url));
        let url = Url::parse("http://localhost:8080").expect("a URL");
        assert!(is_named(&asked("localhost:8080"), &url) && !is_named(&asked("127.0.0.1:8080"), &url));
    }
}
