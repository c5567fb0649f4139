//! What requests under an `Idempotency-Key` were answered.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{Across, Conn, Result, Ts, WorkspaceId, connection::run, schema::idempotency_keys as kept};

/// A request, and its answer once it has one.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = kept)]
pub struct Kept {
    pub request_hash: Vec<u8>,
    pub status: Option<i32>,
    pub answer: Option<Vec<u8>>,
}

impl Conn {
    /// Claims a key; false when it is taken.
    pub async fn idempotency_claim(
        &mut self,
        workspace: WorkspaceId,
        key_hash: &[u8],
        request_hash: &[u8],
        now: Ts,
    ) -> Result<bool> {
        run!(self, |c| {
            let row = (
                kept::workspace_id.eq(workspace),
                kept::key_hash.eq(key_hash),
                kept::request_hash.eq(request_hash),
                kept::begun_at.eq(now),
            );
            let insert = diesel::insert_into(kept::table).values(row).on_conflict_do_nothing();
            Ok(insert.execute(c).await? > 0)
        })
    }

    pub async fn idempotency(&mut self, workspace: WorkspaceId, key_hash: &[u8]) -> Result<Option<Kept>> {
        run!(self, |c| {
            let found = kept::table.find((workspace, key_hash)).select(Kept::as_select());
            Ok(found.first(c).await.optional()?)
        })
    }

    pub async fn idempotency_keep(
        &mut self,
        workspace: WorkspaceId,
        key_hash: &[u8],
        status: i32,
        answer: Option<&[u8]>,
    ) -> Result<()> {
        run!(self, |c| {
            let set = (kept::status.eq(status), kept::answer.eq(answer));
            diesel::update(kept::table.find((workspace, key_hash))).set(set).execute(c).await?;
            Ok(())
        })
    }

    /// Frees a key that has no answer.
    pub async fn idempotency_release(&mut self, workspace: WorkspaceId, key_hash: &[u8]) -> Result<()> {
        run!(self, |c| {
            let found = kept::table.find((workspace, key_hash)).filter(kept::status.is_null());
            diesel::delete(found).execute(c).await?;
            Ok(())
        })
    }

    /// Frees a key that was begun before `old`, or before `given_up` and has no answer.
    pub async fn idempotency_forget(
        &mut self,
        workspace: WorkspaceId,
        key_hash: &[u8],
        old: Ts,
        given_up: Ts,
    ) -> Result<()> {
        run!(self, |c| {
            let is_open = kept::status.is_null().and(kept::begun_at.lt(given_up));
            let found = kept::table
                .filter(kept::workspace_id.eq(workspace))
                .filter(kept::key_hash.eq(key_hash))
                .filter(kept::begun_at.lt(old).or(is_open));
            diesel::delete(found).execute(c).await?;
            Ok(())
        })
    }
}

impl Across {
    /// Deletes up to `limit` that were begun before `old`; how many there were.
    pub async fn idempotency_prune(&mut self, old: Ts, limit: i64) -> Result<usize> {
        run!(self, |c| {
            let found =
                kept::table.filter(kept::begun_at.lt(old)).select((kept::workspace_id, kept::key_hash));
            let keys: Vec<(WorkspaceId, Vec<u8>)> = found.order(kept::begun_at).limit(limit).load(c).await?;
            for (workspace, key_hash) in &keys {
                diesel::delete(kept::table.find((workspace, key_hash))).execute(c).await?;
            }
            Ok(keys.len())
        })
    }
}
