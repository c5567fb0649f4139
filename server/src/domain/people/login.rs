//! Logging in with a password.

use super::{email, password, password::Verdict};
use crate::{
    domain::{DomainError, Ground, Result},
    store::users::User,
};

/// Whose e-mail address and password these are.
///
/// # Errors
/// [`DomainError::Invalid`] at `/password`, the same for an unknown address and a wrong password, after the same time.
pub async fn with_password(ground: &Ground, given: &str, password: String) -> Result<User> {
    let refused = || DomainError::invalid("/password", "E-mail address and password do not match.");
    // Too long to be anybody's; the rest costs the same for everybody.
    if password.chars().count() > password::LONGEST {
        return Err(refused());
    }
    let known = match email::canonical(given) {
        Ok(email) => ground.store.engine().read().await?.user_by_email(&email).await?,
        Err(_) => None,
    };
    let kept = known.as_ref().and_then(|user| user.password_hash.clone());
    let verdict = password::check(password, kept.clone()).await?;
    let Some(user) = known.filter(|_| verdict != Verdict::Wrong) else { return Err(refused()) };
    if user.disabled_at.is_some() {
        let detail = "This account is disabled. Ask who runs this server.";
        return Err(DomainError::invalid("/email", detail));
    }
    if let (Verdict::RightWithHash(better), Some(kept)) = (verdict, kept) {
        let id = user.id;
        ground.write_across(async move |conn| Ok(conn.user_rehash(id, &kept, &better).await?)).await?;
    }
    Ok(user)
}
