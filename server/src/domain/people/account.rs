//! What people change about their own accounts. Each change asks once more for the password, or, of who has none, for a
//! fresh login.

use std::time::Duration;

use ringhook_web::mails::{
    AccountDeleted, AlreadyRegistered, ConfirmNewEmail, EmailChanged, PasswordChanged,
};

use super::{email, password, password::Verdict, tickets};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action, invitations},
    mail,
    store::{SessionId, members::Role, sessions::Session, tickets::Purpose, users::User},
};

/// A login this young stands for a password, in seconds.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// How long the link that proves a new address works.
const HOURS: u32 = 24;
const LASTS: Duration = Duration::from_secs(HOURS as u64 * 3600);

/// Makes sure that it is the person who asks, and not whoever found their browser open.
///
/// # Errors
/// [`DomainError::Invalid`] at `/current_password`.
pub async fn confirm(ground: &Ground, user: &User, session: &Session, given: String) -> Result<()> {
    let refused = |detail: &str| Err(DomainError::invalid("/current_password", detail));
    let Some(kept) = user.password_hash.clone() else {
        return match session.created_at + FRESH > ground.clock.now() {
            true => Ok(()),
            false => refused("Log out and in again first: your account has no password to ask for."),
        };
    };
    match given.chars().count() <= password::LONGEST
        && password::check(given, Some(kept)).await? != Verdict::Wrong
    {
        true => Ok(()),
        false => refused("This is not your password."),
    }
}

