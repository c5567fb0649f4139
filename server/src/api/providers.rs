//! Push providers.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    ProviderKind,
    body::{Body, PatchBody},
    page::Page,
    problem::ApiProblem,
    providers::{NewProvider, Provider, ProviderCheck, ProviderPatch},
    values::JsonObject,
};
use serde_json::Value;

use super::{
    Noun,
    answers::{Created, Gone},
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::{
        Allowed,
        need::{WorkspaceRead, WorkspaceWrite},
    },
    app::App,
    domain::{provider_checks, providers},
    store::providers as rows,
};

pub struct Providers;

const NOUN: &str = "provider";

#[OpenApi(tag = "Noun::Providers")]
impl Providers {
    /// List providers
    ///
    /// In the order of making.
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/providers", method = "get", operation_id = "listProviders")]
    async fn list(
        &self,
        auth: Allowed<WorkspaceRead>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Provider>>, ApiProblem> {
        let limit = limit.0.get()?;
        let after = paging::id("cursor", cursor.0.as_ref())?;
        let found = providers::list(&auth.ground, auth.workspace, after, one_more(limit)).await?;
        Ok(Json(page(found, limit, |row| row.id.to_string(), wire)))
    }

    /// Set up a provider
    ///
    /// Nothing is sent to the network; a check asks it. The first provider of a kind is its default. Codes of 422:
    /// `validation_failed`, `kind_not_supported`.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/providers", method = "post", operation_id = "createProvider")]
    async fn create(
        &self,
        auth: Allowed<WorkspaceWrite>,
        body: Body<NewProvider>,
    ) -> Result<Created<Provider>, ApiProblem> {
        Ok(Created::new(wire(providers::create(&auth.ground, auth.workspace, body.0).await?)))
    }

    /// Show a provider
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/providers/:id", method = "get", operation_id = "getProvider")]
    async fn get(
        &self,
        auth: Allowed<WorkspaceRead>,
        id: Path<String>,
    ) -> Result<Json<Provider>, ApiProblem> {
        let id = paging::id_of(NOUN, &id)?;
        Ok(Json(wire(providers::get(&auth.ground, auth.workspace, id).await?)))
    }

    /// Change a provider
    ///
    /// A JSON merge patch. With new credentials or another environment it is `untested` again.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/providers/:id", method = "patch", operation_id = "updateProvider")]
    async fn patch(
        &self,
        auth: Allowed<WorkspaceWrite>,
        id: Path<String>,
        body: PatchBody<ProviderPatch>,
    ) -> Result<Json<Provider>, ApiProblem> {
        let id = paging::id_of(NOUN, &id)?;
        Ok(Json(wire(providers::patch(&auth.ground, auth.workspace, id, body.0).await?)))
    }

    /// Delete a provider
    ///
    /// Refused with 409 `provider_in_use` while bindings ring through it. When it was the default of its kind, the
    /// oldest that is left becomes it.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/providers/:id", method = "delete", operation_id = "deleteProvider")]
    async fn delete(&self, auth: Allowed<WorkspaceWrite>, id: Path<String>) -> Result<Gone, ApiProblem> {
        providers::delete(&auth.ground, auth.workspace, paging::id_of(NOUN, &id)?).await?;
        Ok(Gone::Gone)
    }

    /// Check a provider
    ///
    /// Asks the network whether it takes the credentials, ringing nobody, and keeps what it says as `status`.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/providers/:id/checks", method = "post", operation_id = "createProviderCheck")]
    async fn check(
        &self,
        auth: Allowed<WorkspaceWrite>,
        app: Data<&Arc<App>>,
        id: Path<String>,
    ) -> Result<Json<ProviderCheck>, ApiProblem> {
        let id = paging::id_of(NOUN, &id)?;
        let checked = provider_checks::create(&auth.ground, &app.network, auth.workspace, id).await?;
        Ok(Json(ProviderCheck {
            status: checked.status,
            status_reason: checked.reason,
            checked_at: checked.at.utc().into(),
        }))
    }
}

fn wire(row: rows::Provider) -> Provider {
    let fact = |key: &str| row.facts.0.get(key).and_then(Value::as_str).map(str::to_owned);
    let topics = row.facts.0.get("topics").and_then(Value::as_array);
    let topics = topics.map(|topics| topics.iter().filter_map(|topic| topic.as_str().map(str::to_owned)));
    Provider {
        project_id: fact("project_id"),
        client_email: fact("client_email"),
        bundle_id: fact("bundle_id"),
        key_id: fact("key_id"),
        team_id: fact("team_id"),
        topics: topics.map(Iterator::collect),
        vapid_public_key: None,
        app_id: None,
        secret: None,
        id: row.id.to_string(),
        kind: row.kind.0,
        name: row.name,
        is_default: row.is_default,
        environment: (row.kind.0 == ProviderKind::Apns).then_some(row.environment.0),
        settings: JsonObject(row.settings.0.as_object().cloned().unwrap_or_default()),
        status: row.status.0,
        status_reason: row.status_reason,
        expires_at: row.expires_at.map(|at| at.utc().into()),
    }
}
