//! The pages of a workspace: what they show of calls, and what can be set up on them.

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::pages::Reader;

mod bindings;
mod calls;
mod errors;
mod in_browser;
mod reference;
mod set_up;

const ANN: &str = "ann@example.com";
const AUTH_TOKEN: &str = "fedcba98765432100123456789abcdef";
const SID: &str = "AC0123456789abcdef0123456789abcdef";

/// Somebody with a workspace of their own, an account connected to it, and a key of every scope.
pub(crate) struct Team<'a> {
    pub(crate) ann: Reader<'a>,
    /// `/w/…`
    path: String,
    pub(crate) workspace: Workspace,
}

impl<'a> Team<'a> {
    pub(crate) async fn start(app: &'a App) -> Self {
        let ann = app.person(ANN).await;
        let path = ann.workspace("Acme Support").await;
        let account =
            [("account_sid", SID), ("auth_token", AUTH_TOKEN), ("friendly_name", "Acme production")];
        ann.post(&format!("{path}/accounts/new"), &account).await.expect(303);
        let webhook_url = ann.get(&format!("{path}/webhook")).await.between("id=\"url\">", "<");
        let scopes =
            ["bindings:read", "bindings:write", "deliveries:read", "workspace:read", "workspace:write"];
        let mut key = vec![("name", "Server"), ("days", "")];
        key.extend(scopes.map(|scope| ("scope", scope)));
        let made = ann.post(&format!("{path}/keys/new"), &key).await.expect(200);
        let api_key = format!("rhk_{}", made.between("rhk_", "<"));
        let workspace = Workspace {
            id: String::new(),
            webhook_url,
            api_key,
            account_sid: SID.into(),
            auth_token: AUTH_TOKEN.into(),
        };
        Self { ann, path, workspace }
    }

    pub(crate) fn at(&self, rest: &str) -> String {
        format!("{}{rest}", self.path)
    }
}
