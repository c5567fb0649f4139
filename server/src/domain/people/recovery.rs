//! Recovery codes: ten, of 80 random bits each, for whoever has lost the authenticator. Each works once. Nothing of
//! them is kept but hashes, so they are shown when they are made and never again.

use ringhook_web::mails::{SecondFactorChange, SecondFactorChanged};

use crate::{
    domain::{DomainError, Ground, Result, audit::Action},
    mail, secrets,
    store::{Across, RecoveryCodeId, Ts, UserId, recovery_codes::RecoveryCode, users::User},
};

/// How many there are.
pub const COUNT: usize = 10;
const BYTES: usize = 10;
/// Characters between two hyphens.
const GROUP: usize = 4;
/// Crockford's base32: without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten new codes, as people read them: `k3mv-0q8w-…`.
pub(super) fn new_codes() -> Vec<String> {
    (0..COUNT).map(|_| spelled(secrets::random::<BYTES>())).collect()
}

fn spelled(bytes: [u8; BYTES]) -> String {
    let value = bytes.iter().fold(0u128, |value, &byte| (value << 8) | u128::from(byte));
    let digits = (0..BYTES * 8 / 5).rev();
    let digits: Vec<char> =
        digits.map(|place| char::from(ALPHABET[(value >> (5 * place)) as usize & 31])).collect();
    let groups: Vec<String> = digits.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// The hash of a code, however it was typed: in capitals, without hyphens, with an O for a zero.
pub(super) fn hash(code: &str) -> Vec<u8> {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let read: String = letters
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    secrets::hash(&read)
}

/// Keeps `codes` as the only ones of this person.
pub(super) async fn replace(conn: &mut Across, user: UserId, codes: &[String], now: Ts) -> Result<()> {
    conn.recovery_codes_delete(user).await?;
    for code in codes {
        let (id, code_hash) = (RecoveryCodeId::new(now), hash(code));
        let row = RecoveryCode { id, user_id: user, code_hash, created_at: now, used_at: None };
        conn.recovery_code_insert(&row).await?;
    }
    Ok(())
}

/// New codes for this person; the earlier ones work no more.
///
/// # Errors
/// [`DomainError::NotFound`] without an authenticator that they could stand in for.
pub async fn renew(ground: &Ground, user: &User) -> Result<Vec<String>> {
    let (codes, now) = (new_codes(), ground.clock.now());
    let view = SecondFactorChanged { what: SecondFactorChange::RecoveryCodesMade };
    let notice = mail::outgoing(ground, &user.email, &view)?;
    let entry = ground.entry(None, Action::RecoveryCodesMade, &user.email).of(user.id);
    let (user, kept) = (user.id, codes.clone());
    let write = ground.write_across(async move |conn| {
        let found = conn.user(user).await?.and_then(|user| user.totp_secret);
        found.ok_or(DomainError::NotFound("authenticator"))?;
        replace(conn, user, &kept, now).await?;
        conn.mail_insert(&notice).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await?;
    Ok(codes)
}

/// How many codes this person has left.
///
/// # Errors
/// When the database fails.
pub async fn left(ground: &Ground, user: &User) -> Result<usize> {
    let left = ground.store.engine().read().await?.recovery_codes_left(user.id).await?;
    Ok(usize::try_from(left).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eighty_bits_and_is_read_as_people_type() {
        assert_eq!(spelled([0; BYTES]), "0000-0000-0000-0000");
        assert_eq!(spelled([255; BYTES]), "zzzz-zzzz-zzzz-zzzz");
        let mut codes = new_codes();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), COUNT);
        let kept = hash("k0m1-0q8w-1234-zzzz");
        for typed in ["K0M1-0Q8W-1234-ZZZZ", " kOml oq8w i234 zzzz ", "k0m10q8w1234zzzz"] {
            assert_eq!(hash(typed), kept, "{typed}");
        }
        assert_ne!(hash("k0m1-0q8w-1234-zzzy"), kept);
    }
}
