//! The master key is changed while servers run: everything that is sealed is under the new one afterwards, and works.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{join, join_all};
use http::Method;
use ringhook::secrets::{Column, hash_bytes};
use ringhook_tests::authenticator::Authenticator;
use ringhook_tests::pages::PASSWORD;
use ringhook_tests::process::Process;
use ringhook_tests::smtp::{Stage, Trouble};
use ringhook_tests::socket::client_token;

use super::*;

const ANN: &str = "ann@example.com";
const SECONDARY: &str = "second-token-of-the-account-0123";
const KEY_SID: &str = "SK0123456789abcdef0123456789abcdef";

/// What every value begins with that is sealed under a key.
fn head(key: &str) -> Vec<u8> {
    let key = STANDARD.decode(key).expect("base64");
    [&[1][..], &hash_bytes(&key)[..4]].concat()
}

/// The columns of the whole database that hold a value sealed under this key: looked for in every column of bytes.
async fn columns_under(app: &App, key: &str) -> BTreeSet<String> {
    let (database, mut found) = (&app.database, BTreeSet::new());
    let of_bytes = match database.backend() {
        Backend::Sqlite => {
            "SELECT m.name || '.' || c.name AS value FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.type = 'BLOB'"
        }
        Backend::Postgres => {
            "SELECT table_name || '.' || column_name AS value FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'bytea'"
        }
    };
    let head = database.bytes(&head(key));
    for column in database.texts(of_bytes).await {
        let table = column.split('.').next().unwrap_or_default();
        if database.count(&format!("{table} WHERE substr({column}, 1, 5) = {head}")).await > 0 {
            found.insert(column);
        }
    }
    found
}

/// Every column that anything is sealed in, as the database calls it.
fn all_columns() -> BTreeSet<String> {
    let named =
        |column: &Column| column.as_str().replace("webhook_tokens.token", "webhook_tokens.token_sealed");
    Column::ALL.iter().map(named).collect()
}

/// What stands behind the sealed values, and how each is used.
struct World {
    workspace: Workspace,
    phone: Authenticator,
    old_token: String,
    account: String,
    hanging: Value,
    answered: Value,
}

async fn post(app: &App, workspace: &Workspace, key: &str) -> Value {
    let call = json!({"account_sid": workspace.account_sid, "identity": "nobody"});
    let api = app.api(workspace);
    let request = api.request(Method::POST, "/test-calls").header("idempotency-key", key).json(&call);
    api.send(request).await.expect(201).json
}

