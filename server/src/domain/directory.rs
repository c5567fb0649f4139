//! What the hot path keeps in memory of a workspace: settings, quotas, accounts with their auth tokens, webhook tokens and
//! providers, as of one revision. Whoever reads the database on behalf of a call reads the revision with it and asks
//! for a newer copy when the two differ; so a copy is never older than the read it is used with. Whoever reads no revision
//! gets what is in memory, which [`Directory::refresh`] keeps at most a second old.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use moka::future::Cache;
use ringhook_openapi::{AccountStatus, Channel, SignaturePolicy};
use zeroize::Zeroizing;

use super::{DomainError, Ground, Result, quotas::Quota};
use crate::{
    secrets::{Column, Place},
    store::{
        AccountId, AccountKeyId, ProviderId, Store, StoreError, Ts, WebhookTokenId, WorkspaceId,
        accounts::Account, group::Group, providers::Provider, quotas::Quotas, workspaces::Workspace,
    },
};

/// Workspaces kept at once; one that is not among them costs a few reads at its next call.
const WORKSPACES: u64 = 10_000;
const TOKENS: u64 = 50_000;
/// Tokens that wait to be looked up; one more is told to come again.
const LOOKUPS: usize = 4096;
/// Workspaces whose revisions are read at once.
const REFRESHED: usize = 1000;
const IDLE: Duration = Duration::from_secs(3600);
/// Accounts and providers of one workspace, at most: the limit of their lists.
const PER_WORKSPACE: i64 = 10_000;

/// A connected account, ready to verify with.
pub struct Caller {
    pub id: AccountId,
    pub status: AccountStatus,
    pub policy: SignaturePolicy,
    /// The primary and, during a rotation, the secondary auth token.
    pub auth_tokens: Vec<Zeroizing<Vec<u8>>>,
    /// The API keys whose access tokens let its devices in.
    pub keys: HashSet<AccountKeyId>,
}

/// A token of the webhook URL, by its hash.
pub struct HookToken {
    pub id: WebhookTokenId,
    pub hash: Vec<u8>,
    pub ends_at: Option<Ts>,
}

/// One workspace, as of one revision.
pub struct Tenant {
    pub workspace: Workspace,
    pub quotas: Quotas,
    pub accounts: HashMap<String, Caller>,
    pub tokens: Vec<HookToken>,
    pub providers: HashMap<ProviderId, Provider>,
}

impl Tenant {
    pub fn id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// How long a call rings.
    pub fn ring_ttl(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.workspace.ring_ttl_seconds).unwrap_or_default())
    }

    /// The rate of verified calls that the operator gave this workspace; `None`: what every workspace has.
    pub fn calls_per_second(&self) -> Option<NonZeroU32> {
        self.quotas.own(Quota::CallsPerSecond)
    }

    /// The token of this hash, unless it has ended.
    pub fn token(&self, hash: &[u8], now: Ts) -> Option<&HookToken> {
        let token = self.tokens.iter().find(|token| token.hash == hash)?;
        token.ends_at.is_none_or(|end| end > now).then_some(token)
    }

    /// The connected, active account of this SID.
    pub fn caller(&self, sid: &str) -> Option<&Caller> {
        self.accounts.get(sid).filter(|caller| caller.status == AccountStatus::Active)
    }

    /// The provider that serves a binding: the one it names, or its channel's default.
    pub fn provider(&self, channel: Channel, named: Option<ProviderId>) -> Option<&Provider> {
        match named {
            Some(id) => self.providers.get(&id),
            None => {
                let kind = channel.provider_kind()?;
                self.providers.values().find(|provider| provider.is_default && provider.kind.0 == kind)
            }
        }
    }
}

/// Finds the workspaces of webhook tokens, one read for many.
fn lookups(store: Store) -> Group<Vec<u8>, Option<WorkspaceId>> {
    let look_up = move |hashes: Vec<Vec<u8>>| {
        let store = store.clone();
        async move {
            let found: HashMap<_, _> =
                store.engine().read().await?.webhook_token_owners(&hashes).await?.into_iter().collect();
            Ok(hashes.iter().map(|hash| found.get(hash).copied()).collect())
        }
    };
    Group::start(LOOKUPS, 1, look_up)
}

/// The workspaces in memory.
pub struct Directory {
    ground: Ground,
    tenants: Cache<WorkspaceId, Arc<Tenant>>,
    /// Which workspace a webhook token belongs to: that never changes.
    owners: Cache<Vec<u8>, WorkspaceId>,
    lookups: Group<Vec<u8>, Option<WorkspaceId>>,
}

impl Directory {
    pub fn new(ground: Ground) -> Self {
        Self {
            lookups: lookups(ground.store.clone()),
            ground,
            tenants: Cache::builder().max_capacity(WORKSPACES).time_to_idle(IDLE).build(),
            owners: Cache::builder().max_capacity(TOKENS).time_to_idle(IDLE).build(),
        }
    }

