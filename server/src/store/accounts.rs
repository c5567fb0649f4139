//! Twilio accounts connected to workspaces, and the Twilio API keys stored with them.

use diesel::{OptionalExtension, prelude::*};
use diesel_async::RunQueryDsl;
use ringhook_openapi::{AccountStatus, SignaturePolicy};

use super::{
    AccountId, AccountKeyId, Conn, Result, Ts, Word, WorkspaceId,
    connection::run,
    schema::{account_keys, accounts, bindings},
};

/// A Twilio account of one workspace; its auth tokens are sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Account {
    pub id: AccountId,
    pub workspace_id: WorkspaceId,
    pub account_sid: String,
    pub friendly_name: String,
    pub status: Word<AccountStatus>,
    pub signature_policy: Word<SignaturePolicy>,
    pub auth_token: Vec<u8>,
    pub auth_token_secondary: Option<Vec<u8>>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

/// A Twilio API key (`SK…`) whose secret verifies access tokens; the secret is sealed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_keys)]
pub struct AccountKey {
    pub id: AccountKeyId,
    pub workspace_id: WorkspaceId,
    pub account_id: AccountId,
    pub key_sid: String,
    pub secret: Vec<u8>,
    pub created_at: Ts,
}

impl Conn {
    pub async fn account_insert(&mut self, row: &Account) -> Result<()> {
        run!(self, |c| {
            diesel::insert_into(accounts::table).values(row).execute(c).await?;
            Ok(())
        })
    }

    pub async fn account(&mut self, workspace: WorkspaceId, sid: &str) -> Result<Option<Account>> {
        run!(self, |c| {
            let of_workspace = accounts::table.filter(accounts::workspace_id.eq(workspace));
            let query = of_workspace.filter(accounts::account_sid.eq(sid)).select(Account::as_select());
            Ok(query.first(c).await.optional()?)
        })
    }

    /// Which of these accounts are connected to the workspace.
    pub async fn accounts_connected(
        &mut self,
        workspace: WorkspaceId,
        sids: Vec<&str>,
    ) -> Result<Vec<String>> {
        run!(self, |c| {
            let found = accounts::table
                .filter(accounts::workspace_id.eq(workspace))
                .filter(accounts::account_sid.eq_any(sids));
            Ok(found.select(accounts::account_sid).load(c).await?)
        })
    }

    /// The workspace's accounts after `after`, in the order of connecting.
    pub async fn accounts(
        &mut self,
        workspace: WorkspaceId,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<Vec<Account>> {
        run!(self, |c| {
            let of_workspace = accounts::table.filter(accounts::workspace_id.eq(workspace));
            let mut query = of_workspace.select(Account::as_select()).into_boxed();
            if let Some(after) = after {
                query = query.filter(accounts::id.gt(after));
            }
            Ok(query.order(accounts::id).limit(limit).load(c).await?)
        })
    }

    pub async fn account_update(&mut self, row: &Account) -> Result<bool> {
        run!(self, |c| {
            let found = accounts::table.find(row.id).filter(accounts::workspace_id.eq(row.workspace_id));
            Ok(diesel::update(found).set(row).execute(c).await? > 0)
        })
    }

    /// Deletes the account, its keys and its bindings.
    pub async fn account_delete(&mut self, workspace: WorkspaceId, sid: &str) -> Result<bool> {
        run!(self, |c| {
            let of_workspace = accounts::table.filter(accounts::workspace_id.eq(workspace));
            let found = of_workspace.filter(accounts::account_sid.eq(sid));
            let deleted = diesel::delete(found).execute(c).await?;
            let of_workspace = bindings::table.filter(bindings::workspace_id.eq(workspace));
            let orphans = of_workspace.filter(bindings::account_sid.eq(sid));
            diesel::delete(orphans).execute(c).await?;
            Ok(deleted > 0)
        })
    }

    pub async fn account_keys(&mut self, workspace: WorkspaceId) -> Result<Vec<AccountKey>> {
        run!(self, |c| {
            let of_workspace = account_keys::table.filter(account_keys::workspace_id.eq(workspace));
            Ok(of_workspace.select(AccountKey::as_select()).order(account_keys::id).load(c).await?)
        })
    }

    /// The ids of all API keys of the workspace, each with its account.
    pub async fn account_key_ids(
        &mut self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(AccountId, AccountKeyId)>> {
        run!(self, |c| {
            let of_workspace = account_keys::table.filter(account_keys::workspace_id.eq(workspace));
            Ok(of_workspace.select((account_keys::account_id, account_keys::id)).load(c).await?)
        })
    }

    /// Puts `rows` in the place of all keys of the account.
    pub async fn account_keys_replace(
        &mut self,
        workspace: WorkspaceId,
        account: AccountId,
        rows: &[AccountKey],
    ) -> Result<()> {
        run!(self, |c| {
            let of_workspace = account_keys::table.filter(account_keys::workspace_id.eq(workspace));
            let old = of_workspace.filter(account_keys::account_id.eq(account));
            diesel::delete(old).execute(c).await?;
            for row in rows {
                diesel::insert_into(account_keys::table).values(row).execute(c).await?;
            }
            Ok(())
        })
    }
}
