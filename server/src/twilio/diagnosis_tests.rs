use ringhook_openapi::{RejectReason, SignaturePolicy};

use crate::twilio::{Rejection, Request, body_hash, sign, verify_or_diagnose};

const TOKEN: &[u8] = b"auth-token-of-the-account";
const BODY: &[u8] = br#"{"b":"2","a":"1","n":[3]}"#;
const PUBLIC: &str = "https://h.example/base";
const SEEN: [&str; 2] = ["127.0.0.1:9000", "calls.example.net, inner.example.net:81"];

/// The cause found when `signed` was signed and `received` arrived.
fn cause(signed: &str, received: &str) -> Rejection {
    cause_of(&sign(signed, TOKEN), received, BODY)
}

fn cause_of(signature: &str, received: &str, body: &[u8]) -> Rejection {
    let request = Request { public_url: PUBLIC, path_and_query: received, body, signature: Some(signature) };
    let rejection = verify_or_diagnose(&request, &[TOKEN], SignaturePolicy::Full, &SEEN).unwrap_err();
    assert!(!rejection.hint.contains("auth-token-of-the-account"));
    assert!(!rejection.hint.contains("/hooks/"), "{}", rejection.hint);
    rejection
}

fn hashed(path: &str) -> String {
    format!("{path}?bodySHA256={}", body_hash(BODY))
}

#[test]
fn another_origin_is_named() {
    for origin in [
        "http://h.example",
        "http://h.example:80",
        "https://www.h.example",
        "https://h.example:8443",
        "https://127.0.0.1:9000",
        "http://127.0.0.1:9000",
        "https://calls.example.net",
        "http://calls.example.net",
        "http://inner.example.net:81",
    ] {
        let rejection = cause(&hashed(&format!("{origin}/base/hooks/t")), &hashed("/hooks/t"));
        assert_eq!(rejection.reason, RejectReason::WrongPublicUrl);
        let named = origin.strip_suffix(":80").unwrap_or(origin);
        assert!(rejection.hint.contains(&format!("holds for {named},")), "{origin}: {}", rejection.hint);
    }
}

#[test]
fn a_host_in_capitals_is_found() {
    let signature = sign(&hashed("https://h.example/hooks/t"), TOKEN);
    let path_and_query = &hashed("/hooks/t");
    let request =
        Request { public_url: "https://H.Example", path_and_query, body: BODY, signature: Some(&signature) };
    let rejection = verify_or_diagnose(&request, &[TOKEN], SignaturePolicy::UrlOnly, &[]).unwrap_err();
    assert!(rejection.hint.contains("https://h.example,"), "{}", rejection.hint);
}

#[test]
fn another_path_is_found() {
    for (signed, word) in [
        ("https://h.example/base/hooks/t/", "slash"),
        ("https://h.example/hooks/t", "without the path of the public URL"),
        ("https://h.example/base/t", "first segment"),
    ] {
        let rejection = cause(&hashed(signed), &hashed("/hooks/t"));
        assert_eq!(rejection.reason, RejectReason::WrongPublicUrl);
        assert!(rejection.hint.contains(word), "{signed}: {}", rejection.hint);
    }
}

#[test]
fn a_changed_query_is_found() {
    let bare = "https://h.example/base/hooks/t";
    let dropped = cause(&hashed(bare), "/hooks/t");
    assert_eq!(dropped.reason, RejectReason::WrongPublicUrl);
    assert!(dropped.hint.contains("did not arrive"));
    let dropped = cause(&format!("{bare}?a=b&bodySHA256={}", body_hash(BODY)), "/hooks/t?a=b");
    assert!(dropped.hint.contains("did not arrive"));
    let unsigned = cause(bare, &hashed("/hooks/t"));
    assert_eq!(unsigned.reason, RejectReason::BodyHashMissing);
    let unsigned = cause(&format!("{bare}?a=b"), &format!("/hooks/t?a=b&bodySHA256={}", body_hash(BODY)));
    assert_eq!(unsigned.reason, RejectReason::BodyHashMissing);
    let added = cause(bare, "/hooks/t?utm=1");
    assert_eq!(added.reason, RejectReason::WrongPublicUrl);
    assert!(added.hint.contains("adds one"));
    let extended = cause(&hashed(bare), &format!("{}&utm=1", hashed("/hooks/t")));
    assert_eq!(extended.reason, RejectReason::WrongPublicUrl);
    assert!(extended.hint.contains("adds it"));
}

#[test]
fn a_body_signed_as_a_form_is_found() {
    let rejection = cause("https://h.example/base/hooks/ta1b2n[3]", "/hooks/t");
    assert_eq!(rejection.reason, RejectReason::BodyHashMissing);
    assert!(rejection.hint.contains("form fields"));
}

#[test]
fn a_changed_body_is_told_from_a_line_break_at_its_end() {
    let signature = sign(&hashed("https://h.example/base/hooks/t"), TOKEN);
    for (body, word) in [(&b"{}"[..], "rewrites"), (&[BODY, b"\n"].concat(), "final line break")] {
        let rejection = cause_of(&signature, &hashed("/hooks/t"), body);
        assert_eq!(rejection.reason, RejectReason::BodyHashMismatch);
        assert!(rejection.hint.contains(word), "{}", rejection.hint);
    }
}

#[test]
fn the_token_is_blamed_when_nothing_else_explains() {
    let signature = sign(&hashed("https://h.example/base/hooks/t"), b"another");
    assert_eq!(cause_of(&signature, &hashed("/hooks/t"), BODY).reason, RejectReason::WrongAuthToken);
    let path_and_query = &hashed("/hooks/t");
    let request = Request { public_url: PUBLIC, path_and_query, body: BODY, signature: Some(&signature) };
    let rejection = verify_or_diagnose(&request, &[], SignaturePolicy::Full, &SEEN).unwrap_err();
    assert!(rejection.hint.contains("No auth token is stored"));
}
