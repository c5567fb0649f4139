//! `GET /w/{workspace}`: what it does, and what to do next.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Frame, Here, Notice, Overview};

use super::list::Asked;
use crate::{access::Member, dashboard::frame::frame, domain::roles::may, http::page::page};

/// The page.
#[handler]
pub fn show(member: Member<may::Look>, Query(asked): Query<Asked>) -> Response {
    let frame = Frame { notice: Notice::of(&asked.done), ..frame(&member, Here::Overview) };
    let view = Overview { public_url: member.visitor.base().to_owned(), frame };
    page(StatusCode::OK, &view)
}
