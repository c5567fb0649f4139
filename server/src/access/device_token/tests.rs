use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ringhook_openapi::{AccountStatus, accounts::AccountPatch};
use serde_json::json;

use super::*;
use crate::{
    domain::{
        accounts,
        testing::{SID, grounds, workspace_id},
    },
    secrets::MASTER_KEY_BYTES,
};

fn now() -> Ts {
    Ts::from_micros(1_790_000_000_000_000)
}

fn grant(workspace: WorkspaceId) -> Grant {
    Grant {
        workspace,
        account_sid: SID.into(),
        identity: "bob".into(),
        issued_at: now(),
        expires_at: now() + Duration::from_secs(60),
    }
}

fn keyring(bytes: &[u8]) -> Keyring {
    let keys: Vec<_> = bytes.iter().map(|&byte| [byte; MASTER_KEY_BYTES]).collect();
    Keyring::new(&keys).expect("a key")
}

#[tokio::test]
async fn a_token_makes_its_device_known_until_it_ends() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let token = mint(&ground.keyring, &grant(workspace)).expect("a token");
        let device = verify(&ground, &token, now()).await.expect("a device");
        let expected = Device {
            workspace,
            account_sid: SID.into(),
            identity: "bob".into(),
            expires_at: now() + Duration::from_secs(60),
            key: None,
        };
        assert_eq!(device, expected);
        let last = now() + Duration::from_secs(59);
        assert!(verify(&ground, &token, last).await.is_ok());
        assert!(matches!(verify(&ground, &token, device.expires_at).await, Err(TokenFault::Expired)));
    })
    .await;
}

#[tokio::test]
async fn a_disabled_or_disconnected_account_ends_its_tokens() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let token = mint(&ground.keyring, &grant(workspace)).expect("a token");
        let patch = AccountPatch { status: Some(AccountStatus::Disabled), ..AccountPatch::default() };
        accounts::patch(&ground, workspace, SID, patch).await.expect("disabled");
        assert!(matches!(verify(&ground, &token, now()).await, Err(TokenFault::AccountGone)));
        accounts::delete(&ground, workspace, SID).await.expect("disconnected");
        assert!(matches!(verify(&ground, &token, now()).await, Err(TokenFault::AccountGone)));
    })
    .await;
}

#[test]
fn any_listed_master_key_verifies_and_no_other() {
    let workspace = WorkspaceId::new(now());
    let token = mint(&keyring(&[1]), &grant(workspace)).expect("a token");
    assert!(read(&keyring(&[2, 1]), &token).is_ok());
    assert!(matches!(read(&keyring(&[2]), &token), Err(TokenFault::Invalid)));
}

#[test]
fn a_token_that_names_another_workspace_does_not_hold() {
    let (own, other) = (WorkspaceId::new(now()), WorkspaceId::new(now()));
    let token = mint(&keyring(&[1]), &grant(own)).expect("a token");
    let parts: Vec<&str> = token.split('.').collect();
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
    let claims = String::from_utf8(claims).expect("text").replace(&own.to_string(), &other.to_string());
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims), parts[2]);
    assert!(matches!(read(&keyring(&[1]), &forged), Err(TokenFault::Invalid)));
}

#[test]
fn another_algorithm_type_or_form_does_not_hold() {
    let workspace = WorkspaceId::new(now());
    let keyring = keyring(&[1]);
    let key = keyring.signing_keys(PURPOSE, workspace.0).remove(0);
    let key = EncodingKey::from_secret(key.as_ref());
    let claims = json!({
        "wsp": workspace.to_string(), "sub": SID, "identity": "bob", "iat": 1, "exp": 4_000_000_000_i64, "jti": "1",
    });
    let signed = |algorithm, typ: &str| {
        let header = Header { typ: Some(typ.into()), ..Header::new(algorithm) };
        jsonwebtoken::encode(&header, &claims, &key).expect("a token")
    };
    assert!(read(&keyring, &signed(Algorithm::HS256, TYPE)).is_ok());
    for token in [
        signed(Algorithm::HS512, TYPE),
        signed(Algorithm::HS256, "JWT"),
        unsigned(&claims.to_string()),
        "a.b.c".into(),
        String::new(),
    ] {
        assert!(matches!(read(&keyring, &token), Err(TokenFault::Invalid)), "{token}");
    }
}

fn unsigned(claims: &str) -> String {
    let header = json!({"typ": TYPE, "alg": "none"}).to_string();
    format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}
