//! Who belongs to which workspace, and as what.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, Result, Ts, UserId, Word, WorkspaceId,
    connection::run,
    schema::{former_slugs, members, users, workspaces},
    workspaces::Workspace,
};

ringhook_openapi::words! {
    /// What a member is in a workspace; the rules of `domain::roles` say who may do what.
    Role {
        /// Whose workspace it is: exactly one.
        Owner = "owner",
        /// Runs it.
        Admin = "admin",
        /// Builds with it.
        Developer = "developer",
        /// Looks.
        Viewer = "viewer",
    }
}

/// A membership.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = members)]
pub struct Member {
    pub workspace_id: WorkspaceId,
    pub user_id: UserId,
    pub role: Word<Role>,
    pub created_at: Ts,
}

impl Conn {
    pub async fn member_insert(&mut self, row: &Member) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(members::table).values(row).execute(c).await?;
            Ok(())
        })
    }
}

impl Across {
    /// What this person is in the workspace of this slug, or of one that it had; `None` for strangers.
    pub async fn member_by_slug(&mut self, user: UserId, slug: &str) -> Result<Option<(Workspace, Role)>> {
        run!(self, |c| {
            let former = former_slugs::table.filter(former_slugs::slug.eq(slug));
            let former = former.select(former_slugs::workspace_id);
            let named = workspaces::slug.eq(slug).or(workspaces::id.eq_any(former));
            let query = members::table
                .inner_join(workspaces::table.on(workspaces::id.eq(members::workspace_id)))
                .filter(members::user_id.eq(user))
                .filter(named)
                .select((Workspace::as_select(), members::role));
            let found: Option<(Workspace, Word<Role>)> = query.first(c).await.optional()?;
            Ok(found.map(|(workspace, role)| (workspace, role.0)))
        })
    }

    /// The workspaces that this person belongs to, by name.
    pub async fn workspaces_of(&mut self, user: UserId) -> Result<Vec<(Workspace, Role)>> {
        run!(self, |c| {
            let query = members::table
                .inner_join(workspaces::table.on(workspaces::id.eq(members::workspace_id)))
                .filter(members::user_id.eq(user))
                .select((Workspace::as_select(), members::role))
                .order((workspaces::name, workspaces::id));
            let found: Vec<(Workspace, Word<Role>)> = query.load(c).await?;
            Ok(found.into_iter().map(|(workspace, role)| (workspace, role.0)).collect())
        })
    }
}

impl Conn {
    /// The members of a workspace with their addresses, who came first first.
    pub async fn members(&mut self, workspace: WorkspaceId) -> Result<Vec<(Member, String)>> {
        run!(self, |c| {
            let query = members::table
                .inner_join(users::table.on(users::id.eq(members::user_id)))
                .filter(members::workspace_id.eq(workspace))
                .select((Member::as_select(), users::email))
                .order((members::created_at, members::user_id));
            Ok(query.load(c).await?)
        })
    }

    pub async fn member(&mut self, workspace: WorkspaceId, user: UserId) -> Result<Option<Member>> {
        run!(self, |c| {
            let query = members::table.find((workspace, user)).select(Member::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    /// The same with their address.
    pub async fn member_listed(
        &mut self,
        workspace: WorkspaceId,
        user: UserId,
    ) -> Result<Option<(Member, String)>> {
        run!(self, |c| {
            let query = members::table
                .inner_join(users::table.on(users::id.eq(members::user_id)))
                .filter(members::workspace_id.eq(workspace))
                .filter(members::user_id.eq(user))
                .select((Member::as_select(), users::email));
            Ok(query.first(c).await.optional()?)
        })
    }

    pub async fn member_set_role(
        &mut self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
    ) -> Result<bool> {
        run!(self, |c| {
            let found = members::table.find((workspace, user));
            Ok(diesel::update(found).set(members::role.eq(Word(role))).execute(c).await? > 0)
        })
    }

    pub async fn member_delete(&mut self, workspace: WorkspaceId, user: UserId) -> Result<bool> {
        run!(self, |c| Ok(diesel::delete(members::table.find((workspace, user))).execute(c).await? > 0))
    }
}
