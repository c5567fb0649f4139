//! `POST /w/{workspace}/members/{id}/remove`.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::pages::{Errors, Notice};
use serde::Deserialize;

use super::member::{answer, found};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{members, roles::may},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
}

/// Removes the member whose address is entered.
#[handler]
pub async fn remove(
    member: Member<may::ManageMembers>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let listed = match found(&member, &id).await {
        Ok(listed) => listed,
        Err(response) => return response,
    };
    let wrong = |errors| answer(&member, &listed, StatusCode::UNPROCESSABLE_ENTITY, ("remove", errors));
    if given.email.trim().to_lowercase() != listed.email {
        return wrong(Errors::one("email", "This is not their address."));
    }
    let (workspace, user) = (member.workspace.id, listed.member.user_id);
    match members::remove(&member.ground, workspace, member.user.id, user).await {
        Ok(()) => super::done(&member, Notice::MemberRemoved),
        Err(error) => errors_of(error).map_or_else(|response| response, wrong),
    }
}
