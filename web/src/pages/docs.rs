//! Guides, with the workspace's own values filled in.

use askama::Template;

use super::{Frame, Here};

/// `/w/{workspace}/docs`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/docs.html")]
pub struct Docs {
    /// What stands around it.
    pub frame: Frame,
    /// Where this server is.
    pub public_url: String,
    /// The same for sockets.
    pub socket_url: String,
    /// `wsp_…`
    pub workspace_id: String,
    /// The account that examples use.
    pub account_sid: String,
    /// Whether it is the workspace's own.
    pub has_account: bool,
    /// Whether a provider of Google is set up.
    pub has_fcm: bool,
    /// Whether a provider of Apple is set up.
    pub has_apns: bool,
}

impl Docs {
    /// Without Apple.
    pub fn sample() -> Self {
        Self {
            frame: Frame { here: Here::Docs, ..Frame::sample() },
            public_url: "https://ring.example.com".into(),
            socket_url: "wss://ring.example.com".into(),
            workspace_id: "wsp_01k0".into(),
            account_sid: "AC00000000000000000000000000000000".into(),
            has_account: true,
            has_fcm: true,
            has_apns: false,
        }
    }
}
