//! The API keys that people make on the dashboard, used as their servers use them.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::{Page, Reader};

/// The key that a page shows, this once.
fn shown(page: Page) -> String {
    page.expect(200).between("aria-label=\"The key\">", "</pre>")
}

async fn made(ann: &Reader<'_>, workspace: &str, scopes: &[&str]) -> String {
    let mut form = vec![("name", "Server"), ("days", "30")];
    form.extend(scopes.iter().map(|scope| ("scope", *scope)));
    shown(ann.post(&format!("{workspace}/keys/new"), &form).await)
}

both! {
    async fn a_key_is_shown_once_and_opens_what_its_scopes_say(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        ann.get(&format!("{workspace}/keys")).await.expect(200).says("No key yet").says("Make a key");
        let key = made(&ann, &workspace, &["workspace:read"]).await;
        let api = app.api_as(&key);
        assert_eq!(api.get("/workspace").await.expect(200).json["name"], "Acme");
        api.get("/bindings").await.expect(403);
        let list = ann.get(&format!("{workspace}/keys")).await.expect(200);
        assert!(list.html.contains(&key[..10]) && !list.html.contains(&key[..20]), "{}", list.html);
        let again = [("name", "Server"), ("scope", "workspace:read"), ("days", "")];
        let again = ann.post(&format!("{workspace}/keys/new"), &again).await;
        again.expect(422).says(r#"id="name-error""#).says("A key of this name exists");
    }

    async fn wrong_forms_say_what_is_wrong_and_make_nothing(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        let path = format!("{workspace}/keys/new");
        let long = "n".repeat(101);
        for (form, says) in [
            (vec![], "name-error"),
            (vec![("name", "Server")], "scopes-error"),
            (vec![("name", long.as_str()), ("scope", "bindings:read")], "name-error"),
            (vec![("name", "Server"), ("scope", "everything")], "Choose scopes"),
            (vec![("name", "Server"), ("scope", "bindings:read"), ("days", "-1")], "Choose scopes"),
        ] {
            ann.post(&path, &form).await.expect(422).says(says);
        }
        assert!(app.database.count("api_keys").await == 0);
    }

    async fn a_rolled_key_holds_beside_the_new_one_until_it_is_revoked(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        let old = made(&ann, &workspace, &["workspace:read"]).await;
        let keys = format!("{workspace}/keys");
        let id = ann.get(&keys).await.between(&format!("{keys}/key_"), "\"");
        let one = format!("{keys}/key_{id}");
        ann.get(&one).await.expect(200).says("Server");
        ann.post(&format!("{one}/roll"), &[("overlap", "1")]).await.expect(422).says("overlap-error");
        let new = shown(ann.post(&format!("{one}/roll"), &[("overlap", "3600")]).await);
        for key in [&old, &new] {
            app.api_as(key).get("/workspace").await.expect(200);
        }
        ann.post(&format!("{one}/revoke"), &[("name", "Other")]).await.expect(422).says("confirm-error");
        app.api_as(&old).get("/workspace").await.expect(200);
        let revoked = ann.post(&format!("{one}/revoke"), &[("name", "Server")]).await;
        ann.follow(&revoked).await.expect(200).says("opens nothing any more");
        assert_eq!(app.api_as(&old).get("/workspace").await.expect(401).json["code"], "api_key_revoked");
        app.api_as(&new).get("/workspace").await.expect(200);
        ann.get(&one).await.expect(404);
    }
}
