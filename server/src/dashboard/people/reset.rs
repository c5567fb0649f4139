//! `/forgot`, `/reset/{token}`: a password that was forgotten.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::{
    pages::{Errors, Forgot, Message, Notice, Reset},
    paths,
};
use serde::Deserialize;

use super::sign_up::check_mail;
use crate::{
    access::{Visitor, throttle::Attempt},
    dashboard::fields::{Fields, errors_of, refusal},
    domain::{
        DomainError,
        people::{email, reset},
    },
    http::page::{page, see_other},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
    password: String,
}

/// The form.
#[handler]
pub fn forgot_form(_: Visitor) -> Response {
    page(StatusCode::OK, &Forgot::default())
}

/// Mails the link, beside the answer: that comes as soon for who is unknown.
#[handler]
pub async fn forgot(visitor: Visitor, Fields(given): Fields<Given>) -> Response {
    if let Err(detail) = email::canonical(&given.email) {
        let view = Forgot { email: given.email, errors: Errors::one("email", detail) };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    if !visitor.throttle().admits(Attempt::Reset, &visitor.from.address, &given.email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let response = check_mail(&visitor, given.email.trim(), "set a new password");
    tokio::spawn(async move {
        match reset::ask(&visitor.ground, visitor.base(), &given.email).await {
            Ok(()) => visitor.app.mailer.wake(),
            Err(error) => tracing::error!(%error, "a link to set a password could not be made"),
        }
    });
    response
}

fn gone() -> Response {
    page(StatusCode::NOT_FOUND, &Message::link_gone(("Ask for a new link", paths::FORGOT)))
}

/// The link.
#[handler]
pub async fn form(visitor: Visitor, Path(token): Path<String>) -> Response {
    if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, "") {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    match reset::whose(&visitor.ground, &token).await {
        Ok(Some(email)) => page(StatusCode::OK, &Reset { token, email, errors: Errors::default() }),
        Ok(None) => gone(),
        Err(error) => refusal(error),
    }
}

/// Sets the password.
#[handler]
pub async fn set(visitor: Visitor, Path(token): Path<String>, Fields(given): Fields<Given>) -> Response {
    if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, "") {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    match reset::set(&visitor.ground, &token, given.password).await {
        Ok(()) => {
            visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::LOGIN, Notice::PasswordChanged.word()))
        }
        Err(DomainError::NotFound(_)) => gone(),
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                page(StatusCode::UNPROCESSABLE_ENTITY, &Reset { token, email: given.email, errors })
            }
            Err(response) => response,
        },
    }
}
