//! `/w/{workspace}/accounts/new`, and an account that is only simulated.

use poem::{Response, handler, http::StatusCode};
use rand::Rng;
use ringhook_openapi::{accounts::NewAccount as New, values::Secret};
use ringhook_web::{
    pages::{Errors, Here, NewAccount, Notice},
    paths,
};
use serde::Deserialize;

use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of},
        frame::frame,
    },
    domain::{accounts, roles::may},
    http::page::{page, see_other},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    account_sid: String,
    auth_token: String,
    friendly_name: String,
}

/// Where to go on.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Then {
    then: String,
}

fn view(member: &Member<may::SetUp>, given: Given, errors: Errors) -> NewAccount {
    NewAccount {
        frame: frame(member, Here::Accounts),
        account_sid: given.account_sid,
        friendly_name: given.friendly_name,
        errors,
    }
}

/// The form.
#[handler]
pub fn form(member: Member<may::SetUp>) -> Response {
    page(StatusCode::OK, &view(&member, Given::default(), Errors::default()))
}

/// Connects the account.
#[handler]
pub async fn connect(member: Member<may::SetUp>, Fields(given): Fields<Given>) -> Response {
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let new = New {
        account_sid: given.account_sid.trim().to_owned(),
        friendly_name: named(&given.friendly_name),
        auth_token: Secret::new(given.auth_token.trim()),
        auth_token_secondary: None,
        api_keys: Vec::new(),
        signature_policy: None,
    };
    make(&member, new, given, "/accounts").await
}

async fn make(member: &Member<may::SetUp>, new: New, given: Given, then: &str) -> Response {
    match accounts::create(&member.ground, member.workspace.id, new).await {
        Ok(_) => {
            let path = paths::workspace(&member.workspace.slug, then);
            see_other(&format!("{path}?done={}", Notice::AccountConnected.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => page(StatusCode::UNPROCESSABLE_ENTITY, &view(member, given, errors)),
            Err(response) => response,
        },
    }
}

/// Connects an account that no Twilio knows, for trying without one.
#[handler]
pub async fn simulate(member: Member<may::SetUp>, Fields(asked): Fields<Then>) -> Response {
    let then = if asked.then == "test-device" { "/test-device" } else { "/accounts" };
    let random = || format!("{:032x}", rand::rng().random::<u128>());
    let new = New {
        account_sid: format!("AC{}", random()),
        friendly_name: Some("Simulated account".into()),
        auth_token: Secret::new(random()),
        auth_token_secondary: None,
        api_keys: Vec::new(),
        signature_policy: None,
    };
    make(&member, new, Given::default(), then).await
}
