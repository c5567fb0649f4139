//! What a workspace may use: what every workspace may, or what the operator gave it instead.

mod headroom;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

pub use headroom::{Headroom, Room};
use serde_json::json;

use super::{DomainError, Ground, Result, audit::Action};
use crate::store::{Conn, WorkspaceId, quotas::Quotas};

ringhook_openapi::words! {
    /// What is counted.
    Quota {
        /// Verified calls a second.
        CallsPerSecond = "calls_per_second",
        /// Devices bound, active or not.
        Bindings = "bindings",
        /// Calls in the log; past it the oldest go before their time.
        StoredCalls = "stored_calls",
        /// Sockets open at once.
        Sockets = "sockets",
        /// Receivers of events.
        EventEndpoints = "event_endpoints",
        /// Members and open invitations.
        Members = "members",
    }
}

impl Quota {
    /// For people: what there are at most so many of.
    pub const fn words(self) -> &'static str {
        match self {
            Self::CallsPerSecond => "calls a second",
            Self::Bindings => "bindings",
            Self::StoredCalls => "stored calls",
            Self::Sockets => "sockets open at once",
            Self::EventEndpoints => "event endpoints",
            Self::Members => "members, open invitations among them",
        }
    }
}

/// How many a workspace may have of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Verified calls a second, on all nodes together.
    pub calls_per_second: NonZeroU32,
    /// Devices bound.
    pub bindings: NonZeroU32,
    /// Calls in the log.
    pub stored_calls: NonZeroU32,
    /// Sockets open at once, on all nodes together.
    pub sockets: NonZeroU32,
    /// Receivers of events.
    pub event_endpoints: NonZeroU32,
    /// Members and open invitations.
    pub members: NonZeroU32,
}

impl Default for Limits {
    /// Generous: far more than a workspace's people can answer.
    fn default() -> Self {
        let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            calls_per_second: some(2000),
            bindings: some(1_000_000),
            stored_calls: some(10_000_000),
            sockets: some(10_000),
            event_endpoints: some(20),
            members: some(200),
        }
    }
}

impl Limits {
    /// How many of one.
    pub const fn of(&self, quota: Quota) -> NonZeroU32 {
        match quota {
            Quota::CallsPerSecond => self.calls_per_second,
            Quota::Bindings => self.bindings,
            Quota::StoredCalls => self.stored_calls,
            Quota::Sockets => self.sockets,
            Quota::EventEndpoints => self.event_endpoints,
            Quota::Members => self.members,
        }
    }

    /// The workspace's own in place of these, where it has one.
    pub fn under(&self, own: &Quotas, quota: Quota) -> NonZeroU32 {
        own.own(quota).unwrap_or_else(|| self.of(quota))
    }
}

impl Quotas {
    fn column(&mut self, quota: Quota) -> &mut Option<i64> {
        match quota {
            Quota::CallsPerSecond => &mut self.calls_per_second,
            Quota::Bindings => &mut self.bindings,
            Quota::StoredCalls => &mut self.stored_calls,
            Quota::Sockets => &mut self.sockets,
            Quota::EventEndpoints => &mut self.event_endpoints,
            Quota::Members => &mut self.members,
        }
    }

    /// What the workspace was given of one; `None`: what every workspace has.
    pub fn own(mut self, quota: Quota) -> Option<NonZeroU32> {
        self.column(quota).and_then(|number| u32::try_from(number).ok()).and_then(NonZeroU32::new)
    }
}

/// The refusal of one more.
pub fn reached(quota: Quota, limit: NonZeroU32) -> DomainError {
    let what = quota.words();
    let detail = format!(
        "This workspace may have {limit} {what} (quota `{quota}`), and has them. Remove some, or ask who runs this \
         server for more."
    );
    DomainError::Conflict { code: "quota_reached", detail }
}

/// How many of one this workspace may have.
///
/// # Errors
/// When the database fails.
pub(super) async fn limit(
    ground: &Ground,
    conn: &mut Conn,
    workspace: WorkspaceId,
    quota: Quota,
) -> Result<NonZeroU32> {
    let own = conn.workspace_quotas(workspace).await?.unwrap_or_default();
    Ok(ground.limits.under(&own, quota))
}

/// Makes sure that one more may be invited; whoever else changes the members waits.
///
/// # Errors
/// 409 `quota_reached`.
pub(super) async fn admit_member(ground: &Ground, conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
    let limit = limit(ground, conn, workspace, Quota::Members).await?;
    let there = conn.members_count(workspace, ground.clock.now()).await?;
    match there < i64::from(limit.get()) {
        true => Ok(()),
        false => Err(reached(Quota::Members, limit)),
    }
}

/// How many of one this workspace may have, outside of a transaction.
///
/// # Errors
/// When the database fails.
pub async fn of_tenant(ground: &Ground, workspace: WorkspaceId, quota: Quota) -> Result<NonZeroU32> {
    limit(ground, &mut *ground.store.read(workspace).await?, workspace, quota).await
}

/// The workspace's own quotas.
///
/// # Errors
/// [`DomainError::NotFound`] when there is no such workspace.
pub async fn get(ground: &Ground, workspace: WorkspaceId) -> Result<Quotas> {
    let mut conn = ground.store.read(workspace).await?;
    if conn.workspace_revision(workspace).await?.is_none() {
        return Err(DomainError::NotFound("workspace"));
    }
    Ok(conn.workspace_quotas(workspace).await?.unwrap_or_default())
}

/// Gives the workspace quotas of its own, or with `None` what every workspace has. In force at once.
///
/// # Errors
/// [`DomainError::NotFound`] when there is no such workspace.
pub async fn set(
    ground: &Ground,
    workspace: WorkspaceId,
    given: Vec<(Quota, Option<NonZeroU32>)>,
) -> Result<()> {
    let by = ground.clone();
    let change = ground.write_across(async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        let Some(row) = conn.workspace(workspace).await? else {
            return Err(DomainError::NotFound("workspace"));
        };
        let mut quotas = conn.workspace_quotas(workspace).await?.unwrap_or_default();
        let mut changes = serde_json::Map::new();
        for (quota, number) in given {
            let change = json!({"from": quotas.own(quota), "to": number});
            *quotas.column(quota) = number.map(|number| i64::from(number.get()));
            changes.insert(quota.to_string(), change);
        }
        conn.workspace_quotas_set(workspace, &quotas).await?;
        let entry = by.entry(Some(workspace), Action::QuotasChanged, row.name).with(changes.into());
        Ok(conn.audit_insert(&entry).await?)
    });
    change.await
}
