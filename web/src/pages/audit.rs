//! The audit log of a workspace.

use askama::Template;

use super::{Frame, Here};

/// One change.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// When, RFC 3339.
    pub at: String,
    /// Who.
    pub actor: String,
    /// From which address; empty on the server itself.
    pub address: String,
    /// What was done, for people.
    pub action: String,
    /// To what.
    pub target: String,
    /// What changed, a line each.
    pub changes: Vec<String>,
}

/// A page of the log.
#[derive(Debug, Template)]
#[template(path = "pages/audit.html")]
pub struct Audit {
    /// Around it.
    pub frame: Frame,
    /// The latest first.
    pub rows: Vec<AuditRow>,
    /// The query for what is older, if there is more.
    pub older: Option<String>,
    /// Whether these are not the latest.
    pub is_later: bool,
}

impl Audit {
    /// With one change.
    pub fn sample() -> Self {
        let row = AuditRow {
            at: "2026-11-23T17:30:00Z".into(),
            actor: "ann@example.com".into(),
            address: "192.0.2.7".into(),
            action: "Account changed".into(),
            target: "AC00000000000000000000000000000001".into(),
            changes: vec!["status: active → paused".into(), "auth_token: replaced".into()],
        };
        let frame = Frame { here: Here::Audit, notice: None, ..Frame::sample() };
        Self { frame, rows: vec![row], older: Some("?before=aud_01k".into()), is_later: true }
    }
}
