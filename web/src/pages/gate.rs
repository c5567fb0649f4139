//! The pages through which people come in.

use askama::Template;

use super::{Errors, Notice};
use crate::paths;

/// A new account.
#[derive(Debug, Default, Template)]
#[template(path = "pages/sign_up.html")]
pub struct SignUp {
    /// As it was entered.
    pub email: String,
    /// What was wrong.
    pub errors: Errors,
    /// The name of the OpenID provider, where one is configured.
    pub oidc: Option<String>,
}

/// A link is on its way, whoever is known.
#[derive(Debug, Template)]
#[template(path = "pages/check_mail.html")]
pub struct CheckMail {
    /// To where.
    pub email: String,
    /// What the mail is for.
    pub what: &'static str,
    /// The folder in which the mail lies, on a server that sends none.
    pub outbox: Option<String>,
}

/// A sign-up's link, followed in another browser than the one that signed up.
#[derive(Debug, Template)]
#[template(path = "pages/verify.html")]
pub struct Verify {
    /// The link's token.
    pub token: String,
    /// Whose address it proves.
    pub email: String,
    /// What was wrong.
    pub errors: Errors,
}

/// Coming in again.
#[derive(Debug, Default, Template)]
#[template(path = "pages/login.html")]
pub struct Login {
    /// As it was entered.
    pub email: String,
    /// Where to go afterwards.
    pub next: String,
    /// What was wrong.
    pub errors: Errors,
    /// What was just done.
    pub notice: Option<Notice>,
    /// Whether strangers may sign up.
    pub sign_up: bool,
    /// Whether passkeys work at this address.
    pub passkeys: bool,
    /// The name of the OpenID provider, where one is configured.
    pub oidc: Option<String>,
    /// Whether cookies cannot be kept, since the public URL is neither https nor loopback.
    pub insecure: bool,
}

/// A password that was forgotten.
#[derive(Debug, Default, Template)]
#[template(path = "pages/forgot.html")]
pub struct Forgot {
    /// As it was entered.
    pub email: String,
    /// What was wrong.
    pub errors: Errors,
}

/// A new password.
#[derive(Debug, Template)]
#[template(path = "pages/reset.html")]
pub struct Reset {
    /// The link's token.
    pub token: String,
    /// Whose password.
    pub email: String,
    /// What was wrong.
    pub errors: Errors,
}
