//! New rows of a table on Postgres: however many, one statement, whose text is the same for any number of them. So it is
//! prepared once for each connection, and costs one round trip; `INSERT … VALUES` with as many places as there are values
//! would be prepared for each.

use diesel::{
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, Binary, Bool, Integer, Nullable, Text},
};
use ringhook_openapi::{AttemptOutcome, BindingStatus, Cause, Channel, DeliveryState, Environment, Outcome};

use super::{arrays::OfPostgres, unnest::given};
use crate::store::{
    AttemptId, BindingId, DeliveryId, Json, NodeId, NotificationId, ProviderId, Ts, Word, WorkspaceId,
    bindings::Binding,
    calls::{Payload, Repeat},
    notifications::{Attempt, Delivery, Notification},
    types::{JsonT, TsT, UuidT},
};

/// Something of which many become one statement.
pub(in crate::store) trait Rows: Sized {
    /// The statement.
    type Insert;
    /// Whoever inserts them.
    fn insert(rows: Vec<Self>) -> Self::Insert;
}

macro_rules! rows {
    ($name:ident of $row:ident in $table:literal { $($column:ident: $value:ty as $type:ty,)+ }) => {
        given! {
            #[doc = concat!("Inserts into `", $table, "`.")]
            $name { $($column: $value as $type,)+ }
        }

        impl Rows for $row {
            type Insert = $name;

            fn insert(rows: Vec<Self>) -> $name {
                let mut all = $name::default();
                for row in rows {
                    $(all.$column.push(row.$column);)+
                }
                all
            }
        }

        impl QueryFragment<Pg> for $name {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
                self.push_given(&mut pass)?;
                for part in [concat!(" INSERT INTO ", $table, " ("), Self::COLUMNS, ") SELECT * FROM given"] {
                    pass.push_sql(part);
                }
                Ok(())
            }
        }
    };
}

/// The same, but what is there already stays as it is.
#[derive(Debug, QueryId)]
pub(in crate::store) struct OrSkip<T>(pub T);

impl<T: QueryFragment<Pg>> QueryFragment<Pg> for OrSkip<T> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" ON CONFLICT DO NOTHING");
        Ok(())
    }
}

/// Marks against repeats; answers the notifications whose mark was not there.
#[derive(Debug, QueryId)]
pub(in crate::store) struct Fresh(pub OrSkip<NewRepeats>);

impl Query for Fresh {
    type SqlType = UuidT;
}

impl QueryFragment<Pg> for Fresh {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING notification_id");
        Ok(())
    }
}

rows! {
    NewNotifications of Notification in "notifications" {
        id: NotificationId as UuidT,
        workspace_id: WorkspaceId as UuidT,
        account_sid: String as Text,
        identity: String as Text,
        call_sid: String as Text,
        message_id: String as Text,
        message_type: String as Text,
        payload: String as Text,
        idempotency_token: Option<String> as Nullable<Text>,
        test: bool as Bool,
        received_at: Ts as TsT,
        outcome: Word<Outcome> as Text,
        reason: Option<String> as Nullable<Text>,
        detail: Option<String> as Nullable<Text>,
        answer_status: Option<i32> as Nullable<Integer>,
        answer_after_ms: Option<i32> as Nullable<Integer>,
        ended_at: Option<Ts> as Nullable<TsT>,
    }
}

rows! {
    NewDeliveries of Delivery in "deliveries" {
        id: DeliveryId as UuidT,
        workspace_id: WorkspaceId as UuidT,
        notification_id: NotificationId as UuidT,
        binding_id: BindingId as UuidT,
        channel: Word<Channel> as Text,
        provider_id: Option<ProviderId> as Nullable<UuidT>,
        device_id: Option<String> as Nullable<Text>,
        state: Word<DeliveryState> as Text,
        cause: Option<Word<Cause>> as Nullable<Text>,
        reason: Option<String> as Nullable<Text>,
        tries: i32 as Integer,
        created_at: Ts as TsT,
        expires_at: Ts as TsT,
        next_attempt_at: Ts as TsT,
        lease_owner: Option<NodeId> as Nullable<UuidT>,
        lease_until: Option<Ts> as Nullable<TsT>,
        ended_at: Option<Ts> as Nullable<TsT>,
        acknowledged_after_ms: Option<i32> as Nullable<Integer>,
    }
}

