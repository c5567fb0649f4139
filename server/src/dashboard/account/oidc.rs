//! `POST /account/oidc`, `POST /account/oidc/unlink`.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::{
    pages::{Message, Notice},
    paths,
};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::{Jar, Person},
    dashboard::{
        fields::Fields,
        people::{guarded, oidc::set_out},
    },
    domain::people::{account, oidc},
    http::page::{nothing_here, page, see_other},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    current_password: String,
}

/// Leads to the provider by a link: our policy lets no form lead to another site.
#[handler]
pub async fn link(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let Some(name) = person.visitor.oidc_name() else { return nothing_here() };
    let confirmed =
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await;
    if let Err(error) = confirmed {
        return again(&person, "oidc", "", error).await;
    }
    match set_out(&person.visitor, "", Some(person.user.id)).await {
        Ok((url, token)) => {
            let mut response = page(StatusCode::OK, &Message::oidc_go_on(&name, &url));
            person.visitor.keep(Jar::Step, &mut response, &token);
            response
        }
        Err(response) => response,
    }
}

/// Unlinks the account.
#[handler]
pub async fn unlink(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let Some(provider) = &person.visitor.app.config.oidc else { return nothing_here() };
    let unlinked = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        oidc::unlink(&person.ground, &person.user, &provider.issuer).await
    };
    match unlinked.await {
        Ok(()) => see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word())),
        Err(error) => again(&person, "oidc", "", error).await,
    }
}
