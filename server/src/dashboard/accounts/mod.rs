//! The Twilio accounts of a workspace.

pub mod change;
pub mod disconnect;
pub mod keys;
pub mod list;
pub mod new;
pub mod show;
pub mod tokens;

use ringhook_openapi::{AccountStatus, SignaturePolicy};
use ringhook_web::{
    pages::{AccountRow, Badge, Tone},
    paths,
};

use crate::domain::accounts::Connected;

const fn status(status: AccountStatus) -> Badge {
    match status {
        AccountStatus::Active => Badge { words: "Takes calls", tone: Tone::Good },
        AccountStatus::Disabled => Badge { words: "Takes no calls", tone: Tone::Bad },
    }
}

const fn policy(policy: SignaturePolicy) -> Badge {
    match policy {
        SignaturePolicy::Full => Badge { words: "Signature and body", tone: Tone::Good },
        SignaturePolicy::UrlOnly => Badge { words: "Signature alone", tone: Tone::Bad },
        SignaturePolicy::None => Badge { words: "Nothing", tone: Tone::Bad },
    }
}

fn path(slug: &str, sid: &str) -> String {
    paths::workspace(slug, &format!("/accounts/{sid}"))
}

fn row(slug: &str, known: &Connected) -> AccountRow {
    let account = &known.account;
    AccountRow {
        sid: account.account_sid.clone(),
        name: account.friendly_name.clone(),
        path: path(slug, &account.account_sid),
        status: status(account.status.0),
        policy: policy(account.signature_policy.0),
        keys: known.key_sids.len(),
    }
}
