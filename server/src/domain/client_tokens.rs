//! What a client token grants: to be one user's device for a while.

use std::time::Duration;

use ringhook_openapi::{AccountStatus, client_tokens::NewClientToken};

use super::{DomainError, Ground, Result, checks::Faults, workspaces::is_account_sid};
use crate::store::{Ts, WorkspaceId};

/// Shortest and longest lifetime, in seconds.
const TTL_SECONDS: std::ops::RangeInclusive<u32> = 60..=86_400;
/// How long any client token can hold.
pub const LONGEST: Duration = Duration::from_secs(*TTL_SECONDS.end() as u64);

/// Who the device may be, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// A Twilio account that is connected to it.
    pub account_sid: String,
    /// The user: the part after `client:`.
    pub identity: String,
    /// When it was granted.
    pub issued_at: Ts,
    /// When it ends.
    pub expires_at: Ts,
}

/// Grants a device user access.
///
/// # Errors
/// [`DomainError::Invalid`] for members out of their limits, 422 `account_not_connected` for an account that is not
/// connected, or disabled.
pub async fn create(ground: &Ground, workspace: WorkspaceId, new: NewClientToken) -> Result<Grant> {
    let mut faults = Faults::default();
    faults.identity("/identity", &new.identity);
    let holds = TTL_SECONDS.contains(&new.ttl_seconds);
    let detail = format!("must be {} to {} seconds", TTL_SECONDS.start(), TTL_SECONDS.end());
    faults.check(holds, "/ttl_seconds", detail);
    faults.none()?;
    let is_sid = is_account_sid(&new.account_sid);
    if !(is_sid && is_active(ground, workspace, &new.account_sid).await?) {
        return Err(DomainError::unprocessable(
            "account_not_connected",
            "/account_sid",
            "is no active account of this workspace; connect or enable it first",
        ));
    }
    let now = ground.clock.now();
    Ok(Grant {
        workspace,
        account_sid: new.account_sid,
        identity: new.identity,
        issued_at: now,
        expires_at: now + Duration::from_secs(new.ttl_seconds.into()),
    })
}

/// What a token's account and workspace are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The account is connected to the workspace, and neither is closed.
    Active,
    /// The account is not connected, or disabled.
    AccountGone,
    /// The workspace is closed, or gone.
    WorkspaceClosed,
}

/// How an account and its workspace stand.
///
/// # Errors
/// When the database fails.
pub async fn standing(ground: &Ground, workspace: WorkspaceId, account_sid: &str) -> Result<Standing> {
    let mut conn = ground.store.read(workspace).await?;
    if conn.workspace(workspace).await?.is_none_or(|workspace| workspace.is_closed()) {
        return Ok(Standing::WorkspaceClosed);
    }
    let account = conn.account(workspace, account_sid).await?;
    Ok(match account.is_some_and(|account| account.status.0 == AccountStatus::Active) {
        true => Standing::Active,
        false => Standing::AccountGone,
    })
}

/// Whether an account is connected to the workspace, and neither is closed.
///
/// # Errors
/// When the database fails.
pub async fn is_active(ground: &Ground, workspace: WorkspaceId, account_sid: &str) -> Result<bool> {
    Ok(standing(ground, workspace, account_sid).await? == Standing::Active)
}
