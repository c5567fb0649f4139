//! Several nodes as one service. Nodes share a database, so these run on Postgres alone.

mod changes;
mod outages;
mod ringing;

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use ringhook_tests::nodes::bus_is;
use ringhook_tests::process::Process;
use ringhook_tests::until::until;
use serde_json::Value;

/// Three nodes: the one that is called, and two others.
struct Nodes {
    app: App,
    others: [Process; 2],
}

impl Nodes {
    /// On the NATS that all tests share.
    async fn start() -> Self {
        Self::of(App::builder(Backend::Postgres).nats().start().await).await
    }

    /// Two more on its database, all of them on the bus.
    async fn of(app: App) -> Self {
        let others = [app.another_node().await, app.another_node().await];
        let nodes = Self { app, others };
        nodes.bus_is("ok").await;
        nodes
    }

    fn urls(&self) -> [&str; 3] {
        [self.app.url(), self.others[0].url(), self.others[1].url()]
    }

    fn logs(&self) -> [String; 3] {
        [self.app.log(), self.others[0].log(), self.others[1].log()]
    }

    async fn bus_is(&self, state: &str) {
        for url in self.urls() {
            bus_is(url, state).await;
        }
    }
}

/// A call in the log.
async fn call_of(app: &App, workspace: &Workspace, id: &Value) -> Value {
    let path = format!("/notifications/{}", id.as_str().expect("an id"));
    app.api(workspace).get(&path).await.expect(200).json
}

/// The delivery of a call in this state, once there is one.
async fn delivery_in(app: &App, workspace: &Workspace, id: &Value, state: &str) -> Value {
    until(&format!("a delivery that is {state}"), async || {
        let call = call_of(app, workspace, id).await;
        let deliveries = call["deliveries"].as_array().expect("deliveries");
        deliveries.iter().find(|delivery| delivery["state"] == state).cloned()
    })
    .await
}
