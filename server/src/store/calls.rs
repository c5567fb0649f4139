//! The hot path's write: a group of calls, each with its deliveries, its sealed payload and its mark against repeats.

use std::collections::HashSet;

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Across, BindingId, Conn, NotificationId, Result, Ts, WorkspaceId,
    bindings::Binding,
    connection::run,
    dialect::{Fresh, OrSkip, Rows, insert_many},
    notifications::{Delivery, Notification},
    schema::{bindings, deliveries, notifications, payloads, repeats},
};

/// A message that was taken, and the answer that its sender got; without one it is still undecided.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = repeats, treat_none_as_default_value = false)]
pub struct Repeat {
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub message_id: String,
    pub notification_id: NotificationId,
    pub received_at: Ts,
    pub answer_status: Option<i32>,
    pub answer_bindings: Option<i32>,
    pub answer_accepted: Option<i32>,
}

/// The raw body of a call that may still ring, sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payloads)]
pub struct Payload {
    pub notification_id: NotificationId,
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
    pub message_id: String,
    pub received_at: Ts,
    pub keep_until: Ts,
    pub body: Vec<u8>,
}

/// How a call is remembered against repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Not at all: it rings nobody.
    None,
    /// As undecided, until its answer is noted.
    Undecided,
    /// With its answer: 200 for so many devices, decided by the record itself.
    Rang { bindings: i32 },
}

/// A call to be recorded.
#[derive(Debug, Clone)]
pub struct NewCall {
    pub notification: Notification,
    pub deliveries: Vec<Delivery>,
    pub payload: Payload,
    pub memory: Memory,
}

/// What recording a call came to.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// It is durable, and ours to deliver.
    New,
    /// The message was taken before; nothing was recorded.
    Repeat(Repeat),
}

/// The mark that a call leaves against repeats.
fn mark_of(call: &NewCall) -> Option<Repeat> {
    let (status, bindings, accepted) = match call.memory {
        Memory::None => return None,
        Memory::Undecided => (None, None, None),
        Memory::Rang { bindings } => (Some(200), Some(bindings), Some(0)),
    };
    let notification = &call.notification;
    Some(Repeat {
        workspace_id: notification.workspace_id,
        account_sid: notification.account_sid.clone(),
        message_id: notification.message_id.clone(),
        notification_id: notification.id,
        received_at: notification.received_at,
        answer_status: status,
        answer_bindings: bindings,
        answer_accepted: accepted,
    })
}

impl Across {
    /// Records a group of calls; the answers stand in the order of `calls`.
    pub async fn calls_record(&mut self, calls: Vec<NewCall>) -> Result<Vec<Recorded>> {
        let mut marks: Vec<Repeat> = calls.iter().filter_map(mark_of).collect();
        // Two nodes that record overlapping groups must take the keys in one order, or they lock each other.
        marks.sort_by(|a, b| {
            (a.workspace_id, &a.account_sid, &a.message_id).cmp(&(
                b.workspace_id,
                &b.account_sid,
                &b.message_id,
            ))
        });
        let fresh = self.repeats_mark(marks).await?;
        let mut recorded = Vec::with_capacity(calls.len());
        let mut kept = Vec::with_capacity(calls.len());
        for call in calls {
            let earlier = match fresh.contains(&call.notification.id) {
                true => None,
                false => self.repeat_of(&call.notification).await?,
            };
            match earlier {
                Some(repeat) => recorded.push(Recorded::Repeat(repeat)),
                None => {
                    recorded.push(Recorded::New);
                    kept.push(call);
                }
            }
        }
        self.calls_insert(kept).await?;
        Ok(recorded)
    }
}

