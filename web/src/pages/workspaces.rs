//! A person's workspaces, and the first page of one.

use askama::Template;

use super::{Errors, Frame, Here, Membership};
use crate::paths;

/// The reader's workspaces.
#[derive(Debug, Template)]
#[template(path = "pages/workspaces.html")]
pub struct WorkspaceList {
    /// Around it.
    pub frame: Frame,
    /// By name.
    pub workspaces: Vec<Membership>,
}

/// A new workspace.
#[derive(Debug, Template)]
#[template(path = "pages/new_workspace.html")]
pub struct NewWorkspace {
    /// Around it.
    pub frame: Frame,
    /// As it was entered.
    pub name: String,
    /// What was wrong.
    pub errors: Errors,
    /// Whether it is the reader's first.
    pub first: bool,
}

/// A workspace that is about to go.
#[derive(Debug, Template)]
#[template(path = "pages/doomed.html")]
pub struct Doomed {
    /// What people call it.
    pub name: String,
    /// The part of its paths.
    pub slug: String,
    /// When it goes, RFC 3339.
    pub deletes_at: String,
    /// Whether the reader may restore it.
    pub owns: bool,
}

impl Doomed {
    /// As its owner sees it.
    pub fn sample() -> Self {
        let deletes_at = "2026-11-30T08:00:00Z".into();
        Self { name: "Acme Support".into(), slug: "acme-support".into(), deletes_at, owns: true }
    }
}

/// The form that deletes a workspace.
#[derive(Debug, Template)]
#[template(path = "pages/delete_workspace.html")]
pub struct DeleteWorkspace {
    /// Around it.
    pub frame: Frame,
    /// How long it can be restored, in days.
    pub days: u64,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// What was wrong.
    pub errors: Errors,
}

impl DeleteWorkspace {
    /// As its owner sees it.
    pub fn sample() -> Self {
        let frame = Frame { here: Here::Settings, notice: None, ..Frame::sample() };
        Self { frame, days: 7, has_password: true, errors: Errors::default() }
    }
}

impl WorkspaceList {
    /// Two of them.
    pub fn sample() -> Self {
        let workspaces = vec![
            Membership { name: "Acme Support".into(), slug: "acme-support".into(), role: "owner" },
            Membership { name: "Blue Bottle".into(), slug: "blue-bottle".into(), role: "viewer" },
        ];
        Self { frame: Frame::personal("ann@example.com", Here::Elsewhere), workspaces }
    }
}

impl NewWorkspace {
    /// As after sign-up.
    pub fn sample() -> Self {
        let frame = Frame::personal("ann@example.com", Here::Elsewhere);
        Self { frame, name: String::new(), errors: Errors::default(), first: true }
    }
}
