//! What a workspace is set up with.

use ringhook::secrets;
use serde_json::json;
use uuid::Uuid;

use crate::app::{App, Workspace};

impl App {
    /// An API key of the workspace with these scopes alone. No call makes one, so it is written into the database.
    pub async fn api_key(&self, workspace: &Workspace, scopes: &[&str]) -> String {
        let key = secrets::token("rhk_");
        let database = &self.database;
        let (id, hash) = (database.id(Uuid::new_v4()), database.bytes(&secrets::hash(&key)));
        let (known, scopes) = (database.bytes(&secrets::hash(&workspace.api_key)), scopes.join(" "));
        let copy = format!(
            "INSERT INTO api_keys SELECT {id}, workspace_id, name, prefix, {hash}, '{scopes}', created_at, expires_at, \
             last_used_at, revoked_at FROM api_keys WHERE key_hash = {known}"
        );
        database.execute(&copy).await;
        key
    }

    /// A provider for FCM; its id.
    pub async fn fcm_provider(&self, workspace: &Workspace) -> String {
        let provider = json!({"kind": "fcm", "name": "Android", "credentials": self.fcm.credentials()});
        self.api(workspace).post("/providers", provider).await.expect(201).id()
    }

    /// A provider for APNs; its id.
    pub async fn apns_provider(&self, workspace: &Workspace) -> String {
        let provider = json!({"kind": "apns", "name": "iPhone", "credentials": self.apns.credentials()});
        self.api(workspace).post("/providers", provider).await.expect(201).id()
    }

    /// A binding; its id.
    pub async fn bind(&self, workspace: &Workspace, identity: &str, channel: &str, address: &str) -> String {
        let sid = &workspace.account_sid;
        let binding =
            json!({"account_sid": sid, "identity": identity, "channel": channel, "address": address});
        self.api(workspace).post("/bindings", binding).await.expect(201).id()
    }
}
