//! Transactions on either database.

use std::borrow::Cow;

use diesel_async::{AnsiTransactionManager, AsyncConnection, TransactionManager};

use super::{
    Across, WorkspaceId,
    connection::{Conn, run},
    error::{Result, StoreError},
};

/// How a transaction begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Begin {
    /// For whomever.
    Plain,
    /// For one workspace.
    Writing(WorkspaceId),
    /// The same, and nothing can be changed.
    Reading(WorkspaceId),
}

impl Begin {
    /// The statements, which make one round trip. Row-level security reads the setting, and the end of the transaction
    /// takes it away, however it ends. Postgres has no bind parameters here; a UUID's text needs none.
    fn sql(self) -> Cow<'static, str> {
        let (begin, workspace) = match self {
            Self::Plain => return "BEGIN".into(),
            Self::Writing(workspace) => ("BEGIN", workspace.0),
            Self::Reading(workspace) => ("BEGIN READ ONLY", workspace.0),
        };
        format!("{begin}; SET LOCAL ringhook.workspace = '{workspace}'").into()
    }
}

async fn begin_nested<C: AsyncConnection>(conn: &mut C) -> diesel::QueryResult<()> {
    C::TransactionManager::begin_transaction(conn).await
}

async fn commit<C: AsyncConnection>(conn: &mut C) -> diesel::QueryResult<()> {
    C::TransactionManager::commit_transaction(conn).await
}

async fn rollback<C: AsyncConnection>(conn: &mut C) -> diesel::QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn).await
}

impl Conn {
    /// Opens a transaction. `IMMEDIATE` on SQLite: a deferred one that turns to writing fails at once when another
    /// process holds the lock, without waiting for it.
    pub(super) async fn begin(&mut self, how: Begin) -> Result<()> {
        match self {
            Self::Pg(conn) => {
                AnsiTransactionManager::begin_transaction_sql(&mut **conn, &how.sql()).await?;
            }
            Self::Lite(conn) => {
                use diesel::connection::AnsiTransactionManager as Sync;
                let begin = |conn: &mut _| Sync::begin_transaction_sql(conn, "BEGIN IMMEDIATE");
                conn.spawn_blocking(begin).await?;
            }
        }
        Ok(())
    }

    /// Opens a savepoint within the open transaction.
    pub(super) async fn savepoint(&mut self) -> Result<()> {
        run!(self, |c| Ok(begin_nested(c).await?))
    }

    /// Commits the innermost transaction or savepoint.
    pub(super) async fn commit(&mut self) -> Result<()> {
        run!(self, |c| Ok(commit(c).await?))
    }

    /// Rolls back the innermost transaction or savepoint.
    pub(super) async fn rollback(&mut self) -> Result<()> {
        run!(self, |c| Ok(rollback(c).await?))
    }
}

impl Across {
    /// Runs `body` in one transaction: all of it, or nothing.
    pub(super) async fn transaction<T>(
        mut self,
        how: Begin,
        body: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let done = self.whole(how, body).await;
        if let Err(StoreError::Unavailable(_)) = &done {
            self.0.discard();
        }
        done
    }

    async fn whole<T>(&mut self, how: Begin, body: impl AsyncFnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.begin(how).await?;
        match body(self).await {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // A rollback that fails leaves a broken connection, which the pool throws away.
                if let Err(failed) = self.rollback().await {
                    tracing::debug!(%failed, "rollback failed");
                }
                Err(error)
            }
        }
    }
}
