//! The log is kept as long as each workspace says, and then goes: by whole days where the database has them and nobody
//! keeps more, and else in small bites that never hold up a call.

use std::{sync::Arc, time::Duration};

use super::{Dispatch, days};
use crate::domain::quotas::Quota;
use crate::metrics::metrics;
use crate::store::{Result, StoreError, Ts, WorkspaceId};

/// Pause between rounds over all workspaces.
const ROUND: Duration = Duration::from_secs(60);
/// Notifications that go in one transaction, with all that hangs on them.
const BITE: i64 = 200;
/// Pause between bites, in which calls go first.
const BREATH: Duration = Duration::from_millis(20);
/// Workspaces looked up at once.
const PAGE: i64 = 500;
/// No call rings as long as this.
const RINGING: Duration = Duration::from_secs(600);
/// Calls are counted in every round of so many: in a long log that takes a while.
const COUNTING: u32 = 10;

/// Deletes what is too old, until the process is to end.
pub async fn forget_old(dispatch: Arc<Dispatch>) {
    let mut first = true;
    for number in (0..COUNTING).cycle() {
        if let Err(error) = round(&dispatch, first, number == 0).await {
            tracing::warn!(%error, "old notifications not deleted");
        }
        first = false;
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            () = dispatch.stopping.cancelled() => return,
        }
    }
}

/// What fails for one workspace ends the round for no other, and the round does not count as done.
async fn round(dispatch: &Dispatch, first: bool, counts: bool) -> Result<()> {
    let by_days = days::round(dispatch, first).await?;
    let (mut after, mut all) = (None, true);
    loop {
        let page = dispatch.ground.store.engine().read().await?.workspaces_retention(after, PAGE).await?;
        let Some(&(last, _)) = page.last() else {
            if all {
                metrics().retained(dispatch.ground.clock.now());
            }
            return Ok(());
        };
        for (workspace, days) in page {
            // What is kept longest goes by whole days; row by row goes only what lies in no day of its own.
            let before = match by_days.filter(|by| by.longest == days) {
                Some(by) => by.before,
                None => Some(older_than(dispatch, Duration::from_secs(86_400) * days.unsigned_abs())),
            };
            match forget_of(dispatch, workspace, before, counts).await {
                Ok(()) => {}
                // Then it is so for everybody.
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, %workspace, "a workspace's old notifications not deleted");
                    all = false;
                }
            }
        }
        after = Some(last);
    }
}

async fn forget_of(
    dispatch: &Dispatch,
    workspace: WorkspaceId,
    before: Option<Ts>,
    counts: bool,
) -> Result<()> {
    if let Some(before) = before {
        forget(dispatch, workspace, before).await?;
    }
    if counts {
        forget_surplus(dispatch, workspace).await?;
    }
    Ok(())
}

fn older_than(dispatch: &Dispatch, age: Duration) -> Ts {
    dispatch.ground.clock.now() - age
}

/// Past the workspace's quota the oldest go before their time, but none that may still ring. It is exact to the
/// milliseconds between a call's coming and its id.
async fn forget_surplus(dispatch: &Dispatch, workspace: WorkspaceId) -> Result<()> {
    let mut conn = dispatch.ground.store.engine().read().await?;
    let own = conn.workspace_quotas(workspace).await?.unwrap_or_default();
    let kept = dispatch.ground.limits.under(&own, Quota::StoredCalls);
    let surplus = conn.log_time_at(workspace, kept.get().into()).await?;
    drop(conn);
    match surplus {
        Some(at) => {
            let before = (at + Duration::from_millis(1)).min(older_than(dispatch, RINGING));
            forget(dispatch, workspace, before).await
        }
        None => Ok(()),
    }
}

async fn forget(dispatch: &Dispatch, workspace: WorkspaceId, before: Ts) -> Result<()> {
    while !dispatch.stopping.is_cancelled() {
        let bite =
            async move |conn: &mut crate::store::Across| conn.log_forget(workspace, before, BITE).await;
        match dispatch.ground.store.engine().write_behind(bite).await? {
            0 => return Ok(()),
            count => metrics().forgot(count),
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}
