//! Pages in a real browser.

use std::collections::BTreeSet;

use ringhook_tests::app::App;
use ringhook_tests::browser::{Browser, LOOKS, Theme};
use ringhook_tests::database::Backend;

async fn app() -> App {
    App::builder(Backend::Sqlite).reachable().start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_start_page_is_sound_in_every_look() {
    let app = app().await;
    let browser = Browser::open(&app).await;
    let mut backgrounds = BTreeSet::new();
    for (width, theme) in LOOKS {
        browser.look(width, theme).await;
        browser.goto("/").await;
        browser.sees("Ringhook is running").await;
        let overflow = browser.script("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(overflow.as_i64().is_some_and(|pixels| pixels <= 0), "{width}: {overflow} pixels too wide");
        let background = browser.script("return getComputedStyle(document.body).backgroundColor").await;
        backgrounds.insert((theme == Theme::Dark, background.to_string()));
    }
    let colours: BTreeSet<_> = backgrounds.iter().map(|(_, colour)| colour).collect();
    assert_eq!((backgrounds.len(), colours.len()), (2, 2), "one background a theme: {backgrounds:?}");
    assert_eq!(browser.console_errors().await, Vec::<String>::new());
    browser.screenshot("start").await;
    browser.press("API").await;
    browser.sees("API reference").await;
    assert_eq!(browser.path().await, "/api/docs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_start_page_reads_well_without_scripts() {
    let app = app().await;
    let (with, without) = tokio::join!(Browser::open(&app), Browser::open_without_javascript(&app));
    for browser in [&with, &without] {
        browser.goto("/").await;
        browser.sees("Or without the dashboard").await;
    }
    with.sees("Copy").await;
    assert!(!without.text().await.contains("Copy"));
    assert_eq!(without.title().await, "Ringhook is running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_tells_what_is_wrong_with_a_page() {
    let app = app().await;
    let browser = Browser::open(&app).await;
    browser.goto("/nowhere").await;
    assert_eq!(
        browser.console_errors().await,
        Vec::<String>::new(),
        "that a page is missing is no fault of it"
    );
    browser.script("await fetch('/assets/missing.css')").await;
    let errors = browser.console_errors().await;
    assert!(errors.len() == 1 && errors[0].contains("missing.css"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "Content Security Policy")]
async fn a_page_that_breaks_its_policy_fails_the_test() {
    let app = app().await;
    let browser = Browser::open(&app).await;
    browser.goto("/").await;
    browser
        .script("document.body.appendChild(document.createElement('style')).textContent = 'p { color: red }'")
        .await;
    browser.console_errors().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_keeps_passkeys_and_cookies_of_its_own() {
    let app = app().await;
    let browser = Browser::open(&app).await;
    browser.goto("/").await;
    let authenticator = browser.virtual_authenticator().await;
    let create = "const bytes = n => new Uint8Array(n); const options = { publicKey: { challenge: bytes(16), \
        rp: { name: 'Ringhook' }, user: { id: bytes(8), name: 'ada', displayName: 'Ada' }, \
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }], \
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' } } }; \
        return (await navigator.credentials.create(options)).type";
    assert_eq!(browser.script(create).await, "public-key");
    let kept = authenticator.credentials().await;
    assert!(kept.len() == 1 && kept[0]["rpId"] == "localhost", "{kept:?}");
    authenticator.verifies(false).await;
    let refused = browser.script(create).await;
    assert!(refused.as_str().is_some_and(|error| error.contains("NotAllowedError")), "{refused}");

    browser.script("document.cookie = 'seen=1'").await;
    let cookie = browser.cookie("seen").await.expect("the cookie");
    browser.forget_cookies().await;
    assert!(browser.cookies().await.is_empty());
    browser.set_cookie(cookie).await;
    assert_eq!(browser.script("return document.cookie").await, "seen=1");
}