/// Sets another password; every other session ends.
///
/// # Errors
/// [`DomainError::Invalid`] at `/password`.
pub async fn change_password(ground: &Ground, user: &User, keep: SessionId, new: String) -> Result<()> {
    password::judge(&new, &user.email).map_err(|detail| DomainError::invalid("/password", detail))?;
    let hash = password::hash(new).await?;
    let now = ground.clock.now();
    let notice = mail::outgoing(ground, &user.email, &PasswordChanged { at: now.utc().to_rfc2822() })?;
    let entry = ground.entry(None, Action::PasswordChanged, &user.email);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        let mut user = conn.user(user).await?.ok_or(DomainError::NotFound("account"))?;
        (user.password_hash, user.updated_at) = (Some(hash), now);
        conn.user_update(&user).await?;
        conn.sessions_delete(user.id, Some(keep)).await?;
        conn.tickets_end(user.id, Purpose::SecondFactor, now).await?;
        conn.tickets_end(user.id, Purpose::ResetPassword, now).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Mails a link that proves the new address; who asks is not told whether somebody else has it.
///
/// # Errors
/// [`DomainError::Invalid`] at `/email`.
pub async fn ask_for_email(ground: &Ground, base: &str, user: &User, given: &str) -> Result<String> {
    let email = email::canonical(given).map_err(|detail| DomainError::invalid("/email", detail))?;
    if email == user.email {
        return Err(DomainError::invalid("/email", "This is your address already."));
    }
    let known = ground.store.engine().read().await?.user_by_email(&email).await?;
    if known.is_some_and(|other| other.email_verified_at.is_some()) {
        let view =
            AlreadyRegistered { login_link: format!("{base}/login"), reset_link: format!("{base}/forgot") };
        let mail = mail::outgoing(ground, &email, &view)?;
        ground.write_across(async move |conn| Ok(conn.mail_insert(&mail).await?)).await?;
        return Ok(email);
    }
    let who = (Some(user.id), Some(email.clone()));
    let (token, ticket) = tickets::issue(ground, Purpose::ChangeEmail, who, &(), LASTS)?;
    let view = ConfirmNewEmail { link: format!("{base}/account/email/{token}"), hours: HOURS };
    let mail = mail::outgoing(ground, &email, &view)?;
    let (user, now) = (user.id, ground.clock.now());
    let write = ground.write_across(async move |conn| {
        conn.tickets_end(user, Purpose::ChangeEmail, now).await?;
        conn.ticket_insert(&ticket).await?;
        Ok(conn.mail_insert(&mail).await?)
    });
    write.await?;
    Ok(email)
}

/// The new address that the link proves, if it is this person's and still works.
///
/// # Errors
/// When the database or the seal fails.
pub async fn new_email(ground: &Ground, user: &User, token: &str) -> Result<Option<String>> {
    let found = tickets::find::<()>(ground, Purpose::ChangeEmail, token).await?;
    Ok(found.filter(|(ticket, ())| ticket.user_id == Some(user.id)).and_then(|(ticket, ())| ticket.email))
}

/// Sets the address that the link proves; every other session ends, and the old address is told.
///
/// # Errors
/// [`DomainError::NotFound`] when the link works no more, or somebody else has the address by now.
pub async fn change_email(ground: &Ground, user: &User, keep: SessionId, token: &str) -> Result<()> {
    const GONE: DomainError = DomainError::NotFound("link");
    let found = tickets::find::<()>(ground, Purpose::ChangeEmail, token).await?;
    let (ticket, ()) = found.filter(|(ticket, ())| ticket.user_id == Some(user.id)).ok_or(GONE)?;
    let email = ticket.email.clone().ok_or(GONE)?;
    let now = ground.clock.now();
    let view = EmailChanged { new_masked: email::masked(&email) };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let changed = serde_json::json!({"email": {"from": user.email, "to": email}});
    let entry = ground.entry(None, Action::EmailChanged, &user.email).with(changed);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        if !conn.ticket_use(ticket.id, now).await? {
            return Err(GONE);
        }
        // Somebody who is only expected under this address has not proved it; this person has.
        if let Some(other) = conn.user_by_email(&email).await? {
            if other.email_verified_at.is_some() || !conn.workspaces_of(other.id).await?.is_empty() {
                return Err(GONE);
            }
            conn.user_delete(other.id).await?;
        }
        // Sign-ups of this address would lead into the account that has it now.
        conn.tickets_end_for(&email, Purpose::SignUp, now).await?;
        let mut user = conn.user(user).await?.ok_or(GONE)?;
        // Open invitations are known by the address of who sent them, and end with their power.
        for (workspace, _) in conn.workspaces_of(user.id).await? {
            conn.invitations_readdress(workspace.id, &user.email, &email, now).await?;
        }
        (user.email, user.email_verified_at, user.updated_at) = (email, Some(now), now);
        conn.user_update(&user).await?;
        conn.sessions_delete(user.id, Some(keep)).await?;
        conn.tickets_end(user.id, Purpose::ResetPassword, now).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Stops a person, whose sessions end, or with `false` lets them in again: the operator's.
///
/// # Errors
/// When the database fails.
pub async fn disable(ground: &Ground, user: &User, disabled: bool) -> Result<()> {
    let now = ground.clock.now();
    let action = if disabled { Action::PersonDisabled } else { Action::PersonEnabled };
    let entry = ground.entry(None, action, &user.email).of(user.id);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        let mut user = conn.user(user).await?.ok_or(DomainError::NotFound("account"))?;
        user.disabled_at = disabled.then(|| user.disabled_at.unwrap_or(now));
        user.updated_at = now;
        conn.user_update(&user).await?;
        if disabled {
            conn.sessions_delete(user.id, None).await?;
        }
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Deletes the account and all that is its alone.
///
/// # Errors
/// [`DomainError::Conflict`] while the person owns a workspace.
pub async fn delete(ground: &Ground, user: &User) -> Result<()> {
    let notice = mail::outgoing(ground, &user.email, &AccountDeleted {})?;
    let entry = ground.entry(None, Action::AccountDeleted, &user.email);
    let (user, email, acting) = (user.id, user.email.clone(), ground.clone());
    let write = ground.write_across(async move |conn| {
        let theirs = conn.workspaces_of(user).await?;
        let owned = theirs.iter().filter(|(_, role)| *role == Role::Owner);
        let owned: Vec<&str> = owned.map(|(workspace, _)| workspace.name.as_str()).collect();
        if !owned.is_empty() {
            let detail = match owned.as_slice() {
                [one] => format!("{one} belongs to this account. Transfer or delete it first."),
                all => format!("{} belong to this account. Transfer or delete them first.", all.join(", ")),
            };
            return Err(DomainError::Conflict { code: "owns_workspace", detail });
        }
        for (workspace, _) in &theirs {
            invitations::withdraw_of(&acting, conn, workspace.id, &email, None).await?;
        }
        conn.user_delete(user).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}
