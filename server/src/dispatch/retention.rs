//! The log is kept as long as each workspace says, and then goes, in small bites that never hold up a call.

use std::{sync::Arc, time::Duration};

use super::Dispatch;
use crate::store::{Result, Ts, WorkspaceId};

/// Pause between rounds over all workspaces.
const ROUND: Duration = Duration::from_secs(60);
/// Notifications that go in one transaction, with all that hangs on them.
const BITE: i64 = 200;
/// Pause between bites, in which calls go first.
const BREATH: Duration = Duration::from_millis(20);
/// Workspaces looked up at once.
const PAGE: i64 = 500;
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// Deletes what is too old, until the process is to end.
pub async fn forget_old(dispatch: Arc<Dispatch>) {
    loop {
        if let Err(error) = round(&dispatch).await {
            tracing::warn!(%error, "old notifications not deleted");
        }
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = dispatch.stopping.cancelled() => return,
        }
    }
}

async fn round(dispatch: &Dispatch) -> Result<()> {
    let mut after = None;
    loop {
        let page = dispatch.ground.store.read().await?.workspaces_retention(after, PAGE).await?;
        let Some(&(last, _)) = page.last() else { return Ok(()) };
        for (workspace, days) in page {
            forget(dispatch, workspace, days).await?;
        }
        after = Some(last);
    }
}

async fn forget(dispatch: &Dispatch, workspace: WorkspaceId, days: i32) -> Result<()> {
    let now = dispatch.ground.clock.now();
    let before = Ts::from_micros(now.micros() - i64::from(days) * DAY_MICROS);
    while !dispatch.stopping.is_cancelled() {
        let bite = async move |conn: &mut crate::store::Conn| conn.log_forget(workspace, before, BITE).await;
        if dispatch.ground.store.write_behind(bite).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}
