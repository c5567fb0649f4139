//! `POST /w/{workspace}/keys/{id}/revoke`.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use super::show;
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{api_keys, roles::may},
    http::page::{nothing_here, see_other},
    store::ApiKeyId,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
}

/// Ends the key, whose name is entered.
#[handler]
pub async fn revoke(
    member: Member<may::ManageKeys>,
    Path((_, text)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = text.parse::<ApiKeyId>() else { return nothing_here() };
    match api_keys::revoke(&member.ground, member.workspace.id, id, &given.name).await {
        Ok(()) => {
            let path = paths::workspace(&member.workspace.slug, "/keys");
            see_other(&format!("{path}?done={}", Notice::KeyRevoked.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                show::answer(&member, &text, StatusCode::UNPROCESSABLE_ENTITY, ("revoke", errors)).await
            }
            Err(response) => response,
        },
    }
}
