//! The engine's way to the database: what is not done for one workspace alone, and what cannot wait. The hot path and the
//! jobs go it, who logs in, and the operator's commands; the API and the pages of a workspace never do.
//!
//! On Postgres these connections act as a role that sees every workspace. What a query may do *without* a workspace in
//! it is a method of [`Across`], and only of that, so the tenant's way cannot call it. [`LISTED`] names them all.

use std::ops::{Deref, DerefMut};

use super::{Conn, Pools, Result, Store, pools::lent, transaction::Begin, writer::Haste};
use crate::metrics::Use;

/// Every query that names no workspace, by the reason why it need not. A test compares this list with the code.
#[cfg(test)]
const LISTED: &[(&str, &[&str])] = &[
    (
        "finds out which workspace it is about",
        &[
            "api_key_opening",
            "invitation_by_hash",
            "member_by_slug",
            "slug_is_anothers",
            "webhook_token_owners",
            "workspaces_of",
        ],
    ),
    (
        "makes, counts or ends workspaces",
        &[
            "workspace_delete",
            "workspace_insert",
            "workspace_quotas_set",
            "workspaces_due",
            "workspaces_owned",
            "workspaces_retention",
            "retention_longest",
        ],
    ),
    (
        "writes many workspaces' calls in one transaction",
        &["binding_notified", "calls_record", "progress_write"],
    ),
    (
        "takes over what another node has left",
        &[
            "deliveries_claim",
            "deliveries_hand_back",
            "deliveries_renew",
            "notifications_forgotten",
            "payload",
        ],
    ),
    ("finds whose sockets may have missed a call", &["callees_young"]),
    (
        "counts or tidies everybody's rows",
        &[
            "calls_counted_of_all",
            "credentials_expiring",
            "deliveries_counted_of_all",
            "idempotency_prune",
            "log_next",
            "payloads_erase",
            "repeats_forget",
            "rollup_first",
            "rollup_latest",
            "rollups_between",
            "rollups_forget",
            "waiting",
        ],
    ),
    (
        "is about a table as a whole, or the file",
        &[
            "bindings_measure",
            "copy_into",
            "database_time",
            "database_version",
            "day_drop",
            "day_make",
            "day_stray",
            "days",
            "days_measure",
            "seal_keep",
        ],
    ),
    ("changes the master key", &["sealed_count", "sealed_hold", "sealed_otherwise", "sealed_replace"]),
    (
        "tells whoever runs it how it is doing",
        &["checkup_outbox", "checkup_providers_ending", "checkup_providers_failing"],
    ),
    ("keeps what is in memory of workspaces as it is in the database", &["workspaces_revisions"]),
    ("is about the nodes that serve everybody", &["node_forget", "node_seen", "nodes_since"]),
    (
        "sends mails, which belong to no workspace",
        &["mail_step", "mails_claim", "mails_due", "mails_forget", "mails_hand_back"],
    ),
    (
        "is about people, who belong to no workspace",
        &[
            "oidc_subject",
            "oidc_subject_delete",
            "oidc_subject_insert",
            "oidc_subject_of",
            "oidc_subject_used",
            "passkey_by_credential",
            "passkey_delete",
            "passkey_insert",
            "passkey_used",
            "passkeys_of",
            "recovery_code_insert",
            "recovery_code_take",
            "recovery_codes_delete",
            "recovery_codes_left",
            "session_by_hash",
            "session_delete",
            "session_insert",
            "session_seen",
            "sessions_delete",
            "sessions_of",
            "sessions_prune",
            "ticket",
            "ticket_insert",
            "ticket_try",
            "ticket_use",
            "tickets_end",
            "tickets_end_for",
            "tickets_prune",
            "user",
            "user_by_email",
            "user_delete",
            "user_insert",
            "user_rehash",
            "user_totp_add",
            "user_totp_remove",
            "user_totp_take",
            "user_update",
            "users",
        ],
    ),
];

/// A connection that sees every workspace. All that a [`Conn`] can do, it can too.
pub struct Across(pub(super) Conn);

impl Deref for Across {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Across {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl Store {
    /// The engine's way. Whoever acts for one workspace alone takes [`Store::read`] and [`Store::write`].
    pub fn engine(&self) -> Engine<'_> {
        Engine(self)
    }

    /// The way of the login itself, which owns the tables: for what only an owner may do to them.
    pub fn owner(&self) -> Owner<'_> {
        Owner(self)
    }
}

/// See [`Store::engine`].
#[derive(Clone, Copy)]
pub struct Engine<'a>(&'a Store);

impl Engine<'_> {
    /// A connection for reading.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn read(self) -> Result<Across> {
        Ok(Across(match &self.0.0 {
            Pools::Pg { engine, .. } => Conn::Pg(lent(Use::Read, engine.get()).await?),
            Pools::Lite { read, .. } => Conn::Lite(lent(Use::Read, read.get()).await?),
        }))
    }

    /// Runs `body` in one transaction and answers once its writes are durable; nothing is kept when it fails.
    ///
    /// # Errors
    /// Those of `body`, and when the database fails.
    pub async fn write<T: Send + 'static>(
        self,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Haste::Now, body).await
    }

    /// Like [`Engine::write`], for what nobody waits for: on SQLite it lets the others go first.
    ///
    /// # Errors
    /// As there.
    pub async fn write_behind<T: Send + 'static>(
        self,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Haste::Behind, body).await
    }

    async fn write_in<T: Send + 'static>(
        self,
        haste: Haste,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.0.0 {
            Pools::Pg { engine, .. } => {
                Across(Conn::Pg(lent(Use::Write, engine.get()).await?)).transaction(Begin::Plain, body).await
            }
            Pools::Lite { writer, .. } => writer.run(haste, body).await,
        }
    }
}

/// See [`Store::owner`].
#[derive(Clone, Copy)]
pub struct Owner<'a>(&'a Store);

impl Owner<'_> {
    /// As [`Engine::read`]. There is one such connection: keep it short.
    ///
    /// # Errors
    /// As there.
    pub async fn read(self) -> Result<Across> {
        Ok(Across(match &self.0.0 {
            Pools::Pg { owner, .. } => Conn::Pg(owner.get().await?),
            Pools::Lite { read, .. } => Conn::Lite(read.get().await?),
        }))
    }

    /// As [`Engine::write`]. There is one such connection: keep it short.
    ///
    /// # Errors
    /// As there.
    pub async fn write<T: Send + 'static>(
        self,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.0.0 {
            Pools::Pg { owner, .. } => {
                Across(Conn::Pg(owner.get().await?)).transaction(Begin::Plain, body).await
            }
            Pools::Lite { writer, .. } => writer.run(Haste::Behind, body).await,
        }
    }
}

#[cfg(test)]
mod tests;
