//! Invitations: a mailed link that proves an address and opens one workspace, once.

#[cfg(test)]
mod tests;

use std::time::Duration;

use ringhook_web::mails;
use serde_json::json;

use super::{
    DomainError, Ground, Result,
    audit::Action,
    members,
    people::{email, password, sign_up},
    quotas,
};
use crate::{
    mail, secrets,
    store::{
        Conn, InvitationId, Ts, Word, WorkspaceId,
        invitations::Invitation,
        mails::NewMail,
        members::{Member, Role},
        users::User,
        workspaces::Workspace,
    },
};

/// How long an invitation stands.
const DAYS: u32 = 7;
const LASTS: Duration = Duration::from_secs(DAYS as u64 * 86_400);
const GONE: DomainError = DomainError::NotFound("invitation");

/// Who invites, and where.
pub struct Host<'a> {
    /// The public URL, for the link.
    pub base: &'a str,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The address of who invites.
    pub email: &'a str,
    /// What they are there.
    pub role: Role,
}

impl Host<'_> {
    /// A new invitation and its mail.
    fn invite(&self, ground: &Ground, email: String, role: Role) -> Result<(Invitation, NewMail)> {
        let (now, token) = (ground.clock.now(), secrets::token(""));
        let view = mails::Invitation {
            workspace: self.workspace.name.clone(),
            inviter: self.email.to_owned(),
            role: role.to_string(),
            link: format!("{}/invitations/{token}", self.base),
            days: DAYS,
        };
        let mail = mail::outgoing(ground, &email, &view)?;
        let row = Invitation {
            id: InvitationId::new(now),
            workspace_id: self.workspace.id,
            email,
            role: Word(role),
            token_hash: secrets::hash(&token),
            invited_by: self.email.to_owned(),
            created_at: now,
            expires_at: now + LASTS,
            accepted_at: None,
            withdrawn_at: None,
        };
        Ok((row, mail))
    }
}

/// The open invitations, in the order of making.
///
/// # Errors
/// When the database fails.
pub async fn list(ground: &Ground, workspace: WorkspaceId) -> Result<Vec<Invitation>> {
    Ok(ground.store.read(workspace).await?.invitations(workspace, ground.clock.now()).await?)
}

/// Invites an address; an earlier invitation of it ends.
///
/// # Errors
/// [`DomainError::Invalid`] at `/email` or `/role`, 409 `quota_reached`.
pub async fn invite(ground: &Ground, host: Host<'_>, given: &str, role: Role) -> Result<()> {
    let email = email::canonical(given).map_err(|detail| DomainError::invalid("/email", detail))?;
    if !members::may_give(host.role, role) {
        return Err(DomainError::invalid("/role", "Nobody gives a role above their own."));
    }
    let (row, mail) = host.invite(ground, email, role)?;
    let (workspace, acting) = (host.workspace.id, ground.clone());
    let write = ground.write(workspace, async move |conn| {
        members::hold(conn, workspace).await?;
        let there = conn.members(workspace).await?.into_iter().any(|(_, email)| email == row.email);
        if there {
            return Err(DomainError::invalid("/email", "This person is a member already."));
        }
        for earlier in conn.invitations(workspace, row.created_at).await? {
            if earlier.email == row.email {
                conn.invitation_withdraw(workspace, earlier.id, row.created_at).await?;
            }
        }
        quotas::admit_member(&acting, conn, workspace).await?;
        send(&acting, conn, &row, &mail, Action::InvitationSent).await
    });
    write.await
}

async fn send(
    ground: &Ground,
    conn: &mut Conn,
    row: &Invitation,
    mail: &NewMail,
    action: Action,
) -> Result<()> {
    conn.invitation_insert(row).await?;
    conn.mail_insert(mail).await?;
    let entry = ground.entry(Some(row.workspace_id), action, &row.email);
    Ok(conn.audit_insert(&entry.with(json!({"role": row.role.0.as_str()}))).await?)
}

async fn found(conn: &mut Conn, workspace: WorkspaceId, id: InvitationId, now: Ts) -> Result<Invitation> {
    let open = conn.invitations(workspace, now).await?;
    open.into_iter().find(|row| row.id == id).ok_or(GONE)
}

/// Mails a new link for an invitation; the old link is dead.
///
/// # Errors
/// [`DomainError::NotFound`] when it is not open; [`DomainError::Conflict`] for a role above one's own.
pub async fn send_again(ground: &Ground, host: Host<'_>, id: InvitationId) -> Result<()> {
    let (workspace, now) = (host.workspace.id, ground.clock.now());
    let old = found(&mut *ground.store.read(workspace).await?, workspace, id, now).await?;
    if !members::may_give(host.role, old.role.0) {
        let detail = "Nobody gives a role above their own.";
        return Err(DomainError::Conflict { code: "role_refused", detail: detail.into() });
    }
    let ((row, mail), acting) = (host.invite(ground, old.email, old.role.0)?, ground.clone());
    let write = ground.write(workspace, async move |conn| {
        members::hold(conn, workspace).await?;
        conn.invitation_withdraw(workspace, id, now).await?.then_some(()).ok_or(GONE)?;
        send(&acting, conn, &row, &mail, Action::InvitationSentAgain).await
    });
    write.await
}

