//! What truly differs between the databases.

use diesel::{
    ExpressionMethods, QueryDsl, SelectableHelper,
    dsl::sql,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types as st,
};

use diesel_async::RunQueryDsl;

use super::{
    Across, BindingId, Conn, DeliveryId, Result, Ts, WorkspaceId,
    bindings::Binding,
    deliveries::{Answered, DeliveryKey, Ended, Step},
    range::Range,
    schema::{bindings, deliveries, workspaces},
    types::{JsonT, TsT},
};

mod arrays;
mod days;
mod marks;
mod rows;
mod unnest;

pub use days::{Day, Diary};

pub(super) use rows::{Fresh, OrSkip, Rows};
pub(super) use unnest::Notified;

/// Locks that Postgres gives back at the end of the transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
const LOCK_SHARED: &str = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))";

impl Conn {
    /// Waits until no other transaction holds `name`, and keeps it until this one ends: for rules over several rows
    /// that no unique key can express. On SQLite the one writer is lock enough.
    ///
    /// Whoever takes several locks takes them in the order of their names.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        self.lock_by(LOCK, name).await
    }

    /// Like [`Conn::lock`], beside others who share the name.
    pub async fn lock_shared(&mut self, name: &str) -> Result<()> {
        self.lock_by(LOCK_SHARED, name).await
    }

    /// Locks these deliveries in the order of their ids, so that of two who change the same rows one waits, and neither
    /// for the other. On SQLite the one writer is lock enough.
    pub(super) async fn deliveries_lock(&mut self, range: Range, ids: &[DeliveryId]) -> Result<()> {
        if let Self::Pg(conn) = self {
            let held = deliveries::table
                .filter(deliveries::id.eq_any(ids))
                .filter(deliveries::notification_id.between(range.first, range.last))
                .select(deliveries::id);
            let _: Vec<DeliveryId> = held.order(deliveries::id).for_update().load(conn).await?;
        }
        Ok(())
    }

    /// Locks these bindings in the order of their ids, as whoever notes what was delivered does, and answers what they are by
    /// then, without those that are gone. None where there is nothing to lock: on SQLite, whose one writer is lock enough.
    pub async fn bindings_hold(
        &mut self,
        workspace: WorkspaceId,
        ids: &[BindingId],
    ) -> Result<Option<Vec<Binding>>> {
        match self {
            Self::Pg(conn) if !ids.is_empty() => {
                let held = bindings::table
                    .filter(bindings::workspace_id.eq(workspace))
                    .filter(bindings::id.eq_any(ids))
                    .select(Binding::as_select());
                Ok(Some(held.order(bindings::id).for_update().load(conn).await?))
            }
            _ => Ok(None),
        }
    }

    /// Like [`Conn::deliveries_lock`], but without those that somebody else is changing: whom they are left to.
    pub(super) async fn deliveries_lock_free(&mut self, keys: Vec<DeliveryKey>) -> Result<Vec<DeliveryId>> {
        let range = Range::of_keys(&keys);
        let ids: Vec<DeliveryId> = keys.into_iter().map(|key| key.1).collect();
        match self {
            Self::Pg(conn) => {
                let free = deliveries::table
                    .filter(deliveries::id.eq_any(ids))
                    .filter(deliveries::notification_id.between(range.first, range.last))
                    .select(deliveries::id);
                Ok(free.order(deliveries::id).for_update().skip_locked().load(conn).await?)
            }
            Self::Lite(_) => Ok(ids),
        }
    }
}

impl Across {
    /// Locks these workspaces against changes of their set-up, in the order of their ids; calls go on. On SQLite the one
    /// writer is lock enough.
    pub(super) async fn workspaces_hold(&mut self, ids: &[WorkspaceId]) -> Result<()> {
        if let Conn::Pg(conn) = self.either() {
            let held = workspaces::table.filter(workspaces::id.eq_any(ids)).select(workspaces::id);
            let _: Vec<WorkspaceId> = held.order(workspaces::id).for_no_key_update().load(conn).await?;
        }
        Ok(())
    }

