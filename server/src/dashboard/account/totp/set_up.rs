//! `/account/totp`.

use poem::{Response, handler, http::StatusCode};
use qrcode::{QrCode, render::svg};
use ringhook_web::{
    pages::{Errors, Frame, Here, Message, TotpSetUp},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Jar, Person},
    dashboard::{
        fields::{Fields, errors_of, refusal},
        people::guarded,
    },
    domain::{
        DomainError, Result,
        people::{account, totp},
    },
    http::page::{page, see_other},
};

/// The code to scan, without the prolog that a document of its own would have.
fn drawn(url: &str) -> Result<String> {
    let code = QrCode::new(url).map_err(|error| DomainError::Failed(format!("a QR code: {error}")))?;
    let document = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    let start = document.find("<svg").unwrap_or_default();
    Ok(document[start..].to_owned())
}

async fn form_with(person: &Person, status: StatusCode, errors: Errors) -> Response {
    let begun = totp::begin(&person.ground, &person.user, person.visitor.cookie(Jar::Step)).await;
    let (set_up, code) = match begun.and_then(|set_up| Ok((drawn(&set_up.url)?, set_up))) {
        Ok((code, set_up)) => (set_up, code),
        Err(error) => return refusal(error),
    };
    let view = TotpSetUp {
        frame: Frame::personal(&person.user.email, Here::Account),
        code,
        secret: set_up.secret,
        has_password: person.user.password_hash.is_some(),
        errors,
    };
    let mut response = page(status, &view);
    if let Some(token) = set_up.token {
        person.visitor.keep(Jar::Step, &mut response, &token);
    }
    response
}

/// The secret to scan; who has an app already is led back.
#[handler]
pub async fn form(person: Person) -> Response {
    match person.user.totp_secret {
        Some(_) => see_other(paths::ACCOUNT),
        None => form_with(&person, StatusCode::OK, Errors::default()).await,
    }
}

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    code: String,
    current_password: String,
}

async fn finished(person: &Person, given: Given) -> Result<Vec<String>> {
    account::confirm(&person.ground, &person.user, &person.session, given.current_password).await?;
    let token = person.visitor.cookie(Jar::Step).unwrap_or_default();
    totp::finish(&person.ground, &person.user, token, &given.code).await
}

/// Turns it on, and shows the recovery codes.
#[handler]
pub async fn turn_on(person: Person, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&person) {
        return refused;
    }
    match finished(&person, given).await {
        Ok(codes) => {
            let mut response = super::shown(&person, codes);
            person.visitor.forget(Jar::Step, &mut response);
            response
        }
        Err(DomainError::NotFound(_)) => {
            page(StatusCode::CONFLICT, &Message::link_gone(("Begin again", "/account/totp")))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => form_with(&person, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
            Err(response) => response,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_an_element_that_the_page_may_hold() {
        let url = format!("otpauth://totp/Ringhook:{}?secret=GEZDGNBV", "a".repeat(250));
        let drawn = drawn(&url).expect("a code");
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"));
        assert!(!drawn.contains("style=") && !drawn.contains("<script"));
    }
}
