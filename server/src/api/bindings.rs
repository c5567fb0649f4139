//! Bindings.

use std::{collections::HashMap, sync::Arc};

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    BindingStatus, Channel, ProviderKind,
    bindings::{Binding, BindingPatch, Deleted, NewBinding, NewReactivation, Reactivated},
    body::{Body, PatchBody},
    page::Page,
    problem::ApiProblem,
};

use super::{
    Noun,
    answers::{Gone, Stored},
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::{
        Allowed,
        need::{BindingsRead, BindingsWrite},
    },
    app::App,
    bus::{Bus, Callee},
    domain::{bindings, providers},
    store::{ProviderId, Ts, WorkspaceId, bindings as rows},
};

pub struct Bindings;

const NOUN: &str = "binding";

#[OpenApi(tag = "Noun::Bindings")]
impl Bindings {
    /// Register a device
    ///
    /// Creates a binding (201), or updates the one that has this address or this device (200). A known address moves
    /// to this identity and stops ringing for the one that had it, unless it is registered as `shared`; a new address of a
    /// known `device_id` replaces the old one. Registering makes an inactive binding active again. A call rings at most
    /// a thousand bindings of an identity, those registered last.
    ///
    /// Codes of 422: `validation_failed`, `account_not_connected`, `no_provider`, `kind_not_supported`.
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings", method = "post", operation_id = "registerBinding")]
    async fn register(
        &self,
        auth: Allowed<BindingsWrite>,
        app: Data<&Arc<App>>,
        body: Body<NewBinding>,
    ) -> Result<Stored<Binding>, ApiProblem> {
        let registered = bindings::register(&auth.ground, auth.workspace, body.0).await?;
        let wire = Wire::new(&app, auth.workspace).await?.of(registered.binding);
        Ok(match registered.created {
            true => Stored::Created(Json(wire)),
            false => Stored::Updated(Json(wire)),
        })
    }

    /// List bindings
    ///
    /// In the order of making; every filter that is given must hold. A binding that has expired counts as inactive.
    ///
    /// Scope: `bindings:read`.
    #[allow(clippy::too_many_arguments, reason = "one for each filter")]
    #[oai(path = "/bindings", method = "get", operation_id = "listBindings")]
    async fn list(
        &self,
        auth: Allowed<BindingsRead>,
        app: Data<&Arc<App>>,
        account_sid: Query<Option<String>>,
        identity: Query<Option<String>>,
        channel: Query<Option<Channel>>,
        device_id: Query<Option<String>>,
        tag: Query<Option<String>>,
        /// Only those of this status, as it is stored: a websocket that nobody is connected for is found as `active` here,
        /// and shown as `inactive`.
        status: Query<Option<BindingStatus>>,
        /// Finds those that name this provider, and those that ring through it by default.
        provider_id: Query<Option<String>>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Binding>>, ApiProblem> {
        let limit = limit.0.get()?;
        let after = paging::id("cursor", cursor.0.as_ref())?;
        let provider = paging::id("provider_id", provider_id.0.as_ref())?;
        let filter = rows::BindingFilter {
            account_sid: account_sid.0,
            identity: identity.0,
            channel: channel.0,
            device_id: device_id.0,
            address_hash: None,
            tag: tag.0,
            status: status.0,
            provider: None,
        };
        let found = bindings::list(&auth.ground, auth.workspace, filter, provider, after, one_more(limit));
        let found = found.await?;
        let wire = Wire::new(&app, auth.workspace).await?;
        Ok(Json(page(found, limit, |row| row.id.to_string(), |row| wire.of(row))))
    }

    /// Delete every binding of an identity
    ///
    /// All of a person's devices. To forget one of them, list the bindings of its `device_id` and delete each by its `id`.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings", method = "delete", operation_id = "deleteBindingsOfIdentity")]
    async fn delete_of_identity(
        &self,
        auth: Allowed<BindingsWrite>,
        account_sid: Query<String>,
        identity: Query<String>,
    ) -> Result<Json<Deleted>, ApiProblem> {
        let (sid, identity) = (account_sid.0, identity.0);
        let deleted = bindings::delete_of_identity(&auth.ground, auth.workspace, sid, identity).await?;
        Ok(Json(Deleted { deleted: deleted as u64 }))
    }

    /// Undo deactivations
    ///
    /// Puts bindings back into service that a network called gone, by time and by their `inactive_reason`, which is the
    /// network's word: say after a provider was set up for the wrong environment. What was made inactive by hand stays so.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings/reactivations", method = "post", operation_id = "reactivateBindings")]
    async fn reactivate(
        &self,
        auth: Allowed<BindingsWrite>,
        body: Body<NewReactivation>,
    ) -> Result<Json<Reactivated>, ApiProblem> {
        let asked = body.0;
        let undo = rows::Undo {
            account_sid: asked.account_sid,
            provider_id: paging::id("provider_id", asked.provider_id.as_ref())?,
            reason: asked.reason,
            since: asked.since.map(|time| time.0.into()),
            until: asked.until.map(|time| time.0.into()),
        };
        let reactivated = bindings::reactivate(&auth.ground, auth.workspace, undo).await?;
        Ok(Json(Reactivated { reactivated: reactivated as u64 }))
    }

    /// Show a binding
    ///
    /// Scope: `bindings:read`.
    #[oai(path = "/bindings/:id", method = "get", operation_id = "getBinding")]
    async fn get(
        &self,
        auth: Allowed<BindingsRead>,
        app: Data<&Arc<App>>,
        id: Path<String>,
    ) -> Result<Json<Binding>, ApiProblem> {
        let row = bindings::get(&auth.ground, auth.workspace, paging::id_of(NOUN, &id)?).await?;
        Ok(Json(Wire::new(&app, auth.workspace).await?.of(row)))
    }

    /// Change a binding
    ///
    /// A JSON merge patch. `status: active` undoes a deactivation. Another `address` starts anew: `last_accepted_at` is
    /// cleared. Codes of 409: `address_exists`, `device_exists`.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings/:id", method = "patch", operation_id = "updateBinding")]
    async fn patch(
        &self,
        auth: Allowed<BindingsWrite>,
        app: Data<&Arc<App>>,
        id: Path<String>,
        body: PatchBody<BindingPatch>,
    ) -> Result<Json<Binding>, ApiProblem> {
        let id = paging::id_of(NOUN, &id)?;
        let row = bindings::patch(&auth.ground, auth.workspace, id, body.0).await?;
        Ok(Json(Wire::new(&app, auth.workspace).await?.of(row)))
    }

    /// Delete a binding
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/bindings/:id", method = "delete", operation_id = "deleteBinding")]
    async fn delete(&self, auth: Allowed<BindingsWrite>, id: Path<String>) -> Result<Gone, ApiProblem> {
        bindings::delete(&auth.ground, auth.workspace, paging::id_of(NOUN, &id)?).await?;
        Ok(Gone::Gone)
    }
}

/// Why a binding does not ring that was registered for a time.
const EXPIRED: &str = "expired";
/// Why a binding does not ring that nobody holds the line for.
const NOT_CONNECTED: &str = "not_connected";

/// What a binding's row needs beside it to be shown.
pub(super) struct Wire {
    defaults: HashMap<ProviderKind, ProviderId>,
    now: Ts,
    /// Who knows which sockets are open; none where that is not asked for.
    bus: Option<Arc<Bus>>,
}

impl Wire {
    pub(super) async fn new(app: &App, workspace: WorkspaceId) -> Result<Self, ApiProblem> {
        let defaults = providers::defaults(&app.ground, workspace).await?;
        Ok(Self { defaults, now: app.ground.clock.now(), bus: Some(app.bus.clone()) })
    }

