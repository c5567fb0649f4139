//! Every row of a workspace whose time is over goes, in small bites that never hold up a call.

use std::time::Duration;

use super::GRACE;
use crate::{
    domain::{Ground, audit::Action},
    store::{Across, Result, Ts, WorkspaceId},
};

/// Rows that go in one transaction.
const BITE: i64 = 200;
/// Pause between bites, in which calls go first.
const BREATH: Duration = Duration::from_millis(20);

/// Deletes the workspaces whose grace is over.
///
/// # Errors
/// When the database fails: then the next round goes on.
pub async fn purge(ground: &Ground) -> Result<()> {
    let now = ground.clock.now();
    for id in ground.store.engine().read().await?.workspaces_due(now).await? {
        bites(ground, async move |conn| conn.log_forget(id, now + GRACE, BITE).await).await?;
        bites(ground, async move |conn| conn.bindings_forget(id, BITE).await).await?;
        bites(ground, async move |conn| conn.audit_forget(id, BITE).await).await?;
        last(ground, id, now).await?;
    }
    Ok(())
}

async fn bites(
    ground: &Ground,
    bite: impl AsyncFnOnce(&mut Across) -> Result<usize> + Clone + Send + 'static,
) -> Result<()> {
    while ground.store.engine().write_behind(bite.clone()).await? > 0 {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// The workspace itself, unless it was restored at the last moment.
async fn last(ground: &Ground, id: WorkspaceId, now: Ts) -> Result<()> {
    let acting = ground.clone();
    let delete = async move |conn: &mut Across| {
        conn.workspace_revise(id).await?;
        let row = conn.workspace(id).await?;
        let Some(row) = row.filter(|row| row.deletes_at.is_some_and(|at| at <= now)) else { return Ok(()) };
        // What was written since the bites.
        while conn.audit_forget(id, BITE).await? > 0 {}
        conn.workspace_delete(id).await?;
        conn.audit_insert(&acting.entry(None, Action::WorkspaceDeleted, format!("{} ({id})", row.name))).await
    };
    ground.store.engine().write_behind(delete).await
}
