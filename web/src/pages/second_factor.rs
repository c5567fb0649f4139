//! The authenticator app, and the step of a login that asks for it.

use askama::Template;

use super::{Errors, Frame, Here};
use crate::paths;

/// An authenticator app is being set up.
#[derive(Template)]
#[template(path = "pages/totp.html")]
pub struct TotpSetUp {
    /// Around it.
    pub frame: Frame,
    /// What the app scans, as an `<svg>` of our own making.
    pub code: String,
    /// What one types instead, in base32.
    pub secret: String,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// What was wrong.
    pub errors: Errors,
}

impl TotpSetUp {
    /// With a code that no app reads.
    pub fn sample() -> Self {
        Self {
            frame: Frame::personal("ann@example.com", Here::Account),
            code: r#"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"></svg>"#.into(),
            secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into(),
            has_password: true,
            errors: Errors::one("code", "This is not the app’s present code."),
        }
    }
}

/// Recovery codes, the only time that they are shown.
#[derive(Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodes {
    /// Around it.
    pub frame: Frame,
    /// Each works once.
    pub codes: Vec<String>,
}

impl RecoveryCodes {
    /// Two of them.
    pub fn sample() -> Self {
        let codes = vec!["k3mv-0q8w-1d4x-9z2c".into(), "t7rb-5n6h-8j0k-2v4m".into()];
        Self { frame: Frame::personal("ann@example.com", Here::Account), codes }
    }
}

/// The code that a login asks for.
#[derive(Debug, Default, Template)]
#[template(path = "pages/login_code.html")]
pub struct LoginCode {
    /// Whether a recovery code is asked for.
    pub recovery: bool,
    /// What was wrong.
    pub errors: Errors,
}
