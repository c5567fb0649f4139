//! A password that was forgotten.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::PASSWORD;

const NEW: &str = "quite another long sentence";

both! {
    async fn a_mailed_link_sets_a_new_password_once(app: App) {
        let ann = app.person("ann@example.com").await;
        let reader = app.reader();
        reader.post("/forgot", &[("email", "ann@example.com")]).await.expect(200).says("Check your mail");
        let link = app.mail().to("ann@example.com").await.link();
        reader.get(&link).await.expect(200).says("ann@example.com");
        reader.post(&link, &[("password", "short")]).await.expect(422).says(r#"id="password-error""#);
        reader.post(&link, &[("password", NEW)]).await.leads("/login?done=password-changed");
        assert!(app.mail().to("ann@example.com").await.subject.contains("password"));
        reader.post(&link, &[("password", NEW)]).await.expect(404).says("works no more");
        assert!(ann.get("/account").await.location().starts_with("/login"), "other sessions end");
        reader.log_in("ann@example.com").await.expect(422);
        reader.post("/login", &[("email", "ann@example.com"), ("password", NEW)]).await.leads("/workspaces");
    }

    async fn an_unknown_address_gets_the_same_answer_and_no_mail(app: App) {
        app.person("ann@example.com").await;
        let reader = app.reader();
        let unknown = reader.post("/forgot", &[("email", "bob@example.com")]).await.expect(200);
        let known = reader.post("/forgot", &[("email", "ann@example.com")]).await.expect(200);
        assert_eq!(known.html.replace("ann@", "bob@"), unknown.html);
        app.mail().to("ann@example.com").await;
        assert!(app.mail().all().iter().all(|mail| mail.recipient != "bob@example.com"));
    }

    async fn a_new_password_ends_the_other_links(app: App) {
        app.person("ann@example.com").await;
        let reader = app.reader();
        let mut links = Vec::new();
        for _ in 0..2 {
            reader.post("/forgot", &[("email", "ann@example.com")]).await.expect(200);
            links.push(app.mail().to("ann@example.com").await.link());
        }
        reader.post(&links[1], &[("password", NEW)]).await.leads("/login?done=password-changed");
        reader.get(&links[0]).await.expect(404);
        assert!(!app.mail().to("ann@example.com").await.plain.contains("/reset/"));
        reader.post("/forgot", &[("email", "ann@example.com")]).await.expect(200);
        let link = app.mail().to("ann@example.com").await.link();
        app.age("tickets", "expires_at", 3600).await;
        reader.get(&link).await.expect(404);
    }

    async fn a_link_is_good_for_nothing_else(app: App) {
        app.person("ann@example.com").await;
        let reader = app.reader();
        reader.post("/forgot", &[("email", "ann@example.com")]).await.expect(200);
        let token = app.mail().to("ann@example.com").await.link();
        let token = token.rsplit('/').next().expect("a token");
        reader.get(&format!("/verify/{token}")).await.expect(404);
        reader.post(&format!("/verify/{token}"), &[("new_password", NEW)]).await.expect(404);
        let ann = app.reader();
        ann.log_in("ann@example.com").await.leads("/workspaces");
        ann.post(&format!("/account/email/{token}"), &[]).await.expect(404);
    }

    async fn the_owner_of_a_workspace_made_by_the_operator_is_led_in(app: App) {
        app.workspace().await;
        let mail = app.mail().to("owner@example.com").await;
        assert!(mail.plain.contains("Rings"), "{mail:?}");
        let reader = app.reader();
        reader.log_in("owner@example.com").await.expect(422);
        reader.post(&mail.link(), &[("password", PASSWORD)]).await.leads("/login?done=password-changed");
        reader.log_in("owner@example.com").await.leads("/workspaces");
        reader.get("/workspaces").await.expect(200).says("Rings");
    }
}
