//! `POST /w/{workspace}/test-device/token`: a client token for the reader's browser, as an app's server would get one.

use std::sync::Arc;

use poem::{Response, handler, http::StatusCode, web::Data};
use ringhook_openapi::client_tokens::NewClientToken;
use serde_json::json;

use super::{Given, json, told};
use crate::{
    access::{Member, device_token},
    app::App,
    dashboard::fields::{Fields, errors_of},
    domain::{client_tokens, roles::may},
};

/// How long the browser may be a device, in seconds; the page says so. Short, since it holds though its maker is removed.
const TTL_SECONDS: u32 = 15 * 60;

/// Makes the token.
#[handler]
pub async fn make(
    member: Member<may::Bind>,
    Data(app): Data<&Arc<App>>,
    Fields(given): Fields<Given>,
) -> Response {
    let new = NewClientToken {
        account_sid: given.account_sid,
        identity: given.identity.trim().to_owned(),
        ttl_seconds: TTL_SECONDS,
    };
    let grant = match client_tokens::create(&member.ground, member.workspace.id, new).await {
        Ok(grant) => grant,
        Err(error) => {
            return match errors_of(error) {
                Ok(errors) => json(StatusCode::UNPROCESSABLE_ENTITY, json!({ "detail": told(&errors) })),
                Err(response) => response,
            };
        }
    };
    match device_token::mint(&app.ground.keyring, &grant) {
        Ok(token) => json(StatusCode::OK, json!({ "token": token })),
        Err(fault) => {
            tracing::error!(%fault, "a client token could not be made");
            json(StatusCode::INTERNAL_SERVER_ERROR, json!({ "detail": "The token could not be made." }))
        }
    }
}
