//! The only room that knows diesel: connections, schema, and one file of queries per noun.
//!
//! A read borrows a connection and is over when it returns. A write is a closure that runs in one transaction and
//! answers once it is durable; on SQLite the one writing thread runs it, on Postgres a pooled connection.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod bindings;
mod bindings_bulk;
pub mod calls;
pub mod closing;
pub mod connection;
pub mod deliveries;
pub mod deliveries_list;
pub mod dialect;
pub mod error;
pub mod group;
pub mod idempotency;
pub mod ids;
pub mod invitations;
pub mod mails;
pub mod members;
mod migrate;
pub mod notifications;
pub mod oidc_subjects;
pub mod passkeys;
pub mod postgres;
mod progress;
pub mod providers;
pub mod quotas;
pub mod range;
pub mod recovery_codes;
pub mod retention;
pub mod rollups;
pub mod schema;
pub mod seals;
pub mod sessions;
pub mod slugs;
#[cfg(test)]
pub mod testing;
pub mod tickets;
mod transaction;
pub mod types;
pub mod users;
pub mod workspaces;
mod writer;

use diesel_async::{AsyncPgConnection, pooled_connection::deadpool::Pool};

pub use connection::Conn;
pub use dialect::{Day, Diary};
pub use error::{Result, StoreError};
pub use ids::*;
pub use types::{Json, Ts, Word};

use connection::{Lite, lite_pool, pg_pool};
use writer::{Haste, Writer};

/// Connections to SQLite that read side by side.
const LITE_READERS: usize = 4;

/// Either database, opened.
#[derive(Clone)]
pub enum Store {
    /// Postgres.
    Pg {
        /// Connections for reading and writing.
        pool: Pool<AsyncPgConnection>,
    },
    /// SQLite, in one file.
    Lite {
        /// Connections for reading.
        read: Pool<Lite>,
        /// The thread that writes.
        writer: Writer,
    },
}

impl Store {
    /// Opens the database at `url` (`postgres://…` or `sqlite://path`) with at most `connections` to Postgres, whose
    /// server `extra_ca`, in PEM, may vouch for.
    ///
    /// # Errors
    /// When the URL cannot be read, or the database cannot be reached.
    pub async fn open(url: &str, connections: usize, extra_ca: &[u8]) -> Result<Self> {
        let store = match url.strip_prefix("sqlite://") {
            Some(path) => {
                let writer = Writer::start(lite_pool(path, 1)?)?;
                Self::Lite { read: lite_pool(path, LITE_READERS)?, writer }
            }
            None => Self::Pg { pool: pg_pool(postgres::Server::of(url, extra_ca)?, connections)? },
        };
        // The writer goes first: it is the one that turns a new file to WAL.
        store.write(async |_| Ok(())).await?;
        drop(store.read().await?);
        Ok(store)
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Conn> {
        Ok(match self {
            Self::Pg { pool } => Conn::Pg(pool.get().await?),
            Self::Lite { read, .. } => Conn::Lite(read.get().await?),
        })
    }

    /// Runs `body` in one transaction and answers once its writes are durable; nothing is kept when it fails.
    pub async fn write<T: Send + 'static>(
        &self,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Haste::Now, body).await
    }

    /// Like [`Store::write`], for what nobody waits for: on SQLite it lets the others go first.
    pub async fn write_behind<T: Send + 'static>(
        &self,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Haste::Behind, body).await
    }

    async fn write_in<T: Send + 'static>(
        &self,
        haste: Haste,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self {
            Self::Pg { pool } => {
                let mut conn = Conn::Pg(pool.get().await?);
                let done = conn.transaction(body).await;
                if let Err(StoreError::Unavailable(_)) = &done {
                    conn.discard();
                }
                done
            }
            Self::Lite { writer, .. } => writer.run(haste, body).await,
        }
    }

    /// Asks the database for a sign of life, within two seconds.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        let asked = async {
            let mut conn = self.read().await?;
            conn.workspace_revision(WorkspaceId(uuid::Uuid::nil())).await.map(|_| ())
        };
        let late = |_| StoreError::Unavailable("no answer within two seconds".into());
        tokio::time::timeout(std::time::Duration::from_secs(2), asked).await.map_err(late)?
    }

    /// What is behind it, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pg { .. } => "Postgres",
            Self::Lite { .. } => "SQLite",
        }
    }
}
