//! What is taken for an account.

use std::collections::HashSet;

use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{
    accounts::{AccountPatch, NewAccount},
    values::Secret,
};

use crate::domain::{
    Result,
    checks::Faults,
    workspaces::{ACCOUNT_SID_RULE, is_account_sid},
};

/// API keys of one account, at most.
const KEYS: usize = 20;

/// Whether an account can be connected as given.
pub(super) fn check_new(new: &NewAccount) -> Result<()> {
    let mut faults = Faults::default();
    faults.check(is_account_sid(&new.account_sid), "/account_sid", ACCOUNT_SID_RULE);
    if let Some(name) = &new.friendly_name {
        faults.name("/friendly_name", name);
    }
    faults.secret("/auth_token", new.auth_token.expose());
    if let Some(token) = &new.auth_token_secondary {
        faults.secret("/auth_token_secondary", token.expose());
    }
    check_keys(&mut faults, new.api_keys.iter().map(|key| (key.sid.as_str(), Some(&key.secret))));
    faults.none()
}

/// Whether an account can be changed so, whatever it is now.
pub(super) fn check_patch(patch: &AccountPatch) -> Result<()> {
    let mut faults = Faults::default();
    if let Some(name) = &patch.friendly_name {
        faults.name("/friendly_name", name);
    }
    if let Some(token) = &patch.auth_token {
        faults.secret("/auth_token", token.expose());
    }
    if let MaybeUndefined::Value(token) = &patch.auth_token_secondary {
        faults.secret("/auth_token_secondary", token.expose());
    }
    let keys = patch.api_keys.value().into_iter().flatten();
    check_keys(&mut faults, keys.map(|key| (key.sid.as_str(), key.secret.as_ref())));
    faults.none()
}

fn check_keys<'a>(faults: &mut Faults, keys: impl Iterator<Item = (&'a str, Option<&'a Secret>)>) {
    let mut seen = HashSet::new();
    for (place, (sid, secret)) in keys.enumerate() {
        let pointer = format!("/api_keys/{place}");
        faults.check(place < KEYS, &pointer, format!("is one too many: an account has at most {KEYS} keys"));
        let rule = "must be an API key SID: SK and 32 hexadecimal digits in lower case";
        faults.check(is_key_sid(sid), format!("{pointer}/sid"), rule);
        faults.check(seen.insert(sid), format!("{pointer}/sid"), "stands in the list already; give it once");
        if let Some(secret) = secret {
            faults.secret(&format!("{pointer}/secret"), secret.expose());
        }
    }
}

fn is_key_sid(text: &str) -> bool {
    let hex = text.strip_prefix("SK").unwrap_or_default();
    hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
