//! `simulate` and `verify`.

use super::*;

async fn simulate(app: &App, workspace: &Workspace, to: &str, more: &[&str]) -> Finished {
    let path = workspace.webhook_url.strip_prefix(app.public_url()).expect("a webhook");
    let hook = format!("{}{path}", app.url());
    let args = ["simulate", "call", "--hook", &hook, "--account-sid", &workspace.account_sid, "--auth-token"];
    let args = [&args[..], &[workspace.auth_token.as_str(), "--to", to], more].concat();
    app.command(&args).await
}

both! {
    async fn simulate_rings_and_tells_by_its_exit_status(app: App) {
        let workspace = app.workspace().await;
        // It signs the URL that it posts to, which is not the public one here.
        let refused = simulate(&app, &workspace, "client:bob", &[]).await;
        assert_eq!(refused.code, Some(1));
        assert!(refused.stdout.contains("wrong_public_url"), "{}", refused.stdout);

        let path = format!("/accounts/{}", workspace.account_sid);
        app.api(&workspace).patch(&path, json!({"signature_policy": "none"})).await.expect(200);
        let nobody = simulate(&app, &workspace, "client:bob", &[]).await;
        assert_eq!(nobody.code, Some(1));
        assert!(nobody.stdout.contains("404"), "{}", nobody.stdout);

        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let more = ["--from", "client:alice", "--param", "a=b c"];
        let rang = ended_well(simulate(&app, &workspace, "client:bob", &more).await);
        assert!(rang.stdout.contains("200"), "{}", rang.stdout);
        let data = &app.fcm.received()[0].data;
        assert_eq!((&data["twi_from"], &data["twi_params"]), (&json!("client:alice"), &json!("a=b+c")));

        ended_well(simulate(&app, &workspace, "client:bob", &["--count", "20", "--rate", "200"]).await);
        assert_eq!(app.fcm.received().len(), 21);
        assert!(simulate(&app, &workspace, "bob", &[]).await.code.is_some_and(|code| code != 0));
    }
}

#[tokio::test]
async fn verify_tells_whether_a_request_would_pass() {
    let app = App::builder(Backend::Sqlite).prepare().await;
    let body = app.folder().join("body.json");
    std::fs::write(&body, "{}").expect("to write");
    let url = format!("https://x.example/hooks/t?bodySHA256={}", ringhook::twilio::body_hash(b"{}"));
    let signature = ringhook::twilio::sign(&url, b"token");
    let verify = async |url: &str, token: &str, more: &[&str]| {
        let args = ["verify", "--url", url, "--auth-token", token, "--signature", &signature, "--body"];
        app.command(&[&args[..], &[&body.display().to_string()], more].concat()).await
    };
    ended_well(verify(&url, "token", &[]).await);
    let http = verify(&url.replacen("https", "http", 1), "token", &[]).await;
    assert_eq!(http.code, Some(1));
    assert!(http.stdout.contains("https://x.example"), "{}", http.stdout);
    assert_eq!(verify(&url, "another", &[]).await.code, Some(1));
    std::fs::write(&body, "{ }").expect("to write");
    assert_eq!(verify(&url, "token", &[]).await.code, Some(1));
    ended_well(verify(&url, "token", &["--policy", "url_only"]).await);
    std::fs::remove_file(&body).expect("to remove");
    refused(&verify(&url, "token", &[]).await, &["--body"]);
}
