//! What waits in the database, of all workspaces together: for figures alone, and nothing of what it is about.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{DeliveryState, ProviderKind};

use super::{
    Across, Result, Ts, Word, WorkspaceId,
    connection::run,
    mails::MailState,
    schema::{deliveries, mails, providers},
};

/// Credentials with an end that are looked at, at most: the first to end.
const EXPIRIES: i64 = 10_000;

/// What waits.
#[derive(Debug, Default, Clone, Copy)]
pub struct Waiting {
    /// Since when the pending delivery that waits longest has been leased to nobody.
    pub delivery_due_since: Option<Ts>,
    /// Mails that were not sent.
    pub mails: i64,
    /// When the oldest of them was written.
    pub mail_since: Option<Ts>,
}

/// When a provider's credentials end.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    pub workspace: WorkspaceId,
    pub kind: ProviderKind,
    pub at: Ts,
}

impl Across {
    /// What waits now.
    pub async fn waiting(&mut self, now: Ts) -> Result<Waiting> {
        let delivery_due_since = run!(self, |c| {
            let due = deliveries::table
                .filter(deliveries::state.eq(Word(DeliveryState::Pending)))
                .filter(deliveries::lease_until.le(now))
                .order(deliveries::lease_until);
            due.select(deliveries::lease_until.assume_not_null()).first(c).await.optional()?
        });
        let (mails, mail_since) = run!(self, |c| {
            let open = || mails::table.filter(mails::state.eq(Word(MailState::Pending)));
            let count = open().count().get_result(c).await?;
            let oldest = open().order(mails::created_at).select(mails::created_at);
            (count, oldest.first(c).await.optional()?)
        });
        Ok(Waiting { delivery_due_since, mails, mail_since })
    }

    /// The credentials that end, the first first.
    pub async fn credentials_expiring(&mut self) -> Result<Vec<Expiry>> {
        let rows: Vec<(WorkspaceId, Word<ProviderKind>, Ts)> = run!(self, |c| {
            let ending = providers::table
                .filter(providers::expires_at.is_not_null())
                .order(providers::expires_at)
                .limit(EXPIRIES);
            let columns = (providers::workspace_id, providers::kind, providers::expires_at.assume_not_null());
            ending.select(columns).load(c).await?
        });
        Ok(rows.into_iter().map(|(workspace, kind, at)| Expiry { workspace, kind: kind.0, at }).collect())
    }
}
