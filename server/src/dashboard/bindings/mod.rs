//! Bindings: which device rings for whom.

pub mod add;
pub mod bulk;
pub mod change;
pub mod delete;
pub mod import;
pub mod list;
pub mod ring;
mod search;
pub mod show;
pub mod status;

use ringhook_openapi::{BindingStatus, Channel};
use ringhook_web::{
    pages::{Badge, BindingRow, Choice, Errors, Tone},
    paths,
};
use serde_json::Value;

use crate::{
    access::Member,
    dashboard::words,
    domain::{Result, accounts, credentials},
    store::{BindingId, Ts, bindings::Binding},
};

/// Accounts and providers that a page chooses from, at most.
const CHOICES: i64 = 1000;
/// Characters of an address in a list: enough to tell two apart.
const GLANCE: usize = 12;

fn path(slug: &str, id: BindingId) -> String {
    paths::workspace(slug, &format!("/bindings/{id}"))
}

/// The workspace's accounts: SID, and name.
async fn accounts_of<P>(member: &Member<P>) -> Result<Vec<(String, String)>> {
    let found = accounts::list(&member.ground, member.workspace.id, None, CHOICES).await?;
    Ok(found.into_iter().map(|known| (known.account.account_sid, known.account.friendly_name)).collect())
}

/// Accounts to choose from, of which one is chosen.
fn chosen(accounts: &[(String, String)], sid: &str) -> Vec<(String, String, bool)> {
    accounts.iter().map(|(known, name)| (known.clone(), name.clone(), known == sid)).collect()
}

/// Every channel, to look for.
fn channels(chosen: &str) -> Vec<Choice> {
    choices(chosen, |_| true)
}

/// The channels that a device can be added for in this version.
fn channels_to_add(chosen: &str) -> Vec<Choice> {
    choices(chosen, |channel| channel.provider_kind().is_none_or(credentials::is_supported))
}

fn choices(chosen: &str, is_offered: impl Fn(&Channel) -> bool) -> Vec<Choice> {
    let choice = |channel: &Channel| Choice {
        value: channel.to_string(),
        words: words::channel(*channel),
        chosen: channel.as_str() == chosen,
    };
    Channel::ALL.iter().filter(|channel| is_offered(channel)).map(choice).collect()
}

fn is_active(binding: &Binding, now: Ts) -> bool {
    binding.status.0 == BindingStatus::Active && binding.expires_at.is_none_or(|end| end > now)
}

fn status_of(binding: &Binding, now: Ts) -> Badge {
    match (binding.status.0, is_active(binding, now)) {
        (_, true) => Badge { words: "Active", tone: Tone::Good },
        (BindingStatus::Active, false) => Badge { words: "Expired", tone: Tone::Plain },
        (BindingStatus::Inactive, _) => Badge { words: "Inactive", tone: Tone::Bad },
    }
}

fn tags(binding: &Binding) -> Vec<String> {
    let tags = binding.tags.0.as_array().into_iter().flatten();
    tags.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Labels as a form takes them: with commas between.
fn tags_of(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

fn row(slug: &str, accounts: &[(String, String)], binding: &Binding, now: Ts) -> BindingRow {
    let account = accounts.iter().find(|(sid, _)| *sid == binding.account_sid);
    let address = binding.address.as_deref().unwrap_or_default();
    let glance: String = address.chars().take(GLANCE).collect();
    BindingRow {
        id: binding.id.to_string(),
        path: path(slug, binding.id),
        identity: binding.identity.clone(),
        channel: words::channel(binding.channel.0),
        address: if glance.len() < address.len() { format!("{glance}…") } else { glance },
        device: binding.device_id.clone().unwrap_or_default(),
        account: account.map_or(&binding.account_sid, |(_, name)| name).clone(),
        tags: tags(binding),
        status: status_of(binding, now),
        reason: binding.inactive_reason.clone().unwrap_or_default(),
        accepted: binding.last_accepted_at.map(words::time),
    }
}

/// Errors of the API's members at the fields of the form: of a list, at the list.
fn of_the_form(errors: &Errors) -> Errors {
    let first = |field: &str| field.split('/').next().unwrap_or("form").to_owned();
    errors.iter().map(|(field, detail)| (first(field), detail.to_owned())).collect()
}
