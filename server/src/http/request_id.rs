//! One id per request: in the log, in every problem, and in the answer's `x-request-id`.

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue},
};

use crate::secrets::random;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
#[derive(Debug, Clone)]
pub struct RequestId(String);

impl RequestId {
    fn new() -> Self {
        let random: [u8; 8] = random();
        Self(format!("req_{:016x}", u64::from_be_bytes(random)))
    }

    /// The id of this request; empty where the middleware does not stand.
    pub fn of(request: &Request) -> &str {
        request.extensions().get::<Self>().map_or("", |id| id.0.as_str())
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives every request an id.
pub struct RequestIds;

impl<E: Endpoint> Middleware<E> for RequestIds {
    type Output = WithRequestId<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        WithRequestId(endpoint)
    }
}

/// An endpoint whose requests have ids.
pub struct WithRequestId<E>(E);

impl<E: Endpoint> Endpoint for WithRequestId<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = RequestId::new();
        request.extensions_mut().insert(id.clone());
        let mut response = self.0.call(request).await?.into_response();
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(HEADER, value);
        }
        Ok(response)
    }
}
