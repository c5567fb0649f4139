//! What the last release asks of the database: its statements, and the rows that it writes and reads. Both were recorded
//! by `tests/scripts/statements`, and both must go on working on a newer schema, since its servers run on beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use tokio_postgres::Client;

use crate::database::{Backend, Database};

/// What a column, or a rule over columns, is like; one line each.
pub type Shape = BTreeSet<String>;

fn file(backend: Backend, kind: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/released"));
    folder.join(format!("{}.{kind}", backend.word()))
}

fn lines(backend: Backend, kind: &str) -> Vec<String> {
    let path = file(backend, kind);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(str::to_owned).collect()
}

/// The recorded statements.
pub fn statements(backend: Backend) -> Vec<String> {
    lines(backend, "sql")
}

/// The recorded shape.
pub fn shape(backend: Backend) -> Shape {
    lines(backend, "schema").into_iter().collect()
}

const SQLITE: &[&str] = &[
    "SELECT 'column ' || m.name || '.' || c.name || ' ' || lower(c.type) || \
     CASE WHEN c.\"notnull\" = 0 THEN ' optional' WHEN c.dflt_value IS NULL THEN ' required' ELSE ' defaulted' END AS value \
     FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
    "SELECT 'unique ' || m.name || ' (' || group_concat(c.name, ', ' ORDER BY c.name) || ')' || \
     CASE WHEN l.partial THEN (SELECT substr(i.sql, instr(i.sql, ' WHERE ')) FROM sqlite_master i WHERE i.name = l.name) \
     ELSE '' END AS value \
     FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) c \
     WHERE m.type = 'table' AND l.\"unique\" GROUP BY m.name, l.name",
    "SELECT 'reference ' || m.name || ' (' || f.\"from\" || ') ' || f.\"table\" AS value \
     FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    "SELECT 'checks ' || name || ' ' || ((length(sql) - length(replace(upper(sql), 'CHECK', ''))) / 5) AS value \
     FROM sqlite_master WHERE type = 'table'",
    "SELECT 'trigger ' || tbl_name || ' ' || name AS value FROM sqlite_master WHERE type = 'trigger'",
];

/// What a day of a partitioned table is like follows from the table.
const POSTGRES: &[&str] = &[
    "SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || \
     CASE WHEN NOT a.attnotnull THEN ' optional' WHEN a.atthasdef OR a.attidentity <> '' THEN ' defaulted' \
     ELSE ' required' END AS value \
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace \
     AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT 'unique ' || c.relname || ' (' || string_agg(a.attname, ', ' ORDER BY a.attname) || ')' || \
     coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '') AS value \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND i.indisunique \
     GROUP BY i.indexrelid, c.relname, i.indpred, i.indrelid",
    "SELECT CASE k.contype WHEN 'f' THEN 'reference ' ELSE 'check ' END || c.relname || ' (' || \
     string_agg(a.attname, ', ' ORDER BY a.attname) || ') ' || pg_get_constraintdef(k.oid) AS value \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey) \
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND k.contype IN ('c', 'f', 'x') \
     GROUP BY k.oid, k.contype, c.relname",
    "SELECT 'trigger ' || c.relname || ' ' || t.tgname AS value FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND NOT t.tgisinternal",
    "SELECT 'policy ' || c.relname || ' ' || p.polname || coalesce(' ' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '[[:space:]]+', ' ', 'g'), '') AS value \
     FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid \
     WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition",
];

/// The shape of a database as it is.
pub async fn shape_of(database: &Database) -> Shape {
    let queries = if database.backend() == Backend::Sqlite { SQLITE } else { POSTGRES };
    let mut shape = Shape::new();
    for query in queries {
        shape.extend(database.texts(query).await.into_iter().filter(|line| !line.contains("__diesel")));
    }
    shape
}

/// `table.column` with its type and need.
fn columns(shape: &Shape) -> BTreeMap<&str, (&str, &str)> {
    let columns = shape.iter().filter_map(|line| line.strip_prefix("column "));
    let split = columns.filter_map(|line| Some((line.split_once(' ')?.0, line.split_once(' ')?.1)));
    split.filter_map(|(name, rest)| Some((name, rest.rsplit_once(' ')?))).collect()
}

