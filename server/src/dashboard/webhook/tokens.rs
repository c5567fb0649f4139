//! `POST /w/{workspace}/webhook/tokens`, and ending one.

use poem::{Response, handler, web::Path};
use ringhook_openapi::webhook_tokens::NewWebhookToken;
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use super::show;
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{Result, roles::may, webhook_tokens},
    http::page::{nothing_here, see_other},
    store::WebhookTokenId,
};

/// What is chosen: for how many seconds the older tokens still hold.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    grace: String,
}

/// Makes a new token.
#[handler]
pub async fn make(member: Member<may::SetUp>, Fields(given): Fields<Given>) -> Response {
    let Ok(grace_seconds) = given.grace.parse() else {
        return show::again(&member, "Choose how long the URL until now still holds.".into()).await;
    };
    let new = NewWebhookToken { grace_seconds };
    let made = webhook_tokens::create(&member.ground, member.workspace.id, new).await.map(drop);
    answer(&member, made).await
}

/// Ends a token at once.
#[handler]
pub async fn end(member: Member<may::SetUp>, Path((_, id)): Path<(String, String)>) -> Response {
    let Ok(id) = id.parse::<WebhookTokenId>() else { return nothing_here() };
    answer(&member, webhook_tokens::delete(&member.ground, member.workspace.id, id).await).await
}

async fn answer(member: &Member<may::SetUp>, done: Result<()>) -> Response {
    let error = match done {
        Ok(()) => {
            let path = paths::workspace(&member.workspace.slug, "/webhook");
            return see_other(&format!("{path}?done={}", Notice::Saved.word()));
        }
        Err(error) => error,
    };
    match errors_of(error) {
        Ok(errors) => {
            let faults: Vec<&str> = errors.iter().map(|(_, detail)| detail).collect();
            show::again(member, faults.join(" ")).await
        }
        Err(response) => response,
    }
}
