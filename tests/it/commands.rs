//! The program's commands, run as people run them.

use ringhook_tests::app::{App, Workspace, master_key};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::process::Finished;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::until::until;
use serde_json::{Value, json};

mod backup;
mod doctor;
mod rollback;
mod rotation;
mod serving;
mod twilio;

const SID: &str = "AC00000000000000000000000000000001";

#[track_caller]
fn ended_well(finished: Finished) -> Finished {
    assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    finished
}

/// Checks that a command refused to run, said why in these words, and printed nothing else.
#[track_caller]
fn refused(finished: &Finished, words: &[&str]) {
    assert_eq!(finished.stdout, "");
    assert!(finished.code.is_some_and(|code| code != 0), "{}", finished.stderr);
    for word in words {
        assert!(finished.stderr.contains(word), "no {word} in {}", finished.stderr);
    }
}

both! {
    async fn workspace_create_prints_what_is_needed_to_begin(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let create = ["workspace", "create", "--name", "Rings & Bells", "--owner", "a@example.com"];
        let made = ended_well(app.command(&create).await);
        let value = |name: &str| {
            let line = made.stdout.lines().find(|line| line.starts_with(name)).expect(name);
            line.split_whitespace().nth(1).expect(name).to_owned()
        };
        assert!(value("workspace_id").starts_with("wsp_"));
        assert!(value("api_key").starts_with("rhk_"));
        assert!(value("webhook_url").starts_with("https://ringhook.test/hooks/"));
        assert_eq!(value("owner"), "a@example.com:");

        let made = ended_well(app.command(&[&create[..], &["--json"]].concat()).await);
        let object: Value = serde_json::from_str(&made.stdout).expect("JSON alone");
        let members: Vec<_> = object.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["workspace_id", "webhook_url", "api_key"]);
        let url = object["webhook_url"].as_str().expect("a URL");
        assert!(!url.contains(['?', '#']) && url.rsplit('/').next().is_some_and(|token| token.len() >= 22), "{url}");
    }

    async fn workspace_create_names_what_is_wrong(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let create = async |name: &str, owner: &str, more: &[&str]| {
            let args = ["workspace", "create", "--json", "--name", name, "--owner", owner];
            app.command(&[&args[..], more].concat()).await
        };
        refused(&create("", "a@example.com", &[]).await, &["--name"]);
        refused(&create(" ", "nobody", &[]).await, &["--name", "--owner"]);
        refused(&create(&"x".repeat(101), "a@example.com", &[]).await, &["--name"]);
        let account = ["--account-sid", "ACx", "--auth-token", "secret-token"];
        let finished = create("Rings", "a@example.com", &account).await;
        refused(&finished, &["--account-sid", "32 hexadecimal"]);
        assert!(!finished.stderr.contains("secret-token"), "{}", finished.stderr);
        refused(&create("Rings", "a@example.com", &["--account-sid", SID]).await, &["--auth-token"]);
        assert_eq!(app.database.count("workspaces").await, 0);
    }

    async fn a_workspace_made_beside_a_running_server_is_in_force_at_once(app: App) {
        for _ in 0..3 {
            let workspace = app.workspace().await;
            app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
            app.api(&workspace).get("/workspace").await.expect(200);
        }
    }

    async fn workspace_quota_shows_and_changes_what_holds(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_QUOTA_CALLS_PER_SECOND", 50).prepare().await;
        let workspace = app.workspace().await;
        let quota = async |more: &[&str]| {
            let show = ["workspace", "quota", workspace.id.as_str()];
            app.command(&[&show[..], more].concat()).await
        };
        for (given, shown) in [(None, "50 (default)"), (Some("7"), "7"), (None, "7"), (Some("default"), "50 (default)")] {
            let given = given.map(|given| ["--calls-per-second", given]);
            let said = ended_well(quota(given.as_ref().map_or(&[], |given| given)).await).stdout;
            assert!(said.starts_with(&format!("calls_per_second  {shown}\n")), "{given:?}: {said}");
        }
        let said = ended_well(quota(&["--members", "3", "--bindings", "9"]).await).stdout;
        let rest = "bindings          9\nstored_calls      10000000 (default)\nsockets           10000 (default)\n\
                    event_endpoints   20 (default)\nmembers           3\n";
        assert!(said.ends_with(rest), "{said}");
        refused(&quota(&["--calls-per-second", "0"]).await, &["--calls-per-second", "or default"]);
        let nobody = "wsp_00000000000000000000000000";
        refused(&app.command(&["workspace", "quota", nobody]).await, &["there is no workspace", nobody]);
    }

    async fn migrate_says_what_it_did_and_does_it_once(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let first = ended_well(app.command(&["migrate"]).await);
        assert!(first.stdout.contains("migrations applied"), "{}", first.stdout);
        let second = ended_well(app.command(&["migrate"]).await);
        assert!(second.stdout.contains("up to date"), "{}", second.stdout);
        for said in [&first.stdout, &second.stdout] {
            assert!(!said.contains(database_password(&app).as_str()), "the database's password is shown");
        }
    }

    async fn a_command_names_what_an_old_database_needs(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_MIGRATE", false).prepare().await;
        if backend == Backend::Sqlite {
            // The database is there, and empty; its key as well.
            std::fs::create_dir_all(app.folder().join("data")).expect("a folder");
            std::fs::write(app.folder().join("data/ringhook.db"), "").expect("a file");
            std::fs::write(app.folder().join("data/master.key"), master_key()).expect("a file");
        }
        for command in [&["user", "list"][..], &["user", "disable", "a@example.com"], &["workspace", "list"], &["keys", "rotate"]] {
            refused(&app.command(command).await, &["the database lacks", "run `ringhook migrate`"]);
        }
    }

    async fn several_may_migrate_a_new_database_at_once(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let args = ["migrate"];
        let (a, b, c) = tokio::join!(app.command(&args), app.command(&args), app.command(&args));
        let done = [a, b, c].map(ended_well);
        assert_eq!(done.iter().filter(|done| done.stdout.contains("applied")).count(), 1);
    }

    async fn a_setting_that_cannot_be_used_is_named(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let wrong = [
            ("RINGHOOK_LISTEN", "nowhere"),
            ("RINGHOOK_PUBLIC_URL", "ftp://x"),
            ("RINGHOOK_PUBLIC_URL", "https://x/?a=b"),
            ("RINGHOOK_DATABASE_URL", "mysql://x"),
            ("RINGHOOK_MASTER_KEY", "short"),
            ("RINGHOOK_LOG_FORMAT", "xml"),
            ("RINGHOOK_FCM_URL", "no URL"),
            ("RINGHOOK_EXTRA_CA_FILE", "/no/such/file"),
            ("RINGHOOK_EXTRA_CA_FILE", "/dev/null"),
            ("RINGHOOK_DATABASE_CONNECTIONS", "abc"),
            ("RINGHOOK_DATABASE_CONNECTIONS", "2"),
            ("RINGHOOK_QUOTA_SOCKETS", "0"),
            ("RINGHOOK_MIGRATE", "perhaps"),
            ("RINGHOOK_METRICS_WORKSPACES", "-1"),
            ("RINGHOOK_CONFIG", "/no/such/file"),
            ("RINGHOOK_SMTP_URL", "http://mail.example.com"),
            ("RINGHOOK_MAIL_FROM", "nobody"),
            ("RINGHOOK_SIGNUP", "maybe"),
            ("RINGHOOK_OIDC_ISSUER", "https://id.example.com"),
            ("RINGHOOK_TRUSTED_PROXIES", "everyone"),
        ];
        for (name, value) in wrong {
            refused(&app.command_with(name, value, &["serve"]).await, &[name]);
        }
        let listen = app.command_with("RINGHOOK_LISTEN", "localhost:8080", &["serve"]).await;
        refused(&listen, &["an IP address and a port, such as 127.0.0.1:8080"]);
        let public = app.command_with("RINGHOOK_PUBLIC_URL", "foo", &["serve"]).await;
        refused(&public, &["a URL such as https://"]);
    }
}

