//! Mails that tell of a change to what guards an account.

use super::{Letter, Mail, letter};

const WAS_IT_YOU: &str = "If this was not you, somebody else may be in your account: reset your password, end all sessions, and look at your \
     second factors.";

/// To the address that was used until now.
#[derive(Debug, Clone)]
pub struct EmailChanged {
    /// The new address, so shortened that only its owner knows it.
    pub new_masked: String,
}

impl EmailChanged {
    /// As after the confirmation.
    pub fn sample() -> Self {
        Self { new_masked: "a…@example.org".into() }
    }
}

impl Mail for EmailChanged {
    fn kind(&self) -> &'static str {
        "email_changed"
    }

    fn subject(&self) -> String {
        "Your e-mail address was changed".into()
    }

    fn letter(&self) -> Letter {
        let told = format!(
            "Your Ringhook account now uses the address {}, and no longer this one.",
            self.new_masked
        );
        let help = "If this was not you, tell the people who run this Ringhook at once.";
        letter([told], Vec::new(), [help])
    }
}

/// After a password was changed or reset.
#[derive(Debug, Clone)]
pub struct PasswordChanged {
    /// When, for people to read, with its time zone.
    pub at: String,
}

impl PasswordChanged {
    /// As after the form.
    pub fn sample() -> Self {
        Self { at: "3 May 2026, 14:05 UTC".into() }
    }
}

impl Mail for PasswordChanged {
    fn kind(&self) -> &'static str {
        "password_changed"
    }

    fn subject(&self) -> String {
        "Your password was changed".into()
    }

    fn letter(&self) -> Letter {
        let told = format!("The password of your Ringhook account was changed on {}.", self.at);
        letter([told], Vec::new(), [WAS_IT_YOU])
    }
}

/// What happened to somebody's second factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorChange {
    /// An authenticator app was set up.
    AppAdded,
    /// The authenticator app was taken away.
    AppRemoved,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was taken away.
    PasskeyRemoved,
    /// New recovery codes were made; the old ones are void.
    RecoveryCodesMade,
    /// A recovery code was used to log in.
    RecoveryCodeUsed,
}

impl SecondFactorChange {
    /// Every change.
    pub const ALL: [Self; 6] = [
        Self::AppAdded,
        Self::AppRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
    ];

    fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::AppAdded => {
                ("Authenticator app set up", "An authenticator app was set up for your Ringhook account.")
            }
            Self::AppRemoved => {
                ("Authenticator app removed", "The authenticator app was removed from your Ringhook account.")
            }
            Self::PasskeyAdded => ("Passkey added", "A passkey was added to your Ringhook account."),
            Self::PasskeyRemoved => ("Passkey removed", "A passkey was removed from your Ringhook account."),
            Self::RecoveryCodesMade => (
                "New recovery codes made",
                "New recovery codes were made for your Ringhook account. The old ones no longer work.",
            ),
            Self::RecoveryCodeUsed => (
                "Recovery code used",
                "A recovery code was used to log in to your Ringhook account. It does not work a second time.",
            ),
        }
    }
}

/// After a second factor was added, taken away or used up.
#[derive(Debug, Clone)]
pub struct SecondFactorChanged {
    /// What happened.
    pub what: SecondFactorChange,
}

impl SecondFactorChanged {
    /// As after an app was set up.
    pub fn sample() -> Self {
        Self { what: SecondFactorChange::AppAdded }
    }
}

impl Mail for SecondFactorChanged {
    fn kind(&self) -> &'static str {
        "second_factor_changed"
    }

    fn subject(&self) -> String {
        self.what.told().0.into()
    }

    fn letter(&self) -> Letter {
        letter([self.what.told().1.into()], Vec::new(), [WAS_IT_YOU])
    }
}
