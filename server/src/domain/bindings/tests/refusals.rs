use serde_json::json;

use super::*;
use crate::{
    domain::{
        accounts,
        testing::{grounds, refusal},
    },
    store::Ts,
};

fn many(count: usize) -> Value {
    (0..count).map(|tag| json!(tag.to_string())).collect()
}

#[tokio::test]
async fn every_fault_names_its_member() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let apns = |address: &str| json!({"channel": "apns", "address": address});
        let token = "a".repeat(64);
        for (over, pointer) in [
            (json!({"account_sid": "AC1"}), "/account_sid"),
            (json!({"identity": ""}), "/identity"),
            (json!({"identity": "a b"}), "/identity"),
            (json!({"identity": "a\u{0}"}), "/identity"),
            (json!({"identity": "a".repeat(257)}), "/identity"),
            (json!({"identity": "client:bob"}), "/identity"),
            (json!({"address": ""}), "/address"),
            (json!({"address": "a b"}), "/address"),
            (json!({"address": "a".repeat(4097)}), "/address"),
            (apns(&"a".repeat(30)), "/address"),
            (apns(&"a".repeat(33)), "/address"),
            (apns(&"g".repeat(64)), "/address"),
            (apns(&"a".repeat(202)), "/address"),
            (json!({"channel": "websocket", "device_id": "d", "address": "a"}), "/address"),
            (json!({"channel": "websocket"}), "/device_id"),
            (json!({"channel": "websocket", "device_id": "d", "provider_id": "prv_1"}), "/provider_id"),
            (json!({"keys": {"p256dh": "k", "auth": "a"}}), "/keys"),
            (json!({"environment": "sandbox"}), "/environment"),
            (json!({"device_id": ""}), "/device_id"),
            (json!({"device_id": "d".repeat(257)}), "/device_id"),
            (json!({"device_id": "d\n"}), "/device_id"),
            (json!({"tags": many(21)}), "/tags"),
            (json!({"tags": [""]}), "/tags/0"),
            (json!({"tags": ["a", "t".repeat(65)]}), "/tags/1"),
            (json!({"tags": ["a", "a"]}), "/tags/1"),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
            (json!({"provider_id": "prv_1"}), "/provider_id"),
            (json!({"provider_id": "prv_00000000000000000000000000"}), "/provider_id"),
        ] {
            let refused = refusal(register(&ground, workspace, new(over.clone())).await);
            assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "{over}");
        }
        let several =
            json!({"identity": "", "device_id": "", "channel": "apns", "address": token, "tags": [""]});
        let (_, pointers) = refusal(register(&ground, workspace, new(several)).await);
        assert_eq!(pointers, ["/identity", "/device_id", "/tags/0"]);
        assert!(all(&ground, workspace).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn limits_are_taken_to_the_last_character() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        for over in [
            json!({"identity": "é".repeat(256), "address": "1"}),
            json!({"identity": "test@example.com:1", "address": "2"}),
            json!({"address": "a".repeat(4096)}),
            json!({"channel": "apns", "address": "a".repeat(32)}),
            json!({"channel": "apns", "address": "b".repeat(200), "environment": "sandbox"}),
            json!({"device_id": "é".repeat(256), "address": "3"}),
            json!({"tags": many(20), "address": "4"}),
            json!({"tags": ["é".repeat(64)], "address": "5"}),
            json!({"channel": "websocket", "device_id": "d"}),
        ] {
            assert!(add(&ground, workspace, over.clone()).await.created, "{over}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_is_required_but_for_a_websocket() {
    let missing = |channel: &str| wire(json!({"account_sid": SID, "identity": "bob", "channel": channel}));
    for channel in ["fcm", "apns", "apns_voip", "webpush", "webhook", "hms"] {
        let refused = refusal(Registration::check(missing(channel), Ts::from_micros(0)));
        assert_eq!(refused, ("invalid", vec!["/address".to_owned()]), "{channel}");
    }
}

#[tokio::test]
async fn a_channel_needs_its_provider_and_every_binding_its_account() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        for (channel, code) in [
            ("fcm", "no_provider"),
            ("webpush", "kind_not_supported"),
            ("webhook", "kind_not_supported"),
            ("hms", "kind_not_supported"),
        ] {
            let over = json!({"channel": channel, "address": "https://example.com/1"});
            let refused = refusal(register(&ground, workspace, new(over)).await);
            assert_eq!(refused, (code, vec!["/channel".to_owned()]), "{channel}");
        }
        let fcm = provider(&ground, workspace, ProviderKind::Fcm).await;
        let apns = json!({"channel": "apns", "address": "a".repeat(64), "provider_id": fcm.id.to_string()});
        let refused = refusal(register(&ground, workspace, new(apns)).await);
        assert_eq!(refused, ("invalid", vec!["/provider_id".to_owned()]));
        let named = json!({"provider_id": fcm.id.to_string()});
        assert_eq!(add(&ground, workspace, named.clone()).await.binding.provider_id, Some(fcm.id));
        assert_eq!(add(&ground, workspace, json!({})).await.binding.provider_id, None);

        let other = set_up(&ground).await;
        let refused = refusal(register(&ground, other, new(named)).await);
        assert_eq!(refused, ("invalid", vec!["/provider_id".to_owned()]));
        accounts::delete(&ground, workspace, SID).await.expect("disconnected");
        assert!(all(&ground, workspace).await.is_empty());
        let refused = refusal(register(&ground, workspace, new(json!({}))).await);
        assert_eq!(refused, ("account_not_connected", vec!["/account_sid".to_owned()]));
    })
    .await;
}

#[tokio::test]
async fn another_workspaces_binding_is_not_there() {
    grounds(async |ground| {
        let (own, other) = (set_up(&ground).await, set_up(&ground).await);
        let id = add(&ground, own, json!({})).await.binding.id;
        assert_eq!(refusal(get(&ground, other, id).await).0, "not_found");
        assert_eq!(refusal(delete(&ground, other, id).await).0, "not_found");
        assert_eq!(refusal(patch(&ground, other, id, wire(json!({"tags": ["x"]}))).await).0, "not_found");
        assert!(add(&ground, other, json!({})).await.created);
        assert_eq!(all(&ground, own).await.len(), 1);
        delete(&ground, own, id).await.expect("deleted");
        assert_eq!(refusal(delete(&ground, own, id).await).0, "not_found");
    })
    .await;
}
