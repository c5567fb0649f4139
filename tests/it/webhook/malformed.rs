//! What is refused before it is believed. Every request here is signed correctly.

use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::twilio::Call;
use serde_json::{Value, json};

use super::log_of;

/// The largest body, in bytes.
const LIMIT: usize = 64 * 1024;
const REQUIRED: [&str; 5] =
    ["twi_account_sid", "twi_call_sid", "twi_message_id", "twi_message_type", "twi_to"];

/// The call with a member that fills the body up to exactly `size` bytes.
fn filled(call: Call<'_>, size: usize) -> Call<'_> {
    let call = call.with("filling", "");
    let missing = size - call.bytes().len();
    call.with("filling", "x".repeat(missing))
}

/// Bodies that no notification can be, by what is wrong with them.
fn bodies(call: &Call<'_>) -> Vec<(&'static str, Vec<u8>)> {
    let good = call.bytes();
    let text = String::from_utf8(good.clone()).expect("UTF-8");
    let twice = text.replacen('{', r#"{"twi_to":"client:eve","#, 1);
    let nested = text.replacen('{', r#"{"extra":{"a":1,"a":2},"#, 1);
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let deep_member =
        text.replacen('{', &format!(r#"{{"extra":{}1{},"#, "[".repeat(5000), "]".repeat(5000)), 1);
    let mut invalid = good.clone();
    invalid.splice(2..2, [0xff, 0xfe]);
    vec![
        ("truncated", good[..good.len() - 1].to_vec()),
        ("followed by more", [&good[..], b"{}"].concat()),
        ("empty", Vec::new()),
        ("an array", format!("[{text}]").into_bytes()),
        ("a string", b"\"twi_to\"".to_vec()),
        ("null", b"null".to_vec()),
        ("not JSON", b"twi_to=client%3Abob".to_vec()),
        ("a key twice", twice.into_bytes()),
        ("a key twice, inside", nested.into_bytes()),
        ("nested arrays", deep.into_bytes()),
        ("nested arrays as a member", deep_member.into_bytes()),
        ("not UTF-8", invalid),
        ("a lone surrogate", text.replacen("client:bob", r"client:\ud800", 1).into_bytes()),
    ]
}

both! {
    async fn what_is_no_notification_is_refused_and_leaves_nothing(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        for (what, body) in bodies(&call) {
            let answer = call.clone().body(body).send().await;
            assert_eq!(answer.status, 400, "{what}: {}", answer.text);
            answer.reply.clone().problem(400, "malformed");
        }
        assert_eq!(log_of(&app, &workspace).await, Vec::<Value>::new());
    }

    async fn each_member_that_is_needed_must_be_a_string_with_something_in_it(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        for member in REQUIRED {
            let wrong = [json!(7), json!(null), json!(true), json!(["client:bob"]), json!({}), json!("")];
            let spoilt = wrong.into_iter().map(|value| call.clone().with(member, value));
            for call in spoilt.chain([call.clone().without(member)]) {
                let answer = call.send().await.reply.clone().problem(400, "malformed");
                let detail = answer.json["detail"].as_str().unwrap_or_default();
                assert!(detail.contains(member), "{member} is not named: {detail}");
            }
        }
        assert_eq!(log_of(&app, &workspace).await, Vec::<Value>::new());
    }

    async fn only_clients_and_messages_of_voice_are_taken(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        let too_long = format!("client:{}", "x".repeat(257));
        let nobody = ["client:", "+14155550101", "bob", "sip:bob@example.com", "CLIENT:bob", "client:a b"];
        for to in nobody.into_iter().chain([too_long.as_str(), "client:a\u{0}b", "client:a\nb"]) {
            call.clone().with("twi_to", to).send().await.reply.clone().problem(400, "malformed");
        }
        for kind in ["twilio.voice.", "twilio.chat.message", "voice.call", "TWILIO.VOICE.CALL"] {
            call.clone().with("twi_message_type", kind).send().await.reply.clone().problem(400, "malformed");
        }
        for member in ["twi_call_sid", "twi_message_id", "twi_from", "twi_params"] {
            call.clone().with(member, "a\u{0}b").send().await.reply.clone().problem(400, "malformed");
        }
        assert_eq!(log_of(&app, &workspace).await, Vec::<Value>::new());
    }

    async fn bodies_are_taken_up_to_64_kib(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        filled(call.clone(), LIMIT).send().await.reply.clone().problem(404, "no_binding");
        filled(call.clone(), LIMIT + 1).send().await.reply.clone().problem(413, "body_too_large");
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        call.clone().body(deep).send().await.reply.clone().problem(413, "body_too_large");
        assert_eq!(log_of(&app, &workspace).await.len(), 1);
    }

    async fn ten_megabytes_are_refused_and_the_server_stays_up(app: App) {
        let workspace = app.workspace().await;
        let call = app.twilio(&workspace).call("bob");
        filled(call.clone(), 10 * 1024 * 1024).send().await.reply.clone().problem(413, "body_too_large");
        call.send().await.reply.clone().problem(404, "no_binding");
    }

    async fn long_ids_are_taken_and_still_known_again(app: App) {
        let workspace = app.workspace().await;
        app.fcm_provider(&workspace).await;
        app.bind(&workspace, "bob", "fcm", "device-1").await;
        let call = app.twilio(&workspace).call("bob");
        let call = call.with("twi_message_id", "W".repeat(300)).with("twi_call_sid", "C".repeat(300));
        let first = call.send().await.reply.clone().expect(200);
        assert_eq!(call.send().await.reply.clone().expect(200).json, first.json);
        assert_eq!(app.fcm.received().len(), 1);
    }
}
