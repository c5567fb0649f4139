use ringhook_openapi::{BindingStatus, Environment};
use serde_json::json;

use super::*;
use crate::{
    domain::testing::{grounds, refusal},
    store::Word,
};

async fn change(ground: &Ground, workspace: WorkspaceId, id: BindingId, over: Value) -> Result<Binding> {
    patch(ground, workspace, id, wire(over)).await
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let apns = json!({"channel": "apns", "address": "a".repeat(64), "tags": ["x"], "device_id": "d"});
        let before = add(&ground, workspace, apns).await.binding;
        let same = change(&ground, workspace, before.id, json!({})).await.expect("unchanged");
        assert_eq!(Binding { updated_at: before.updated_at, ..same }, before);

        let over = json!({
            "tags": ["y"], "device_id": null, "environment": "sandbox", "expires_at": "2999-01-01T00:00:00Z",
            "shared": true,
        });
        let after = change(&ground, workspace, before.id, over).await.expect("changed");
        assert_eq!((after.tags.0.clone(), after.device_id.clone(), after.shared), (json!(["y"]), None, true));
        assert_eq!(after.environment, Some(Word(Environment::Sandbox)));
        assert!(after.expires_at.is_some());
        assert_eq!(after.registered_at, before.registered_at);
        assert_eq!(get(&ground, workspace, before.id).await.expect("stored"), after);
        let null = json!({"tags": null, "environment": null, "expires_at": null});
        let cleared = change(&ground, workspace, before.id, null).await.expect("cleared");
        assert_eq!((cleared.tags.0, cleared.environment, cleared.expires_at), (json!([]), None, None));
    })
    .await;
}

#[tokio::test]
async fn another_address_starts_anew() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let before = add(&ground, workspace, json!({})).await.binding;
        let (id, at) = (before.id, ground.clock.now());
        let note =
            ground.store.engine().write(async move |conn| conn.binding_notified(id, at, Some(at)).await);
        note.await.expect("noted");
        let same = change(&ground, workspace, id, json!({"address": "token"})).await.expect("unchanged");
        assert!(same.last_accepted_at.is_some() && same.registered_at == before.registered_at);
        let after = change(&ground, workspace, id, json!({"address": "new"})).await.expect("changed");
        assert!(after.last_accepted_at.is_none() && after.registered_at > before.registered_at);
        // The old address is free again, the new one is known.
        assert!(add(&ground, workspace, json!({"identity": "alice"})).await.created);
        assert_eq!(add(&ground, workspace, json!({"address": "new"})).await.binding.id, id);
    })
    .await;
}

#[tokio::test]
async fn a_status_is_set_and_undone_by_hand() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let id = add(&ground, workspace, json!({})).await.binding.id;
        let off = change(&ground, workspace, id, json!({"status": "inactive"})).await.expect("inactive");
        assert_eq!(
            (off.status, off.inactive_reason.as_deref()),
            (Word(BindingStatus::Inactive), Some("manual"))
        );
        assert!(off.inactive_at.is_some());
        let on = change(&ground, workspace, id, json!({"status": "active"})).await.expect("active");
        assert_eq!(
            (on.status, on.inactive_reason, on.inactive_at),
            (Word(BindingStatus::Active), None, None)
        );

        let at = ground.clock.now();
        let dead = ground
            .store
            .write(workspace, async move |conn| conn.binding_deactivate(workspace, id, "gone", at, at).await);
        assert!(dead.await.expect("deactivated"));
        let off = change(&ground, workspace, id, json!({"status": "inactive"})).await.expect("inactive");
        assert_eq!(off.inactive_reason.as_deref(), Some("gone"));
    })
    .await;
}

#[tokio::test]
async fn a_patch_takes_nothing_from_another_binding() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let other = json!({"address": "other", "device_id": "d", "identity": "alice"});
        add(&ground, workspace, other).await;
        let id = add(&ground, workspace, json!({})).await.binding.id;
        for (over, code) in
            [(json!({"address": "other"}), "address_exists"), (json!({"device_id": "d"}), "device_exists")]
        {
            assert_eq!(refusal(change(&ground, workspace, id, over).await).0, code);
        }
        let shared = |identity| json!({"identity": identity, "address": "s", "shared": true});
        add(&ground, workspace, shared("carol")).await;
        let dave = add(&ground, workspace, shared("dave")).await.binding.id;
        let alone = change(&ground, workspace, dave, json!({"shared": false})).await;
        assert_eq!(refusal(alone).0, "address_exists");
        let joined = change(&ground, workspace, id, json!({"shared": true, "address": "s"})).await;
        assert_eq!(joined.expect("beside the others").address.as_deref(), Some("s"));
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_patch_names_its_member() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let fcm = add(&ground, workspace, json!({})).await.binding.id;
        let socket = json!({"channel": "websocket", "device_id": "d"});
        let socket = add(&ground, workspace, socket).await.binding;
        for (id, over, pointer) in [
            (fcm, json!({"address": "a b"}), "/address"),
            (fcm, json!({"keys": {"p256dh": "k", "auth": "a"}}), "/keys"),
            (fcm, json!({"environment": "sandbox"}), "/environment"),
            (fcm, json!({"device_id": ""}), "/device_id"),
            (fcm, json!({"tags": ["a", "a"]}), "/tags/1"),
            (fcm, json!({"expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
            (fcm, json!({"provider_id": "nonsense"}), "/provider_id"),
            (fcm, json!({"provider_id": "prv_00000000000000000000000000"}), "/provider_id"),
            (socket.id, json!({"address": "a"}), "/address"),
            (socket.id, json!({"device_id": null}), "/device_id"),
        ] {
            let refused = refusal(change(&ground, workspace, id, over.clone()).await);
            assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "{over}");
        }
        let moved = change(&ground, workspace, socket.id, json!({"device_id": "e"})).await.expect("moved");
        assert_ne!(moved.address_hash, socket.address_hash);
        let apns = providers::list(&ground, workspace, None, 10).await.expect("providers").remove(1);
        let wrong = json!({"provider_id": apns.id.to_string()});
        assert_eq!(refusal(change(&ground, workspace, fcm, wrong).await).1, ["/provider_id"]);
        let default = change(&ground, workspace, fcm, json!({"provider_id": null})).await;
        assert_eq!(default.expect("changed").provider_id, None);
    })
    .await;
}
