use ringhook_openapi::{AttemptOutcome, Cause, Channel, DeliveryState};

use super::*;
use crate::{
    domain::Ground,
    store::{
        AttemptId, BindingId, DeliveryId, Json, NotificationId, Ts, Word, WorkspaceId,
        calls::{Memory, NewCall, Payload},
        deliveries::Progress,
        notifications::{Attempt, Delivery, Notification},
    },
};

fn second(number: i64) -> Ts {
    Ts::from_micros(1_790_000_000_000_000 + number * 1_000_000)
}

/// A call that came in at second `number`, in the log.
pub async fn record(ground: &Ground, workspace: WorkspaceId, outcome: &str, number: i64) -> NotificationId {
    let notification = call(workspace, outcome, number);
    let id = notification.id;
    write(ground, notification, Vec::new(), Vec::new()).await;
    id
}

fn call(workspace: WorkspaceId, outcome: &str, number: i64) -> Notification {
    let payload = json!({"twi_to": "client:bob", "twi_from": "client:alice", "twi_params": "a=b", "x": 1});
    Notification {
        id: NotificationId::new(second(number)),
        workspace_id: workspace,
        account_sid: SID.into(),
        identity: "bob".into(),
        call_sid: format!("CA{number}"),
        message_id: format!("WB{number}"),
        message_type: "twilio.voice.call".into(),
        payload: payload.to_string(),
        idempotency_token: None,
        test: false,
        received_at: second(number),
        outcome: Word(outcome.parse().expect("an outcome")),
        reason: (outcome == "rejected").then(|| "wrong_auth_token".into()),
        detail: None,
        answer_status: (outcome != "in_progress").then_some(200),
        answer_after_ms: (outcome != "in_progress").then_some(12),
        ended_at: None,
    }
}

async fn write(ground: &Ground, call: Notification, deliveries: Vec<Delivery>, attempts: Vec<Attempt>) {
    let payload = Payload {
        notification_id: call.id,
        workspace_id: call.workspace_id,
        account_sid: call.account_sid.clone(),
        identity: call.identity.clone(),
        message_id: call.message_id.clone(),
        received_at: call.received_at,
        keep_until: call.received_at,
        body: Vec::new(),
    };
    let call = NewCall { notification: call, deliveries, payload, memory: Memory::None };
    let write = ground.store.engine().write(async move |conn| {
        conn.calls_record(vec![call]).await?;
        conn.progress_write(Progress { attempts, ..Progress::default() }).await
    });
    write.await.expect("recorded");
}

fn delivery(call: &Notification) -> Delivery {
    Delivery {
        id: DeliveryId::new(second(1)),
        workspace_id: call.workspace_id,
        notification_id: call.id,
        binding_id: BindingId::new(second(0)),
        channel: Word(Channel::Fcm),
        provider_id: None,
        device_id: None,
        state: Word(DeliveryState::Dead),
        cause: Some(Word(Cause::AddressGone)),
        reason: Some("UNREGISTERED".into()),
        tries: 2,
        created_at: second(1),
        expires_at: second(30),
        next_attempt_at: second(1),
        lease_owner: None,
        lease_until: None,
        ended_at: None,
        acknowledged_after_ms: None,
    }
}

fn attempt(
    delivery: &Delivery,
    number: i64,
    outcome: AttemptOutcome,
    status: Option<i32>,
    reason: &str,
) -> Attempt {
    Attempt {
        id: AttemptId::new(second(number)),
        workspace_id: delivery.workspace_id,
        notification_id: delivery.notification_id,
        delivery_id: delivery.id,
        at: second(number),
        outcome: Word(outcome),
        cause: Some(Word(Cause::ProviderError)),
        status,
        reason: Some(reason.into()),
        detail: None,
        left_out: Json(json!(["from"])),
        provider_message_id: None,
        latency_ms: 40,
    }
}

#[tokio::test]
async fn a_call_is_shown_with_every_attempt() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let row = call(client.workspace, "dead", 1);
        let (id, rung) = (row.id, delivery(&row));
        let attempts = vec![
            attempt(&rung, 3, AttemptOutcome::Dead, Some(404), "UNREGISTERED"),
            attempt(&rung, 2, AttemptOutcome::Retry, None, "timeout"),
        ];
        write(&ground, row, vec![rung], attempts).await;
        let call = client.get(&format!("/notifications/{id}")).await.body;
        assert_eq!(
            (&call["from"], &call["to"], &call["params"]),
            (&json!("client:alice"), &json!("client:bob"), &json!("a=b"))
        );
        assert_eq!(call["answer"], json!({"status": 200, "after_ms": 12}));
        assert!(call.get("reason").is_none());
        let deliveries = call["deliveries"].as_array().expect("deliveries");
        assert_eq!(deliveries.len(), 1);
        let delivery = &deliveries[0];
        assert_eq!((&delivery["state"], &delivery["reason"]), (&json!("dead"), &json!("address_gone")));
        let attempts = delivery["attempts"].as_array().expect("attempts");
        let reasons: Vec<&Value> = attempts.iter().map(|attempt| &attempt["reason"]).collect();
        assert_eq!(reasons, ["timeout", "UNREGISTERED"]);
        assert_eq!((&attempts[0]["status"], &attempts[1]["status"]), (&Value::Null, &json!(404)));
        assert_eq!(attempts[1]["left_out"], json!(["from"]));
    })
    .await;
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_filtered() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let mut ids = Vec::new();
        for (number, outcome) in ["accepted", "rejected", "in_progress", "accepted"].into_iter().enumerate() {
            ids.push(record(&ground, client.workspace, outcome, number as i64).await.to_string());
        }
        let found = async |query: &str| -> Vec<usize> {
            let page = client.get(&format!("/notifications?{query}")).await;
            let items =
                page.body["items"].as_array().unwrap_or_else(|| panic!("{query}: {}", page.body)).clone();
            let place =
                |item: &Value| ids.iter().position(|id| item["id"] == id.as_str()).expect("a known id");
            items.iter().map(place).collect()
        };
        assert_eq!(found("").await, [3, 2, 1, 0]);
        assert_eq!(found("limit=2").await, [3, 2]);
        assert_eq!(found(&format!("limit=2&cursor={}", ids[2])).await, [1, 0]);
        assert_eq!(found("outcome=accepted").await, [3, 0]);
        assert_eq!(found("call_sid=CA1").await, [1]);
        assert!(found("identity=alice").await.is_empty());
        assert_eq!(found(&format!("account_sid={SID}&identity=bob")).await, [3, 2, 1, 0]);
        let time = |number| second(number).utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(found(&format!("since={}", time(1))).await, [3, 2, 1]);
        assert_eq!(found(&format!("since={}&until={}", time(1), time(3))).await, [2, 1]);
        let rejected = client.get("/notifications?outcome=rejected").await.body["items"][0].clone();
        assert_eq!(rejected["reason"], "wrong_auth_token");
        let open = client.get("/notifications?outcome=in_progress").await.body["items"][0].clone();
        assert_eq!(open["answer"], Value::Null);
    })
    .await;
}
