//! Workspaces, and what a new one is born with.

use ringhook_openapi::{AccountStatus, AnswerRule, Scope, SignaturePolicy};

use super::{DomainError, Fault, Ground, Result};
use crate::{
    secrets::{self, Place},
    store::{
        AccountId, ApiKeyId, Ts, WebhookTokenId, Word, WorkspaceId,
        accounts::Account,
        api_keys::ApiKey,
        workspaces::{WebhookToken, Workspace},
    },
};

/// Longest name of a workspace, in characters.
const NAME_LIMIT: usize = 100;
/// The recognisable part of an API key, shown in lists.
const KEY_PREFIX: &str = "rhk_";
const SHOWN_PREFIX: usize = 10;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub owner_email: String,
    /// A Twilio account to connect at once.
    pub account: Option<NewAccount>,
}

/// A Twilio account's SID and auth token.
#[derive(Clone)]
pub struct NewAccount {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// The account's auth token.
    pub auth_token: String,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAccount({})", self.sid)
    }
}

/// A new workspace, with the secrets that are shown this once.
pub struct Created {
    /// Its id.
    pub id: WorkspaceId,
    /// The token of its webhook URL.
    pub webhook_token: String,
    /// An API key with every scope.
    pub api_key: String,
}

fn faults_of(new: &NewWorkspace) -> Vec<Fault> {
    let mut faults = Vec::new();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_LIMIT || name.chars().any(char::is_control) {
        faults.push(Fault::new(
            "/name",
            format!("must have 1 to {NAME_LIMIT} characters, none of them control characters"),
        ));
    }
    let email = new.owner_email.trim();
    let parts = email.split_once('@');
    if email.len() > 254
        || email.contains(char::is_whitespace)
        || !parts.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
    {
        faults.push(Fault::new("/owner", "must be an e-mail address"));
    }
    if let Some(account) = &new.account {
        if !is_account_sid(&account.sid) {
            faults.push(Fault::new("/account_sid", ACCOUNT_SID_RULE));
        }
        if account.auth_token.is_empty() || account.auth_token.len() > 256 {
            faults.push(Fault::new("/auth_token", "must have 1 to 256 characters"));
        }
    }
    faults
}

/// What an Account SID looks like, for messages.
pub const ACCOUNT_SID_RULE: &str = "must be an Account SID: AC and 32 hexadecimal digits";

/// Whether a text looks like an Account SID.
pub fn is_account_sid(text: &str) -> bool {
    let hex = text.strip_prefix("AC").unwrap_or_default();
    hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A slug from a name and an id: readable, and never taken.
fn slug_of(name: &str, id: WorkspaceId) -> String {
    let words = name.to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let id = id.to_string();
    let tail = &id[id.len() - 6..];
    match words.join("-") {
        empty if empty.is_empty() => tail.to_owned(),
        mut slug => {
            slug.truncate(40);
            format!("{slug}-{tail}")
        }
    }
}

/// Makes a workspace with its webhook token, an API key of every scope and, if asked, a Twilio account.
///
/// # Errors
/// [`DomainError::Invalid`] names every fault of the input.
pub async fn create(ground: &Ground, new: NewWorkspace) -> Result<Created> {
    let faults = faults_of(&new);
    if !faults.is_empty() {
        return Err(DomainError::Invalid(faults));
    }
    let now = ground.clock.now();
    let id = WorkspaceId::new(now);
    let workspace = workspace_row(id, &new, now);
    let (webhook_token, token_row) = webhook_token(ground, id, now)?;
    let (api_key, key_row) = api_key(id, "First key", Scope::ALL, now);
    let account = new.account.map(|account| account_row(ground, id, account, now)).transpose()?;
    let write = ground.store.write(async move |conn| {
        conn.workspace_insert(&workspace).await?;
        conn.webhook_token_insert(&token_row).await?;
        conn.api_key_insert(&key_row).await?;
        match &account {
            Some(account) => conn.account_insert(account).await,
            None => Ok(()),
        }
    });
    write.await?;
    Ok(Created { id, webhook_token, api_key })
}

fn workspace_row(id: WorkspaceId, new: &NewWorkspace, now: Ts) -> Workspace {
    Workspace {
        id,
        name: new.name.trim().to_owned(),
        slug: slug_of(&new.name, id),
        owner_email: new.owner_email.trim().to_owned(),
        answer: Word(AnswerRule::Accepted),
        answer_within_ms: 2000,
        ring_ttl_seconds: 30,
        retention_days: 30,
        time_zone: "UTC".into(),
        revision: 1,
        created_at: now,
        updated_at: now,
    }
}

/// A new webhook token: the text for the URL, and its row.
///
/// # Errors
/// When it cannot be sealed.
pub fn webhook_token(ground: &Ground, workspace: WorkspaceId, now: Ts) -> Result<(String, WebhookToken)> {
    let token = secrets::token("");
    let id = WebhookTokenId::new(now);
    let place = Place { column: "webhook_tokens.token", workspace: workspace.0, row: id.0.as_bytes() };
    let row = WebhookToken {
        id,
        workspace_id: workspace,
        token_hash: secrets::hash(&token),
        token_sealed: ground.keyring.seal(place, token.as_bytes())?,
        created_at: now,
        ends_at: None,
        last_used_at: None,
    };
    Ok((token, row))
}

fn api_key(workspace: WorkspaceId, name: &str, scopes: &[Scope], now: Ts) -> (String, ApiKey) {
    let key = secrets::token(KEY_PREFIX);
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let row = ApiKey {
        id: ApiKeyId::new(now),
        workspace_id: workspace,
        name: name.into(),
        prefix: key[..SHOWN_PREFIX].to_owned(),
        key_hash: secrets::hash(&key),
        scopes: scopes.join(" "),
        created_at: now,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    (key, row)
}

fn account_row(ground: &Ground, workspace: WorkspaceId, new: NewAccount, now: Ts) -> Result<Account> {
    let id = AccountId::new(now);
    let place = Place { column: "accounts.auth_token", workspace: workspace.0, row: id.0.as_bytes() };
    Ok(Account {
        id,
        workspace_id: workspace,
        friendly_name: new.sid.clone(),
        account_sid: new.sid,
        status: Word(AccountStatus::Active),
        signature_policy: Word(SignaturePolicy::Full),
        auth_token: ground.keyring.seal(place, new.auth_token.as_bytes())?,
        auth_token_secondary: None,
        created_at: now,
        updated_at: now,
    })
}
