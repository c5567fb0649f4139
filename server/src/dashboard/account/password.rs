//! `POST /account/password`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::Person,
    dashboard::{fields::Fields, people::guarded},
    domain::people::account,
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    current_password: String,
    password: String,
}

/// Sets another.
#[handler]
pub async fn change(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let change = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        account::change_password(&person.ground, &person.user, person.session.id, given.password).await
    };
    match change.await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word()))
        }
        Err(error) => again(&person, "password", "", error).await,
    }
}
