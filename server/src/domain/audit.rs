//! Who changed what: every change to people, roles, keys, accounts, providers, tokens and settings leaves an entry, in
//! the transaction of the change itself. No entry holds a secret.

use serde_json::{Value, json};

use super::{Ground, Result};
use crate::store::{AuditId, Json, UserId, WorkspaceId, audit::AuditEntry};

ringhook_openapi::words! {
    /// What was done.
    Action {
        PersonSignedUp = "person_signed_up",
        LoggedIn = "logged_in",
        SessionsEnded = "sessions_ended",
        PasswordReset = "password_reset",
        PasswordChanged = "password_changed",
        EmailChanged = "email_changed",
        AuthenticatorAdded = "authenticator_added",
        AuthenticatorRemoved = "authenticator_removed",
        OidcLinked = "oidc_linked",
        OidcUnlinked = "oidc_unlinked",
        PasskeyAdded = "passkey_added",
        PasskeyRemoved = "passkey_removed",
        RecoveryCodesMade = "recovery_codes_made",
        RecoveryCodeUsed = "recovery_code_used",
        AccountDeleted = "account_deleted",
        WorkspaceCreated = "workspace_created",
        InvitationSent = "invitation_sent",
        InvitationSentAgain = "invitation_sent_again",
        InvitationWithdrawn = "invitation_withdrawn",
        MemberJoined = "member_joined",
        MemberRemoved = "member_removed",
        MemberLeft = "member_left",
        RoleChanged = "role_changed",
        OwnershipTransferred = "ownership_transferred",
        WorkspaceRenamed = "workspace_renamed",
        SettingsChanged = "settings_changed",
        WorkspaceDeletionAsked = "workspace_deletion_asked",
        WorkspaceRestored = "workspace_restored",
        WorkspaceDeleted = "workspace_deleted",
        WorkspaceDisabled = "workspace_disabled",
        WorkspaceEnabled = "workspace_enabled",
        OwnerSet = "owner_set",
        PersonDisabled = "person_disabled",
        PersonEnabled = "person_enabled",
        QuotasChanged = "quotas_changed",
        ApiKeyMade = "api_key_made",
        ApiKeyRolled = "api_key_rolled",
        ApiKeyRevoked = "api_key_revoked",
        AccountConnected = "account_connected",
        AccountChanged = "account_changed",
        AccountDisconnected = "account_disconnected",
        ProviderMade = "provider_made",
        ProviderChanged = "provider_changed",
        ProviderDeleted = "provider_deleted",
        WebhookTokenMade = "webhook_token_made",
        WebhookTokenEnded = "webhook_token_ended",
        BindingsChanged = "bindings_changed",
    }
}

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// An e-mail address, an API key's name, `operator` or `ringhook`.
    pub name: String,
    /// The person, if it is one.
    pub user: Option<UserId>,
    /// The address that the request came from; empty for what runs on the server.
    pub address: String,
}

impl Actor {
    /// The program itself.
    pub fn system() -> Self {
        Self { name: "ringhook".into(), user: None, address: String::new() }
    }

    /// Whoever has a shell on the server.
    pub fn operator() -> Self {
        Self { name: "operator".into(), ..Self::system() }
    }

    /// Nobody known yet, at this address.
    pub fn visitor(address: String) -> Self {
        Self { name: "visitor".into(), user: None, address }
    }
}

impl Ground {
    /// The same ground, for changes that `actor` makes.
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor: actor.into(), ..self.clone() }
    }

    /// The entry of what the actor does to `target` now.
    pub fn entry(&self, workspace: Option<WorkspaceId>, action: Action, target: impl ToString) -> AuditEntry {
        let at = self.clock.now();
        AuditEntry {
            id: AuditId::new(at),
            workspace_id: workspace,
            user_id: self.actor.user,
            actor: self.actor.name.clone(),
            action: action.as_str().into(),
            target: target.to_string(),
            changes: Json(json!({})),
            address: self.actor.address.clone(),
            at,
        }
    }
}

/// A workspace's entries before `before`, at most `limit`, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn page(
    ground: &Ground,
    workspace: WorkspaceId,
    before: Option<AuditId>,
    limit: usize,
) -> Result<Vec<AuditEntry>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(ground.store.read(workspace).await?.audit_page(workspace, before, limit).await?)
}

impl AuditEntry {
    /// In the log of this person, who may not be the one who acts.
    pub fn of(self, user: UserId) -> Self {
        Self { user_id: Some(user), ..self }
    }

    /// With what changed: `{"role": {"from": "viewer", "to": "admin"}}`.
    pub fn with(self, changes: Value) -> Self {
        Self { changes: Json(changes), ..self }
    }
}
