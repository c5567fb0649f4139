//! Providers in trouble: what is tried again, what is not, and who else notices.

mod breaker;
mod link;
mod retries;

use ringhook_tests::app::{App, Workspace};
use ringhook_tests::database::Backend;
use serde_json::{Value, json};

use link::Link;

/// The program with a wire to FCM that can be tampered with.
async fn app_behind_link(backend: Backend) -> (App, Link) {
    let mut app = App::builder(backend).prepare().await;
    let link = Link::to(app.fcm.url()).await;
    app.set("RINGHOOK_FCM_URL", link.url());
    app.restart().await;
    (app, link)
}

/// An FCM error in Google's form.
fn fcm_error(status: &str, word: &str) -> Value {
    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let details = json!([{"@type": kind, "errorCode": word}]);
    json!({"error": {"status": status, "message": "as the test has it", "details": details}})
}

/// Binds `count` FCM devices, each of an identity of its own: `user-0` on `phone-0` and so on.
async fn bind_phones(app: &App, workspace: &Workspace, count: usize) {
    crate::record::bind_many(&app.api(workspace), count, |number| {
        json!({
            "account_sid": workspace.account_sid,
            "identity": format!("user-{number}"),
            "channel": "fcm",
            "address": format!("phone-{number}"),
        })
    })
    .await;
}
