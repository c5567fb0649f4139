//! `POST /w/{workspace}/accounts/{sid}/keys`: the Twilio API keys that sign devices' access tokens.

use poem::{Response, handler, web::Path};
use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{
    accounts::{AccountApiKeyPatch, AccountPatch},
    values::Secret,
};
use ringhook_web::pages::{Errors, Notice};
use serde::Deserialize;

use super::show;
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{Result, accounts, roles::may},
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    key_sid: String,
    key_secret: String,
}

/// Stores a key, or a known one's new secret.
#[handler]
pub async fn store(
    member: Member<may::SetUp>,
    Path((_, sid)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let key = AccountApiKeyPatch {
        sid: given.key_sid.trim().to_owned(),
        secret: Some(Secret::new(given.key_secret.trim())),
    };
    let named = key.sid.clone();
    let set = list(&member, &sid, &named, Some(key)).await;
    answer(&member, &sid, &named, set).await
}

/// Forgets a key.
#[handler]
pub async fn forget(
    member: Member<may::SetUp>,
    Path((_, sid, key)): Path<(String, String, String)>,
) -> Response {
    let set = list(&member, &sid, &key, None).await;
    answer(&member, &sid, &key, set).await
}

/// Sets the list: as it is but for the key `named`, which is `key` from now on.
async fn list(
    member: &Member<may::SetUp>,
    sid: &str,
    named: &str,
    key: Option<AccountApiKeyPatch>,
) -> Result<()> {
    let workspace = member.workspace.id;
    let known = accounts::get(&member.ground, workspace, sid).await?;
    let others = known.key_sids.into_iter().filter(|sid| sid != named);
    let others = others.map(|sid| AccountApiKeyPatch { sid, secret: None });
    let api_keys = MaybeUndefined::Value(others.chain(key).collect());
    let patch = AccountPatch { api_keys, ..AccountPatch::default() };
    accounts::patch(&member.ground, workspace, sid, patch).await.map(drop)
}

async fn answer(member: &Member<may::SetUp>, sid: &str, named: &str, set: Result<()>) -> Response {
    let error = match set {
        Ok(()) => {
            let path = super::path(&member.workspace.slug, sid);
            return see_other(&format!("{path}?done={}", Notice::Saved.word()));
        }
        Err(error) => error,
    };
    match errors_of(error) {
        Ok(errors) => {
            let entered = |view: &mut ringhook_web::pages::AccountPage| named.clone_into(&mut view.key_sid);
            show::again(member, sid, ("key", of_the_form(&errors)), entered).await
        }
        Err(response) => response,
    }
}

/// The API counts the keys; the form has one.
fn of_the_form(errors: &Errors) -> Errors {
    let named = errors.iter().map(|(field, detail)| match field.rsplit('/').next() {
        Some("sid") => ("key_sid".to_owned(), detail.to_owned()),
        _ => ("key_secret".to_owned(), detail.to_owned()),
    });
    named.collect()
}
