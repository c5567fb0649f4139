//! Accounts, webhook and providers, set up on pages.

use ringhook_tests::app::App;
use ringhook_tests::both;

use super::{AUTH_TOKEN, SID, Team};

both! {
    async fn an_auth_token_rotates_without_losing_a_call(app: App) {
        let team = Team::start(&app).await;
        let page = team.at(&format!("/accounts/{SID}"));
        let call = async |token: &str| {
            app.twilio(&team.workspace).call("bob").signed_by(token).send().await.reply.status
        };
        assert_eq!((call(AUTH_TOKEN).await, call("second").await), (404, 403));
        team.ann.post(&format!("{page}/tokens"), &[("auth_token", "second"), ("as", "secondary")]).await.expect(303);
        assert_eq!((call(AUTH_TOKEN).await, call("second").await), (404, 404));
        team.ann.get(&page).await.expect(200).says("Two tokens are stored");
        team.ann.post(&format!("{page}/tokens"), &[("auth_token", "second"), ("as", "only")]).await.expect(303);
        assert_eq!((call(AUTH_TOKEN).await, call("second").await), (403, 404));
        team.ann.post(&format!("{page}/tokens"), &[("auth_token", " "), ("as", "only")]).await.expect(422)
            .says("Enter the token.");
    }

    async fn an_account_is_named_in_every_error_of_its_forms(app: App) {
        let team = Team::start(&app).await;
        let new = team.at("/accounts/new");
        team.ann.post(&new, &[("account_sid", "AC1"), ("auth_token", "x")]).await.expect(422).says("account_sid-error");
        team.ann.post(&new, &[("account_sid", SID), ("auth_token", "x")]).await.expect(422).says("is connected already");
        let page = team.at(&format!("/accounts/{SID}"));
        team.ann.post(&format!("{page}/keys"), &[("key_sid", "SK1"), ("key_secret", "x")]).await.expect(422)
            .says("key_sid-error");
        let key = format!("SK{}", "0".repeat(32));
        team.ann.post(&format!("{page}/keys"), &[("key_sid", &key), ("key_secret", "secret")]).await.expect(303);
        let shown = team.ann.get(&page).await.expect(200).says(&key);
        assert!(!shown.html.contains(AUTH_TOKEN), "a secret on a page");
        team.ann.post(&format!("{page}/keys/{key}/remove"), &[]).await.expect(303);
        team.ann.post(&format!("{page}/disconnect"), &[("confirm", "AC")]).await.expect(422).says("confirm-error");
        team.ann.post(&format!("{page}/disconnect"), &[("confirm", SID)]).await.expect(303);
        team.ann.get(&page).await.expect(404);
    }

    async fn a_webhook_url_rotates_with_a_grace(app: App) {
        let team = Team::start(&app).await;
        let webhook = team.at("/webhook");
        team.ann.post(&format!("{webhook}/tokens"), &[("grace", "3600")]).await.expect(303);
        let page = team.ann.get(&webhook).await.expect(200);
        assert_ne!(page.between("id=\"url\">", "<"), team.workspace.webhook_url);
        app.twilio(&team.workspace).call("bob").send().await.reply.problem(404, "no_binding");
        let old = page.between("/webhook/tokens/", "/end");
        team.ann.post(&format!("{webhook}/tokens/{old}/end"), &[]).await.expect(303);
        app.twilio(&team.workspace).call("bob").send().await.reply.problem(404, "unknown_webhook");
    }

    async fn credentials_are_checked_before_they_are_kept(app: App) {
        let team = Team::start(&app).await;
        let fcm = team.at("/providers/new/fcm");
        team.ann.post(&fcm, &[("service_account", "{")]).await.expect(422).says("service_account-error");
        let foreign = app.fcm.foreign_credentials()["service_account"].to_string();
        team.ann.post(&fcm, &[("service_account", &foreign)]).await.expect(422).says("does not take them");
        team.ann.get(&team.at("/providers")).await.expect(200).says("No provider yet");
        let anyway = [("service_account", foreign.as_str()), ("anyway", "yes")];
        let made = team.ann.post(&fcm, &anyway).await.expect(303);
        let page = made.location().split('?').next().unwrap_or_default().to_owned();
        team.ann.follow(&made).await.expect(200).says("Failing");
        let own = app.fcm.credentials()["service_account"].to_string();
        team.ann.post(&format!("{page}/credentials"), &[("service_account", &own)]).await.expect(303);
        let shown = team.ann.get(&page).await.expect(200).says("Works").says("ring-test-1");
        assert!(!shown.html.contains("PRIVATE KEY"), "a secret on a page");
        team.ann.post(&format!("{page}/check"), &[]).await.expect(303);
        team.ann.post(&format!("{page}/delete"), &[("confirm", "x")]).await.expect(422).says("confirm-error");
        team.ann.post(&format!("{page}/delete"), &[("confirm", "Firebase Cloud Messaging")]).await.expect(303);
    }

    async fn apple_is_set_up_from_what_people_have(app: App) {
        let team = Team::start(&app).await;
        let apns = team.at("/providers/new/apns");
        let given = app.apns.credentials();
        let text = |name: &str| given[name].as_str().expect(name).to_owned();
        let (key, team_id, bundle) = (text("key"), text("team_id"), text("bundle_id"));
        let form = [("key", &*key), ("key_id", "short"), ("team_id", &team_id), ("bundle_id", &bundle),
            ("environment", "production")];
        let refused = team.ann.post(&apns, &form).await.expect(422).says("key_id-error").says(&bundle);
        assert!(!refused.html.contains("PRIVATE KEY"), "a secret on a page");
        let key_id = text("key_id");
        let form = [form[0], ("key_id", &*key_id), form[2], form[3], form[4]];
        let made = team.ann.post(&apns, &form).await.expect(303);
        let page = made.location().split('?').next().unwrap_or_default().to_owned();
        team.ann.follow(&made).await.expect(200).says("Works").says(&key_id);
        let change = [("name", "iPhones"), ("environment", "sandbox"), ("aps", "{\"alert\":")];
        team.ann.post(&page, &change).await.expect(422).says("aps-error").says("iPhones");
        let change = [("name", "iPhones"), ("environment", "sandbox"), ("aps", "{\"alert\": \"Ring\"}")];
        team.ann.post(&page, &change).await.expect(303);
        team.ann.get(&page).await.expect(200).says("iPhones").says("Ring");
    }
}