/// Ends an invitation.
///
/// # Errors
/// [`DomainError::NotFound`] when it is not open.
pub async fn withdraw(ground: &Ground, workspace: WorkspaceId, id: InvitationId) -> Result<()> {
    let (now, acting) = (ground.clock.now(), ground.clone());
    let write = ground.write(workspace, async move |conn| {
        let row = found(conn, workspace, id, now).await?;
        conn.invitation_withdraw(workspace, id, now).await?.then_some(()).ok_or(GONE)?;
        let entry = acting.entry(Some(workspace), Action::InvitationWithdrawn, &row.email);
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Ends what an address has invited and may invite no more, so that no invitation outlives the power of who sent it.
/// `role` is what they are from now on; `None` when they are gone.
pub(super) async fn withdraw_of(
    ground: &Ground,
    conn: &mut Conn,
    workspace: WorkspaceId,
    inviter: &str,
    role: Option<Role>,
) -> Result<()> {
    let now = ground.clock.now();
    for row in conn.invitations(workspace, now).await? {
        let stays = role.is_some_and(|role| members::may_give(role, row.role.0));
        if row.invited_by == inviter && !stays && conn.invitation_withdraw(workspace, row.id, now).await? {
            let entry = ground.entry(Some(workspace), Action::InvitationWithdrawn, &row.email);
            conn.audit_insert(&entry).await?;
        }
    }
    Ok(())
}

/// The open invitation of a link and its workspace, if that takes members.
///
/// # Errors
/// When the database fails.
pub async fn of_link(ground: &Ground, token: &str) -> Result<Option<(Invitation, Workspace)>> {
    let (hash, now) = (secrets::hash(token), ground.clock.now());
    let found = ground.store.engine().read().await?.invitation_by_hash(&hash, now).await?;
    Ok(found.filter(|(_, workspace)| workspace.disabled_at.is_none() && workspace.deletes_at.is_none()))
}

/// Whether somebody has proved this address before.
///
/// # Errors
/// When the database fails.
pub async fn has_account(ground: &Ground, invitation: &Invitation) -> Result<bool> {
    let user = ground.store.engine().read().await?.user_by_email(&invitation.email).await?;
    Ok(user.is_some_and(|user| user.email_verified_at.is_some()))
}

/// Makes this person a member; the slug of the workspace.
///
/// # Errors
/// [`DomainError::NotFound`] when the link works no more, or was sent to another address.
pub async fn accept(ground: &Ground, token: &str, user: &User) -> Result<String> {
    let (invitation, workspace) = of_link(ground, token).await?.ok_or(GONE)?;
    if invitation.email != user.email {
        return Err(GONE);
    }
    let (user, acting, now) = (user.id, ground.clone(), ground.clock.now());
    let write = ground.write_across(async move |conn| {
        take(conn, &invitation, now).await?;
        let user = conn.user(user).await?.filter(|user| user.email == invitation.email).ok_or(GONE)?;
        join(&acting, conn, &invitation, &user, now).await
    });
    write.await?;
    Ok(workspace.slug)
}

/// Makes an account for the invited address, which the link proves, and its person a member; the slug of the workspace.
///
/// # Errors
/// [`DomainError::Invalid`] at `/password`; [`DomainError::NotFound`] when the link works no more, or somebody has
/// proved the address before: then they log in.
pub async fn accept_new(ground: &Ground, token: &str, new: String) -> Result<(User, String)> {
    let (invitation, workspace) = of_link(ground, token).await?.ok_or(GONE)?;
    password::judge(&new, &invitation.email).map_err(|detail| DomainError::invalid("/password", detail))?;
    let (hash, now, acting) = (password::hash(new).await?, ground.clock.now(), ground.clone());
    let write = ground.write_across(async move |conn| {
        take(conn, &invitation, now).await?;
        let known = conn.user_by_email(&invitation.email).await?;
        if known.is_some_and(|user| user.email_verified_at.is_some()) {
            return Err(GONE);
        }
        let user = sign_up::admit(conn, invitation.email.clone(), Some(hash), now).await?;
        let entry = acting.entry(None, Action::PersonSignedUp, &user.email).of(user.id);
        conn.audit_insert(&entry).await?;
        join(&acting, conn, &invitation, &user, now).await?;
        Ok(user)
    });
    Ok((write.await?, workspace.slug))
}

/// Uses the invitation up: of many who follow one link, one goes on.
async fn take(conn: &mut Conn, invitation: &Invitation, now: Ts) -> Result<()> {
    members::hold(conn, invitation.workspace_id).await?;
    conn.invitation_accept(invitation.workspace_id, invitation.id, now).await?.then_some(()).ok_or(GONE)
}

async fn join(ground: &Ground, conn: &mut Conn, invitation: &Invitation, user: &User, now: Ts) -> Result<()> {
    let (workspace_id, user_id) = (invitation.workspace_id, user.id);
    if conn.member(workspace_id, user_id).await?.is_none() {
        let row = Member { workspace_id, user_id, role: invitation.role, created_at: now };
        conn.member_insert(&row).await?;
    }
    let entry = ground.entry(Some(workspace_id), Action::MemberJoined, &user.email);
    let entry = entry.with(json!({"role": invitation.role.0.as_str(), "invited_by": invitation.invited_by}));
    Ok(conn.audit_insert(&entry).await?)
}
