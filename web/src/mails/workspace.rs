//! Mails about a workspace.

use super::{Letter, Mail, action, count, letter};

/// To somebody who is asked to join.
#[derive(Clone)]
pub struct Invitation {
    /// The workspace's name.
    pub workspace: String,
    /// Who asks.
    pub inviter: String,
    /// As what, such as `developer`.
    pub role: String,
    /// Where it is accepted.
    pub link: String,
    /// How long the link holds.
    pub days: u32,
}

impl Invitation {
    /// As after the form.
    pub fn sample() -> Self {
        Self {
            workspace: "Acme".into(),
            inviter: "ada@example.com".into(),
            role: "developer".into(),
            link: "https://ring.example.com/invitations/2cYh".into(),
            days: 7,
        }
    }
}

impl Mail for Invitation {
    fn kind(&self) -> &'static str {
        "invitation"
    }

    fn subject(&self) -> String {
        format!("{} invites you to {}", self.inviter, self.workspace)
    }

    fn letter(&self) -> Letter {
        let asked = format!(
            "{} invites you to the workspace \"{}\" on Ringhook, with the role {}.",
            self.inviter, self.workspace, self.role
        );
        let lasts = format!("The link works once, within {}.", count(self.days, "day"));
        let notes = ["If you do not know who this is, ignore it: without the link nothing happens."];
        letter([asked, lasts], action("Accept the invitation", &self.link), notes)
    }
}

/// To every owner and admin, when a workspace is about to go.
#[derive(Debug, Clone)]
pub struct WorkspaceDeletion {
    /// The workspace's name.
    pub workspace: String,
    /// Until when it can be kept, for people to read, with its time zone.
    pub until: String,
    /// Who asked for it.
    pub by: String,
}

impl WorkspaceDeletion {
    /// As after the form.
    pub fn sample() -> Self {
        Self {
            workspace: "Acme".into(),
            until: "10 May 2026, 14:05 UTC".into(),
            by: "ada@example.com".into(),
        }
    }
}

impl Mail for WorkspaceDeletion {
    fn kind(&self) -> &'static str {
        "workspace_deletion"
    }

    fn subject(&self) -> String {
        format!("{} will be deleted", self.workspace)
    }

    fn letter(&self) -> Letter {
        let told =
            format!("{} has asked to delete the workspace \"{}\" on Ringhook.", self.by, self.workspace);
        let until = format!(
            "It goes on {}, with its bindings, keys and log. Until then an owner can stop that in its settings.",
            self.until
        );
        letter([told, until], Vec::new(), [])
    }
}

/// To the old and the new owner.
#[derive(Debug, Clone)]
pub struct OwnershipTransferred {
    /// The workspace's name.
    pub workspace: String,
    /// Whose it is now.
    pub to: String,
}

impl OwnershipTransferred {
    /// As after the form.
    pub fn sample() -> Self {
        Self { workspace: "Acme".into(), to: "grace@example.com".into() }
    }
}

impl Mail for OwnershipTransferred {
    fn kind(&self) -> &'static str {
        "ownership_transferred"
    }

    fn subject(&self) -> String {
        format!("{} has a new owner", self.workspace)
    }

    fn letter(&self) -> Letter {
        let told = format!("The workspace \"{}\" on Ringhook now belongs to {}.", self.workspace, self.to);
        letter(
            [told],
            Vec::new(),
            ["If this surprises you, ask the people in the workspace, or those who run this Ringhook."],
        )
    }
}
