use serde_json::json;

use super::*;
use crate::{
    domain::{
        bindings,
        testing::{SID, apns_credentials, fcm_credentials, grounds, provider, refusal, wire, workspace_id},
    },
    secrets::{Column, Place},
};

async fn change(ground: &Ground, row: &Provider, over: Value) -> Result<Provider> {
    patch(ground, row.workspace_id, row.id, wire(over)).await
}

async fn is_default(ground: &Ground, row: &Provider) -> bool {
    get(ground, row.workspace_id, row.id).await.expect("a provider").is_default
}

#[tokio::test]
async fn the_first_of_a_kind_is_its_default_and_the_mark_moves() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let unmarked = json!({"kind": "fcm", "is_default": false, "credentials": fcm_credentials()});
        let refused = refusal(create(&ground, workspace, wire(unmarked.clone())).await);
        assert_eq!(refused, ("invalid", vec!["/is_default".into()]));
        let first = provider(&ground, workspace, ProviderKind::Fcm).await;
        assert_eq!((first.is_default, first.name.as_str()), (true, "fcm"));
        assert_eq!(first.status.0, ProviderStatus::Untested);
        assert!(provider(&ground, workspace, ProviderKind::Apns).await.is_default);
        let second = create(&ground, workspace, wire(unmarked)).await.expect("a provider");
        assert!(!second.is_default && is_default(&ground, &first).await);

        assert!(change(&ground, &second, json!({"is_default": true})).await.expect("marked").is_default);
        assert!(!is_default(&ground, &first).await);
        let refused = refusal(change(&ground, &second, json!({"is_default": false})).await);
        assert_eq!(refused, ("invalid", vec!["/is_default".into()]));
        change(&ground, &first, json!({"is_default": false})).await.expect("as it is");
        let marked = json!({"kind": "fcm", "is_default": true, "credentials": fcm_credentials()});
        let third = create(&ground, workspace, wire(marked)).await.expect("a provider");
        assert!(third.is_default && !is_default(&ground, &second).await);

        delete(&ground, workspace, third.id).await.expect("deleted");
        assert!(is_default(&ground, &first).await && !is_default(&ground, &second).await);
        assert_eq!(defaults(&ground, workspace).await.expect("defaults").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn credentials_are_sealed_and_their_facts_shown() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let credentials = apns_credentials();
        let new =
            json!({"kind": "apns", "name": " App ", "environment": "sandbox", "credentials": credentials});
        let row = create(&ground, workspace, wire(new)).await.expect("a provider");
        assert_eq!((row.name.as_str(), row.environment.0), ("App", Environment::Sandbox));
        assert_eq!(row.facts.0["bundle_id"], "com.example.app");
        let stored = get(&ground, workspace, row.id).await.expect("stored");
        let place = Place { column: Column::Credentials, workspace: workspace.0, row: row.id.0.as_bytes() };
        let plain = ground.keyring.open(place, &stored.credentials).expect("opened");
        let plain: Value = serde_json::from_slice(&plain).expect("JSON");
        assert_eq!(plain, Value::Object(credentials));
    })
    .await;
}

