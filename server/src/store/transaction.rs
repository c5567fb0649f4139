//! Transactions on either database.

use diesel_async::{AnsiTransactionManager, AsyncConnection, TransactionManager};

use super::{
    connection::{Conn, run},
    error::Result,
};

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
    pub(super) async fn begin(&mut self) -> Result<()> {
        match self {
            Self::Pg(conn) => AnsiTransactionManager::begin_transaction(&mut **conn).await?,
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

    /// Runs `body` in one transaction: all of it, or nothing.
    pub(super) async fn transaction<T>(
        &mut self,
        body: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.begin().await?;
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
