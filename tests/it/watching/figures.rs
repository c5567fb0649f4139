//! `/metrics`: what it counts, that the guide, the rules and the dashboard name what it has, and that it names nobody.

use std::collections::BTreeSet;

use ringhook_tests::api::http_client;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::fcm::unregistered;
use ringhook_tests::metrics::Figures;
use serde_json::Value;

use super::{rules, text};
use crate::record::{ended, id_of};

const VOIP: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

/// The figures that the guide lists, each the first cell of a row.
fn listed() -> BTreeSet<String> {
    let guide = text("OPERATIONS.md");
    let chapter = guide.split("## Metrics, traces and logs").nth(1).expect("the chapter");
    let chapter = chapter.split("\n## ").next().expect("its text");
    let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let figures = rows.filter(|name| name.starts_with("ringhook_") || name.starts_with("process_"));
    figures.map(|name| name.split('{').next().unwrap_or_default().to_owned()).collect()
}

/// Some of everything: calls that ring, that ring nobody, and that are refused.
async fn traffic(app: &App) -> Workspace {
    let workspace = app.workspace().await;
    let fcm = app.fcm_provider(&workspace).await;
    app.apns_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", "android").await;
    app.bind(&workspace, "bob", "apns_voip", VOIP).await;
    app.bind(&workspace, "carol", "fcm", "gone").await;
    app.fcm.script("gone", [unregistered()]);
    let expiry = match app.database.backend() {
        Backend::Sqlite => "2000000000000000",
        Backend::Postgres => "to_timestamp(2000000000)",
    };
    let id = app.database.id(fcm.parse::<ringhook::store::ProviderId>().expect("an id").0);
    app.database.execute(&format!("UPDATE providers SET expires_at = {expiry} WHERE id = {id}")).await;
    let twilio = app.twilio(&workspace);
    let rung = id_of(&twilio.ring("bob").await);
    ended(&app.api(&workspace), &rung).await;
    twilio.ring("carol").await.reply.clone().problem(404, "all_dead");
    twilio.ring("nobody").await.reply.clone().problem(404, "no_binding");
    twilio.call("bob").signed_by("wrong").send().await.reply.clone().problem(403, "wrong_auth_token");
    twilio.call("bob").content_type(Some("text/plain")).send().await.reply.clone().expect(415);
    workspace
}

fn counts(figures: &Figures) {
    for (answer, count) in [
        ("rang", 1.0),
        ("all_dead", 1.0),
        ("no_binding", 1.0),
        ("forbidden", 1.0),
        ("unsupported", 1.0),
        ("malformed", 0.0),
    ] {
        let answer = format!("answer=\"{answer}\"");
        assert_eq!(figures.value("ringhook_webhooks_total", &[&answer]), count, "{answer}");
    }
    let one = |name: &str, labels: &[&str]| assert_eq!(figures.value(name, labels), 1.0, "{name} {labels:?}");
    one("ringhook_signature_rejections_total", &["reason=\"wrong_auth_token\""]);
    one("ringhook_deliveries_total", &["channel=\"fcm\"", "state=\"accepted\"", "cause=\"none\""]);
    one("ringhook_deliveries_total", &["channel=\"fcm\"", "state=\"dead\"", "cause=\"address_gone\""]);
    one("ringhook_deliveries_total", &["channel=\"apns_voip\"", "state=\"accepted\""]);
    one("ringhook_attempts_total", &["channel=\"fcm\"", "outcome=\"dead\""]);
    one("ringhook_push_seconds_count", &["channel=\"apns_voip\""]);
    one("ringhook_build_info", &["version="]);
    one("ringhook_database_up", &[]);
    one("ringhook_bus_state", &["state=\"single_node\""]);
    one("ringhook_sockets_open", &[]);
    assert_eq!(figures.value("ringhook_answer_seconds_count", &[]), 5.0);
    assert_eq!(figures.value("ringhook_step_seconds_count", &["step=\"record\""]), 3.0);
    assert_eq!(figures.value("ringhook_step_seconds_count", &["step=\"turn\""]), 3.0);
    assert_eq!(figures.value("ringhook_lanes", &["provider=\"fcm\""]), 1.0);
    assert_eq!(figures.value("ringhook_breakers_open", &["provider=\"fcm\""]), 0.0);
    assert_eq!(figures.value("ringhook_credential_expiry_timestamp_seconds", &["provider=\"fcm\""]), 2e9);
    assert!(figures.value("process_resident_memory_bytes", &[]) > 1e6);
    assert!(
        figures.value("ringhook_http_requests_total", &["route=\"/hooks/:token\"", "status=\"403\""]) > 0.0
    );
}

