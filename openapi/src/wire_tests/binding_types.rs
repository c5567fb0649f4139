use poem_openapi::types::MaybeUndefined;
use serde_json::json;

use super::{TIME, binding, moment, new_binding, refused, taken, written};
use crate::{accounts::*, batch::*, bindings::*, devices::*, values::*, words::*, workspace::*};

#[test]
fn a_binding_is_written_with_every_field() {
    let shown = binding();
    let expected = json!({
        "id": shown.id, "account_sid": "AC0123456789abcdef0123456789abcdef", "identity": "bob",
        "channel": "apns_voip", "address": shown.address, "provider_id": shown.provider_id,
        "environment": "production", "device_id": "bobs-iphone", "tags": ["ios"], "expires_at": null, "shared": false,
        "status": "active", "inactive_reason": null, "created_at": TIME, "updated_at": TIME,
        "last_notified_at": null, "last_accepted_at": null,
    });
    assert_eq!(written(&shown), expected);

    let keys = WebPushKeys { p256dh: "p".to_owned(), auth: Secret::new("hunter2") };
    let browser = Binding { keys: Some(keys), ..shown };
    assert_eq!(written(&browser)["keys"], json!({"p256dh": "p", "auth": "hunter2"}));
    assert!(!format!("{browser:?}").contains("hunter2"));
    assert_eq!(written(&Deleted { deleted: 3 }), json!({"deleted": 3}));
}

#[test]
fn a_new_binding_needs_three_fields() {
    let new: NewBinding = taken(json!({"account_sid": "AC1", "identity": "bob", "channel": "websocket"}));
    assert_eq!((new.address, new.tags, new.shared), (None, Vec::new(), false));
    taken::<NewBinding>(written(&new_binding()));
    let nulls =
        json!({"account_sid": "AC1", "identity": "b", "channel": "fcm", "expires_at": null, "keys": null});
    assert_eq!(taken::<NewBinding>(nulls).expires_at, None);
}

#[test]
fn a_patch_changes_only_what_it_names() {
    assert_eq!(taken::<BindingPatch>(json!({})), BindingPatch::default());
    let patch: BindingPatch =
        taken(json!({"provider_id": null, "tags": ["a"], "status": "inactive", "expires_at": TIME}));
    assert_eq!(patch.provider_id, MaybeUndefined::Null);
    assert_eq!(patch.tags, MaybeUndefined::Value(vec!["a".to_owned()]));
    assert_eq!(patch.expires_at, MaybeUndefined::Value(moment()));
    assert_eq!(patch.status, Some(BindingStatus::Inactive));
    assert_eq!(patch.device_id, MaybeUndefined::Undefined);
    for field in ["status", "shared", "address", "keys", "id", "identity"] {
        assert_eq!(refused::<BindingPatch>(json!({field: null})), format!("/{field}"));
    }
    assert_eq!(refused::<WorkspacePatch>(json!({"name": null})), "/name");
    assert_eq!(refused::<AccountPatch>(json!({"auth_token": null})), "/auth_token");
}

#[test]
fn an_export_can_be_imported() {
    let exported = Binding {
        status: BindingStatus::Inactive,
        inactive_reason: Some("Unregistered".to_owned()),
        expires_at: Some(moment()),
        ..binding()
    };
    let line = ImportLine::read(written(&exported).to_string().as_bytes()).expect("a line");
    assert_eq!((line.binding.identity, line.binding.address), (exported.identity, exported.address));
    assert_eq!(line.binding.expires_at, exported.expires_at);
    assert_eq!((line.status, line.inactive_reason), (exported.status, exported.inactive_reason));

    let plain = br#"{"account_sid":"AC1","identity":"bob","channel":"fcm","address":"t"}"#;
    assert_eq!(ImportLine::read(plain).expect("a line").status, BindingStatus::Active);
    let wrong = ImportLine::read(br#"{"status":"gone"}"#).expect_err("refused").into_problem();
    assert_eq!(wrong.errors.expect("errors")[0].pointer, "/status");
    assert_eq!(ImportLine::read(b"[]").expect_err("refused").problem().status, 422);
    assert_eq!(ImportLine::read(b"nope").expect_err("refused").problem().status, 400);
}

#[test]
fn an_operation_that_cannot_be_read_fails_alone() {
    let binding = json!({"account_sid": "AC1", "identity": "bob", "channel": "fcm", "address": "t"});
    let batch: Batch = taken(json!({"operations": [
        {"op": "upsert", "binding": binding}, {"op": "delete", "id": "bnd_1"},
        {"op": "upsert", "binding": {"account_sid": "AC1", "identity": 5, "channel": "fcm"}},
        {"op": "rename"}, {"op": "delete", "id": "bnd_1", "why": 1}, 7,
    ]}));
    assert!(
        matches!(&batch.operations[0].0, Ok(BatchOperation::Upsert(upsert)) if upsert.binding.identity == "bob")
    );
    assert!(matches!(&batch.operations[1].0, Ok(BatchOperation::Delete(delete)) if delete.id == "bnd_1"));
    let pointers = batch.operations[2..].iter().map(|item| {
        let problem = item.0.clone().expect_err("refused").into_problem();
        problem.errors.expect("errors")[0].pointer.clone()
    });
    assert_eq!(pointers.collect::<Vec<_>>(), ["/binding/identity", "/op", "/why", ""]);
    assert_eq!(refused::<Batch>(json!({"operations": 1})), "/operations");

    let refused = BatchResult::refused(batch.operations[3].0.clone().expect_err("refused"));
    let results = vec![BatchResult::upserted(201, super::binding()), BatchResult::deleted(), refused];
    let results = written(&BatchResults { results });
    assert_eq!(results["results"][0]["binding"]["identity"], "bob");
    assert_eq!(results["results"][1], json!({"status": 204}));
    assert_eq!(
        (&results["results"][2]["status"], &results["results"][2]["problem"]["code"]),
        (&json!(422), &json!("validation_failed"))
    );
}

#[test]
fn a_device_names_neither_identity_nor_account() {
    let binding: DeviceBinding = taken(json!({"channel": "fcm", "address": "t"}));
    assert_eq!((binding.channel, binding.shared), (Channel::Fcm, false));
    let pointer = refused::<DeviceBinding>(json!({"channel": "fcm", "address": "t", "identity": "eve"}));
    assert_eq!(pointer, "/identity");
    let config = DeviceConfig { channels: vec![Channel::Websocket], vapid_public_key: None };
    assert_eq!(written(&config), json!({"channels": ["websocket"], "vapid_public_key": null}));
}
