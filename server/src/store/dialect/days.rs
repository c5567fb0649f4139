//! The log by day: on Postgres every call's rows lie in the partition of its day (UTC), told by the call's id. On SQLite
//! tables are whole.
//!
//! Each change is one transaction that gives up when it would have to wait, for all calls would wait behind it; and one
//! node at a time makes it.

use std::time::Duration;

use diesel::{QueryableByName, sql_types as st};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::store::{Across, Conn, NotificationId, Result, Ts, types::UuidT};

/// How far a list looks back at first, and how much further at each step, before it looks at all that is left. On SQLite
/// one look is best.
const REACH: [Duration; 4] = [
    Duration::from_secs(86_400),
    Duration::from_secs(4 * 86_400),
    Duration::from_secs(16 * 86_400),
    Duration::from_secs(64 * 86_400),
];

/// A table whose rows lie by the day of their call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diary {
    Notifications,
    Deliveries,
    Attempts,
}

impl Diary {
    /// All of them, in the order in which a day's go: what is not in the log any more is not looked for.
    pub const ALL: [Self; 3] = [Self::Notifications, Self::Deliveries, Self::Attempts];

    /// Its name.
    pub fn table(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Deliveries => "deliveries",
            Self::Attempts => "attempts",
        }
    }

    /// The column that holds the call's id.
    fn call(self) -> &'static str {
        match self {
            Self::Notifications => "id",
            Self::Deliveries | Self::Attempts => "notification_id",
        }
    }

    /// What each partition has and the whole has not.
    fn key(self) -> &'static str {
        match self {
            Self::Notifications => "",
            Self::Deliveries | Self::Attempts => ", PRIMARY KEY (id)",
        }
    }
}

/// A partition: calls from `from` on and before `until`, where the one and the other end.
#[derive(Debug, Clone, QueryableByName)]
pub struct Day {
    #[diesel(sql_type = st::Text)]
    pub name: String,
    #[diesel(sql_type = st::Nullable<UuidT>)]
    pub from: Option<NotificationId>,
    #[diesel(sql_type = st::Nullable<UuidT>)]
    pub until: Option<NotificationId>,
}

impl Day {
    /// Whether a call of this id lies there.
    pub fn holds(&self, id: NotificationId) -> bool {
        self.from.is_none_or(|from| from <= id) && self.until.is_none_or(|until| id < until)
    }
}

/// Every partition but the one that takes what no other does.
const DAYS: &str = "SELECT part.relname::text AS name, \
     substring(pg_get_expr(part.relpartbound, part.oid) FROM 'FROM \\(''([0-9a-f-]{36})''\\)')::uuid AS \"from\", \
     substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \\(''([0-9a-f-]{36})''\\)')::uuid AS until \
     FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid \
     WHERE inhparent = $1::regclass AND pg_get_expr(part.relpartbound, part.oid) <> 'DEFAULT' \
     ORDER BY 3 NULLS LAST";

/// The key of the lock that a node holds while it changes partitions ("rinh" as a number).
const TRY_LOCK: &str = "SELECT pg_try_advisory_xact_lock(1919512168) AS got";

/// Calls wait this long behind a change, at most: while it waits for its lock, they wait for theirs.
const PATIENCE: &str = "SET LOCAL lock_timeout = '100ms'";

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = st::Bool)]
    got: bool,
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = UuidT)]
    id: NotificationId,
}

/// Whether this node may change partitions now.
async fn may_change(conn: &mut AsyncPgConnection) -> Result<bool> {
    conn.batch_execute(PATIENCE).await?;
    Ok(diesel::sql_query(TRY_LOCK).get_result::<Got>(conn).await?.got)
}

fn create(diary: Diary, day: &Day) -> String {
    let (table, key) = (diary.table(), diary.key());
    format!("CREATE TABLE {} (LIKE {table} INCLUDING ALL{key})", day.name)
}

fn attach(diary: Diary, day: &Day) -> String {
    let bound =
        |id: Option<NotificationId>, none: &str| id.map_or(none.to_owned(), |id| format!("'{}'", id.0));
    let (from, until) = (bound(day.from, "MINVALUE"), bound(day.until, "MAXVALUE"));
    format!(
        "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({from}) TO ({until})",
        diary.table(),
        day.name
    )
}

impl Conn {
    /// How far lists look back, step by step.
    pub(in crate::store) fn list_reach(&self) -> &'static [Duration] {
        match self {
            Self::Pg(_) => &REACH,
            Self::Lite(_) => &[],
        }
    }
}

