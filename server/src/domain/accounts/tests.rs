use serde_json::{Value, json};

use super::*;
use crate::domain::testing::{SID, grounds, refusal, wire, workspace_id};

const OTHER: &str = "AC00000000000000000000000000000002";

fn key(number: usize) -> String {
    format!("SK{number:032x}")
}

fn new(over: Value) -> NewAccount {
    let mut value = json!({"account_sid": OTHER, "auth_token": "token"});
    let members = value.as_object_mut().expect("an object");
    members.extend(over.as_object().cloned().expect("an object"));
    wire(value)
}

fn opened(ground: &Ground, column: Column, workspace: WorkspaceId, row: Uuid, sealed: &[u8]) -> String {
    let place = Place { column, workspace: workspace.0, row: row.as_bytes() };
    let plain = ground.keyring.open(place, sealed).expect("opened");
    String::from_utf8(plain.to_vec()).expect("text")
}

async fn revision(ground: &Ground, workspace: WorkspaceId) -> i64 {
    let mut conn = ground.store.engine().read().await.expect("a connection");
    conn.workspace_revision(workspace).await.expect("a read").expect("a workspace")
}

#[tokio::test]
async fn an_account_is_connected_changed_and_disconnected() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let first = revision(&ground, workspace).await;
        let over = json!({"auth_token_secondary": "second", "api_keys": [{"sid": key(1), "secret": "s1"}]});
        let made = create(&ground, workspace, new(over)).await.expect("connected");
        assert_eq!((made.account.friendly_name.as_str(), &made.key_sids), (OTHER, &vec![key(1)]));
        assert!(revision(&ground, workspace).await > first);
        let row = made.account;
        assert_eq!(opened(&ground, Column::AuthToken, workspace, row.id.0, &row.auth_token), "token");
        let second = row.auth_token_secondary.expect("a second token");
        assert_eq!(opened(&ground, Column::AuthTokenSecondary, workspace, row.id.0, &second), "second");
        let listed = list(&ground, workspace, None, 10).await.expect("accounts");
        assert_eq!(listed.iter().map(|row| row.account.account_sid.as_str()).collect::<Vec<_>>(), [SID, OTHER]);

        let change = wire(json!({
            "friendly_name": " Main ", "status": "disabled", "signature_policy": "url_only", "auth_token": "new",
            "auth_token_secondary": null,
        }));
        let first = revision(&ground, workspace).await;
        let changed = patch(&ground, workspace, OTHER, change).await.expect("changed");
        assert!(revision(&ground, workspace).await > first);
        assert_eq!((changed.account.friendly_name.as_str(), changed.key_sids), ("Main", vec![key(1)]));
        assert_eq!(changed.account.status.0, AccountStatus::Disabled);
        assert_eq!(changed.account.signature_policy.0, SignaturePolicy::UrlOnly);
        assert_eq!(opened(&ground, Column::AuthToken, workspace, row.id.0, &changed.account.auth_token), "new");
        assert_eq!(changed.account.auth_token_secondary, None);

        let first = revision(&ground, workspace).await;
        delete(&ground, workspace, OTHER).await.expect("disconnected");
        assert!(revision(&ground, workspace).await > first);
        assert_eq!(refusal(get(&ground, workspace, OTHER).await).0, "not_found");
        assert_eq!(refusal(delete(&ground, workspace, OTHER).await).0, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_stored_key_keeps_its_secret_and_a_new_one_needs_it() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let over = json!({"api_keys": [{"sid": key(1), "secret": "s1"}, {"sid": key(2), "secret": "s2"}]});
        create(&ground, workspace, new(over)).await.expect("connected");
        let keys = |keys: Value| wire(json!({ "api_keys": keys }));
        let kept = keys(json!([{"sid": key(2)}, {"sid": key(3), "secret": "s3"}]));
        let changed = patch(&ground, workspace, OTHER, kept).await.expect("changed");
        let mut sids = changed.key_sids;
        sids.sort();
        assert_eq!(sids, [key(2), key(3)]);
        let mut conn = ground.store.engine().read().await.expect("a connection");
        for row in conn.account_keys(workspace).await.expect("keys") {
            let secret = opened(&ground, Column::AccountKey, workspace, row.id.0, &row.secret);
            assert_eq!(secret, if row.key_sid == key(2) { "s2" } else { "s3" });
        }
        drop(conn);
        let unknown = patch(&ground, workspace, OTHER, keys(json!([{"sid": key(1)}]))).await;
        assert_eq!(refusal(unknown), ("invalid", vec!["/api_keys/0/secret".into()]));
        assert_eq!(get(&ground, workspace, OTHER).await.expect("unchanged").key_sids.len(), 2);
        let none = patch(&ground, workspace, OTHER, keys(Value::Null)).await.expect("emptied");
        assert!(none.key_sids.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_account_is_connected_once_per_workspace() {
    grounds(async |ground| {
        let (own, other) = (workspace_id(&ground).await, workspace_id(&ground).await);
        create(&ground, own, new(json!({}))).await.expect("connected");
        assert_eq!(refusal(create(&ground, own, new(json!({}))).await).0, "account_exists");
        assert_eq!(refusal(get(&ground, other, OTHER).await).0, "not_found");
        assert_eq!(refusal(delete(&ground, other, OTHER).await).0, "not_found");
        assert_eq!(refusal(patch(&ground, other, OTHER, AccountPatch::default()).await).0, "not_found");
        create(&ground, other, new(json!({}))).await.expect("connected there too");
    })
    .await;
}

#[tokio::test]
async fn every_fault_names_its_member() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let keys = |count: usize| {
            let keys: Value = (0..count).map(|n| json!({"sid": key(n), "secret": "s"})).collect();
            json!({ "api_keys": keys })
        };
        for (over, pointer) in [
            (json!({"account_sid": "AC1"}), "/account_sid"),
            (json!({"account_sid": OTHER.replace("AC", "SK")}), "/account_sid"),
            (json!({"friendly_name": " "}), "/friendly_name"),
            (json!({"friendly_name": "n".repeat(101)}), "/friendly_name"),
            (json!({"auth_token": ""}), "/auth_token"),
            (json!({"auth_token": "t\n"}), "/auth_token"),
            (json!({"auth_token": "t".repeat(257)}), "/auth_token"),
            (json!({"auth_token_secondary": ""}), "/auth_token_secondary"),
            (json!({"api_keys": [{"sid": "SK1", "secret": "s"}]}), "/api_keys/0/sid"),
            (json!({"api_keys": [{"sid": key(1), "secret": ""}]}), "/api_keys/0/secret"),
            (keys(21), "/api_keys/20"),
        ] {
            let refused = refusal(create(&ground, workspace, new(over.clone())).await);
            assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "{over}");
            if over.get("account_sid").is_none() {
                let refused = refusal(patch(&ground, workspace, SID, wire(over.clone())).await);
                assert_eq!(refused, ("invalid", vec![pointer.to_owned()]), "PATCH {over}");
            }
        }
        let twice = json!([{"sid": key(1), "secret": "a"}, {"sid": key(1), "secret": "b"}]);
        let refused = refusal(create(&ground, workspace, new(json!({"api_keys": twice}))).await);
        assert_eq!(refused, ("invalid", vec!["/api_keys/1/sid".into()]));
        let most = keys(20);
        assert_eq!(create(&ground, workspace, new(most)).await.expect("connected").key_sids.len(), 20);
    })
    .await;
}
