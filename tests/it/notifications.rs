//! The log of calls over HTTP.

use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::{Value, json};

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

both! {
    async fn the_log_is_filtered(app: App) {
        let workspace = app.workspace().await;
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "android").await;
        let first = twilio.call("bob").with("twi_call_sid", "CAfirst");
        first.send().await.reply.clone().expect(200);
        twilio.ring("eve").await.reply.clone().problem(404, "no_binding");
        let listed = api.get("/notifications").await.expect(200);
        let (newest, oldest) = (&listed.items()[0], &listed.items()[1]);
        assert_eq!((&newest["identity"], &oldest["identity"]), (&json!("eve"), &json!("bob")));
        let since = newest["received_at"].as_str().expect("a time");
        let sid = &workspace.account_sid;
        let filters = [
            ("identity=bob".to_owned(), 1), ("identity=nobody".to_owned(), 0), (format!("account_sid={sid}"), 2),
            ("account_sid=AC1".to_owned(), 0), ("call_sid=CAfirst".to_owned(), 1), ("outcome=no_binding".to_owned(), 1),
            ("outcome=rejected".to_owned(), 0), (format!("since={since}"), 1), (format!("until={since}"), 1),
            (format!("identity=bob&since={since}"), 0),
        ];
        for (filter, count) in filters {
            let found = api.get(&format!("/notifications?{filter}")).await.expect(200);
            assert_eq!(found.items().len(), count, "{filter}: {}", found.text);
        }
    }

    async fn the_log_is_paged_from_the_newest_and_stays_in_order(app: App) {
        let workspace = app.workspace().await;
        let (api, twilio) = (app.api(&workspace), app.twilio(&workspace));
        for _ in 0..5 {
            twilio.ring("bob").await.reply.clone().problem(404, "no_binding");
        }
        let all = ids(api.get("/notifications").await.expect(200).items());
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = api.get(&format!("/notifications?limit=2{cursor}")).await.expect(200);
            seen.extend(ids(page.items()));
            // A call that comes meanwhile is newer than what is still to be read.
            twilio.ring("bob").await.reply.clone().problem(404, "no_binding");
            match page.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    async fn a_call_shows_the_members_that_the_contract_names(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        call.send().await.reply.clone().problem(404, "no_binding");
        let api = app.api(&workspace);
        let listed = api.get("/notifications").await.expect(200).items()[0].clone();
        let path = format!("/notifications/{}", listed["id"].as_str().expect("an id"));
        let shown = api.get(&path).await.expect(200).json;
        for (member, value) in listed.as_object().expect("an object") {
            assert_eq!(&shown[member], value, "{member}");
        }
        let members = ["id", "account_sid", "identity", "call_sid", "message_id", "message_type", "from", "to", "params",
            "test", "received_at", "outcome", "answer", "deliveries"];
        for member in members {
            assert!(shown.get(member).is_some(), "no {member} in {shown}");
        }
        assert_eq!(shown["message_id"], call.message_id().as_str());
        assert_eq!(shown["deliveries"], json!([]));
        assert!(shown["answer"]["after_ms"].is_u64());
        api.get("/notifications/ntf_x").await.problem(404, "not_found");
    }
}
