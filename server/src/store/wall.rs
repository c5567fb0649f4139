//! Whether the wall between workspaces stands that row-level security is on Postgres.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;

use super::{Pools, Result, Store};

/// What is wrong, each with the statement that mends it. What is looked at:
///
/// - neither role may go round the rules, or become another that may;
/// - every table with a `workspace_id` has them and holds even its owner to them; a partition has none of its own, and is
///   reached through its table alone;
/// - nothing but the rule of the tenants' own role lets them see a row.
const GAPS: &str = "
WITH walled AS (
    SELECT c.oid, c.oid::regclass::text AS name, c.relowner, c.relispartition,
           c.relrowsecurity AND c.relforcerowsecurity AS stands
    FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind IN ('r', 'p')
      AND (c.relname IN ('workspaces', 'users') OR EXISTS (SELECT FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped))
), acting AS (
    SELECT oid, rolname::text AS name, rolsuper OR rolbypassrls AS bypasses FROM pg_roles
    WHERE rolname IN ('ringhook_tenant', 'ringhook_engine')
)
SELECT format('%s may go round it: ALTER ROLE %s NOSUPERUSER NOBYPASSRLS', name, name) AS gap
    FROM acting WHERE bypasses
UNION ALL
SELECT format('%s may act as %s: REVOKE %s FROM %s', a.name, b.rolname, b.rolname, a.name)
    FROM acting a JOIN pg_roles b ON b.oid <> a.oid AND pg_has_role(a.oid, b.oid, 'MEMBER') WHERE NOT a.bypasses
UNION ALL
SELECT format('%I does not inherit from ringhook_engine: ALTER ROLE %I INHERIT', current_user, current_user)
    FROM acting WHERE name = 'ringhook_engine' AND NOT pg_has_role(oid, 'USAGE')
UNION ALL
SELECT format('%s owns %s: ALTER TABLE %s OWNER TO the role that RINGHOOK_DATABASE_URL logs in with', a.name, w.name, w.name)
    FROM acting a JOIN walled w ON w.relowner = a.oid
UNION ALL
SELECT format('%s is open: ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name, name)
    FROM walled WHERE NOT stands AND NOT relispartition
UNION ALL
SELECT format('%s is reached past its table: REVOKE ALL ON %s FROM %s', w.name, w.name, a.name)
    FROM walled w CROSS JOIN acting a
    WHERE w.relispartition AND NOT a.bypasses AND has_table_privilege(a.oid, w.oid, 'SELECT, INSERT, UPDATE, DELETE')
UNION ALL
SELECT format('%s has a rule of its own: DROP POLICY %I ON %s', w.name, p.polname, w.name)
    FROM walled w JOIN pg_policy p ON p.polrelid = w.oid JOIN acting a ON a.name = 'ringhook_tenant'
    WHERE p.polpermissive AND p.polname <> 'ringhook_tenant' AND (a.oid = ANY (p.polroles) OR 0 = ANY (p.polroles))
UNION ALL
SELECT format('%s has no rule for %s: SELECT tenant_table(%L)', w.name, a.name, w.name)
    FROM walled w CROSS JOIN acting a WHERE NOT w.relispartition AND NOT EXISTS (SELECT FROM pg_policy p
        WHERE p.polrelid = w.oid AND p.polname = a.name AND a.oid = ANY (p.polroles))
ORDER BY gap";

#[derive(QueryableByName)]
struct Gap {
    #[diesel(sql_type = Text)]
    gap: String,
}

impl Store {
    /// What lets one workspace's rows through to another on Postgres; `None` on SQLite, which has no such wall.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wall_gaps(&self) -> Result<Option<Vec<String>>> {
        let Pools::Pg { owner, .. } = &self.0 else { return Ok(None) };
        let gaps: Vec<Gap> = sql_query(GAPS).load(&mut *owner.get().await?).await?;
        Ok(Some(gaps.into_iter().map(|row| row.gap).collect()))
    }
}