/// By the owner of the tables, but for what says otherwise.
impl Across {
    /// A table's partitions, in order, but for the one that takes what no other does; `None` where tables are whole.
    pub async fn days(&mut self, diary: Diary) -> Result<Option<Vec<Day>>> {
        match self.either() {
            Conn::Pg(conn) => {
                let days = diesel::sql_query(DAYS).bind::<st::Text, _>(diary.table());
                Ok(Some(days.load(conn).await?))
            }
            Conn::Lite(_) => Ok(None),
        }
    }

    /// The first row's call, from `since` on and before `until`, among what no partition took.
    pub async fn day_stray(
        &mut self,
        diary: Diary,
        since: NotificationId,
        until: NotificationId,
    ) -> Result<Option<NotificationId>> {
        let Conn::Pg(conn) = self.either() else { return Ok(None) };
        let (table, call) = (diary.table(), diary.call());
        let query = format!(
            "SELECT {call} AS id FROM {table}_default WHERE {call} >= $1 AND {call} < $2 ORDER BY {call} LIMIT 1"
        );
        let query = diesel::sql_query(query).bind::<UuidT, _>(since).bind::<UuidT, _>(until);
        let found: Vec<First> = query.load(conn).await?;
        Ok(found.into_iter().next().map(|first| first.id))
    }

    /// Makes a partition of what no partition holds yet, and moves what came meanwhile into it. Of that nothing may be
    /// changed by others: a change of a row that is being moved is lost. False when another node is at it.
    pub async fn day_make(&mut self, diary: Diary, day: &Day) -> Result<bool> {
        let Conn::Pg(conn) = self.either() else { return Ok(false) };
        if !may_change(conn).await? {
            return Ok(false);
        }
        // Nobody waits while rows are moved.
        conn.batch_execute("SET LOCAL statement_timeout = '10min'").await?;
        conn.batch_execute(&create(diary, day)).await?;
        if let (Some(from), Some(until)) = (day.from, day.until) {
            let (table, call, name) = (diary.table(), diary.call(), &day.name);
            let moving = format!(
                "WITH moved AS (DELETE FROM {table}_default WHERE {call} >= $1 AND {call} < $2 RETURNING *) \
                 INSERT INTO {name} SELECT * FROM moved"
            );
            let moving = diesel::sql_query(moving).bind::<UuidT, _>(from).bind::<UuidT, _>(until);
            moving.execute(conn).await?;
        }
        // It is looked whether anything of the day is left behind, and calls that no partition takes wait for that.
        conn.batch_execute("SET LOCAL statement_timeout = '3s'").await?;
        conn.batch_execute(&attach(diary, day)).await?;
        Ok(true)
    }

    /// Drops a partition with all that is in it. False when another node is at it.
    pub async fn day_drop(&mut self, day: &Day) -> Result<bool> {
        let Conn::Pg(conn) = self.either() else { return Ok(false) };
        if !may_change(conn).await? {
            return Ok(false);
        }
        conn.batch_execute(&format!("DROP TABLE \"{}\"", day.name.replace('"', "\"\""))).await?;
        Ok(true)
    }

    /// Deletes up to `limit` marks against repeats of messages that came before `before`; how many there were.
    /// By the engine.
    pub async fn repeats_forget(&mut self, before: Ts, limit: i64) -> Result<usize> {
        let Conn::Pg(conn) = self.either() else { return Ok(0) };
        let old = diesel::sql_query(
            "DELETE FROM repeats USING (SELECT workspace_id, account_sid, message_id FROM repeats \
             WHERE received_at < $1 ORDER BY received_at LIMIT $2) AS old \
             WHERE repeats.workspace_id = old.workspace_id AND repeats.account_sid = old.account_sid \
             AND repeats.message_id = old.message_id",
        );
        let old = old.bind::<crate::store::types::TsT, _>(before).bind::<st::BigInt, _>(limit);
        Ok(old.execute(conn).await?)
    }

    /// Tells Postgres what the log as a whole looks like: by itself it measures only its parts.
    pub async fn days_measure(&mut self) -> Result<()> {
        if let Conn::Pg(conn) = self.either() {
            conn.batch_execute(
                "SET LOCAL statement_timeout = '2min'; ANALYZE notifications, deliveries, attempts",
            )
            .await?;
        }
        Ok(())
    }
}
