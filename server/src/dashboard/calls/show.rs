//! `GET /w/{workspace}/calls/{id}`: what happened to one call.

use poem::{Response, handler, http::StatusCode, web::Path};

use super::describe;
use crate::{
    access::Member,
    dashboard::fields::refusal,
    domain::{
        notifications::{self, Logged},
        roles::may,
    },
    http::page::{nothing_here, page},
    store::NotificationId,
};

/// The page.
#[handler]
pub async fn show(member: Member<may::Look>, Path((_, id)): Path<(String, String)>) -> Response {
    let Ok(id) = id.parse::<NotificationId>() else { return nothing_here() };
    match notifications::get(&member.ground, member.workspace.id, id).await {
        Ok(logged) => answer(&member, &logged, StatusCode::OK, String::new()).await,
        Err(error) => refusal(error),
    }
}

/// The page, with why ringing again failed.
pub(super) async fn answer<P>(
    member: &Member<P>,
    logged: &Logged,
    status: StatusCode,
    fault: String,
) -> Response {
    match describe::call(member, logged, fault).await {
        Ok(view) => page(status, &view),
        Err(error) => refusal(error),
    }
}
