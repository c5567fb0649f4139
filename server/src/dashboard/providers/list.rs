//! `GET /w/{workspace}/providers`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Frame, Here, Notice, Providers};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        providers,
        roles::{Power, may},
    },
    http::page::page,
};

/// Providers on the page, at most.
const LIMIT: i64 = 1000;

/// The list.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    let slug = &member.workspace.slug;
    match providers::list(&member.ground, member.workspace.id, None, LIMIT).await {
        Ok(found) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..frame(&member, Here::Providers) };
            let providers = found.iter().map(|provider| super::row(slug, provider)).collect();
            page(StatusCode::OK, &Providers { frame, providers, may_set_up: member.role.may(Power::SetUp) })
        }
        Err(error) => refusal(error),
    }
}
