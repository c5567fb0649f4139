//! Bindings: which device rings for which identity of which account.

use diesel::{OptionalExtension, dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{BindingStatus, Channel, Environment};

use super::{
    Across, BindingId, Conn, Json, ProviderId, Result, Ts, Word, WorkspaceId,
    connection::run,
    dialect::Holds,
    schema::{bindings, workspaces},
};

/// Why a binding is inactive that somebody made so.
pub const BY_HAND: &str = "manual";

/// Bindings of an identity that a call rings, at most: far more than a person has, and few enough to keep in hand.
pub const RUNG: i64 = 1000;

/// Inactive bindings have an index of their own; said in so many words, or a plan that was made for any status does not see
/// that it holds them all.
const INACTIVE: &str = "bindings.status = 'inactive'";

/// A device bound to an identity. `address_hash` stands for the address in the unique keys, since addresses may be
/// longer than an index takes. `registered_at` is when the app last presented this address.
#[derive(Debug, Clone, PartialEq, Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = bindings, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Binding {
    pub id: BindingId,
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub identity: String,
    pub channel: Word<Channel>,
    pub address: Option<String>,
    pub address_hash: Vec<u8>,
    pub keys: Option<Vec<u8>>,
    pub provider_id: Option<ProviderId>,
    pub environment: Option<Word<Environment>>,
    pub device_id: Option<String>,
    pub tags: Json,
    pub shared: bool,
    pub status: Word<BindingStatus>,
    pub inactive_reason: Option<String>,
    pub inactive_at: Option<Ts>,
    pub expires_at: Option<Ts>,
    pub registered_at: Ts,
    pub created_at: Ts,
    pub updated_at: Ts,
    pub last_notified_at: Option<Ts>,
    pub last_accepted_at: Option<Ts>,
}

/// Which bindings a list shows; all that is given must hold.
#[derive(Debug, Default, Clone)]
pub struct BindingFilter {
    pub account_sid: Option<String>,
    pub identity: Option<String>,
    pub channel: Option<Channel>,
    pub device_id: Option<String>,
    /// The hash of an address.
    pub address_hash: Option<Vec<u8>>,
    pub tag: Option<String>,
    pub status: Option<BindingStatus>,
    pub provider: Option<ServedBy>,
}

/// Bindings that a provider serves: those that name it and, on `channels`, those that name none.
#[derive(Debug, Clone)]
pub struct ServedBy {
    pub provider_id: ProviderId,
    /// The channels that it is the default provider of.
    pub channels: Vec<Channel>,
}

/// Which deactivations are undone; all that is given must hold.
#[derive(Debug, Default, Clone)]
pub struct Undo {
    pub account_sid: Option<String>,
    pub provider_id: Option<ProviderId>,
    pub reason: Option<String>,
    pub since: Option<Ts>,
    pub until: Option<Ts>,
}

/// That a network called a binding gone, and nobody has made it inactive by hand.
#[diesel::dsl::auto_type(no_type_alias)]
fn by_network() -> _ {
    let by_hand: &'static str = BY_HAND;
    let otherwise = bindings::inactive_reason.is_null().or(bindings::inactive_reason.ne(by_hand));
    bindings::inactive_at.is_not_null().and(otherwise)
}

/// The revision of a workspace and the bindings that a call to one of its identities rings.
pub struct Ringing {
    pub revision: i64,
    pub bindings: Vec<Binding>,
}

impl Conn {
    /// The hot path's one read: active, unexpired bindings of an identity, at most [`RUNG`], those registered last; and the
    /// workspace's revision with them. `None` when the workspace is gone.
    pub async fn bindings_ringing(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        identity: &str,
        now: Ts,
    ) -> Result<Option<Ringing>> {
        let rows: Vec<(i64, Option<Binding>)> = run!(self, |c| {
            let unexpired = bindings::expires_at.is_null().or(bindings::expires_at.gt(now));
            let rung = bindings::workspace_id
                .eq(workspaces::id)
                .and(bindings::account_sid.eq(account_sid))
                .and(bindings::identity.eq(identity))
                .and(bindings::status.eq(Word(BindingStatus::Active)))
                .and(unexpired);
            workspaces::table
                .left_join(bindings::table.on(rung))
                .filter(workspaces::id.eq(workspace))
                .select((workspaces::revision, Option::<Binding>::as_select()))
                .order(bindings::registered_at.desc())
                .limit(RUNG)
                .load(c)
                .await?
        });
        let revision = rows.as_slice().first().map(|row| row.0);
        let bindings = rows.into_iter().filter_map(|row| row.1).collect();
        Ok(revision.map(|revision| Ringing { revision, bindings }))
    }

