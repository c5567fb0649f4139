//! `POST /w/{workspace}/keys/{id}/roll`.

use std::time::Duration;

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::pages::Errors;
use serde::Deserialize;

use super::show::{self, OVERLAPS};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{api_keys, roles::may},
    http::page::nothing_here,
    store::ApiKeyId,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    overlap: String,
}

/// Makes the new key, and shows it.
#[handler]
pub async fn roll(
    member: Member<may::ManageKeys>,
    Path((_, text)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = text.parse::<ApiKeyId>() else { return nothing_here() };
    let wrong = |errors| show::answer(&member, &text, StatusCode::UNPROCESSABLE_ENTITY, ("roll", errors));
    let chosen = OVERLAPS.iter().find(|(seconds, _)| seconds.to_string() == given.overlap);
    let Some((seconds, _)) = chosen else {
        return wrong(Errors::one("overlap", "Choose how long it still holds.")).await;
    };
    let overlap = Duration::from_secs((*seconds).into());
    match api_keys::roll(&member.ground, member.workspace.id, member.role, id, overlap).await {
        Ok(made) => {
            let until = (*seconds > 0).then(|| made.row.created_at + overlap);
            super::shown(&member, &made, until)
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => wrong(errors).await,
            Err(response) => response,
        },
    }
}
