use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn sample() -> Map<String, Value> {
    let Value::Object(fields) = json!({
        "twi_account_sid": "AC0123456789abcdef0123456789abcdef",
        "twi_bridge_token": "secret-of-the-call",
        "twi_call_sid": "CA1",
        "twi_from": "+14155550100",
        "twi_message_id": "WB1",
        "twi_message_type": "twilio.voice.call",
        "twi_params": "a=b%20c",
        "twi_to": "client:bob",
    }) else {
        unreachable!("an object")
    };
    fields
}

fn parse(fields: &Map<String, Value>) -> Result<Notification, PayloadFault> {
    Notification::parse(&serde_json::to_vec(fields).unwrap())
}

fn fault(raw: &str) -> String {
    Notification::parse(raw.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_documented_notification_is_read() {
    let read = parse(&sample()).unwrap();
    assert_eq!(read.account_sid, "AC0123456789abcdef0123456789abcdef");
    assert_eq!((read.identity.as_str(), read.to.as_str()), ("bob", "client:bob"));
    assert_eq!((read.call_sid.as_str(), read.message_id.as_str()), ("CA1", "WB1"));
    assert_eq!(read.message_type, "twilio.voice.call");
    assert_eq!((read.from.as_deref(), read.params.as_deref()), (Some("+14155550100"), Some("a=b%20c")));
    assert_eq!(read.fields, sample());
}

#[test]
fn required_members_are_named_when_missing_empty_or_no_string() {
    for key in ["twi_account_sid", "twi_to", "twi_call_sid", "twi_message_id", "twi_message_type"] {
        for (value, word) in [(None, "missing"), (Some(json!("")), "empty"), (Some(json!(7)), "not a string")]
        {
            let mut fields = sample();
            match value {
                Some(value) => fields.insert(key.to_owned(), value),
                None => fields.remove(key),
            };
            let fault = parse(&fields).unwrap_err();
            assert_eq!(fault.field, Some(key));
            assert!(fault.to_string().contains(word), "{fault}");
        }
    }
}

#[test]
fn optional_members_of_another_type_pass_through() {
    let mut fields = sample();
    fields.insert("twi_from".into(), json!({"odd": [1, null]}));
    fields.insert("twi_params".into(), Value::Null);
    fields.remove("twi_bridge_token");
    let read = parse(&fields).unwrap();
    assert_eq!((&read.from, &read.params), (&None, &None));
    assert_eq!(read.fields, fields);
}

#[test]
fn only_messages_of_twilio_voice_are_taken() {
    for (kind, taken) in
        [("twilio.voice.cancel", true), ("twilio.voice.", false), ("twilio.chat.call", false)]
    {
        let mut fields = sample();
        fields.insert("twi_message_type".into(), kind.into());
        assert_eq!(parse(&fields).is_ok(), taken, "{kind}");
    }
}

#[test]
fn identities() {
    let long = format!("client:{}", "é".repeat(256));
    for (to, identity) in [
        ("client:bob", Some("bob")),
        ("client:client:bob", Some("client:bob")),
        ("client:test@example.com", Some("test@example.com")),
        ("client:a:b", Some("a:b")),
        ("client:☎️👩‍🚀", Some("☎️👩‍🚀")),
        (&long, Some(&long[7..])),
        (&format!("{long}x"), None),
        ("client:", None),
        ("bob", None),
        ("Client:bob", None),
        (" client:bob", None),
        ("client:b b", None),
        ("client:b\u{a0}b", None),
        ("client:b\tb", None),
        ("client:b\u{0}", None),
        ("client:b\u{85}", None),
    ] {
        assert_eq!(identity_of(to).ok(), identity, "{to:?}");
    }
}

#[test]
fn bodies_that_are_no_object_say_so() {
    assert!(fault("[]").contains("not an object"));
    assert!(fault("").contains("not JSON"));
    assert!(fault("{} {}").contains("not JSON"));
    assert!(fault(r#"{"a":"\ud800"}"#).contains("not JSON"));
    let latin = Notification::parse(b"{\"a\":\"\xe9\"}").unwrap_err();
    assert!(latin.to_string().contains("not UTF-8 from byte 6"), "{latin}");
}

#[test]
fn repeated_keys_are_named_at_any_depth_and_however_they_are_spelled() {
    assert!(fault(r#"{"twi_to":"client:a","twi_to":"client:b"}"#).contains(r#""twi_to" twice"#));
    assert!(fault(r#"{"twi_to":"client:a","twi\u005fto":"client:b"}"#).contains(r#""twi_to" twice"#));
    assert!(fault(r#"{"x":[{"y":{"k":1,"k":1}}]}"#).contains(r#""k" twice"#));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(fault(&nested(120)).contains("not an object"));
    assert!(fault(&nested(121)).contains("nested deeper than 120"));
    assert!(fault(&"[".repeat(60_000)).contains("nested deeper than 120"));
    assert!(fault(&r#"{"a":"#.repeat(10_000)).contains("nested deeper than 120"));
}

#[test]
fn what_no_database_can_hold_is_refused() {
    for key in ["twi_call_sid", "twi_message_id", "twi_from", "twi_params"] {
        let mut fields = sample();
        fields.insert(key.into(), "a\0b".into());
        let fault = parse(&fields).unwrap_err();
        assert_eq!(fault.field, Some(key));
    }
}

#[test]
fn the_bridge_token_is_in_neither_log_nor_debug_output() {
    let read = parse(&sample()).unwrap();
    let mut kept = sample();
    // `shift_remove` keeps the order of the others.
    kept.shift_remove(BRIDGE_TOKEN);
    assert_eq!(read.without_bridge_token(), serde_json::to_string(&kept).unwrap());
    assert!(!format!("{read:?}").contains("secret-of-the-call"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_member_is_kept_in_order(
        before in prop::collection::vec(("[^t]\\PC{0,8}", any_json()), 0..6),
        after in prop::collection::vec(("[^t]\\PC{0,8}", any_json()), 0..6),
    ) {
        let mut fields: Map<String, Value> = before.into_iter().collect();
        fields.extend(sample());
        fields.extend(after);
        let read = parse(&fields).unwrap();
        prop_assert!(read.fields.iter().eq(fields.iter()));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused(key in any::<String>(), one in any_json(), two in any_json(), depth in 0..5usize) {
        let key = Value::from(key);
        let mut raw = format!("{{{key}:{one},\"\u{1f4de}between\":1,{key}:{two}}}");
        for _ in 0..depth {
            raw = format!("{{\"in\":[{raw}]}}");
        }
        prop_assert!(fault(&raw).contains("twice"));
    }

    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(raw in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(Notification::parse(&raw).is_err());
    }

    #[test]
    fn arbitrary_damage_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut raw = serde_json::to_vec(&sample()).unwrap();
        let at = at.index(raw.len());
        raw[at] = byte;
        if let Ok(read) = Notification::parse(&raw) {
            prop_assert!(!read.identity.is_empty());
        }
    }
}
