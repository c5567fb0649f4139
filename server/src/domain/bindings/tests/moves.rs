use std::time::Duration;

use ringhook_openapi::BindingStatus;
use serde_json::json;

use super::*;
use crate::{
    domain::testing::grounds,
    store::{Ts, Word},
};

#[tokio::test]
async fn an_address_registered_again_updates_its_binding() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let first = add(&ground, workspace, json!({"tags": ["a"], "device_id": "d"})).await;
        assert!(first.created);
        let again = add(&ground, workspace, json!({"tags": ["b", "c"]})).await;
        assert!(!again.created);
        assert_eq!(again.binding.id, first.binding.id);
        assert_eq!(again.binding.created_at, first.binding.created_at);
        assert!(again.binding.registered_at >= first.binding.registered_at);
        assert_eq!(again.binding.tags.0, json!(["b", "c"]));
        assert_eq!(all(&ground, workspace).await, [row("bob", "token", "")]);
        assert_eq!(get(&ground, workspace, first.binding.id).await.expect("stored"), again.binding);
    })
    .await;
}

#[tokio::test]
async fn an_address_moves_to_the_identity_that_registers_it_last() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let bob = add(&ground, workspace, json!({})).await;
        let alice = add(&ground, workspace, json!({"identity": "alice"})).await;
        assert_eq!((alice.created, alice.binding.id), (false, bob.binding.id));
        assert_eq!(all(&ground, workspace).await, [row("alice", "token", "")]);
        // Another channel is another address.
        let apns = json!({"channel": "apns", "address": "AB".repeat(32)});
        assert!(add(&ground, workspace, apns.clone()).await.created);
        let voip = json!({"channel": "apns_voip", "address": "ab".repeat(32)});
        assert!(add(&ground, workspace, voip).await.created);
        assert!(!add(&ground, workspace, apns).await.created);
    })
    .await;
}

#[tokio::test]
async fn a_new_address_replaces_the_old_one_of_its_device() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let old = add(&ground, workspace, json!({"address": "old", "device_id": "d"})).await.binding;
        accepted(&ground, &old).await;
        let new = add(&ground, workspace, json!({"address": "new", "device_id": "d"})).await;
        assert_eq!((new.created, new.binding.id), (false, old.id));
        assert_eq!(new.binding.last_accepted_at, None);
        assert!(new.binding.last_notified_at.is_some());
        assert_eq!(all(&ground, workspace).await, [row("bob", "new", "d")]);
        accepted(&ground, &new.binding).await;
        let same = add(&ground, workspace, json!({"address": "new", "device_id": "d"})).await;
        assert!(same.binding.last_accepted_at.is_some());
    })
    .await;
}

async fn accepted(ground: &Ground, binding: &Binding) {
    let (id, at) = (binding.id, ground.clock.now());
    let note = ground.store.engine().write(async move |conn| conn.binding_notified(id, at, Some(at)).await);
    note.await.expect("noted");
}

#[tokio::test]
async fn where_address_and_device_differ_the_address_stays() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let device = add(&ground, workspace, json!({"address": "a", "device_id": "d"})).await.binding;
        let address = add(&ground, workspace, json!({"address": "b", "identity": "alice"})).await.binding;
        let both = add(&ground, workspace, json!({"address": "b", "device_id": "d"})).await;
        assert_eq!((both.created, both.binding.id), (false, address.id));
        assert_eq!(all(&ground, workspace).await, [row("bob", "b", "d")]);
        assert!(matches!(get(&ground, workspace, device.id).await, Err(DomainError::NotFound("binding"))));
    })
    .await;
}

#[tokio::test]
async fn a_shared_address_rings_for_each_identity_until_one_takes_it() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let shared = |identity| json!({"identity": identity, "shared": true, "device_id": "d"});
        let bob = add(&ground, workspace, shared("bob")).await;
        let alice = add(&ground, workspace, shared("alice")).await;
        assert!(bob.created && alice.created);
        assert_eq!(all(&ground, workspace).await, [row("bob", "token", "d"), row("alice", "token", "d")]);
        let again = add(&ground, workspace, shared("alice")).await;
        assert_eq!((again.created, again.binding.id), (false, alice.binding.id));
        // A new address of the shared device replaces that of the same identity alone.
        let moved = json!({"identity": "alice", "shared": true, "device_id": "d", "address": "new"});
        let moved = add(&ground, workspace, moved).await;
        assert_eq!((moved.created, moved.binding.id), (false, alice.binding.id));
        assert_eq!(all(&ground, workspace).await, [row("bob", "token", "d"), row("alice", "new", "d")]);
        add(&ground, workspace, shared("alice")).await;
        let taken = add(&ground, workspace, json!({"identity": "bob"})).await;
        assert_eq!((taken.created, taken.binding.id), (false, bob.binding.id));
        assert_eq!(all(&ground, workspace).await, [row("bob", "token", "")]);
    })
    .await;
}

