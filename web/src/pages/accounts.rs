//! Twilio accounts, and the webhook that Twilio tells of their calls.

use askama::Template;

use super::{Badge, Choice, Errors, Frame, Here, Tone};

/// An account in the list.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// `AC…`
    pub sid: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub path: String,
    /// Whether its calls are taken.
    pub status: Badge,
    /// What its webhooks must prove.
    pub policy: Badge,
    /// How many API keys are stored with it.
    pub keys: usize,
}

impl AccountRow {
    fn sample() -> Self {
        Self {
            sid: "AC00000000000000000000000000000000".into(),
            name: "Acme production".into(),
            path: "/w/acme-support/accounts/AC00000000000000000000000000000000".into(),
            status: Badge { words: "Active", tone: Tone::Good },
            policy: Badge { words: "URL only", tone: Tone::Bad },
            keys: 1,
        }
    }
}

/// `/w/{workspace}/accounts`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/accounts.html")]
pub struct Accounts {
    /// What stands around it.
    pub frame: Frame,
    /// In the order of connecting.
    pub accounts: Vec<AccountRow>,
    /// Whether the reader may change them.
    pub may_set_up: bool,
}

impl Accounts {
    /// With one.
    pub fn sample() -> Self {
        let frame = Frame { here: Here::Accounts, ..Frame::sample() };
        Self { frame, accounts: vec![AccountRow::sample()], may_set_up: true }
    }
}

/// `/w/{workspace}/accounts/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/new_account.html")]
pub struct NewAccount {
    /// What stands around it.
    pub frame: Frame,
    /// As entered.
    pub account_sid: String,
    /// As entered.
    pub friendly_name: String,
    /// What is wrong.
    pub errors: Errors,
}

impl NewAccount {
    /// With an error.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Accounts, ..Frame::sample() },
            account_sid: "AC1".into(),
            friendly_name: "Acme".into(),
            errors: Errors::one("account_sid", "must be AC and 32 hexadecimal digits"),
        }
    }
}

/// `/w/{workspace}/accounts/{sid}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_twilio.html")]
pub struct AccountPage {
    /// What stands around it.
    pub frame: Frame,
    /// As in the list.
    pub account: AccountRow,
    /// The name, as stored or entered.
    pub friendly_name: String,
    /// Whether calls are taken.
    pub statuses: Vec<Choice>,
    /// What webhooks must prove.
    pub policies: Vec<Choice>,
    /// Whether a second auth token is stored.
    pub has_secondary: bool,
    /// `SK…`
    pub key_sids: Vec<String>,
    /// The SID that was entered.
    pub key_sid: String,
    /// Whether the reader may change it.
    pub may_set_up: bool,
    /// Which form was wrong, and how.
    pub wrong: (&'static str, Errors),
}

impl AccountPage {
    /// The errors of one form.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// In the middle of a rotation.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Accounts, ..Frame::sample() },
            account: AccountRow::sample(),
            friendly_name: "Acme production".into(),
            statuses: vec![Choice { value: "active".into(), words: "Takes calls", chosen: true }],
            policies: vec![Choice { value: "full".into(), words: "Signature and body", chosen: true }],
            has_secondary: true,
            key_sids: vec!["SK00000000000000000000000000000000".into()],
            key_sid: "SK1".into(),
            may_set_up: true,
            wrong: ("key", Errors::one("key_sid", "must be SK and 32 hexadecimal digits")),
        }
    }
}

/// A token of the webhook's URL.
#[derive(Debug, Clone)]
pub struct HookRow {
    /// `wht_…`
    pub id: String,
    /// When it was made, in UTC.
    pub created: String,
    /// When a call last came through it.
    pub used: Option<String>,
    /// When it ends.
    pub ends: Option<String>,
}

/// `/w/{workspace}/webhook`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/webhook.html")]
pub struct Webhook {
    /// What stands around it.
    pub frame: Frame,
    /// The URL to give to Twilio.
    pub url: String,
    /// Whether Twilio can reach it.
    pub is_local: bool,
    /// The account's SID that examples use.
    pub account_sid: String,
    /// The tokens that hold.
    pub tokens: Vec<HookRow>,
    /// How long older tokens may still hold.
    pub graces: Vec<Choice>,
    /// What went wrong.
    pub fault: String,
}

impl Webhook {
    /// In the middle of a rotation.
    pub fn sample() -> Self {
        let token = |ends: Option<&str>| HookRow {
            id: "wht_01k0".into(),
            created: "2026-11-01T08:00:00Z".into(),
            used: Some("2026-11-24T08:00:00Z".into()),
            ends: ends.map(str::to_owned),
        };
        Self {
            frame: Frame { here: Here::Webhook, ..Frame::sample() },
            url: "https://ring.example.com/hooks/0123456789abcdefghjkmnpqrs".into(),
            is_local: true,
            account_sid: "AC00000000000000000000000000000000".into(),
            tokens: vec![token(Some("2026-11-25T08:00:00Z")), token(None)],
            graces: vec![Choice { value: "86400".into(), words: "Holds for a day", chosen: true }],
            fault: "Ten hold already.".into(),
        }
    }
}
