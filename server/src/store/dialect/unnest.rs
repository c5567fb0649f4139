//! Many rows changed by one statement on Postgres: the values travel as one array a column, and `unnest` makes rows of
//! them (<https://www.postgresql.org/docs/current/functions-array.html>). The statement's text is the same for any
//! number of rows, so it is prepared once for each connection.
//!
//! Rows are locked in the order of their ids before they are changed, so that two nodes never wait for each other.

use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, Integer, Nullable, Text},
};
use ringhook_openapi::{Cause, DeliveryState, Outcome};

use super::arrays::OfPostgres;
use crate::store::{
    BindingId, DeliveryId, NotificationId, Ts, Word, WorkspaceId,
    deliveries::{Answered, Ended, Step},
    types::{TsT, UuidT},
};

/// ` BETWEEN` the least and the greatest of the ids: what is changed in one statement lies on few days, and no other is
/// looked at.
fn push_range<'b>(pass: &mut AstPass<'_, 'b, Pg>, ids: &'b [NotificationId]) -> diesel::QueryResult<()> {
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        pass.push_sql(" IS NULL");
        return Ok(());
    };
    pass.push_sql(" BETWEEN ");
    pass.push_bind_param::<UuidT, _>(first)?;
    pass.push_sql(" AND ");
    pass.push_bind_param::<UuidT, _>(last)
}

/// The values of the columns named, an array each, which a statement begins with as the rows of `given`.
macro_rules! given {
    ($(#[$meta:meta])* $name:ident { $first:ident: $first_value:ty as $first_type:ty, $($column:ident: $value:ty as $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Default, diesel::query_builder::QueryId)]
        pub(in crate::store) struct $name {
            $first: Vec<$first_value>,
            $($column: Vec<$value>,)+
        }

        impl $name {
            /// The columns, as a statement names them.
            const COLUMNS: &'static str = concat!(stringify!($first), $(", ", stringify!($column),)+);

            fn push_given<'b>(&'b self, pass: &mut AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
                for part in ["WITH given (", Self::COLUMNS, ") AS (SELECT * FROM unnest("] {
                    pass.push_sql(part);
                }
                pass.push_bind_param::<Array<$first_type>, _>(&self.$first)?;
                pass.push_sql(<$first_type as OfPostgres>::ARRAY);
                $(
                    pass.push_sql(", ");
                    pass.push_bind_param::<Array<$type>, _>(&self.$column)?;
                    pass.push_sql(<$type as OfPostgres>::ARRAY);
                )+
                pass.push_sql("))");
                Ok(())
            }
        }
    };
}
pub(super) use given;

