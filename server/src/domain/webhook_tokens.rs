//! The tokens of a workspace's webhook URL. One of them lasts; older ones end after their grace.

use std::time::Duration;

use ringhook_openapi::webhook_tokens::NewWebhookToken;
use serde_json::json;
use zeroize::Zeroizing;

use super::{DomainError, Ground, Result, audit::Action, workspaces};
use crate::{
    secrets::{Column, Keyring, Place, SealFault},
    store::{Conn, Ts, WebhookTokenId, WorkspaceId, workspaces::WebhookToken},
};

/// Longest grace, in seconds: 30 days.
const GRACE_LIMIT: u32 = 30 * 86_400;
/// Tokens that hold at once, at most.
const TOKENS: usize = 10;

/// A token with its text.
pub struct Shown {
    /// The row.
    pub row: WebhookToken,
    /// The secret part of the webhook URL.
    pub token: Zeroizing<String>,
}

/// The tokens that hold, in the order of making.
pub async fn list(ground: &Ground, workspace: WorkspaceId) -> Result<Vec<Shown>> {
    let rows = holding(&mut *ground.store.read(workspace).await?, workspace, ground.clock.now()).await?;
    rows.into_iter().map(|row| shown(&ground.keyring, row)).collect()
}

async fn holding(conn: &mut Conn, workspace: WorkspaceId, now: Ts) -> Result<Vec<WebhookToken>> {
    let mut rows = conn.webhook_tokens(workspace).await?;
    rows.retain(|row| row.ends_at.is_none_or(|end| end > now));
    Ok(rows)
}

fn shown(keyring: &Keyring, row: WebhookToken) -> Result<Shown> {
    let place =
        Place { column: Column::WebhookToken, workspace: row.workspace_id.0, row: row.id.0.as_bytes() };
    let opened = keyring.open(place, &row.token_sealed)?;
    let token = std::str::from_utf8(&opened).map_err(|_| SealFault::Damaged)?.to_owned();
    Ok(Shown { row, token: Zeroizing::new(token) })
}

/// Makes a new token. The older ones still hold for `grace_seconds`, or until the end they have.
///
/// # Errors
/// [`DomainError::Invalid`] for a grace over 30 days, 409 `too_many_webhook_tokens` when ten hold already.
pub async fn create(ground: &Ground, workspace: WorkspaceId, new: NewWebhookToken) -> Result<Shown> {
    if new.grace_seconds > GRACE_LIMIT {
        let detail = format!("must be 0 to {GRACE_LIMIT} seconds");
        return Err(DomainError::invalid("/grace_seconds", detail));
    }
    let now = ground.clock.now();
    let ends_at = now + Duration::from_secs(new.grace_seconds.into());
    let (token, row) = workspaces::webhook_token(ground, workspace, now)?;
    let entry = ground.entry(Some(workspace), Action::WebhookTokenMade, row.id);
    let entry = entry.with(json!({"older_end": ends_at.utc().to_rfc3339()}));
    let create = ground.write(workspace, async move |conn| {
        // First of all: it makes whoever else changes this workspace's set-up wait.
        conn.workspace_revise(workspace).await?;
        if holding(conn, workspace, now).await?.len() >= TOKENS {
            let detail = format!("{TOKENS} tokens hold already; delete one that Twilio uses no more.");
            return Err(DomainError::Conflict { code: "too_many_webhook_tokens", detail });
        }
        conn.webhook_token_insert(&row).await?;
        conn.webhook_tokens_end(workspace, row.id, ends_at).await?;
        conn.audit_insert(&entry).await?;
        Ok(Shown { row, token: Zeroizing::new(token) })
    });
    create.await
}

/// Ends a token at once.
///
/// # Errors
/// [`DomainError::NotFound`]; 409 `last_webhook_token` for the one that lasts: without it no call would come through.
pub async fn delete(ground: &Ground, workspace: WorkspaceId, id: WebhookTokenId) -> Result<()> {
    let entry = ground.entry(Some(workspace), Action::WebhookTokenEnded, id);
    let delete = ground.write(workspace, async move |conn| {
        conn.workspace_revise(workspace).await?;
        let rows = conn.webhook_tokens(workspace).await?;
        let Some(token) = rows.iter().find(|row| row.id == id) else {
            return Err(DomainError::NotFound("webhook token"));
        };
        let others_last = rows.iter().any(|row| row.id != id && row.ends_at.is_none());
        if token.ends_at.is_none() && !others_last {
            let detail =
                "This is the token that lasts; make a new one first, give its URL to Twilio, then delete.";
            return Err(DomainError::Conflict { code: "last_webhook_token", detail: detail.into() });
        }
        conn.webhook_token_delete(workspace, id).await?;
        Ok(conn.audit_insert(&entry).await?)
    });
    delete.await
}

#[cfg(test)]
mod tests;
