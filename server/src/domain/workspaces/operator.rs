//! Workspaces as the operator makes and mends them, without the dashboard.

use std::time::Duration;

use ringhook_openapi::{AccountStatus, Scope, SignaturePolicy};
use ringhook_web::mails::SetPassword;

use super::{ACCOUNT_SID_RULE, Born, is_account_sid};
use crate::{
    domain::{
        DomainError, Fault, Ground, Result,
        api_keys::{self, Made, NewApiKey},
        audit::Action,
        checks::Faults,
        members,
        people::{self, email, reset},
    },
    mail,
    secrets::{Column, Place},
    store::{
        AccountId, Ts, Word, WorkspaceId,
        accounts::Account,
        mails::NewMail,
        members::{Member, Role},
        tickets::Ticket,
        users::User,
    },
};

/// How long a new owner's link to set a password works.
const DAYS: u32 = 7;
const WELCOME: Duration = Duration::from_secs(DAYS as u64 * 24 * 3600);

/// What an operator asks for.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// What people call it.
    pub name: String,
    /// The address of its owner, who need not have an account yet.
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

fn checked(new: &NewWorkspace) -> Result<String> {
    let mut faults = Faults::default();
    faults.workspace_name("/name", &new.name);
    let email =
        faults.take(email::canonical(&new.owner_email).map_err(|detail| Fault::new("/owner", detail)));
    if let Some(account) = &new.account {
        faults.check(is_account_sid(&account.sid), "/account_sid", ACCOUNT_SID_RULE);
        faults.secret("/auth_token", &account.auth_token);
    }
    faults.none()?;
    email.ok_or(DomainError::NotFound("owner"))
}

/// Makes a workspace without the dashboard: with a webhook token, an API key of every scope and, if asked, a Twilio
/// account. An owner who cannot log in yet is mailed a link to set a password; `base` is the public URL.
///
/// # Errors
/// [`DomainError::Invalid`] names every fault of the input.
pub async fn bootstrap(ground: &Ground, base: &str, new: NewWorkspace) -> Result<Created> {
    let email = checked(&new)?;
    let known = ground.store.engine().read().await?.user_by_email(&email).await?;
    let (born, webhook_token) = Born::new(ground, &new.name)?;
    let (id, now) = (born.workspace.id, born.workspace.created_at);
    let first = NewApiKey { name: "First key".into(), scopes: Scope::ALL.to_vec(), expires_at: None };
    let Made { key: api_key, row: key_row } = api_keys::new_key(id, &first, now);
    let account = new.account.map(|account| account_row(ground, id, account, now)).transpose()?;
    let is_new = known.is_none();
    let owner = known.unwrap_or_else(|| people::expected_user(email, now));
    let welcome = match owner.email_verified_at {
        Some(_) => None,
        None => Some(welcome(ground, base, &born.workspace.name, &owner)?),
    };
    let write = ground.write_across(async move |conn| {
        if is_new {
            conn.user_insert(&owner).await?;
        }
        born.insert(conn, owner.id).await?;
        conn.api_key_insert(&key_row).await?;
        if let Some(account) = &account {
            conn.account_insert(account).await?;
        }
        if let Some((ticket, mail)) = &welcome {
            conn.ticket_insert(ticket).await?;
            conn.mail_insert(mail).await?;
        }
        Ok(())
    });
    write.await?;
    Ok(Created { id, webhook_token, api_key: api_key.to_string() })
}

/// Makes this address the owner, and an owner before them an admin; who cannot log in yet is mailed a link to set a
/// password. The operator's, for a workspace whose owner is lost.
///
/// # Errors
/// [`DomainError::Invalid`] at `/owner`, [`DomainError::NotFound`] when there is no such workspace.
pub async fn set_owner(ground: &Ground, base: &str, id: WorkspaceId, email: &str) -> Result<()> {
    let email = email::canonical(email).map_err(|detail| DomainError::invalid("/owner", detail))?;
    let mut conn = ground.store.engine().read().await?;
    let name = conn.workspace(id).await?.ok_or(DomainError::NotFound("workspace"))?.name;
    let known = conn.user_by_email(&email).await?;
    drop(conn);
    let (now, is_new) = (ground.clock.now(), known.is_none());
    let owner = known.unwrap_or_else(|| people::expected_user(email, now));
    let welcome = match owner.email_verified_at {
        Some(_) => None,
        None => Some(welcome(ground, base, &name, &owner)?),
    };
    let entry = ground.entry(Some(id), Action::OwnerSet, &owner.email);
    let write = ground.write_across(async move |conn| {
        members::hold(conn, id).await?;
        if is_new {
            conn.user_insert(&owner).await?;
        }
        for (member, _) in conn.members(id).await? {
            if member.role.0 == Role::Owner {
                conn.member_set_role(id, member.user_id, Role::Admin).await?;
            }
        }
        if !conn.member_set_role(id, owner.id, Role::Owner).await? {
            let role = Word(Role::Owner);
            conn.member_insert(&Member { workspace_id: id, user_id: owner.id, role, created_at: now })
                .await?;
        }
        if let Some((ticket, mail)) = &welcome {
            conn.ticket_insert(ticket).await?;
            conn.mail_insert(mail).await?;
        }
        Ok(conn.audit_insert(&entry).await?)
    });
    write.await
}

/// The link with which an owner sets their first password.
fn welcome(ground: &Ground, base: &str, workspace: &str, owner: &User) -> Result<(Ticket, NewMail)> {
    let (token, ticket) = reset::ticket(ground, owner, WELCOME)?;
    let view = SetPassword { workspace: workspace.to_owned(), link: reset::link(base, &token), days: DAYS };
    Ok((ticket, mail::outgoing(ground, &owner.email, &view)?))
}

fn account_row(ground: &Ground, workspace: WorkspaceId, new: NewAccount, now: Ts) -> Result<Account> {
    let id = AccountId::new(now);
    let place = Place { column: Column::AuthToken, workspace: workspace.0, row: id.0.as_bytes() };
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
