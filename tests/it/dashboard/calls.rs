//! The log: finding a call, and reading why it did not ring.

use ringhook_tests::app::App;
use ringhook_tests::until::until;
use ringhook_tests::{both, fcm};
use serde_json::json;

use super::{SID, Team};

both! {
    async fn a_call_that_did_not_ring_says_why(app: App) {
        let team = Team::start(&app).await;
        let api = app.api(&team.workspace);
        api.post("/providers", json!({"kind": "fcm", "credentials": app.fcm.credentials()})).await.expect(201);
        let binding = json!({"account_sid": SID, "identity": "bob", "channel": "fcm", "address": "gone-token"});
        let binding = api.post("/bindings", binding).await.expect(201).id();
        app.fcm.script("gone-token", [fcm::unregistered()]);
        app.twilio(&team.workspace).call("bob").send().await.reply.expect(404);
        let list = until("the call in the log", async || {
            let list = team.ann.get(&team.at("/calls?q=bob&outcome=dead")).await.expect(200);
            list.html.contains("Devices gone</span>").then_some(list)
        })
        .await;
        let id = list.between("<tr id=\"", "\"");
        let call = until("the answer in the log", async || {
            let call = team.ann.get(&team.at(&format!("/calls/{id}"))).await.expect(200);
            (!call.html.contains("Not yet.")).then_some(call)
        })
        .await;
        for text in ["Nobody rang: 1 device registered, and gone.", "UNREGISTERED", "no longer on this device",
            "404 after", &binding, "Signature and body hash hold."] {
            call.clone().says(text);
        }
        assert!(!call.html.contains("twi_bridge_token"), "a secret of the call");
        let own = call.between("<code id=\"call-sid\">", "<");
        for q in [own.as_str(), id.as_str()] {
            let found = team.ann.get(&team.at(&format!("/calls?q={q}"))).await;
            let found = if found.status == 303 { team.ann.follow(&found).await } else { found };
            found.expect(200).says(&id);
        }
        team.ann.get(&team.at("/calls?q=carol")).await.expect(200).says("No call fits");
        team.ann.get(&team.at("/calls?since=yesterday")).await.expect(422).says("A time looks like");
    }

    async fn a_refused_webhook_is_in_the_log_with_its_likely_cause(app: App) {
        let team = Team::start(&app).await;
        app.twilio(&team.workspace).call("bob").signed_by("another").send().await.reply.expect(403);
        let list = until("the rejection", async || {
            let list = team.ann.get(&team.at("/calls?outcome=rejected")).await.expect(200);
            list.html.contains("Rejected</span>").then_some(list)
        })
        .await;
        let id = list.between("<tr id=\"", "\"");
        let call = team.ann.get(&team.at(&format!("/calls/{id}"))).await.expect(200);
        call.says("made with another auth token").says("nothing was dispatched");
    }

    async fn the_live_log_ends_with_the_session(app: App) {
        let team = Team::start(&app).await;
        let cookie = format!("__Host-ringhook-session={}", team.ann.cookie("ringhook-session").expect("a session"));
        let live = ringhook_tests::api::http_client().get(format!("{}{}", app.url(), team.at("/calls/live")));
        let host = app.public_url().trim_start_matches("https://");
        let live = live.header("cookie", cookie).header("host", host).send().await.expect("a stream");
        assert_eq!(live.headers()["content-type"], "text/event-stream");
        let mut live = live;
        let mut seen = String::new();
        let mut read_until = async |text: &str| {
            while !seen.contains(text) {
                let Some(chunk) = live.chunk().await.expect("the stream") else { return false };
                seen += &String::from_utf8_lossy(&chunk);
            }
            true
        };
        assert!(read_until("watching").await);
        app.twilio(&team.workspace).call("first").send().await.reply.expect(404);
        assert!(read_until("first").await);
        team.ann.post("/logout", &[]).await.expect(303);
        app.twilio(&team.workspace).call("second").send().await.reply.expect(404);
        assert!(!read_until("second").await, "somebody who has logged out sees calls");
    }

    async fn ringing_again_is_a_test_call_with_ids_of_its_own(app: App) {
        let team = Team::start(&app).await;
        app.twilio(&team.workspace).call("bob").send().await.reply.expect(404);
        let list = team.ann.get(&team.at("/calls")).await.expect(200);
        let first = list.between("<tr id=\"", "\"");
        let again = team.ann.post(&team.at(&format!("/calls/{first}/again")), &[]).await.expect(303);
        let second = team.ann.follow(&again).await.expect(200);
        second.clone().says("Test</span>").says("Nobody rang");
        assert!(!again.location().ends_with(&first), "another call");
        assert!(!second.html.contains("twilio.com/console"), "Twilio knows nothing of it");
        let all = team.ann.get(&team.at("/calls.ndjson")).await.expect(200).html;
        let calls: Vec<serde_json::Value> = all.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(calls.len(), 2);
        assert_eq!((&calls[0]["test"], &calls[1]["test"]), (&json!(true), &json!(false)));
        assert_ne!(calls[0]["message_id"], calls[1]["message_id"]);
        let table = team.ann.get(&team.at("/calls.csv?q=bob")).await.expect(200).html;
        assert_eq!(table.lines().count(), 3, "{table}");
        assert!(table.starts_with("id,received_at,outcome,identity"), "{table}");
    }

    async fn pages_of_the_log_follow_each_other(app: App) {
        let team = Team::start(&app).await;
        for _ in 0..60 {
            app.twilio(&team.workspace).call("bob").send().await.reply.expect(404);
        }
        let first = team.ann.get(&team.at("/calls?q=bob")).await.expect(200);
        assert_eq!(first.html.matches("<tr id=").count(), 50);
        let older = first.between("href=\"", "\" rel=\"next\"");
        let older = older.rsplit('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
        let second = team.ann.get(&older).await.expect(200);
        assert_eq!(second.html.matches("<tr id=").count(), 10);
    }

    async fn the_overview_counts_what_is_young_at_once(app: App) {
        let team = Team::start(&app).await;
        team.ann.get(&team.path).await.expect(200).says("To the first ring");
        app.twilio(&team.workspace).call("bob").send().await.reply.expect(404);
        for range in ["1h", "24h", "7d", "30d"] {
            let page = team.ann.get(&team.at(&format!("?range={range}"))).await.expect(200);
            page.says("<dt>Calls</dt><dd>1</dd>").says("Did not ring");
        }
    }
}
