//! `POST /w/{workspace}/leave`.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;

use super::list::{self, Form};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{members, roles::may},
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
}

/// The reader leaves; their address says that it is meant.
#[handler]
pub async fn leave(member: Member<may::Look>, Fields(given): Fields<Given>) -> Response {
    let errors = match given.email.trim().to_lowercase() == member.user.email {
        false => Errors::one("email", "This is not your address."),
        true => match members::leave(&member.ground, member.workspace.id, member.user.id).await {
            Ok(()) => return see_other(&format!("{}?done={}", paths::WORKSPACES, Notice::Left.word())),
            Err(error) => match errors_of(error) {
                Ok(errors) => errors,
                Err(response) => return response,
            },
        },
    };
    let form = Form { wrong: ("leave", errors), ..Form::default() };
    list::answer(&member, StatusCode::UNPROCESSABLE_ENTITY, form).await
}
