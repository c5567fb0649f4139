//! `POST /w/{workspace}/members/{id}/role`.

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
    role: String,
}

/// Gives the member another role.
#[handler]
pub async fn set(
    member: Member<may::ManageMembers>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let listed = match found(&member, &id).await {
        Ok(listed) => listed,
        Err(response) => return response,
    };
    let wrong = |errors| answer(&member, &listed, StatusCode::UNPROCESSABLE_ENTITY, ("role", errors));
    let Ok(role) = given.role.parse() else { return wrong(Errors::one("role", "Choose a role.")) };
    let (workspace, user) = (member.workspace.id, listed.member.user_id);
    match members::set_role(&member.ground, workspace, member.user.id, user, role).await {
        Ok(()) => super::done(&member, Notice::RoleChanged),
        Err(error) => errors_of(error).map_or_else(|response| response, wrong),
    }
}
