//! `GET /w/{workspace}/members/{id}`.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::pages::{Errors, Here, MemberPage};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame},
    domain::{
        members::{self, Listed},
        roles::may,
    },
    http::page::{nothing_here, page},
};

/// The member, for whom may change them.
#[handler]
pub async fn show(member: Member<may::ManageMembers>, Path((_, id)): Path<(String, String)>) -> Response {
    match found(&member, &id).await {
        Ok(listed) => answer(&member, &listed, StatusCode::OK, ("", Errors::default())),
        Err(response) => response,
    }
}

/// The member of this id.
pub(super) async fn found(member: &Member<may::ManageMembers>, id: &str) -> Result<Listed, Response> {
    let all = members::list(&member.ground, member.workspace.id).await.map_err(refusal)?;
    all.into_iter().find(|listed| listed.member.user_id.to_string() == id).ok_or_else(nothing_here)
}

/// The page, with what was wrong with one of its forms.
pub(super) fn answer(
    member: &Member<may::ManageMembers>,
    listed: &Listed,
    status: StatusCode,
    wrong: (&'static str, Errors),
) -> Response {
    let view = MemberPage {
        frame: frame(member, Here::Members),
        member: super::row(member, listed),
        roles: super::roles(member.role, listed.member.role.0.as_str()),
        wrong,
    };
    page(status, &view)
}
