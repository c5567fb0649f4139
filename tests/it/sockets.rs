//! Devices on WebSockets.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use futures_util::future::join_all;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use ringhook::access::device_token;
use ringhook::domain::client_tokens::Grant;
use ringhook::secrets::Keyring;
use ringhook::store::Ts;
use ringhook_tests::app::{App, Workspace, master_key};
use ringhook_tests::both;
use ringhook_tests::database::Backend;
use ringhook_tests::socket::{Socket, client_token, handshake};
use ringhook_tests::until::until;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The status of a handshake that must be refused.
async fn refused(request: http::Request<()>) -> u16 {
    match Socket::open(request).await.map_err(|error| *error) {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("refused in another way: {error}"),
        Ok(_) => panic!("not refused"),
    }
}

/// The one delivery of a call, once it is in this state.
async fn delivery_in(app: &App, workspace: &Workspace, id: &Value, state: &str) -> Value {
    let path = format!("/notifications/{}", id.as_str().expect("an id"));
    until(&format!("a delivery that is {state}"), async || {
        let logged = app.api(workspace).get(&path).await.expect(200).json;
        let deliveries = logged["deliveries"].as_array().expect("deliveries");
        deliveries.iter().find(|delivery| delivery["state"] == state).cloned()
    })
    .await
}

/// Waits until the program has noticed that nobody is there any more.
async fn nobody_rings(app: &App, workspace: &Workspace, identity: &str) {
    until("the socket to be forgotten", async || {
        let answer = app.twilio(workspace).ring(identity).await;
        (answer.status == 404).then_some(())
    })
    .await;
}

/// A client token of two seconds, made as the program makes them.
fn short_token(master_key: &str, workspace: &Workspace, identity: &str) -> String {
    let key = STANDARD.decode(master_key).expect("base64").try_into().expect("32 bytes");
    let keyring = Keyring::new(&[key]).expect("a key");
    let now = Ts::from(Utc::now());
    let grant = Grant {
        workspace: workspace.id.parse().expect("an id"),
        account_sid: workspace.account_sid.clone(),
        identity: identity.to_owned(),
        issued_at: now,
        expires_at: now + Duration::from_secs(2),
    };
    device_token::mint(&keyring, &grant).expect("a token")
}

