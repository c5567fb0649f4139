//! A new password for who has forgotten theirs.

use std::time::Duration;

use ringhook_web::mails::{PasswordChanged, ResetPassword};

use super::{email, password, tickets};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    mail,
    store::{
        Across, Ts, UserId,
        tickets::{Purpose, Ticket},
        users::User,
    },
};

/// How long the link works.
const MINUTES: u32 = 60;
const LASTS: Duration = Duration::from_secs(MINUTES as u64 * 60);

/// Mails a link, if there is an account of this address. Who asks is not told which it was; so this runs beside the
/// answer, which would otherwise come later for one than for the other.
///
/// # Errors
/// When the database fails.
pub async fn ask(ground: &Ground, base: &str, given: &str) -> Result<()> {
    let Ok(email) = email::canonical(given) else { return Ok(()) };
    let Some(user) = ground.store.engine().read().await?.user_by_email(&email).await? else { return Ok(()) };
    if user.disabled_at.is_some() {
        return Ok(());
    }
    let (token, ticket) = ticket(ground, &user, LASTS)?;
    let view = ResetPassword { link: link(base, &token), minutes: MINUTES };
    let mail = mail::outgoing(ground, &user.email, &view)?;
    let write = ground.write_across(async move |conn| {
        conn.ticket_insert(&ticket).await?;
        Ok(conn.mail_insert(&mail).await?)
    });
    write.await
}

/// A ticket to set this person's password; its token, and its row.
///
/// # Errors
/// When it cannot be sealed.
pub fn ticket(ground: &Ground, user: &User, lasts: Duration) -> Result<(String, Ticket)> {
    let who = (Some(user.id), Some(user.email.clone()));
    tickets::issue(ground, Purpose::ResetPassword, who, &(), lasts)
}

/// Where such a ticket's token leads.
pub fn link(base: &str, token: &str) -> String {
    format!("{base}/reset/{token}")
}

/// Whose password the link sets, if it still works.
///
/// # Errors
/// When the database or the seal fails.
pub async fn whose(ground: &Ground, token: &str) -> Result<Option<String>> {
    let found = tickets::find::<()>(ground, Purpose::ResetPassword, token).await?;
    Ok(found.and_then(|(ticket, ())| ticket.email))
}

/// Sets a new password: every session and every other link of this person ends, and their address is proved.
///
/// # Errors
/// [`DomainError::NotFound`] when the link works no more, [`DomainError::Invalid`] names `/password`.
pub async fn set(ground: &Ground, token: &str, new: String) -> Result<()> {
    const GONE: DomainError = DomainError::NotFound("link");
    let found = tickets::find::<()>(ground, Purpose::ResetPassword, token).await?;
    let (ticket, user) = found.and_then(|(ticket, ())| Some((ticket.id, ticket.user_id?))).ok_or(GONE)?;
    let email = whose(ground, token).await?.ok_or(GONE)?;
    password::judge(&new, &email).map_err(|detail| DomainError::invalid("/password", detail))?;
    let hash = password::hash(new).await?;
    let now = ground.clock.now();
    let notice = mail::outgoing(ground, &email, &PasswordChanged { at: now.utc().to_rfc2822() })?;
    let entry = ground.entry(None, Action::PasswordReset, &email).of(user);
    let write = ground.write_across(async move |conn| {
        if !conn.ticket_use(ticket, now).await? {
            return Err(GONE);
        }
        replace(conn, user, hash, now).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

async fn replace(conn: &mut Across, user: UserId, hash: String, now: Ts) -> Result<()> {
    let mut user = conn.user(user).await?.ok_or(DomainError::NotFound("link"))?;
    user.password_hash = Some(hash);
    user.email_verified_at = user.email_verified_at.or(Some(now));
    user.updated_at = now;
    conn.user_update(&user).await?;
    conn.sessions_delete(user.id, None).await?;
    // Who had the old password may stand before the second factor.
    conn.tickets_end(user.id, Purpose::SecondFactor, now).await?;
    Ok(conn.tickets_end(user.id, Purpose::ResetPassword, now).await?)
}
