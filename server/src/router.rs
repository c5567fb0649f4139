//! Every route on one page.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route, get, post};

use crate::{
    api,
    app::App,
    http::{request_id::RequestIds, request_log::RequestLog},
    intake, socket, status,
};

/// The whole program, as an endpoint.
pub fn routes(app: Arc<App>) -> impl Endpoint<Output = Response> {
    Route::new()
        .at("/healthz", get(status::healthz))
        .at("/readyz", get(status::readyz))
        .at("/hooks/:token", post(intake::webhook))
        .at("/api/v1/device/socket", get(socket::connect))
        .nest_no_strip("/api", api::routes(app.clone()))
        .data(app)
        .with(RequestLog)
        .with(RequestIds)
}
