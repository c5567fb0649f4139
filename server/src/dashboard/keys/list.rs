//! `GET /w/{workspace}/keys`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Frame, Here, Keys, Notice};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{api_keys, roles::may},
    http::page::page,
};

/// The list.
#[handler]
pub async fn show(member: Member<may::ManageKeys>, Query(asked): Query<Asked>) -> Response {
    let now = member.ground.clock.now();
    match api_keys::list(&member.ground, member.workspace.id).await {
        Ok(keys) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..frame(&member, Here::Keys) };
            let keys = keys.iter().map(|key| super::row(key, now)).collect();
            page(StatusCode::OK, &Keys { frame, keys })
        }
        Err(error) => refusal(error),
    }
}
