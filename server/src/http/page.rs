//! A view as an answer, with the headers that every page has.

use askama::Template;
use poem::{
    IntoResponse, Response,
    error::NotFoundError,
    http::{StatusCode, header},
};
use ringhook_web::pages::Message;

/// Only what this server sends itself, and nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Renders a view. Pages are of one person at one moment: no cache keeps them, and no link tells where it came from.
pub fn page(status: StatusCode, view: &impl Template) -> Response {
    let html = match view.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "same-origin")
        .body(html)
}

/// 303: the browser goes on with a GET.
pub fn see_other(path: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, path)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}

/// There is nothing here, or nothing of the reader's.
pub fn nothing_here() -> Response {
    page(StatusCode::NOT_FOUND, &Message::not_found())
}

/// Something inside failed; the log says what.
pub fn server_fault() -> Response {
    page(StatusCode::SERVICE_UNAVAILABLE, &Message::server_fault())
}

/// For paths that lead nowhere.
pub async fn not_found(_: NotFoundError) -> Response {
    nothing_here()
}
