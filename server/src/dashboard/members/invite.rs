//! `POST /w/{workspace}/invitations`.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::pages::{Errors, Message, Notice};
use serde::Deserialize;

use super::list::{self, Form};
use crate::{
    access::{Member, throttle::Attempt},
    dashboard::fields::{Fields, errors_of},
    domain::{invitations, roles::may},
    http::page::page,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
    role: String,
}

/// Mails the link.
#[handler]
pub async fn invite(member: Member<may::ManageMembers>, Fields(given): Fields<Given>) -> Response {
    let from = &member.visitor.from.address;
    if !member.visitor.throttle().admits(Attempt::Invite, from, &member.user.email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let errors = match given.role.parse() {
        Ok(role) => {
            let invited = invitations::invite(&member.ground, super::host(&member), &given.email, role);
            match invited.await {
                Ok(()) => {
                    member.visitor.app.mailer.wake();
                    return super::done(&member, Notice::Invited);
                }
                Err(error) => match errors_of(error) {
                    Ok(errors) => errors,
                    Err(response) => return response,
                },
            }
        }
        Err(_) => Errors::one("role", "Choose a role."),
    };
    let form = Form { email: given.email, role: given.role, wrong: ("invite", errors), ..Form::default() };
    list::answer(&member, StatusCode::UNPROCESSABLE_ENTITY, form).await
}
