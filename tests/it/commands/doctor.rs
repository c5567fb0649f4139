//! `ringhook doctor`, in good and in bad.

use ringhook_tests::oidc::{CLIENT_ID, CLIENT_SECRET, Issuer};
use ringhook_tests::process::Finished;
use ringhook_tests::stand_in::Scripted;
use ringhook_tests::tls::Papers;

use super::*;

/// What it says of one thing.
#[track_caller]
fn line<'a>(finished: &'a Finished, check: &str) -> &'a str {
    let of = |line: &&str| line.get(6..).is_some_and(|rest| rest.starts_with(check));
    finished.stdout.lines().find(of).unwrap_or_else(|| panic!("nothing about {check}:\n{}", finished.stdout))
}

/// Checks what it says of one thing, and that faults alone make it fail.
#[track_caller]
fn says(finished: &Finished, check: &str, state: &str, words: &[&str]) {
    let line = line(finished, check);
    assert!(line.starts_with(state), "{line}");
    for word in words {
        assert!(line.contains(word), "no {word} in {line}");
    }
    let faults = finished.stdout.lines().filter(|line| line.starts_with("FAULT")).count();
    assert_eq!(finished.code, Some(i32::from(faults > 0)), "{}", finished.stdout);
    assert!(!finished.stdout.contains("secret"), "{}", finished.stdout);
}

