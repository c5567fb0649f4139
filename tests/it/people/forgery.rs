//! Other sites' pages, and other names of this one.

use ringhook_tests::app::App;
use ringhook_tests::both;

both! {
    async fn another_sites_form_changes_nothing(app: App) {
        let mut ann = app.person("ann@example.com").await;
        for (origin, site) in [
            ("https://evil.example", "cross-site"),
            ("https://sub.ringhook.test", "same-site"),
            ("null", "cross-site"),
            ("https://ringhook.test", "cross-site"),
            ("https://evil.example", ""),
        ] {
            ann.headers.insert("origin", origin.into());
            match site {
                "" => ann.headers.remove("sec-fetch-site"),
                site => ann.headers.insert("sec-fetch-site", site.into()),
            };
            ann.post("/workspaces/new", &[("name", "Evil")]).await.expect(403).says("Nothing was changed");
            ann.post("/logout", &[]).await.expect(403);
        }
        ann.headers.insert("origin", app.public_url().into());
        ann.headers.insert("sec-fetch-site", "same-origin".into());
        let page = ann.get("/workspaces").await.expect(200);
        assert!(!page.html.contains("Evil"));
    }

    async fn pages_are_shown_under_the_public_url_alone(app: App) {
        let mut reader = app.reader();
        reader.headers.insert("host", "127.0.0.1:8080".into());
        let page = reader.get("/login?next=%2Faccount").await.expect(303);
        assert_eq!(page.headers["location"], "https://ringhook.test/login?next=%2Faccount");
        reader.get("/").await.expect(200);
    }

    async fn a_form_of_another_kind_or_size_is_refused(app: App) {
        let reader = app.reader();
        let large = "x".repeat(70 * 1024);
        reader.post("/login", &[("email", &large), ("password", "x")]).await.expect(413);
        let mut json = app.reader();
        json.headers.insert("content-type", "application/json".into());
        assert!(json.post("/login", &[]).await.status == 415);
    }

    async fn pages_carry_their_headers(app: App) {
        let page = app.reader().get("/signup").await.expect(200);
        let policy = page.headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
    }
}