fn database_password(app: &App) -> String {
    let url = url::Url::parse(app.database.url()).expect("a URL");
    url.password().unwrap_or("there is none").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_finds_nothing_makes_nothing() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    let workspace = "wsp_00000000000000000000000000";
    let commands = [
        &["workspace", "list"][..],
        &["workspace", "quota", workspace],
        &["workspace", "owner", workspace, "a@example.com"],
        &["user", "list"],
        &["user", "disable", "a@example.com"],
        &["keys", "rotate"],
    ];
    for command in commands {
        refused(&app.command(command).await, &["nothing at", "ringhook.db", "is RINGHOOK_DATA_DIR right?"]);
    }
    let doctor = ended_well(app.command(&["doctor"]).await);
    assert!(doctor.stdout.contains("ringhook.db yet: serve makes it"), "{}", doctor.stdout);
    assert!(
        !app.folder().join("data/ringhook.db").exists() && !app.folder().join("data/master.key").exists()
    );

    // A database without its key is another's.
    ended_well(app.command(&["migrate"]).await);
    std::fs::remove_file(app.folder().join("data/master.key")).expect("the key");
    refused(&app.command(&["user", "list"]).await, &["nothing at", "master.key"]);
    refused(&app.command(&["migrate"]).await, &["master.key is missing", "put it back"]);
    assert!(app.command(&["doctor"]).await.stdout.contains("master.key: put the database's key there"));
    assert!(!app.folder().join("data/master.key").exists());
}

#[tokio::test]
async fn openapi_prints_the_committed_document() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    let printed = ended_well(app.command(&["openapi"]).await).stdout;
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");
    let committed = std::fs::read_to_string(committed).expect("openapi/openapi.json");
    assert!(printed == committed, "renew it: cargo run -- openapi > openapi/openapi.json");
}

#[tokio::test]
async fn postgres_without_a_master_key_is_refused() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    let url = "postgres://u:secret@127.0.0.1:1/x";
    let finished = app.command_with("RINGHOOK_DATABASE_URL", url, &["migrate"]).await;
    refused(&finished, &["RINGHOOK_MASTER_KEY", "openssl rand -base64 32"]);
}
