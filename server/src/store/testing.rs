//! A database of a test's own on the Postgres that `RINGHOOK_TEST_POSTGRES_URL` names, and what is put into it.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use ringhook_openapi::Outcome;
use url::Url;
use uuid::Uuid;

use super::{
    NotificationId, Ts, Word, WorkspaceId,
    calls::{Memory, NewCall, Payload},
    notifications::Notification,
};

const VARIABLE: &str = "RINGHOOK_TEST_POSTGRES_URL";

/// A database that nobody else uses.
pub struct Throwaway {
    server: Url,
    name: String,
}

impl Throwaway {
    /// Creates it.
    pub async fn create() -> Self {
        let given = std::env::var(VARIABLE);
        let given =
            given.unwrap_or_else(|_| panic!("set {VARIABLE} to a Postgres for tests, or use tests/run"));
        let server = Url::parse(&given).unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        let made = Self { server, name: format!("test_{}", Uuid::new_v4().simple()) };
        made.ask(&format!("CREATE DATABASE {}", made.name)).await;
        made
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.to_string()
    }

    /// Removes it, whoever is still connected.
    pub async fn remove(self) {
        self.ask(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }

    async fn ask(&self, sql: &str) {
        let conn = AsyncPgConnection::establish(self.server.as_str()).await;
        let mut conn = conn.unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// A call that came at `at`, rings nobody and could for a minute; its payload opens to nothing.
pub fn new_call(workspace: WorkspaceId, account_sid: &str, identity: &str, at: Ts) -> NewCall {
    let id = NotificationId::new(at);
    let notification = Notification {
        id,
        workspace_id: workspace,
        account_sid: account_sid.into(),
        identity: identity.into(),
        call_sid: "CA1".into(),
        message_id: id.to_string(),
        message_type: "twilio.voice.call".into(),
        payload: "{}".into(),
        idempotency_token: None,
        test: false,
        received_at: at,
        outcome: Word(Outcome::InProgress),
        reason: None,
        detail: None,
        answer_status: None,
        answer_after_ms: None,
        ended_at: None,
    };
    let payload = Payload {
        notification_id: id,
        workspace_id: workspace,
        account_sid: account_sid.into(),
        identity: identity.into(),
        message_id: id.to_string(),
        received_at: at,
        keep_until: at + Duration::from_secs(60),
        body: Vec::new(),
    };
    NewCall { notification, deliveries: Vec::new(), payload, memory: Memory::None }
}