impl World {
    /// Seals something in every column.
    async fn new(app: &App) -> Self {
        let workspace = app.workspace().await;
        let account = format!("/accounts/{}", workspace.account_sid);
        let secrets = json!({
            "auth_token_secondary": SECONDARY, "api_keys": [{"sid": KEY_SID, "secret": "secret-of-the-api-key"}],
        });
        app.api(&workspace).patch(&account, secrets).await.expect(200);
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        app.apns_provider(&workspace).await;
        app.bind(&workspace, "ann", "apns_voip", &"a".repeat(64)).await;
        let ann = app.person(ANN).await;
        let page = ann.get("/account/totp").await.expect(200);
        let phone = Authenticator::typed(&page.between("aria-label=\"The secret\">", "</pre>"));
        let form = [("code", &*phone.code(0)), ("current_password", PASSWORD)];
        ann.post("/account/totp", &form).await.expect(200);
        let answered = post(app, &workspace, "before").await;
        let old_token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 86_400).await;
        app.mail().fails(Stage::Greeting, Trouble::Close);
        app.reader().post("/forgot", &[("email", ANN)]).await.expect(200);
        // It rings for as long as the test may take, and its network does not answer.
        app.apns.ledger().set_latency(Duration::from_secs(3600));
        let settings = |seconds: u32| json!({"answer": "recorded", "ring_ttl_seconds": seconds});
        app.api(&workspace).patch("/workspace", settings(120)).await.expect(200);
        let hanging = app.twilio(&workspace).ring("ann").await.reply.clone().expect(200).json;
        app.api(&workspace).patch("/workspace", settings(30)).await.expect(200);
        Self { workspace, phone, old_token, account, hanging: hanging["notification_id"].clone(), answered }
    }

    /// Everything is used, and changed, until told to stop: nothing may fail.
    async fn use_all(&self, app: &App, nodes: &[&str], over: &AtomicBool) {
        let twilio = app.twilio(&self.workspace);
        let calls = nodes.iter().map(async |node| {
            while !over.load(Ordering::Relaxed) {
                assert_eq!(twilio.call("bob").at_node(node).send().await.status, 200);
                assert_eq!(twilio.call("bob").signed_by(SECONDARY).at_node(node).send().await.status, 200);
            }
        });
        let changes = async {
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let api = app.api(&self.workspace);
                api.patch(&self.account, json!({"friendly_name": format!("Name {number}")}))
                    .await
                    .expect(200);
                post(app, &self.workspace, &format!("meanwhile-{number}")).await;
                client_token(&api, &self.workspace.account_sid, "bob", 600).await;
            }
        };
        join(join_all(calls), changes).await;
    }

    /// Everything that was sealed before opens.
    async fn works(&self, app: &App) {
        let workspace = &self.workspace;
        let received = app.fcm.received().len();
        assert_eq!(app.twilio(workspace).call("bob").signed_by(SECONDARY).send().await.status, 200);
        assert_eq!(app.twilio(workspace).ring("bob").await.status, 200);
        app.fcm.received_at_least(received + 2).await;
        let tokens = app.api(workspace).get("/webhook-tokens").await.expect(200).text;
        assert!(tokens.contains(workspace.webhook_url.rsplit('/').next().expect("a token")), "{tokens}");
        assert_eq!(post(app, workspace, "before").await, self.answered);
        app.database.execute("UPDATE users SET totp_step = totp_step - 10").await;
        let reader = app.reader();
        reader.log_in(ANN).await.leads("/login/code");
        let page = reader.post("/login/code", &[("code", &*self.phone.code(0))]).await;
        assert_eq!(page.status, 303, "{}", page.html);
        // The mail that waited, and the link in it.
        app.mail().works();
        app.database.execute("UPDATE mails SET due_at = created_at WHERE state = 'pending'").await;
        let link = until("the mail that waited", async || {
            app.mail()
                .all()
                .iter()
                .find_map(|mail| mail.links().into_iter().find(|link| link.contains("/reset")))
        });
        app.reader().get(&link.await).await.expect(200);
        // The call whose network did not answer.
        let path = format!("/notifications/{}", self.hanging.as_str().expect("an id"));
        until("the call to be taken over", async || {
            let logged = app.api(workspace).get(&path).await.expect(200).json;
            (logged["outcome"] == "accepted").then_some(())
        })
        .await;
    }
}

/// Changes the key of `app` while it and other nodes are used; what the command said.
async fn rotated(app: &App, world: &World, nodes: &[Process]) -> Value {
    let over = AtomicBool::new(false);
    let urls: Vec<&str> = [app.url()].into_iter().chain(nodes.iter().map(Process::url)).collect();
    let rotate = async {
        let finished = app.command(&["keys", "rotate", "--json"]).await;
        over.store(true, Ordering::Relaxed);
        finished
    };
    let (finished, ()) = join(rotate, world.use_all(app, &urls, &over)).await;
    serde_json::from_str(&ended_well(finished).stdout).expect("JSON alone")
}

