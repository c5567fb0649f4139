//! Push providers.

use askama::Template;

use super::{Badge, Choice, Errors, Frame, Here, Tone};

/// A provider in the list.
#[derive(Debug, Clone)]
pub struct ProviderRow {
    /// `prv_…`
    pub id: String,
    /// Its page.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its network, for people.
    pub network: &'static str,
    /// What can be read of its credentials: project, or key, team and app.
    pub facts: Vec<(&'static str, String)>,
    /// Whether bindings that name no provider ring through it.
    pub is_default: bool,
    /// Whether its credentials work.
    pub status: Badge,
    /// Why not, or nothing.
    pub reason: String,
}

impl ProviderRow {
    fn sample() -> Self {
        Self {
            id: "prv_01k0".into(),
            path: "/w/acme-support/providers/prv_01k0".into(),
            name: "Apple".into(),
            network: "Apple Push Notification service",
            facts: vec![("App", "com.example.app".into()), ("Key", "ABC123DEFG".into())],
            is_default: true,
            status: Badge { words: "Failing", tone: Tone::Bad },
            reason: "InvalidProviderToken".into(),
        }
    }
}

/// `/w/{workspace}/providers`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/providers.html")]
pub struct Providers {
    /// What stands around it.
    pub frame: Frame,
    /// In the order of making.
    pub providers: Vec<ProviderRow>,
    /// Whether the reader may change them.
    pub may_set_up: bool,
}

impl Providers {
    /// With one.
    pub fn sample() -> Self {
        let frame = Frame { here: Here::Providers, ..Frame::sample() };
        Self { frame, providers: vec![ProviderRow::sample()], may_set_up: true }
    }
}

/// What a form for credentials holds; secrets are not shown again.
#[derive(Debug, Clone, Default)]
pub struct ProviderFields {
    /// The provider's name.
    pub name: String,
    /// Apple's key id.
    pub key_id: String,
    /// Apple's team id.
    pub team_id: String,
    /// The app's bundle id.
    pub bundle_id: String,
}

/// `/w/{workspace}/providers/new/{kind}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/new_provider.html")]
pub struct NewProvider {
    /// What stands around it.
    pub frame: Frame,
    /// `fcm` or `apns`.
    pub kind: &'static str,
    /// Its network, for people.
    pub network: &'static str,
    /// As entered.
    pub fields: ProviderFields,
    /// Apple's environments.
    pub environments: Vec<Choice>,
    /// What the network said against the credentials.
    pub refused: String,
    /// What is wrong.
    pub errors: Errors,
}

impl NewProvider {
    /// Of Apple, refused.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Providers, ..Frame::sample() },
            kind: "apns",
            network: "Apple Push Notification service",
            fields: ProviderFields { key_id: "ABC".into(), ..ProviderFields::default() },
            environments: vec![Choice { value: "production".into(), words: "Production", chosen: true }],
            refused: "InvalidProviderToken".into(),
            errors: Errors::one("key_id", "must be 10 letters and digits"),
        }
    }
}

/// `/w/{workspace}/providers/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/provider.html")]
pub struct ProviderPage {
    /// What stands around it.
    pub frame: Frame,
    /// As in the list.
    pub provider: ProviderRow,
    /// `fcm` or `apns`.
    pub kind: &'static str,
    /// The name, as stored or entered.
    pub name: String,
    /// For the form of new credentials.
    pub fields: ProviderFields,
    /// Apple's environments.
    pub environments: Vec<Choice>,
    /// The `aps` of alert pushes, as stored or entered.
    pub aps: String,
    /// What to do about its failing: what it means, and the fix.
    pub advice: Option<(&'static str, &'static str)>,
    /// What the network said against new credentials.
    pub refused: String,
    /// Whether the reader may change it.
    pub may_set_up: bool,
    /// Which form was wrong, and how.
    pub wrong: (&'static str, Errors),
}

impl ProviderPage {
    /// The errors of one form.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// One that fails.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Providers, ..Frame::sample() },
            provider: ProviderRow::sample(),
            kind: "apns",
            name: "Apple".into(),
            fields: ProviderFields::default(),
            environments: vec![Choice { value: "sandbox".into(), words: "Sandbox", chosen: true }],
            aps: "{}".into(),
            advice: Some(("Apple does not take the signing key.", "Compare key id and team id.")),
            refused: String::new(),
            may_set_up: true,
            wrong: ("delete", Errors::one("form", "3 bindings ring through it")),
        }
    }
}
