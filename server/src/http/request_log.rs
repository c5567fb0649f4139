//! One line a request, with the route's pattern: paths and queries may hold secrets.

use std::time::Instant;

use poem::{Endpoint, IntoResponse, Middleware, PathPattern, Request, Response, Result};

use super::request_id::RequestId;

/// Logs every request.
pub struct RequestLog;

impl<E: Endpoint> Middleware<E> for RequestLog {
    type Output = Logged<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Logged(endpoint)
    }
}

/// An endpoint whose requests are logged.
pub struct Logged<E>(E);

impl<E: Endpoint> Endpoint for Logged<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let start = Instant::now();
        let id = RequestId::of(&request).to_owned();
        let method = request.method().clone();
        let response = match self.0.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => error.into_response(),
        };
        let route = response.data::<PathPattern>().map_or("(none)", |pattern| pattern.0.as_ref());
        tracing::debug!(
            request = %id,
            %method,
            route,
            status = response.status().as_u16(),
            ms = start.elapsed().as_millis() as u64,
            "answered"
        );
        Ok(response)
    }
}
