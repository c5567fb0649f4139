//! The API keys of a workspace.

use askama::Template;

use super::{Errors, Frame, Here};

/// A key in the list.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made, RFC 3339.
    pub created: String,
    /// When it was used last, RFC 3339, to the minute.
    pub used: Option<String>,
    /// When it ends, or ended, RFC 3339.
    pub expires: Option<String>,
    /// Why it opens nothing any more.
    pub ended: Option<&'static str>,
}

/// Something to choose: a checkbox or an option.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// For people.
    pub words: &'static str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "pages/keys.html")]
pub struct Keys {
    /// Around it.
    pub frame: Frame,
    /// Those that hold first.
    pub keys: Vec<KeyRow>,
}

/// The form of a new key.
#[derive(Debug, Template)]
#[template(path = "pages/new_key.html")]
pub struct NewKey {
    /// Around it.
    pub frame: Frame,
    /// As it was entered.
    pub name: String,
    /// The scopes that the reader may give.
    pub scopes: Vec<Choice>,
    /// When it may end.
    pub ends: Vec<Choice>,
    /// What was wrong.
    pub errors: Errors,
}

/// A key that was just made, the only time that it is shown.
#[derive(Template)]
#[template(path = "pages/key_made.html")]
pub struct KeyMade {
    /// Around it.
    pub frame: Frame,
    /// What people call it.
    pub name: String,
    /// The key.
    pub key: String,
    /// Where the API is.
    pub public_url: String,
    /// Until when the key that it replaces still holds, RFC 3339.
    pub old_until: Option<String>,
}

/// One key: to roll it, to revoke it.
#[derive(Debug, Template)]
#[template(path = "pages/key.html")]
pub struct Key {
    /// Around it.
    pub frame: Frame,
    /// The key.
    pub key: KeyRow,
    /// For how long it may still hold beside a new one.
    pub overlaps: Vec<Choice>,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
}

impl Key {
    /// The errors of the form of this name.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// One that holds.
    pub fn sample() -> Self {
        let key = KeyRow {
            id: "key_01k".into(),
            name: "Production".into(),
            prefix: "rhk_Ab12Cd".into(),
            scopes: vec!["bindings:read".into(), "bindings:write".into()],
            created: "2026-11-01T08:00:00Z".into(),
            used: Some("2026-11-23T17:30:00Z".into()),
            expires: None,
            ended: None,
        };
        Self { frame: frame(), key, overlaps: choices(), wrong: ("", Errors::default()) }
    }
}

fn frame() -> Frame {
    Frame { here: Here::Keys, notice: None, ..Frame::sample() }
}

fn choices() -> Vec<Choice> {
    vec![
        Choice { value: "0".into(), words: "Ends at once", chosen: false },
        Choice { value: "86400".into(), words: "Holds for a day", chosen: true },
    ]
}

impl Keys {
    /// One that holds, one that does not.
    pub fn sample() -> Self {
        let key = Key::sample().key;
        let revoked = KeyRow { ended: Some("revoked"), used: None, ..key.clone() };
        Self { frame: frame(), keys: vec![key, revoked] }
    }
}

impl NewKey {
    /// As it was filled in wrongly.
    pub fn sample() -> Self {
        let scope = Choice { value: "bindings:read".into(), words: "Read bindings", chosen: true };
        let errors = Errors::one("scopes", "Choose at least one.");
        Self { frame: frame(), name: "Production".into(), scopes: vec![scope], ends: choices(), errors }
    }
}

impl KeyMade {
    /// In place of another.
    pub fn sample() -> Self {
        Self {
            frame: frame(),
            name: "Production".into(),
            key: "rhk_Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56Qr78St90Uv1".into(),
            public_url: "https://ringhook.example.com".into(),
            old_until: Some("2026-11-24T08:00:00Z".into()),
        }
    }
}