rows! {
    NewAttempts of Attempt in "attempts" {
        id: AttemptId as UuidT,
        workspace_id: WorkspaceId as UuidT,
        notification_id: NotificationId as UuidT,
        delivery_id: DeliveryId as UuidT,
        at: Ts as TsT,
        outcome: Word<AttemptOutcome> as Text,
        cause: Option<Word<Cause>> as Nullable<Text>,
        status: Option<i32> as Nullable<Integer>,
        reason: Option<String> as Nullable<Text>,
        detail: Option<String> as Nullable<Text>,
        left_out: Json as JsonT,
        provider_message_id: Option<String> as Nullable<Text>,
        latency_ms: i32 as Integer,
    }
}

rows! {
    NewPayloads of Payload in "payloads" {
        notification_id: NotificationId as UuidT,
        workspace_id: WorkspaceId as UuidT,
        account_sid: String as Text,
        identity: String as Text,
        message_id: String as Text,
        received_at: Ts as TsT,
        keep_until: Ts as TsT,
        body: Vec<u8> as Binary,
    }
}

rows! {
    NewRepeats of Repeat in "repeats" {
        workspace_id: WorkspaceId as UuidT,
        account_sid: String as Text,
        message_id: String as Text,
        notification_id: NotificationId as UuidT,
        received_at: Ts as TsT,
        answer_status: Option<i32> as Nullable<Integer>,
        answer_bindings: Option<i32> as Nullable<Integer>,
        answer_accepted: Option<i32> as Nullable<Integer>,
    }
}

rows! {
    NewBindings of Binding in "bindings" {
        id: BindingId as UuidT,
        workspace_id: WorkspaceId as UuidT,
        account_sid: String as Text,
        identity: String as Text,
        channel: Word<Channel> as Text,
        address: Option<String> as Nullable<Text>,
        address_hash: Vec<u8> as Binary,
        keys: Option<Vec<u8>> as Nullable<Binary>,
        provider_id: Option<ProviderId> as Nullable<UuidT>,
        environment: Option<Word<Environment>> as Nullable<Text>,
        device_id: Option<String> as Nullable<Text>,
        tags: Json as JsonT,
        shared: bool as Bool,
        status: Word<BindingStatus> as Text,
        inactive_reason: Option<String> as Nullable<Text>,
        inactive_at: Option<Ts> as Nullable<TsT>,
        expires_at: Option<Ts> as Nullable<TsT>,
        registered_at: Ts as TsT,
        created_at: Ts as TsT,
        updated_at: Ts as TsT,
    }
}

/// Bindings that are there, put as they are to be. When a device was notified is not for this to say; that its provider
/// took the address holds as long as the address does.
#[derive(Debug, QueryId)]
pub(super) struct KnownBindings(pub NewBindings);

impl QueryFragment<Pg> for KnownBindings {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> diesel::QueryResult<()> {
        const HELD: &str = ", held AS (SELECT id FROM bindings WHERE id IN (SELECT id FROM given) ORDER BY id FOR UPDATE) \
                            INSERT INTO bindings AS target (";
        const PUT: &str = ") SELECT given.* FROM given LEFT JOIN held USING (id) \
            ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, address = excluded.address, \
            address_hash = excluded.address_hash, keys = excluded.keys, provider_id = excluded.provider_id, \
            environment = excluded.environment, device_id = excluded.device_id, tags = excluded.tags, \
            shared = excluded.shared, status = excluded.status, inactive_reason = excluded.inactive_reason, \
            inactive_at = excluded.inactive_at, expires_at = excluded.expires_at, \
            registered_at = excluded.registered_at, updated_at = excluded.updated_at, \
            last_accepted_at = CASE WHEN target.address_hash = excluded.address_hash THEN target.last_accepted_at END";
        self.0.push_given(&mut pass)?;
        for part in [HELD, NewBindings::COLUMNS, PUT] {
            pass.push_sql(part);
        }
        Ok(())
    }
}
