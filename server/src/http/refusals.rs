//! A request that is refused before it was read to its end takes its connection along. Its sender has to know, or the
//! next request goes down a connection that is being closed: behind a proxy that keeps connections, that would be a
//! call.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderMap, HeaderValue, header},
};

/// What is left unread of a smaller body is read by the server itself, in bytes.
const SMALL: u64 = 16 * 1024;

/// Says `Connection: close` (RFC 9112, section 9.6) with each refusal of a request whose body may be unread.
pub struct Refusals;

impl<E: Endpoint> Middleware<E> for Refusals {
    type Output = Refusing<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Refusing(endpoint)
    }
}

/// An endpoint whose refusals do so.
pub struct Refusing<E>(E);

impl<E: Endpoint> Endpoint for Refusing<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let may_be_unread = may_be_large(request.headers());
        let mut response = self.0.call(request).await?.into_response();
        let refused = response.status().is_client_error() || response.status().is_server_error();
        if may_be_unread && refused {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}

/// Whether the body is larger than [`SMALL`], or says nothing of its size.
fn may_be_large(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length {
        Some(length) => length.parse().map_or(true, |length: u64| length > SMALL),
        None => headers.contains_key(header::TRANSFER_ENCODING),
    }
}
