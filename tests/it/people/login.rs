//! Logging in and out, and sessions.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::PASSWORD;

both! {
    async fn one_comes_back_to_where_one_wanted_to_go(app: App) {
        let ann = app.person("ann@example.com").await;
        let path = ann.workspace("Acme").await;
        let elsewhere = app.reader();
        let to_login = elsewhere.get(&format!("{path}?x=1")).await.expect(303);
        assert!(to_login.location().starts_with("/login?next=%2Fw%2Facme"), "{}", to_login.location());
        let next = elsewhere.follow(&to_login).await.between("name=\"next\" value=\"", "\"");
        let form = [("email", " ANN@example.com"), ("password", PASSWORD), ("next", next.as_str())];
        elsewhere.post("/login", &form).await.leads(&format!("{path}?x=1"));
        elsewhere.get("/login").await.leads("/workspaces");
    }

    async fn next_leads_nowhere_else(app: App) {
        app.person("ann@example.com").await;
        for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:x"] {
            let form = [("email", "ann@example.com"), ("password", PASSWORD), ("next", next)];
            app.reader().post("/login", &form).await.leads("/workspaces");
        }
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(app: App) {
        app.person("ann@example.com").await;
        let reader = app.reader();
        let form = |email| [("email", email), ("password", "not the password at all")];
        let known = reader.post("/login", &form("ann@example.com")).await.expect(422);
        let unknown = reader.post("/login", &form("bob@example.com")).await.expect(422);
        assert_eq!(known.html.replace("ann@", "bob@"), unknown.html);
        assert!(known.headers.get("set-cookie").is_none());
    }

    async fn passwords_are_guessed_ten_times(app: App) {
        app.person("ann@example.com").await;
        let reader = app.reader();
        for _ in 0..10 {
            let form = [("email", "ann@example.com"), ("password", "not the password at all")];
            reader.post("/login", &form).await.expect(422);
        }
        reader.log_in("ann@example.com").await.expect(429);
        app.person("bob@example.com").await;
    }

    async fn who_is_in_confirms_with_the_password_whatever_strangers_have_tried(app: App) {
        let ann = app.person("ann@example.com").await;
        let stranger = app.reader();
        for spelling in ["ann@example.com", "ann@exam\u{ad}ple.com"] {
            for _ in 0..5 {
                let form = [("email", spelling), ("password", "not the password at all")];
                stranger.post("/login", &form).await.expect(422);
            }
        }
        stranger.log_in("ann@example.com").await.expect(429);
        let wrong = [("current_password", "not the password at all"), ("password", "quite another long sentence")];
        for _ in 0..10 {
            ann.post("/account/password", &wrong).await.expect(422);
        }
        ann.post("/account/password", &wrong).await.expect(429);
    }

    async fn a_session_is_new_at_each_login_and_dead_after_logout(app: App) {
        let ann = app.person("ann@example.com").await;
        let first = ann.cookie("session").expect("a session");
        // A planted token is not taken over, and what the browser had before is ended.
        ann.log_in("ann@example.com").await.leads("/workspaces");
        let second = ann.cookie("session").expect("a session");
        assert_ne!(first, second);
        let thief = app.reader();
        thief.plant("__Host-ringhook-session", &first);
        assert!(thief.get("/account").await.location().starts_with("/login"));
        ann.post("/logout", &[]).await.leads("/login?done=logged-out");
        assert_eq!(ann.cookie("session"), None);
        thief.plant("__Host-ringhook-session", &second);
        assert!(thief.get("/account").await.location().starts_with("/login"));
    }

    async fn a_session_ends_idle_and_old(app: App) {
        let ann = app.person("ann@example.com").await;
        app.age("sessions", "last_seen_at", 6 * 24 * 3600).await;
        ann.get("/account").await.expect(200);
        app.age("sessions", "last_seen_at", 8 * 24 * 3600).await;
        assert!(ann.get("/account").await.location().starts_with("/login"));
        let ann = app.reader();
        ann.log_in("ann@example.com").await.leads("/workspaces");
        app.age("sessions", "expires_at", 31 * 24 * 3600).await;
        assert!(ann.get("/account").await.location().starts_with("/login"));
    }

    async fn sessions_are_listed_and_ended(app: App) {
        let ann = app.person("ann@example.com").await;
        let (phone, tablet) = (app.reader(), app.reader());
        phone.log_in("ann@example.com").await.leads("/workspaces");
        tablet.log_in("ann@example.com").await.leads("/workspaces");
        let page = ann.get("/account").await.expect(200).says("Firefox on Linux").says("this one");
        assert_eq!(page.html.matches("/account/sessions/ses_").count(), 2);
        let one = page.between("/account/sessions/ses_", "/end");
        ann.post(&format!("/account/sessions/ses_{one}/end"), &[]).await.leads("/account?done=sessions-ended");
        let left = [phone.get("/account").await.status, tablet.get("/account").await.status];
        assert!(left.contains(&200) && left.contains(&303), "{left:?}");
        ann.post("/account/sessions/end", &[]).await.leads("/account?done=sessions-ended");
        let left = [phone.get("/account").await.status, tablet.get("/account").await.status];
        assert_eq!(left, [303, 303]);
        ann.get("/account").await.expect(200);
        let bob = app.person("bob@example.com").await;
        let page = ann.get("/account").await.expect(200);
        assert!(!page.html.contains("/account/sessions/ses_"));
        bob.post(&format!("/account/sessions/ses_{one}/end"), &[]).await.expect(404);
    }

    async fn a_deleted_persons_cookie_opens_nothing(app: App) {
        let ann = app.person("ann@example.com").await;
        let other = app.reader();
        other.log_in("ann@example.com").await.leads("/workspaces");
        let path = ann.workspace("Acme").await;
        let form = [("email", "ann@example.com"), ("current_password", PASSWORD)];
        ann.post("/account/delete", &form).await.expect(422).says("Acme belongs to this account");
        let bob = app.person("bob@example.com").await;
        let form = [("email", "bob@example.com"), ("current_password", PASSWORD)];
        let stolen = bob.cookie("session").expect("a session");
        bob.post("/account/delete", &form).await.leads("/login?done=account-deleted");
        let thief = app.reader();
        thief.plant("__Host-ringhook-session", &stolen);
        assert!(thief.get("/account").await.location().starts_with("/login"));
        thief.log_in("bob@example.com").await.expect(422);
        assert!(app.mail().to("bob@example.com").await.plain.contains("deleted"));
        other.get(&path).await.expect(200);
    }
}
