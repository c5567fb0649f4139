//! The first page.

use askama::Template;

use crate::paths;

/// That it runs, and how to come in.
#[derive(Debug, Template)]
#[template(path = "pages/start.html")]
pub struct Start {
    /// The program's version.
    pub version: &'static str,
    /// The URL that Twilio and browsers use.
    pub public_url: String,
    /// Whether only this machine reaches that URL.
    pub loopback: bool,
    /// Whether strangers may sign up.
    pub sign_up: bool,
}

impl Start {
    /// As on a new machine.
    pub fn sample() -> Self {
        Self { version: "0.1.0", public_url: "http://127.0.0.1:8080".into(), loopback: true, sign_up: true }
    }
}
