//! Each form's way of saying no, as a browser shows it: beside the field at fault, with what was entered kept.

use ringhook_tests::app::App;
use ringhook_tests::browser::Browser;
use ringhook_tests::database::Backend;
use ringhook_tests::pages::PASSWORD;
use serde_json::{Value, json};

use super::{ANN, SID, Team};

/// A form filled in wrongly: the page that it stands on, the end of where it is sent, what is entered, and the field that
/// is at fault.
type Wrong = (&'static str, String, String, Value, &'static str);

/// Fills in a form and sends it, past the browser's own checks: it is the server's answer that is looked at.
async fn send(browser: &Browser, action: &str, entered: &Value) {
    let script = format!(
        "const form = [...document.forms].find(form => new URL(form.action).pathname.endsWith({action:?}));
         if (!form) return 'no form: ' + [...document.forms].map(form => form.action);
         form.noValidate = true;
         for (const [name, value] of Object.entries({entered})) form.elements[name].value = value;
         form.querySelector('[type=submit]').click();
         return 'sent'"
    );
    assert_eq!(browser.script(&script).await, "sent", "{action}");
}

/// Secrets, and what is typed to confirm.
const NEVER_SHOWN_AGAIN: [&str; 6] =
    ["auth_token", "confirm", "current_password", "key", "password", "service_account"];

/// What the page says beside each field at fault.
const SAID: &str = "return Object.fromEntries([...document.querySelectorAll('[aria-invalid]')].map(field =>
    [field.name, document.getElementById(field.getAttribute('aria-describedby'))?.textContent ?? '']))";

async fn forms(app: &App, team: &Team<'_>) -> Vec<Wrong> {
    let api = app.api(&team.workspace);
    let fcm = json!({"kind": "fcm", "name": "Android", "credentials": app.fcm.credentials()});
    let fcm = format!("/providers/{}", api.post("/providers", fcm).await.expect(201).id());
    let binding = json!({"account_sid": SID, "identity": "bob", "channel": "fcm", "address": "a-token"});
    let binding = format!("/bindings/{}", api.post("/bindings", binding).await.expect(201).id());
    let account = format!("/accounts/{SID}");
    let at = |name, page: &str, rest: &str, entered, field| {
        (name, team.at(page), format!("{page}{rest}"), entered, field)
    };
    let no_file = json!({"service_account": "{\"type\": \"authorized_user\"}"});
    let calls = json!({"answer_within_ms": "10001", "ring_ttl_seconds": "30", "time_zone": "UTC"});
    let apns =
        json!({"key": "none", "key_id": "ABC123DEFG", "team_id": "DEF123GHIJ", "bundle_id": "com.example"});
    let key = json!({"key_sid": "AC1", "key_secret": "secret"});
    let doom = json!({"name": "Acme Support", "current_password": "not this one"});
    vec![
        at("account", "/accounts/new", "", json!({"account_sid": "AC1", "auth_token": "t"}), "account_sid"),
        at("account-name", &account, "", json!({"friendly_name": "x".repeat(300)}), "friendly_name"),
        at("account-token", &account, "/tokens", json!({"auth_token": " "}), "auth_token"),
        at("account-key", &account, "/keys", key, "key_sid"),
        at("account-disconnect", &account, "/disconnect", json!({"confirm": "AC1"}), "confirm"),
        at("provider-fcm", "/providers/new/fcm", "", no_file.clone(), "service_account"),
        at("provider-apns", "/providers/new/apns", "", apns, "key"),
        at("provider-name", &fcm, "", json!({"name": "x".repeat(300)}), "name"),
        at("provider-credentials", &fcm, "/credentials", no_file, "service_account"),
        at("provider-delete", &fcm, "/delete", json!({"confirm": "Androids"}), "confirm"),
        at("binding-new", "/bindings/new", "", json!({"identity": "two words", "address": "t"}), "identity"),
        at("binding", &binding, "", json!({"address": "a b"}), "address"),
        at("binding-delete", &binding, "/delete", json!({"confirm": "bobby"}), "confirm"),
        at("settings-calls", "/settings", "/calls", calls, "answer_within_ms"),
        at("settings-name", "/settings", "/name", json!({"name": " ", "slug": "acme"}), "name"),
        ("member", team.at("/members"), "/invitations".into(), json!({"email": "nobody"}), "email"),
        at("key", "/keys/new", "", json!({"name": " "}), "name"),
        at("workspace-delete", "/delete", "", doom, "current_password"),
        ("workspace", "/workspaces/new".into(), "/workspaces/new".into(), json!({"name": " "}), "name"),
        (
            "password",
            "/account".into(),
            "/account/password".into(),
            json!({"current_password": PASSWORD, "password": "short"}),
            "password",
        ),
    ]
}

async fn errors(backend: Backend) {
    let app = App::builder(backend).reachable().start().await;
    let team = Team::start(&app).await;
    let ann = Browser::open(&app).await;
    ann.goto("/login").await;
    send(&ann, "/login", &json!({"email": ANN, "password": "not this one"})).await;
    ann.sees("Log in").await;
    assert!(!ann.script(SAID).await.as_object().expect("fields").is_empty());
    ann.fill("Password", PASSWORD).await;
    ann.press("Log in").await;
    ann.sees("Acme Support").await;
    let mut silent = Vec::new();
    for (name, page, action, entered, field) in forms(&app, &team).await {
        ann.goto(&page).await;
        send(&ann, &action, &entered).await;
        ann.script("await new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))")
            .await;
        let said = ann.script(SAID).await;
        let words = said[field].as_str().unwrap_or_default();
        if words.len() < 5 {
            silent.push(format!("{name}: {said} at {}", ann.path().await));
            continue;
        }
        if !NEVER_SHOWN_AGAIN.contains(&field) {
            let kept = format!("return document.querySelector('[aria-invalid][name={field}]').value");
            let kept = ann.script(&kept).await;
            if kept != entered[field] {
                silent.push(format!("{name}: {field} is {kept} again"));
            }
        }
        ann.is_sound(&format!("wrong-{name}")).await;
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_form_says_what_is_wrong_beside_the_field() {
    errors(Backend::Postgres).await;
}
