//! Webhook tokens.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    Scope,
    body::OptionalBody,
    page::Page,
    problem::ApiProblem,
    values::Secret,
    webhook_tokens::{NewWebhookToken, WebhookToken},
};

use super::{
    Noun,
    answers::{Created, Gone},
    paging::{self, Limit, page},
};
use crate::{
    access::{
        Allowed,
        need::{WorkspaceRead, WorkspaceWrite},
    },
    app::App,
    domain::webhook_tokens::{self, Shown},
    store::WebhookTokenId,
};

pub struct WebhookTokens;

#[OpenApi(tag = "Noun::WebhookTokens")]
impl WebhookTokens {
    /// List webhook tokens
    ///
    /// Those that hold, in the order of making. `webhook_url` is left out for a key without the scope
    /// `workspace:write`: who has the URL is half way to ringing devices.
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/webhook-tokens", method = "get", operation_id = "listWebhookTokens")]
    async fn list(
        &self,
        auth: Allowed<WorkspaceRead>,
        app: Data<&Arc<App>>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<WebhookToken>>, ApiProblem> {
        let limit = limit.0.get()?;
        let after: Option<WebhookTokenId> = paging::id("cursor", cursor.0.as_ref())?;
        let mut found = webhook_tokens::list(&auth.ground, auth.workspace).await?;
        found.retain(|token| after.is_none_or(|after| token.row.id > after));
        let may_write = auth.may(Scope::WorkspaceWrite);
        let wire = |token| {
            let shown = wire(&app, token);
            WebhookToken { webhook_url: shown.webhook_url.filter(|_| may_write), ..shown }
        };
        Ok(Json(page(found, limit, |token| token.row.id.to_string(), wire)))
    }

    /// Rotate the webhook token
    ///
    /// Makes a new one; those before hold for another `grace_seconds`, at most 30 days. Code of 409:
    /// `too_many_webhook_tokens`.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/webhook-tokens", method = "post", operation_id = "createWebhookToken")]
    async fn create(
        &self,
        auth: Allowed<WorkspaceWrite>,
        app: Data<&Arc<App>>,
        body: OptionalBody<NewWebhookToken>,
    ) -> Result<Created<WebhookToken>, ApiProblem> {
        let token = webhook_tokens::create(&auth.ground, auth.workspace, body.0).await?;
        Ok(Created::new(wire(&app, token)))
    }

    /// End a webhook token
    ///
    /// At once, without the rest of its grace. Code of 409: `last_webhook_token` for the one that lasts.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/webhook-tokens/:id", method = "delete", operation_id = "deleteWebhookToken")]
    async fn delete(&self, auth: Allowed<WorkspaceWrite>, id: Path<String>) -> Result<Gone, ApiProblem> {
        let id = paging::id_of("webhook token", &id)?;
        webhook_tokens::delete(&auth.ground, auth.workspace, id).await?;
        Ok(Gone::Gone)
    }
}

fn wire(app: &App, Shown { row, token }: Shown) -> WebhookToken {
    let url = format!("{}/hooks/{}", app.config.public_base(), *token);
    WebhookToken {
        id: row.id.to_string(),
        created_at: row.created_at.utc().into(),
        expires_at: row.ends_at.map(|at| at.utc().into()),
        webhook_url: Some(Secret::new(url)),
    }
}
