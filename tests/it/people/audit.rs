//! The audit log: what it tells, and what it does not.

use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::json;

const SID: &str = "AC0123456789abcdef0123456789abcdef";

both! {
    async fn every_change_says_who_when_and_from_where(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        let form = [("name", "=Server"), ("scope", "workspace:read"), ("scope", "workspace:write"), ("days", "")];
        let key = ann.post(&format!("{workspace}/keys/new"), &form).await.expect(200);
        let key = key.between("aria-label=\"The key\">", "</pre>");
        let api = app.api_as(&key);
        let account = json!({"account_sid": SID, "auth_token": "secret-token-1"});
        api.post("/accounts", account).await.expect(201);
        let change = json!({"auth_token": "secret-token-2", "status": "disabled"});
        api.patch(&format!("/accounts/{SID}"), change).await.expect(200);
        api.post("/webhook-tokens", json!({"grace_seconds": 0})).await.expect(201);
        let log = ann.get(&format!("{workspace}/audit")).await.expect(200);
        for says in [
            "ann@example.com", "127.0.0.1", "Workspace created", "API key made", "Account connected",
            "Account changed", "status: active → disabled", "auth_token: replaced", "Webhook token made",
            "API key =Server (rhk_",
        ] {
            assert!(log.html.contains(says), "nothing of {says:?} in\n{}", log.html);
        }
        let file = ann.get(&format!("{workspace}/audit.csv")).await.expect(200);
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        let lines: Vec<&str> = file.html.lines().collect();
        assert!(lines[0] == "at,actor,address,action,target,changes" && lines.len() == 6, "{lines:?}");
        assert!(lines[1].contains("webhook_token_made") && lines[5].contains("workspace_created"), "{lines:?}");
        assert!(lines[4].contains("'=Server"), "{lines:?}");
        for secret in ["secret-token", key.as_str()] {
            assert!(!log.html.contains(secret) && !file.html.contains(secret));
        }
    }

    async fn a_long_log_has_pages(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        for number in 0..55 {
            let form = [("name", &*format!("Key {number}")), ("scope", "bindings:read"), ("days", "")];
            ann.post(&format!("{workspace}/keys/new"), &form).await.expect(200);
        }
        let audit = format!("{workspace}/audit");
        let first = ann.get(&audit).await.expect(200).says("Key 54");
        assert!(!first.html.contains("Key 4 ("));
        let older = first.between(&format!("{audit}?"), "\"");
        let second = ann.get(&format!("{audit}?{older}")).await.expect(200).says("Key 4 (").says("Latest");
        assert!(second.html.contains("Workspace created") && !second.html.contains("rel=\"next\""));
        ann.get(&format!("{audit}?before=x")).await.expect(404);
    }

    async fn no_entry_can_be_changed(app: App) {
        let ann = app.person("ann@example.com").await;
        ann.workspace("Acme").await;
        let refused = app.database.try_execute("UPDATE audit_entries SET actor = 'x'").await;
        assert!(refused.expect_err("a refusal").contains("never changed"));
    }
}
