//! `POST /account/passkeys`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use crate::{
    access::{Jar, Person},
    dashboard::{account::show::again, fields::Fields},
    domain::{DomainError, people::passkeys},
    http::page::{nothing_here, see_other},
};

/// What the browser made.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    credential: String,
}

/// Keeps the passkey.
#[handler]
pub async fn add(person: Person, Fields(given): Fields<Given>) -> Response {
    let Some(party) = &person.visitor.app.passkeys else { return nothing_here() };
    let token = person.visitor.cookie(Jar::Step).unwrap_or_default();
    match passkeys::finish(&person.ground, party, &person.user, token, &given.credential).await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            let mut response = see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word()));
            person.visitor.forget(Jar::Step, &mut response);
            response
        }
        // The step is over, or was another browser's.
        Err(DomainError::NotFound(_)) => see_other(paths::ACCOUNT),
        Err(error) => again(&person, "passkey", "", error).await,
    }
}
