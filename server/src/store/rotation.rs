//! Sealed values of all workspaces, looked through by the key that they are sealed under: for changing the master key.

use diesel::{dsl::count_star, prelude::*, sql_types as st};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Across, Result, WorkspaceId,
    connection::run,
    ids::RowId,
    schema::{
        account_keys, accounts, idempotency_keys, mails, payloads, providers, seals, tickets, users,
        webhook_tokens,
    },
};
use crate::secrets::{Column, KEY_ID_AT, KEY_ID_BYTES, KeyId};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Bytes from the given one on, counted from 1: both databases have it, and no index of ours needs it.
    fn substr(bytes: st::Binary, from: st::Integer, count: st::Integer) -> st::Binary;
}

/// A sealed value, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The workspace that it was sealed for; nil for what belongs to people.
    pub workspace: Uuid,
    /// The row's own key.
    pub row: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
}

impl Sealed {
    /// What sorts before everything.
    pub fn first() -> Self {
        Self { workspace: Uuid::nil(), row: Vec::new(), value: Vec::new() }
    }

    /// The row's key where it is an id.
    fn id(&self) -> RowId {
        RowId(Uuid::from_slice(&self.row).unwrap_or_default())
    }
}

/// The name of the key in a sealed value.
macro_rules! key_id {
    ($value:expr) => {
        substr($value.nullable().assume_not_null(), KEY_ID_AT as i32 + 1, KEY_ID_BYTES as i32)
    };
}

/// Applies `$of!` to the column's table, key and value; of a tenant's also to its workspace.
macro_rules! in_column {
    ($column:expr, $of:ident) => {
        match $column {
            Column::AuthToken => $of!(accounts, id, auth_token, workspace_id),
            Column::AuthTokenSecondary => $of!(accounts, id, auth_token_secondary, workspace_id),
            Column::AccountKey => $of!(account_keys, id, secret, workspace_id),
            Column::Credentials => $of!(providers, id, credentials, workspace_id),
            Column::WebhookToken => $of!(webhook_tokens, id, token_sealed, workspace_id),
            Column::Payload => $of!(payloads, notification_id, body, workspace_id),
            Column::IdempotentAnswer => $of!(@answer),
            Column::Mail => $of!(mails, id, body),
            Column::TotpSecret => $of!(users, id, totp_secret),
            Column::Ticket => $of!(tickets, id, data),
            Column::Seal => $of!(@seal),
        }
    };
}

impl Across {
    /// Values of a column that are not sealed under `sealing`, after `after` in the order of their keys.
    pub async fn sealed_otherwise(
        &mut self,
        column: Column,
        sealing: KeyId,
        after: &Sealed,
        limit: i64,
    ) -> Result<Vec<Sealed>> {
        let name = &sealing.0[..];
        macro_rules! page {
            ($table:ident, $key:ident, $value:ident, $workspace:ident) => {
                run!(self, |c| {
                    let held = $table::table.filter($table::$value.is_not_null());
                    let found =
                        held.filter(key_id!($table::$value).ne(name)).filter($table::$key.gt(after.id()));
                    let value = $table::$value.nullable().assume_not_null();
                    let found = found.select(($table::$workspace, $table::$key, value));
                    let rows: Vec<(RowId, RowId, Vec<u8>)> =
                        found.order($table::$key).limit(limit).load(c).await?;
                    Ok(rows.into_iter().map(of_row).collect())
                })
            };
            ($table:ident, $key:ident, $value:ident) => {
                run!(self, |c| {
                    let held = $table::table.filter($table::$value.is_not_null());
                    let found =
                        held.filter(key_id!($table::$value).ne(name)).filter($table::$key.gt(after.id()));
                    let found = found.select(($table::$key, $table::$value.nullable().assume_not_null()));
                    let rows: Vec<(RowId, Vec<u8>)> = found.order($table::$key).limit(limit).load(c).await?;
                    Ok(rows
                        .into_iter()
                        .map(|(row, value)| of_row((RowId(Uuid::nil()), row, value)))
                        .collect())
                })
            };
            (@answer) => {
                run!(self, |c| {
                    use idempotency_keys as kept;
                    let workspace = RowId(after.workspace);
                    let later = kept::workspace_id
                        .gt(workspace)
                        .or(kept::workspace_id.eq(workspace).and(kept::key_hash.gt(&after.row)));
                    let held = kept::table.filter(kept::answer.is_not_null());
                    let found = held.filter(key_id!(kept::answer).ne(name)).filter(later);
                    let found =
                        found.select((kept::workspace_id, kept::key_hash, kept::answer.assume_not_null()));
                    let found = found.order((kept::workspace_id, kept::key_hash)).limit(limit);
                    let rows: Vec<(RowId, Vec<u8>, Vec<u8>)> = found.load(c).await?;
                    let sealed = |(workspace, row, value): (RowId, _, _)| Sealed {
                        workspace: workspace.0,
                        row,
                        value,
                    };
                    Ok(rows.into_iter().map(sealed).collect())
                })
            };
            (@seal) => {
                run!(self, |c| {
                    let last = String::from_utf8_lossy(&after.row);
                    let found =
                        seals::table.filter(key_id!(seals::sealed).ne(name)).filter(seals::name.gt(last));
                    let found = found.select((seals::name, seals::sealed)).order(seals::name);
                    let rows: Vec<(String, Vec<u8>)> = found.limit(limit).load(c).await?;
                    let sealed =
                        |(row, value): (String, _)| Sealed { workspace: Uuid::nil(), row: row.into(), value };
                    Ok(rows.into_iter().map(sealed).collect())
                })
            };
        }
        in_column!(column, page)
    }

