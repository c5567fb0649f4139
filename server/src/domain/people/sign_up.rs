//! Signing up: nobody is anybody before they have proved their address. Until then there is only a ticket, so one who
//! signs up with another's address gets nothing by it.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use ringhook_web::mails::{AlreadyRegistered, VerifyEmail};
use serde::{Deserialize, Serialize};

use super::{email, new_user, password, tickets};
use crate::{
    domain::{DomainError, Fault, Ground, Result, audit::Action},
    mail, secrets,
    store::{Across, Ts, tickets::Purpose, users::User},
};

/// How long the link of a sign-up works.
const HOURS: u32 = 24;
const LASTS: Duration = Duration::from_secs(HOURS as u64 * 3600);

/// What waits for the address to be proved.
#[derive(Serialize, Deserialize)]
struct Waiting {
    password_hash: String,
    /// The hash of what only the browser that signed up holds.
    browser: Vec<u8>,
}

/// What shows that whoever follows the link also chose the password.
pub enum Proof {
    /// It is the browser that signed up.
    Browser(String),
    /// They know the password.
    Password(String),
    /// They do not, and choose another.
    NewPassword(String),
}

/// Mails a link that proves the address; to an address that is known, a mail that says so instead. The answer is the
/// same, whoever is known. `browser` is a token that the asking browser keeps.
///
/// # Errors
/// [`DomainError::Invalid`] names `/email` or `/password`.
pub async fn ask(ground: &Ground, base: &str, given: (&str, String), browser: &str) -> Result<()> {
    let (email, password) = (checked(given.0, &given.1)?, given.1);
    let password_hash = password::hash(password).await?;
    let known = ground.store.engine().read().await?.user_by_email(&email).await?;
    if known.is_some_and(|user| user.email_verified_at.is_some()) {
        let view =
            AlreadyRegistered { login_link: format!("{base}/login"), reset_link: format!("{base}/forgot") };
        let mail = mail::outgoing(ground, &email, &view)?;
        return ground.write_across(async move |conn| Ok(conn.mail_insert(&mail).await?)).await;
    }
    let waiting = Waiting { password_hash, browser: secrets::hash(browser) };
    let who = (None, Some(email.clone()));
    let (token, ticket) = tickets::issue(ground, Purpose::SignUp, who, &waiting, LASTS)?;
    let view = VerifyEmail { link: format!("{base}/verify/{token}"), hours: HOURS };
    let mail = mail::outgoing(ground, &email, &view)?;
    let write = ground.write_across(async move |conn| {
        conn.ticket_insert(&ticket).await?;
        Ok(conn.mail_insert(&mail).await?)
    });
    write.await
}

fn checked(given: &str, password: &str) -> Result<String> {
    let mut faults = Vec::new();
    let email = email::canonical(given).map_err(|detail| faults.push(Fault::new("/email", detail)));
    let canonical = email.as_deref().unwrap_or(given);
    if let Err(detail) = password::judge(password, canonical) {
        faults.push(Fault::new("/password", detail));
    }
    match email {
        Ok(email) if faults.is_empty() => Ok(email),
        _ => Err(DomainError::Invalid(faults)),
    }
}

/// Whose sign-up this link proves, if it still works.
///
/// # Errors
/// When the database or the seal fails.
pub async fn whose(ground: &Ground, token: &str) -> Result<Option<String>> {
    let found = tickets::find::<Waiting>(ground, Purpose::SignUp, token).await?;
    Ok(found.and_then(|(ticket, _)| ticket.email))
}

/// Makes the account of whoever followed the link.
///
/// # Errors
/// [`DomainError::NotFound`] when the link works no more, [`DomainError::Invalid`] names `/password`.
pub async fn prove(ground: &Ground, token: &str, proof: Proof) -> Result<User> {
    const GONE: DomainError = DomainError::NotFound("link");
    let (ticket, waiting): (_, Waiting) = tickets::find(ground, Purpose::SignUp, token).await?.ok_or(GONE)?;
    let email = ticket.email.clone().ok_or(GONE)?;
    let password_hash = proved(waiting, proof, &email).await?;
    let now = ground.clock.now();
    let entry = ground.entry(None, Action::PersonSignedUp, &email);
    let write = ground.write_across(async move |conn| {
        if !conn.ticket_use(ticket.id, now).await? {
            return Err(GONE);
        }
        let user = admit(conn, email, Some(password_hash), now).await?;
        conn.audit_insert(&entry.of(user.id)).await?;
        Ok(user)
    });
    write.await
}

async fn proved(waiting: Waiting, proof: Proof, email: &str) -> Result<String> {
    let wrong = || DomainError::invalid("/password", "This is not the password of this sign-up.");
    match proof {
        Proof::Browser(browser) => {
            let same = verify_slices_are_equal(&secrets::hash(&browser), &waiting.browser).is_ok();
            same.then_some(waiting.password_hash).ok_or_else(wrong)
        }
        Proof::Password(given) => {
            let verdict = password::check(given, Some(waiting.password_hash.clone())).await?;
            (verdict != password::Verdict::Wrong).then_some(waiting.password_hash).ok_or_else(wrong)
        }
        Proof::NewPassword(new) => {
            password::judge(&new, email).map_err(|detail| DomainError::invalid("/password", detail))?;
            password::hash(new).await
        }
    }
}

/// The account of whoever has just proved `email`: a new one, or the one that waited for it, whose password and
/// sessions may be somebody else's and die. One that was proved before is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn admit(conn: &mut Across, email: String, password_hash: Option<String>, now: Ts) -> Result<User> {
    conn.tickets_end_for(&email, Purpose::SignUp, now).await?;
    let Some(mut user) = conn.user_by_email(&email).await? else {
        let user = new_user(email, password_hash, now);
        conn.user_insert(&user).await?;
        return Ok(user);
    };
    if user.email_verified_at.is_none() {
        conn.sessions_delete(user.id, None).await?;
        conn.tickets_end(user.id, Purpose::ResetPassword, now).await?;
        (user.email_verified_at, user.password_hash, user.updated_at) = (Some(now), password_hash, now);
        conn.user_update(&user).await?;
    }
    Ok(user)
}
