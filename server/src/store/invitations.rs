//! Invitations to workspaces, known by the hash of their token. One is open until it is accepted, withdrawn or ends.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, InvitationId, Result, Ts, Word, WorkspaceId,
    connection::run,
    members::Role,
    schema::{invitations, members, workspaces},
    workspaces::Workspace,
};

/// An invitation; `invited_by` is an e-mail address.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub struct Invitation {
    pub id: InvitationId,
    pub workspace_id: WorkspaceId,
    pub email: String,
    pub role: Word<Role>,
    pub token_hash: Vec<u8>,
    pub invited_by: String,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub accepted_at: Option<Ts>,
    pub withdrawn_at: Option<Ts>,
}

/// Open at `$now`.
macro_rules! open {
    ($now:expr) => {
        invitations::accepted_at
            .is_null()
            .and(invitations::withdrawn_at.is_null())
            .and(invitations::expires_at.gt($now))
    };
}

impl Conn {
    pub async fn invitation_insert(&mut self, row: &Invitation) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(invitations::table).values(row).execute(c).await?;
            Ok(())
        })
    }
}

impl Across {
    /// The open invitation of this token, and the workspace it leads to.
    pub async fn invitation_by_hash(
        &mut self,
        hash: &[u8],
        now: Ts,
    ) -> Result<Option<(Invitation, Workspace)>> {
        run!(self, |c| {
            let query = invitations::table
                .inner_join(workspaces::table.on(workspaces::id.eq(invitations::workspace_id)))
                .filter(invitations::token_hash.eq(hash))
                .filter(open!(now))
                .select((Invitation::as_select(), Workspace::as_select()));
            Ok(query.first(c).await.optional()?)
        })
    }
}

impl Conn {
    /// The workspace's open invitations, in the order of making.
    pub async fn invitations(&mut self, workspace: WorkspaceId, now: Ts) -> Result<Vec<Invitation>> {
        run!(self, |c| {
            let of_workspace = invitations::table.filter(invitations::workspace_id.eq(workspace));
            let query = of_workspace.filter(open!(now)).select(Invitation::as_select());
            Ok(query.order(invitations::id).load(c).await?)
        })
    }

    /// Accepts an invitation; `false` when somebody was first, or it has ended.
    pub async fn invitation_accept(
        &mut self,
        workspace: WorkspaceId,
        id: InvitationId,
        now: Ts,
    ) -> Result<bool> {
        run!(self, |c| {
            let found = invitations::table
                .find(id)
                .filter(invitations::workspace_id.eq(workspace))
                .filter(open!(now));
            Ok(diesel::update(found).set(invitations::accepted_at.eq(now)).execute(c).await? > 0)
        })
    }

    /// Ends an invitation; `false` when it has ended.
    pub async fn invitation_withdraw(
        &mut self,
        workspace: WorkspaceId,
        id: InvitationId,
        now: Ts,
    ) -> Result<bool> {
        run!(self, |c| {
            let found = invitations::table
                .find(id)
                .filter(invitations::workspace_id.eq(workspace))
                .filter(open!(now));
            Ok(diesel::update(found).set(invitations::withdrawn_at.eq(now)).execute(c).await? > 0)
        })
    }

    /// Names the new address of who sent them on a workspace's open invitations.
    pub async fn invitations_readdress(
        &mut self,
        workspace: WorkspaceId,
        from: &str,
        to: &str,
        now: Ts,
    ) -> Result<()> {
        run!(self, |c| {
            let of_workspace = invitations::table.filter(invitations::workspace_id.eq(workspace));
            let found = of_workspace.filter(invitations::invited_by.eq(from)).filter(open!(now));
            diesel::update(found).set(invitations::invited_by.eq(to)).execute(c).await?;
            Ok(())
        })
    }

    /// Members and open invitations of a workspace.
    pub async fn members_count(&mut self, workspace: WorkspaceId, now: Ts) -> Result<i64> {
        run!(self, |c| {
            let joined = members::table.filter(members::workspace_id.eq(workspace)).count();
            let joined: i64 = joined.get_result(c).await?;
            let of_workspace = invitations::table.filter(invitations::workspace_id.eq(workspace));
            let invited: i64 = of_workspace.filter(open!(now)).count().get_result(c).await?;
            Ok(joined + invited)
        })
    }
}
