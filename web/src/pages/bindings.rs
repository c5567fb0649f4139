//! Bindings: which device rings for whom.

use askama::Template;

use super::{Badge, Choice, Errors, Frame, Here, Tone};

/// A binding in the list.
#[derive(Debug, Clone)]
pub struct BindingRow {
    /// `bnd_…`
    pub id: String,
    /// Its page.
    pub path: String,
    /// Whom it rings for.
    pub identity: String,
    /// Its channel, for people.
    pub channel: &'static str,
    /// The beginning of its address, or what stands for it.
    pub address: String,
    /// The app's id of the device, or nothing.
    pub device: String,
    /// The account's name.
    pub account: String,
    /// Free labels.
    pub tags: Vec<String>,
    /// Whether it rings, and why not.
    pub status: Badge,
    /// The network's word for why it does not, or nothing.
    pub reason: String,
    /// When its network last accepted a call, in UTC.
    pub accepted: Option<String>,
}

impl BindingRow {
    fn sample() -> Self {
        Self {
            id: "bnd_01k0".into(),
            path: "/w/acme-support/bindings/bnd_01k0".into(),
            identity: "bob".into(),
            channel: "APNs VoIP",
            address: "00fc13ad…".into(),
            device: "iphone-1".into(),
            account: "Acme production".into(),
            tags: vec!["beta".into()],
            status: Badge { words: "Inactive", tone: Tone::Bad },
            reason: "Unregistered".into(),
            accepted: Some("2026-11-24T08:00:00Z".into()),
        }
    }
}

/// What is searched for, as entered.
#[derive(Debug, Clone, Default)]
pub struct BindingSearch {
    /// Identity, device id, address or binding id.
    pub q: String,
    /// A label.
    pub tag: String,
    /// The accounts to choose from: SID, name, chosen.
    pub accounts: Vec<(String, String, bool)>,
    /// The channels to choose from.
    pub channels: Vec<Choice>,
    /// Active or not.
    pub statuses: Vec<Choice>,
    /// The provider, where the list is of one: id and name.
    pub provider: Option<(String, String)>,
}

impl BindingSearch {
    fn sample() -> Self {
        Self {
            q: "bob".into(),
            tag: "beta".into(),
            accounts: vec![("AC00".into(), "Acme production".into(), true)],
            channels: vec![Choice { value: "fcm".into(), words: "FCM", chosen: true }],
            statuses: vec![Choice { value: "active".into(), words: "Active", chosen: true }],
            provider: Some(("prv_01k0".into(), "Apple".into())),
        }
    }
}

/// `/w/{workspace}/bindings`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/bindings.html")]
pub struct Bindings {
    /// What stands around it.
    pub frame: Frame,
    /// What is searched for.
    pub search: BindingSearch,
    /// Whether anything narrows the list.
    pub is_narrowed: bool,
    /// The bindings, in the order of making.
    pub bindings: Vec<BindingRow>,
    /// The search as a query.
    pub query: String,
    /// The query of the next page.
    pub next: Option<String>,
    /// Whether this is the first page.
    pub is_first: bool,
    /// Whether the reader may change them.
    pub may_bind: bool,
}

impl Bindings {
    /// Of one who searches.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Bindings, ..Frame::sample() },
            search: BindingSearch::sample(),
            is_narrowed: true,
            bindings: vec![BindingRow::sample()],
            query: "q=bob".into(),
            next: Some("?q=bob&after=bnd_01k0".into()),
            is_first: false,
            may_bind: true,
        }
    }
}

/// The fields of a binding, as stored or entered.
#[derive(Debug, Clone, Default)]
pub struct BindingFields {
    /// Whom it rings for.
    pub identity: String,
    /// Device token.
    pub address: String,
    /// The app's id of the device.
    pub device_id: String,
    /// Labels, with commas between.
    pub tags: String,
    /// Whether others may hold the same address.
    pub shared: bool,
    /// The accounts to choose from: SID, name, chosen.
    pub accounts: Vec<(String, String, bool)>,
    /// The channels to choose from.
    pub channels: Vec<Choice>,
    /// The providers to choose from: id, name, chosen.
    pub providers: Vec<(String, String, bool)>,
    /// Apple's environments.
    pub environments: Vec<Choice>,
}

