//! Several programs as one service; and a program that is killed, or held up, while others look on.

use serde_json::Value;
use uuid::Uuid;

use crate::api::Api;
use crate::app::{App, Workspace};
use crate::nats::HEALED_WITHIN;
use crate::process::Process;
use crate::socket::{Socket, client_token};
use crate::until::within;

/// What a node says of itself.
pub async fn readiness(url: &str) -> (u16, Value) {
    let answer = reqwest::get(format!("{url}/readyz")).await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Waits until a node's bus is so; that it is does not keep the node from being ready.
pub async fn bus_is(url: &str, state: &str) {
    within(HEALED_WITHIN, &format!("a bus that is {state}"), async || {
        let (status, body) = readiness(url).await;
        assert_eq!(status, 200, "{body}");
        (body["bus"] == state).then_some(())
    })
    .await;
}

impl App {
    /// From now on it is asked by way of this URL, whoever answers there.
    pub fn answers_by(&mut self, url: &str) {
        self.front = Some(url.to_owned());
    }

    /// One more process on the same database, with data of its own. On Postgres only.
    pub async fn another_node(&self) -> Process {
        let mut env = self.env().clone();
        let data = self.folder().join(Uuid::new_v4().to_string());
        env.insert("RINGHOOK_DATA_DIR", data.display().to_string());
        Process::serve(&env, self.folder()).await
    }

    /// Ends the program as a crash would, without waiting for its end.
    pub fn crash(&self) {
        self.process().crash();
    }

    /// Whether the program still runs.
    pub fn is_alive(&self) -> bool {
        self.process().is_alive()
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    /// The API of the node at this URL, with the workspace's key.
    pub fn api_at(&self, url: &str, workspace: &Workspace) -> Api {
        Api::new(self.http.clone(), url, Some(&workspace.api_key))
    }

    /// A device of `identity` on a socket of the node at this URL.
    pub async fn socket_at(
        &self,
        url: &str,
        workspace: &Workspace,
        identity: &str,
        device_id: Option<&str>,
    ) -> Socket {
        let token = client_token(&self.api(workspace), &workspace.account_sid, identity, 3600).await;
        Socket::connect(url, &token, device_id).await.expect("a socket")
    }
}
