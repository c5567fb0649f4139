//! What the operator gives one workspace in place of what every workspace has.

use std::num::NonZeroU32;

use super::{DomainError, Ground, Result};
use crate::store::{WorkspaceId, quotas::Quotas};

/// The rate of verified calls a second, per node, among a workspace's own quotas.
pub fn calls_per_second(quotas: &Quotas) -> Option<NonZeroU32> {
    quotas.calls_per_second.and_then(|rate| u32::try_from(rate).ok()).and_then(NonZeroU32::new)
}

/// The workspace's own quotas.
///
/// # Errors
/// [`DomainError::NotFound`] when there is no such workspace.
pub async fn get(ground: &Ground, workspace: WorkspaceId) -> Result<Quotas> {
    let mut conn = ground.store.read().await?;
    if conn.workspace_revision(workspace).await?.is_none() {
        return Err(DomainError::NotFound("workspace"));
    }
    Ok(conn.workspace_quotas(workspace).await?.unwrap_or_default())
}

/// Gives the workspace a rate of verified calls a second of its own, or with `None` the one that every workspace has.
/// In force from the next call on.
///
/// # Errors
/// [`DomainError::NotFound`] when there is no such workspace.
pub async fn set_calls_per_second(
    ground: &Ground,
    workspace: WorkspaceId,
    rate: Option<NonZeroU32>,
) -> Result<()> {
    let change = ground.write(async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        if conn.workspace_revision(workspace).await?.is_none() {
            return Err(DomainError::NotFound("workspace"));
        }
        let rate = rate.map(|rate| i64::from(rate.get()));
        Ok(conn.workspace_quota_calls_per_second(workspace, rate).await?)
    });
    change.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::testing::{grounds, refusal, workspace_id},
        store::Ts,
    };

    #[tokio::test]
    async fn a_rate_is_given_and_taken_back_and_raises_the_revision() {
        grounds(async |ground| {
            let workspace = workspace_id(&ground).await;
            let revision = async || {
                let mut conn = ground.store.read().await.expect("a connection");
                conn.workspace_revision(workspace).await.expect("a read").expect("a workspace")
            };
            assert_eq!(get(&ground, workspace).await.expect("quotas"), Quotas::default());
            for rate in [NonZeroU32::new(7), NonZeroU32::new(u32::MAX), None] {
                let before = revision().await;
                set_calls_per_second(&ground, workspace, rate).await.expect("changed");
                assert_eq!(calls_per_second(&get(&ground, workspace).await.expect("quotas")), rate);
                assert!(revision().await > before);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_has_no_quotas() {
        grounds(async |ground| {
            let nobody = WorkspaceId::new(Ts::from_micros(1));
            assert_eq!(refusal(get(&ground, nobody).await).0, "not_found");
            assert_eq!(refusal(set_calls_per_second(&ground, nobody, None).await).0, "not_found");
        })
        .await;
    }
}
