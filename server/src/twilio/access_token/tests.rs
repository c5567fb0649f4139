use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_790_000_000;
const SECRET: &[u8] = b"the secret of the key";

fn claims() -> Value {
    json!({
        "jti": format!("SK1-{NOW}"), "iss": "SK1", "sub": "AC1", "exp": NOW + 3600,
        "grants": {"identity": "bob", "voice": {"incoming": {"allow": true}, "push_credential_sid": "CR1"}},
    })
}

fn with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

fn signed(claims: &Value, algorithm: Algorithm, cty: Option<&str>) -> String {
    let header = Header { cty: cty.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, claims, &EncodingKey::from_secret(SECRET)).expect("a token")
}

fn token(claims: &Value) -> String {
    signed(claims, Algorithm::HS256, Some(CONTENT_TYPE))
}

#[test]
fn a_token_of_each_algorithm_makes_its_user_known() {
    for algorithm in ALGORITHMS {
        let token = signed(&claims(), algorithm, Some(CONTENT_TYPE));
        assert_eq!(peek(&token), Some(Unproved { key_sid: "SK1".into(), account_sid: "AC1".into() }));
        let proved = Proved { account_sid: "AC1".into(), identity: "bob".into(), expires_at: NOW + 3600 };
        assert_eq!(verify(&token, SECRET, NOW), Ok(proved));
    }
}

#[test]
fn nothing_is_believed_that_is_not_signed_so() {
    let good = token(&claims());
    assert_eq!(verify(&good, b"another secret", NOW), Err(Fault::Invalid));
    assert_eq!(verify("a.b.c", SECRET, NOW), Err(Fault::Invalid));
    let other = signed(&claims(), Algorithm::HS256, Some("something-else"));
    assert_eq!((peek(&other), verify(&other, SECRET, NOW)), (None, Err(Fault::Invalid)));
    let none = signed(&claims(), Algorithm::HS256, None);
    assert_eq!((peek(&none), verify(&none, SECRET, NOW)), (None, Err(Fault::Invalid)));
    let (head, rest) = good.split_once('.').expect("a token");
    let (_, signature) = rest.split_once('.').expect("a token");
    let forged = token(&with(json!({"grants": {"identity": "eve", "voice": {"incoming": {"allow": true}}}})));
    let body = forged.split('.').nth(1).expect("a body");
    assert_eq!(verify(&format!("{head}.{body}.{signature}"), SECRET, NOW), Err(Fault::Invalid));
    // alg: none
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwiY3R5IjoidHdpbGlvLWZwYTt2PTEifQ.{body}.");
    assert_eq!(verify(&unsigned, SECRET, NOW), Err(Fault::Invalid));
}

#[test]
fn times_are_judged_with_a_little_patience() {
    let token = token(&claims());
    assert!(verify(&token, SECRET, NOW + 3600 + SKEW - 1).is_ok());
    assert_eq!(verify(&token, SECRET, NOW + 3600 + SKEW), Err(Fault::Expired));
    assert!(verify(&token, SECRET, NOW - SKEW).is_ok());
    assert_eq!(verify(&token, SECRET, NOW - SKEW - 1), Err(Fault::Early));
    let late = super::tests::token(&with(json!({"nbf": NOW + 60})));
    assert_eq!(verify(&late, SECRET, NOW), Err(Fault::Early));
    let whole_day = super::tests::token(&with(json!({"exp": NOW + LIFETIME})));
    assert!(verify(&whole_day, SECRET, NOW).is_ok());
    let longer = super::tests::token(&with(json!({"exp": NOW + LIFETIME + 1})));
    assert_eq!(verify(&longer, SECRET, NOW), Err(Fault::TooLong));
    let forever = super::tests::token(&with(json!({"exp": NOW + 10 * LIFETIME, "nbf": NOW + 9 * LIFETIME})));
    assert_eq!(verify(&forever, SECRET, NOW), Err(Fault::Early));
    let timeless = super::tests::token(&with(json!({"exp": NOW + 2 * LIFETIME, "jti": "SK1"})));
    assert_eq!(verify(&timeless, SECRET, NOW), Err(Fault::TooLong));
}

#[test]
fn it_must_be_somebodys_who_may_be_called() {
    for grants in [
        json!({"identity": "bob"}),
        json!({"identity": "bob", "voice": {"outgoing": {"application_sid": "AP1"}}}),
        json!({"identity": "bob", "voice": {"incoming": {"allow": false}}}),
    ] {
        assert_eq!(verify(&token(&with(json!({"grants": grants}))), SECRET, NOW), Err(Fault::NoIncoming));
    }
    for identity in [Value::Null, json!("")] {
        let grants = json!({"identity": identity, "voice": {"incoming": {"allow": true}}});
        assert_eq!(verify(&token(&with(json!({"grants": grants}))), SECRET, NOW), Err(Fault::NoIdentity));
    }
}