impl BindingFields {
    fn sample() -> Self {
        Self {
            identity: "bob".into(),
            address: "00fc13".into(),
            device_id: "iphone-1".into(),
            tags: "beta, vip".into(),
            shared: true,
            accounts: vec![("AC00".into(), "Acme production".into(), true)],
            channels: vec![Choice { value: "apns_voip".into(), words: "APNs VoIP", chosen: true }],
            providers: vec![("prv_01k0".into(), "Apple".into(), false)],
            environments: vec![Choice { value: "sandbox".into(), words: "Sandbox", chosen: true }],
        }
    }
}

/// `/w/{workspace}/bindings/new`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/new_binding.html")]
pub struct NewBinding {
    /// What stands around it.
    pub frame: Frame,
    /// As entered.
    pub fields: BindingFields,
    /// What is wrong.
    pub errors: Errors,
}

impl NewBinding {
    /// With an error.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Bindings, ..Frame::sample() },
            fields: BindingFields::sample(),
            errors: Errors::one("address", "must have 32 to 200 hexadecimal digits"),
        }
    }
}

/// `/w/{workspace}/bindings/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/binding.html")]
pub struct BindingPage {
    /// What stands around it.
    pub frame: Frame,
    /// As in the list.
    pub binding: BindingRow,
    /// As stored or entered.
    pub fields: BindingFields,
    /// The SID of its account.
    pub account_sid: String,
    /// The whole address, for who may change it.
    pub address: Option<String>,
    /// What has happened to it: a label, and a time in UTC.
    pub times: Vec<(&'static str, String)>,
    /// Whether it is active.
    pub is_active: bool,
    /// Whether it is of Apple.
    pub is_apns: bool,
    /// Whether it has an address.
    pub has_address: bool,
    /// Whether the reader may change it.
    pub may_bind: bool,
    /// Which form was wrong, and how.
    pub wrong: (&'static str, Errors),
}

impl BindingPage {
    /// The errors of one form.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// One that is gone.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Bindings, ..Frame::sample() },
            binding: BindingRow::sample(),
            fields: BindingFields::sample(),
            account_sid: "AC00".into(),
            address: Some("00fc13ad".into()),
            times: vec![("Registered", "2026-11-01T08:00:00Z".into())],
            is_active: false,
            is_apns: true,
            has_address: true,
            may_bind: true,
            wrong: ("ring", Errors::one("form", "It was not taken.")),
        }
    }
}

/// `/w/{workspace}/bindings/bulk`: what would be done to how many.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/bulk.html")]
pub struct Bulk {
    /// What stands around it.
    pub frame: Frame,
    /// The search as a query.
    pub query: String,
    /// The search, for people.
    pub narrowed_by: Vec<(&'static str, String)>,
    /// How many bindings fit.
    pub count: usize,
    /// How many may be changed at once.
    pub limit: usize,
    /// `delete`, `deactivate` or `activate`.
    pub action: &'static str,
    /// The action, for people.
    pub words: &'static str,
    /// The first few of them.
    pub examples: Vec<BindingRow>,
    /// What is wrong.
    pub errors: Errors,
}

impl Bulk {
    /// Before deleting some.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Bindings, ..Frame::sample() },
            query: "tag=beta".into(),
            narrowed_by: vec![("Tag", "beta".into())],
            count: 12,
            limit: 10_000,
            action: "delete",
            words: "Delete",
            examples: vec![BindingRow::sample()],
            errors: Errors::one("count", "Enter 12 to confirm."),
        }
    }
}

/// `/w/{workspace}/bindings/import`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/import.html")]
pub struct Import {
    /// What stands around it.
    pub frame: Frame,
    /// As entered.
    pub csv: String,
    /// What is wrong with the whole.
    pub errors: Errors,
    /// How many were created, and updated, once it is done.
    pub done: Option<(usize, usize)>,
    /// Lines that were not taken: number, what is wrong.
    pub faults: Vec<(usize, String)>,
}

impl Import {
    /// With a line that was not taken.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Bindings, ..Frame::sample() },
            csv: "account_sid,identity,channel,address".into(),
            errors: Errors::default(),
            done: Some((2, 1)),
            faults: vec![(3, "identity: is required".into())],
        }
    }
}
