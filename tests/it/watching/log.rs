//! The log: every line about a call says which, and no line holds a secret, whatever happened and however it is written.

use ringhook::secrets;
use ringhook_tests::app::{App, Workspace, master_key};
use ringhook_tests::authenticator::Authenticator;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::oidc::{CLIENT_ID, CLIENT_SECRET, Issuer};
use ringhook_tests::pages::{PASSWORD, Reader};
use ringhook_tests::socket::{Socket, client_token};
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::twilio::BRIDGE_TOKEN;
use serde_json::{Value, json};

use crate::record::{ended, id_of};

const ANN: &str = "ann@example.com";
const WRONG_PASSWORD: &str = "not the password of anybody";
const SECONDARY_TOKEN: &str = "89abcdef89abcdef89abcdef89abcdef";
const KEY_SID: &str = "SK0123456789abcdef0123456789abcdef";
const KEY_SECRET: &str = "the-secret-of-a-Twilio-API-key";
const PHONE: &str = "fcm-address-of-a-phone:APA91bHun4MxP5egoKMwt2KZFBaFUH";
const VOIP: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
const SMTP_PASSWORD: [&str; 2] = ["s/ecret:pass", "s%2Fecret%3Apass"];

/// What no line may hold, each with its name.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn add(&mut self, name: &str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 6, "{name}: {secret:?} is in every text");
        self.0.push((name.to_owned(), secret));
    }

    #[track_caller]
    fn are_not_in(&self, place: &str, text: &str) {
        for (name, secret) in &self.0 {
            if let Some(line) = text.lines().find(|line| line.contains(secret.as_str())) {
                panic!("{name} is in {place}: {line}");
            }
        }
    }
}

/// Every line of a PEM key, as JSON holds it.
fn key_lines(secrets: &mut Secrets, name: &str, credentials: &Value) {
    let text = credentials.to_string();
    let lines: Vec<&str> = text.split("\\n").filter(|line| line.len() > 40 && !line.contains('"')).collect();
    assert!(!lines.is_empty(), "{name}");
    lines.into_iter().for_each(|line| secrets.add(name, line));
}

