//! Workspaces that end: the operator may stop one, its owner may delete it. A closed workspace takes no calls, its keys
//! and tokens open nothing, and its pages say why. What is to be deleted can be restored for a week; then every row goes.

mod purge;

use std::time::Duration;

use chrono::Timelike;
pub use purge::purge;
use ringhook_web::mails::WorkspaceDeletion;

use super::{DomainError, Ground, Result, audit::Action};
use crate::{
    mail,
    store::{Conn, Ts, WorkspaceId, members::Role, users::User, workspaces::Workspace},
};

/// How long a workspace can be restored.
pub const GRACE: Duration = Duration::from_secs(7 * 86_400);
const GONE: DomainError = DomainError::NotFound("workspace");

/// Changes the workspace, in force in every node with its next request.
async fn change(
    ground: &Ground,
    id: WorkspaceId,
    action: Action,
    body: impl AsyncFnOnce(&mut Conn, &mut Workspace) -> Result<()> + Send + 'static,
) -> Result<()> {
    let (acting, now) = (ground.clone(), ground.clock.now());
    let write = ground.write(id, async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(id).await?;
        let mut row = conn.workspace(id).await?.ok_or(GONE)?;
        body(conn, &mut row).await?;
        row.updated_at = now;
        conn.workspace_update(&row).await?;
        Ok(conn.audit_insert(&acting.entry(Some(id), action, &row.name)).await?)
    });
    write.await
}

/// A moment as mails tell it.
fn told(at: Ts) -> String {
    let at = at.utc();
    format!("{} {:02}:{:02} UTC", at.format("%-d %B %Y,"), at.hour(), at.minute())
}

/// Closes the workspace, and deletes it after [`GRACE`]. Its name says that it is meant; owner and admins are told.
///
/// # Errors
/// [`DomainError::Invalid`] at `/name` when it is called otherwise.
pub async fn delete(ground: &Ground, workspace: &Workspace, by: &User, name: &str) -> Result<()> {
    if workspace.name != name.trim() {
        return Err(DomainError::invalid("/name", "This is not the workspace’s name."));
    }
    let deletes_at = ground.clock.now() + GRACE;
    let (acting, by) = (ground.clone(), by.email.clone());
    let body = async move |conn: &mut Conn, row: &mut Workspace| {
        row.deletes_at = Some(deletes_at);
        let view = WorkspaceDeletion { workspace: row.name.clone(), until: told(deletes_at), by };
        for (member, email) in conn.members(row.id).await? {
            if member.role.0.rank() >= Role::Admin.rank() {
                conn.mail_insert(&mail::outgoing(&acting, &email, &view)?).await?;
            }
        }
        Ok(())
    };
    change(ground, workspace.id, Action::WorkspaceDeletionAsked, body).await
}

/// Opens a workspace again that was to be deleted.
///
/// # Errors
/// [`DomainError::NotFound`] when it is gone.
pub async fn restore(ground: &Ground, workspace: WorkspaceId) -> Result<()> {
    let body = async |_: &mut Conn, row: &mut Workspace| {
        row.deletes_at = None;
        Ok(())
    };
    change(ground, workspace, Action::WorkspaceRestored, body).await
}

/// Stops a workspace, or with `false` lets it go on: the operator's.
///
/// # Errors
/// [`DomainError::NotFound`] when there is none of this id.
pub async fn disable(ground: &Ground, workspace: WorkspaceId, disabled: bool) -> Result<()> {
    let now = ground.clock.now();
    let action = if disabled { Action::WorkspaceDisabled } else { Action::WorkspaceEnabled };
    let body = async move |_: &mut Conn, row: &mut Workspace| {
        row.disabled_at = disabled.then(|| row.disabled_at.unwrap_or(now));
        Ok(())
    };
    change(ground, workspace, action, body).await
}
