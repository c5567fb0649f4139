//! Health, without a login.

use std::sync::Arc;

use poem::{
    IntoResponse, Response, handler,
    http::StatusCode,
    web::{Data, Json},
};
use serde_json::json;

use crate::app::App;

/// By this word a health check tells us from whatever else answers at an address.
pub const SERVICE: &str = "ringhook";

/// `GET /healthz`: the process runs.
#[handler]
pub async fn healthz() -> Json<serde_json::Value> {
    Json(json!({"status": "ok", "service": SERVICE}))
}

/// `GET /readyz`: 503 while the database cannot be reached, or the node drains.
#[handler]
pub async fn readyz(Data(app): Data<&Arc<App>>) -> Response {
    let draining = app.leaving.is_cancelled();
    let reached = app.ground.store.ping().await;
    let database = match &reached {
        Ok(()) => "ok",
        Err(error) => {
            tracing::warn!(%error, "database not reached");
            "unreachable"
        }
    };
    let ready = reached.is_ok() && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if ready { "ready" } else if draining { "draining" } else { "unavailable" },
        "database": database,
        "bus": app.bus.state().as_str(),
    });
    Json(body).with_status(status).into_response()
}