/// A statement over `given`; `within` puts the range of a column's ids.
macro_rules! over_given {
    ($(#[$meta:meta])* $name:ident $columns:tt $statement:literal $(within $span:ident $rest:literal)*) => {
        given! { $(#[$meta])* $name $columns }

        impl QueryFragment<Pg> for $name {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
                self.push_given(&mut pass)?;
                pass.push_sql(concat!(", ", $statement));
                $(
                    push_range(&mut pass, &self.$span)?;
                    pass.push_sql($rest);
                )*
                Ok(())
            }
        }
    };
}

over_given! {
    /// Moves deliveries on. Only an acceptance may change what has ended, and nothing changes an acknowledgement.
    Steps {
        id: DeliveryId as UuidT,
        call: NotificationId as UuidT,
        state: Word<DeliveryState> as Text,
        cause: Option<Word<Cause>> as Nullable<Text>,
        reason: Option<String> as Nullable<Text>,
        tries: i32 as Integer,
        next_attempt_at: Ts as TsT,
        ended_at: Option<Ts> as Nullable<TsT>,
        acknowledged_after_ms: Option<i32> as Nullable<Integer>,
    }
    "held AS (SELECT id FROM deliveries WHERE notification_id" within call
    " AND id IN (SELECT id FROM given) ORDER BY id FOR UPDATE) \
     UPDATE deliveries AS target SET state = given.state, cause = given.cause, reason = given.reason, \
     tries = given.tries, next_attempt_at = given.next_attempt_at, ended_at = given.ended_at, \
     acknowledged_after_ms = given.acknowledged_after_ms \
     FROM given JOIN held ON held.id = given.id WHERE target.notification_id" within call
    " AND target.notification_id = given.call AND target.id = given.id AND (target.state = 'pending' \
     OR (target.state <> 'acknowledged' AND given.state IN ('accepted', 'acknowledged')))"
}

impl Steps {
    pub(super) fn of(steps: &[Step]) -> Self {
        let mut all = Self::default();
        for step in steps {
            all.id.push(step.delivery_id);
            all.call.push(step.notification_id);
            all.state.push(Word(step.state));
            all.cause.push(step.cause.map(Word));
            all.reason.push(step.reason.clone());
            all.tries.push(step.tries);
            all.next_attempt_at.push(step.next_attempt_at);
            all.ended_at.push(step.ended_at);
            all.acknowledged_after_ms.push(step.acknowledged_after_ms);
        }
        all
    }
}

/// When a device was notified last, and when its provider last took it, if it did.
pub type Notified = (BindingId, Ts, Option<Ts>);

over_given! {
    /// Notes that devices were notified.
    Notifieds {
        id: BindingId as UuidT,
        notified_at: Ts as TsT,
        accepted_at: Option<Ts> as Nullable<TsT>,
    }
    "held AS (SELECT id FROM bindings WHERE id IN (SELECT id FROM given) ORDER BY id FOR UPDATE) \
     UPDATE bindings AS target SET last_notified_at = given.notified_at, \
     last_accepted_at = COALESCE(given.accepted_at, target.last_accepted_at) \
     FROM given JOIN held ON held.id = given.id WHERE target.id = given.id"
}

impl Notifieds {
    pub(super) fn of(notified: &[Notified]) -> Self {
        let mut all = Self::default();
        for (id, notified_at, accepted_at) in notified {
            all.id.push(*id);
            all.notified_at.push(*notified_at);
            all.accepted_at.push(*accepted_at);
        }
        all
    }
}

over_given! {
    /// Notes what webhooks were answered.
    Answers {
        id: NotificationId as UuidT,
        status: i32 as Integer,
        after_ms: i32 as Integer,
    }
    "held AS (SELECT id FROM notifications WHERE id" within id
    " AND id IN (SELECT id FROM given) ORDER BY id FOR UPDATE) \
     UPDATE notifications AS target SET answer_status = given.status, answer_after_ms = given.after_ms \
     FROM given JOIN held ON held.id = given.id WHERE target.id" within id
    " AND target.id = given.id"
}

impl Answers {
    pub(super) fn of(answers: &[Answered]) -> Self {
        let mut all = Self::default();
        for answer in answers {
            all.id.push(answer.notification_id);
            all.status.push(answer.status);
            all.after_ms.push(answer.after_ms);
        }
        all
    }
}

over_given! {
    /// Keeps answers for those who repeat their message.
    Remembered {
        workspace_id: WorkspaceId as UuidT,
        account_sid: String as Text,
        message_id: String as Text,
        status: i32 as Integer,
        bindings: i32 as Integer,
        accepted: i32 as Integer,
    }
    "held AS (SELECT target.workspace_id, target.account_sid, target.message_id FROM repeats AS target JOIN given \
     USING (workspace_id, account_sid, message_id) \
     ORDER BY target.workspace_id, target.account_sid, target.message_id FOR UPDATE OF target) \
     UPDATE repeats AS target SET answer_status = given.status, answer_bindings = given.bindings, \
     answer_accepted = given.accepted FROM given JOIN held USING (workspace_id, account_sid, message_id) \
     WHERE (target.workspace_id, target.account_sid, target.message_id) = (given.workspace_id, given.account_sid, given.message_id)"
}

impl Remembered {
    pub(super) fn of<'a>(answers: impl IntoIterator<Item = &'a Answered>) -> Self {
        let mut all = Self::default();
        for answer in answers {
            all.workspace_id.push(answer.workspace_id);
            all.account_sid.push(answer.account_sid.clone());
            all.message_id.push(answer.message_id.clone());
            all.status.push(answer.status);
            all.bindings.push(answer.bindings);
            all.accepted.push(answer.accepted);
        }
        all
    }
}

over_given! {
    /// Ends notifications, unless they were accepted already.
    Ends {
        id: NotificationId as UuidT,
        outcome: Word<Outcome> as Text,
        ended_at: Ts as TsT,
    }
    "held AS (SELECT id FROM notifications WHERE id" within id
    " AND id IN (SELECT id FROM given) ORDER BY id FOR UPDATE) \
     UPDATE notifications AS target SET outcome = given.outcome, ended_at = given.ended_at \
     FROM given JOIN held ON held.id = given.id WHERE target.id" within id
    " AND target.id = given.id AND target.outcome <> 'accepted'"
}

impl Ends {
    pub(super) fn of(ends: &[Ended]) -> Self {
        let mut all = Self::default();
        for end in ends {
            all.id.push(end.notification_id);
            all.outcome.push(Word(end.outcome));
            all.ended_at.push(end.at);
        }
        all
    }
}
