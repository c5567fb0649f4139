//! Passwords: argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, two passes, one lane).

use std::sync::LazyLock;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use crate::domain::DomainError;

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in characters: more would only buy work.
pub const LONGEST: usize = 128;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Each hash takes [`MEMORY_KIB`] and a core; more at once would only wait for each other, in memory.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

/// A hash of nobody's password: who is unknown costs as long as who is known.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's").unwrap_or_default());

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, DomainError> {
    let hash = argon2().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| DomainError::Failed(error.to_string()))
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DomainError> {
    let failed = |error: &dyn std::fmt::Display| DomainError::Failed(error.to_string());
    let _place = PLACES.acquire().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
}

/// A hash to keep.
///
/// # Errors
/// When hashing itself fails.
pub async fn hash(password: String) -> Result<String, DomainError> {
    beside(move || hash_now(&password)).await?
}

/// What a check of a password found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is another's, or nobody's.
    Wrong,
    /// It holds.
    Right,
    /// It holds, and this is a better hash of it than the one kept.
    RightWithHash(String),
}

/// Checks a password against the hash kept; without one, at the same cost against nobody's.
///
/// # Errors
/// When hashing itself fails.
pub async fn check(password: String, kept: Option<String>) -> Result<Verdict, DomainError> {
    beside(move || {
        let against = kept.as_deref().unwrap_or(&NOBODY);
        let held = PasswordHash::new(against)
            .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        match (held && kept.is_some(), is_current(against)) {
            (false, _) => Ok(Verdict::Wrong),
            (true, true) => Ok(Verdict::Right),
            (true, false) => hash_now(&password).map(Verdict::RightWithHash),
        }
    })
    .await?
}

/// Whether a hash was made with today's parameters.
fn is_current(hash: &str) -> bool {
    hash.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

/// Refuses what is guessed soon. The list of passwords from breaches and the patterns are zxcvbn's, shipped with it.
///
/// # Errors
/// What is wrong with it, to stand beside the field.
pub fn judge(password: &str, email: &str) -> Result<(), String> {
    match password.chars().count() {
        ..SHORTEST => {
            return Err(format!("Use at least {SHORTEST} characters; a few unrelated words are best."));
        }
        SHORTEST..=LONGEST => {}
        _ => return Err(format!("Use at most {LONGEST} characters.")),
    }
    let known: Vec<&str> = email.split(['@', '.']).chain([email, "ringhook"]).collect();
    match zxcvbn(password, &known).score() >= Score::Three {
        true => Ok(()),
        false => {
            Err("This password is among those that are guessed first. Use a few unrelated words.".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_holds_for_its_password_alone() {
        let kept = hash("a long walk home".into()).await.expect("a hash");
        assert!(is_current(&kept), "{kept}");
        let held = check("a long walk home".into(), Some(kept.clone())).await;
        assert_eq!(held.expect("a verdict"), Verdict::Right);
        let other = check("a long walk hone".into(), Some(kept)).await;
        assert_eq!(other.expect("a verdict"), Verdict::Wrong);
        assert_eq!(check("nobody's".into(), None).await.expect("a verdict"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn an_old_hash_is_made_anew() {
        let weak = Params::new(8 * 1024, 1, 1, None).expect("parameters");
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, weak);
        let kept = weak.hash_password(b"a long walk home").expect("a hash").to_string();
        match check("a long walk home".into(), Some(kept)).await.expect("a verdict") {
            Verdict::RightWithHash(better) => assert!(is_current(&better)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        let trivial = ["short", "password12", "1234567890", "qwertyuiop", "aaaaaaaaaaaa", "ringhookringhook"];
        for password in trivial.into_iter().chain(["iloveyou123"]) {
            assert!(judge(password, "ann.lee@example.com").is_err(), "{password}");
        }
        assert!(judge(&"a b c d ".repeat(17), "ann@example.com").is_err());
        for password in ["correct horse battery staple", "mjT-4kq.Wz2x", "drei kleine Fische"] {
            assert_eq!(judge(password, "ann@example.com"), Ok(()), "{password}");
        }
    }
}
