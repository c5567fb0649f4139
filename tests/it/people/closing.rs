//! Workspaces that end, and what the operator may do.

use ringhook::store::WorkspaceId;
use ringhook_tests::app::{App, Workspace};
use ringhook_tests::both;
use ringhook_tests::pages::{PASSWORD, Reader};
use ringhook_tests::socket::{Socket, client_token, handshake};
use ringhook_tests::until::until;
use serde_json::Value;

const ANN: &str = "ann@example.com";

/// A workspace that rings a device, and its owner at a browser.
async fn with_owner<'a>(app: &'a App) -> (Workspace, Reader<'a>, String) {
    let workspace = app.workspace().await;
    app.apns_provider(&workspace).await;
    app.bind(&workspace, "bob", "apns_voip", &"a".repeat(64)).await;
    let ann = app.person(ANN).await;
    let made = app.command(&["workspace", "owner", &workspace.id, ANN]).await;
    assert!(made.stdout.contains("belongs to ann@example.com"), "{made:?}");
    let list = ann.get("/workspaces").await.expect(200);
    let slug = list.between("<a href=\"/w/", "\"");
    (workspace, ann, format!("/w/{slug}"))
}

async fn close(ann: &Reader<'_>, path: &str, name: &str) {
    let form = [("name", name), ("current_password", PASSWORD)];
    ann.post(&format!("{path}/delete"), &form).await.leads("/workspaces?done=workspace-deleted");
}