/// What of `present` the release that left `released` cannot live with. That a column is gone is for its statements to
/// find: who does not name it does not miss it.
pub fn tightened(released: &Shape, present: &Shape) -> Vec<String> {
    let (before, now) = (columns(released), columns(present));
    let tables: BTreeSet<&str> = before.keys().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    let mut faults = Vec::new();
    for (name, (kind, need)) in &now {
        let table = name.split_once('.').map_or("", |(table, _)| table);
        match before.get(name) {
            None if *need == "required" && tables.contains(table) => {
                faults.push(format!("{name} is new, and whoever does not know it cannot leave it out"));
            }
            None => {}
            Some((was, _)) if was != kind => faults.push(format!("{name} was {was} and is {kind}")),
            Some((_, "optional")) if *need != "optional" => {
                faults.push(format!("{name} may not be NULL any more"))
            }
            Some((_, was)) if *was != "optional" && *need == "optional" => {
                faults.push(format!("{name} may be NULL, which nobody read before"));
            }
            Some((_, "defaulted")) if *need == "required" => {
                faults.push(format!("{name} has no default any more"))
            }
            Some(_) => {}
        }
    }
    for rule in present.difference(released).filter(|line| !line.starts_with("column ")) {
        let mut words = rule.splitn(3, ' ');
        let (_, table, rest) =
            (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let over = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(over, _)| over);
        let is_of_new = over.is_some_and(|over| {
            over.split(", ").any(|column| !before.contains_key(format!("{table}.{column}").as_str()))
        });
        if tables.contains(table) && !is_of_new {
            faults.push(format!("a rule is new: {rule}"));
        }
    }
    faults
}

impl Database {
    /// Tries statements as they were recorded, with no values in particular, and leaves nothing of them; what the database
    /// says of those that it refuses. On SQLite they are prepared; on Postgres they are run, since some rules are looked at
    /// only then.
    pub async fn refused(&self, statements: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        if self.backend() == Backend::Sqlite {
            let mut conn = self.sqlite();
            for sql in statements {
                let prepared = conn.batch_execute(&format!("EXPLAIN {sql}"));
                faults.extend(prepared.err().map(|error| format!("{error}: {sql}")));
            }
            return faults;
        }
        let client = self.client().await;
        for sql in statements {
            let tried = run_without_values(&client, sql).await;
            let told = |error: &tokio_postgres::Error| {
                error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
            };
            faults.extend(tried.err().map(|error| format!("{}: {sql}", told(&error))));
        }
        faults
    }
}

async fn run_without_values(client: &Client, sql: &str) -> Result<(), tokio_postgres::Error> {
    let prepared = client.prepare(sql).await?;
    let mut text = sql.to_owned();
    for (place, kind) in prepared.params().iter().enumerate().rev() {
        text = text.replace(&format!("${}", place + 1), &literal(kind));
    }
    // Which row belongs to which, and what triggers say of it, is no matter of the statement.
    let began = client.batch_execute("BEGIN; SET LOCAL session_replication_role = replica").await;
    let ran = match began {
        Ok(()) => client.batch_execute(&text).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK").await?;
    ran
}

/// Some value of a type of Postgres.
fn literal(kind: &tokio_postgres::types::Type) -> String {
    use tokio_postgres::types::Kind;
    match (kind.kind(), kind.name()) {
        (Kind::Array(inner), _) => format!("ARRAY[{}]", literal(inner)),
        (_, "uuid") => format!("'{}'::uuid", uuid::Uuid::new_v4()),
        (_, "bytea") => r"'\x01'::bytea".to_owned(),
        (_, "bool") => "true".to_owned(),
        (_, "jsonb") => "'{}'::jsonb".to_owned(),
        (_, "timestamptz") => "now()".to_owned(),
        (_, name @ ("int2" | "int4" | "int8" | "float8" | "numeric")) => format!("1::{name}"),
        (_, name) => format!("'a'::{name}"),
    }
}
