//! The part of a workspace's paths that people choose, and those it had before: they still lead to it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, Result, Ts, WorkspaceId,
    connection::run,
    schema::{former_slugs, workspaces},
};

impl Across {
    /// Whether another workspace has this slug, or had it.
    pub async fn slug_is_anothers(&mut self, workspace: WorkspaceId, slug: &str) -> Result<bool> {
        run!(self, |c| {
            let now =
                workspaces::table.filter(workspaces::slug.eq(slug)).filter(workspaces::id.ne(workspace));
            let now: i64 = now.count().get_result(c).await?;
            let before = former_slugs::table.filter(former_slugs::slug.eq(slug));
            let before = before.filter(former_slugs::workspace_id.ne(workspace));
            let before: i64 = before.count().get_result(c).await?;
            Ok(now + before > 0)
        })
    }
}

impl Conn {
    /// Keeps `slug` as a former one of this workspace.
    pub async fn former_slug_insert(&mut self, workspace: WorkspaceId, slug: &str, now: Ts) -> Result<()> {
        run!(self, |c| {
            let row = (
                former_slugs::slug.eq(slug),
                former_slugs::workspace_id.eq(workspace),
                former_slugs::created_at.eq(now),
            );
            diesel::insert_into(former_slugs::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// The former slugs of this workspace, the newest first.
    pub async fn former_slugs(&mut self, workspace: WorkspaceId) -> Result<Vec<String>> {
        run!(self, |c| {
            let own = former_slugs::table.filter(former_slugs::workspace_id.eq(workspace));
            let query = own.select(former_slugs::slug);
            Ok(query.order((former_slugs::created_at.desc(), former_slugs::slug)).load(c).await?)
        })
    }

    /// Gives up a former slug of this workspace: it takes the slug again, or anybody may.
    pub async fn former_slug_delete(&mut self, workspace: WorkspaceId, slug: &str) -> Result<()> {
        run!(self, |c| {
            let own = former_slugs::table.filter(former_slugs::workspace_id.eq(workspace));
            diesel::delete(own.filter(former_slugs::slug.eq(slug))).execute(c).await?;
            Ok(())
        })
    }
}
