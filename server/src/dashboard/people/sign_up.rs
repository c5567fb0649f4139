//! `/signup`, `/verify/{token}`: a new account.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::{
    pages::{CheckMail, Errors, Message, SignUp, Verify},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Jar, Visitor, throttle::Attempt},
    config::Signup as Rule,
    dashboard::{
        fields::{Fields, errors_of, refusal},
        people::entry,
    },
    domain::{
        DomainError,
        people::sign_up::{self, Proof},
    },
    http::page::page,
    secrets,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Account {
    email: String,
    password: String,
}

/// The form.
#[handler]
pub fn form(visitor: Visitor) -> Response {
    match visitor.app.config.signup {
        Rule::Open => page(StatusCode::OK, &SignUp { oidc: visitor.oidc_name(), ..SignUp::default() }),
        Rule::Invite | Rule::Closed => page(StatusCode::FORBIDDEN, &Message::sign_up_closed()),
    }
}

/// Mails the link.
#[handler]
pub async fn ask(visitor: Visitor, Fields(account): Fields<Account>) -> Response {
    if visitor.app.config.signup != Rule::Open {
        return page(StatusCode::FORBIDDEN, &Message::sign_up_closed());
    }
    if !visitor.throttle().admits(Attempt::SignUp, &visitor.from.address, &account.email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let browser = secrets::token("");
    let given = (account.email.as_str(), account.password);
    match sign_up::ask(&visitor.ground, visitor.base(), given, &browser).await {
        Ok(()) => {
            visitor.app.mailer.wake();
            let mut response = check_mail(&visitor, account.email.trim(), "finish signing up");
            visitor.keep(Jar::SignUp, &mut response, &browser);
            response
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let view = SignUp { email: account.email, errors, oidc: visitor.oidc_name() };
                page(StatusCode::UNPROCESSABLE_ENTITY, &view)
            }
            Err(response) => response,
        },
    }
}

/// "Check your mail", whoever is known.
pub(super) fn check_mail(visitor: &Visitor, email: &str, what: &'static str) -> Response {
    let config = &visitor.app.config;
    let outbox = config.mail.smtp.is_none().then(|| config.data_dir.join("outbox").display().to_string());
    page(StatusCode::OK, &CheckMail { email: email.to_owned(), what, outbox })
}

fn gone() -> Response {
    page(StatusCode::NOT_FOUND, &Message::link_gone(("Sign up again", paths::SIGN_UP)))
}

/// The link: the browser that signed up goes straight in, any other is asked who it is.
#[handler]
pub async fn verify_form(visitor: Visitor, Path(token): Path<String>) -> Response {
    if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, "") {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let email = match sign_up::whose(&visitor.ground, &token).await {
        Ok(Some(email)) => email,
        Ok(None) => return gone(),
        Err(error) => return refusal(error),
    };
    if let Some(browser) = visitor.cookie(Jar::SignUp) {
        let proof = Proof::Browser(browser.to_owned());
        match sign_up::prove(&visitor.ground, &token, proof).await {
            Ok(user) => return entry::welcome(&visitor, &user).await,
            Err(DomainError::Invalid(_)) => {}
            Err(DomainError::NotFound(_)) => return gone(),
            Err(error) => return refusal(error),
        }
    }
    page(StatusCode::OK, &Verify { token, email, errors: Errors::default() })
}

/// What shows that it was they who signed up, or a password of their own.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Shown {
    password: String,
    new_password: Option<String>,
}

/// Makes the account.
#[handler]
pub async fn verify(visitor: Visitor, Path(token): Path<String>, Fields(shown): Fields<Shown>) -> Response {
    let email = match sign_up::whose(&visitor.ground, &token).await {
        Ok(Some(email)) => email,
        Ok(None) => return gone(),
        Err(error) => return refusal(error),
    };
    if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, &email) {
        return page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down());
    }
    let is_new = shown.new_password.is_some();
    let proof = shown.new_password.map_or(Proof::Password(shown.password), Proof::NewPassword);
    match sign_up::prove(&visitor.ground, &token, proof).await {
        Ok(user) => entry::welcome(&visitor, &user).await,
        Err(DomainError::NotFound(_)) => gone(),
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let errors = if is_new { Errors::one("new_password", errors.of("password")) } else { errors };
                page(StatusCode::UNPROCESSABLE_ENTITY, &Verify { token, email, errors })
            }
            Err(response) => response,
        },
    }
}
