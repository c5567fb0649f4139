//! `GET /w/{workspace}/members`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Errors, Frame, Here, InvitationRow, Members, Notice};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        invitations, members,
        roles::{Power, may},
    },
    http::page::page,
    store::{invitations::Invitation, members::Role},
};

/// The lists.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    let form = Form { notice: Notice::of(&asked.done), ..Form::default() };
    answer(&member, StatusCode::OK, form).await
}

/// What was entered, and what came of it.
#[derive(Default)]
pub(super) struct Form {
    /// What was just done.
    pub notice: Option<Notice>,
    /// Whom to invite.
    pub email: String,
    /// As what.
    pub role: String,
    /// What was wrong with the form of this name.
    pub wrong: (&'static str, Errors),
}

/// The page, with a form as it was entered.
pub(super) async fn answer<P>(member: &Member<P>, status: StatusCode, form: Form) -> Response {
    let may_invite = member.role.may(Power::ManageMembers);
    let found = async {
        let members = members::list(&member.ground, member.workspace.id).await?;
        let invitations = match may_invite {
            true => invitations::list(&member.ground, member.workspace.id).await?,
            false => Vec::new(),
        };
        Ok((members, invitations))
    };
    let (members, invitations) = match found.await {
        Ok(found) => found,
        Err(error) => return refusal(error),
    };
    let chosen = if form.role.is_empty() { Role::Developer.as_str() } else { &form.role };
    let view = Members {
        frame: Frame { notice: form.notice, ..frame(member, Here::Members) },
        members: members.iter().map(|listed| super::row(member, listed)).collect(),
        invitations: invitations.iter().map(row).collect(),
        may_invite,
        may_leave: member.role != Role::Owner,
        roles: super::roles(member.role, chosen),
        email: form.email,
        wrong: form.wrong,
    };
    page(status, &view)
}

fn row(invitation: &Invitation) -> InvitationRow {
    InvitationRow {
        id: invitation.id.to_string(),
        email: invitation.email.clone(),
        role: invitation.role.0.as_str(),
        invited_by: invitation.invited_by.clone(),
        expires: invitation.expires_at.utc().to_rfc3339(),
    }
}
