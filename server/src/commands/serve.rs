//! `ringhook serve`: everything in one process.

use std::{fs::File, io::Write, net::SocketAddr, path::Path, process::ExitCode, sync::Arc, time::Duration};

use poem::Server;
use tokio::signal::unix::{SignalKind, signal};

use super::seal;
use crate::{
    app::App,
    config::{self, Config, LogFormat},
    domain::Ground,
    housekeeping,
    http::listener::Bound,
    metrics, nodes, router,
    store::NodeId,
    telemetry,
};

/// How long a node that is told to end still takes what comes: requests on their way to it, and those of whoever looks at
/// `/readyz` only now and then. A request that meets a closing connection has no answer.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long connections, and then deliveries and mails, may take to end; together they stay under ten seconds.
const CONNECTIONS: Duration = Duration::from_secs(4);
const DELIVERIES: Duration = Duration::from_secs(4);

/// Serves until SIGTERM or SIGINT, then drains.
///
/// # Errors
/// A sentence that names what is missing or in the way.
pub async fn run(config: Config) -> Result<ExitCode, String> {
    let unknown = config::unknown();
    if !unknown.is_empty() {
        tracing::warn!(
            variables = unknown.join(", "),
            "not settings of this version; are they spelled right?"
        );
    }
    std::fs::create_dir_all(&config.data_dir).map_err(|error| {
        format!("RINGHOOK_DATA_DIR: {} cannot be made: {error}", config.data_dir.display())
    })?;
    let _lock = lock(&config.data_dir)?;
    let ground = Ground::open(&config).await?;
    prepare(&config, &ground).await?;
    let node = node_id(&config.data_dir, &ground)?;
    let app = App::new(config, ground, node)?;
    let listener = Bound::new(app.config.listen)
        .map_err(|error| format!("RINGHOOK_LISTEN: {} cannot be listened on: {error}", app.config.listen))?;
    app.bus.start(&app.ground).await?;
    nodes::start(app.clone()).await;
    let metrics = metrics::listener::start(&app)?;
    app.dispatch.start().await;
    app.mailer.start();
    tokio::spawn(app.intake.clone().tidy());
    tokio::spawn(housekeeping::run(app.clone()));
    tokio::spawn(nodes::follow_changes(app.clone()));
    greet(&app, &listener, metrics);
    serve(&app, listener).await?;
    tokio::join!(app.dispatch.drain(DELIVERIES), app.mailer.drain(DELIVERIES), nodes::leave(&app));
    app.bus.close().await;
    tracing::info!("drained");
    telemetry::flush().await;
    Ok(ExitCode::SUCCESS)
}

async fn serve(app: &Arc<App>, listener: Bound) -> Result<(), String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let (leaving, stopping) = (app.leaving.clone(), app.dispatch.stopping().clone());
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("draining");
        leaving.cancel();
        tokio::time::sleep(FAREWELL).await;
        stopping.cancel();
    };
    let server = Server::new(listener).idle_timeout(Duration::from_secs(75));
    let served = server.run_with_graceful_shutdown(router::routes(app.clone()), stop, Some(CONNECTIONS));
    served.await.map_err(|error| error.to_string())
}

async fn prepare(config: &Config, ground: &Ground) -> Result<(), String> {
    let pending = match config.migrate {
        true => {
            let applied = ground.store.migrate().await.map_err(|error| error.to_string())?;
            if !applied.is_empty() {
                tracing::info!(count = applied.len(), "migrations applied");
            }
            Vec::new()
        }
        false => ground.store.migrations_pending().await.map_err(|error| error.to_string())?,
    };
    if !pending.is_empty() {
        return Err(format!("the database lacks {} migrations; run `ringhook migrate`", pending.len()));
    }
    let unknown = ground.store.migrations_unknown().await.map_err(|error| error.to_string())?;
    if !unknown.is_empty() {
        // What a rollback finds: no reason not to serve.
        tracing::warn!(unknown = unknown.join(", "), "the database was migrated by a newer version");
    }
    seal::check(ground).await
}

/// One process per data directory: two would take each other's leases.
fn lock(data_dir: &Path) -> Result<File, String> {
    let path = data_dir.join("ringhook.lock");
    let say = |error: std::io::Error| format!("RINGHOOK_DATA_DIR: {}: {error}", path.display());
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(say)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(format!(
            "{} is in use by another ringhook; give this one a RINGHOOK_DATA_DIR of its own",
            data_dir.display()
        )),
        Err(std::fs::TryLockError::Error(error)) => Err(say(error)),
    }
}

/// This node's id, the same after a restart, so that it takes over its own leases at once.
fn node_id(data_dir: &Path, ground: &Ground) -> Result<NodeId, String> {
    let path = data_dir.join("node");
    let say = |error: std::io::Error| format!("RINGHOOK_DATA_DIR: {}: {error}", path.display());
    if let Some(id) = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()) {
        return Ok(id);
    }
    let id = NodeId::new(ground.clock.now());
    let mut file = File::create(&path).map_err(say)?;
    writeln!(file, "{id}").map_err(say)?;
    Ok(id)
}

fn mail_way(config: &Config) -> String {
    match &config.mail.smtp {
        Some(smtp) => format!("{smtp}, from {}", config.mail.from),
        None => format!("into {}, until RINGHOOK_SMTP_URL is set", config.outbox().display()),
    }
}

/// Says in plain words where it listens, what it stands on and what is missing; to machines in the log alone, which is JSON.
fn greet(app: &App, listener: &Bound, metrics: Option<SocketAddr>) {
    let config = &app.config;
    let address = listener.address().unwrap_or(config.listen);
    if config.log_format == LogFormat::Text {
        for line in greeting(app, address, metrics) {
            eprintln!("{line}");
        }
    }
    let (public_url, database) = (config.public_base(), app.ground.store.kind());
    tracing::info!(%address, public_url, database, metrics = metrics.map(tracing::field::display), "ready");
}

fn greeting(app: &App, address: SocketAddr, metrics: Option<SocketAddr>) -> Vec<String> {
    let config = &app.config;
    let mut lines = vec![
        format!("Ringhook {} is ready.", env!("CARGO_PKG_VERSION")),
        format!("  listening on   http://{address}"),
        format!("  public URL     {}", config.public_base()),
        format!("  database       {} ({})", config.database_url, app.ground.store.kind()),
    ];
    if let Some(nats) = &config.nats {
        lines.push(format!("  bus            {nats} ({})", app.bus.state()));
    }
    if let Some(metrics) = metrics {
        lines.push(format!("  metrics        http://{metrics}/metrics"));
    }
    lines.push(format!("  mail           {}", mail_way(config)));
    if config.is_loopback() {
        lines.push("  missing        RINGHOOK_PUBLIC_URL: Twilio cannot reach a loopback address".into());
    }
    lines
}
