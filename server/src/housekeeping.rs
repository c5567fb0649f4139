//! What is tidied now and then, beside the calls.

use std::{sync::Arc, time::Duration};

use crate::{
    app::App,
    domain::{closing, idempotency, nodes, people::sessions},
};

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(300);

/// Tidies until the process drains. Every node does; what one has done, the others find done.
pub async fn run(app: Arc<App>) {
    let stopping = app.dispatch.stopping().clone();
    // A large workspace takes a while to go, and nothing else waits for that.
    let both = async { tokio::join!(tidy(&app), purge(&app)) };
    stopping.run_until_cancelled(both).await;
}

async fn tidy(app: &App) {
    loop {
        app.throttle.forget_idle();
        app.rates.forget_idle();
        if let Err(error) = sessions::prune(&app.ground).await {
            tracing::warn!(%error, "ended sessions could not be removed");
        }
        if let Err(error) = idempotency::prune(&app.ground).await {
            tracing::warn!(%error, "old answers could not be removed");
        }
        if let Err(error) = nodes::forget(&app.ground, None).await {
            tracing::warn!(%error, "nodes that ended long ago could not be forgotten");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn purge(app: &App) {
    loop {
        if let Err(error) = closing::purge(&app.ground).await {
            tracing::warn!(%error, "a workspace whose time is over could not be removed");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
