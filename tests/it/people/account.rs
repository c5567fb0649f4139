//! What people change about their own accounts.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::PASSWORD;

const NEW: &str = "quite another long sentence";

both! {
    async fn a_changed_password_ends_the_other_sessions(app: App) {
        let ann = app.person("ann@example.com").await;
        let other = app.reader();
        other.log_in("ann@example.com").await.leads("/workspaces");
        let wrong = [("current_password", "not the password at all"), ("password", NEW)];
        ann.post("/account/password", &wrong).await.expect(422).says(r#"id="current_password-error""#);
        let trivial = [("current_password", PASSWORD), ("password", "1234567890")];
        ann.post("/account/password", &trivial).await.expect(422).says(r#"id="password-error""#);
        let right = [("current_password", PASSWORD), ("password", NEW)];
        ann.post("/account/password", &right).await.leads("/account?done=saved");
        ann.get("/account").await.expect(200);
        assert!(other.get("/account").await.location().starts_with("/login"));
        app.mail().to("ann@example.com").await;
        other.log_in("ann@example.com").await.expect(422);
    }

    async fn a_new_address_counts_once_it_is_proved(app: App) {
        let ann = app.person("ann@example.com").await;
        let other = app.reader();
        other.log_in("ann@example.com").await.leads("/workspaces");
        let form = [("email", "Ann@Example.org"), ("current_password", PASSWORD)];
        ann.post("/account/email", &form).await.leads("/account?done=link-sent");
        let link = app.mail().to("ann@example.org").await.link();
        // A stranger who got the link by a slip gets nothing by it.
        let bob = app.person("bob@example.com").await;
        bob.get(&link).await.expect(404);
        bob.post(&link, &[]).await.expect(404);
        ann.get(&link).await.expect(200).says("ann@example.org");
        ann.post(&link, &[]).await.leads("/account?done=email-changed");
        assert!(other.get("/account").await.location().starts_with("/login"));
        let told = app.mail().to("ann@example.com").await;
        assert!(!told.plain.contains("ann@example.org"), "{told:?}");
        other.log_in("ann@example.com").await.expect(422);
        other.log_in("ann@example.org").await.leads("/workspaces");
        ann.post(&link, &[]).await.expect(404);
    }

    async fn anothers_address_is_not_told_from_a_free_one(app: App) {
        let ann = app.person("ann@example.com").await;
        app.person("bob@example.com").await;
        for email in ["bob@example.com", "free@example.com"] {
            let form = [("email", email), ("current_password", PASSWORD)];
            ann.post("/account/email", &form).await.leads("/account?done=link-sent");
        }
        assert!(!app.mail().to("bob@example.com").await.plain.contains("/account/email/"));
        assert!(app.mail().to("free@example.com").await.plain.contains("/account/email/"));
    }
}
