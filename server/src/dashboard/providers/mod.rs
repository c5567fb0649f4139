//! The push providers of a workspace.

pub mod change;
pub mod check;
pub mod credentials;
pub mod delete;
pub mod list;
pub mod new;
pub mod show;

use ringhook_openapi::{Environment, ProviderKind};
use ringhook_web::{
    pages::{Choice, ProviderFields, ProviderRow},
    paths,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{dashboard::words, store::providers::Provider};

/// What a form for credentials holds, whichever the network.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
    environment: String,
    service_account: String,
    key: String,
    key_id: String,
    team_id: String,
    bundle_id: String,
    anyway: String,
}

impl Given {
    /// The credentials, as the API takes them. A service account that is no JSON stays a text, and is refused as one.
    fn credentials(&self, kind: ProviderKind) -> Map<String, Value> {
        let text = |text: &str| Value::String(text.trim().to_owned());
        let members = match kind {
            ProviderKind::Fcm => {
                let account = self.service_account.trim();
                let account = serde_json::from_str(account).unwrap_or_else(|_| text(account));
                vec![("service_account", account)]
            }
            _ => vec![
                ("key", text(&self.key)),
                ("key_id", text(&self.key_id)),
                ("team_id", text(&self.team_id)),
                ("bundle_id", text(&self.bundle_id)),
            ],
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What the form shows again: nothing secret.
    fn fields(&self) -> ProviderFields {
        ProviderFields {
            name: self.name.clone(),
            key_id: self.key_id.clone(),
            team_id: self.team_id.clone(),
            bundle_id: self.bundle_id.clone(),
        }
    }

    /// Whether they are to be kept though the network refuses them.
    fn is_anyway(&self) -> bool {
        !self.anyway.is_empty()
    }
}

fn environments(chosen: &str) -> Vec<Choice> {
    let choice = |environment: &Environment| Choice {
        value: environment.to_string(),
        words: match environment {
            Environment::Production => "Production: App Store and TestFlight",
            Environment::Sandbox => "Sandbox: builds from Xcode",
        },
        chosen: environment.as_str() == chosen,
    };
    Environment::ALL.iter().map(choice).collect()
}

/// Errors of the API's members at the fields of the form: `credentials/service_account/private_key` stands beside
/// `service_account`, naming what is wrong in it.
fn of_the_form(errors: &ringhook_web::pages::Errors) -> ringhook_web::pages::Errors {
    let named = errors.iter().map(|(field, detail)| {
        let mut parts = field.split('/').filter(|part| !matches!(*part, "credentials" | "settings"));
        let first = parts.next().unwrap_or("form").to_owned();
        let rest: Vec<&str> = parts.collect();
        match rest.is_empty() {
            true => (first, detail.to_owned()),
            false => (first, format!("{}: {detail}", rest.join("."))),
        }
    });
    named.collect()
}

fn path(slug: &str, provider: &Provider) -> String {
    paths::workspace(slug, &format!("/providers/{}", provider.id))
}

fn row(slug: &str, provider: &Provider) -> ProviderRow {
    let mut facts = Vec::new();
    for (key, label) in [
        ("project_id", "Project"),
        ("client_email", "Service account"),
        ("bundle_id", "App"),
        ("key_id", "Key"),
        ("team_id", "Team"),
    ] {
        if let Some(value) = provider.facts.0.get(key).and_then(Value::as_str) {
            facts.push((label, value.to_owned()));
        }
    }
    ProviderRow {
        id: provider.id.to_string(),
        path: path(slug, provider),
        name: provider.name.clone(),
        network: words::kind(provider.kind.0),
        facts,
        is_default: provider.is_default,
        status: words::provider(provider.status.0),
        reason: provider.status_reason.clone().unwrap_or_default(),
    }
}
