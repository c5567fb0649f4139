//! `GET /w/{workspace}`: what it does, and what to do next.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::pages::{Here, Overview};

use crate::{access::Member, dashboard::frame::frame, domain::roles::may, http::page::page};

/// The page.
#[handler]
pub fn show(member: Member<may::Look>) -> Response {
    let view =
        Overview { public_url: member.visitor.base().to_owned(), frame: frame(&member, Here::Overview) };
    page(StatusCode::OK, &view)
}
