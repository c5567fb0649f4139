//! The first ring at a real browser, the live log, and every page as people see it.

use ringhook_tests::app::App;
use ringhook_tests::browser::Browser;
use ringhook_tests::database::Backend;
use ringhook_tests::pages::PASSWORD;
use serde_json::json;

use super::{ANN, SID, Team};

async fn app(backend: Backend) -> App {
    App::builder(backend).reachable().start().await
}

/// From sign-up to a ringing browser, as a newcomer would.
async fn first_ring(backend: Backend) {
    let app = app(backend).await;
    let ann = Browser::open(&app).await;
    let begun = std::time::Instant::now();
    ann.goto("/signup").await;
    ann.fill("E-mail address", ANN).await;
    ann.fill("Password", PASSWORD).await;
    ann.press("Sign up").await;
    ann.sees(ANN).await;
    ann.goto(&app.mail().to(ANN).await.link()).await;
    ann.fill("Name", "Acme Support").await;
    ann.press("Make the workspace").await;
    ann.sees("To the first ring").await;
    ann.press("Try without one").await;
    ann.sees("This browser as a device").await;
    ann.press("Connect this browser").await;
    ann.sees("Connected as test_ann").await;
    ann.is_sound("test-device").await;
    ann.press("Ring it").await;
    ann.sees("Incoming call").await;
    ann.sees("Twilio is answered 200 after").await;
    ann.sees("Rang in this browser after").await;
    ann.sees("Signature and body hash hold.").await;
    ann.sees("1 device of this identity.").await;
    ann.sees("twilio.voice.call").await;
    println!("from sign-up to the first ring: {} ms", begun.elapsed().as_millis());
    ann.is_sound("test-device-ringing").await;
    ann.press("Answer").await;
    ann.sees("Answered.").await;
    ann.press("The call’s page").await;
    ann.sees("1 device rang.").await;
    ann.is_sound("call").await;
}

/// Calls stand in the open log as they come, and wait while it is paused.
async fn live(backend: Backend) {
    let app = app(backend).await;
    let team = Team::start(&app).await;
    let ann = Browser::open(&app).await;
    ann.goto("/login").await;
    ann.fill("E-mail address", ANN).await;
    ann.fill("Password", PASSWORD).await;
    ann.press("Log in").await;
    ann.sees("Acme Support").await;
    ann.goto(&team.at("/calls")).await;
    ann.sees("No call yet").await;
    ann.is_sound("calls-empty").await;
    ann.sees("Pause").await;
    app.twilio(&team.workspace).call("first").send().await.reply.expect(404);
    ann.sees("first").await;
    ann.press("Pause").await;
    app.twilio(&team.workspace).call("second").send().await.reply.expect(404);
    ann.sees("Resume (1 new)").await;
    assert!(!ann.text().await.contains("second"));
    ann.press("Resume (1 new)").await;
    ann.sees("second").await;
    ann.is_sound("calls").await;
}

/// Every page of a workspace that is in use.
async fn pages(backend: Backend) {
    let app = app(backend).await;
    let team = Team::start(&app).await;
    let api = app.api(&team.workspace);
    let fcm = api
        .post("/providers", json!({"kind": "fcm", "name": "Android", "credentials": app.fcm.credentials()}));
    let fcm = fcm.await.expect(201).id();
    let apns = json!({"kind": "apns", "name": "iPhones", "credentials": app.apns.credentials()});
    let apns = api.post("/providers", apns).await.expect(201).id();
    let bind = async |identity: &str, address: &str, device: &str| {
        let binding = json!({"account_sid": SID, "identity": identity, "channel": "fcm", "address": address,
            "device_id": device, "tags": ["beta"]});
        api.post("/bindings", binding).await.expect(201).id()
    };
    let binding = bind("bob", "token-of-a-pixel-that-rings", "pixel").await;
    bind("bob", "gone-token", "old-phone").await;
    bind("carol", "gone-too", "lost-phone").await;
    app.fcm.script("gone-token", [ringhook_tests::fcm::unregistered()]);
    app.fcm.script("gone-too", [ringhook_tests::fcm::unregistered()]);
    for identity in ["bob", "carol", "dave", "bob"] {
        app.twilio(&team.workspace).call(identity).send().await;
    }
    app.twilio(&team.workspace).call("bob").signed_by("another").send().await.reply.expect(403);
    let ann = Browser::open(&app).await;
    ann.goto("/login").await;
    ann.fill("E-mail address", ANN).await;
    ann.fill("Password", PASSWORD).await;
    ann.press("Log in").await;
    ann.sees("Acme Support").await;
    let call = team.ann.get(&team.at("/calls?q=carol")).await.between("<tr id=\"", "\"");
    let paths = [
        ("overview-in-use", "?range=1h".to_owned(), "Why devices did not ring"),
        ("log", "/calls".to_owned(), "Rejected"),
        ("call-dead", format!("/calls/{call}"), "no longer on this device"),
        ("bindings", "/bindings?q=bob".to_owned(), "pixel"),
        ("binding", format!("/bindings/{binding}"), "Ring this device"),
        ("binding-new", "/bindings/new".to_owned(), "Add a device"),
        ("bindings-bulk", "/bindings/bulk?action=delete&tag=beta".to_owned(), "Delete 3 bindings"),
        ("bindings-import", "/bindings/import".to_owned(), "Import bindings"),
        ("accounts", "/accounts".to_owned(), "Acme production"),
        ("account-new", "/accounts/new".to_owned(), "Try without one"),
        ("twilio-account", format!("/accounts/{SID}"), "Disconnect"),
        ("webhook", "/webhook".to_owned(), "Tell Twilio"),
        ("docs", "/docs".to_owned(), "Register a device from your server"),
        ("providers", "/providers".to_owned(), "iPhones"),
        ("provider-new-fcm", "/providers/new/fcm".to_owned(), "Service account"),
        ("provider-new-apns", "/providers/new/apns".to_owned(), "Signing key"),
        ("provider-fcm", format!("/providers/{fcm}"), "Android"),
        ("provider-apns", format!("/providers/{apns}"), "How an alert push looks"),
    ];
    for (name, path, text) in paths {
        ann.goto(&team.at(&path)).await;
        ann.sees(text).await;
        ann.is_sound(name).await;
    }
    for (name, path, text) in [
        ("reference", "/api/docs", "API reference"),
        ("reference-bindings", "/api/docs/bindings", "Register a device"),
        ("reference-providers", "/api/docs/providers", "Set up a provider"),
        ("reference-problems", "/api/docs/problems#no_provider", "Every refusal is"),
    ] {
        ann.goto(path).await;
        ann.sees(text).await;
        ann.is_sound(name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_rings_their_browser() {
    first_ring(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_live() {
    live(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_sound() {
    pages(Backend::Sqlite).await;
}