    /// Puts `new` in the place of a value that is still `old`; whether it was.
    pub async fn sealed_replace(&mut self, column: Column, old: &Sealed, new: &[u8]) -> Result<bool> {
        let was = &old.value[..];
        macro_rules! replace {
            ($table:ident, $key:ident, $value:ident $(, $workspace:ident)?) => {
                run!(self, |c| {
                    let found =
                        $table::table.filter($table::$key.eq(old.id())).filter($table::$value.eq(was));
                    Ok(diesel::update(found).set($table::$value.eq(new)).execute(c).await? > 0)
                })
            };
            (@answer) => {
                run!(self, |c| {
                    use idempotency_keys as kept;
                    let found = kept::table.filter(kept::workspace_id.eq(RowId(old.workspace)));
                    let found = found.filter(kept::key_hash.eq(&old.row)).filter(kept::answer.eq(was));
                    Ok(diesel::update(found).set(kept::answer.eq(new)).execute(c).await? > 0)
                })
            };
            (@seal) => {
                run!(self, |c| {
                    let found = seals::table.filter(seals::name.eq(String::from_utf8_lossy(&old.row)));
                    let found = found.filter(seals::sealed.eq(was));
                    Ok(diesel::update(found).set(seals::sealed.eq(new)).execute(c).await? > 0)
                })
            };
        }
        in_column!(column, replace)
    }

    /// How many values of a column are sealed under each key.
    pub async fn sealed_count(&mut self, column: Column) -> Result<Vec<(KeyId, i64)>> {
        macro_rules! count {
            ($table:ident, $key:ident, $value:ident $(, $workspace:ident)?) => {
                run!(self, |c| {
                    let held = $table::table.filter($table::$value.is_not_null());
                    let names = held.select(key_id!($table::$value)).distinct();
                    let names: Vec<Vec<u8>> = names.load(c).await?;
                    let mut counts = Vec::new();
                    for name in names {
                        let held = $table::table.filter($table::$value.is_not_null());
                        let of_key = held.filter(key_id!($table::$value).eq(&name)).select(count_star());
                        let count: i64 = of_key.first(c).await?;
                        // Shorter only where a value is no sealed one.
                        let id = <[u8; KEY_ID_BYTES]>::try_from(&name[..]).unwrap_or_default();
                        counts.push((KeyId(id), count));
                    }
                    Ok(counts)
                })
            };
            (@answer) => {
                count!(idempotency_keys, key_hash, answer)
            };
            (@seal) => {
                count!(seals, name, sealed)
            };
        }
        in_column!(column, count)
    }

    /// Makes whoever changes the set-up of these workspaces wait until this transaction is over: they read a row, and
    /// write it back whole.
    pub async fn sealed_hold(&mut self, values: &[Sealed]) -> Result<()> {
        let mut workspaces: Vec<_> = values.iter().map(|sealed| WorkspaceId(sealed.workspace)).collect();
        workspaces.sort_unstable();
        workspaces.dedup();
        self.workspaces_hold(&workspaces).await
    }
}

fn of_row((workspace, row, value): (RowId, RowId, Vec<u8>)) -> Sealed {
    Sealed { workspace: workspace.0, row: row.0.as_bytes().to_vec(), value }
}
