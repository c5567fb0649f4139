//! What stands around every page of somebody who is logged in.

use crate::paths;

/// One of the reader's workspaces.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name.
    pub name: String,
    /// The part of its paths.
    pub slug: String,
    /// What the reader is there.
    pub role: &'static str,
}

/// Where the reader is, for the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// On the overview.
    Overview,
    /// In the log of calls.
    Calls,
    /// Among the bindings.
    Bindings,
    /// Among the Twilio accounts.
    Accounts,
    /// At the webhook.
    Webhook,
    /// Among the providers.
    Providers,
    /// At the test device.
    TestDevice,
    /// In the guides.
    Docs,
    /// Among the members.
    Members,
    /// Among the API keys.
    Keys,
    /// In the audit log.
    Audit,
    /// In the settings.
    Settings,
    /// In their own account.
    Account,
    /// Elsewhere.
    Elsewhere,
}

/// Something that was done, said once on the page that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Changes are kept.
    Saved,
    /// An account is there.
    Welcome,
    /// The password is another.
    PasswordChanged,
    /// Nobody is logged in here any more.
    LoggedOut,
    /// Sessions are no more.
    SessionsEnded,
    /// A link is on its way.
    LinkSent,
    /// The address is another.
    EmailChanged,
    /// The account is no more.
    AccountDeleted,
    /// An API key is no more.
    KeyRevoked,
    /// An invitation is on its way.
    Invited,
    /// An invitation has ended.
    InvitationWithdrawn,
    /// A member has another role.
    RoleChanged,
    /// A member is none any more.
    MemberRemoved,
    /// The reader is no member any more.
    Left,
    /// The reader is a member.
    Joined,
    /// Another member is the owner.
    Transferred,
    /// A workspace is open again.
    Restored,
    /// A Twilio account is connected.
    AccountConnected,
    /// A Twilio account is none of the workspace's any more.
    AccountDisconnected,
    /// A provider is set up.
    ProviderMade,
    /// A provider is no more.
    ProviderDeleted,
    /// A binding is registered.
    BindingMade,
    /// A binding is no more.
    BindingDeleted,
    /// A workspace is about to go.
    WorkspaceDeleted,
}

impl Notice {
    const ALL: &[Self] = &[
        Self::Saved,
        Self::Welcome,
        Self::PasswordChanged,
        Self::LoggedOut,
        Self::SessionsEnded,
        Self::LinkSent,
        Self::EmailChanged,
        Self::AccountDeleted,
        Self::KeyRevoked,
        Self::Invited,
        Self::InvitationWithdrawn,
        Self::RoleChanged,
        Self::MemberRemoved,
        Self::Left,
        Self::Joined,
        Self::Transferred,
        Self::Restored,
        Self::AccountConnected,
        Self::AccountDisconnected,
        Self::ProviderMade,
        Self::ProviderDeleted,
        Self::BindingMade,
        Self::BindingDeleted,
        Self::WorkspaceDeleted,
    ];

    /// The word in a URL.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Welcome => "welcome",
            Self::PasswordChanged => "password-changed",
            Self::LoggedOut => "logged-out",
            Self::SessionsEnded => "sessions-ended",
            Self::LinkSent => "link-sent",
            Self::EmailChanged => "email-changed",
            Self::AccountDeleted => "account-deleted",
            Self::KeyRevoked => "key-revoked",
            Self::Invited => "invited",
            Self::InvitationWithdrawn => "invitation-withdrawn",
            Self::RoleChanged => "role-changed",
            Self::MemberRemoved => "member-removed",
            Self::Left => "left",
            Self::Joined => "joined",
            Self::Transferred => "transferred",
            Self::Restored => "restored",
            Self::AccountConnected => "account-connected",
            Self::AccountDisconnected => "account-disconnected",
            Self::ProviderMade => "provider-made",
            Self::ProviderDeleted => "provider-deleted",
            Self::BindingMade => "binding-made",
            Self::BindingDeleted => "binding-deleted",
            Self::WorkspaceDeleted => "workspace-deleted",
        }
    }

    /// For people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Saved => "Saved.",
            Self::Welcome => "Your address is confirmed. Welcome!",
            Self::PasswordChanged => "Your password is changed. Log in with the new one.",
            Self::LoggedOut => "You are logged out.",
            Self::SessionsEnded => "Ended.",
            Self::LinkSent => {
                "A link is on its way to the new address. Until you follow it, nothing changes."
            }
            Self::EmailChanged => "Your address is changed.",
            Self::AccountDeleted => "Your account is deleted.",
            Self::KeyRevoked => "The key is revoked: it opens nothing any more.",
            Self::Invited => "The invitation is on its way.",
            Self::InvitationWithdrawn => "The invitation is withdrawn: its link works no more.",
            Self::RoleChanged => "The role is changed.",
            Self::MemberRemoved => "Removed.",
            Self::Left => "You have left the workspace.",
            Self::Joined => "Welcome! You have joined.",
            Self::Transferred => "The workspace has a new owner. You stay as an admin.",
            Self::Restored => "The workspace is open again.",
            Self::AccountConnected => "The account is connected.",
            Self::AccountDisconnected => "The account is disconnected.",
            Self::ProviderMade => "The provider is set up.",
            Self::ProviderDeleted => "The provider is deleted.",
            Self::BindingMade => "The device is registered.",
            Self::BindingDeleted => "Deleted.",
            Self::WorkspaceDeleted => {
                "The workspace is closed, and will be deleted in a week. Until then you can restore it."
            }
        }
    }

    /// The notice of a word; others say nothing.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notice| notice.word() == word)
    }
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Who reads.
    pub email: String,
    /// Which workspace the page is about.
    pub workspace: Option<Membership>,
    /// Where in it.
    pub here: Here,
    /// What was just done.
    pub notice: Option<Notice>,
    /// Pages of this workspace that the reader may open.
    pub links: Vec<(Here, &'static str, String)>,
}

impl Frame {
    /// A frame around a page of no workspace.
    pub fn personal(email: &str, here: Here) -> Self {
        Self { email: email.to_owned(), workspace: None, here, notice: None, links: Vec::new() }
    }

    /// The path of a page of this workspace.
    pub fn path(&self, rest: impl AsRef<str>) -> String {
        let path = |workspace: &Membership| paths::workspace(&workspace.slug, rest.as_ref());
        self.workspace.as_ref().map_or_else(|| paths::WORKSPACES.to_owned(), path)
    }

    /// As an owner sees it.
    pub fn sample() -> Self {
        let workspace =
            Membership { name: "Acme Support".into(), slug: "acme-support".into(), role: "owner" };
        let path = |rest: &str| paths::workspace(&workspace.slug, rest);
        Self {
            email: "ann@example.com".into(),
            here: Here::Overview,
            notice: Some(Notice::Saved),
            links: vec![
                (Here::Overview, "Overview", path("")),
                (Here::Calls, "Calls", path("/calls")),
                (Here::Bindings, "Bindings", path("/bindings")),
                (Here::Accounts, "Twilio accounts", path("/accounts")),
                (Here::Webhook, "Webhook", path("/webhook")),
                (Here::Providers, "Providers", path("/providers")),
                (Here::TestDevice, "Test device", path("/test-device")),
                (Here::Members, "Members", path("/members")),
                (Here::Keys, "API keys", path("/keys")),
                (Here::Audit, "Audit log", path("/audit")),
                (Here::Settings, "Settings", path("/settings")),
            ],
            workspace: Some(workspace),
        }
    }
}
