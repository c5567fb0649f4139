//! The workspace's own settings.

use poem_openapi::{OpenApi, payload::Json};
use ringhook_openapi::{
    body::PatchBody,
    problem::ApiProblem,
    workspace::{Workspace, WorkspacePatch},
};

use super::Noun;
use crate::{
    access::{
        Allowed,
        need::{WorkspaceRead, WorkspaceWrite},
    },
    domain::settings,
    store::workspaces as rows,
};

pub struct WorkspaceSettings;

#[OpenApi(tag = "Noun::Workspace")]
impl WorkspaceSettings {
    /// Show the workspace
    ///
    /// The one that the API key belongs to.
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/workspace", method = "get", operation_id = "getWorkspace")]
    async fn get(&self, auth: Allowed<WorkspaceRead>) -> Result<Json<Workspace>, ApiProblem> {
        Ok(Json(wire(settings::get(&auth.ground, auth.workspace).await?)))
    }

    /// Change the workspace
    ///
    /// A JSON merge patch, in force from the next call on. `answer_within_ms` is 0 to 10000, `ring_ttl_seconds` 5 to
    /// 120, `retention_days` 1 to 365.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/workspace", method = "patch", operation_id = "updateWorkspace")]
    async fn patch(
        &self,
        auth: Allowed<WorkspaceWrite>,
        body: PatchBody<WorkspacePatch>,
    ) -> Result<Json<Workspace>, ApiProblem> {
        Ok(Json(wire(settings::patch(&auth.ground, auth.workspace, body.0).await?)))
    }
}

fn wire(row: rows::Workspace) -> Workspace {
    // Columns are signed, as databases have them; what they hold is not.
    let number = |column: i32| column.max(0).unsigned_abs();
    Workspace {
        id: row.id.to_string(),
        name: row.name,
        answer: row.answer.0,
        answer_within_ms: number(row.answer_within_ms),
        ring_ttl_seconds: number(row.ring_ttl_seconds),
        retention_days: number(row.retention_days),
        time_zone: row.time_zone,
    }
}
