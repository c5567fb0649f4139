use poem_openapi::types::MaybeUndefined;
use serde_json::json;

use super::{TIME, moment, refused, taken, written};
use crate::{
    accounts::*, client_tokens::*, providers::*, values::*, webhook_tokens::*, words::*, workspace::*,
};

#[test]
fn an_account_shows_no_secret() {
    let account = Account {
        account_sid: "AC1".to_owned(),
        friendly_name: "Main".to_owned(),
        status: AccountStatus::Active,
        signature_policy: SignaturePolicy::Full,
        api_keys: vec![AccountApiKey { sid: "SK1".to_owned() }],
    };
    let expected = json!({
        "account_sid": "AC1", "friendly_name": "Main", "status": "active", "signature_policy": "full",
        "api_keys": [{"sid": "SK1"}],
    });
    assert_eq!(written(&account), expected);

    let new: NewAccount = taken(json!({
        "account_sid": "AC1", "auth_token": "hunter2", "auth_token_secondary": "hunter2",
        "api_keys": [{"sid": "SK1", "secret": "hunter2"}],
    }));
    assert!(!format!("{new:?} {}", written(&new)).contains("hunter2"));
    assert_eq!(new.auth_token.into_inner(), "hunter2");

    let patch: AccountPatch = taken(json!({"auth_token_secondary": null, "api_keys": [{"sid": "SK1"}]}));
    assert_eq!(patch.auth_token_secondary, MaybeUndefined::Null);
    assert_eq!(
        patch.api_keys,
        MaybeUndefined::Value(vec![AccountApiKeyPatch { sid: "SK1".to_owned(), secret: None }])
    );
}

#[test]
fn a_provider_shows_facts_but_no_credential() {
    let provider = Provider {
        id: "prv_1".to_owned(),
        kind: ProviderKind::Fcm,
        name: "Firebase".to_owned(),
        is_default: true,
        environment: None,
        settings: JsonObject::default(),
        status: ProviderStatus::Untested,
        status_reason: None,
        expires_at: None,
        project_id: Some("p".to_owned()),
        client_email: Some("e".to_owned()),
        bundle_id: None,
        key_id: None,
        team_id: None,
        topics: None,
        vapid_public_key: None,
        app_id: None,
        secret: None,
    };
    let expected = json!({
        "id": "prv_1", "kind": "fcm", "name": "Firebase", "is_default": true, "environment": null, "settings": {},
        "status": "untested", "status_reason": null, "expires_at": null, "project_id": "p", "client_email": "e",
    });
    assert_eq!(written(&provider), expected);

    let credentials = json!({"service_account": {"private_key": "hunter2"}});
    let new: NewProvider = taken(json!({"kind": "fcm", "credentials": credentials}));
    assert!(!format!("{new:?} {}", written(&new)).contains("hunter2"));
    let inner = new.credentials.expect("credentials").into_inner();
    assert_eq!(inner["service_account"]["private_key"], "hunter2");

    let patch: ProviderPatch = taken(json!({"settings": {"subject": null}, "credentials": credentials}));
    assert!(!format!("{patch:?}").contains("hunter2"));
    assert_eq!(patch.settings.take(), Some(taken(json!({"subject": null}))));
    assert_eq!(refused::<ProviderPatch>(json!({"credentials": "hunter2"})), "/credentials");
    let check = ProviderCheck { status: ProviderStatus::Ok, status_reason: None, checked_at: moment() };
    assert_eq!(written(&check), json!({"status": "ok", "status_reason": null, "checked_at": TIME}));
}

#[test]
fn tokens_are_shown_once_and_never_in_debug() {
    let token = ClientToken { token: Secret::new("hunter2"), expires_at: moment() };
    assert_eq!(written(&token), json!({"token": "hunter2", "expires_at": TIME}));
    assert!(!format!("{token:?}").contains("hunter2"));
    let new: NewClientToken = taken(json!({"account_sid": "AC1", "identity": "bob"}));
    assert_eq!(new.ttl_seconds, 3600);

    let token =
        WebhookToken { id: "t".to_owned(), created_at: moment(), expires_at: None, webhook_url: None };
    assert_eq!(written(&token), json!({"id": "t", "created_at": TIME, "expires_at": null}));
    let shown = WebhookToken { webhook_url: Some(Secret::new("https://h/hooks/hunter2")), ..token };
    assert_eq!(written(&shown)["webhook_url"], "https://h/hooks/hunter2");
    assert!(!format!("{shown:?}").contains("hunter2"));
}

#[test]
fn a_workspace_is_its_settings() {
    let workspace = Workspace {
        id: "wsp_1".to_owned(),
        name: "Acme".to_owned(),
        answer: AnswerRule::Accepted,
        answer_within_ms: 2000,
        ring_ttl_seconds: 30,
        retention_days: 30,
        time_zone: "UTC".to_owned(),
    };
    let expected = json!({
        "id": "wsp_1", "name": "Acme", "answer": "accepted", "answer_within_ms": 2000, "ring_ttl_seconds": 30,
        "retention_days": 30, "time_zone": "UTC",
    });
    assert_eq!(written(&workspace), expected);
    let patch: WorkspacePatch = taken(json!({"answer": "recorded"}));
    assert_eq!(patch, WorkspacePatch { answer: Some(AnswerRule::Recorded), ..WorkspacePatch::default() });
}
