//! `/login`, `/logout`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Login, Message, Notice},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Jar, Person, Visitor, throttle::Attempt},
    config::Signup as Rule,
    dashboard::{
        fields::{Fields, errors_of, refusal},
        people::entry,
    },
    domain::people::{login, sessions},
    http::page::{page, see_other},
};

/// Where to go afterwards, and what was just done.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: String,
    done: String,
}

fn view(visitor: &Visitor) -> Login {
    Login {
        sign_up: visitor.app.config.signup == Rule::Open,
        passkeys: visitor.app.passkeys.is_some(),
        oidc: visitor.oidc_name(),
        insecure: visitor.loses_cookies(),
        ..Login::default()
    }
}

/// The form; who is in already goes on.
#[handler]
pub async fn form(visitor: Visitor, Query(asked): Query<Asked>) -> poem::Result<Response> {
    Ok(match Person::find(visitor).await? {
        Ok(_) => see_other(entry::local(&asked.next)),
        Err(visitor) => {
            let view = Login { next: asked.next, notice: Notice::of(&asked.done), ..view(&visitor) };
            page(StatusCode::OK, &view)
        }
    })
}

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    email: String,
    password: String,
    next: String,
}

/// Checks the password.
#[handler]
pub async fn log_in(visitor: Visitor, Fields(given): Fields<Given>) -> Response {
    if !visitor.throttle().admits(Attempt::Login, &visitor.from.address, &given.email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    match login::with_password(&visitor.ground, &given.email, given.password).await {
        Ok(user) => entry::admitted(&visitor, &user, &given.next).await,
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let view = Login { email: given.email, next: given.next, errors, ..view(&visitor) };
                page(StatusCode::UNPROCESSABLE_ENTITY, &view)
            }
            Err(response) => response,
        },
    }
}

/// Ends this browser's session.
#[handler]
pub async fn log_out(visitor: Visitor) -> poem::Result<Response> {
    let mut response = see_other(&format!("{}?done={}", paths::LOGIN, Notice::LoggedOut.word()));
    visitor.forget(Jar::Session, &mut response);
    if let Ok(person) = Person::find(visitor).await?
        && let Err(error) = sessions::end(&person.ground, &person.user, person.session.id).await
    {
        return Ok(refusal(error));
    }
    Ok(response)
}
