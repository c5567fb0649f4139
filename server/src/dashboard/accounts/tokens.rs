//! `POST /w/{workspace}/accounts/{sid}/tokens`: rotating the auth token with two of them.

use poem::{Response, handler, web::Path};
use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{accounts::AccountPatch, values::Secret};
use ringhook_web::pages::Errors;
use serde::Deserialize;

use super::show;
use crate::{access::Member, dashboard::fields::Fields, domain::roles::may};

/// What is entered: a token, and what it is to be: `secondary`, or the `only` one.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    auth_token: String,
    #[serde(rename = "as")]
    place: String,
}

/// Stores a token beside the first, or as the only one.
#[handler]
pub async fn store(
    member: Member<may::SetUp>,
    Path((_, sid)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let token = Secret::new(given.auth_token.trim());
    let patch = match given.place.as_str() {
        "only" => AccountPatch {
            auth_token: Some(token),
            auth_token_secondary: MaybeUndefined::Null,
            ..AccountPatch::default()
        },
        _ => AccountPatch { auth_token_secondary: MaybeUndefined::Value(token), ..AccountPatch::default() },
    };
    let patch = match given.auth_token.trim().is_empty() {
        true => Err(Errors::one("auth_token", "Enter the token.")),
        false => Ok(patch),
    };
    show::change(&member, &sid, "token", patch, |_| {}).await
}

/// Forgets the second token.
#[handler]
pub async fn forget(member: Member<may::SetUp>, Path((_, sid)): Path<(String, String)>) -> Response {
    let patch = AccountPatch { auth_token_secondary: MaybeUndefined::Null, ..AccountPatch::default() };
    show::change(&member, &sid, "token", Ok(patch), |_| {}).await
}
