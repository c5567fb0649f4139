//! Asking a network whether a provider's credentials work.

use ringhook_openapi::{AttemptOutcome, ProviderStatus};

use super::{Ground, Result, credentials, providers};
use crate::{
    push::{Answer, Network},
    store::{ProviderId, Ts, Word, WorkspaceId, providers::Provider},
};

/// What the network said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether it took the credentials.
    pub status: ProviderStatus,
    /// What is wrong, for people.
    pub reason: Option<String>,
    /// When it was asked.
    pub at: Ts,
}

/// Asks the provider's network, ringing nobody, and keeps what it says as the provider's status, unless the provider
/// was given other credentials or another environment meanwhile.
///
/// # Errors
/// [`super::DomainError::NotFound`] when this workspace has no provider of this id.
pub async fn create(
    ground: &Ground,
    network: &Network,
    workspace: WorkspaceId,
    id: ProviderId,
) -> Result<Checked> {
    let asked = providers::get(ground, workspace, id).await?;
    let at = ground.clock.now();
    let (status, reason) = ask(ground, network, &asked).await?;
    let kept = reason.clone();
    let write = ground.write(workspace, async move |conn| {
        conn.workspace_revise(workspace).await?;
        let row = conn.provider(workspace, id).await?;
        if let Some(mut row) = row.filter(|row| row.changed_at == asked.changed_at) {
            row.status = Word(status);
            row.status_reason = kept;
            conn.provider_update(&row).await?;
        }
        Ok(())
    });
    write.await?;
    Ok(Checked { status, reason, at })
}

/// Asks the network about a provider, which may be kept nowhere yet: whether it takes the credentials, and why not.
///
/// # Errors
/// When the credentials cannot be opened.
pub async fn ask(
    ground: &Ground,
    network: &Network,
    provider: &Provider,
) -> Result<(ProviderStatus, Option<String>)> {
    Ok(match credentials::ask(ground, network, provider).await? {
        Ok(answer) if answer.outcome == AttemptOutcome::Accepted => (ProviderStatus::Ok, None),
        Ok(answer) => (ProviderStatus::Failing, Some(words(&answer))),
        Err(reason) => (ProviderStatus::Failing, Some(reason)),
    })
}

/// The network's word and its explanation.
fn words(answer: &Answer) -> String {
    let told: Vec<&str> =
        [&answer.reason, &answer.detail].into_iter().flatten().map(String::as_str).collect();
    match (told.is_empty(), answer.cause) {
        (false, _) => told.join(": "),
        (true, Some(cause)) => cause.to_string(),
        (true, None) => "the network did not take the credentials".to_owned(),
    }
}

#[cfg(test)]
mod tests;
