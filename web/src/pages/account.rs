//! The reader's own account.

use askama::Template;

use super::{Errors, Frame, Here};
use crate::paths;

/// A browser in which the reader is logged in.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// Browser and system, as far as they can be told.
    pub device: String,
    /// The address it was opened from.
    pub address: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// When it was used last, RFC 3339.
    pub seen: String,
    /// Whether it is the one that reads this.
    pub current: bool,
}

/// A passkey.
#[derive(Debug, Clone)]
pub struct PasskeyRow {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// When it was used last, RFC 3339.
    pub used: Option<String>,
}

/// The account.
#[derive(Debug, Template)]
#[template(path = "pages/account.html")]
pub struct Account {
    /// Around it.
    pub frame: Frame,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
    /// A new address, as it was entered.
    pub new_email: String,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// Where the reader is logged in, the latest first.
    pub sessions: Vec<SessionRow>,
    /// The OpenID provider's name where one is configured, and whether the account is linked with it.
    pub oidc: Option<(String, bool)>,
    /// Passkeys; `None` where browsers make none.
    pub passkeys: Option<Vec<PasskeyRow>>,
    /// How many recovery codes are left, where an authenticator app is set up.
    pub recovery_codes: Option<usize>,
}

impl Account {
    /// The errors of the form of this name.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// With two sessions.
    pub fn sample() -> Self {
        let session = SessionRow {
            id: "ses_01k".into(),
            device: "Firefox on Linux".into(),
            address: "192.0.2.7".into(),
            since: "2026-11-01T08:00:00Z".into(),
            seen: "2026-11-23T17:30:00Z".into(),
            current: true,
        };
        let passkey = PasskeyRow {
            id: "pky_01k".into(),
            name: "Ann’s phone".into(),
            since: "2026-11-01T08:00:00Z".into(),
            used: None,
        };
        let other = SessionRow { device: "Safari on iPhone".into(), current: false, ..session.clone() };
        Self {
            frame: Frame::personal("ann@example.com", Here::Account),
            wrong: ("", Errors::default()),
            new_email: String::new(),
            has_password: true,
            sessions: vec![session, other],
            recovery_codes: Some(8),
            oidc: Some(("id.example.com".into(), true)),
            passkeys: Some(vec![passkey]),
        }
    }
}

/// The link that proves a new address.
#[derive(Debug, Template)]
#[template(path = "pages/confirm_email.html")]
pub struct ConfirmEmail {
    /// The link's token.
    pub token: String,
    /// The new address.
    pub email: String,
}