fn last_part(link: &str) -> String {
    link.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Signs up, forgets, logs in with a second factor, invites, and makes a key.
async fn people(app: &App, secrets: &mut Secrets) {
    let ann = app.person(ANN).await;
    secrets.add("the session", ann.cookie("session").expect("a session"));
    let workspace = ann.workspace("Acme").await;
    let other = app.reader();
    other.post("/login", &[("email", ANN), ("password", WRONG_PASSWORD)]).await.expect(422);
    other.post("/forgot", &[("email", ANN)]).await.expect(200);
    let link = app.mail().to(ANN).await.link();
    other.get(&link).await.expect(200);
    other.get("/reset/a-token-that-never-was").await.expect(404);
    two_factors(app, &ann, secrets).await;
    let form = [("email", "bob@example.com"), ("role", "developer")];
    ann.post(&format!("{workspace}/invitations"), &form).await.expect(303);
    let invitation = app.mail().to("bob@example.com").await.link();
    app.reader().get(&invitation).await.expect(200);
    let form = [("name", "Server"), ("days", "30"), ("scope", "workspace:read")];
    let key = ann.post(&format!("{workspace}/keys/new"), &form).await.expect(200);
    let key = key.between("aria-label=\"The key\">", "</pre>");
    app.api_as(&key).get("/workspace").await.expect(200);
    app.api_as(&key).get("/bindings").await.expect(403);
    secrets.add("the dashboard's API key", key);
    let oidc = app.reader().get("/login/oidc").await.expect(303);
    let state = oidc.location().split("state=").nth(1).and_then(|rest| rest.split('&').next());
    secrets.add("the state of a login", state.expect("a state"));
    app.reader().get("/login/oidc/callback?code=a-code-from-nowhere&state=a-state-from-nowhere").await;
    let mails = app.mail().all();
    // Some links lead to a page, and end in its name.
    let tokens = mails.iter().flat_map(|mail| mail.links()).map(|link| last_part(&link));
    let tokens: Vec<String> = tokens.filter(|token| token.len() > 20).collect();
    assert!(tokens.len() >= 3, "sign-up, reset and invitation: {tokens:?}");
    tokens.into_iter().for_each(|token| secrets.add("a mailed link", token));
}

async fn two_factors(app: &App, ann: &Reader<'_>, secrets: &mut Secrets) {
    let secret = ann.get("/account/totp").await.expect(200).between("aria-label=\"The secret\">", "</pre>");
    let phone = Authenticator::typed(&secret);
    secrets.add("the authenticator's secret", secret);
    let form = [("code", &*phone.code(0)), ("current_password", PASSWORD)];
    let codes =
        ann.post("/account/totp", &form).await.expect(200).between("aria-label=\"The codes\">", "</pre>");
    let codes: Vec<&str> = codes.split_whitespace().collect();
    codes.iter().for_each(|code| secrets.add("a recovery code", *code));
    let other = app.reader();
    other.log_in(ANN).await.leads("/login/code");
    other.post("/login/recovery", &[("code", codes[0])]).await.expect(303);
    secrets.add("the second session", other.cookie("session").expect("a session"));
}

/// Everything that a workspace is set up with.
async fn set_up(app: &App, secrets: &mut Secrets) -> Workspace {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.apns_provider(&workspace).await;
    let api = app.api(&workspace);
    let broken = json!({"kind": "fcm", "name": "Broken", "credentials": {"service_account": {"private_key": "-----BEGIN A-BROKEN-PRIVATE-KEY"}}});
    api.post("/providers", broken).await.expect(422);
    secrets.add("a broken key", "A-BROKEN-PRIVATE-KEY");
    let account = format!("/accounts/{}", workspace.account_sid);
    let tokens = json!({"auth_token_secondary": SECONDARY_TOKEN, "api_keys": [{"sid": KEY_SID, "secret": KEY_SECRET}]});
    api.patch(&account, tokens).await.expect(200);
    app.bind(&workspace, "bob", "fcm", PHONE).await;
    app.bind(&workspace, "bob", "apns_voip", VOIP).await;
    key_lines(secrets, "FCM's key", &app.fcm.credentials());
    key_lines(secrets, "APNs' key", &app.apns.credentials());
    for (name, secret) in [
        ("the auth token", &*workspace.auth_token),
        ("the secondary auth token", SECONDARY_TOKEN),
        ("the secret of Twilio's API key", KEY_SECRET),
        ("the workspace's API key", &workspace.api_key),
        ("the webhook's token", &last_part(&workspace.webhook_url)),
        ("a phone's address", PHONE),
        ("an iPhone's address", VOIP),
    ] {
        secrets.add(name, secret);
    }
    workspace
}

/// Calls that ring, are repeated, refused, malformed, and that the database does not take. The one that rang.
async fn calls(app: &App, workspace: &Workspace, secrets: &mut Secrets) -> String {
    let token = client_token(&app.api(workspace), &workspace.account_sid, "bob", 600).await;
    let mut socket = Socket::connect(app.url(), &token, None).await.expect("a socket");
    app.fcm.script(PHONE, [Scripted::answer(503, format!("refused: {BRIDGE_TOKEN}")), Scripted::reset()]);
    let twilio = app.twilio(workspace);
    let call = twilio.call("bob");
    let rung = id_of(&call.send().await);
    call.send().await.reply.clone().expect(200);
    socket.text().await;
    socket.ack(&call.message_id()).await;
    app.api_as(&token).get("/device/bindings").await;
    app.api_as("rhk_not-a-key-at-all").get("/workspace").await.expect(401);
    ended(&app.api(workspace), &rung).await;
    twilio.call("bob").unsigned().send().await.reply.clone().problem(403, "signature_missing");
    twilio.call("bob").signed_by("another").send().await.reply.clone().problem(403, "wrong_auth_token");
    twilio.call("bob").with("twi_to", "sip:x").send().await.reply.clone().expect(400);
    twilio.call("bob").body("{\"twi_bridge_token\":").send().await;
    app.database.execute("ALTER TABLE payloads RENAME TO payloads_away").await;
    twilio.call("bob").send().await.reply.clone().expect(503);
    app.database.execute("ALTER TABLE payloads_away RENAME TO payloads").await;
    secrets.add("the bridge token", BRIDGE_TOKEN);
    secrets.add("a client token", token);
    app.fcm.received().iter().for_each(|message| secrets.add("an OAuth token", &message.bearer));
    app.apns.received().iter().for_each(|push| secrets.add("a token for APNs", &push.jwt));
    rung
}

fn settings(app: &App, secrets: &mut Secrets) {
    SMTP_PASSWORD.iter().for_each(|password| secrets.add("the password of the mail server", *password));
    secrets.add("the secret of the OpenID client", CLIENT_SECRET);
    secrets.add("a password", PASSWORD);
    secrets.add("a wrong password", WRONG_PASSWORD);
    secrets.add("the master key", &app.env()["RINGHOOK_MASTER_KEY"]);
    if let Ok(url) = url::Url::parse(app.database.url())
        && let Some(password) = url.password()
    {
        secrets.add("the database's password", password);
    }
    let known: Vec<String> = secrets.0.iter().map(|(_, secret)| secret.clone()).collect();
    let hex =
        |secret: &String| secrets::hash(secret).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    known.iter().for_each(|secret| secrets.add("a secret's hash", hex(secret)));
}

/// The lines of a log of JSON that are about requests to the webhook.
fn of_webhook(log: &str) -> Vec<Value> {
    let lines = log.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("one JSON object a line"));
    lines
        .filter(|line| line["fields"]["route"] == "/hooks/:token" || line["spans"][0]["name"] == "delivery")
        .collect()
}

