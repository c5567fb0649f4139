//! What a workspace's bindings stand on: its accounts and providers, read once for many bindings.

use std::collections::HashSet;

use ringhook_openapi::{Channel, ProviderKind};

use super::no_such_provider;
use crate::{
    domain::{DomainError, Result, credentials},
    store::{Conn, ProviderId, WorkspaceId},
};

/// As it is in this transaction.
pub(super) struct SetUp {
    accounts: HashSet<String>,
    /// Each with its kind, and whether it is the default one.
    providers: Vec<(ProviderId, ProviderKind, bool)>,
}

impl SetUp {
    /// Reads which of these accounts are connected, and the providers.
    pub(super) async fn load(
        conn: &mut Conn,
        workspace: WorkspaceId,
        account_sids: impl IntoIterator<Item = &str>,
    ) -> Result<Self> {
        let asked: HashSet<&str> = account_sids.into_iter().collect();
        let accounts = conn.accounts_connected(workspace, asked.into_iter().collect()).await?;
        let providers = conn.provider_kinds(workspace).await?;
        Ok(Self {
            accounts: accounts.into_iter().collect(),
            providers: providers.into_iter().map(|(id, kind, is_default)| (id, kind.0, is_default)).collect(),
        })
    }

    /// Whether the account is connected.
    ///
    /// # Errors
    /// 422 `account_not_connected`.
    pub(super) fn check_account(&self, sid: &str) -> Result<()> {
        let detail = "is not connected to this workspace; connect it first";
        match self.accounts.contains(sid) {
            true => Ok(()),
            false => Err(DomainError::unprocessable("account_not_connected", "/account_sid", detail)),
        }
    }

    /// Whether a binding of this channel may ring through the provider that it names, or through the default one.
    ///
    /// # Errors
    /// 422 `kind_not_supported` for a channel that no provider can be set up for, `no_provider`; [`DomainError::Invalid`] for
    /// one that does not fit.
    pub(super) fn check_provider(&self, channel: Channel, named: Option<ProviderId>) -> Result<()> {
        const MEMBER: &str = "/provider_id";
        let Some(kind) = channel.provider_kind() else {
            return match named {
                Some(_) => {
                    Err(DomainError::invalid(MEMBER, "must be left out: a websocket needs no provider"))
                }
                None => Ok(()),
            };
        };
        if !credentials::is_supported(kind) {
            let detail = "is not supported by this version; fcm, apns, apns_voip and websocket are";
            return Err(DomainError::unprocessable("kind_not_supported", "/channel", detail));
        }
        let Some(id) = named else {
            let has_default = self.providers.iter().any(|(_, own, is_default)| *own == kind && *is_default);
            let detail = format!("has no provider: set up one of kind `{kind}` first");
            return match has_default {
                true => Ok(()),
                false => Err(DomainError::unprocessable("no_provider", "/channel", detail)),
            };
        };
        match self.providers.iter().find(|(known, ..)| *known == id) {
            Some((_, own, _)) if *own == kind => Ok(()),
            Some((_, own, _)) => {
                let detail = format!("is of kind `{own}`; `{channel}` needs one of kind `{kind}`");
                Err(DomainError::invalid(MEMBER, detail))
            }
            None => Err(DomainError::Invalid(vec![no_such_provider()])),
        }
    }
}
