//! Migrations, embedded in the program and applied under a lock, so that nodes may start at once.

use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection, pooled_connection::deadpool::Object,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    Across, Pools, Store,
    connection::Conn,
    error::{Result, StoreError},
    postgres::SESSION,
    writer::Haste,
};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// The key of the advisory lock that a migrating node holds ("ring" as a number).
const LOCK: &str = "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(1919512167)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(1919512167)";

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Query(format!("migration: {error}"))
}

impl Store {
    /// Brings the database to this version; answers the names of what was applied.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        match &self.0 {
            Pools::Pg { owner, .. } => migrate_pg(owner.get().await?).await,
            Pools::Lite { writer, .. } => writer.run(Haste::Now, migrate_lite).await,
        }
    }

    /// The names of migrations that this version has and the database has not.
    pub async fn migrations_pending(&self) -> Result<Vec<String>> {
        match &self.0 {
            Pools::Pg { owner, .. } => {
                let conn = owner.get().await?;
                let pending = move || names(AsyncMigrationHarness::new(conn).pending_migrations(POSTGRES));
                tokio::task::spawn_blocking(pending).await.map_err(failed)?
            }
            Pools::Lite { read, .. } => {
                let mut conn = read.get().await?;
                let pending = conn.spawn_blocking(|conn| Ok(names(conn.pending_migrations(SQLITE))));
                pending.await?
            }
        }
    }
}

type Harness<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn names<B: diesel::backend::Backend>(
    found: Harness<Vec<Box<dyn diesel::migration::Migration<B>>>>,
) -> Result<Vec<String>> {
    let found = found.map_err(failed)?;
    Ok(found.iter().map(|migration| migration.name().to_string()).collect())
}

async fn migrate_pg(mut conn: Object<AsyncPgConnection>) -> Result<Vec<String>> {
    conn.batch_execute(LOCK).await?;
    let applying = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        let applied = harness.run_pending_migrations(POSTGRES).map(versions).map_err(failed);
        (harness.into_inner(), applied)
    });
    let (mut conn, applied) = applying.await.map_err(failed)?;
    conn.batch_execute(UNLOCK).await?;
    conn.batch_execute(SESSION).await?;
    applied
}

async fn migrate_lite(conn: &mut Across) -> Result<Vec<String>> {
    let Conn::Lite(conn) = conn.either() else {
        return Err(failed("the writing thread holds no SQLite connection"));
    };
    let applied =
        conn.spawn_blocking(|conn| Ok(conn.run_pending_migrations(SQLITE).map(versions).map_err(failed)));
    applied.await?
}

fn versions(applied: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    applied.iter().map(ToString::to_string).collect()
}
