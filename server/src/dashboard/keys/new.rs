//! `/w/{workspace}/keys/new`.

use std::time::Duration;

use poem::{Response, handler, http::StatusCode};
use ringhook_openapi::Scope;
use ringhook_web::pages::{Choice, Errors, Here, NewKey};

use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of},
        frame::frame,
    },
    domain::{
        api_keys::{self, NewApiKey},
        roles::may,
    },
    http::page::page,
};

/// Days after which a key may end, and what to call it; empty for never.
const ENDS: [(&str, &str); 4] =
    [("", "Never"), ("30", "After 30 days"), ("90", "After 90 days"), ("365", "After a year")];
const DAY: Duration = Duration::from_secs(86_400);

const fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::BindingsRead => "Read bindings",
        Scope::BindingsWrite => "Register, change and remove bindings",
        Scope::DeliveriesRead => "Read calls and what became of them",
        Scope::CallsTest => "Make test calls",
        Scope::WorkspaceRead => "Read accounts, providers and settings",
        Scope::WorkspaceWrite => "Change accounts, providers and settings",
    }
}

/// What is entered: `name`, `scope` as often as one is chosen, `days`.
#[derive(Default)]
struct Given {
    name: String,
    scopes: Vec<String>,
    days: String,
}

impl Given {
    fn of(fields: Vec<(String, String)>) -> Self {
        let mut given = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => given.name = value,
                "scope" => given.scopes.push(value),
                "days" => given.days = value,
                _ => {}
            }
        }
        given
    }
}

fn view(member: &Member<may::ManageKeys>, given: Given, errors: Errors) -> NewKey {
    let scopes = api_keys::scopes_of(member.role).into_iter().map(|scope| {
        let value = scope.to_string();
        Choice { chosen: given.scopes.contains(&value), value, words: words(scope) }
    });
    let ends = ENDS.map(|(days, words)| Choice { value: days.into(), words, chosen: days == given.days });
    NewKey {
        frame: frame(member, Here::Keys),
        name: given.name,
        scopes: scopes.collect(),
        ends: ends.into(),
        errors,
    }
}

/// The form.
#[handler]
pub fn form(member: Member<may::ManageKeys>) -> Response {
    page(StatusCode::OK, &view(&member, Given::default(), Errors::default()))
}

/// Makes the key, and shows it.
#[handler]
pub async fn make(
    member: Member<may::ManageKeys>,
    Fields(fields): Fields<Vec<(String, String)>>,
) -> Response {
    let given = Given::of(fields);
    let known = ENDS.iter().any(|(days, _)| *days == given.days);
    let scopes: Option<Vec<Scope>> = given.scopes.iter().map(|scope| scope.parse().ok()).collect();
    let Some(scopes) = scopes.filter(|_| known) else {
        let errors = Errors::one("form", "Choose scopes and end from the form.");
        return page(StatusCode::UNPROCESSABLE_ENTITY, &view(&member, given, errors));
    };
    let days = given.days.parse::<u32>().ok();
    let expires_at = days.map(|days| member.ground.clock.now() + DAY * days);
    let new = NewApiKey { name: given.name.clone(), scopes, expires_at };
    match api_keys::create(&member.ground, member.workspace.id, member.role, new).await {
        Ok(made) => super::shown(&member, &made, None),
        Err(error) => match errors_of(error) {
            Ok(errors) => page(StatusCode::UNPROCESSABLE_ENTITY, &view(&member, given, errors)),
            Err(response) => response,
        },
    }
}