fn names_calls(log: &str, workspace: &Workspace, rung: &str) {
    let lines = of_webhook(log);
    let of_call: Vec<_> = lines.iter().filter(|line| line["spans"][0]["notification"] == rung).collect();
    assert!(!of_call.is_empty(), "{log}");
    for line in &lines {
        let context = &line["spans"][0];
        assert!(context["request"].as_str().is_some_and(|id| id.starts_with("req_")), "{line}");
        assert_eq!(context["workspace"], workspace.id.as_str(), "{line}");
    }
    let failed = log
        .lines()
        .find(|line| line.contains("a call could not be recorded"))
        .expect("the failed call's line");
    let failed: Value = serde_json::from_str(failed).expect("JSON");
    assert_eq!((&failed["level"], &failed["spans"][0]["workspace"]), (&json!("ERROR"), &json!(workspace.id)));
    assert!(
        failed["spans"][0]["notification"].is_string() && failed["spans"][0]["request"].is_string(),
        "{failed}"
    );
}

both! {
    async fn no_line_and_no_figure_holds_a_secret_and_every_line_of_a_call_says_which(backend: Backend) {
        for format in ["json", "text"] {
            let issuer = Issuer::start().await;
            let app = App::builder(backend)
                .set("RINGHOOK_LOG_FORMAT", format)
                .set("RINGHOOK_MASTER_KEY", master_key())
                .set("RINGHOOK_METRICS_WORKSPACES", 10)
                .set("RINGHOOK_OIDC_ISSUER", issuer.url())
                .set("RINGHOOK_OIDC_CLIENT_ID", CLIENT_ID)
                .set("RINGHOOK_OIDC_CLIENT_SECRET", CLIENT_SECRET);
            let mut app = app.start().await;
            let mut secrets = Secrets::default();
            people(&app, &mut secrets).await;
            let workspace = set_up(&app, &mut secrets).await;
            let rung = calls(&app, &workspace, &mut secrets).await;
            settings(&app, &mut secrets);
            assert!(secrets.0.len() > 60, "{}", secrets.0.len());
            secrets.are_not_in("the metrics", &app.figures().await.text);
            let (status, _) = app.terminate().await;
            assert!(status.success(), "{status}");
            let log = app.log();
            secrets.are_not_in("the log", &log);
            match format {
                "json" => names_calls(&log, &workspace, &rung),
                _ => {
                    let line = log.lines().find(|line| line.contains(&rung) && line.contains("answered"));
                    let line = line.expect("a line about the call");
                    assert!(line.contains("request{request=") && line.contains(&workspace.id), "{line}");
                }
            }
        }
    }
}