both! {
    async fn doctor_finds_nothing_to_mend_where_all_is_well(backend: Backend) {
        let app = App::builder(backend).reachable().prepare().await;
        let before = ended_well(app.command(&["doctor"]).await);
        says(&before, "migrations", "note", &["serve applies them"]);
        let mut app = app;
        app.restart().await;
        app.workspace().await;
        let well = ended_well(app.command(&["doctor"]).await);
        let disk = if backend == Backend::Sqlite { &["disk"][..] } else { &[] };
        let good = [
            "configuration", "data directory", "listener", "traces", "trusted proxies", "clock", "database", "migrations", "master key", "outbox", "providers",
            "metrics", "mail", "OpenID",
        ];
        for check in good.iter().chain(disk) {
            says(&well, check, "ok", &[]);
        }
        says(&well, "public URL", "note", &["this machine alone, set RINGHOOK_PUBLIC_URL"]);
        line(&well, "open files");
        assert!(!line(&well, "nodes").contains(" - ("), "a node without a name: {}", well.stdout);
        let json = ended_well(app.command(&["doctor", "--json"]).await).stdout;
        let json: Value = serde_json::from_str(&json).expect("JSON alone");
        assert_eq!(json["faults"], 0);
        let checks = json["checks"].as_array().expect("checks");
        assert_eq!(checks.len(), well.stdout.lines().count());
        assert!(checks.iter().any(|check| check["check"] == "database" && check["state"] == "ok"), "{json}");
    }

    async fn doctor_names_what_is_wrong_with_the_data(backend: Backend) {
        let app = App::builder(backend).set("RINGHOOK_MIGRATE", false).prepare().await;
        says(&app.command(&["doctor"]).await, "migrations", "FAULT", &["ringhook migrate"]);
        ended_well(app.command(&["migrate"]).await);
        let wrong_key = app.command_with("RINGHOOK_MASTER_KEY", &master_key(), &["doctor"]).await;
        says(&wrong_key, "master key", "FAULT", &["RINGHOOK_MASTER_KEY"]);
        let no_server = "postgres://u:secret@127.0.0.1:1/x";
        let with = [("RINGHOOK_DATABASE_URL", no_server), ("RINGHOOK_MASTER_KEY", &master_key())];
        says(&app.command_with_all(&with, &["doctor"]).await, "database", "FAULT", &["RINGHOOK_DATABASE_URL"]);
        let listen = app.command_with("RINGHOOK_LISTEN", "nowhere", &["doctor"]).await;
        says(&listen, "configuration", "FAULT", &["RINGHOOK_LISTEN"]);
    }

    async fn doctor_faults_what_serve_refuses(backend: Backend) {
        let app = App::builder(backend).prepare().await;
        let refused = [
            ("RINGHOOK_LISTEN", "192.0.2.1:8080", "listener"),
            ("RINGHOOK_METRICS_LISTEN", "192.0.2.1:9464", "metrics"),
            ("RINGHOOK_DATA_DIR", "/dev/null/data", "data directory"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "no URL", "traces"),
        ];
        for (name, value, check) in refused {
            let with = [(name, value), ("RINGHOOK_DATABASE_URL", app.database.url())];
            says(&app.command_with_all(&with, &["doctor"]).await, check, "FAULT", &[name]);
            super::refused(&app.command_with_all(&with, &["serve"]).await, &[name]);
        }
        for (name, value) in [("RINGHOOK_LOG", "ringhook=loud"), ("RINGHOOK_MIGRATE", "perhaps")] {
            let finished = app.command_with(name, value, &["doctor", "--json"]).await;
            assert_eq!(finished.code, Some(1), "{}", finished.stderr);
            let json: Value = serde_json::from_str(&finished.stdout).expect("JSON alone");
            let check = &json["checks"][0];
            assert_eq!((&check["check"], &check["state"]), (&json!("configuration"), &json!("fault")), "{json}");
            assert!(check["detail"].as_str().is_some_and(|detail| detail.contains(name)), "{json}");
        }
    }

    async fn a_variable_that_is_no_setting_is_told(backend: Backend) {
        let mut app = App::builder(backend).set("RINGHOOK_PUBLIC_ULR", "https://x.example").prepare().await;
        app.set("RINGHOOK_PORT_8080_TCP", "tcp://10.0.0.1:8080");
        says(&app.command(&["doctor"]).await, "configuration", "note", &["RINGHOOK_PUBLIC_ULR. Are"]);
        app.restart().await;
        let told = |line: &str| line.contains("WARN") && line.contains("RINGHOOK_PUBLIC_ULR");
        assert!(app.log().lines().any(told), "{}", app.log());
        assert!(!app.log().contains("RINGHOOK_PORT"), "{}", app.log());
    }

    async fn doctor_tells_of_mails_and_providers_that_need_somebody(app: App) {
        let workspace = app.workspace().await;
        let failing = app.fcm_provider(&workspace).await;
        let ending = app.apns_provider(&workspace).await;
        app.database.execute("UPDATE mails SET state = 'given_up'").await;
        app.database.execute("UPDATE providers SET status = 'failing' WHERE kind = 'fcm'").await;
        app.database.execute("UPDATE providers SET expires_at = created_at WHERE kind = 'apns'").await;
        let finished = ended_well(app.command(&["doctor"]).await);
        says(&finished, "outbox", "note", &["1 mails were given up"]);
        says(&finished, "providers", "note", &[&failing, "fails", &ending, "end on", &workspace.id]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_the_embedded_database_cannot_be_opened_is_said() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    let data = app.folder().join("data");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::write(data.join("ringhook.db"), "a letter, and no database".repeat(100)).expect("a file");
    std::fs::write(data.join("master.key"), master_key()).expect("a key");
    refused(&app.command(&["serve"]).await, &["RINGHOOK_DATABASE_URL", "not a database"]);
    says(&app.command(&["doctor"]).await, "database", "FAULT", &["not a database"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_sees_where_the_public_url_leads() {
    let mut app = App::builder(Backend::Sqlite).reachable().prepare().await;
    says(&app.command(&["doctor"]).await, "public URL", "note", &["nobody answers there"]);
    app.restart().await;
    // FCM's stand-in is no Ringhook, and that of APNs has a certificate that nobody knows.
    let fcm = app.fcm.url().to_owned();
    app.fcm.script("", [Scripted::answer(404, "{}")]);
    says(
        &app.command_with("RINGHOOK_PUBLIC_URL", &fcm, &["doctor"]).await,
        "public URL",
        "FAULT",
        &["something else"],
    );
    let others = app.folder().join("others.pem");
    std::fs::write(&others, Papers::new().authority).expect("another authority");
    let others = others.display().to_string();
    let unknown = [("RINGHOOK_PUBLIC_URL", app.apns.url()), ("RINGHOOK_EXTRA_CA_FILE", &others)];
    says(&app.command_with_all(&unknown, &["doctor"]).await, "public URL", "FAULT", &["certificate"]);
    let nowhere = app.command_with("RINGHOOK_PUBLIC_URL", "https://nowhere.invalid", &["doctor"]).await;
    says(&nowhere, "public URL", "note", &["does not answer from here"]);
    says(&nowhere, "trusted proxies", "note", &["RINGHOOK_TRUSTED_PROXIES"]);
    let set =
        [("RINGHOOK_PUBLIC_URL", "https://nowhere.invalid"), ("RINGHOOK_TRUSTED_PROXIES", "10.0.0.0/8")];
    says(&app.command_with_all(&set, &["doctor"]).await, "trusted proxies", "ok", &[]);
    let everybody = app.command_with("RINGHOOK_TRUSTED_PROXIES", "0.0.0.0/0", &["doctor"]).await;
    says(&everybody, "trusted proxies", "note", &["everybody"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_sees_who_answers_where_figures_should_be() {
    let app = App::start(Backend::Sqlite).await;
    let shown = app.metrics_url().await;
    let shown = shown.trim_start_matches("http://").trim_end_matches("/metrics");
    let other = app.fcm.url().trim_start_matches("http://").to_owned();
    app.fcm.script("", [Scripted::answer(404, "{}")]);
    let expected = [
        (shown, "ok", "answers"),
        ("127.0.0.1:1", "note", "only while no server runs"),
        (&other, "FAULT", "something else"),
        ("", "ok", "off"),
    ];
    for (listen, state, words) in expected {
        let finished = app.command_with("RINGHOOK_METRICS_LISTEN", listen, &["doctor"]).await;
        says(&finished, "metrics", state, &[words]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_asks_the_openid_provider_and_looks_at_the_keys_file() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    ended_well(app.command(&["migrate"]).await);
    let provider = Issuer::start().await;
    for (issuer, state) in [(provider.url(), "ok"), ("http://127.0.0.1:1", "FAULT")] {
        let with = [
            ("RINGHOOK_OIDC_ISSUER", issuer),
            ("RINGHOOK_OIDC_CLIENT_ID", CLIENT_ID),
            ("RINGHOOK_OIDC_CLIENT_SECRET", CLIENT_SECRET),
        ];
        says(&app.command_with_all(&with, &["doctor"]).await, "OpenID", state, &[]);
    }
    let key = app.folder().join("data/master.key");
    let others = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&key, others).expect("to let others read it");
    says(&app.command(&["doctor"]).await, "master key", "FAULT", &["chmod 600"]);
}
