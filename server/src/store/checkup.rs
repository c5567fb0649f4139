//! How the installation is doing, over all workspaces: for whoever runs it, never for a tenant.

use diesel::{OptionalExtension, dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::ProviderStatus;

use super::{
    Across, ProviderId, Result, Ts, Word, WorkspaceId,
    connection::run,
    mails::MailState,
    schema::{mails, providers},
};

/// Mails that are not gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbox {
    /// On their way.
    pub waiting: i64,
    /// When the oldest of them was decided on.
    pub oldest: Option<Ts>,
    /// Given up, and still remembered.
    pub given_up: i64,
}

impl Across {
    pub async fn checkup_outbox(&mut self) -> Result<Outbox> {
        run!(self, |c| {
            let of = |state| mails::table.filter(mails::state.eq(Word(state)));
            let waiting = of(MailState::Pending).select(count_star()).first(c).await?;
            let oldest = of(MailState::Pending).select(mails::created_at).order(mails::created_at);
            let oldest = oldest.first(c).await.optional()?;
            let given_up = of(MailState::GivenUp).select(count_star()).first(c).await?;
            Ok(Outbox { waiting, oldest, given_up })
        })
    }

    /// Providers that do not work, at most `limit`.
    pub async fn checkup_providers_failing(&mut self, limit: i64) -> Result<Vec<(WorkspaceId, ProviderId)>> {
        run!(self, |c| {
            let failing = providers::table.filter(providers::status.eq(Word(ProviderStatus::Failing)));
            let query = failing.select((providers::workspace_id, providers::id)).order(providers::id);
            Ok(query.limit(limit).load(c).await?)
        })
    }

    /// Providers whose credentials end before `by`, at most `limit`, the first to end first.
    pub async fn checkup_providers_ending(
        &mut self,
        by: Ts,
        limit: i64,
    ) -> Result<Vec<(WorkspaceId, ProviderId, Option<Ts>)>> {
        run!(self, |c| {
            let ending = providers::table.filter(providers::expires_at.lt(by));
            let query = ending.select((providers::workspace_id, providers::id, providers::expires_at));
            Ok(query.order(providers::expires_at).limit(limit).load(c).await?)
        })
    }
}
