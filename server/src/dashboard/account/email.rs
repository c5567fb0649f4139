//! `POST /account/email`, `/account/email/{token}`: another address.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::{
    pages::{ConfirmEmail, Message, Notice},
    paths,
};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::Person,
    dashboard::{
        fields::{Fields, refusal},
        people::guarded,
    },
    domain::{DomainError, people::account},
    http::page::{page, see_other},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
    current_password: String,
}

/// Mails the link.
#[handler]
pub async fn ask(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let ask = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        account::ask_for_email(&person.ground, person.visitor.base(), &person.user, &given.email).await
    };
    match ask.await {
        Ok(_) => {
            person.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::LinkSent.word()))
        }
        Err(error) => again(&person, "email", &given.email, error).await,
    }
}

fn gone() -> Response {
    page(StatusCode::NOT_FOUND, &Message::link_gone(("Your account", paths::ACCOUNT)))
}

/// The link: only the person who asked for it may follow it, or a mistyped address would get their account.
#[handler]
pub async fn confirm_form(person: Person, Path(token): Path<String>) -> Response {
    match account::new_email(&person.ground, &person.user, &token).await {
        Ok(Some(email)) => page(StatusCode::OK, &ConfirmEmail { token, email }),
        Ok(None) => gone(),
        Err(error) => refusal(error),
    }
}

/// Sets the address.
#[handler]
pub async fn confirm(person: Person, Path(token): Path<String>) -> Response {
    match account::change_email(&person.ground, &person.user, person.session.id, &token).await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::EmailChanged.word()))
        }
        Err(DomainError::NotFound(_)) => gone(),
        Err(error) => refusal(error),
    }
}
