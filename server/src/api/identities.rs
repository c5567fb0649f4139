//! Persons, as far as they are known here: by their identity.

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{bindings::Erased, problem::ApiProblem};

use super::Noun;
use crate::{
    access::{Allowed, need::BindingsWrite},
    domain::identities,
};

pub struct Identities;

#[OpenApi(tag = "Noun::Identities")]
impl Identities {
    /// Erase a person
    ///
    /// Deletes every binding of the identity within the account, and every call to it in the log. What is being rung at
    /// this moment may still ring. It cannot be undone.
    ///
    /// Scope: `bindings:write`.
    #[oai(path = "/identities/:identity", method = "delete", operation_id = "eraseIdentity")]
    async fn erase(
        &self,
        auth: Allowed<BindingsWrite>,
        identity: Path<String>,
        account_sid: Query<String>,
    ) -> Result<Json<Erased>, ApiProblem> {
        let erased = identities::erase(&auth.ground, auth.workspace, &account_sid.0, &identity.0).await?;
        Ok(Json(Erased { bindings: erased.bindings as u64, notifications: erased.notifications as u64 }))
    }
}
