//! The rules, noun by noun. A function here is given what it stands on, the workspace it acts for, and what was asked;
//! it answers with rows of the store or says in its error what the caller may tell a client.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod bindings;
mod checks;
pub mod client_tokens;
pub mod closing;
pub mod credentials;
pub mod deployment;
pub mod devices;
pub mod directory;
mod error;
mod facts;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod members;
pub mod nodes;
pub mod notifications;
pub mod people;
pub mod provider_checks;
pub mod providers;
pub mod quotas;
pub mod roles;
pub mod rollups;
pub mod rotation;
pub mod settings;
#[cfg(test)]
pub mod testing;
pub mod webhook_tokens;
pub mod workspaces;

use std::sync::Arc;

use audit::Actor;
pub use error::{DomainError, Fault, Result};
use quotas::{Headroom, Limits};
use tokio::sync::oneshot;

use crate::{
    clock::Clock,
    secrets::Keyring,
    store::{Across, Conn, Store, StoreError, WorkspaceId},
};

/// What the rules stand on.
#[derive(Clone)]
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The master keys.
    pub keyring: Keyring,
    /// The time.
    pub clock: Clock,
    /// Who acts.
    pub actor: Arc<Actor>,
    /// What every workspace may use.
    pub limits: Limits,
    /// What was counted lately.
    pub headroom: Headroom,
}

/// Whether somebody can be called so.
///
/// # Errors
/// [`DomainError::Invalid`] says what an identity is.
pub fn check_identity(identity: &str) -> Result<()> {
    let mut faults = checks::Faults::default();
    faults.identity("/identity", identity);
    faults.none()
}

/// The lock of what a workspace's bindings stand on: who binds shares it, who takes an account or provider away holds it
/// alone, so that no binding is left without.
fn set_up(workspace: WorkspaceId) -> String {
    format!("set-up {workspace}")
}

/// How often a transaction is run before what it collides with is taken for lasting.
const TRIES: usize = 3;

/// Carries the reason of a rule's refusal past the store, which only knows that nothing is to be kept.
struct Refusal(oneshot::Receiver<DomainError>);

impl Refusal {
    fn awaited() -> (oneshot::Sender<DomainError>, Self) {
        let (refusal, refused) = oneshot::channel();
        (refusal, Self(refused))
    }

    /// What the store is told of `result`.
    fn tell<T>(refusal: oneshot::Sender<DomainError>, result: Result<T>) -> crate::store::Result<T> {
        match result {
            Ok(value) => Ok(value),
            Err(DomainError::Store(error)) => Err(error),
            Err(rule) => {
                // The receiver is gone when the caller is: then nobody asks for the reason.
                let _ = refusal.send(rule);
                Err(StoreError::Query("rolled back: a rule refused".into()))
            }
        }
    }

    /// What came of it.
    fn or<T>(mut self, written: crate::store::Result<T>) -> Result<T> {
        match self.0.try_recv() {
            Ok(rule) => Err(rule),
            Err(_) => Ok(written?),
        }
    }
}

impl Ground {
    /// Runs `body` in one transaction for this workspace, of which nothing is kept when it fails or a rule refuses.
    async fn write<T: Send + 'static>(
        &self,
        workspace: WorkspaceId,
        body: impl AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (refusal, refused) = Refusal::awaited();
        let body = async move |conn: &mut Conn| Refusal::tell(refusal, body(conn).await);
        refused.or(self.store.write(workspace, body).await)
    }

    /// The same for what is no one workspace's: people, and what leads from them to workspaces and back.
    async fn write_across<T: Send + 'static>(
        &self,
        body: impl AsyncFnOnce(&mut Across) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (refusal, refused) = Refusal::awaited();
        let body = async move |conn: &mut Across| Refusal::tell(refusal, body(conn).await);
        refused.or(self.store.engine().write(body).await)
    }

    /// Like [`Ground::write`], but again when two who did the same at once have met at a unique key: the second then
    /// finds what the first has written.
    async fn write_again<T: Send + 'static, B>(
        &self,
        workspace: WorkspaceId,
        body: impl Fn() -> B,
    ) -> Result<T>
    where
        B: AsyncFnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        for _ in 1..TRIES {
            match self.write(workspace, body()).await {
                Err(DomainError::Store(StoreError::Conflict(met))) => tracing::debug!(met, "once more"),
                other => return other,
            }
        }
        self.write(workspace, body()).await
    }
}
