//! `GET /w/{workspace}/accounts`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Accounts, Frame, Here, Notice};

use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        accounts,
        roles::{Power, may},
    },
    http::page::page,
};

/// Accounts on the page, at most.
const LIMIT: i64 = 1000;

/// The list.
#[handler]
pub async fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    let slug = &member.workspace.slug;
    match accounts::list(&member.ground, member.workspace.id, None, LIMIT).await {
        Ok(found) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..frame(&member, Here::Accounts) };
            let accounts = found.iter().map(|known| super::row(slug, known)).collect();
            page(StatusCode::OK, &Accounts { frame, accounts, may_set_up: member.role.may(Power::SetUp) })
        }
        Err(error) => refusal(error),
    }
}
