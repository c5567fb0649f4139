//! `POST /account/delete`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::{Jar, Person},
    dashboard::{fields::Fields, people::guarded},
    domain::{
        DomainError,
        people::{account, email},
    },
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
    current_password: String,
}

/// Deletes it.
#[handler]
pub async fn delete(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let delete = async {
        if email::canonical(&given.email).as_ref() != Ok(&person.user.email) {
            return Err(DomainError::invalid("/email", "Enter the address of this account."));
        }
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        account::delete(&person.ground, &person.user).await
    };
    match delete.await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            let path = format!("{}?done={}", paths::LOGIN, Notice::AccountDeleted.word());
            let mut response = see_other(&path);
            person.visitor.forget(Jar::Session, &mut response);
            response
        }
        Err(error) => again(&person, "delete", "", error).await,
    }
}
