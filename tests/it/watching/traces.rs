//! Traces: one for a call, from its sender's to each network, and nothing in them that is a secret or an address.

use std::collections::BTreeSet;

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::collector::{Collector, Sent};
use ringhook_tests::database::Backend;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::twilio::BRIDGE_TOKEN;
use serde_json::Value;

use crate::record::{ended, id_of};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENDER: &str = "00f067aa0ba902b7";
const UNSAMPLED: &str = "a3ce929d0e0e47364bf92f3577b34da6";
/// Longer than any test: so what arrives was sent at the end of the process.
const NEVER: &str = "600000";

/// A call that rings a phone at the second attempt, and a socket.
async fn call(app: &App, workspace: &Workspace) -> String {
    app.fcm_provider(workspace).await;
    app.bind(workspace, "bob-who-is-called", "fcm", "address-of-a-phone").await;
    app.fcm.script("address-of-a-phone", [Scripted::answer(503, "")]);
    let mut socket = app.socket(workspace, "bob-who-is-called", None).await;
    let sender = format!("00-{TRACE}-{SENDER}-01");
    let rung = app.twilio(workspace).call("bob-who-is-called").header("traceparent", &sender).send().await;
    socket.text().await;
    let id = id_of(&rung);
    ended(&app.api(workspace), &id).await;
    id
}

struct Tree(Vec<Sent>);

impl Tree {
    /// The spans of this name within `parent`.
    fn within(&self, parent: &str, name: &str) -> Vec<&Sent> {
        self.0.iter().filter(|span| span.parent() == parent && span.name() == name).collect()
    }

    #[track_caller]
    fn one(&self, parent: &str, name: &str) -> &Sent {
        let found = self.within(parent, name);
        assert_eq!(found.len(), 1, "{name} within {parent}: {:#?}", self.0);
        found[0]
    }
}

#[track_caller]
fn says(span: &Sent, attributes: &[(&str, &str)]) {
    for (name, value) in attributes {
        assert_eq!(span.attribute(name).as_deref(), Some(*value), "{name} of {span:?}");
    }
}

fn is_whole(spans: Vec<Sent>, workspace: &Workspace, notification: &str) {
    let count = spans.len();
    let tree = Tree(spans);
    let root = tree.one(SENDER, "POST /hooks/:token");
    let call = [("workspace", &*workspace.id), ("notification", notification)];
    says(root, &call);
    says(root, &[("outcome", "200")]);
    for step in ["verify", "match", "record", "wait"] {
        tree.one(&root.id(), step);
    }
    let deliveries = tree.within(&root.id(), "deliver");
    assert_eq!(deliveries.len(), 2);
    let over = |channel: &str| {
        let found = deliveries.iter().find(|span| span.attribute("channel").as_deref() == Some(channel));
        *found.expect("its span")
    };
    let socket = over("websocket");
    says(socket, &call);
    says(socket, &[("outcome", "accepted")]);
    tree.one(&tree.one(&socket.id(), "attempt").id(), "push");
    let phone = over("fcm");
    says(phone, &[("outcome", "accepted")]);
    let attempts = tree.within(&phone.id(), "attempt");
    let outcomes: Vec<_> = attempts.iter().filter_map(|span| span.attribute("outcome")).collect();
    assert_eq!(
        outcomes.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["accepted", "retry"])
    );
    for attempt in attempts {
        tree.one(&attempt.id(), "turn");
        says(tree.one(&attempt.id(), "push"), &[("channel", "fcm")]);
    }
    // Request, four steps, two deliveries, three attempts with three pushes and two turns.
    assert_eq!(count, 15, "{:#?}", tree.0);
}

/// Only words that tell nobody anything of whom a call is for.
fn tells_no_secret(collector: &Collector, workspace: &Workspace) {
    let known = ["workspace", "notification", "channel", "outcome"];
    for span in collector.spans() {
        assert!(span.attributes().iter().all(|name| known.contains(name)), "{span:?}");
        assert_eq!(span.events(), 0, "{span:?}");
        assert!(span.is_in_order(), "{span:?}");
    }
    let bytes = collector.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let token = workspace.webhook_url.rsplit('/').next().expect("a token");
    let private = [BRIDGE_TOKEN, token, &workspace.auth_token, &workspace.api_key, &workspace.account_sid];
    for secret in private.into_iter().chain(["bob-who-is-called", "address-of-a-phone"]) {
        assert!(!text.contains(secret), "{secret}");
    }
}

both! {
    async fn a_call_is_one_trace_from_its_sender_to_the_networks(backend: Backend) {
        let collector = Collector::start().await;
        let app = App::builder(backend)
            .set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
            .set("OTEL_BSP_SCHEDULE_DELAY", NEVER)
            .set("RINGHOOK_LOG_FORMAT", "json");
        let mut app = app.start().await;
        let workspace = app.workspace().await;
        let notification = call(&app, &workspace).await;
        let unsampled = format!("00-{UNSAMPLED}-{SENDER}-00");
        app.twilio(&workspace).call("nobody").header("traceparent", &unsampled).send().await;
        app.twilio(&workspace).call("nobody").header("traceparent", "nonsense").send().await;
        app.twilio(&workspace).ring("nobody").await;
        assert!(collector.spans().is_empty(), "sent before its time");
        let (status, _) = app.terminate().await;
        assert!(status.success(), "{status}");

        assert!(collector.faults().is_empty(), "{:?}", collector.faults());
        assert!(collector.services().iter().all(|name| name.contains("ringhook")), "{:?}", collector.services());
        let (of_call, others): (Vec<_>, Vec<_>) = collector.spans().into_iter().partition(|span| span.trace() == TRACE);
        is_whole(of_call, &workspace, &notification);
        assert!(others.iter().all(|span| span.trace() != UNSAMPLED), "its sender asked for no trace");
        let hooks: Vec<_> = others.iter().filter(|span| span.name() == "POST /hooks/:token").collect();
        assert_eq!(hooks.len(), 2);
        assert!(hooks.iter().all(|span| span.parent().is_empty()) && hooks[0].trace() != hooks[1].trace());
        tells_no_secret(&collector, &workspace);
        let log = app.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let traced = lines.filter(|line| line["spans"][0]["notification"] == *notification);
        assert!(traced.clone().count() > 0, "{log}");
        for line in traced {
            assert_eq!(line["spans"][0]["trace"], TRACE, "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_told_and_holds_up_nothing() {
    let app = App::builder(Backend::Sqlite)
        .set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        .set("OTEL_BSP_SCHEDULE_DELAY", NEVER);
    let mut app = app.start().await;
    app.twilio(&app.workspace().await).ring("bob").await.reply.clone().problem(404, "no_binding");
    let (status, _) = app.terminate().await;
    assert!(status.success(), "{status}");
    assert!(app.log().contains("traces could not be sent"), "{}", app.log());
}
