//! Bindings looked for by many addresses or device ids of one account and channel.
//!
//! A list of values in one condition is a trap: without statistics of a young table, both databases take another index and
//! compare every row of the account with every value. So each value is a look-up of its own: on Postgres within one
//! statement (planned anew each time, for the table as large as it has become), on SQLite one by one.

use diesel::{prelude::*, sql_types as st};
use diesel_async::RunQueryDsl;
use ringhook_openapi::Channel;

use crate::store::{Conn, Result, Word, WorkspaceId, bindings::Binding, schema::bindings, types::UuidT};

/// `OFFSET 0` keeps the planner from making a join of it. The columns are named: a star is not the same any more once a
/// migration has added one, and Postgres then refuses the statement on connections that have it prepared.
macro_rules! each {
    ($column:literal, $array:literal) => {
        concat!(
            "SELECT found.* FROM unnest($4::",
            $array,
            ") AS asked (mark) CROSS JOIN LATERAL (SELECT id, workspace_id, account_sid, identity, \
             channel, address, address_hash, keys, provider_id, environment, device_id, tags, shared, status, \
             inactive_reason, inactive_at, expires_at, registered_at, created_at, updated_at, last_notified_at, \
             last_accepted_at FROM bindings WHERE workspace_id = $1 AND \
             account_sid = $2 AND channel = $3 AND ",
            $column,
            " = asked.mark OFFSET 0) AS found ORDER BY found.id"
        )
    };
}

const OF_ADDRESSES: &str = each!("address_hash", "bytea[]");
const OF_DEVICES: &str = each!("device_id", "text[]");

/// One way for both kinds of mark.
macro_rules! by_marks {
    ($conn:expr, $query:expr, $column:expr, $array:ty, $of:expr, $marks:expr) => {{
        let (workspace, account_sid, channel) = $of;
        match $conn {
            Conn::Pg(conn) => {
                let found = diesel::sql_query($query)
                    .bind::<UuidT, _>(workspace)
                    .bind::<st::Text, _>(account_sid)
                    .bind::<st::Text, _>(Word(channel))
                    .bind::<$array, _>($marks);
                Ok(found.load(conn).await?)
            }
            Conn::Lite(conn) => {
                let mut all = Vec::new();
                for mark in $marks {
                    let found = bindings::table
                        .filter(bindings::workspace_id.eq(workspace))
                        .filter(bindings::account_sid.eq(account_sid))
                        .filter(bindings::channel.eq(Word(channel)))
                        .filter($column.eq(*mark));
                    all.extend(found.select(Binding::as_select()).load(conn).await?);
                }
                all.sort_by_key(|row| row.id);
                Ok(all)
            }
        }
    }};
}

impl Conn {
    /// Every binding of these addresses, none of them twice, within account and channel: several of one only where it
    /// is shared.
    pub async fn bindings_of_addresses(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        channel: Channel,
        hashes: &[&[u8]],
    ) -> Result<Vec<Binding>> {
        let of = (workspace, account_sid, channel);
        by_marks!(self, OF_ADDRESSES, bindings::address_hash, st::Array<st::Binary>, of, hashes)
    }

    /// Every binding of these device ids, none of them twice, within account and channel.
    pub async fn bindings_of_devices(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        channel: Channel,
        devices: &[&str],
    ) -> Result<Vec<Binding>> {
        let of = (workspace, account_sid, channel);
        by_marks!(self, OF_DEVICES, bindings::device_id, st::Array<st::Text>, of, devices)
    }
}
