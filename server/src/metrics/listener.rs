//! `GET /metrics`, on a listener of its own: figures are for the operator, and the public listener never has them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use poem::{
    EndpointExt, Request, Response, Route, Server, get, handler,
    http::{StatusCode, header},
    web::Data,
};
use prometheus_client::{
    encoding::{prometheus_text, text},
    registry::Registry,
};

use super::{metrics, process, seen, survey::Surveyor};
use crate::{app::App, config, http::listener::Bound};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who answers.
struct Watcher {
    app: Arc<App>,
    surveyor: Surveyor,
}

/// Listens where the configuration says; where that is, unless it is off. It ends with the process: figures of a node
/// that drains are worth reading.
///
/// # Errors
/// A sentence, when an address that was given cannot be had. The default one is done without: it is taken by another
/// node on the same machine, and nobody asked for it.
pub fn start(app: &Arc<App>) -> Result<Option<SocketAddr>, String> {
    let config::Metrics { listen, is_given, workspaces } = app.config.metrics;
    metrics().name_workspaces(workspaces);
    let Some(address) = listen else { return Ok(None) };
    let bound = match Bound::new(address) {
        Ok(bound) => bound,
        Err(error) if is_given => {
            return Err(format!("RINGHOOK_METRICS_LISTEN: {address} cannot be listened on: {error}"));
        }
        Err(error) => {
            tracing::warn!(%error, %address, "no metrics: set RINGHOOK_METRICS_LISTEN to another address");
            return Ok(None);
        }
    };
    let address = bound.address().map_err(|error| error.to_string())?;
    let watcher = Arc::new(Watcher { app: app.clone(), surveyor: Surveyor::default() });
    let routes = Route::new().at("/metrics", get(show)).data(watcher);
    tokio::spawn(async move {
        let server = Server::new(bound).idle_timeout(Duration::from_secs(300));
        if let Err(error) = server.run(routes).await {
            tracing::error!(%error, "metrics are served no more");
        }
    });
    Ok(Some(address))
}

#[handler]
async fn show(request: &Request, Data(watcher): Data<&Arc<Watcher>>) -> Response {
    let app = &watcher.app;
    let survey = watcher.surveyor.look(&app.ground).await;
    let mut registry = Registry::default();
    process::register(&mut registry);
    let ours = registry.sub_registry_with_prefix("ringhook");
    metrics().register(ours);
    seen::register(app, ours);
    survey.register(&app.ground.clock, ours);
    let mut body = String::new();
    let accepted = request.header(header::ACCEPT).unwrap_or_default();
    let (kind, written) = match accepted.contains("application/openmetrics-text") {
        true => (OPEN_METRICS, text::encode(&mut body, &registry)),
        false => (PROMETHEUS, prometheus_text::encode(&mut body, &registry)),
    };
    match written {
        Ok(()) => Response::builder().content_type(kind).body(body),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into()
        }
    }
}
