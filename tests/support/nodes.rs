//! Several programs as one service; and a program that is killed, or held up, while others look on.

use serde_json::Value;

use crate::api::Api;
use crate::app::{App, Workspace};
use crate::nats::HEALED_WITHIN;
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
