//! Who belongs to a workspace, and as what. Exactly one member owns it; nobody gives more than they have.

#[cfg(test)]
mod tests;

use ringhook_web::mails::OwnershipTransferred;
use serde_json::json;

use super::{DomainError, Ground, Result, audit::Action, invitations};
use crate::{
    mail,
    store::{Conn, UserId, WorkspaceId, members::Member, members::Role, users::User, workspaces::Workspace},
};

const GONE: DomainError = DomainError::NotFound("member");

/// A member, with their address.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The membership.
    pub member: Member,
    /// Their address.
    pub email: String,
}

/// The members, who came first first.
///
/// # Errors
/// When the database fails.
pub async fn list(ground: &Ground, workspace: WorkspaceId) -> Result<Vec<Listed>> {
    let found = ground.store.read(workspace).await?.members(workspace).await?;
    Ok(found.into_iter().map(|(member, email)| Listed { member, email }).collect())
}

/// Whether somebody belongs to a workspace that is open.
///
/// # Errors
/// When the database fails.
pub async fn is_there(ground: &Ground, workspace: WorkspaceId, user: UserId) -> Result<bool> {
    let mut conn = ground.store.read(workspace).await?;
    let is_member = conn.member(workspace, user).await?.is_some();
    Ok(is_member && conn.workspace(workspace).await?.is_some_and(|row| !row.is_closed()))
}

/// Holds everybody else who changes this workspace's members, until the transaction ends.
pub(super) async fn hold(conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
    Ok(conn.lock(&format!("members {workspace}")).await?)
}

/// What the one who acts is by now, and the member they act on.
async fn both(conn: &mut Conn, workspace: WorkspaceId, by: UserId, user: UserId) -> Result<(Role, Listed)> {
    hold(conn, workspace).await?;
    let by = conn.member(workspace, by).await?.ok_or(GONE)?;
    let (member, email) = conn.member_listed(workspace, user).await?.ok_or(GONE)?;
    Ok((by.role.0, Listed { member, email }))
}

/// Whether somebody may give a role: no more than their own, and no second owner.
pub fn may_give(by: Role, role: Role) -> bool {
    role != Role::Owner && role.rank() <= by.rank()
}

fn refused() -> DomainError {
    let detail = "Nobody gives a role above their own, and the owner’s is only transferred.";
    DomainError::Conflict { code: "role_refused", detail: detail.into() }
}

/// Gives a member another role, in force with their next request. What they have invited above it is withdrawn.
///
/// # Errors
/// [`DomainError::NotFound`] without such a member, 409 `role_refused` for a role, or a member, above one's own.
pub async fn set_role(
    ground: &Ground,
    workspace: WorkspaceId,
    by: UserId,
    user: UserId,
    role: Role,
) -> Result<()> {
    let acting = ground.clone();
    let write = ground.write(workspace, async move |conn| {
        let (own, Listed { member, email }) = both(conn, workspace, by, user).await?;
        if !may_give(own, role) || !may_give(own, member.role.0) {
            return Err(refused());
        }
        conn.member_set_role(workspace, user, role).await?;
        invitations::withdraw_of(&acting, conn, workspace, &email, Some(role)).await?;
        let change = json!({"role": {"from": member.role.0.as_str(), "to": role.as_str()}});
        let entry = acting.entry(Some(workspace), Action::RoleChanged, &email).with(change);
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Removes a member; their next request finds nothing here, and whom they have invited cannot come any more.
///
/// # Errors
/// [`DomainError::NotFound`] without such a member, 409 `role_refused` for the owner and members above one's own role.
pub async fn remove(ground: &Ground, workspace: WorkspaceId, by: UserId, user: UserId) -> Result<()> {
    let acting = ground.clone();
    let write = ground.write(workspace, async move |conn| {
        let (own, Listed { member, email }) = both(conn, workspace, by, user).await?;
        if !may_give(own, member.role.0) {
            return Err(refused());
        }
        conn.member_delete(workspace, user).await?;
        invitations::withdraw_of(&acting, conn, workspace, &email, None).await?;
        let entry = acting.entry(Some(workspace), Action::MemberRemoved, &email);
        Ok(conn.audit_insert(&entry.with(json!({"role": member.role.0.as_str()}))).await?)
    });
    write.await
}

/// Leaves the workspace; whom they have invited cannot come any more.
///
/// # Errors
/// 409 `owner_stays`: who owns it transfers or deletes it first.
pub async fn leave(ground: &Ground, workspace: WorkspaceId, user: UserId) -> Result<()> {
    let acting = ground.clone();
    let write = ground.write(workspace, async move |conn| {
        let (own, them) = both(conn, workspace, user, user).await?;
        if own == Role::Owner {
            let detail = "You own this workspace: transfer or delete it first.";
            return Err(DomainError::Conflict { code: "owner_stays", detail: detail.into() });
        }
        conn.member_delete(workspace, user).await?;
        invitations::withdraw_of(&acting, conn, workspace, &them.email, None).await?;
        Ok(conn.audit_insert(&acting.entry(Some(workspace), Action::MemberLeft, &them.email)).await?)
    });
    write.await
}

/// Makes another member the owner; the old one stays as an admin. Both are told.
///
/// # Errors
/// [`DomainError::Invalid`] at `/member` when it is no other member, 409 `role_refused` when who acts does not own it.
pub async fn transfer(ground: &Ground, workspace: &Workspace, owner: &User, to: UserId) -> Result<()> {
    let (id, name, from) = (workspace.id, workspace.name.clone(), owner.clone());
    let acting = ground.clone();
    let write = ground.write(id, async move |conn| {
        let found = both(conn, id, from.id, to).await;
        let (own, heir) = match found {
            Err(DomainError::NotFound(_)) => {
                return Err(DomainError::invalid("/member", "Choose a member of this workspace."));
            }
            found => found?,
        };
        if own != Role::Owner {
            return Err(refused());
        }
        if heir.member.role.0 == Role::Owner {
            return Err(DomainError::invalid("/member", "You own it already."));
        }
        conn.member_set_role(id, from.id, Role::Admin).await?;
        conn.member_set_role(id, to, Role::Owner).await?;
        let view = OwnershipTransferred { workspace: name, to: heir.email.clone() };
        for email in [&from.email, &heir.email] {
            conn.mail_insert(&mail::outgoing(&acting, email, &view)?).await?;
        }
        let change = json!({"owner": {"from": from.email, "to": heir.email}});
        let entry = acting.entry(Some(id), Action::OwnershipTransferred, &heir.email).with(change);
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}
