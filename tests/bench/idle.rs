//! What an idle device costs: memory of the server for each open socket that says nothing.

use ringhook_tests::app::App;
use ringhook_tests::database::Backend;
use ringhook_tests::socket::{Socket, client_token};

use crate::phase::memory;

/// Sockets of one identity; it may have a hundred.
const EACH: u64 = 50;
/// Opened before the first look at memory, so that what all share is there already.
const FIRST: u64 = 500;

/// Opens `count` sockets, after some first ones.
pub async fn run(backend: Backend, count: u64) {
    let app = App::builder(backend)
        .set("RINGHOOK_LOG", "warn")
        .set("RINGHOOK_QUOTA_SOCKETS", FIRST + count)
        .set("RINGHOOK_API_REQUESTS_PER_SECOND", 100_000)
        .start()
        .await;
    let mut sockets = open(&app, 0..FIRST).await;
    let before = memory(&app);
    sockets.extend(open(&app, FIRST..FIRST + count).await);
    let each = memory(&app).saturating_sub(before) as f64 / count as f64;
    println!("{backend:?}: {} idle sockets, {each:.1} KiB each", sockets.len());
}

async fn open(app: &App, numbers: std::ops::Range<u64>) -> Vec<Socket> {
    let workspace = app.workspace().await;
    let (api, mut sockets, mut token) = (app.api(&workspace), Vec::new(), String::new());
    for number in numbers {
        if number % EACH == 0 {
            let identity = format!("user-{}", number / EACH);
            token = client_token(&api, &workspace.account_sid, &identity, 3600).await;
        }
        sockets.push(Socket::connect(app.url(), &token, None).await.expect("a socket"));
    }
    sockets
}
