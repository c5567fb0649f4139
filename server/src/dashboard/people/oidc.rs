//! `/login/oidc`, and its callback.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Message, Notice},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Jar, Person, Visitor, throttle::Attempt},
    config::Signup as Rule,
    dashboard::{
        fields::{errors_of, refusal},
        people::entry,
    },
    domain::{
        DomainError,
        people::oidc::{self, Back},
    },
    http::page::{nothing_here, page, see_other},
    oidc::{Claims, OidcFault},
    store::UserId,
};

/// Where to go afterwards.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: String,
}

/// Sends the browser to the provider, and remembers that in it.
#[handler]
pub async fn start(visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match set_out(&visitor, &asked.next, None).await {
        Ok((url, token)) => {
            let mut response = see_other(&url);
            visitor.keep(Jar::Step, &mut response, &token);
            response
        }
        Err(response) => response,
    }
}

/// Where the provider is, and the token of the step that waits for it.
pub async fn set_out(
    visitor: &Visitor,
    next: &str,
    link: Option<UserId>,
) -> Result<(String, String), Response> {
    let provider = visitor.app.oidc.as_ref().ok_or_else(nothing_here)?;
    if !visitor.throttle().admits(Attempt::Login, &visitor.from.address, "") {
        return Err(page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down()));
    }
    let (url, secrets) = provider.start().await.map_err(|fault| failed(&fault))?;
    let token = oidc::leave(&visitor.ground, secrets, next, link).await.map_err(refusal)?;
    Ok((url, token))
}

fn failed(fault: &OidcFault) -> Response {
    tracing::warn!(%fault, "nobody came in through the OpenID provider");
    match fault {
        OidcFault::Unreachable(_) => page(StatusCode::BAD_GATEWAY, &Message::oidc_unreachable()),
        OidcFault::Unproved(_) => said("The provider’s answer did not prove who you are."),
    }
}

fn said(text: &str) -> Response {
    page(StatusCode::FORBIDDEN, &Message::oidc_refused(text))
}

/// What the provider sends the browser back with (RFC 6749, section 4.1.2).
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    code: String,
    state: String,
    error: String,
}

/// Somebody is back: they come in, or their account is linked.
#[handler]
pub async fn callback(visitor: Visitor, Query(answer): Query<Answer>) -> Response {
    let Some(provider) = &visitor.app.oidc else { return nothing_here() };
    let token = visitor.cookie(Jar::Step).unwrap_or_default();
    let back = match oidc::come_back(&visitor.ground, token, &answer.state).await {
        Ok(back) => back,
        Err(DomainError::NotFound(_)) => {
            return page(StatusCode::FORBIDDEN, &Message::link_gone(("Log in", paths::LOGIN)));
        }
        Err(error) => return refusal(error),
    };
    if !answer.error.is_empty() {
        return said("The provider did not let you in, or you turned back.");
    }
    match provider.finish(answer.code, &back.secrets).await {
        Ok(claims) => arrived(visitor, back, claims).await,
        Err(fault) => failed(&fault),
    }
}

async fn arrived(visitor: Visitor, back: Back, claims: Claims) -> Response {
    let Some(owner) = back.link else {
        let may_sign_up = visitor.app.config.signup == Rule::Open;
        return match oidc::admit(&visitor.ground, claims, may_sign_up).await {
            Ok(user) => entry::admitted(&visitor, &user, &back.next).await,
            Err(error) => told(error),
        };
    };
    // Whoever is logged in by now must be who set out to link.
    match Person::find(visitor).await {
        Ok(Ok(person)) if person.user.id == owner => {
            match oidc::link(&person.ground, &person.user, claims).await {
                Ok(()) => see_other(&format!("{}?done={}", paths::ACCOUNT, Notice::Saved.word())),
                Err(error) => told(error),
            }
        }
        Ok(_) => see_other(paths::LOGIN),
        Err(error) => error.into_response(),
    }
}

fn told(error: DomainError) -> Response {
    match errors_of(error) {
        Ok(errors) => said(errors.of("form")),
        Err(response) => response,
    }
}
