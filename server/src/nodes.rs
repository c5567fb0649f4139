//! What keeps nodes in step beside the bus: each knows how many there are, and none keeps what another has changed. All of it
//! goes by the database, so it holds for what commands change, and without a bus.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    app::App,
    bus::{Callee, Ending},
    domain::{self, directory::Tenant, nodes},
    store::{AccountKeyId, Ts, WorkspaceId, nodes::Node},
};

/// How often it is looked for changes: what a command or another node changes holds here within a second.
const LOOK: Duration = Duration::from_millis(400);
/// How long it may take to say that this node ends: a database that is away holds up no end.
const LEAVE: Duration = Duration::from_millis(1500);

/// What this process says of itself.
fn this(app: &App, started_at: Ts) -> Node {
    Node {
        id: app.dispatch.node,
        name: host_name(),
        version: env!("CARGO_PKG_VERSION").into(),
        bus: app.bus.state().to_string(),
        started_at,
        seen_at: app.ground.clock.now(),
    }
}

/// What the machine is called. A shell knows HOSTNAME and keeps it to itself, a container's runtime hands it on; what a unit
/// of systemd starts asks the kernel.
fn host_name() -> String {
    let told = [std::env::var("HOSTNAME").ok(), std::fs::read_to_string("/proc/sys/kernel/hostname").ok()];
    let mut names = told.into_iter().flatten().map(|name| name.trim().to_owned());
    names.find(|name| !name.is_empty()).unwrap_or_else(|| "-".into())
}

/// Says that this node lives, and looks who else does, until the process drains. The first time before it returns.
pub async fn start(app: Arc<App>) {
    let started_at = app.ground.clock.now();
    let mut known = beat(&app, started_at, Known::default()).await;
    let stopping = app.dispatch.stopping().clone();
    tokio::spawn(async move {
        let beats = async {
            loop {
                tokio::time::sleep(nodes::BEAT).await;
                known = beat(&app, started_at, known).await;
            }
        };
        stopping.run_until_cancelled(beats).await;
    });
}

/// What was said already.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    nodes: usize,
    apart: usize,
}

async fn beat(app: &App, started_at: Ts, known: Known) -> Known {
    let live = match nodes::beat(&app.ground, this(app, started_at)).await {
        Ok(live) => live,
        Err(error) => {
            tracing::warn!(%error, "this node could not say that it lives");
            return known;
        }
    };
    app.nodes.set(live.len());
    let now = Known { nodes: live.len(), apart: nodes::apart(&live).len() };
    if now != known && now.nodes != 1 {
        tracing::info!(nodes = now.nodes, "nodes on this database");
    }
    if now.apart > 0 && now != known {
        tracing::error!(
            nodes = now.nodes,
            without_bus = now.apart,
            "several nodes and no bus between them: a call rings only sockets of the node that it comes to; \
             set RINGHOOK_NATS_URL on each of them"
        );
    }
    now
}

/// Says that this node ends; tries it for 1.5 seconds.
pub async fn leave(app: &App) {
    let forgotten = nodes::forget(&app.ground, Some(app.dispatch.node));
    let error = match tokio::time::timeout(LEAVE, forgotten).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(late) => late.to_string(),
    };
    tracing::warn!(error, "the other nodes find out by themselves that this one has ended");
}

/// Looks for what was changed elsewhere, until the process drains: what is in memory of a workspace is read anew, and
/// sockets end whose workspace or account takes no calls any more, or whose API key is gone.
pub async fn follow_changes(app: Arc<App>) {
    let stopping = app.dispatch.stopping().clone();
    let looks = async {
        let (mut fails, mut unread) = (false, HashSet::new());
        loop {
            tokio::time::sleep(LOOK).await;
            let followed = follow(&app, &mut unread).await;
            if let (false, Err(error)) = (fails, &followed) {
                tracing::warn!(%error, "it cannot be read what was changed elsewhere");
            }
            fails = followed.is_err();
        }
    };
    stopping.run_until_cancelled(looks).await;
}

/// `unread` are the workspaces that could not be read the last time.
async fn follow(app: &App, unread: &mut HashSet<WorkspaceId>) -> domain::Result<()> {
    // Who is let in later may stand on what was set up after this look.
    let moment = Instant::now();
    let mut failed: HashMap<_, _> = app.dispatch.directory.refresh().await?.into_iter().collect();
    let mut tenants: HashMap<WorkspaceId, Option<Arc<Tenant>>> = HashMap::new();
    for workspace in app.bus.hub.workspaces() {
        match app.dispatch.directory.tenant(workspace).await {
            Ok(tenant) => drop(tenants.insert(workspace, tenant)),
            // Its sockets are judged once it can be read.
            Err(error) => drop(failed.insert(workspace, error)),
        }
    }
    // Said once, not in every round.
    for (workspace, error) in failed.iter().filter(|(workspace, _)| !unread.contains(workspace)) {
        tracing::warn!(%error, %workspace, "a workspace cannot be read anew");
    }
    *unread = failed.into_keys().collect();
    // Every socket is judged each time, not only those of what has changed: one may have been let in just before the change,
    // and have sat down just after it.
    app.bus
        .hub
        .dismiss(moment, |callee, key| ending(tenants.get(&callee.workspace)?.as_deref(), callee, key));
    Ok(())
}

/// Why a socket of an identity is to end, if it is; `key` is the API key that signed its token, where one did.
fn ending(tenant: Option<&Tenant>, callee: &Callee, key: Option<AccountKeyId>) -> Option<Ending> {
    match tenant {
        Some(tenant) if !tenant.workspace.is_closed() => match tenant.caller(&callee.account_sid) {
            Some(caller) if key.is_some_and(|key| !caller.keys.contains(&key)) => Some(Ending::KeyRemoved),
            Some(_) => None,
            None => Some(Ending::AccountDisconnected),
        },
        _ => Some(Ending::WorkspaceClosed),
    }
}
