//! `POST /account/passkeys/options`: what the browser is asked when a passkey is made.

use poem::{Response, handler};
use serde::Deserialize;

use crate::{
    access::{Jar, Person},
    dashboard::{
        fields::Fields,
        people::{guarded, passkey},
    },
    domain::{
        Result,
        people::{account, passkeys},
    },
    http::page::nothing_here,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
    current_password: String,
}

/// The browser's question, as JSON; what is wrong with the form as JSON too.
#[handler]
pub async fn options(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let Some(party) = &person.visitor.app.passkeys else { return nothing_here() };
    let begun: Result<_> = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        passkeys::begin(&person.ground, party, &person.user, &given.name).await
    }
    .await;
    match begun {
        Ok((options, token)) => {
            let mut response = passkey::asked(&options);
            person.visitor.keep(Jar::Step, &mut response, &token);
            response
        }
        Err(error) => passkey::refused(error),
    }
}
