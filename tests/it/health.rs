//! The harness itself, and what needs no login.

use ringhook_tests::app::App;
use ringhook_tests::both;

both! {
    async fn a_new_server_is_alive_and_ready(app: App) {
        for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
            let answer = reqwest::get(format!("{}{path}", app.url())).await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let body: serde_json::Value = answer.json().await.expect("JSON");
            assert_eq!(body["status"], status);
        }
    }

    async fn a_call_to_nobody_is_answered_404(app: App) {
        let workspace = app.workspace().await;
        let answer = app.twilio(&workspace).ring("bob").await;
        answer.reply.clone().problem(404, "no_binding");
    }

    async fn a_server_comes_back_after_a_crash_and_after_sigterm(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        app.kill().await;
        app.restart().await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
        let (status, took) = app.terminate().await;
        assert!(status.success(), "{status}");
        assert!(took.as_secs() < 10, "{took:?}");
        app.restart().await;
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "no_binding");
    }
}
