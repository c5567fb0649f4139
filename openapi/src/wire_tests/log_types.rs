use serde_json::json;

use super::{TIME, moment, taken, written};
use crate::{notifications::*, page::Page, words::*};

fn summary() -> NotificationSummary {
    NotificationSummary {
        id: "ntf_1".to_owned(),
        account_sid: "AC1".to_owned(),
        identity: "bob".to_owned(),
        call_sid: "CA1".to_owned(),
        message_id: "WB1".to_owned(),
        message_type: "twilio.voice.call".to_owned(),
        from: Some("client:alice".to_owned()),
        to: "client:bob".to_owned(),
        params: None,
        test: false,
        received_at: moment(),
        outcome: Outcome::Accepted,
        reason: None,
        detail: None,
        answer: Some(Answer { status: 200, after_ms: 41 }),
    }
}

#[test]
fn a_notification_lists_deliveries_and_attempts() {
    let attempt = Attempt {
        at: moment(),
        outcome: AttemptOutcome::Accepted,
        status: Some(200),
        reason: None,
        cause: None,
        detail: None,
        provider_message_id: Some("m".to_owned()),
        latency_ms: 40,
        left_out: Vec::new(),
    };
    let delivery = Delivery {
        id: "dlv_1".to_owned(),
        binding_id: "bnd_1".to_owned(),
        channel: Channel::Fcm,
        provider_id: Some("prv_1".to_owned()),
        state: DeliveryState::Accepted,
        reason: None,
        acknowledged_after_ms: None,
        attempts: vec![attempt],
    };
    let in_a_list = json!({
        "id": "ntf_1", "account_sid": "AC1", "identity": "bob", "call_sid": "CA1", "message_id": "WB1",
        "message_type": "twilio.voice.call", "from": "client:alice", "to": "client:bob", "params": null, "test": false,
        "received_at": TIME, "outcome": "accepted", "answer": {"status": 200, "after_ms": 41},
    });
    let deliveries = json!([{
        "id": "dlv_1", "binding_id": "bnd_1", "channel": "fcm", "provider_id": "prv_1", "state": "accepted",
        "reason": null, "acknowledged_after_ms": null,
        "attempts": [{
            "at": TIME, "outcome": "accepted", "status": 200, "reason": null, "provider_message_id": "m",
            "latency_ms": 40, "left_out": [],
        }],
    }]);
    assert_eq!(written(&summary()), in_a_list);
    let mut whole = in_a_list.clone();
    whole["deliveries"] = deliveries.clone();
    assert_eq!(written(&Notification { summary: summary(), deliveries: vec![delivery.clone()] }), whole);

    let listed = written(&ListedDelivery { notification_id: "ntf_1".to_owned(), delivery });
    assert_eq!(
        (&listed["notification_id"], &listed["attempts"]),
        (&json!("ntf_1"), &deliveries[0]["attempts"])
    );
    let rejected = NotificationSummary { reason: Some(RejectReason::WrongAuthToken), ..summary() };
    assert_eq!(written(&rejected)["reason"], "wrong_auth_token");
    taken::<NewTestCall>(json!({"account_sid": "AC1", "identity": "bob"}));
}

#[test]
fn the_last_page_says_so() {
    let page = Page { items: vec![summary()], next_cursor: None };
    assert_eq!(written(&page), json!({"items": [written(&summary())], "next_cursor": null}));
    let more = Page { next_cursor: Some("c".to_owned()), ..page };
    assert_eq!(written(&more)["next_cursor"], "c");
}