    /// The workspace of a webhook token, by the token's hash; perhaps of an older revision. Anybody can make tokens up,
    /// and among those may be that of a webhook whose first call this is: so nobody is turned away, and all that are
    /// asked for at one time cost one read.
    ///
    /// # Errors
    /// As for any read, and when too many wait already.
    pub async fn by_token(&self, hash: &[u8]) -> Result<Option<Arc<Tenant>>> {
        if let Some(workspace) = self.owners.get(hash).await {
            return self.tenant(workspace).await;
        }
        let Some(looked_up) = self.lookups.try_write(hash.to_vec()).await else {
            return Err(StoreError::Unavailable("too many webhook tokens are looked up".into()).into());
        };
        let Some(workspace) = looked_up? else { return Ok(None) };
        self.owners.insert(hash.to_vec(), workspace).await;
        self.tenant(workspace).await
    }

    /// A workspace; perhaps of an older revision.
    pub async fn tenant(&self, id: WorkspaceId) -> Result<Option<Arc<Tenant>>> {
        match self.tenants.get(&id).await {
            Some(tenant) => Ok(Some(tenant)),
            None => self.load(id).await,
        }
    }

    /// The workspace as the database has it now: `tenant` itself where nothing changed. One read.
    pub async fn fresh(&self, tenant: &Arc<Tenant>) -> Result<Option<Arc<Tenant>>> {
        let revision = self.ground.store.engine().read().await?.workspace_revision(tenant.id()).await?;
        match revision {
            Some(revision) => self.at(tenant, revision).await,
            None => Ok(None),
        }
    }

    /// The workspace at `revision`, or later.
    pub async fn at(&self, tenant: &Arc<Tenant>, revision: i64) -> Result<Option<Arc<Tenant>>> {
        match tenant.workspace.revision >= revision {
            true => Ok(Some(tenant.clone())),
            false => self.load(tenant.id()).await,
        }
    }

    /// Reads anew what has changed of the workspaces in memory, since the last call on their behalf. Answers those that could
    /// not be read, each with the reason: they hold up no other, and are tried again the next time.
    ///
    /// # Errors
    /// When it cannot be read what has changed.
    pub async fn refresh(&self) -> Result<Vec<(WorkspaceId, DomainError)>> {
        let mut unread = Vec::new();
        let known: Vec<_> =
            self.tenants.iter().map(|(id, tenant)| (*id, tenant.workspace.revision)).collect();
        for known in known.chunks(REFRESHED) {
            let ids: Vec<_> = known.iter().map(|(id, _)| *id).collect();
            let mut conn = self.ground.store.engine().read().await?;
            let current = conn.workspaces_revisions(&ids).await?;
            drop(conn);
            let current: HashMap<_, _> = current.into_iter().collect();
            for (id, revision) in known {
                // One that is gone is read too, and forgotten by that.
                if current.get(id).is_none_or(|current| current > revision)
                    && let Err(error) = self.load(*id).await
                {
                    unread.push((*id, error));
                }
            }
        }
        Ok(unread)
    }

    async fn load(&self, id: WorkspaceId) -> Result<Option<Arc<Tenant>>> {
        let mut conn = self.ground.store.engine().read().await?;
        // The workspace is read first: rows that change behind it belong to a revision that is yet to come.
        let Some(workspace) = conn.workspace(id).await? else {
            self.tenants.invalidate(&id).await;
            return Ok(None);
        };
        let quotas = conn.workspace_quotas(id).await?.unwrap_or_default();
        let accounts = conn.accounts(id, None, PER_WORKSPACE).await?;
        let keys = conn.account_key_ids(id).await?;
        let tokens = conn.webhook_tokens(id).await?;
        let providers = conn.providers(id, None, PER_WORKSPACE).await?;
        drop(conn);
        let accounts: Result<HashMap<_, _>> =
            accounts.into_iter().map(|row| self.caller(row, &keys)).collect();
        let tokens = tokens.into_iter().map(|row| HookToken {
            id: row.id,
            hash: row.token_hash,
            ends_at: row.ends_at,
        });
        let tenant = Arc::new(Tenant {
            workspace,
            quotas,
            accounts: accounts?,
            tokens: tokens.collect(),
            providers: providers.into_iter().map(|row| (row.id, row)).collect(),
        });
        self.tenants.insert(id, tenant.clone()).await;
        Ok(Some(tenant))
    }

    fn caller(&self, row: Account, keys: &[(AccountId, AccountKeyId)]) -> Result<(String, Caller)> {
        let sealed = [
            (Column::AuthToken, Some(&row.auth_token)),
            (Column::AuthTokenSecondary, row.auth_token_secondary.as_ref()),
        ];
        let mut auth_tokens = Vec::new();
        for (column, value) in sealed {
            let place = Place { column, workspace: row.workspace_id.0, row: row.id.0.as_bytes() };
            if let Some(value) = value {
                auth_tokens.push(self.ground.keyring.open(place, value)?);
            }
        }
        let own = keys.iter().filter(|(account, _)| *account == row.id);
        let caller = Caller {
            id: row.id,
            status: row.status.0,
            policy: row.signature_policy.0,
            auth_tokens,
            keys: own.map(|(_, key)| *key).collect(),
        };
        Ok((row.account_sid, caller))
    }
}

#[cfg(test)]
mod tests;
