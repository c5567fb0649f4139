//! The members of a workspace.

pub mod again;
pub mod invite;
pub mod leave;
pub mod list;
pub mod member;
pub mod remove;
pub mod role;
pub mod withdraw;

use poem::Response;
use ringhook_web::{
    pages::{Choice, MemberRow, Notice},
    paths,
};

use crate::{
    access::Member,
    domain::{
        invitations::Host,
        members::{Listed, may_give},
        roles::Power,
    },
    http::page::see_other,
    store::members::Role,
};

const fn words(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner: everything",
        Role::Admin => "Admin: all but transfer and delete",
        Role::Developer => "Developer: bindings, keys, test calls",
        Role::Viewer => "Viewer: look",
    }
}

/// The roles that `by` may give, of which `chosen` is.
fn roles(by: Role, chosen: &str) -> Vec<Choice> {
    let given = Role::ALL.iter().copied().filter(|role| may_give(by, *role));
    given
        .map(|role| Choice { value: role.to_string(), words: words(role), chosen: role.as_str() == chosen })
        .collect()
}

fn row<P>(reader: &Member<P>, listed: &Listed) -> MemberRow {
    let (member, is_reader) = (&listed.member, listed.member.user_id == reader.user.id);
    let manages = reader.role.may(Power::ManageMembers) && may_give(reader.role, member.role.0);
    MemberRow {
        id: member.user_id.to_string(),
        email: listed.email.clone(),
        role: member.role.0.as_str(),
        since: member.created_at.utc().to_rfc3339(),
        is_reader,
        may_change: manages && !is_reader,
    }
}

/// Who invites: the reader.
fn host<P>(reader: &Member<P>) -> Host<'_> {
    Host {
        base: reader.visitor.base(),
        workspace: &reader.workspace,
        email: &reader.user.email,
        role: reader.role,
    }
}

/// To the list, which says what was done.
fn done<P>(reader: &Member<P>, notice: Notice) -> Response {
    let path = paths::workspace(&reader.workspace.slug, "/members");
    see_other(&format!("{path}?done={}", notice.word()))
}
