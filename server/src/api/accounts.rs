//! Twilio accounts.

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};
use ringhook_openapi::{
    accounts::{Account, AccountApiKey, AccountPatch, NewAccount},
    body::{Body, PatchBody},
    page::Page,
    problem::ApiProblem,
};

use super::{
    Noun,
    answers::{Created, Gone},
    paging::{self, Limit, one_more, page},
};
use crate::{
    access::{
        Allowed,
        need::{WorkspaceRead, WorkspaceWrite},
    },
    domain::accounts::{self, Connected},
};

pub struct Accounts;

#[OpenApi(tag = "Noun::Accounts")]
impl Accounts {
    /// List accounts
    ///
    /// In the order of connecting.
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/accounts", method = "get", operation_id = "listAccounts")]
    async fn list(
        &self,
        auth: Allowed<WorkspaceRead>,
        limit: Query<Limit>,
        cursor: Query<Option<String>>,
    ) -> Result<Json<Page<Account>>, ApiProblem> {
        let limit = limit.0.get()?;
        let after = paging::id("cursor", cursor.0.as_ref())?;
        let found = accounts::list(&auth.ground, auth.workspace, after, one_more(limit)).await?;
        Ok(Json(page(found, limit, |row| row.account.id.to_string(), wire)))
    }

    /// Connect an account
    ///
    /// Code of 409: `account_exists`.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/accounts", method = "post", operation_id = "createAccount")]
    async fn create(
        &self,
        auth: Allowed<WorkspaceWrite>,
        body: Body<NewAccount>,
    ) -> Result<Created<Account>, ApiProblem> {
        Ok(Created::new(wire(accounts::create(&auth.ground, auth.workspace, body.0).await?)))
    }

    /// Show an account
    ///
    /// Scope: `workspace:read`.
    #[oai(path = "/accounts/:account_sid", method = "get", operation_id = "getAccount")]
    async fn get(
        &self,
        auth: Allowed<WorkspaceRead>,
        account_sid: Path<String>,
    ) -> Result<Json<Account>, ApiProblem> {
        Ok(Json(wire(accounts::get(&auth.ground, auth.workspace, &account_sid).await?)))
    }

    /// Change an account
    ///
    /// A JSON merge patch. In force from the next call on.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/accounts/:account_sid", method = "patch", operation_id = "updateAccount")]
    async fn patch(
        &self,
        auth: Allowed<WorkspaceWrite>,
        account_sid: Path<String>,
        body: PatchBody<AccountPatch>,
    ) -> Result<Json<Account>, ApiProblem> {
        Ok(Json(wire(accounts::patch(&auth.ground, auth.workspace, &account_sid, body.0).await?)))
    }

    /// Disconnect an account
    ///
    /// Deletes its bindings and API keys with it; the log of its calls stays.
    ///
    /// Scope: `workspace:write`.
    #[oai(path = "/accounts/:account_sid", method = "delete", operation_id = "deleteAccount")]
    async fn delete(
        &self,
        auth: Allowed<WorkspaceWrite>,
        account_sid: Path<String>,
    ) -> Result<Gone, ApiProblem> {
        accounts::delete(&auth.ground, auth.workspace, &account_sid).await?;
        Ok(Gone::Gone)
    }
}

fn wire(row: Connected) -> Account {
    Account {
        account_sid: row.account.account_sid,
        friendly_name: row.account.friendly_name,
        status: row.account.status.0,
        signature_policy: row.account.signature_policy.0,
        api_keys: row.key_sids.into_iter().map(|sid| AccountApiKey { sid }).collect(),
    }
}
