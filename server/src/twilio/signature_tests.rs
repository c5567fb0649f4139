use proptest::prelude::*;

use super::*;

const TOKEN: &[u8] = b"12345";
const BODY: &[u8] = br#"{"twi_to":"client:bob"}"#;
/// From `openssl dgst -sha256` over the body.
const HASH: &str = "e8fad2cbc75075469cb9c0fb3b77978ff9f85dd9ca859b206192499cf1e985ad";
/// From Python's `hmac` over the URL below with the hash above.
const SIGNATURE: &str = "0P24apKPMN3qkymD/GpzY9765BI=";

fn target() -> String {
    format!("/hooks/abc?bodySHA256={HASH}")
}

fn check(
    public_url: &str,
    path_and_query: &str,
    signature: &str,
    policy: SignaturePolicy,
) -> Result<(), Rejection> {
    let request = Request { public_url, path_and_query, body: BODY, signature: Some(signature) };
    verify(&request, &[b"another", TOKEN], policy)
}

#[test]
fn known_vectors() {
    assert_eq!(body_hash(BODY), HASH);
    assert_eq!(sign(&format!("https://example.com{}", target()), TOKEN), SIGNATURE);
    // The example in Twilio's own documentation: a form, whose sorted fields follow the URL.
    let form = "https://mycompany.com/myapp.php?foo=1&bar=2CallSidCA1234567890ABCDECaller+14158675309Digits1234\
                From+14158675309To+18005551212";
    assert_eq!(sign(form, TOKEN), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    assert_eq!(check("https://example.com", &target(), SIGNATURE, SignaturePolicy::Full), Ok(()));
}

#[test]
fn the_port_counts_with_and_without() {
    for (public_url, signed) in [
        ("https://h.example", "https://h.example:443"),
        ("https://h.example:443", "https://h.example"),
        ("http://h.example", "http://h.example:80"),
        ("http://h.example:8080", "http://h.example:8080"),
        ("http://h.example:8080", "http://h.example"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
        ("https://user:p:w@h.example/base", "https://h.example/base"),
    ] {
        let signature = sign(&format!("{signed}{}", target()), TOKEN);
        assert_eq!(
            check(public_url, &target(), &signature, SignaturePolicy::Full),
            Ok(()),
            "{public_url} {signed}"
        );
    }
    let signature = sign(&format!("https://h.example:80{}", target()), TOKEN);
    assert!(check("https://h.example", &target(), &signature, SignaturePolicy::Full).is_err());
}

#[test]
fn each_policy_asks_for_its_own() {
    use SignaturePolicy::{Full, None, UrlOnly};
    let url = "https://h.example";
    let reason = |query: &str, policy| {
        let target = format!("/hooks/abc{query}");
        let signature = sign(&format!("{url}{target}"), TOKEN);
        check(url, &target, &signature, policy).err().map(|rejection| rejection.reason)
    };
    let upper = format!("?bodySHA256={}", HASH.to_ascii_uppercase());
    let twice = format!("?bodySHA256={HASH}&bodySHA256={HASH}");
    assert_eq!(reason(&upper, Full), Option::None);
    assert_eq!(reason(&twice, Full), Some(RejectReason::BodyHashMismatch));
    assert_eq!(reason("", Full), Some(RejectReason::BodyHashMissing));
    assert_eq!(reason("?xbodySHA256=1", Full), Some(RejectReason::BodyHashMissing));
    assert_eq!(reason("?bodySHA256=", Full), Some(RejectReason::BodyHashMismatch));
    assert_eq!(reason("", UrlOnly), Option::None);
    assert_eq!(reason("?bodySHA256=00", UrlOnly), Option::None);
    assert!(check(url, "/", "wrong", UrlOnly).is_err());
    assert_eq!(check(url, "/", "wrong", None), Ok(()));
}

#[test]
fn no_token_and_no_signature_ever_pass() {
    let url = format!("https://h.example{}", target());
    for (tokens, signature) in [
        (&[][..], sign(&url, b"")),
        (&[&b""[..]][..], sign(&url, b"")),
        (&[TOKEN][..], String::new()),
        (&[TOKEN][..], format!("{} ", sign(&url, TOKEN))),
    ] {
        let path_and_query = &target();
        let request = Request {
            public_url: "https://h.example",
            path_and_query,
            body: BODY,
            signature: Some(&signature),
        };
        assert!(verify(&request, tokens, SignaturePolicy::Full).is_err());
        let unsigned = Request { signature: None, ..request };
        let rejection = verify(&unsigned, tokens, SignaturePolicy::UrlOnly).unwrap_err();
        assert_eq!(rejection.reason, RejectReason::SignatureMissing);
    }
}

#[test]
fn a_fragment_is_never_part() {
    let with_overrides = format!("{}#rc=2&rp=5xx,ct,rt", target());
    assert_eq!(check("https://example.com", &with_overrides, SIGNATURE, SignaturePolicy::Full), Ok(()));
}

/// A signed request: token, path and query, body, signature.
fn signed() -> impl Strategy<Value = (Vec<u8>, String, Vec<u8>, String)> {
    let token = prop::collection::vec(any::<u8>(), 1..80);
    let body = prop::collection::vec(any::<u8>(), 0..300);
    (token, "/[a-zA-Z0-9%/._~-]{0,40}", "[a-zA-Z0-9%&=+;,/?:@.-]{0,60}", body).prop_map(
        |(token, path, query, body)| {
            let target = format!("{path}?{query}&bodySHA256={}", body_hash(&body));
            let signature = sign(&format!("https://h.example{target}"), &token);
            (token, target, body, signature)
        },
    )
}

fn holds(token: &[u8], path_and_query: &str, body: &[u8], signature: &str) -> bool {
    let request =
        Request { public_url: "https://h.example", path_and_query, body, signature: Some(signature) };
    verify(&request, &[token], SignaturePolicy::Full).is_ok()
}

/// `text` with one character replaced by another.
fn changed(text: &str, at: prop::sample::Index, by: char) -> String {
    let at = at.index(text.len());
    let by = if text[at..].starts_with(by) { '_' } else { by };
    format!("{}{by}{}", &text[..at], &text[at + 1..])
}

proptest! {
    #[test]
    fn what_is_signed_holds((token, target, body, signature) in signed()) {
        prop_assert!(holds(&token, &target, &body, &signature));
    }

    #[test]
    fn any_change_of_the_body_fails((token, target, body, signature) in signed(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut longer = body.clone();
        longer.push(bit);
        prop_assert!(!holds(&token, &target, &longer, &signature));
        if !body.is_empty() {
            let mut other = body.clone();
            other[at.index(body.len())] ^= 1 << bit;
            prop_assert!(!holds(&token, &target, &other, &signature));
        }
    }

    #[test]
    fn any_change_of_url_signature_or_token_fails(
        (token, target, body, signature) in signed(),
        at in any::<prop::sample::Index>(),
        by in "[a-zA-Z0-9=/]",
    ) {
        let by = by.chars().next().unwrap_or('A');
        prop_assert!(!holds(&token, &changed(&target, at, by), &body, &signature));
        prop_assert!(!holds(&token, &target, &body, &changed(&signature, at, by)));
        let mut other = token.clone();
        other[at.index(token.len())] ^= 1;
        prop_assert!(!holds(&other, &target, &body, &signature));
    }

    #[test]
    fn arbitrary_requests_are_refused_without_a_panic(url in any::<String>(), target in any::<String>(), signature in any::<String>(), host in any::<String>()) {
        let request = Request { public_url: &url, path_and_query: &target, body: b"", signature: Some(&signature) };
        prop_assert!(verify_or_diagnose(&request, &[b"token"], SignaturePolicy::Full, &[&host]).is_err());
    }
}
