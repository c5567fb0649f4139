//! Postgres as others run it: behind TLS, and behind PgBouncer.

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::pgbouncer::PgBouncer;
use ringhook_tests::postgres::Postgres;
use ringhook_tests::tls::Papers;
use url::Url;

use crate::record::{ended, id_of};

const NAME: &str = "db.example.com";

/// A workspace that rings, and shows that it did.
async fn rings(app: &App) {
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    app.bind(&workspace, "bob", "fcm", &format!("phone-{}", workspace.id)).await;
    let mut last = String::new();
    for _ in 0..10 {
        last = id_of(&app.twilio(&workspace).ring("bob").await);
    }
    let api = app.api(&workspace);
    assert_eq!(ended(&api, &last).await["outcome"], "accepted");
    assert_eq!(api.get("/notifications").await.expect(200).items().len(), 10);
    assert_eq!(api.get("/deliveries?state=accepted").await.expect(200).items().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_as_the_url_says() {
    let (papers, others) = (Papers::of(&[NAME]), Papers::new());
    let settings = ["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"];
    let files = [("server.crt", papers.certificate.as_str()), ("server.key", papers.key.as_str())];
    let server = Postgres::start_with(&settings, &files).await;
    let mut app = App::builder(Backend::Postgres).server(server.url()).prepare().await;
    let file = |name: &str, pem: &str| {
        let path = app.folder().join(name);
        std::fs::write(&path, pem).expect("to write an authority");
        path.display().to_string()
    };
    let (right, wrong) = (file("right.pem", &papers.authority), file("wrong.pem", &others.authority));
    let by_address = app.database.url().to_owned();
    // A name without a name server: the address comes with it.
    let mut by_name = Url::parse(&by_address).expect("a URL");
    by_name.set_host(Some(NAME)).expect("a host");
    let by_name = format!("{by_name}?hostaddr=127.0.0.1");

    let by_address = format!("{by_address}?application_name=ringhook");
    for (place, asked, extra, works) in [
        (&by_address, "sslmode=disable", &wrong, true),
        (&by_address, "sslmode=prefer", &wrong, true),
        (&by_address, "sslmode=require", &wrong, true),
        (&by_address, &format!("sslmode=require&sslrootcert={right}"), &wrong, true),
        (&by_address, &format!("sslmode=require&sslrootcert={wrong}"), &right, false),
        (&by_address, &format!("sslmode=verify-ca&sslrootcert={right}"), &wrong, true),
        (&by_address, &format!("sslmode=verify-full&sslrootcert={right}"), &wrong, false),
        (&by_name, &format!("sslmode=verify-full&sslrootcert={right}"), &wrong, true),
        (&by_name, &format!("sslmode=verify-full&sslrootcert={wrong}"), &right, false),
        (&by_name, "sslmode=verify-full", &right, true),
        (&by_name, "sslmode=verify-full", &wrong, false),
        (&by_name, "sslmode=verify-ca", &wrong, false),
    ] {
        let url = format!("{place}&{asked}");
        let settings = [("RINGHOOK_DATABASE_URL", url.as_str()), ("RINGHOOK_EXTRA_CA_FILE", extra.as_str())];
        let done = app.command_with_all(&settings, &["migrate"]).await;
        assert_eq!(done.code == Some(0), works, "{url}: {}", done.stderr);
        assert!(works || done.stderr.contains("certificate"), "{url}: {}", done.stderr);
        let password = Url::parse(&by_address).expect("a URL").password().expect("a password").to_owned();
        assert!(!done.stderr.contains(&password) && !done.stdout.contains(&password), "{}", done.stderr);
    }

    app.set("RINGHOOK_DATABASE_URL", format!("{by_name}&sslmode=verify-full&sslrootcert={right}"));
    app.restart().await;
    rings(&app).await;
    let encrypted = "SELECT ssl::text AS value FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE application_name = 'ringhook' AND datname = current_database()";
    let encrypted = app.database.texts(encrypted).await;
    assert!(!encrypted.is_empty() && encrypted.iter().all(|is| is == "true"), "{encrypted:?}");

    // A server that speaks no TLS is not spoken to in the clear by whoever requires it.
    let plain = App::builder(Backend::Postgres).prepare().await;
    let url = format!("{}?sslmode=require", plain.database.url());
    let refused = plain.command_with("RINGHOOK_DATABASE_URL", &url, &["migrate"]).await;
    assert!(refused.code != Some(0) && refused.stderr.contains("TLS"), "{}", refused.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_rings_through_pgbouncer_in_session_mode() {
    let mut app = App::builder(Backend::Postgres).prepare().await;
    let bouncer = PgBouncer::start(app.database.url(), 20).await;
    app.set("RINGHOOK_DATABASE_URL", bouncer.url(app.database.url()));
    app.restart().await;
    rings(&app).await;
    // A process that dies leaves its sessions to the next.
    app.restart().await;
    rings(&app).await;
    let ann = app.person("ann@example.com").await;
    let path = ann.workspace("Rings").await;
    ann.get(&path).await.expect(200);
    let fit = app.command(&["doctor"]).await;
    assert_eq!(fit.code, Some(0), "{}", fit.stdout);
}
