//! `/login/passkey`, and what a script asks of us for it.

use poem::{
    Response, handler,
    http::{StatusCode, header},
};
use ringhook_web::{pages::Message, paths};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    access::{Jar, Visitor, throttle::Attempt},
    dashboard::{
        fields::{Fields, refusal},
        people::entry,
    },
    domain::{DomainError, people::passkeys},
    http::page::{nothing_here, page, see_other},
};

fn json(status: StatusCode, value: &Value) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(value.to_string())
}

/// What the browser is asked.
pub fn asked(question: &Value) -> Response {
    json(StatusCode::OK, question)
}

/// What is wrong with the form, for the script to show.
pub fn refused(error: DomainError) -> Response {
    let detail = match error {
        DomainError::Invalid(faults) => {
            faults.into_iter().map(|fault| fault.detail).collect::<Vec<_>>().join(" ")
        }
        DomainError::Conflict { detail, .. } => detail,
        error => return refusal(error),
    };
    json(StatusCode::UNPROCESSABLE_ENTITY, &json!({"detail": detail}))
}

/// Where to go afterwards.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: String,
}

/// The browser's question, as JSON.
#[handler]
pub async fn options(visitor: Visitor, Fields(asked): Fields<Asked>) -> Response {
    let Some(party) = &visitor.app.passkeys else { return nothing_here() };
    if !visitor.throttle().admits(Attempt::Login, &visitor.from.address, "") {
        return json(StatusCode::TOO_MANY_REQUESTS, &json!({"detail": "Too many tries; wait a minute."}));
    }
    match passkeys::ask(&visitor.ground, party, &asked.next).await {
        Ok((question, token)) => {
            let mut response = self::asked(&question);
            visitor.keep(Jar::Step, &mut response, &token);
            response
        }
        Err(error) => refusal(error),
    }
}

/// What the browser answered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    credential: String,
}

/// Logs in whose passkey it is: their device has verified them, so that no second factor is asked.
#[handler]
pub async fn log_in(visitor: Visitor, Fields(given): Fields<Given>) -> Response {
    let Some(party) = &visitor.app.passkeys else { return nothing_here() };
    if !visitor.throttle().admits(Attempt::Login, &visitor.from.address, "") {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let token = visitor.cookie(Jar::Step).unwrap_or_default();
    match passkeys::answered(&visitor.ground, party, token, &given.credential).await {
        Ok((user, next)) => entry::enter(&visitor, &user, &next).await,
        Err(DomainError::NotFound(_)) => see_other(paths::LOGIN),
        Err(DomainError::Invalid(faults)) => {
            tracing::info!(?faults, "a passkey was refused");
            page(StatusCode::UNPROCESSABLE_ENTITY, &Message::passkey_refused())
        }
        Err(error) => refusal(error),
    }
}
