//! The members of a workspace, and who is invited.

use askama::Template;

use super::{Choice, Errors, Frame, Here};

/// A member in the list.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Their id.
    pub id: String,
    /// Their address.
    pub email: String,
    /// What they are.
    pub role: &'static str,
    /// Since when, RFC 3339.
    pub since: String,
    /// Whether it is the reader.
    pub is_reader: bool,
    /// Whether the reader may change or remove them.
    pub may_change: bool,
}

/// An open invitation.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    /// Its id.
    pub id: String,
    /// To whom.
    pub email: String,
    /// As what.
    pub role: &'static str,
    /// By whom.
    pub invited_by: String,
    /// When it ends, RFC 3339.
    pub expires: String,
}

/// The lists.
#[derive(Debug, Template)]
#[template(path = "pages/members.html")]
pub struct Members {
    /// Around it.
    pub frame: Frame,
    /// Who came first first.
    pub members: Vec<MemberRow>,
    /// Open ones.
    pub invitations: Vec<InvitationRow>,
    /// Whether the reader may invite.
    pub may_invite: bool,
    /// Whether the reader may leave.
    pub may_leave: bool,
    /// The form's address, as it was entered.
    pub email: String,
    /// Roles that the reader may give.
    pub roles: Vec<Choice>,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
}

impl Members {
    /// The errors of the form of this name.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// Two members, one invited.
    pub fn sample() -> Self {
        let member = MemberRow {
            id: "usr_01k".into(),
            email: "ann@example.com".into(),
            role: "owner",
            since: "2026-11-01T08:00:00Z".into(),
            is_reader: true,
            may_change: false,
        };
        let other = MemberRow {
            email: "bob@example.com".into(),
            role: "developer",
            is_reader: false,
            may_change: true,
            ..member.clone()
        };
        let invitation = InvitationRow {
            id: "inv_01k".into(),
            email: "eve@example.com".into(),
            role: "viewer",
            invited_by: "ann@example.com".into(),
            expires: "2026-11-30T08:00:00Z".into(),
        };
        Self {
            frame: frame(),
            members: vec![member, other],
            invitations: vec![invitation],
            may_invite: true,
            may_leave: true,
            email: String::new(),
            roles: roles(),
            wrong: ("", Errors::default()),
        }
    }
}

/// One member, for those who may change them.
#[derive(Debug, Template)]
#[template(path = "pages/member.html")]
pub struct MemberPage {
    /// Around it.
    pub frame: Frame,
    /// The member.
    pub member: MemberRow,
    /// Roles that the reader may give.
    pub roles: Vec<Choice>,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
}

impl MemberPage {
    /// The errors of the form of this name.
    pub fn errors(&self, form: &str) -> Errors {
        if self.wrong.0 == form { self.wrong.1.clone() } else { Errors::default() }
    }

    /// Somebody else.
    pub fn sample() -> Self {
        let member = Members::sample().members.remove(1);
        Self { frame: frame(), member, roles: roles(), wrong: ("", Errors::default()) }
    }
}

/// What the invitation's link asks of whoever follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcome {
    /// They are in with that address: they join.
    Join,
    /// They are in with another address.
    LogOut,
    /// The address has an account: they log in.
    LogIn,
    /// It has none: they choose a password.
    SignUp,
    /// It has none, and nobody may make one.
    Closed,
}

/// The invitation's link.
#[derive(Debug, Template)]
#[template(path = "pages/invitation.html")]
pub struct InvitationPage {
    /// The link's token.
    pub token: String,
    /// Which workspace.
    pub workspace: String,
    /// Who invites.
    pub invited_by: String,
    /// As what.
    pub role: &'static str,
    /// Who is invited.
    pub email: String,
    /// Who reads, if that is known.
    pub reader: String,
    /// What is asked.
    pub welcome: Welcome,
    /// What was wrong.
    pub errors: Errors,
}

impl InvitationPage {
    /// To somebody new.
    pub fn sample() -> Self {
        Self {
            token: "token".into(),
            workspace: "Acme Support".into(),
            invited_by: "ann@example.com".into(),
            role: "developer",
            email: "bob@example.com".into(),
            reader: String::new(),
            welcome: Welcome::SignUp,
            errors: Errors::default(),
        }
    }
}

fn frame() -> Frame {
    Frame { here: Here::Members, notice: None, ..Frame::sample() }
}

fn roles() -> Vec<Choice> {
    vec![Choice { value: "developer".into(), words: "Developer", chosen: true }]
}
