//! People at a real browser: what they press, and what they see then.

use ringhook_tests::app::App;
use ringhook_tests::authenticator::Authenticator;
use ringhook_tests::browser::Browser;
use ringhook_tests::database::Backend;
use ringhook_tests::pages::PASSWORD;
use ringhook_tests::until::until;

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

async fn app(backend: Backend) -> App {
    App::builder(backend).reachable().start().await
}

async fn sign_up(app: &App, browser: &Browser, email: &str) {
    browser.goto("/signup").await;
    browser.fill("E-mail address", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign up").await;
    browser.sees(email).await;
    browser.goto(&app.mail().to(email).await.link()).await;
}

async fn log_in(browser: &Browser, email: &str, password: &str) {
    browser.goto("/login").await;
    browser.fill("E-mail address", email).await;
    browser.fill("Password", password).await;
    browser.press("Log in").await;
}

/// A team comes together: the whole way of its first day.
async fn first_day(backend: Backend) {
    let app = app(backend).await;
    let (ann, bob) = tokio::join!(Browser::open(&app), Browser::open(&app));
    ann.goto("/signup").await;
    ann.is_sound("signup").await;
    sign_up(&app, &ann, ANN).await;
    ann.sees("Your address is confirmed").await;
    ann.is_sound("new-workspace").await;
    ann.fill("Name", "Acme Support").await;
    ann.press("Make the workspace").await;
    ann.sees("To the first ring").await;
    ann.is_sound("overview").await;

    ann.press("Members").await;
    ann.fill("E-mail address", BOB).await;
    ann.fill("Role", "Viewer: look").await;
    ann.press("Send the invitation").await;
    ann.sees("The invitation is on its way").await;
    ann.is_sound("members").await;

    bob.goto(&app.mail().to(BOB).await.link()).await;
    bob.sees("Join Acme Support").await;
    bob.is_sound("invitation").await;
    bob.fill("Choose a password", PASSWORD).await;
    bob.press("Make an account and join").await;
    bob.sees("You have joined").await;
    let workspace = bob.path().await;
    let workspace = workspace.split('?').next().expect("a path").to_owned();
    bob.goto(&format!("{workspace}/keys")).await;
    bob.sees("This is not yours to do").await;
    bob.is_sound("forbidden").await;

    ann.press("Members").await;
    ann.press(&format!("Change {BOB}")).await;
    ann.is_sound("member").await;
    ann.fill("Role", "Developer: bindings, keys, test calls").await;
    ann.press("Change the role").await;
    ann.sees("The role is changed").await;
    bob.goto(&format!("{workspace}/keys")).await;
    bob.sees("No key yet").await;
    bob.is_sound("keys-empty").await;
    bob.press("New key").await;
    bob.is_sound("new-key").await;
    bob.fill("Name", "Server").await;
    bob.press("Make the key").await;
    bob.sees("Choose at least one").await;
    bob.press("Read bindings bindings:read").await;
    bob.press("Make the key").await;
    bob.sees("Copy the key now").await;
    bob.is_sound("key-made").await;
    bob.press("I have copied it").await;
    bob.is_sound("keys").await;
    bob.press("Server").await;
    bob.is_sound("key").await;

    ann.press(&format!("Change {BOB}")).await;
    ann.fill("Role", "Viewer: look").await;
    ann.press("Change the role").await;
    ann.sees("The role is changed").await;
    bob.press("Roll the key").await;
    bob.sees("This is not yours to do").await;
    bob.goto(&workspace).await;
    bob.sees("To the first ring").await;
    assert!(!bob.text().await.contains("Audit log"), "a viewer is led to no audit log");
    bob.goto(&format!("{workspace}/audit")).await;
    bob.sees("This is not yours to do").await;

    ann.press("Audit log").await;
    ann.sees("Role changed").await;
    ann.is_sound("audit").await;
    ann.press("Settings").await;
    ann.is_sound("settings").await;
    ann.press("Delete…").await;
    ann.is_sound("delete-workspace").await;
    ann.fill("The workspace’s name, to confirm", "Acme Support").await;
    ann.fill("Your password", PASSWORD).await;
    ann.press("Delete the workspace").await;
    ann.sees("Until then you can restore it").await;
    ann.is_sound("workspaces").await;
    ann.goto(&workspace).await;
    ann.is_sound("doomed").await;
    ann.press("Restore the workspace").await;
    ann.sees("The workspace is open again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_comes_together_on_sqlite() {
    first_day(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_comes_together_on_postgres() {
    first_day(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_replaced_without_scripts() {
    let app = app(Backend::Sqlite).await;
    let browser = Browser::open_without_javascript(&app).await;
    sign_up(&app, &browser, ANN).await;
    browser.sees("Your address is confirmed").await;
    browser.press("Log out").await;
    browser.sees("You are logged out").await;
    browser.screenshot("login").await;
    browser.press("Forgot your password?").await;
    browser.screenshot("forgot").await;
    browser.fill("E-mail address", ANN).await;
    browser.press("Send the link").await;
    browser.sees("Check your mail").await;
    browser.screenshot("check-mail").await;
    browser.goto(&app.mail().to(ANN).await.link()).await;
    browser.screenshot("reset").await;
    browser.fill("New password", "quite another long sentence").await;
    browser.press("Set the password").await;
    browser.sees("Log in with the new one").await;
    log_in(&browser, ANN, PASSWORD).await;
    browser.sees("do not match").await;
    browser.screenshot("login-wrong").await;
    log_in(&browser, ANN, "quite another long sentence").await;
    browser.sees("No workspace yet").await;
    browser.screenshot("workspaces-empty").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_set_up_and_asked_for() {
    let app = app(Backend::Sqlite).await;
    let browser = Browser::open(&app).await;
    sign_up(&app, &browser, ANN).await;
    browser.goto("/account").await;
    browser.press("Set up an authenticator app").await;
    browser.sees("Scan").await;
    browser.press("Type it instead").await;
    browser.is_sound("totp").await;
    let secret = browser.script("return document.getElementById('secret').textContent").await;
    let phone = Authenticator::typed(secret.as_str().expect("a secret"));
    browser.fill("The app’s present code", &phone.code(0)).await;
    browser.fill("Your password", PASSWORD).await;
    browser.press("Turn it on").await;
    browser.sees("Recovery codes").await;
    browser.is_sound("recovery-codes").await;
    let codes = browser.script("return document.getElementById('codes').textContent").await;
    let recovery = codes.as_str().and_then(|codes| codes.lines().next()).expect("a code").to_owned();
    browser.press("I have kept them").await;
    browser.sees("10 recovery codes are left").await;
    browser.is_sound("account").await;
    browser.press("Log out").await;
    app.database.execute("UPDATE users SET totp_step = totp_step - 10").await;
    log_in(&browser, ANN, PASSWORD).await;
    browser.sees("The present code").await;
    browser.is_sound("login-code").await;
    browser.fill("Code", "000000").await;
    browser.press("Log in").await;
    browser.sees("not the app’s present code").await;
    browser.fill("Code", &phone.code(0)).await;
    browser.press("Log in").await;
    browser.sees("Your workspaces").await;
    browser.press("Log out").await;
    log_in(&browser, ANN, PASSWORD).await;
    browser.press("Use a recovery code").await;
    browser.is_sound("login-recovery").await;
    browser.fill("Recovery code", &recovery).await;
    browser.press("Log in").await;
    browser.sees("Your workspaces").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_logs_in_without_a_password_and_only_who_is_verified() {
    let app = app(Backend::Sqlite).await;
    let browser = Browser::open(&app).await;
    sign_up(&app, &browser, ANN).await;
    let key = browser.virtual_authenticator().await;
    browser.goto("/account").await;
    browser.fill("Name of the new passkey", "Laptop").await;
    browser.fill("passkey-password", PASSWORD).await;
    browser.press("Add a passkey").await;
    browser.sees("Remove").await;
    browser.is_sound("account-passkey").await;
    assert_eq!(key.credentials().await.len(), 1);
    assert!(app.mail().to(ANN).await.plain.contains("passkey"));
    browser.press("Log out").await;

    browser.goto("/login?next=%2Faccount").await;
    browser.press("Log in with a passkey").await;
    browser.sees("Your account").await;
    browser.press("Log out").await;
    key.verifies(false).await;
    browser.goto("/login").await;
    browser.press("Log in with a passkey").await;
    browser.sees("The browser was not allowed to").await;
    key.verifies(true).await;

    // A passkey that was removed opens nothing.
    log_in(&browser, ANN, PASSWORD).await;
    browser.goto("/account").await;
    browser.press("Remove Laptop").await;
    browser.sees("Log in with your fingerprint").await;
    browser.fill("Name of the new passkey", "Phone").await;
    browser.fill("passkey-password", "wrong").await;
    browser.press("Add a passkey").await;
    browser.sees("This is not your password").await;
    browser.press("Log out").await;
    browser.goto("/login").await;
    browser.press("Log in with a passkey").await;
    browser.sees("This passkey opens nothing").await;
    until("the passkey to be gone", async || (app.database.count("passkeys").await == 0).then_some(())).await;
}