    pub async fn binding(&mut self, workspace: WorkspaceId, id: BindingId) -> Result<Option<Binding>> {
        run!(self, |c| {
            let found = bindings::table.find(id).filter(bindings::workspace_id.eq(workspace));
            Ok(found.select(Binding::as_select()).first(c).await.optional()?)
        })
    }

    /// The workspace's bindings after `after` that pass the filter, in the order of making. One that has expired by
    /// `now` passes as inactive.
    pub async fn bindings(
        &mut self,
        workspace: WorkspaceId,
        filter: &BindingFilter,
        now: Ts,
        after: Option<BindingId>,
        limit: i64,
    ) -> Result<Vec<Binding>> {
        run!(self, |c| {
            let of_workspace = bindings::table.filter(bindings::workspace_id.eq(workspace));
            let mut query = of_workspace.select(Binding::as_select()).into_boxed();
            if let Some(sid) = &filter.account_sid {
                query = query.filter(bindings::account_sid.eq(sid));
            }
            if let Some(identity) = &filter.identity {
                query = query.filter(bindings::identity.eq(identity));
            }
            if let Some(channel) = filter.channel {
                query = query.filter(bindings::channel.eq(Word(channel)));
            }
            if let Some(device) = &filter.device_id {
                query = query.filter(bindings::device_id.eq(device));
            }
            if let Some(hash) = &filter.address_hash {
                query = query.filter(bindings::address_hash.eq(hash));
            }
            if let Some(tag) = &filter.tag {
                query =
                    query.filter(Holds(bindings::tags, tag.clone().into_sql::<diesel::sql_types::Text>()));
            }
            let stored = |status| bindings::status.eq(Word(status));
            query = match filter.status {
                Some(BindingStatus::Active) => {
                    let unexpired = bindings::expires_at.is_null().or(bindings::expires_at.gt(now));
                    query.filter(stored(BindingStatus::Active)).filter(unexpired)
                }
                Some(BindingStatus::Inactive) => {
                    query.filter(stored(BindingStatus::Inactive).or(bindings::expires_at.le(now)))
                }
                None => query,
            };
            if let Some(ServedBy { provider_id, channels }) = &filter.provider {
                let channels = channels.iter().copied().map(Word);
                let by_default = bindings::provider_id.is_null().and(bindings::channel.eq_any(channels));
                query = query.filter(bindings::provider_id.eq(provider_id).or(by_default));
            }
            if let Some(after) = after {
                query = query.filter(bindings::id.gt(after));
            }
            Ok(query.order(bindings::id).limit(limit).load(c).await?)
        })
    }

    /// How many bindings the workspace has, active or not.
    pub async fn bindings_count(&mut self, workspace: WorkspaceId) -> Result<i64> {
        run!(self, |c| {
            let of_workspace = bindings::table.filter(bindings::workspace_id.eq(workspace));
            Ok(of_workspace.count().get_result(c).await?)
        })
    }

