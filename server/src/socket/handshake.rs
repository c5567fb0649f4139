//! Who connects: the token, from the header or, for browsers, from a subprotocol.

use std::sync::Arc;

use poem::{
    IntoResponse, Request, Response, Result, handler,
    http::header,
    web::{
        Data, Query,
        websocket::{WebSocket, WebSocketConfig},
    },
};
use ringhook_openapi::problem::{ApiProblem, FieldError};
use serde::Deserialize;

use super::session::Session;
use crate::{access::device, app::App, domain::devices, http::request_id::RequestId};

/// The subprotocol that is spoken, and selected.
const PROTOCOL: &str = "ringhook.v1";
/// What a browser puts its token behind, since it cannot set headers.
const BEARER: &str = "ringhook.bearer.";
/// What is read of a message at all. One that is over [`super::session::MESSAGE_LIMIT`] is read to its end, so that the
/// device is told; one that is over this ends the connection.
const READ_LIMIT: usize = 64 * 1024;
/// Buffers of one connection, of which there are two: small, since most are idle. `make bench bench=idle` tells what such a
/// socket takes.
const BUFFER: usize = 1024;
/// What may wait to be written before the socket counts as stuck.
const WRITE_LIMIT: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
struct Asked {
    device_id: Option<String>,
}

/// `GET /api/v1/device/socket`.
#[handler]
pub async fn connect(
    request: &Request,
    socket: Result<WebSocket>,
    Query(asked): Query<Asked>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let refuse = |problem: ApiProblem| problem.with_request_id(RequestId::of(request)).into_response();
    let Ok(socket) = socket else {
        let detail = "This path is a WebSocket's: connect with `Upgrade: websocket` (RFC 6455).";
        return refuse(ApiProblem::malformed(detail));
    };
    let session = match seat(app, request, asked).await {
        Ok(session) => session,
        Err(problem) => return refuse(problem),
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(WRITE_LIMIT)
        .max_message_size(Some(READ_LIMIT))
        .max_frame_size(Some(READ_LIMIT));
    let socket = socket.config(config).protocols([PROTOCOL]);
    socket.on_upgrade(move |stream| session.run(stream)).into_response()
}

async fn seat(app: &Arc<App>, request: &Request, asked: Asked) -> Result<Session, ApiProblem> {
    if app.dispatch.stopping().is_cancelled() {
        return Err(ApiProblem::unavailable(1));
    }
    if let Some(id) = &asked.device_id
        && let Some(fault) = devices::device_id_fault(id)
    {
        return Err(ApiProblem::invalid(vec![FieldError::new("/device_id", fault)]));
    }
    let device = device::of(app, request, protocol_token(request)).await?;
    Session::new(app.clone(), device, asked.device_id).await
}

/// The token that a browser put among its subprotocols.
fn protocol_token(request: &Request) -> Option<&str> {
    let mut offered = request.header(header::SEC_WEBSOCKET_PROTOCOL)?.split(',');
    offered.find_map(|protocol| protocol.trim().strip_prefix(BEARER))
}