impl Conn {
    async fn calls_insert(&mut self, calls: Vec<NewCall>) -> Result<()> {
        let (mut heads, mut legs, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
        for call in calls {
            heads.push(call.notification);
            legs.extend(call.deliveries);
            bodies.push(call.payload);
        }
        insert_many!(self, notifications::table, heads);
        insert_many!(self, deliveries::table, legs);
        insert_many!(self, payloads::table, bodies);
        Ok(())
    }

    /// Marks messages as taken; answers the notifications whose mark is new.
    async fn repeats_mark(&mut self, marks: Vec<Repeat>) -> Result<HashSet<NotificationId>> {
        let mut fresh = HashSet::with_capacity(marks.len());
        match self {
            Self::Pg(_) if marks.is_empty() => {}
            Self::Pg(conn) => {
                let ids: Vec<NotificationId> = Fresh(OrSkip(Rows::insert(marks))).load(conn).await?;
                fresh.extend(ids);
            }
            Self::Lite(conn) => {
                for row in &marks {
                    let insert = diesel::insert_into(repeats::table).values(row).on_conflict_do_nothing();
                    if insert.execute(conn).await? > 0 {
                        fresh.insert(row.notification_id);
                    }
                }
            }
        }
        Ok(fresh)
    }

    async fn repeat_of(&mut self, notification: &Notification) -> Result<Option<Repeat>> {
        self.repeat(notification.workspace_id, &notification.account_sid, &notification.message_id).await
    }

    /// The mark of a message, once it was taken.
    pub async fn repeat(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        message_id: &str,
    ) -> Result<Option<Repeat>> {
        run!(self, |c| {
            let found = repeats::table.find((workspace, account_sid, message_id));
            Ok(found.select(Repeat::as_select()).first(c).await.optional()?)
        })
    }

    /// The bindings with these ids, in one read, for a call that is taken over.
    pub async fn bindings_rung(&mut self, workspace: WorkspaceId, ids: &[BindingId]) -> Result<Vec<Binding>> {
        run!(self, |c| {
            let found =
                bindings::table.filter(bindings::id.eq_any(ids)).filter(bindings::workspace_id.eq(workspace));
            Ok(found.select(Binding::as_select()).load(c).await?)
        })
    }

    /// The sealed payloads of the newest `limit` of an identity's calls that are still young at `now`, oldest first.
    pub async fn payloads_young(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        identity: &str,
        now: Ts,
        limit: i64,
    ) -> Result<Vec<Payload>> {
        run!(self, |c| {
            let found = payloads::table
                .filter(payloads::workspace_id.eq(workspace))
                .filter(payloads::account_sid.eq(account_sid))
                .filter(payloads::identity.eq(identity))
                .filter(payloads::keep_until.gt(now));
            let newest = found.select(Payload::as_select()).order(payloads::notification_id.desc());
            let mut young: Vec<Payload> = newest.limit(limit).load(c).await?;
            young.reverse();
            Ok(young)
        })
    }
}

impl Across {
    /// The sealed payload of a notification, while it is kept.
    pub async fn payload(&mut self, notification: NotificationId) -> Result<Option<Payload>> {
        run!(self, |c| {
            let found = payloads::table.find(notification).select(Payload::as_select());
            Ok(found.first(c).await.optional()?)
        })
    }

    /// Whom calls are for that are still young at `now`: workspace, account and identity of up to `limit` callees.
    pub async fn callees_young(&mut self, now: Ts, limit: i64) -> Result<Vec<(WorkspaceId, String, String)>> {
        run!(self, |c| {
            let young = payloads::table.filter(payloads::keep_until.gt(now));
            let callees = young.select((payloads::workspace_id, payloads::account_sid, payloads::identity));
            Ok(callees.distinct().limit(limit).load(c).await?)
        })
    }

    /// Erases up to `limit` payloads of calls that can ring no more: past their lifetime. How many there were.
    pub async fn payloads_erase(&mut self, now: Ts, limit: i64) -> Result<usize> {
        run!(self, |c| {
            let done = payloads::table.filter(payloads::keep_until.lt(now)).select(payloads::notification_id);
            let done: Vec<NotificationId> = done.limit(limit).load(c).await?;
            let done = payloads::table.filter(payloads::notification_id.eq_any(done));
            Ok(diesel::delete(done).execute(c).await?)
        })
    }
}

#[cfg(test)]
mod tests;
