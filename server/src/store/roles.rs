//! Whether the login may act as the roles that row-level security stands on.

use diesel::{QueryableByName, sql_query, sql_types as st};
use diesel_async::RunQueryDsl;

use super::{Pools, Result, Store};

/// A row where a role is missing, or where a connection may not take it: what a superuser runs then, as the migration says
/// it. The login may do it itself where it may make roles, but for those that another has made.
const LACKING: &str = "
WITH wanted (name) AS (VALUES ('ringhook_engine'), ('ringhook_tenant')),
made AS (
    SELECT rolname::text AS name, pg_has_role(oid,
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS granted
    FROM pg_roles WHERE rolname IN (SELECT name FROM wanted)
), missing AS (SELECT name FROM wanted WHERE name NOT IN (SELECT name FROM made))
SELECT current_user::text AS login,
    coalesce((SELECT string_agg(format('CREATE ROLE %I NOLOGIN; ', name), '' ORDER BY name) FROM missing), '')
        || format('GRANT ringhook_engine, ringhook_tenant TO %I;', current_user) AS statements,
    (SELECT rolsuper OR rolcreaterole AND NOT EXISTS (SELECT FROM made WHERE NOT granted)
        FROM pg_roles WHERE rolname = current_user) AS may
WHERE EXISTS (SELECT FROM missing) OR EXISTS (SELECT FROM made WHERE NOT granted)";

/// Roles that are not there, or not the login's to act as.
#[derive(Debug, QueryableByName)]
pub struct RolesLacking {
    /// The login.
    #[diesel(sql_type = st::Text)]
    pub login: String,
    /// What mends it.
    #[diesel(sql_type = st::Text)]
    pub statements: String,
    /// Whether the login may do that itself, as the migration does.
    #[diesel(sql_type = st::Bool)]
    pub may: bool,
}

impl Store {
    /// What is wrong with the roles, if anything; on SQLite there are none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roles_lacking(&self) -> Result<Option<RolesLacking>> {
        let Pools::Pg { owner, .. } = &self.0 else { return Ok(None) };
        let lacking: Vec<RolesLacking> = sql_query(LACKING).load(&mut *owner.get().await?).await?;
        Ok(lacking.into_iter().next())
    }
}