    /// Tells Postgres how large the table of bindings has become, ahead of its own look once a minute: until then it reads
    /// a large one as if it were small. Only its owner may. Where it knew of more than the `made` ones anyway, those change
    /// little, and it is left to find them by itself.
    pub async fn bindings_measure(&mut self, made: i64) -> Result<()> {
        const KNOWN: &str = "(SELECT reltuples::bigint FROM pg_class WHERE oid = 'bindings'::regclass)";
        if let Conn::Pg(conn) = self.either() {
            let known: i64 = diesel::select(sql::<st::BigInt>(KNOWN)).get_result(conn).await?;
            if known <= made {
                diesel::sql_query("ANALYZE bindings").execute(conn).await?;
            }
        }
        Ok(())
    }

    /// What is behind it: its name and version, and the major version where that matters.
    pub async fn database_version(&mut self) -> Result<(String, Option<i32>)> {
        match self.either() {
            Conn::Pg(conn) => {
                let number = sql::<st::Integer>("current_setting('server_version_num')::int");
                let number: i32 = diesel::select(number).get_result(conn).await?;
                Ok((format!("Postgres {}.{}", number / 10_000, number % 10_000), Some(number / 10_000)))
            }
            Conn::Lite(conn) => {
                let version: String =
                    diesel::select(sql::<st::Text>("sqlite_version()")).get_result(conn).await?;
                Ok((format!("SQLite {version}"), None))
            }
        }
    }

    /// What time it is for Postgres; SQLite has no clock but ours.
    pub async fn database_time(&mut self) -> Result<Option<Ts>> {
        match self.either() {
            Conn::Pg(conn) => {
                Ok(Some(diesel::select(sql::<TsT>("clock_timestamp()")).get_result(conn).await?))
            }
            Conn::Lite(_) => Ok(None),
        }
    }

    /// Copies the whole of SQLite's file as it is at one moment into `path`, where there is nothing or an empty file, while
    /// others write. On Postgres it does nothing.
    pub async fn copy_into(&mut self, path: &str) -> Result<()> {
        if let Conn::Lite(conn) = self.either() {
            diesel::sql_query("VACUUM INTO ?").bind::<st::Text, _>(path).execute(conn).await?;
        }
        Ok(())
    }
}

impl Conn {
    async fn lock_by(&mut self, query: &'static str, name: &str) -> Result<()> {
        if let Self::Pg(conn) = self {
            diesel::sql_query(query).bind::<st::Text, _>(name).execute(conn).await?;
        }
        Ok(())
    }
}

/// Inserts many rows: in one statement on Postgres, one by one within the transaction on SQLite, where a prepared statement
/// repeated is the fast way. With `or_skip`, rows whose key is already there are left out: a write that is tried again may
/// have been committed the first time, and only its answer lost.
macro_rules! insert_many {
    ($conn:expr, $table:expr, $rows:expr, or_skip) => {
        insert_many!(@ $conn, $table, $rows, $crate::store::dialect::OrSkip, .on_conflict_do_nothing())
    };
    ($conn:expr, $table:expr, $rows:expr) => {
        insert_many!(@ $conn, $table, $rows, std::convert::identity,)
    };
    (@ $conn:expr, $table:expr, $rows:expr, $all:path, $($each:tt)*) => {
        match $conn.either() {
            $crate::store::connection::Conn::Pg(_) if $rows.is_empty() => {}
            $crate::store::connection::Conn::Pg(conn) => {
                $all($crate::store::dialect::Rows::insert($rows)).execute(conn).await?;
            }
            $crate::store::connection::Conn::Lite(conn) => {
                for row in &$rows {
                    diesel::insert_into($table).values(row)$($each)*.execute(conn).await?;
                }
            }
        }
    };
}
pub(super) use insert_many;

