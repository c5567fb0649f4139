//! The settings of a workspace.

use askama::Template;

use super::{Choice, Errors, Frame, Here};

/// The settings.
#[derive(Debug, Template)]
#[template(path = "pages/settings.html")]
pub struct Settings {
    /// Around it.
    pub frame: Frame,
    /// Its id, for the API and for who runs the server.
    pub id: String,
    /// The name, as it was entered.
    pub name: String,
    /// The slug, as it was entered.
    pub slug: String,
    /// The public URL, for the address.
    pub public_url: String,
    /// When a webhook is answered.
    pub answers: Vec<Choice>,
    /// Latest moment of the answer, in milliseconds.
    pub answer_within_ms: String,
    /// How long a call rings, in seconds.
    pub ring_ttl_seconds: String,
    /// How long the log is kept, in days.
    pub retention_days: String,
    /// An IANA name.
    pub time_zone: String,
    /// How many calls the log holds, whatever their age.
    pub stored_calls: u32,
    /// Whether the reader may change any of it.
    pub may_change: bool,
    /// Whether the reader owns it.
    pub owns: bool,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// The other members, for a transfer.
    pub heirs: Vec<(String, String)>,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
}

impl Settings {
    /// The errors of the form of this name.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// As its owner sees them.
    pub fn sample() -> Self {
        let answer = Choice { value: "accepted".into(), words: "When a provider has accepted", chosen: true };
        Self {
            frame: Frame { here: Here::Settings, notice: None, ..Frame::sample() },
            id: "wsp_01k".into(),
            name: "Acme Support".into(),
            slug: "acme-support".into(),
            public_url: "https://ringhook.example.com".into(),
            answers: vec![answer],
            answer_within_ms: "2000".into(),
            ring_ttl_seconds: "30".into(),
            retention_days: "30".into(),
            time_zone: "UTC".into(),
            stored_calls: 10_000_000,
            may_change: true,
            owns: true,
            has_password: true,
            heirs: vec![("usr_01k".into(), "bob@example.com".into())],
            wrong: ("", Errors::default()),
        }
    }
}
