//! Signing up, and what a stranger learns by it.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::pages::PASSWORD;

both! {
    async fn a_link_in_the_browser_that_signed_up_leads_in(app: App) {
        let ann = app.person("Ann@Example.com").await;
        ann.get("/workspaces?done=welcome").await.leads("/workspaces/new?done=welcome");
        ann.get("/workspaces/new?done=welcome").await.expect(200).says("Your address is confirmed");
        let path = ann.workspace("Acme Support").await;
        ann.get(&path).await.expect(200).says("Acme Support");
        ann.get("/workspaces").await.expect(200).says(&path);
    }

    async fn an_unknown_and_a_known_address_get_the_same_answer(app: App) {
        app.person("ann@example.com").await;
        let stranger = app.reader();
        let form = |email| [("email", email), ("password", PASSWORD)];
        let known = stranger.post("/signup", &form("ann@example.com")).await.expect(200);
        let unknown = stranger.post("/signup", &form("bob@example.com")).await.expect(200);
        assert_eq!(known.html.replace("ann@", "bob@"), unknown.html);
        let mail = app.mail().to("ann@example.com").await;
        assert!(mail.plain.contains("/login") && !mail.plain.contains("/verify/"), "{mail:?}");
        assert!(app.mail().to("bob@example.com").await.link().contains("/verify/"));
    }

    async fn elsewhere_a_link_asks_for_the_password_of_the_sign_up(app: App) {
        app.reader().post("/signup", &[("email", "ann@example.com"), ("password", PASSWORD)]).await.expect(200);
        let link = app.mail().to("ann@example.com").await.link();
        let elsewhere = app.reader();
        elsewhere.get(&link).await.expect(200).says("not the browser that signed up");
        elsewhere.post(&link, &[("password", "another thing entirely")]).await.expect(422);
        elsewhere.post(&link, &[("password", PASSWORD)]).await.leads("/workspaces?done=welcome");
        elsewhere.get("/account").await.expect(200).says("ann@example.com");
    }

    async fn whoever_signed_up_with_anothers_address_gets_nothing_by_it(app: App) {
        let thief = app.reader();
        thief.post("/signup", &[("email", "ann@example.com"), ("password", "the thief knows this one")]).await;
        let link = app.mail().to("ann@example.com").await.link();
        let ann = app.reader();
        let chosen = [("new_password", PASSWORD)];
        ann.post(&link, &chosen).await.leads("/workspaces?done=welcome");
        let tried = [("email", "ann@example.com"), ("password", "the thief knows this one")];
        thief.post("/login", &tried).await.expect(422);
        thief.get(&link).await.expect(404).says("works no more");
        app.reader().log_in("ann@example.com").await.leads("/workspaces");
    }

    async fn a_proved_address_ends_every_other_sign_up_of_it(app: App) {
        let (first, second) = (app.reader(), app.reader());
        let form = [("email", "ann@example.com"), ("password", PASSWORD)];
        first.post("/signup", &form).await.expect(200);
        let earlier = app.mail().to("ann@example.com").await.link();
        second.post("/signup", &form).await.expect(200);
        let later = app.mail().to("ann@example.com").await.link();
        second.get(&later).await.leads("/workspaces?done=welcome");
        first.get(&earlier).await.expect(404).says("works no more");
        second.get(&later).await.expect(404).says("works no more");
    }

    async fn of_two_who_follow_a_link_at_once_one_comes_in(app: App) {
        app.reader().post("/signup", &[("email", "ann@example.com"), ("password", PASSWORD)]).await.expect(200);
        let link = app.mail().to("ann@example.com").await.link();
        let (one, two) = (app.reader(), app.reader());
        let form = [("password", PASSWORD)];
        let (a, b) = tokio::join!(one.post(&link, &form), two.post(&link, &form));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
    }

    async fn what_cannot_be_used_is_said_beside_its_field(app: App) {
        let reader = app.reader();
        let long = format!("{}@example.com", "a".repeat(300));
        for email in ["", "ann", "ann@example", &long, "аnn@example.com", "ann@exa mple.com", "a\r\nb@example.com"] {
            let page = reader.post("/signup", &[("email", email), ("password", PASSWORD)]).await.expect(422);
            page.says(r#"id="email-error""#);
        }
        for password in ["", "short", "password1234", &"x".repeat(200), "ann@example.com"] {
            let form = [("email", "ann@example.com"), ("password", password)];
            let page = reader.post("/signup", &form).await.expect(422);
            assert!(!page.html.contains("value=\"short\""), "a password is not given back");
            page.says(r#"id="password-error""#).says(r#"value="ann@example.com""#);
        }
    }

    async fn nobody_signs_up_where_the_operator_lets_nobody(backend: Backend) {
        for rule in ["invite", "closed"] {
            let app = App::builder(backend).set("RINGHOOK_SIGNUP", rule).start().await;
            let reader = app.reader();
            reader.get("/signup").await.expect(403).says("Sign-up is closed");
            let form = [("email", "ann@example.com"), ("password", PASSWORD)];
            reader.post("/signup", &form).await.expect(403);
            assert!(!reader.get("/login").await.html.contains("/signup"));
        }
    }

    async fn a_link_ends_after_a_day(app: App) {
        let reader = app.reader();
        reader.post("/signup", &[("email", "ann@example.com"), ("password", PASSWORD)]).await.expect(200);
        let link = app.mail().to("ann@example.com").await.link();
        app.age("tickets", "expires_at", 24 * 3600).await;
        reader.get(&link).await.expect(404).says("works no more");
    }

    async fn one_address_is_not_flooded_with_mails(app: App) {
        let reader = app.reader();
        let form = [("email", "ann@example.com"), ("password", PASSWORD)];
        let mut statuses = Vec::new();
        for _ in 0..7 {
            statuses.push(reader.post("/signup", &form).await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
    }
}
