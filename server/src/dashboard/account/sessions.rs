//! `POST /account/sessions/…`: ends sessions of the reader's own.

use poem::{Response, handler, web::Path};
use ringhook_web::{pages::Notice, paths};

use crate::{
    access::Person,
    dashboard::fields::refusal,
    domain::{Result, people::sessions},
    http::page::{nothing_here, see_other},
};

/// Ends one.
#[handler]
pub async fn end(person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse() else { return nothing_here() };
    ended(sessions::end(&person.ground, &person.user, id).await)
}

/// Ends all but this one.
#[handler]
pub async fn end_others(person: Person) -> Response {
    ended(sessions::end_others(&person.ground, &person.user, person.session.id).await)
}

fn ended(done: Result<()>) -> Response {
    match done {
        Ok(()) => see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::SessionsEnded.word())),
        Err(error) => refusal(error),
    }
}
