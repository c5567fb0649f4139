//! The same done to every binding that a search finds.

use ringhook_openapi::BindingStatus;

use super::list;
use crate::{
    domain::{Ground, Result, audit::Action},
    store::{
        BindingId, ProviderId, WorkspaceId,
        bindings::{BY_HAND, BindingFilter},
    },
};

/// Bindings changed by one action, at most.
pub const LIMIT: usize = 10_000;
/// Bindings read, and changed in one transaction, at once.
const BITE: usize = 500;

ringhook_openapi::words! {
    /// What is done.
    BulkAction {
        Deactivate = "deactivate",
        Activate = "activate",
        Delete = "delete",
    }
}

/// The ids of those that fit: all of them, or more than [`LIMIT`].
pub async fn fitting(
    ground: &Ground,
    workspace: WorkspaceId,
    filter: &BindingFilter,
    provider: Option<ProviderId>,
) -> Result<Vec<BindingId>> {
    let (mut ids, mut after) = (Vec::new(), None);
    let limit = i64::try_from(BITE).unwrap_or(i64::MAX);
    while ids.len() <= LIMIT {
        let found = list(ground, workspace, filter.clone(), provider, after, limit).await?;
        after = found.last().map(|row| row.id);
        ids.extend(found.iter().map(|row| row.id));
        if found.len() < BITE {
            break;
        }
    }
    Ok(ids)
}

/// Does it to these; how many it changed. The audit log says so once, with the search.
///
/// # Errors
/// When the database fails: then those before are done.
pub async fn apply(
    ground: &Ground,
    workspace: WorkspaceId,
    action: BulkAction,
    ids: &[BindingId],
    search: &str,
) -> Result<usize> {
    let (now, mut changed) = (ground.clock.now(), 0);
    for bite in ids.chunks(BITE) {
        let bite = bite.to_vec();
        changed += ground
            .write(workspace, async move |conn| {
                Ok(match action {
                    BulkAction::Delete => conn.bindings_delete_ids(workspace, &bite).await?,
                    BulkAction::Activate => {
                        conn.bindings_set_status(workspace, &bite, BindingStatus::Active, None, now).await?
                    }
                    BulkAction::Deactivate => {
                        let status = BindingStatus::Inactive;
                        conn.bindings_set_status(workspace, &bite, status, Some(BY_HAND), now).await?
                    }
                })
            })
            .await?;
    }
    let entry = ground.entry(Some(workspace), Action::BindingsChanged, search);
    let entry = entry.with(serde_json::json!({ action.as_str(): changed }));
    ground.write(workspace, async move |conn| Ok(conn.audit_insert(&entry).await?)).await?;
    Ok(changed)
}
