//! Client tokens.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use ringhook_openapi::{
    body::Body,
    client_tokens::{ClientToken, NewClientToken},
    problem::ApiProblem,
    values::Secret,
};

use super::{Noun, answers::Created};
use crate::{
    access::{Allowed, device_token, need::BindingsWrite},
    app::App,
    domain::client_tokens,
};

pub struct ClientTokens;

#[OpenApi(tag = "Noun::ClientTokens")]
impl ClientTokens {
    /// Issue a client token
    ///
    /// For the devices of one user, to be handed to the app. It is shown this once, and ends early when the account is
    /// disconnected or disabled. Codes of 422: `validation_failed`, `account_not_connected`.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/client-tokens", method = "post", operation_id = "createClientToken")]
    async fn create(
        &self,
        auth: Allowed<BindingsWrite>,
        app: Data<&Arc<App>>,
        body: Body<NewClientToken>,
    ) -> Result<Created<ClientToken>, ApiProblem> {
        let grant = client_tokens::create(&auth.ground, auth.workspace, body.0).await?;
        let token = device_token::mint(&app.ground.keyring, &grant)?;
        Ok(Created::new(ClientToken { token: Secret::new(token), expires_at: grant.expires_at.utc().into() }))
    }
}