#[tokio::test]
async fn registering_undoes_a_deactivation() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let binding = add(&ground, workspace, json!({})).await.binding;
        let (id, at) = (binding.id, ground.clock.now());
        let dead = ground.store.write(workspace, async move |conn| {
            conn.binding_deactivate(workspace, id, "UNREGISTERED", at, at).await
        });
        assert!(dead.await.expect("deactivated"));
        let row = get(&ground, workspace, id).await.expect("a binding");
        assert_eq!(row.status, Word(BindingStatus::Inactive));
        let back = add(&ground, workspace, json!({})).await.binding;
        assert_eq!(
            (back.status, back.inactive_reason, back.inactive_at),
            (Word(BindingStatus::Active), None, None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_websocket_is_its_users_device() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let socket =
            |identity, device| json!({"channel": "websocket", "identity": identity, "device_id": device});
        let bob = add(&ground, workspace, socket("bob", "d")).await;
        assert!(bob.created && bob.binding.address.is_none() && bob.binding.provider_id.is_none());
        assert!(!add(&ground, workspace, socket("bob", "d")).await.created);
        assert!(add(&ground, workspace, socket("bob", "e")).await.created);
        let alice = add(&ground, workspace, socket("alice", "d")).await;
        assert_eq!((alice.created, alice.binding.id), (false, bob.binding.id));
        assert_ne!(alice.binding.address_hash, bob.binding.address_hash);
    })
    .await;
}

#[tokio::test]
async fn registrations_at_once_leave_one_binding() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        // A device's new addresses meet at no unique key, an address' new identities do.
        let devices =
            |round, number| json!({"device_id": format!("d{round}"), "address": format!("{round}-{number}")});
        let owners =
            |round, number| json!({"identity": format!("i{number}"), "address": format!("a{round}")});
        let kinds: [&dyn Fn(usize, usize) -> Value; 2] = [&devices, &owners];
        for (kind, round) in (0..2).flat_map(|kind| (0..10).map(move |round| (kind, round))) {
            let start = |number| {
                let (ground, over) = (ground.clone(), kinds[kind](round, number));
                tokio::spawn(async move { register(&ground, workspace, new(over)).await.map(drop) })
            };
            let tasks: Vec<_> = (0..4).map(start).collect();
            for task in tasks {
                task.await.expect("a task").expect("registered");
            }
        }
        let rows = all(&ground, workspace).await;
        let of_devices = rows.iter().filter(|row| row.2.starts_with('d')).count();
        assert_eq!((of_devices, rows.len()), (10, 20));
    })
    .await;
}

#[tokio::test]
async fn a_binding_that_two_registrations_meet_from_two_sides_is_not_lost() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        for round in 0..10 {
            // One comes for its address with another device, one for its device with another address.
            let met = |device: &str, address: &str| {
                json!({"device_id": format!("{device}{round}"), "address": format!("{address}{round}")})
            };
            add(&ground, workspace, met("old", "a")).await;
            let start = |over: Value| {
                let ground = ground.clone();
                tokio::spawn(async move { register(&ground, workspace, new(over)).await })
            };
            let tasks = [start(met("new", "a")), start(met("old", "b"))];
            for task in tasks {
                let kept = task.await.expect("a task").expect("registered").binding;
                let row = get(&ground, workspace, kept.id).await.expect("what was answered");
                assert_eq!((row.address, row.device_id), (kept.address, kept.device_id), "round {round}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn filters_must_all_hold_and_the_expired_count_as_inactive() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let later = ground.clock.now() + Duration::from_secs(3600);
        let expiring = json!({"expires_at": later.utc().to_rfc3339(), "tags": ["x", "y"], "device_id": "d"});
        let expiring = add(&ground, workspace, expiring).await.binding;
        let alice = add(&ground, workspace, json!({"identity": "alice", "address": "other"})).await.binding;
        expire(&ground, expiring.clone()).await;

        let found = async |filter: BindingFilter| -> Vec<BindingId> {
            let rows = list(&ground, workspace, filter, None, None, 10).await.expect("bindings");
            rows.into_iter().map(|row| row.id).collect()
        };
        let any = BindingFilter::default;
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(found(BindingFilter { status: Some(BindingStatus::Active), ..any() }).await, [alice.id]);
        assert_eq!(
            found(BindingFilter { status: Some(BindingStatus::Inactive), ..any() }).await,
            [expiring.id]
        );
        assert_eq!(found(BindingFilter { tag: text("y"), ..any() }).await, [expiring.id]);
        assert_eq!(found(BindingFilter { device_id: text("d"), ..any() }).await, [expiring.id]);
        assert_eq!(found(BindingFilter { identity: text("alice"), ..any() }).await, [alice.id]);
        assert_eq!(found(BindingFilter { identity: text("alice"), tag: text("y"), ..any() }).await, []);
        assert_eq!(found(BindingFilter { channel: Some(Channel::Apns), ..any() }).await, []);
        assert_eq!(found(BindingFilter { account_sid: text(SID), ..any() }).await.len(), 2);
    })
    .await;
}

async fn expire(ground: &Ground, binding: Binding) {
    let row = Binding { expires_at: Some(Ts::from_micros(1)), ..binding };
    let write = ground.store.engine().write(async move |conn| conn.binding_update(&row).await);
    assert!(write.await.expect("written"));
}

#[tokio::test]
async fn an_identitys_bindings_are_deleted_and_no_other() {
    grounds(async |ground| {
        let workspace = set_up(&ground).await;
        let other = set_up(&ground).await;
        add(&ground, workspace, json!({"address": "1"})).await;
        add(&ground, workspace, json!({"address": "2"})).await;
        add(&ground, workspace, json!({"address": "3", "identity": "alice"})).await;
        add(&ground, other, json!({"address": "1"})).await;
        let deleted = delete_of_identity(&ground, workspace, SID.into(), "bob".into()).await;
        assert_eq!(deleted.expect("deleted"), 2);
        assert_eq!(all(&ground, workspace).await, [row("alice", "3", "")]);
        assert_eq!(all(&ground, other).await, [row("bob", "1", "")]);
    })
    .await;
}
