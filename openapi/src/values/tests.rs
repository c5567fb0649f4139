use serde_json::json;

use super::*;

fn object(value: Value) -> JsonObject {
    serde_json::from_value(value).expect("an object")
}

#[test]
fn times_are_utc_with_milliseconds() {
    let time = Time::parse("2026-01-31T13:00:00.5+01:00").expect("a time");
    assert_eq!(time.to_json(), Some(json!("2026-01-31T12:00:00.500Z")));
    let noon = Time::parse("2026-01-31T12:00:00Z").expect("a time");
    assert_eq!(noon.to_string(), "2026-01-31T12:00:00.000Z");
    assert!(Time::parse("2026-01-31 12:00").is_err());
    assert!(Time::parse_from_parameter("yesterday").is_err());
}

#[test]
fn secrets_do_not_show_in_debug() {
    let secret = Secret::new("hunter2");
    let credentials: Credentials = serde_json::from_value(json!({"key": "hunter2"})).expect("an object");
    let shown = format!("{secret:?} {:?} {credentials:?}", Some(&secret));
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(credentials.expose()["key"], "hunter2");
    assert_eq!(credentials.to_json(), None);
}

// The cases of RFC 7396, appendix A, that have objects on both sides.
#[test]
fn merges_as_rfc_7396_says() {
    for (target, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let mut merged = object(target.clone());
        merged.merge(object(patch.clone()));
        assert_eq!(merged, object(result), "{target} patched with {patch}");
    }
}
