//! One line a request, with the route's pattern: paths and queries may hold secrets.

use std::time::Instant;

use poem::{Endpoint, IntoResponse, Middleware, PathPattern, Request, Response, Result};

use super::request_id::RequestId;
use crate::{
    metrics::{Route, metrics},
    telemetry::Trail,
};

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
        let trail = Trail::of_request(&id, request.headers());
        let response = match trail.clone().follow(self.0.call(request)).await {
            Ok(response) => response.into_response(),
            Err(error) => error.into_response(),
        };
        let (status, took) = (response.status(), start.elapsed());
        let route =
            response.data::<PathPattern>().map_or_else(|| "(none)".into(), |pattern| pattern.0.clone());
        trail.within(|| {
            tracing::debug!(%method, %route, status = status.as_u16(), ms = took.as_millis() as u64, "answered");
        });
        trail.came_to(status.as_str(), Some(format_args!("{method} {route}")));
        metrics().requested(Route(route), &method, status.as_u16(), took);
        Ok(response)
    }
}