/// Changes of many rows: one statement on Postgres, where each costs a round trip; one by one on SQLite, as above. No row
/// may come twice in one call, and the rows come in the order of their keys.
impl Conn {
    /// Moves deliveries on.
    pub(super) async fn delivery_steps(&mut self, steps: &[Step]) -> Result<()> {
        match self {
            Self::Pg(conn) => drop(unnest::Steps::of(steps).execute(conn).await?),
            Self::Lite(_) => {
                for step in steps {
                    self.delivery_step(step).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes bindings that are not there.
    pub async fn bindings_insert(&mut self, rows: Vec<Binding>) -> Result<()> {
        insert_many!(self, bindings::table, rows);
        Ok(())
    }

    /// Puts bindings that are there as they are to be. What a network said of one meanwhile stays.
    pub async fn bindings_put(&mut self, rows: Vec<Binding>) -> Result<()> {
        match self {
            Self::Pg(_) if rows.is_empty() => {}
            Self::Pg(conn) => drop(rows::KnownBindings(Rows::insert(rows)).execute(conn).await?),
            Self::Lite(_) => {
                for row in &rows {
                    if !self.binding_insert_new(row).await? {
                        self.binding_update(row).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes what webhooks were answered.
    pub(super) async fn notifications_answered(&mut self, answers: &[Answered]) -> Result<()> {
        match self {
            Self::Pg(conn) => {
                unnest::Answers::of(answers).execute(conn).await?;
                let (remembered, forgotten): (Vec<_>, Vec<_>) =
                    answers.iter().partition(|answer| answer.remember);
                if !remembered.is_empty() {
                    unnest::Remembered::of(remembered).execute(conn).await?;
                }
                for answer in forgotten {
                    self.repeat_answered(answer).await?;
                }
            }
            Self::Lite(_) => {
                for answer in answers {
                    self.notification_answered(answer).await?;
                    self.repeat_answered(answer).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends notifications.
    pub(super) async fn notifications_ended(&mut self, ends: &[Ended]) -> Result<()> {
        match self {
            Self::Pg(conn) => drop(unnest::Ends::of(ends).execute(conn).await?),
            Self::Lite(_) => {
                for end in ends {
                    self.notification_ended(end).await?;
                }
            }
        }
        Ok(())
    }
}

impl Across {
    /// Notes that devices were notified.
    pub(super) async fn bindings_notified(&mut self, notified: &[Notified]) -> Result<()> {
        match self.either() {
            Conn::Pg(conn) => drop(unnest::Notifieds::of(notified).execute(conn).await?),
            Conn::Lite(_) => {
                for (id, at, accepted_at) in notified {
                    self.binding_notified(*id, *at, *accepted_at).await?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a JSON array of strings holds a string.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Holds<A, S>(pub A, pub S);

impl<A, S> diesel::Expression for Holds<A, S>
where
    A: diesel::Expression<SqlType = JsonT>,
    S: diesel::Expression<SqlType = st::Text>,
{
    type SqlType = st::Bool;
}

impl<A, S, Q> diesel::SelectableExpression<Q> for Holds<A, S> where Self: diesel::AppearsOnTable<Q> {}

impl<A, S, Q> diesel::AppearsOnTable<Q> for Holds<A, S>
where
    Self: diesel::Expression,
    A: diesel::AppearsOnTable<Q>,
    S: diesel::AppearsOnTable<Q>,
{
}

impl<A, S, G> diesel::expression::ValidGrouping<G> for Holds<A, S> {
    type IsAggregate = diesel::expression::is_aggregate::Never;
}

impl<A: QueryFragment<diesel::pg::Pg>, S: QueryFragment<diesel::pg::Pg>> QueryFragment<diesel::pg::Pg>
    for Holds<A, S>
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, diesel::pg::Pg>) -> diesel::QueryResult<()> {
        pass.push_sql("jsonb_exists(");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(", ");
        self.1.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}

impl<A: QueryFragment<diesel::sqlite::Sqlite>, S: QueryFragment<diesel::sqlite::Sqlite>>
    QueryFragment<diesel::sqlite::Sqlite> for Holds<A, S>
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, diesel::sqlite::Sqlite>) -> diesel::QueryResult<()> {
        pass.push_sql("EXISTS (SELECT 1 FROM json_each(");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(") WHERE value = ");
        self.1.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}