both! {
    async fn a_workspace_that_is_to_go_takes_nothing_until_it_is_restored(app: App) {
        let (workspace, ann, path) = with_owner(&app).await;
        let name = ann.get(&path).await.between("<h1>", "</h1>");
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 600).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        for (form, says) in [
            ([("name", "Other"), ("current_password", PASSWORD)], "name-error"),
            ([("name", &*name), ("current_password", "wrong")], "current_password-error"),
        ] {
            ann.post(&format!("{path}/delete"), &form).await.expect(422).says(says);
        }
        close(&ann, &path, &name).await;
        let mail = app.mail().to(ANN).await;
        assert!(mail.plain.contains("asked to delete"), "{mail:?}");
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "unknown_webhook");
        app.api(&workspace).get("/workspace").await.problem(401, "workspace_closed");
        let mut request = handshake(app.url(), "");
        let bearer = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        assert!(Socket::open(request).await.is_err());
        for page in ["", "/members", "/settings", "/keys"] {
            ann.get(&format!("{path}{page}")).await.expect(403).says("is about to go").says("Restore");
        }
        ann.post(&format!("{path}/restore"), &[]).await.leads(&format!("{path}?done=restored"));
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        app.api(&workspace).get("/workspace").await.expect(200);
    }

    async fn when_its_time_is_over_no_row_of_it_is_left(app: App) {
        let mut app = app;
        let kept = app.workspace().await;
        app.apns_provider(&kept).await;
        app.bind(&kept, "eve", "apns_voip", &"b".repeat(64)).await;
        app.twilio(&kept).ring("eve").await.reply.clone().expect(200);
        let (workspace, ann, path) = with_owner(&app).await;
        for _ in 0..3 {
            app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        }
        ann.post(&format!("{path}/invitations"), &[("email", "new@example.com"), ("role", "viewer")]).await.expect(303);
        ann.post(&format!("{path}/settings/name"), &[("name", "Gone"), ("slug", "gone")]).await.expect(303);
        app.command(&["workspace", "quota", &workspace.id, "--members", "9"]).await;
        close(&ann, "/w/gone", "Gone").await;
        let before = rows(&app, &workspace.id).await;
        for table in ["notifications", "deliveries", "attempts", "bindings", "audit_entries", "former_slugs", "invitations"] {
            assert!(before.iter().any(|(name, count)| name == table && *count > 0), "{table}: {before:?}");
        }
        let others = rows(&app, &kept.id).await;
        app.age("workspaces", "deletes_at", 8 * 86_400).await;
        app.restart().await;
        until("every row to go", async || {
            rows(&app, &workspace.id).await.iter().all(|(_, count)| *count == 0).then_some(())
        })
        .await;
        assert_eq!(rows(&app, &kept.id).await, others);
        app.api(&kept).get("/workspace").await.expect(200);
        app.twilio(&kept).ring("eve").await.reply.clone().expect(200);
    }

    async fn the_operator_stops_a_workspace_and_lets_it_go_on(app: App) {
        let (workspace, ann, path) = with_owner(&app).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(app.command(&["workspace", "disable", &workspace.id]).await.code, Some(0));
        app.twilio(&workspace).ring("bob").await.reply.clone().problem(404, "unknown_webhook");
        app.api(&workspace).get("/workspace").await.problem(401, "workspace_closed");
        ann.get(&path).await.expect(403).says("is disabled");
        ann.post(&format!("{path}/restore"), &[]).await.expect(403);
        let list = app.command(&["workspace", "list"]).await.stdout;
        assert!(list.contains(&*workspace.id) && list.contains(ANN) && list.contains("disabled since"), "{list}");
        assert_eq!(app.command(&["workspace", "enable", &workspace.id]).await.code, Some(0));
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        ann.get(&format!("{path}/audit")).await.expect(200).says("Workspace disabled").says("operator");
        let list = app.command(&["workspace", "list", "--json"]).await.stdout;
        let list: Value = serde_json::from_str(&list).expect("JSON");
        assert_eq!((&list[0]["owner"], &list[0]["disabled_at"]), (&ANN.into(), &Value::Null));
        let nobody = app.command(&["workspace", "disable", "wsp_00000000000000000000000000"]).await;
        assert!(nobody.stderr.contains("there is no workspace"), "{nobody:?}");
    }

    async fn the_operator_stops_a_person_and_lets_them_in_again(app: App) {
        let ann = app.person(ANN).await;
        let workspace = ann.workspace("Acme").await;
        assert_eq!(app.command(&["user", "disable", "Ann@Example.com"]).await.code, Some(0));
        ann.get(&workspace).await.expect(303);
        ann.log_in(ANN).await.expect(422).says("disabled");
        assert!(app.command(&["user", "list"]).await.stdout.contains("disabled"));
        assert_eq!(app.command(&["user", "enable", ANN]).await.code, Some(0));
        ann.log_in(ANN).await.expect(303);
        let owns = app.command(&["user", "delete", ANN]).await;
        assert!(owns.code == Some(1) && owns.stderr.contains("Acme belongs to this account"), "{owns:?}");
        app.person("bob@example.com").await;
        assert_eq!(app.command(&["user", "delete", "bob@example.com"]).await.code, Some(0));
        let list: Value = serde_json::from_str(&app.command(&["user", "list", "--json"]).await.stdout).expect("JSON");
        assert_eq!(list.as_array().expect("people").len(), 1);
        assert_eq!(list[0]["email"], ANN);
        let nobody = app.command(&["user", "disable", "nobody@example.com"]).await;
        assert!(nobody.code == Some(1) && nobody.stderr.contains("nobody has the address"), "{nobody:?}");
    }

    async fn a_lost_owner_is_replaced_and_somebody_new_sets_a_password(app: App) {
        let (workspace, ann, path) = with_owner(&app).await;
        let wrong = app.command(&["workspace", "owner", &workspace.id, "nobody"]).await;
        assert!(wrong.stderr.contains("EMAIL: Enter an e-mail address") && !wrong.stderr.contains("--"), "{wrong:?}");
        app.command(&["workspace", "owner", &workspace.id, "new@example.com"]).await;
        let link = app.mail().to("new@example.com").await.link();
        let new = app.reader();
        new.post(&link, &[("password", PASSWORD)]).await.expect(303);
        new.log_in("new@example.com").await.expect(303);
        new.get(&format!("{path}/delete")).await.expect(200);
        ann.get(&format!("{path}/delete")).await.expect(403);
        ann.get(&format!("{path}/audit")).await.expect(200).says("Owner set");
    }
}

/// How many rows of this workspace each table has.
async fn rows(app: &App, workspace: &str) -> Vec<(String, usize)> {
    let id = app.database.id(workspace.parse::<WorkspaceId>().expect("an id").0);
    let mut rows = Vec::new();
    for table in app.database.tables().await {
        let column = match table.as_str() {
            "workspaces" => "id",
            _ if app.database.columns(&table).await.iter().any(|column| column == "workspace_id") => {
                "workspace_id"
            }
            _ => continue,
        };
        let count = app.database.count(&format!("{table} WHERE {column} = {id}")).await;
        rows.push((table, count));
    }
    rows
}
