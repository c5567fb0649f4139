//! Clean-up beside the calls.

use std::{sync::Arc, time::Duration};

use super::Dispatch;

const PAUSE: Duration = Duration::from_secs(5);

/// Erases the payloads of calls that can ring no more.
pub async fn erase_payloads(dispatch: Arc<Dispatch>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = dispatch.stopping.cancelled() => return,
        }
        let now = dispatch.ground.clock.now();
        match dispatch.ground.store.write(async move |conn| conn.payloads_erase(now).await).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "payloads erased"),
            Err(error) => tracing::warn!(%error, "payloads not erased"),
        }
    }
}
