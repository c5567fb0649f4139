//! The authenticator app: codes of six digits that follow from a shared secret and the time (RFC 6238, with the
//! parameters that every app knows: SHA-1, 30 seconds).

use std::time::Duration;

use ringhook_web::mails::{SecondFactorChange, SecondFactorChanged};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};
use uuid::Uuid;
use zeroize::Zeroize;

use super::{recovery, tickets};
use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    mail,
    secrets::{self, Column, Place},
    store::{Ts, UserId, tickets::Purpose, users::User},
};

/// As RFC 4226, section 4, recommends.
const SECRET_BYTES: usize = 20;
/// How long setting up may take.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// Before and after the present step: clocks differ, and people type slowly.
const SKEW: u16 = 1;
/// Whose account it is, in the app.
const ISSUER: &str = "Ringhook";

fn place(user: &UserId) -> Place<'_> {
    Place { column: Column::TotpSecret, workspace: Uuid::nil(), row: user.0.as_bytes() }
}

/// What waits for the app's first code.
#[derive(Serialize, Deserialize)]
struct Waiting {
    secret: Vec<u8>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// An authenticator that is being set up.
pub struct SetUp {
    /// The ticket's token, when it has just been made: for the browser to keep.
    pub token: Option<String>,
    /// The secret in base32 (RFC 4648), to be typed.
    pub secret: String,
    /// The same and whose it is, to be scanned.
    pub url: String,
}

fn authenticator(secret: &[u8], email: &str) -> Result<Totp> {
    let built = Builder::new().with_secret(secret).with_skew(SKEW).with_issuer(Some(ISSUER));
    let built = built.with_account_name(email).build();
    built.map_err(|error| DomainError::Failed(format!("an authenticator: {error}")))
}

/// The step whose code this is at `now`, if it is one.
fn step_of(totp: &Totp, code: &str, now: Ts) -> Option<i64> {
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(now.micros() / 1_000_000).ok()?;
    i64::try_from(totp.check(&code, seconds)?).ok()
}

/// The step whose code of this person's authenticator `code` is; `None` when it is wrong, or there is no authenticator.
///
/// # Errors
/// When the seal fails.
pub(super) fn check(ground: &Ground, user: &User, code: &str) -> Result<Option<i64>> {
    let Some(sealed) = &user.totp_secret else { return Ok(None) };
    let secret = ground.keyring.open(place(&user.id), sealed)?;
    Ok(step_of(&authenticator(&secret, &user.email)?, code, ground.clock.now()))
}

/// Sets out to set up an authenticator, or goes on with what `token` began.
///
/// # Errors
/// When the database or the seal fails.
pub async fn begin(ground: &Ground, user: &User, token: Option<&str>) -> Result<SetUp> {
    if let Some(token) = token
        && let Some((_, waiting)) = waiting(ground, user, token).await?
    {
        return shown(&waiting, user, None);
    }
    let waiting = Waiting { secret: secrets::random::<SECRET_BYTES>().to_vec() };
    let (token, ticket) = tickets::issue(ground, Purpose::TotpSetUp, (Some(user.id), None), &waiting, LASTS)?;
    let (id, now) = (user.id, ground.clock.now());
    let write = ground.write_across(async move |conn| {
        conn.tickets_end(id, Purpose::TotpSetUp, now).await?;
        Ok(conn.ticket_insert(&ticket).await?)
    });
    write.await?;
    shown(&waiting, user, Some(token))
}

fn shown(waiting: &Waiting, user: &User, token: Option<String>) -> Result<SetUp> {
    let totp = authenticator(&waiting.secret, &user.email)?;
    let url = totp.to_url().map_err(|error| DomainError::Failed(format!("an authenticator: {error}")))?;
    Ok(SetUp { token, secret: totp.secret().to_base32().to_string(), url })
}

async fn waiting(
    ground: &Ground,
    user: &User,
    token: &str,
) -> Result<Option<(crate::store::TicketId, Waiting)>> {
    let found = tickets::find(ground, Purpose::TotpSetUp, token).await?;
    let own = found.filter(|(ticket, _): &(_, Waiting)| ticket.user_id == Some(user.id));
    Ok(own.map(|(ticket, waiting)| (ticket.id, waiting)))
}

/// Sets the authenticator up, now that `code` shows that the app has the secret; the recovery codes.
///
/// # Errors
/// [`DomainError::NotFound`] when it took too long or there is one by now, [`DomainError::Invalid`] at `/code`.
pub async fn finish(ground: &Ground, user: &User, token: &str, code: &str) -> Result<Vec<String>> {
    const GONE: DomainError = DomainError::NotFound("step");
    let (ticket, waiting) = waiting(ground, user, token).await?.ok_or(GONE)?;
    let now = ground.clock.now();
    let step = step_of(&authenticator(&waiting.secret, &user.email)?, code, now).ok_or_else(|| {
        DomainError::invalid(
            "/code",
            "This is not the app’s present code. If it stays so, set your phone’s clock.",
        )
    })?;
    let sealed = ground.keyring.seal(place(&user.id), &waiting.secret)?;
    let codes = recovery::new_codes();
    let view = SecondFactorChanged { what: SecondFactorChange::AppAdded };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let entry = ground.entry(None, Action::AuthenticatorAdded, &user.email).of(user.id);
    let (user, kept) = (user.id, codes.clone());
    let write = ground.write_across(async move |conn| {
        if !conn.ticket_use(ticket, now).await? || !conn.user_totp_add(user, &sealed, step, now).await? {
            return Err(GONE);
        }
        recovery::replace(conn, user, &kept, now).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await?;
    Ok(codes)
}

/// Takes the authenticator away, and its recovery codes.
///
/// # Errors
/// [`DomainError::NotFound`] when there is none.
pub async fn remove(ground: &Ground, user: &User) -> Result<()> {
    let now = ground.clock.now();
    let view = SecondFactorChanged { what: SecondFactorChange::AppRemoved };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let entry = ground.entry(None, Action::AuthenticatorRemoved, &user.email).of(user.id);
    let user = user.id;
    let write = ground.write_across(async move |conn| {
        if !conn.user_totp_remove(user, now).await? {
            return Err(DomainError::NotFound("authenticator"));
        }
        conn.recovery_codes_delete(user).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc_and_one_step_off_is_near_enough() {
        // RFC 6238, appendix B, cut to six digits.
        let totp = authenticator(b"12345678901234567890", "ann@example.com").expect("an authenticator");
        let at = |seconds: i64| Ts::from_micros(seconds * 1_000_000);
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let step = seconds / 30;
            assert_eq!(step_of(&totp, code, at(seconds)), Some(step), "{code}");
            assert_eq!(step_of(&totp, code, at(30 * (step + 2) - 1)), Some(step), "{code}");
            assert_eq!(step_of(&totp, code, at(30 * (step - 1))), Some(step), "{code}");
            assert_eq!(step_of(&totp, code, at(30 * (step + 2))), None, "{code}");
            assert_eq!(step_of(&totp, code, at(30 * (step - 1) - 1)), None, "{code}");
        }
        assert_eq!(step_of(&totp, " 287 082 ", at(59)), Some(1));
        for wrong in ["", "28708", "2870820", "28708２", "abcdef", "-87082"] {
            assert_eq!(step_of(&totp, wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_reads_whose_it_is() {
        let waiting = Waiting { secret: b"12345678901234567890".to_vec() };
        let user = super::super::expected_user("ann+x@example.com".into(), Ts::from_micros(0));
        let shown = shown(&waiting, &user, None).expect("shown");
        assert_eq!(shown.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            shown.url,
            "otpauth://totp/Ringhook:ann%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ringhook"
        );
    }
}
