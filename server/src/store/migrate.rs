//! Migrations, embedded in the program and applied under a lock, so that nodes may start at once.

use diesel::{
    backend::Backend,
    dsl::sql,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::Bool,
};
use diesel_async::{
    AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    pooled_connection::deadpool::Object,
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

/// How the database stands to this version of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The names of migrations that this version has and the database has not.
    pub pending: Vec<String>,
    /// The versions of migrations that the database has and this version does not know.
    pub unknown: Vec<String>,
}

impl Standing {
    /// What is wrong where the two grew apart: the database knows migrations that we do not, and we some that it does not. What
    /// ours would do there, nobody has tried.
    pub fn apart(&self) -> Option<String> {
        let is_apart = !self.unknown.is_empty() && !self.pending.is_empty();
        is_apart.then(|| {
            format!(
                "another version has applied {}, which this one does not know, and not {}; use the version that did",
                self.unknown.join(", "),
                self.pending.join(", "),
            )
        })
    }
}

impl Store {
    /// Brings the database to this version; answers the versions of what was applied. A database that a newer version
    /// has migrated is left as it is.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        match &self.0 {
            Pools::Pg { owner, .. } => migrate_pg(owner.get().await?).await,
            Pools::Lite { writer, .. } => writer.run(Haste::Now, migrate_lite).await,
        }
    }

    /// The names of migrations that this version has and the database has not.
    pub async fn migrations_pending(&self) -> Result<Vec<String>> {
        Ok(self.standing().await?.pending)
    }

    /// The versions of migrations that the database has and this version does not know: a newer one was here, and what it
    /// added is made so that this one can live with it.
    pub async fn migrations_unknown(&self) -> Result<Vec<String>> {
        Ok(self.standing().await?.unknown)
    }

    /// How the database stands to this version. Nothing is made of it: who looks at an empty database of Postgres leaves it
    /// empty, so that a dump can be restored there.
    pub async fn standing(&self) -> Result<Standing> {
        match &self.0 {
            Pools::Pg { owner, .. } => {
                let mut conn = owner.get().await?;
                if !is_migrated(&mut conn).await? {
                    return Ok(compared(Vec::new(), &embedded::<Pg>(&POSTGRES)?));
                }
                let found = move || standing(&mut AsyncMigrationHarness::new(conn), &POSTGRES);
                tokio::task::spawn_blocking(found).await.map_err(failed)?
            }
            Pools::Lite { read, .. } => {
                let mut conn = read.get().await?;
                let found = conn.spawn_blocking(|conn| Ok(standing(conn, &SQLITE)));
                found.await?
            }
        }
    }
}

fn standing<B: Backend>(
    database: &mut impl MigrationHarness<B>,
    source: &EmbeddedMigrations,
) -> Result<Standing> {
    let applied = database.applied_migrations().map_err(failed)?;
    Ok(compared(applied.iter().map(ToString::to_string).collect(), &embedded::<B>(source)?))
}

fn embedded<B: Backend>(source: &EmbeddedMigrations) -> Result<Vec<Box<dyn Migration<B>>>> {
    source.migrations().map_err(failed)
}

fn compared<B: Backend>(applied: Vec<String>, known: &[Box<dyn Migration<B>>]) -> Standing {
    let version = |migration: &dyn Migration<B>| migration.name().version().to_string();
    let pending = known.iter().filter(|migration| !applied.contains(&version(migration.as_ref())));
    Standing {
        pending: pending.map(|migration| migration.name().to_string()).collect(),
        unknown: applied
            .iter()
            .filter(|applied| !known.iter().any(|known| version(known.as_ref()) == **applied))
            .cloned()
            .collect(),
    }
}

/// Whether any migration was ever here: diesel's own look makes the table that it looks into.
async fn is_migrated(conn: &mut AsyncPgConnection) -> Result<bool> {
    let known = sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL");
    Ok(diesel::select(known).get_result(conn).await?)
}

/// Applies what is pending, unless the two grew apart.
fn apply<B: Backend>(
    database: &mut impl MigrationHarness<B>,
    source: EmbeddedMigrations,
) -> Result<Vec<String>> {
    let standing = standing(database, &source)?;
    if let Some(apart) = standing.apart() {
        return Err(failed(apart));
    }
    database.run_pending_migrations(source).map(versions).map_err(failed)
}

async fn migrate_pg(mut conn: Object<AsyncPgConnection>) -> Result<Vec<String>> {
    conn.batch_execute(LOCK).await?;
    let applying = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        let applied = apply(&mut harness, POSTGRES);
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
    let applied = conn.spawn_blocking(|conn| Ok(apply(conn, SQLITE)));
    applied.await?
}

fn versions(applied: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    applied.iter().map(ToString::to_string).collect()
}
