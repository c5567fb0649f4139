//! `POST /account/totp/remove`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use crate::{
    access::Person,
    dashboard::{account::show::again, fields::Fields, people::guarded},
    domain::people::{account, totp},
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    current_password: String,
}

/// Turns it off.
#[handler]
pub async fn remove(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let removed = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        totp::remove(&person.ground, &person.user).await
    };
    match removed.await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word()))
        }
        Err(error) => again(&person, "totp", "", error).await,
    }
}
