//! `POST /account/totp/codes`.

use poem::{Response, handler};
use serde::Deserialize;

use crate::{
    access::Person,
    dashboard::{account::show::again, fields::Fields, people::guarded},
    domain::people::{account, recovery},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    current_password: String,
}

/// Makes new recovery codes, and shows them.
#[handler]
pub async fn renew(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    let renewed = async {
        account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
        recovery::renew(&person.ground, &person.user).await
    };
    match renewed.await {
        Ok(codes) => super::shown(&person, codes),
        Err(error) => again(&person, "codes", "", error).await,
    }
}
