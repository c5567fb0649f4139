//! `POST /w/{workspace}/invitations/{id}/again`.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::pages::{Message, Notice};

use super::list::{self, Form};
use crate::{
    access::{Member, throttle::Attempt},
    dashboard::fields::errors_of,
    domain::{invitations, roles::may},
    http::page::{nothing_here, page},
    store::InvitationId,
};

/// Mails a new link.
#[handler]
pub async fn again(member: Member<may::ManageMembers>, Path((_, id)): Path<(String, String)>) -> Response {
    let from = &member.visitor.from.address;
    if !member.visitor.throttle().admits(Attempt::Invite, from, &member.user.email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let Ok(id) = id.parse::<InvitationId>() else { return nothing_here() };
    match invitations::send_again(&member.ground, super::host(&member), id).await {
        Ok(()) => {
            member.visitor.app.mailer.wake();
            super::done(&member, Notice::Invited)
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let form = Form { wrong: ("invite", errors), ..Form::default() };
                list::answer(&member, StatusCode::CONFLICT, form).await
            }
            Err(response) => response,
        },
    }
}
