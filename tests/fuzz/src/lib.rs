//! What must hold for whatever strangers send. Each function takes any input and panics when something does not hold;
//! `targets/` hands them to libFuzzer, and a test here hands them every file of `corpus/`.

use std::str;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ringhook::{
    domain::bindings::Registration,
    store::Ts,
    twilio::{
        MAX_BODY, Notification, Request, access_token, body_hash, sign,
        signature::{BODY_HASH, verify},
    },
};
use ringhook_openapi::{SignaturePolicy, bindings::ImportLine};
use serde_json::Value;

const SECRET: &[u8] = b"the secret of the key";
/// A moment, in seconds since 1970.
const NOW: i64 = 1_800_000_000;

/// A webhook's body is a call or is refused; the log's copy of a call is the same call without its secret.
pub fn webhook_body(body: &[u8]) {
    if body.len() > MAX_BODY {
        return;
    }
    let call = match Notification::parse(body) {
        Ok(call) => call,
        Err(fault) => return assert!(!fault.to_string().is_empty()),
    };
    assert!(!call.identity.is_empty() && call.to == format!("client:{}", call.identity));
    assert!(call.message_type.starts_with("twilio.voice.") && !call.message_id.contains('\0'));
    let log = call.without_bridge_token();
    let logged = Notification::parse(log.as_bytes()).expect("what the log keeps can be read");
    assert!(!logged.fields.contains_key("twi_bridge_token"));
    let mut fields = call.fields.clone();
    fields.shift_remove("twi_bridge_token");
    assert_eq!(logged, Notification { fields, ..call });
}

/// Lines: the public URL, the path with its query, a signature; what follows is the body. Only what the auth token signed
/// holds, and what it signed does hold.
pub fn signature(input: &[u8]) {
    let mut parts = input.splitn(4, |byte| *byte == b'\n');
    let mut text = || parts.next().and_then(|part| str::from_utf8(part).ok());
    let (Some(public_url), Some(path), Some(given)) = (text(), text(), text()) else { return };
    let body = parts.next().unwrap_or_default();
    let holds = |path_and_query: &str, body: &[u8], signature: &str, policy| {
        let signature = Some(signature);
        verify(&Request { public_url, path_and_query, body, signature }, &[SECRET], policy).is_ok()
    };
    // The secret is nowhere in the input, so a signature that holds would be a forgery.
    assert!(!holds(path, body, given, SignaturePolicy::Full));
    assert!(!holds(path, body, given, SignaturePolicy::UrlOnly));
    let Some(origin) = plain(public_url) else { return };
    let path = path.split('#').next().unwrap_or_default();
    let signed = sign(&format!("{origin}{path}"), SECRET);
    assert!(holds(path, body, &signed, SignaturePolicy::UrlOnly));
    if path.contains(BODY_HASH) {
        return;
    }
    let join = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{join}{BODY_HASH}={}", body_hash(body));
    let signed = sign(&format!("{origin}{path}"), SECRET);
    assert!(holds(&path, body, &signed, SignaturePolicy::Full));
    assert!(!holds(&path, &[body, b"!"].concat(), &signed, SignaturePolicy::Full));
}

/// The public URL, if it is one that is signed as it stands.
fn plain(public_url: &str) -> Option<&str> {
    let host = public_url.strip_prefix("https://")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (!host.is_empty() && host.chars().all(is_plain)).then_some(public_url)
}

/// A token that is not signed makes nobody known; one that is makes known whom it names, and only as long as it may.
pub fn access_token(input: &[u8]) {
    if let Ok(token) = str::from_utf8(input) {
        let _ = access_token::peek(token);
        assert!(access_token::verify(token, SECRET, NOW).is_err());
    }
    let Ok(claims) = serde_json::from_slice::<Value>(input) else { return };
    let header = Header { cty: Some("twilio-fpa;v=1".to_owned()), ..Header::new(Algorithm::HS256) };
    let token = encode(&header, &claims, &EncodingKey::from_secret(SECRET)).expect("JSON can be signed");
    assert!(access_token::verify(&token, b"another secret", NOW).is_err());
    let Ok(proved) = access_token::verify(&token, SECRET, NOW) else { return };
    assert_eq!(Some(proved.account_sid.as_str()), claims["sub"].as_str());
    assert_eq!(Some(proved.identity.as_str()), claims["grants"]["identity"].as_str());
    assert_eq!(claims["grants"]["voice"]["incoming"]["allow"], true);
    assert!(!proved.identity.is_empty());
    assert!((NOW - 30..=NOW + 86_400 + 30).contains(&proved.expires_at));
    let peeked = access_token::peek(&token).expect("what is proved can be read before");
    assert_eq!(peeked.account_sid, proved.account_sid);
}

/// A line of an import is a binding within its limits, or is refused.
pub fn import_line(line: &[u8]) {
    let line = match ImportLine::read(line) {
        Ok(line) => line,
        Err(problem) => return assert!(matches!(problem.into_problem().status, 400 | 422)),
    };
    let (identity, tags) = (line.binding.identity.clone(), line.binding.tags.len());
    if Registration::check(line.binding, Ts::from_micros(NOW * 1_000_000)).is_ok() {
        assert!((1..=256).contains(&identity.chars().count()) && tags <= 20);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Hands every file of the target's corpus to it; answers how many there are.
    fn replay(target: &str, holds: fn(&[u8])) -> usize {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        files.map(|file| holds(&fs::read(file.expect("a file").path()).expect("its bytes"))).count()
    }

    #[test]
    fn everything_in_the_corpus_holds() {
        assert!(replay("webhook_body", super::webhook_body) > 0);
        assert!(replay("signature", super::signature) > 0);
        assert!(replay("access_token", super::access_token) > 0);
        assert!(replay("import_line", super::import_line) > 0);
    }
}
