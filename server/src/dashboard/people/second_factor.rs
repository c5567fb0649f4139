//! `/login/code`, `/login/recovery`: the second step of a login.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::{
    pages::{Errors, LoginCode, Message},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Jar, Visitor, throttle::Attempt},
    dashboard::{
        fields::{Fields, errors_of, refusal},
        people::entry,
    },
    domain::{DomainError, people::second_factor},
    http::page::{page, see_other},
};

async fn form_of(visitor: Visitor, recovery: bool) -> Response {
    let token = visitor.cookie(Jar::Step).unwrap_or_default();
    match second_factor::whose(&visitor.ground, token).await {
        Ok(Some(_)) => page(StatusCode::OK, &LoginCode { recovery, errors: Errors::default() }),
        Ok(None) => see_other(paths::LOGIN),
        Err(error) => refusal(error),
    }
}

/// The form for the app's code; without a first step there is no second.
#[handler]
pub async fn code_form(visitor: Visitor) -> Response {
    form_of(visitor, false).await
}

/// The form for a recovery code.
#[handler]
pub async fn recovery_form(visitor: Visitor) -> Response {
    form_of(visitor, true).await
}

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    code: String,
}

async fn pass(visitor: Visitor, code: &str, recovery: bool) -> Response {
    let token = visitor.cookie(Jar::Step).unwrap_or_default();
    let user = match second_factor::whose(&visitor.ground, token).await {
        Ok(user) => user.map_or_else(String::new, |user| user.to_string()),
        Err(error) => return refusal(error),
    };
    // The step itself counts five tries; this is for who begins many. A step needs the first factor, so no stranger can
    // use up a person's tries.
    if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, &user) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let passed = match recovery {
        true => second_factor::with_recovery_code(&visitor.ground, token, code).await,
        false => second_factor::with_code(&visitor.ground, token, code).await,
    };
    match passed {
        Ok(passed) => {
            visitor.app.mailer.wake();
            entry::enter(&visitor, &passed.user, &passed.next).await
        }
        Err(DomainError::NotFound(_)) => {
            let mut response = see_other(paths::LOGIN);
            visitor.forget(Jar::Step, &mut response);
            response
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => page(StatusCode::UNPROCESSABLE_ENTITY, &LoginCode { recovery, errors }),
            Err(response) => response,
        },
    }
}

/// Takes the app's code.
#[handler]
pub async fn take_code(visitor: Visitor, Fields(given): Fields<Given>) -> Response {
    pass(visitor, &given.code, false).await
}

/// Takes a recovery code.
#[handler]
pub async fn take_recovery(visitor: Visitor, Fields(given): Fields<Given>) -> Response {
    pass(visitor, &given.code, true).await
}
