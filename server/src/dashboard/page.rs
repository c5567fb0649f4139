//! A view as an answer, with the headers that every page has.

use askama::Template;
use poem::{
    IntoResponse, Response,
    error::NotFoundError,
    http::{StatusCode, header},
};
use ringhook_web::pages::NotFound;

/// Only what this server sends itself, and nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Renders a view.
pub(super) fn page(status: StatusCode, view: &impl Template) -> Response {
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
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "same-origin")
        .body(html)
}

/// For paths that lead nowhere.
pub async fn not_found(_: NotFoundError) -> Response {
    page(StatusCode::NOT_FOUND, &NotFound)
}
