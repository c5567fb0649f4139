//! Every route on one page.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route, get, post};

use crate::{
    api,
    app::App,
    dashboard,
    http::{request_id::RequestIds, request_log::RequestLog},
    intake, socket, status,
};

/// The whole program, as an endpoint.
pub fn routes(app: Arc<App>) -> impl Endpoint<Output = Response> {
    Route::new()
        .at("/", get(dashboard::start_page))
        .at("/assets/:name", get(dashboard::asset))
        .at("/healthz", get(status::healthz))
        .at("/readyz", get(status::readyz))
        .at("/hooks/:token", post(intake::webhook).catch_error(intake::not_post))
        .at("/api/v1/device/socket", get(socket::connect))
        .nest_no_strip("/api", api::routes(app.clone()))
        .catch_error(dashboard::not_found)
        .data(app)
        .with(RequestLog)
        .with(RequestIds)
}
