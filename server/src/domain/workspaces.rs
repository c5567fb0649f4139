//! Workspaces, and what a new one is born with.

mod operator;

use std::time::Duration;

pub use operator::{Created, NewAccount, NewWorkspace, bootstrap, set_owner};
use ringhook_openapi::AnswerRule;

use super::{DomainError, Ground, Result, audit::Action, checks::Faults};
use crate::{
    secrets::{self, Column, Place},
    store::{
        Across, Ts, UserId, WebhookTokenId, Word, WorkspaceId,
        audit::AuditEntry,
        members::{Member, Role},
        users::User,
        workspaces::{WebhookToken, Workspace},
    },
};

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

/// Workspaces that one person owns, at most.
const OWNED: usize = 50;
/// The same name again this soon is the same form, sent twice.
const TWICE: Duration = Duration::from_secs(10);

/// Makes a workspace for `owner`, with its webhook token; a form that is sent twice makes one.
///
/// # Errors
/// [`DomainError::Invalid`] names `/name`, 409 `too_many_workspaces`.
pub async fn create(ground: &Ground, name: &str, owner: &User) -> Result<Workspace> {
    let mut faults = Faults::default();
    faults.workspace_name("/name", name);
    faults.none()?;
    let (born, _) = Born::new(ground, name)?;
    let (owner, now) = (owner.id, ground.clock.now());
    let write = ground.write_across(async move |conn| {
        conn.lock(&format!("workspaces of {owner}")).await?;
        let mut owned = conn.workspaces_of(owner).await?;
        owned.retain(|(_, role)| *role == Role::Owner);
        let again = |row: &Workspace| row.name == born.workspace.name && row.created_at + TWICE > now;
        if let Some((row, _)) = owned.iter().find(|(row, _)| again(row)) {
            return Ok(row.clone());
        }
        if owned.len() >= OWNED {
            let detail = format!("You own {OWNED} workspaces; delete or transfer one first.");
            return Err(DomainError::Conflict { code: "too_many_workspaces", detail });
        }
        let workspace = born.workspace.clone();
        born.insert(conn, owner).await?;
        Ok(workspace)
    });
    write.await
}

/// The workspaces that this person belongs to, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_person(ground: &Ground, user: &User) -> Result<Vec<(Workspace, Role)>> {
    Ok(ground.store.engine().read().await?.workspaces_of(user.id).await?)
}

/// The rows that every workspace begins with.
struct Born {
    workspace: Workspace,
    webhook_token: WebhookToken,
    entry: AuditEntry,
}

impl Born {
    /// The rows, and the webhook token's text.
    fn new(ground: &Ground, name: &str) -> Result<(Self, String)> {
        let now = ground.clock.now();
        let id = WorkspaceId::new(now);
        let workspace = workspace_row(id, name.trim(), now);
        let (text, webhook_token) = webhook_token(ground, id, now)?;
        let entry = ground.entry(Some(id), Action::WorkspaceCreated, &workspace.name);
        Ok((Self { workspace, webhook_token, entry }, text))
    }

    async fn insert(self, conn: &mut Across, owner: UserId) -> Result<()> {
        let (workspace_id, created_at) = (self.workspace.id, self.workspace.created_at);
        conn.workspace_insert(&self.workspace).await?;
        conn.webhook_token_insert(&self.webhook_token).await?;
        let owner = Member { workspace_id, user_id: owner, role: Word(Role::Owner), created_at };
        conn.member_insert(&owner).await?;
        Ok(conn.audit_insert(&self.entry).await?)
    }
}

fn workspace_row(id: WorkspaceId, name: &str, now: Ts) -> Workspace {
    Workspace {
        id,
        name: name.to_owned(),
        slug: slug_of(name, id),
        answer: Word(AnswerRule::Accepted),
        answer_within_ms: 2000,
        ring_ttl_seconds: 30,
        retention_days: 30,
        time_zone: "UTC".into(),
        revision: 1,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        deletes_at: None,
    }
}

/// A new webhook token: the text for the URL, and its row.
///
/// # Errors
/// When it cannot be sealed.
pub fn webhook_token(ground: &Ground, workspace: WorkspaceId, now: Ts) -> Result<(String, WebhookToken)> {
    let token = secrets::token("");
    let id = WebhookTokenId::new(now);
    let place = Place { column: Column::WebhookToken, workspace: workspace.0, row: id.0.as_bytes() };
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
