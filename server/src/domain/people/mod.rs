//! People: their addresses, passwords and sessions, and how they come in.

pub mod account;
pub mod email;
pub mod login;
pub mod oidc;
pub mod passkeys;
pub mod password;
pub mod recovery;
pub mod reset;
pub mod second_factor;
pub mod sessions;
pub mod sign_up;
pub mod tickets;
pub mod totp;

use crate::store::{Ts, UserId, users::User};

/// Somebody who is expected, and has not proved their address yet.
pub(super) fn expected_user(email: String, now: Ts) -> User {
    User { email_verified_at: None, ..new_user(email, None, now) }
}

/// A new person, whose address is proved.
fn new_user(email: String, password_hash: Option<String>, now: Ts) -> User {
    User {
        id: UserId::new(now),
        email,
        email_verified_at: Some(now),
        password_hash,
        totp_secret: None,
        totp_step: 0,
        disabled_at: None,
        created_at: now,
        updated_at: now,
    }
}
