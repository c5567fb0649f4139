//! `POST /account/passkeys/{id}/remove`.

use poem::{Response, handler, web::Path};
use ringhook_web::{pages::Notice, paths};

use crate::{
    access::Person,
    dashboard::fields::refusal,
    domain::people::passkeys,
    http::page::{nothing_here, see_other},
    store::PasskeyId,
};

/// Removes the passkey; another one, or the password, still opens the account.
#[handler]
pub async fn remove(person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<PasskeyId>() else { return nothing_here() };
    match passkeys::remove(&person.ground, &person.user, id).await {
        Ok(()) => {
            person.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word()))
        }
        Err(error) => refusal(error),
    }
}