both! {
    async fn the_token_comes_as_a_header_or_as_a_subprotocol(app: App) {
        let workspace = app.workspace().await;
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
        let by_protocol = Socket::connect(app.url(), &token, None).await.expect("a socket");
        assert_eq!(by_protocol.headers[SEC_WEBSOCKET_PROTOCOL], "ringhook.v1");

        let mut request = handshake(app.url(), "?device_id=phone");
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"));
        let mut by_header = Socket::open(request).await.expect("a socket");
        assert!(by_header.headers.get(SEC_WEBSOCKET_PROTOCOL).is_none());
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        by_header.text().await;
    }

    async fn without_a_token_that_holds_it_is_401(app: App) {
        let workspace = app.workspace().await;
        assert_eq!(refused(handshake(app.url(), "")).await, 401);
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
        for token in ["", "x", &workspace.api_key, &format!("{token}x"), &token[1..]] {
            let mut request = handshake(app.url(), "");
            request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"));
            assert_eq!(refused(request).await, 401, "{token}");
        }
        let mut request = handshake(app.url(), &format!("?device_id={}", "x".repeat(257)));
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"));
        assert_eq!(refused(request).await, 422);
    }

    async fn a_token_of_a_disconnected_account_does_not_hold(app: App) {
        let workspace = app.workspace().await;
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
        let path = format!("/accounts/{}", workspace.account_sid);
        app.api(&workspace).patch(&path, json!({"status": "disabled"})).await.expect(200);
        let mut request = handshake(app.url(), "");
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().expect("a header"));
        assert_eq!(refused(request).await, 401);
    }

    async fn an_acknowledgement_shows_with_its_latency(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        let call = app.twilio(&workspace).call("bob");
        let answer = call.send().await.reply.clone().expect(200);
        assert_eq!(socket.text().await.into_bytes(), call.bytes());
        let accepted = delivery_in(&app, &workspace, &answer.json["notification_id"], "accepted").await;
        assert_eq!((&accepted["channel"], &accepted["acknowledged_after_ms"]), (&json!("websocket"), &json!(null)));
        socket.say(json!({"ack": "another"})).await;
        socket.ack(&call.message_id()).await;
        let acked = delivery_in(&app, &workspace, &answer.json["notification_id"], "acknowledged").await;
        assert!(acked["acknowledged_after_ms"].is_u64(), "{acked}");
        assert_eq!(acked["attempts"].as_array().map(Vec::len), Some(1));
    }

    async fn a_burst_for_one_device_arrives_whole_and_once(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        let calls: Vec<_> = (0..100).map(|_| app.twilio(&workspace).call("bob")).collect();
        let answers = join_all(calls.iter().map(async |call| call.send().await)).await;
        // On a busy machine some come too late to be recorded, and are told to come again.
        let taken = calls.iter().zip(&answers).filter(|(_, answer)| answer.status == 200);
        let taken: BTreeSet<_> = taken.map(|(call, _)| call.message_id()).collect();
        assert!(taken.len() > 50, "{} were taken", taken.len());
        let mut heard = BTreeSet::new();
        while !heard.is_superset(&taken) {
            let call: Value = serde_json::from_str(&socket.text().await).expect("JSON");
            let id = call["twi_message_id"].as_str().expect("an id").to_owned();
            assert!(heard.insert(id), "twice: {call}");
        }
    }

    async fn an_acknowledged_call_does_not_ring_a_device_that_comes_back_at_once(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
        let call = app.twilio(&workspace).call("bob");
        call.send().await.reply.clone().expect(200);
        socket.text().await;
        socket.ack(&call.message_id()).await;
        // Whatever was said is heard by now; the log may not know it yet.
        socket.assert_silent().await;
        let mut again = Socket::connect(app.url(), &token, Some("phone")).await.expect("a socket");
        again.assert_silent().await;
    }

    async fn who_connects_before_a_late_record_is_told_once_it_is_there(app: App) {
        let workspace = app.workspace().await;
        let token = client_token(&app.api(&workspace), &workspace.account_sid, "bob", 3600).await;
        let call = app.twilio(&workspace).call("bob");
        let held = app.database.hold_record().await;
        assert_eq!(call.send().await.status, 503);
        let mut socket = Socket::connect(app.url(), &token, None).await.expect("a socket");
        drop(held);
        assert_eq!(socket.text().await.into_bytes(), call.bytes());
    }

    async fn every_device_of_an_identity_rings_and_no_other(app: App) {
        let workspace = app.workspace().await;
        let mut phone = app.socket(&workspace, "bob", Some("phone")).await;
        let mut tablet = app.socket(&workspace, "bob", Some("tablet")).await;
        let mut nameless = [app.socket(&workspace, "bob", None).await, app.socket(&workspace, "bob", None).await];
        let mut eve = app.socket(&workspace, "eve", Some("phone")).await;
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(answer.json["bindings"], 4);
        let first = phone.text().await;
        assert_eq!(tablet.text().await, first);
        for socket in &mut nameless {
            assert_eq!(socket.text().await, first);
        }
        eve.assert_silent().await;
    }

    async fn when_nobody_is_connected_it_is_404(app: App) {
        let workspace = app.workspace().await;
        let socket = app.socket(&workspace, "bob", Some("phone")).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        socket.close().await;
        nobody_rings(&app, &workspace, "bob").await;
        let call = app.twilio(&workspace).call("bob");
        call.send().await.reply.clone().problem(404, "no_binding");
    }

    async fn a_device_that_comes_late_still_gets_a_young_call_once(app: App) {
        let workspace = app.workspace().await;
        let known = app.socket(&workspace, "bob", Some("phone")).await;
        known.close().await;
        nobody_rings(&app, &workspace, "late").await;
        let call = app.twilio(&workspace).call("late");
        call.send().await.reply.clone().problem(404, "no_binding");
        let mut socket = app.socket(&workspace, "late", Some("phone")).await;
        let mut texts = vec![socket.text().await];
        // `nobody_rings` has rung too.
        while texts.last().is_some_and(|text| text.as_bytes() != call.bytes()) {
            texts.push(socket.text().await);
        }
        for text in &texts {
            let sent: Value = serde_json::from_str(text).expect("JSON");
            socket.ack(sent["twi_message_id"].as_str().expect("an id")).await;
        }
        let logged = app.api(&workspace).get("/notifications?identity=late&limit=1").await.expect(200);
        delivery_in(&app, &workspace, &logged.items()[0]["id"], "acknowledged").await;
        socket.close().await;
        let mut again = app.socket(&workspace, "late", Some("phone")).await;
        again.assert_silent().await;
    }

    async fn a_call_that_was_not_acknowledged_comes_again_to_the_same_device(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        let call = app.twilio(&workspace).call("bob");
        let answer = call.send().await.reply.clone().expect(200);
        let first = socket.text().await;
        delivery_in(&app, &workspace, &answer.json["notification_id"], "accepted").await;
        let mut again = app.socket(&workspace, "bob", Some("phone")).await;
        assert_eq!(again.text().await, first);
        again.ack(&call.message_id()).await;
        delivery_in(&app, &workspace, &answer.json["notification_id"], "acknowledged").await;
        let mut third = app.socket(&workspace, "bob", Some("phone")).await;
        third.assert_silent().await;
    }

    async fn the_same_device_takes_the_place_of_its_earlier_socket(app: App) {
        let workspace = app.workspace().await;
        let mut first = app.socket(&workspace, "bob", Some("phone")).await;
        let mut second = app.socket(&workspace, "bob", Some("phone")).await;
        assert_eq!(first.close_code().await, 4409);
        let answer = app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        assert_eq!(answer.json["bindings"], 1);
        second.text().await;
    }

    async fn the_same_device_id_of_another_user_is_another_device(app: App) {
        let workspace = app.workspace().await;
        let mut bob = app.socket(&workspace, "bob", Some("phone")).await;
        let mut eve = app.socket(&workspace, "eve", Some("phone")).await;
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        bob.text().await;
        eve.assert_silent().await;
    }

    async fn binary_frames_are_refused(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        socket.send(Message::Binary(b"{}".as_slice().into())).await;
        assert_eq!(socket.close_code().await, 1003);
    }

    async fn what_a_device_says_wrongly_changes_nothing(app: App) {
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        for text in ["", "{", "null", "[]", r#"{"ack":7}"#, r#"{"other":"x"}"#, r#"{"token":"x"}"#] {
            socket.send(Message::Text(text.into())).await;
        }
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        socket.text().await;
    }

    async fn a_socket_ends_with_its_token_unless_its_user_brings_another(backend: Backend) {
        let key = master_key();
        let app = App::builder(backend).set("RINGHOOK_MASTER_KEY", &key).start().await;
        let workspace = app.workspace().await;
        let api = app.api(&workspace);
        // The API gives a minute at least; a test does not wait that long.
        let short = |identity: &str| short_token(&key, &workspace, identity);
        let mut ends = Socket::connect(app.url(), &short("bob"), Some("ends")).await.expect("a socket");
        let mut others = Socket::connect(app.url(), &short("bob"), Some("others")).await.expect("a socket");
        let mut stays = Socket::connect(app.url(), &short("bob"), Some("stays")).await.expect("a socket");
        let of_eve = client_token(&api, &workspace.account_sid, "eve", 3600).await;
        others.say(json!({"token": of_eve})).await;
        let of_bob = client_token(&api, &workspace.account_sid, "bob", 3600).await;
        stays.say(json!({"token": of_bob})).await;
        assert_eq!(ends.close_code().await, 4401);
        assert_eq!(others.close_code().await, 4401);
        app.twilio(&workspace).ring("bob").await.reply.clone().expect(200);
        stays.text().await;
    }

    async fn a_server_that_drains_says_so_to_its_devices(app: App) {
        let mut app = app;
        let workspace = app.workspace().await;
        let mut socket = app.socket(&workspace, "bob", Some("phone")).await;
        let (ended, code) = tokio::join!(app.terminate(), socket.close_code());
        assert_eq!(code, 1012);
        assert!(ended.0.success(), "{}", ended.0);
    }

    async fn a_bound_websocket_shows_as_a_binding(app: App) {
        let workspace = app.workspace().await;
        let _socket = app.socket(&workspace, "bob", Some("phone")).await;
        let listed = app.api(&workspace).get("/bindings?channel=websocket").await.expect(200);
        assert_eq!(listed.items().len(), 1, "{}", listed.text);
        assert_eq!(listed.items()[0]["device_id"], "phone");
        assert_eq!(listed.items()[0]["status"], "active");
        assert_eq!(listed.items()[0]["address"], json!(null));
    }
}

/// A call is matched with devices, then recorded. Who connects in between is not among them, and finds nothing in the record
/// yet; it is told to look once there is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_connects_while_its_call_is_being_recorded_gets_it() {
    let app = App::start(Backend::Sqlite).await;
    let workspace = app.workspace().await;
    let api = app.api(&workspace);
    for attempt in 0.. {
        let identity = format!("bob-{attempt}");
        let token = client_token(&api, &workspace.account_sid, &identity, 3600).await;
        let call = app.twilio(&workspace).call(&identity);
        // Nothing is written while this is held. What is read meanwhile goes on.
        let lock = app.database.lock();
        let connected = async {
            // The call has come first: these follow it through the same door.
            for _ in 0..5 {
                reqwest::get(format!("{}/readyz", app.url())).await.expect("an answer");
            }
            let socket = Socket::connect(app.url(), &token, None).await.expect("a socket");
            drop(lock);
            socket
        };
        let (answer, mut socket) = tokio::join!(call.send(), connected);
        // A machine so busy that the call was not recorded in time shows nothing.
        if answer.status != 503 {
            assert_eq!(socket.text().await.into_bytes(), call.bytes());
            break;
        }
    }
}