/// Labels hold words, patterns and versions; a workspace's id only where it was asked for.
fn names_nobody(figures: &Figures, workspace: &Workspace) {
    let token = workspace.webhook_url.rsplit('/').next().expect("a token");
    for secret in ["bob", "carol", "android", VOIP, token, &workspace.account_sid, &workspace.auth_token] {
        assert!(!figures.text.contains(secret), "{secret}");
    }
    let naming = figures.text.lines().filter(|line| line.contains(&workspace.id));
    assert!(naming.clone().count() > 0);
    for line in naming {
        assert!(line.starts_with("ringhook_workspace_"), "{line}");
    }
}

both! {
    async fn figures_are_what_the_guide_the_rules_and_the_dashboard_say(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_METRICS_WORKSPACES", 5).start().await;
        let workspace = traffic(&app).await;
        let _socket = app.socket(&workspace, "dave", None).await;
        let figures = app.figures_once("the credential's end and the calls", |figures| {
            let expiry = figures.find("ringhook_credential_expiry_timestamp_seconds", &[]);
            let done = figures.find("ringhook_deliveries_total", &["state=\"accepted\""]) == Some(2.0);
            expiry.is_some() && done && figures.find("ringhook_sockets_open", &[]) == Some(1.0)
        }).await;
        counts(&figures);
        names_nobody(&figures, &workspace);
        let stem = |name: &String| name.trim_end_matches("_total").to_owned();
        let names: BTreeSet<String> = figures.names.iter().map(stem).collect();
        assert_eq!(names, listed().iter().map(stem).collect(), "left: the program's, right: OPERATIONS.md's");
        for (place, name) in rules::figures_named() {
            assert!(figures.samples.contains(&name), "{place} names {name}");
        }
        rules::promtool(&["check", "metrics"], Some(&figures.text));

        let url = app.metrics_url().await;
        let open = http_client().get(&url).header("accept", "application/openmetrics-text; version=1.0.0");
        let open = open.send().await.expect("an answer");
        assert!(open.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("application/openmetrics-text")));
        assert!(open.text().await.expect("figures").ends_with("# EOF\n"));
        // Never on the public listener.
        let public = http_client().get(format!("{}/metrics", app.url())).header("host", "ringhook.test").send().await.expect("an answer");
        assert_eq!(public.status(), 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_may_be_off_and_an_address_that_is_taken_is_told() {
    let app = App::builder(Backend::Sqlite).set("RINGHOOK_METRICS_LISTEN", "").start().await;
    app.twilio(&app.workspace().await).ring("bob").await.reply.clone().problem(404, "no_binding");
    assert!(!app.log().contains("/metrics"), "{}", app.log());
    let taken = app.url().trim_start_matches("http://").to_owned();
    let folder = app.folder().join("other").display().to_string();
    let settings = [("RINGHOOK_METRICS_LISTEN", taken.as_str()), ("RINGHOOK_DATA_DIR", folder.as_str())];
    let refused = app.command_with_all(&settings, &["serve"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("RINGHOOK_METRICS_LISTEN"), "{}", refused.stderr);
}

/// Every panel says what it shows, and in which unit, from the data source that the reader chooses.
#[test]
fn panels_say_what_they_show() {
    let dashboard: Value =
        serde_json::from_str(&text("helm/ringhook/files/dashboards/ringhook.json")).expect("JSON");
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 36));
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut titles = BTreeSet::new();
    for panel in panels {
        assert!(titles.insert(panel["title"].to_string()), "twice: {}", panel["title"]);
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{}", panel["title"]);
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{}", panel["title"]);
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()));
    }
}
