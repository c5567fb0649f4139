//! The tenant's way to the database: that of the API and the pages. It names its workspace before it can ask anything.
//!
//! On Postgres these connections act as a role that owns no table, and row-level security shows it the rows of the
//! workspace that the transaction is for, and no others: also to a query that forgot to say whose rows it wants. So a
//! read is a transaction too. It begins with one round trip that also names the workspace, and ends beside whoever
//! asked, who does not wait for it. On SQLite there is no such wall, and nothing that it would cost.

use scopeguard::ScopeGuard;
use tokio::runtime::Handle;

use super::{
    Across, Conn, Pools, Result, Store, WorkspaceId, pools::lent, transaction::Begin, writer::Haste,
};
use crate::metrics::Use;

/// A connection for reading what one workspace has.
pub type Reading = ScopeGuard<Conn, fn(Conn)>;

impl Store {
    /// A connection for reading, for this workspace.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn read(&self, workspace: WorkspaceId) -> Result<Reading> {
        let conn = match &self.0 {
            Pools::Pg { tenant, .. } => {
                let mut conn = Conn::Pg(lent(Use::Read, tenant.get()).await?);
                conn.begin(Begin::Reading(workspace)).await?;
                conn
            }
            Pools::Lite { read, .. } => Conn::Lite(lent(Use::Read, read.get()).await?),
        };
        Ok(scopeguard::guard(conn, end))
    }

    /// Runs `body` in one transaction, for this workspace, and answers once its writes are durable; nothing is kept when
    /// it fails.
    ///
    /// # Errors
    /// Those of `body`, and when the database fails.
    pub async fn write<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let body = async move |across: &mut Across| body(across).await;
        match &self.0 {
            Pools::Pg { tenant, .. } => {
                let across = Across(Conn::Pg(lent(Use::Write, tenant.get()).await?));
                across.transaction(Begin::Writing(workspace), body).await
            }
            Pools::Lite { writer, .. } => writer.run(Haste::Now, body).await,
        }
    }
}

/// Ends a read. One that was dropped in the middle of a query ends behind that query; a connection that cannot be brought
/// out of its transaction is closed, not lent to the next.
fn end(mut conn: Conn) {
    if let (Conn::Pg(_), Ok(runtime)) = (&conn, Handle::try_current()) {
        runtime.spawn(async move {
            if let Err(error) = conn.rollback().await {
                tracing::debug!(%error, "a read was not ended, and its connection closed");
                conn.discard();
            }
        });
    }
}

#[cfg(test)]
mod tests;
