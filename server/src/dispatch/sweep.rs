//! Clean-up beside the calls.

use std::{sync::Arc, time::Duration};

use super::Dispatch;
use crate::store::{Across, Result};

const PAUSE: Duration = Duration::from_secs(5);
/// Payloads erased in one transaction: calls that are recorded go in between.
const BITE: i64 = 200;

/// Erases the payloads of calls that can ring no more.
pub async fn erase_payloads(dispatch: Arc<Dispatch>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = dispatch.stopping.cancelled() => return,
        }
        match erase(&dispatch).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "payloads erased"),
            Err(error) => tracing::warn!(%error, "payloads not erased"),
        }
    }
}

async fn erase(dispatch: &Dispatch) -> Result<usize> {
    let (now, mut erased) = (dispatch.ground.clock.now(), 0);
    while !dispatch.stopping.is_cancelled() {
        let bite = async move |conn: &mut Across| conn.payloads_erase(now, BITE).await;
        match dispatch.ground.store.engine().write_behind(bite).await? {
            0 => break,
            count => erased += count,
        }
    }
    Ok(erased)
}
