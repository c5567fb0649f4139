//! Between a first factor and being in: a ticket of ten minutes and five tries, in the asking browser alone.

use std::time::Duration;

use ringhook_web::mails::{SecondFactorChange, SecondFactorChanged};
use serde::{Deserialize, Serialize};

use super::{recovery, tickets, totp};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    mail,
    store::{TicketId, UserId, tickets::Purpose, users::User},
};

const LASTS: Duration = Duration::from_secs(10 * 60);
/// Who has not found the code by then proves the first factor again.
const TRIES: i32 = 5;
const GONE: DomainError = DomainError::NotFound("step");

/// Where to go afterwards.
#[derive(Serialize, Deserialize)]
struct Waiting {
    next: String,
}

/// Who has proved both factors, and where they go.
#[derive(Debug)]
pub struct Passed {
    /// Who.
    pub user: User,
    /// A path, as it was asked for.
    pub next: String,
}

/// Asks this person, who has proved one factor, for the second: the token of that step.
///
/// # Errors
/// When the database or the seal fails.
pub async fn ask(ground: &Ground, user: &User, next: &str) -> Result<String> {
    let waiting = Waiting { next: next.to_owned() };
    let (token, ticket) =
        tickets::issue(ground, Purpose::SecondFactor, (Some(user.id), None), &waiting, LASTS)?;
    ground.write_across(async move |conn| Ok(conn.ticket_insert(&ticket).await?)).await?;
    Ok(token)
}

/// Whose step this token is of, while it goes on.
///
/// # Errors
/// When the database or the seal fails.
pub async fn whose(ground: &Ground, token: &str) -> Result<Option<UserId>> {
    let found = tickets::find::<Waiting>(ground, Purpose::SecondFactor, token).await?;
    Ok(found.filter(|(ticket, _)| ticket.tries < TRIES).and_then(|(ticket, _)| ticket.user_id))
}

/// Counts a try, and says whose it is.
async fn attempt(ground: &Ground, token: &str) -> Result<(TicketId, Passed)> {
    let found = tickets::find::<Waiting>(ground, Purpose::SecondFactor, token).await?;
    let (ticket, waiting) = found.ok_or(GONE)?;
    let (id, user) = (ticket.id, ticket.user_id.ok_or(GONE)?);
    let write = ground.write_across(async move |conn| {
        let admitted = conn.ticket_try(id, TRIES).await?;
        Ok(conn.user(user).await?.filter(|user| admitted && user.disabled_at.is_none()))
    });
    let user = write.await?.ok_or(GONE)?;
    Ok((id, Passed { user, next: waiting.next }))
}

/// Passes with a code of the authenticator app.
///
/// # Errors
/// [`DomainError::NotFound`] when the step has ended, [`DomainError::Invalid`] at `/code`.
pub async fn with_code(ground: &Ground, token: &str, code: &str) -> Result<Passed> {
    let (ticket, passed) = attempt(ground, token).await?;
    let wrong = || DomainError::invalid("/code", "This is not the app’s present code. Each code works once.");
    let step = totp::check(ground, &passed.user, code)?.ok_or_else(wrong)?;
    let (user, now) = (passed.user.id, ground.clock.now());
    let write = ground.write_across(async move |conn| {
        if !conn.user_totp_take(user, step).await? {
            return Err(wrong());
        }
        conn.ticket_use(ticket, now).await?.then_some(()).ok_or(GONE)
    });
    write.await?;
    Ok(passed)
}

/// Passes with a recovery code, which is used up; its owner is told.
///
/// # Errors
/// [`DomainError::NotFound`] when the step has ended, [`DomainError::Invalid`] at `/code`.
pub async fn with_recovery_code(ground: &Ground, token: &str, code: &str) -> Result<Passed> {
    let (ticket, passed) = attempt(ground, token).await?;
    let view = SecondFactorChanged { what: SecondFactorChange::RecoveryCodeUsed };
    let notice = mail::outgoing(ground, &passed.user.email, &view)?;
    let entry = ground.entry(None, Action::RecoveryCodeUsed, &passed.user.email).of(passed.user.id);
    let (user, now, hash) = (passed.user.id, ground.clock.now(), recovery::hash(code));
    let write = ground.write_across(async move |conn| {
        if !conn.recovery_code_take(user, &hash, now).await? {
            return Err(DomainError::invalid(
                "/code",
                "This is none of your recovery codes, or was used before.",
            ));
        }
        conn.ticket_use(ticket, now).await?.then_some(()).ok_or(GONE)?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await?;
    Ok(passed)
}