    pub async fn binding_insert(&mut self, row: &Binding) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(bindings::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    /// Inserts a binding unless there is one of its id.
    pub(super) async fn binding_insert_new(&mut self, row: &Binding) -> Result<bool> {
        run!(self, |c| {
            let insert = diesel::insert_into(bindings::table).values(row);
            Ok(insert.on_conflict(bindings::id).do_nothing().execute(c).await? > 0)
        })
    }

    /// The binding as it is once nobody else is changing it; until this transaction ends nobody can.
    pub async fn binding_held(
        &mut self,
        workspace: WorkspaceId,
        id: BindingId,
        now: Ts,
    ) -> Result<Option<Binding>> {
        run!(self, |c| {
            let found = bindings::table.find(id).filter(bindings::workspace_id.eq(workspace));
            let touch = diesel::update(found).set(bindings::updated_at.eq(now));
            Ok(touch.returning(Binding::as_returning()).get_result(c).await.optional()?)
        })
    }

    pub async fn binding_update(&mut self, row: &Binding) -> Result<bool> {
        run!(self, |c| {
            let found = bindings::table.find(row.id).filter(bindings::workspace_id.eq(row.workspace_id));
            Ok(diesel::update(found).set(row).execute(c).await? > 0)
        })
    }

    pub async fn binding_delete(&mut self, workspace: WorkspaceId, id: BindingId) -> Result<bool> {
        run!(self, |c| {
            let found = bindings::table.find(id).filter(bindings::workspace_id.eq(workspace));
            Ok(diesel::delete(found).execute(c).await? > 0)
        })
    }

    /// Deletes every binding of an identity; answers how many there were.
    pub async fn bindings_delete(
        &mut self,
        workspace: WorkspaceId,
        account_sid: &str,
        identity: &str,
    ) -> Result<usize> {
        run!(self, |c| {
            let found = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(bindings::account_sid.eq(account_sid))
                .filter(bindings::identity.eq(identity));
            Ok(diesel::delete(found).execute(c).await?)
        })
    }

    /// Takes the binding out of service because its provider called the address gone, unless the app has presented
    /// it again since `asked_at`.
    pub async fn binding_deactivate(
        &mut self,
        workspace: WorkspaceId,
        id: BindingId,
        reason: &str,
        asked_at: Ts,
        now: Ts,
    ) -> Result<bool> {
        run!(self, |c| {
            let found = bindings::table
                .find(id)
                .filter(bindings::workspace_id.eq(workspace))
                .filter(bindings::status.eq(Word(BindingStatus::Active)))
                .filter(bindings::registered_at.le(asked_at));
            let inactive = (
                bindings::status.eq(Word(BindingStatus::Inactive)),
                bindings::inactive_reason.eq(reason),
                bindings::inactive_at.eq(now),
                bindings::updated_at.eq(now),
            );
            Ok(diesel::update(found).set(inactive).execute(c).await? > 0)
        })
    }

    /// Puts a binding back into service that its provider called gone; one that was made inactive otherwise stays so.
    pub async fn binding_activate(&mut self, workspace: WorkspaceId, id: BindingId) -> Result<bool> {
        run!(self, |c| {
            let found =
                bindings::table.find(id).filter(bindings::workspace_id.eq(workspace)).filter(by_network());
            let active = (
                bindings::status.eq(Word(BindingStatus::Active)),
                bindings::inactive_reason.eq(None::<String>),
                bindings::inactive_at.eq(None::<Ts>),
            );
            Ok(diesel::update(found).set(active).execute(c).await? > 0)
        })
    }

    /// Puts back into service what networks called gone, the first `limit` after `after` in the order of making; answers
    /// which they were.
    pub async fn bindings_reactivate(
        &mut self,
        workspace: WorkspaceId,
        undo: &Undo,
        (after, limit): (Option<BindingId>, i64),
        now: Ts,
    ) -> Result<Vec<BindingId>> {
        run!(self, |c| {
            let mut found = bindings::table
                .filter(bindings::workspace_id.eq(workspace))
                .filter(sql::<Bool>(INACTIVE))
                .filter(by_network())
                .select(bindings::id)
                .into_boxed();
            if let Some(after) = after {
                found = found.filter(bindings::id.gt(after));
            }
            if let Some(sid) = &undo.account_sid {
                found = found.filter(bindings::account_sid.eq(sid));
            }
            if let Some(provider) = undo.provider_id {
                found = found.filter(bindings::provider_id.eq(provider));
            }
            if let Some(reason) = &undo.reason {
                found = found.filter(bindings::inactive_reason.eq(reason));
            }
            if let Some(since) = undo.since {
                found = found.filter(bindings::inactive_at.ge(since));
            }
            if let Some(until) = undo.until {
                found = found.filter(bindings::inactive_at.lt(until));
            }
            let ids: Vec<BindingId> = found.order(bindings::id).limit(limit).load(c).await?;
            let active = (
                bindings::status.eq(Word(BindingStatus::Active)),
                bindings::inactive_reason.eq(None::<String>),
                bindings::inactive_at.eq(None::<Ts>),
                bindings::updated_at.eq(now),
            );
            let some = bindings::table.filter(bindings::id.eq_any(&ids));
            diesel::update(some).set(active).execute(c).await?;
            Ok(ids)
        })
    }
}

impl Across {
    /// Notes when the device was notified, and when its provider took it, if it did.
    pub async fn binding_notified(&mut self, id: BindingId, at: Ts, accepted_at: Option<Ts>) -> Result<()> {
        run!(self, |c| {
            let found = bindings::table.find(id);
            if let Some(accepted_at) = accepted_at {
                let both = (bindings::last_notified_at.eq(at), bindings::last_accepted_at.eq(accepted_at));
                diesel::update(found).set(both).execute(c).await?;
            } else {
                diesel::update(found).set(bindings::last_notified_at.eq(at)).execute(c).await?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