both! {
    async fn keys_rotate_changes_the_key_under_load_and_nothing_stays_under_the_old_one(backend: Backend) {
        let (old, new) = (master_key(), master_key());
        let mut app = App::builder(backend).set("RINGHOOK_MASTER_KEY", &old).start().await;
        let world = World::new(&app).await;
        assert_eq!(columns_under(&app, &old).await, all_columns(), "seal something in every column here");
        app.set("RINGHOOK_MASTER_KEY", format!("{new},{old}"));
        app.restart().await;
        let mut nodes = Vec::new();
        if backend == Backend::Postgres {
            nodes.push(app.another_node().await);
        }
        let report = rotated(&app, &world, &nodes).await;
        assert_eq!((&report["complete"], &report["keys"][1]["state"]), (&json!(true), &json!("unneeded")), "{report}");
        let columns = report["columns"].as_array().expect("columns");
        assert_eq!(columns.len(), Column::ALL.len());
        for column in columns {
            assert_eq!(column["not_opened"], 0, "{column}");
            assert!(column["resealed"].as_u64() > Some(0), "{column}");
        }
        assert_eq!(columns_under(&app, &old).await, BTreeSet::new());
        // Again, there is nothing left to do.
        let again = ended_well(app.command(&["keys", "rotate"]).await).stdout;
        assert!(again.contains("key 2") && again.contains("once more before") && again.contains("take it out"), "{again}");
        app.api_as(&world.old_token).get("/device/config").await.expect(200);

        app.set("RINGHOOK_MASTER_KEY", &new);
        drop(nodes);
        app.apns.ledger().set_latency(Duration::ZERO);
        app.restart().await;
        world.works(&app).await;
        app.api_as(&world.old_token).get("/device/config").await.problem(401, "invalid_token");
    }

    async fn doctor_names_a_key_that_was_taken_out_too_early(backend: Backend) {
        let (old, new) = (master_key(), master_key());
        let mut app = App::builder(backend).set("RINGHOOK_MASTER_KEY", &old).prepare().await;
        app.workspace().await;
        app.set("RINGHOOK_MASTER_KEY", format!("{new},{old}"));
        ended_well(app.command(&["keys", "rotate"]).await);
        // As a server writes that still has the old key in front.
        let late = app.database.bytes(&[&head(&old)[..], &[0; 40]].concat());
        app.database.execute(&format!("UPDATE webhook_tokens SET token_sealed = {late}")).await;
        let of_key = async |app: &App| {
            let said = app.command(&["doctor"]).await.stdout;
            said.lines().find(|line| line.contains("master key")).expect("a line about it").to_owned()
        };
        let both = of_key(&app).await;
        assert!(both.starts_with("note"), "{both}");
        app.set("RINGHOOK_MASTER_KEY", &new);
        let alone = of_key(&app).await;
        assert!(alone.starts_with("FAULT") && alone.contains("RINGHOOK_MASTER_KEY"), "{alone}");
        assert!(alone.contains("1 of webhook_tokens.token") && !alone.contains(&new), "{alone}");
    }

    async fn keys_rotate_says_what_it_cannot_open(backend: Backend) {
        let (old, new) = (master_key(), master_key());
        let mut app = App::builder(backend).set("RINGHOOK_MASTER_KEY", &old).prepare().await;
        app.workspace().await;
        app.set("RINGHOOK_MASTER_KEY", &new);
        refused(&app.command(&["keys", "rotate"]).await, &["RINGHOOK_MASTER_KEY"]);
        app.set("RINGHOOK_MASTER_KEY", format!("{new},{old}"));
        // Damaged: it says that it is under the old key, and does not open.
        let damaged = app.database.bytes(&[&head(&old)[..], &[0; 40]].concat());
        app.database.execute(&format!("UPDATE webhook_tokens SET token_sealed = {damaged}")).await;
        let finished = app.command(&["keys", "rotate"]).await;
        assert_eq!(finished.code, Some(1), "{}", finished.stdout);
        assert!(finished.stdout.contains("still seals 1 of webhook_tokens.token"), "{}", finished.stdout);
        for key in [&old, &new] {
            assert!(!finished.stdout.contains(key) && !finished.stderr.contains(key), "a key is shown");
        }
    }
}
