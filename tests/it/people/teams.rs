//! Teams: who is invited, what they may, and how they go.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::{PASSWORD, Page, Reader};

/// The path of a member's page.
async fn page_of(reader: &Reader<'_>, workspace: &str, email: &str) -> String {
    let list = reader.get(&format!("{workspace}/members")).await.expect(200);
    let row = list.between(&format!("{email}</th>"), "</tr>");
    let (_, rest) = row.split_once("href=\"").expect("a link");
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn invite(reader: &Reader<'_>, workspace: &str, email: &str, role: &str) -> Page {
    reader.post(&format!("{workspace}/invitations"), &[("email", email), ("role", role)]).await
}

both! {
    async fn a_form_that_is_sent_twice_makes_one_workspace_and_nobody_makes_too_many(app: App) {
        let ann = app.person("ann@example.com").await;
        let form = [("name", "Acme")];
        let (first, second) =
            tokio::join!(ann.post("/workspaces/new", &form), ann.post("/workspaces/new", &form));
        assert_eq!(first.expect(303).location(), second.expect(303).location());
        for number in 1..50 {
            ann.workspace(&format!("Acme {number}")).await;
        }
        ann.post("/workspaces/new", &[("name", "One more")]).await.expect(422).says("You own 50 workspaces");
        assert_eq!(app.database.count("workspaces").await, 50);
    }

    async fn somebody_new_chooses_a_password_and_is_in(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        invite(&ann, &workspace, "Bob@Example.com", "developer").await.leads(&format!("{workspace}/members?done=invited"));
        let link = app.mail().to("bob@example.com").await.link();
        let bob = app.reader();
        bob.get(&link).await.expect(200).says("Join Acme").says("ann@example.com").says("new-password");
        bob.post(&link, &[("password", "1234567890")]).await.expect(422).says("password-error");
        bob.post(&link, &[("password", PASSWORD)]).await.leads(&format!("{workspace}?done=joined"));
        bob.get(&workspace).await.expect(200).says("Acme");
        bob.get(&format!("{workspace}/members")).await.expect(200).says("developer");
        for path in ["audit", "audit.csv"] {
            bob.get(&format!("{workspace}/{path}")).await.expect(403);
        }
        invite(&bob, &workspace, "eve@example.com", "viewer").await.expect(403);
        // Once.
        app.reader().get(&link).await.expect(404).says("works no more");
        bob.post(&link, &[]).await.expect(404);
    }

    async fn a_role_is_in_force_with_the_next_click_and_so_is_a_removal(app: App) {
        let (ann, bob) = (app.person("ann@example.com").await, app.person("bob@example.com").await);
        let workspace = ann.workspace("Acme").await;
        invite(&ann, &workspace, "bob@example.com", "viewer").await.expect(303);
        let link = app.mail().to("bob@example.com").await.link();
        bob.get(&link).await.expect(200).says(">Join<");
        bob.post(&link, &[]).await.leads(&format!("{workspace}?done=joined"));
        bob.get(&format!("{workspace}/keys")).await.expect(403);
        let member = page_of(&ann, &workspace, "bob@example.com").await;
        ann.post(&format!("{member}/role"), &[("role", "emperor")]).await.expect(422).says("role-error");
        ann.post(&format!("{member}/role"), &[("role", "owner")]).await.expect(422).says("only transferred");
        ann.post(&format!("{member}/role"), &[("role", "admin")]).await.expect(303);
        bob.get(&format!("{workspace}/keys")).await.expect(200);
        bob.get(&format!("{workspace}/audit")).await.expect(200).says("role: viewer → admin");
        ann.post(&format!("{member}/remove"), &[("email", "other")]).await.expect(422).says("remove-email-error");
        ann.post(&format!("{member}/remove"), &[("email", "bob@example.com")]).await.expect(303);
        bob.get(&workspace).await.expect(404);
        let list = bob.get("/workspaces").await.expect(200);
        assert!(!list.html.contains("Acme"));
    }

    async fn the_link_is_for_one_address(app: App) {
        let (ann, eve) = (app.person("ann@example.com").await, app.person("eve@example.com").await);
        app.person("bob@example.com").await;
        let workspace = ann.workspace("Acme").await;
        invite(&ann, &workspace, "bob@example.com", "viewer").await.expect(303);
        let link = app.mail().to("bob@example.com").await.link();
        eve.get(&link).await.expect(200).says("You are logged in as eve@example.com");
        eve.post(&link, &[("password", PASSWORD)]).await.expect(403);
        eve.get(&workspace).await.expect(404);
        // Who is not in is asked to log in, and comes back.
        let page = app.reader().get(&link).await.expect(200).says("Log in to join");
        let next = page.between("/login?next=", "\"");
        let bob = app.reader();
        let login = [("email", "bob@example.com"), ("password", PASSWORD), ("next", &*next)];
        bob.post("/login", &login).await.leads(&next);
        bob.post(&next, &[]).await.leads(&format!("{workspace}?done=joined"));
    }

    async fn withdrawn_replaced_and_expired_links_open_nothing(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        invite(&ann, &workspace, "bob@example.com", "viewer").await.expect(303);
        let first = app.mail().to("bob@example.com").await.link();
        let list = ann.get(&format!("{workspace}/members")).await;
        let id = list.between("/invitations/", "/again");
        ann.post(&format!("{workspace}/invitations/{id}/again"), &[]).await.expect(303);
        let second = app.mail().to("bob@example.com").await.link();
        app.reader().get(&first).await.expect(404);
        app.reader().get(&second).await.expect(200);
        let id = ann.get(&format!("{workspace}/members")).await.between("/invitations/", "/again");
        ann.post(&format!("{workspace}/invitations/{id}/withdraw"), &[]).await.expect(303);
        app.reader().get(&second).await.expect(404);
        invite(&ann, &workspace, "bob@example.com", "viewer").await.expect(303);
        let third = app.mail().to("bob@example.com").await.link();
        app.age("invitations", "expires_at", 8 * 86_400).await;
        app.reader().post(&third, &[("password", PASSWORD)]).await.expect(404);
    }

    async fn whom_a_removed_admin_has_invited_cannot_come(app: App) {
        let (ann, bob) = (app.person("ann@example.com").await, app.person("bob@example.com").await);
        let workspace = ann.workspace("Acme").await;
        invite(&ann, &workspace, "bob@example.com", "admin").await.expect(303);
        bob.post(&app.mail().to("bob@example.com").await.link(), &[]).await.expect(303);
        invite(&bob, &workspace, "eve@example.com", "admin").await.expect(303);
        let link = app.mail().to("eve@example.com").await.link();
        app.reader().get(&link).await.expect(200);
        // The new address of who invites is known with the invitation.
        let form = [("email", "bob@example.org"), ("current_password", PASSWORD)];
        bob.post("/account/email", &form).await.expect(303);
        bob.post(&app.mail().to("bob@example.org").await.link(), &[]).await.leads("/account?done=email-changed");
        let member = page_of(&ann, &workspace, "bob@example.org").await;
        ann.post(&format!("{member}/remove"), &[("email", "bob@example.org")]).await.expect(303);
        app.reader().post(&link, &[("password", PASSWORD)]).await.expect(404);
        ann.get(&format!("{workspace}/audit")).await.expect(200).says("Invitation withdrawn");
    }

    async fn ownership_is_handed_over_with_the_password(app: App) {
        let (ann, bob) = (app.person("ann@example.com").await, app.person("bob@example.com").await);
        let workspace = ann.workspace("Acme").await;
        ann.get(&format!("{workspace}/settings")).await.expect(200).says("invite somebody first");
        invite(&ann, &workspace, "bob@example.com", "viewer").await.expect(303);
        bob.post(&app.mail().to("bob@example.com").await.link(), &[]).await.expect(303);
        let heir = ann.get(&format!("{workspace}/settings")).await.between("value=\"usr_", "\"");
        let heir = format!("usr_{heir}");
        let transfer = format!("{workspace}/settings/transfer");
        let wrong = [("member", &*heir), ("current_password", "wrong")];
        ann.post(&transfer, &wrong).await.expect(422).says("transfer-password-error");
        ann.post(&transfer, &[("current_password", PASSWORD)]).await.expect(422).says("member-error");
        let right = [("member", &*heir), ("current_password", PASSWORD)];
        bob.post(&transfer, &right).await.expect(403);
        ann.post(&transfer, &right).await.leads(&format!("{workspace}/settings?done=transferred"));
        for email in ["ann@example.com", "bob@example.com"] {
            assert!(app.mail().to(email).await.plain.contains("belongs to bob@example.com"));
        }
        bob.get(&format!("{workspace}/settings")).await.expect(200).says("Ownership");
        let hers = ann.get(&format!("{workspace}/settings")).await.expect(200);
        assert!(!hers.html.contains("Ownership"));
        ann.post(&format!("{workspace}/leave"), &[("email", "x")]).await.expect(422).says("leave-email-error");
        ann.post(&format!("{workspace}/leave"), &[("email", "ann@example.com")]).await.leads("/workspaces?done=left");
        bob.post(&format!("{workspace}/leave"), &[("email", "bob@example.com")]).await.expect(422).says("You own");
    }

    async fn a_renamed_workspace_is_found_under_both_names_and_nobody_takes_one(app: App) {
        let (ann, bob) = (app.person("ann@example.com").await, app.person("bob@example.com").await);
        let (acme, other) = (ann.workspace("Acme").await, bob.workspace("Other").await);
        let rename = async |reader: &Reader<'_>, path: &str, slug: &str| {
            reader.post(&format!("{path}/settings/name"), &[("name", "New"), ("slug", slug)]).await
        };
        for wrong in ["", "ab", "Acme", "-acme", "acme-", "a/b", "äcme", &"a".repeat(41)] {
            rename(&ann, &acme, wrong).await.expect(422).says("slug-error");
        }
        rename(&ann, &acme, "acme-new").await.leads("/w/acme-new/settings?done=saved");
        ann.get(&format!("{acme}/members?x=1")).await.leads("/w/acme-new/members?x=1");
        bob.get(&acme).await.expect(404);
        for taken in ["acme-new", acme.trim_start_matches("/w/")] {
            rename(&bob, &other, taken).await.expect(422).says("another workspace’s");
        }
        // One's own is free again.
        rename(&ann, "/w/acme-new", acme.trim_start_matches("/w/")).await.expect(303);
        ann.get("/w/acme-new").await.leads(&acme);
    }

    async fn settings_are_in_force_and_wrong_ones_say_why(app: App) {
        let ann = app.person("ann@example.com").await;
        let workspace = ann.workspace("Acme").await;
        let calls = format!("{workspace}/settings/calls");
        let wrong = [
            ("answer", "never"), ("answer_within_ms", "x"), ("ring_ttl_seconds", "-1"), ("retention_days", ""),
            ("time_zone", "Mars"),
        ];
        let page = ann.post(&calls, &wrong).await.expect(422);
        for field in ["answer", "answer_within_ms", "ring_ttl_seconds", "retention_days"] {
            assert!(page.html.contains(&format!("id=\"{field}-error\"")), "{field}");
        }
        let far = [
            ("answer", "recorded"), ("answer_within_ms", "10001"), ("ring_ttl_seconds", "4"), ("retention_days", "366"),
            ("time_zone", "not a zone"),
        ];
        let page = ann.post(&calls, &far).await.expect(422);
        for field in ["answer_within_ms", "ring_ttl_seconds", "retention_days", "time_zone"] {
            assert!(page.html.contains(&format!("id=\"{field}-error\"")), "{field}");
        }
        let right = [
            ("answer", "recorded"), ("answer_within_ms", "100"), ("ring_ttl_seconds", "60"), ("retention_days", "7"),
            ("time_zone", "Europe/Berlin"),
        ];
        ann.post(&calls, &right).await.leads(&format!("{workspace}/settings?done=saved"));
        let page = ann.get(&format!("{workspace}/settings")).await.expect(200);
        assert!(page.html.contains("value=\"60\"") && page.html.contains("Europe/Berlin"));
        ann.get(&format!("{workspace}/audit")).await.expect(200).says("ring_ttl_seconds: 30 → 60");
    }
}
