//! The frame of a workspace's pages.

use ringhook_web::{
    pages::{Frame, Here, Membership},
    paths,
};

use crate::{access::Member, domain::roles::Power};

/// The pages that a member may be led to, with what it takes to open them.
const LINKS: &[(Here, &str, &str, Power)] = &[
    (Here::Overview, "Overview", "", Power::Look),
    (Here::Calls, "Calls", "/calls", Power::Look),
    (Here::Bindings, "Bindings", "/bindings", Power::Look),
    (Here::Accounts, "Twilio accounts", "/accounts", Power::Look),
    (Here::Webhook, "Webhook", "/webhook", Power::SetUp),
    (Here::Providers, "Providers", "/providers", Power::Look),
    (Here::TestDevice, "Test device", "/test-device", Power::Ring),
    (Here::Docs, "Guides", "/docs", Power::Look),
    (Here::Members, "Members", "/members", Power::Look),
    (Here::Keys, "API keys", "/keys", Power::ManageKeys),
    (Here::Audit, "Audit log", "/audit", Power::Audit),
    (Here::Settings, "Settings", "/settings", Power::Look),
];

/// The frame around a page of the member's workspace.
pub fn frame<P>(member: &Member<P>, here: Here) -> Frame {
    let slug = &member.workspace.slug;
    let links = LINKS.iter().filter(|(.., power)| member.role.may(*power));
    Frame {
        email: member.user.email.clone(),
        workspace: Some(Membership {
            name: member.workspace.name.clone(),
            slug: slug.clone(),
            role: member.role.as_str(),
        }),
        here,
        notice: None,
        links: links.map(|(here, name, rest, _)| (*here, *name, paths::workspace(slug, rest))).collect(),
    }
}