    /// To show bindings as they are stored: neither expired nor away, and with the provider that they name, if they do.
    pub(super) fn stored() -> Self {
        Self { defaults: HashMap::new(), now: Ts::from_micros(0), bus: None }
    }

    /// Whether a socket is open for a binding.
    fn is_connected(&self, row: &rows::Binding) -> bool {
        let Some(bus) = &self.bus else { return true };
        let callee = Callee {
            workspace: row.workspace_id,
            account_sid: row.account_sid.clone(),
            identity: row.identity.clone(),
        };
        bus.is_connected(&callee, row.id)
    }

    pub(super) fn of(&self, row: rows::Binding) -> Binding {
        binding(row, &self.defaults, self.now, &|row| self.is_connected(row))
    }
}

/// A binding as clients read it: with the provider that it rings through, named or by default, and inactive once it has
/// expired or, on a websocket, while nobody is connected for it.
pub fn binding(
    row: rows::Binding,
    defaults: &HashMap<ProviderKind, ProviderId>,
    now: Ts,
    presence: &dyn Fn(&rows::Binding) -> bool,
) -> Binding {
    let by_default = row.channel.0.provider_kind().and_then(|kind| defaults.get(&kind).copied());
    let (status, inactive_reason) = status(&row, now, presence);
    let tags = row.tags.0.as_array().into_iter().flatten();
    Binding {
        id: row.id.to_string(),
        account_sid: row.account_sid,
        identity: row.identity,
        channel: row.channel.0,
        address: row.address,
        keys: None,
        provider_id: row.provider_id.or(by_default).map(|id| id.to_string()),
        environment: row.environment.map(|word| word.0),
        device_id: row.device_id,
        tags: tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        expires_at: row.expires_at.map(|at| at.utc().into()),
        shared: row.shared,
        status,
        inactive_reason,
        created_at: row.created_at.utc().into(),
        updated_at: row.updated_at.utc().into(),
        last_notified_at: row.last_notified_at.map(|at| at.utc().into()),
        last_accepted_at: row.last_accepted_at.map(|at| at.utc().into()),
    }
}

fn status(
    row: &rows::Binding,
    now: Ts,
    presence: &dyn Fn(&rows::Binding) -> bool,
) -> (BindingStatus, Option<String>) {
    use BindingStatus::{Active, Inactive};
    let expired = row.expires_at.is_some_and(|end| end <= now);
    match row.status.0 {
        Inactive => (Inactive, row.inactive_reason.clone()),
        Active if expired => (Inactive, Some(EXPIRED.into())),
        Active if row.channel.0 == Channel::Websocket && !presence(row) => {
            (Inactive, Some(NOT_CONNECTED.into()))
        }
        Active => (Active, None),
    }
}
