//! Clients that well-kept generators make of the committed document, and a small program with each.

use std::path::Path;

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use tokio::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Where the generators are; the suite is started by `tests/run`, which puts them there.
fn tools() -> String {
    std::env::var("RINGHOOK_TEST_CLIENTS").expect("RINGHOOK_TEST_CLIENTS: the suite is started by tests/run")
}

async fn run(command: &mut Command, what: &str) -> String {
    let ran = command.output().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let said = [&ran.stdout[..], &ran.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(ran.status.success(), "{what}: {said}");
    said
}

fn copy(name: &str, folder: &Path) {
    std::fs::copy(format!("{ROOT}/tests/clients/{name}"), folder.join(name)).expect(name);
}

fn document() -> String {
    format!("{ROOT}/openapi/openapi.json")
}

/// A server with a workspace that reaches phones.
async fn server() -> (App, Workspace) {
    let app = App::start(Backend::Sqlite).await;
    let workspace = app.workspace().await;
    app.fcm_provider(&workspace).await;
    (app, workspace)
}

fn told(command: &mut Command, app: &App, workspace: &Workspace) {
    command.env("RINGHOOK_URL", app.url());
    command.env("RINGHOOK_API_KEY", &workspace.api_key).env("ACCOUNT_SID", &workspace.account_sid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_python_client_goes_the_main_way() {
    let (tools, folder) = (tools(), tempfile::tempdir().expect("a folder"));
    let client = folder.path().join("ringhook_client");
    let mut generate = Command::new(format!("{tools}/python/bin/openapi-python-client"));
    generate.args([
        "generate",
        "--meta",
        "none",
        "--fail-on-warning",
        "--path",
        &document(),
        "--output-path",
    ]);
    generate.arg(&client).arg("--config").arg(format!("{ROOT}/tests/clients/python.yaml"));
    run(&mut generate, "openapi-python-client").await;
    copy("main.py", folder.path());
    let (app, workspace) = server().await;
    let mut program = Command::new(format!("{tools}/python/bin/python"));
    told(program.arg("main.py").current_dir(&folder), &app, &workspace);
    assert_eq!(run(&mut program, "main.py").await, "done\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typescript_client_goes_the_main_way() {
    let (tools, folder) = (tools(), tempfile::tempdir().expect("a folder"));
    for name in ["main.ts", "tsconfig.json", "package.json"] {
        copy(name, folder.path());
    }
    let modules = format!("{tools}/typescript/node_modules");
    std::os::unix::fs::symlink(&modules, folder.path().join("node_modules")).expect("a link");
    let mut generate = Command::new(format!("{modules}/.bin/openapi-typescript"));
    generate.args([&document(), "--default-non-nullable=false", "-o"]).arg(folder.path().join("api.ts"));
    run(&mut generate, "openapi-typescript").await;
    run(Command::new(format!("{modules}/.bin/tsc")).current_dir(&folder), "tsc").await;
    let (app, workspace) = server().await;
    let mut program = Command::new("node");
    told(program.arg("main.js").current_dir(&folder), &app, &workspace);
    assert_eq!(run(&mut program, "main.js").await, "done\n");
}
