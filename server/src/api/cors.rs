//! The device API answers pages of any origin, without their cookies
//! (<https://fetch.spec.whatwg.org/#http-cors-protocol>): whoever asks has a token.

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, PUT, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, ringhook-workspace");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-request-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset",
);
/// How long a browser need not ask again, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// What a browser is told before it asks.
pub(super) fn preflight() -> Response {
    let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    open(response)
}

/// An answer that a page of any origin may read.
pub(super) fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}
