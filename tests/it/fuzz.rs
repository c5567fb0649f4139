//! Whatever the document allows, and much that it does not, is asked of a server: it fails at nothing, and answers only what
//! the document says.

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::socket::client_token;
use serde_json::json;
use tokio::process::Command;

/// Requests that are made up for each operation in the last of its phases.
const EXAMPLES: &str = "15";
const FUZZED: [&str; 2] = ["--phases=examples,coverage,fuzzing", "--checks=all"];

async fn fuzz(app: &App, bearer: &str, which: [&str; 2]) {
    let program = std::env::var("RINGHOOK_TEST_SCHEMATHESIS");
    let program = program.expect("RINGHOOK_TEST_SCHEMATHESIS: the suite is started by tests/run");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = Command::new(program);
    run.current_dir(&folder).arg("--config-file").arg(format!("{root}/tests/it/openapi/schemathesis.toml"));
    run.arg("run")
        .arg(format!("{root}/openapi/openapi.json"))
        .args(["--url", &format!("{}/api/v1", app.url())]);
    run.args(["-H", &format!("Authorization: Bearer {bearer}"), "-n", EXAMPLES, "--seed=1"]).args(FUZZED);
    // A stream of lines is nothing that it can make up.
    run.args(["--suppress-health-check=all", "--exclude-operation-id=importBindings"]).args(which);
    let ran = run.output().await.expect("schemathesis");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    let asked = said.split(" generated, ").next().and_then(|before| before.split_whitespace().last());
    assert!(asked.and_then(|count| count.parse::<u32>().ok()).is_some_and(|count| count > 100), "{said}");
}

async fn server(backend: Backend) {
    let app = App::builder(backend).set("RINGHOOK_API_REQUESTS_PER_SECOND", 100_000).start().await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    let account = json!({"account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "t"});
    app.api(&workspace).post("/accounts", account).await.expect(201);
    let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
    fuzz(&app, &token, ["--include-tag", "Device API"]).await;
    fuzz(&app, &workspace.api_key, ["--exclude-tag", "Device API"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_as_its_document_says_on_sqlite() {
    server(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_as_its_document_says_on_postgres() {
    server(Backend::Postgres).await;
}