#[tokio::test]
async fn new_credentials_and_another_environment_count_as_a_change() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let row = provider(&ground, workspace, ProviderKind::Apns).await;
        let aps =
            json!({"settings": {"aps": {"alert": "Ring"}}, "name": "Other", "environment": "production"});
        let renamed = change(&ground, &row, aps).await.expect("changed");
        assert_eq!((renamed.name.as_str(), renamed.changed_at), ("Other", row.changed_at));
        assert_eq!(renamed.settings.0, json!({"aps": {"alert": "Ring"}}));
        let merged =
            change(&ground, &row, json!({"settings": {"aps": {"sound": "x"}}})).await.expect("merged");
        assert_eq!(merged.settings.0, json!({"aps": {"alert": "Ring", "sound": "x"}}));
        let cleared = change(&ground, &row, json!({"settings": null})).await.expect("cleared");
        assert_eq!(cleared.settings.0, json!({}));

        let sandbox = change(&ground, &row, json!({"environment": "sandbox"})).await.expect("changed");
        assert!(sandbox.changed_at > row.changed_at);
        let renewed =
            change(&ground, &row, json!({"credentials": apns_credentials()})).await.expect("changed");
        assert!(renewed.changed_at > sandbox.changed_at && renewed.credentials != row.credentials);
        let default = change(&ground, &row, json!({"environment": null})).await.expect("changed");
        assert_eq!(default.environment.0, Environment::Production);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_bindings_ring_through_stays() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let first = provider(&ground, workspace, ProviderKind::Fcm).await;
        let second = provider(&ground, workspace, ProviderKind::Fcm).await;
        let binding = |address: &str, provider: Option<&Provider>| {
            let provider = provider.map(|row| row.id.to_string());
            let new = wire(json!({
                "account_sid": SID, "identity": "bob", "channel": "fcm", "address": address, "provider_id": provider,
            }));
            bindings::register(&ground, workspace, new)
        };
        binding("by default", None).await.expect_err("an address with white space");
        let unnamed = binding("by-default", None).await.expect("a binding").binding;
        let named = binding("named", Some(&second)).await.expect("a binding").binding;
        for row in [&first, &second] {
            match delete(&ground, workspace, row.id).await {
                Err(DomainError::Conflict { code: "provider_in_use", detail }) => {
                    assert!(detail.starts_with("1 bindings"), "{detail}");
                }
                other => panic!("{other:?}"),
            }
        }
        let filter = Default::default;
        for (provider, binding) in [(&first, &unnamed), (&second, &named)] {
            let found = bindings::list(&ground, workspace, filter(), Some(provider.id), None, 10).await;
            let found: Vec<_> = found.expect("bindings").into_iter().map(|row| row.id).collect();
            assert_eq!(found, [binding.id]);
        }
        bindings::delete(&ground, workspace, named.id).await.expect("deleted");
        delete(&ground, workspace, second.id).await.expect("deleted");
    })
    .await;
}

#[tokio::test]
async fn every_fault_names_its_member() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let apns = provider(&ground, workspace, ProviderKind::Apns).await;
        let fcm = provider(&ground, workspace, ProviderKind::Fcm).await;
        let mut damaged = apns_credentials();
        damaged.insert("key_id".into(), json!("short"));
        for (row, over, pointer) in [
            (&fcm, json!({"name": ""}), "/name"),
            (&fcm, json!({"name": "n".repeat(101)}), "/name"),
            (&fcm, json!({"environment": "sandbox"}), "/environment"),
            (&fcm, json!({"settings": {"a": 1}}), "/settings"),
            (&fcm, json!({"credentials": {}}), "/credentials/service_account"),
            (&apns, json!({"credentials": damaged}), "/credentials/key_id"),
            (&apns, json!({"settings": {"aps": 1}}), "/settings/aps"),
        ] {
            let refused = refusal(change(&ground, row, over.clone()).await);
            assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "PATCH {over}");
            let mut new = over;
            new["kind"] = json!(row.kind.0.as_str());
            let credentials = if row.id == fcm.id { fcm_credentials() } else { apns_credentials() };
            new.as_object_mut().expect("an object").entry("credentials").or_insert(credentials.into());
            let refused = refusal(create(&ground, workspace, wire(new.clone())).await);
            assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "{pointer}");
        }
        let none = refusal(create(&ground, workspace, wire(json!({"kind": "fcm"}))).await);
        assert_eq!(none, ("invalid", vec!["/credentials".into()]));
        for kind in ["webpush", "webhook", "hms"] {
            let refused = refusal(create(&ground, workspace, wire(json!({ "kind": kind }))).await);
            assert_eq!(refused, ("kind_not_supported", vec!["/kind".into()]));
        }
    })
    .await;
}

#[tokio::test]
async fn another_workspaces_provider_is_not_there() {
    grounds(async |ground| {
        let (own, other) = (workspace_id(&ground).await, workspace_id(&ground).await);
        let row = provider(&ground, own, ProviderKind::Fcm).await;
        assert_eq!(refusal(get(&ground, other, row.id).await).0, "not_found");
        assert_eq!(refusal(delete(&ground, other, row.id).await).0, "not_found");
        assert_eq!(refusal(patch(&ground, other, row.id, ProviderPatch::default()).await).0, "not_found");
        assert!(list(&ground, other, None, 10).await.expect("providers").is_empty());
    })
    .await;
}
