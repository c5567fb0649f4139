//! Who an OpenID provider's people are here. An issuer's subject is one account for good; an address is no proof of
//! being that account's owner, so an account that is there already is linked by its owner, who is logged in to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{email, sign_up, tickets};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    oidc::{Claims, Secrets},
    store::{Across, OidcSubjectId, Ts, UserId, oidc_subjects::OidcSubject, tickets::Purpose, users::User},
};

/// How long somebody may be at the provider.
const LASTS: Duration = Duration::from_secs(10 * 60);
const GONE: DomainError = DomainError::NotFound("step");

/// What the step in this browser waits for.
#[derive(Serialize, Deserialize)]
struct Away {
    secrets: Secrets,
    next: String,
}

/// Somebody who has come back to the browser that sent them.
pub struct Back {
    /// What proves the provider's answer.
    pub secrets: Secrets,
    /// Where to go afterwards.
    pub next: String,
    /// Whose account is to be linked, if that was the reason.
    pub link: Option<UserId>,
}

/// Remembers that this browser is sent to the provider; the ticket's token.
///
/// # Errors
/// When the database or the seal fails.
pub async fn leave(ground: &Ground, secrets: Secrets, next: &str, link: Option<UserId>) -> Result<String> {
    let away = Away { secrets, next: next.to_owned() };
    let (token, ticket) = tickets::issue(ground, Purpose::Oidc, (link, None), &away, LASTS)?;
    ground.write_across(async move |conn| Ok(conn.ticket_insert(&ticket).await?)).await?;
    Ok(token)
}

/// Somebody comes back, once.
///
/// # Errors
/// [`DomainError::NotFound`] when this browser was not sent with this state, or is back already.
pub async fn come_back(ground: &Ground, token: &str, state: &str) -> Result<Back> {
    let (ticket, away): (_, Away) = tickets::find(ground, Purpose::Oidc, token).await?.ok_or(GONE)?;
    // Both are known to this browser alone; nothing is learnt from the time that this takes.
    if away.secrets.state != state {
        return Err(GONE);
    }
    let (id, now) = (ticket.id, ground.clock.now());
    let used = ground.write_across(async move |conn| Ok(conn.ticket_use(id, now).await?)).await?;
    used.then_some(Back { secrets: away.secrets, next: away.next, link: ticket.user_id }).ok_or(GONE)
}

fn refused(detail: &str) -> DomainError {
    DomainError::invalid("/form", detail)
}

fn row(user: UserId, claims: &Claims, now: Ts) -> OidcSubject {
    OidcSubject {
        id: OidcSubjectId::new(now),
        user_id: user,
        issuer: claims.issuer.clone(),
        subject: claims.subject.clone(),
        created_at: now,
        last_used_at: Some(now),
    }
}

/// Whose account this is; a new one where strangers may make some.
///
/// # Errors
/// [`DomainError::Invalid`] says why nobody is let in.
pub async fn admit(ground: &Ground, claims: Claims, may_sign_up: bool) -> Result<User> {
    let (acting, now) = (ground.clone(), ground.clock.now());
    let write = ground.write_across(async move |conn| {
        conn.lock(&format!("oidc {} {}", claims.issuer, claims.subject)).await?;
        if let Some(known) = conn.oidc_subject(&claims.issuer, &claims.subject).await? {
            conn.oidc_subject_used(known.id, now).await?;
            let user = conn.user(known.user_id).await?.filter(|user| user.disabled_at.is_none());
            return user.ok_or_else(|| refused("This account is disabled. Ask who runs this server."));
        }
        let user = made(conn, &claims, may_sign_up, now).await?;
        conn.oidc_subject_insert(&row(user.id, &claims, now)).await?;
        let entry = acting.entry(None, Action::PersonSignedUp, &user.email).of(user.id);
        conn.audit_insert(&entry).await?;
        Ok(user)
    });
    write.await
}

async fn made(conn: &mut Across, claims: &Claims, may_sign_up: bool, now: Ts) -> Result<User> {
    let Some(email) = &claims.verified_email else {
        return Err(refused("The provider does not say that your e-mail address is proved."));
    };
    let email = email::canonical(email).map_err(refused)?;
    let known = conn.user_by_email(&email).await?;
    if known.is_some_and(|user| user.email_verified_at.is_some()) {
        return Err(refused(
            "There is an account with your address already. Log in to it, and link the provider on your account page.",
        ));
    }
    match may_sign_up {
        true => sign_up::admit(conn, email, None, now).await,
        false => Err(refused("This server takes no new accounts: ask a colleague to invite you.")),
    }
}

/// Links the account of who is logged in.
///
/// # Errors
/// 409 `oidc_taken` when the subject is somebody else's, or the account has one.
pub async fn link(ground: &Ground, user: &User, claims: Claims) -> Result<()> {
    let now = ground.clock.now();
    let entry = ground.entry(None, Action::OidcLinked, &claims.issuer).of(user.id);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        conn.lock(&format!("oidc {} {}", claims.issuer, claims.subject)).await?;
        let taken = |detail: &str| DomainError::Conflict { code: "oidc_taken", detail: detail.into() };
        match conn.oidc_subject(&claims.issuer, &claims.subject).await? {
            Some(known) if known.user_id == user => return Ok(()),
            Some(_) => return Err(taken("This identity opens another account here.")),
            None => {}
        }
        if conn.oidc_subject_of(user, &claims.issuer).await?.is_some() {
            return Err(taken("Your account is linked already; unlink it first."));
        }
        conn.oidc_subject_insert(&row(user, &claims, now)).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// Whether this person's account is linked with this issuer.
///
/// # Errors
/// When the database fails.
pub async fn is_linked(ground: &Ground, user: &User, issuer: &str) -> Result<bool> {
    Ok(ground.store.engine().read().await?.oidc_subject_of(user.id, issuer).await?.is_some())
}

/// Unlinks the account.
///
/// # Errors
/// 409 `last_way_in` when neither password nor passkey would open it then.
pub async fn unlink(ground: &Ground, user: &User, issuer: &str) -> Result<()> {
    let (issuer, user) = (issuer.to_owned(), user.id);
    let entry = ground.entry(None, Action::OidcUnlinked, &issuer).of(user);
    let write = ground.write_across(async move |conn| {
        let has_password = conn.user(user).await?.is_some_and(|user| user.password_hash.is_some());
        if !has_password && conn.passkeys_of(user).await?.is_empty() {
            let detail = "Nothing else opens your account: set a password first.";
            return Err(DomainError::Conflict { code: "last_way_in", detail: detail.into() });
        }
        if !conn.oidc_subject_delete(user, &issuer).await? {
            return Err(DomainError::NotFound("link"));
        }
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}
