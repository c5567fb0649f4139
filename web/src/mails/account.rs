//! Mails about a person's own account.

use super::{Action, Letter, Mail, action, count, letter};

const NOT_YOU: &str = "If this was not you, you need do nothing: without the link nothing happens.";
/// To an address that somebody signed up with: whether it is theirs.
#[derive(Clone)]
pub struct VerifyEmail {
    /// Where it is confirmed.
    pub link: String,
    /// How long the link holds.
    pub hours: u32,
}

impl VerifyEmail {
    /// As after a sign-up.
    pub fn sample() -> Self {
        Self { link: "https://ring.example.com/verify/3fJ9".into(), hours: 24 }
    }
}

impl Mail for VerifyEmail {
    fn kind(&self) -> &'static str {
        "verify_email"
    }

    fn subject(&self) -> String {
        "Confirm your e-mail address".into()
    }

    fn letter(&self) -> Letter {
        let welcome =
            "Welcome to Ringhook. Please confirm that this address is yours, to finish signing up.".into();
        let lasts = format!("The link works once, within {}.", count(self.hours, "hour"));
        letter([welcome, lasts], action("Confirm this address", &self.link), [NOT_YOU])
    }
}

/// To an address that has an account, when somebody signs up with it again. The page does not tell them.
#[derive(Debug, Clone)]
pub struct AlreadyRegistered {
    /// Where to log in.
    pub login_link: String,
    /// Where to ask for a new password.
    pub reset_link: String,
}

impl AlreadyRegistered {
    /// As after a second sign-up.
    pub fn sample() -> Self {
        Self {
            login_link: "https://ring.example.com/login".into(),
            reset_link: "https://ring.example.com/forgot".into(),
        }
    }
}

impl Mail for AlreadyRegistered {
    fn kind(&self) -> &'static str {
        "already_registered"
    }

    fn subject(&self) -> String {
        "You already have a Ringhook account".into()
    }

    fn letter(&self) -> Letter {
        let told = "Somebody, probably you, signed up for Ringhook with this address. It has an account already, so no \
                    new one was made."
            .into();
        let actions = vec![
            Action { label: "Log in", link: self.login_link.clone() },
            Action { label: "Ask for a new password", link: self.reset_link.clone() },
        ];
        letter([told], actions, ["If this was not you, you need do nothing: your account is as it was."])
    }
}

/// To somebody who forgot the password.
#[derive(Clone)]
pub struct ResetPassword {
    /// Where a new one is chosen.
    pub link: String,
    /// How long the link holds.
    pub minutes: u32,
}

impl ResetPassword {
    /// As after the form.
    pub fn sample() -> Self {
        Self { link: "https://ring.example.com/reset/8kQz".into(), minutes: 30 }
    }
}

impl Mail for ResetPassword {
    fn kind(&self) -> &'static str {
        "reset_password"
    }

    fn subject(&self) -> String {
        "Choose a new password".into()
    }

    fn letter(&self) -> Letter {
        let asked = "Somebody, probably you, asked for a new password for your Ringhook account.".into();
        let lasts = format!("The link works once, within {}.", count(self.minutes, "minute"));
        letter([asked, lasts], action("Choose a new password", &self.link), [NOT_YOU])
    }
}

/// To the owner of a workspace that the operator made.
#[derive(Clone)]
pub struct SetPassword {
    /// The workspace's name.
    pub workspace: String,
    /// Where the first password is chosen.
    pub link: String,
    /// How long the link holds.
    pub days: u32,
}

impl SetPassword {
    /// As after `ringhook workspace create`.
    pub fn sample() -> Self {
        Self { workspace: "Acme".into(), link: "https://ring.example.com/reset/9dWx".into(), days: 7 }
    }
}

impl Mail for SetPassword {
    fn kind(&self) -> &'static str {
        "set_password"
    }

    fn subject(&self) -> String {
        format!("Your workspace {} is ready", self.workspace)
    }

    fn letter(&self) -> Letter {
        let made =
            format!("The workspace \"{}\" was made for you on Ringhook, and you own it.", self.workspace);
        let lasts =
            format!("Choose a password to log in. The link works once, within {}.", count(self.days, "day"));
        letter(
            [made, lasts],
            action("Choose a password", &self.link),
            ["If you did not expect this, ignore it."],
        )
    }
}

/// To the address that somebody wants to use from now on.
#[derive(Clone)]
pub struct ConfirmNewEmail {
    /// Where it is confirmed.
    pub link: String,
    /// How long the link holds.
    pub hours: u32,
}

impl ConfirmNewEmail {
    /// As after the form.
    pub fn sample() -> Self {
        Self { link: "https://ring.example.com/verify/5mTc".into(), hours: 24 }
    }
}

impl Mail for ConfirmNewEmail {
    fn kind(&self) -> &'static str {
        "confirm_new_email"
    }

    fn subject(&self) -> String {
        "Confirm your new e-mail address".into()
    }

    fn letter(&self) -> Letter {
        let asked =
            "You asked to use this address for your Ringhook account. Please confirm that it is yours."
                .into();
        let lasts = format!(
            "The link works once, within {}. Until then the old address stays.",
            count(self.hours, "hour")
        );
        letter([asked, lasts], action("Use this address", &self.link), [NOT_YOU])
    }
}

/// The last mail to an account that is no more.
#[derive(Debug, Clone)]
pub struct AccountDeleted;

impl AccountDeleted {
    /// As after the form.
    pub fn sample() -> Self {
        Self
    }
}

impl Mail for AccountDeleted {
    fn kind(&self) -> &'static str {
        "account_deleted"
    }

    fn subject(&self) -> String {
        "Your account was deleted".into()
    }

    fn letter(&self) -> Letter {
        let told =
            "Your Ringhook account was deleted, as asked, and with it all that was yours alone.".into();
        letter([told], Vec::new(), ["If this was not you, tell the people who run this Ringhook at once."])
    }
}
