//! The only room that knows diesel: connections, schema, and one file of queries per noun.
//!
//! A read borrows a connection and is over when it returns. A write is a closure that runs in one transaction and
//! answers once it is durable; on SQLite the one writing thread runs it, on Postgres a pooled connection.
//!
//! There are two ways in. [`Store::read`] and [`Store::write`] are for one workspace, which they name; [`Store::engine`] is
//! for what is not. On Postgres each has connections of its own, which act as a role of its own (`tenant`, `across`).

pub mod accounts;
pub mod across;
pub mod api_keys;
pub mod audit;
pub mod bindings;
mod bindings_bulk;
pub mod calls;
pub mod checkup;
pub mod closing;
mod connection;
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
pub mod nodes;
pub mod notifications;
pub mod oidc_subjects;
pub mod passkeys;
mod pools;
pub mod postgres;
mod progress;
pub mod providers;
pub mod quotas;
pub mod range;
pub mod recovery_codes;
pub mod retention;
mod roles;
pub mod rollups;
pub mod rotation;
pub mod schema;
pub mod seals;
pub mod sessions;
pub mod slugs;
pub mod statements;
mod tenant;
#[cfg(test)]
pub mod testing;
pub mod tickets;
mod transaction;
pub mod types;
pub mod users;
pub mod waiting;
mod wall;
pub mod workspaces;
mod writer;

use std::time::Duration;

use diesel_async::{AsyncPgConnection, pooled_connection::deadpool::Pool};

pub use across::{Across, Engine, Owner};
pub use connection::Conn;
pub use dialect::{Day, Diary};
pub use error::{Result, StoreError};
pub use ids::*;
pub use migrate::Standing;
pub use pools::PoolState;
pub use roles::RolesLacking;
pub use tenant::Reading;
pub use types::{Json, Ts, Word};

use connection::{Lite, Role, lite_pool, pg_pool};
use writer::Writer;

/// Connections to SQLite that read side by side.
const LITE_READERS: usize = 4;

/// Either database, opened.
#[derive(Clone)]
pub struct Store(Pools);

#[derive(Clone)]
enum Pools {
    /// Postgres: the same database for each of the roles.
    Pg { tenant: Pool<AsyncPgConnection>, engine: Pool<AsyncPgConnection>, owner: Pool<AsyncPgConnection> },
    /// SQLite, in one file: what reads, and the thread that writes.
    Lite { read: Pool<Lite>, writer: Writer },
}

impl Pools {
    /// Of so many connections to Postgres one is the owner's, two in five of the others are the tenants', and the rest
    /// are the engine's: pages and the API cannot take from calls what these need.
    fn pg(server: &postgres::Server, connections: usize) -> Result<Self> {
        let shared = connections.saturating_sub(1);
        let tenants = (shared * 2 / 5).max(1);
        Ok(Self::Pg {
            tenant: pg_pool(server.clone(), Role::Tenant, tenants)?,
            engine: pg_pool(server.clone(), Role::Engine, shared.saturating_sub(tenants).max(1))?,
            owner: pg_pool(server.clone(), Role::Owner, 1)?,
        })
    }
}

impl Store {
    /// Opens the database at `url` (`postgres://…` or `sqlite://path`) with at most `connections` (3 or more) to Postgres,
    /// whose server `extra_ca`, in PEM, may vouch for.
    ///
    /// # Errors
    /// When the URL cannot be read, or the database cannot be reached.
    pub async fn open(url: &str, connections: usize, extra_ca: &[u8]) -> Result<Self> {
        let store = match url.strip_prefix("sqlite://") {
            Some(path) => {
                let writer = Writer::start(lite_pool(path, 1)?)?;
                Self(Pools::Lite { read: lite_pool(path, LITE_READERS)?, writer })
            }
            None => Self(Pools::pg(&postgres::Server::of(url, extra_ca)?, connections)?),
        };
        // As the owner: before the first migration there are no other roles. On SQLite the writer goes first: it is the one
        // that turns a new file to WAL.
        store.owner().write(async |_| Ok(())).await?;
        if let Pools::Lite { read, .. } = &store.0 {
            drop(read.get().await?);
        }
        Ok(store)
    }

    /// Asks the database for a sign of life, within two seconds.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        let asked = async {
            let mut conn = self.engine().read().await?;
            conn.workspace_revision(WorkspaceId(uuid::Uuid::nil())).await.map(|_| ())
        };
        let late = |_| StoreError::Unavailable("no answer within two seconds".into());
        tokio::time::timeout(Duration::from_secs(2), asked).await.map_err(late)?
    }

    /// What is behind it, for people.
    pub fn kind(&self) -> &'static str {
        match self.0 {
            Pools::Pg { .. } => "Postgres",
            Pools::Lite { .. } => "SQLite",
        }
    }
}
