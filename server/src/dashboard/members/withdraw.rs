//! `POST /w/{workspace}/invitations/{id}/withdraw`.

use poem::{Response, handler, web::Path};
use ringhook_web::pages::Notice;

use crate::{
    access::Member,
    dashboard::fields::refusal,
    domain::{invitations, roles::may},
    http::page::nothing_here,
    store::InvitationId,
};

/// Ends the invitation.
#[handler]
pub async fn withdraw(member: Member<may::ManageMembers>, Path((_, id)): Path<(String, String)>) -> Response {
    let Ok(id) = id.parse::<InvitationId>() else { return nothing_here() };
    match invitations::withdraw(&member.ground, member.workspace.id, id).await {
        Ok(()) => super::done(&member, Notice::InvitationWithdrawn),
        Err(error) => refusal(error),
    }
}
