use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use clap::Parser;
use poem::Server;
use poem::listener::{Acceptor, Listener, TcpListener};
use rand::SeedableRng;
use rand::rngs::StdRng;
use ringhook_openapi::SignaturePolicy;
use uuid::Uuid;

use super::*;
use crate::twilio::{self, Notification, Request};

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: Args,
}

fn parse(hook: &str, more: &[&str]) -> Result<Call, String> {
    let line = ["simulate", "call", "--hook", hook, "--account-sid", "AC1", "--auth-token", "t0k"];
    let What::Call(call) =
        Program::try_parse_from(line.iter().chain(more)).map_err(|fault| fault.to_string())?.args.what;
    Ok(call)
}

fn call(hook: &str, more: &[&str]) -> Call {
    parse(hook, &[&["--to", "client:bob"], more].concat()).unwrap()
}

fn seeded() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn verified(public_url: &str, path_and_query: &str, body: &[u8], signature: Option<&str>) -> bool {
    let request = Request { public_url, path_and_query, body, signature };
    twilio::verify(&request, &[b"t0k"], SignaturePolicy::Full).is_ok()
}

#[test]
fn the_body_is_a_notification() {
    let call = call(
        "https://h.example/hooks/x",
        &["--from", "client:alice", "--param", "a=b c", "--param", "d=e=é"],
    );
    let signed = Signed::of(&call.caller, &mut seeded());
    let read = Notification::parse(signed.body.as_bytes()).unwrap();
    assert_eq!((read.account_sid.as_str(), read.identity.as_str()), ("AC1", "bob"));
    assert_eq!((&read.call_sid, &read.message_id), (&signed.call_sid, &signed.message_id));
    assert!(read.call_sid.starts_with("CA") && read.call_sid.len() == 34);
    assert!(read.message_id.starts_with("WB") && read.message_id.len() == 34);
    assert_eq!(read.from.as_deref(), Some("client:alice"));
    assert_eq!(read.params.as_deref(), Some("a=b+c&d=e%3D%C3%A9"));
    assert_eq!(read.fields["twi_bridge_token"].as_str().map(str::len), Some(600));
}

#[test]
fn ids_are_fresh_and_parameters_optional() {
    let call = call("https://h.example/hooks/x", &[]);
    let random = &mut seeded();
    let ids: HashSet<_> = (0..50)
        .map(|_| Signed::of(&call.caller, random))
        .flat_map(|one| [one.call_sid, one.message_id])
        .collect();
    assert_eq!(ids.len(), 100);
    assert!(!Signed::of(&call.caller, random).body.contains("twi_params"));
}

#[test]
fn the_url_is_signed_without_fragment_and_credentials() {
    for (hook, public_url, path) in [
        ("https://h.example/hooks/x#rc=2&rp=5xx", "https://h.example", "/hooks/x?"),
        ("https://h.example/hooks/x?a=%20b#rc=2", "https://h.example", "/hooks/x?a=%20b&"),
        ("http://user:p%40ss@h.example:8080/hooks/x?", "http://h.example:8080", "/hooks/x?"),
        ("http://user@h.example/hooks/x", "http://h.example", "/hooks/x?"),
    ] {
        let signed = Signed::of(&call(hook, &[]).caller, &mut seeded());
        let target = format!("{path}bodySHA256={}", twilio::body_hash(signed.body.as_bytes()));
        assert!(signed.url.as_str().ends_with(&target), "{}", signed.url);
        assert!(verified(public_url, &target, signed.body.as_bytes(), Some(&signed.signature)), "{hook}");
    }
}

#[test]
fn arguments_are_checked() {
    let fault = |more: &[&str]| parse("https://h.example/", more).err().unwrap_or_default();
    assert!(fault(&["--to", "bob"]).contains("client:<identity>"));
    assert!(fault(&["--to", "client:bob", "--rate", "0"]).contains("0.001"));
    assert!(fault(&["--to", "client:bob", "--rate", "NaN"]).contains("0.001"));
    assert!(fault(&["--to", "client:bob", "--count", "0"]).contains("--count"));
    assert!(fault(&["--to", "client:bob", "--param", "k"]).contains("k=v"));
}

#[test]
fn the_help_tells_the_exit_codes_and_no_token() {
    let line = ["simulate", "call", "--help"];
    let help = Program::try_parse_from(line).err().unwrap().to_string();
    assert!(help.starts_with("Posts a correctly signed notification"), "{help}");
    assert!(help.contains("Exits with 0 if every call was answered 200"), "{help}");
    assert!(help.contains("[env: TWILIO_AUTH_TOKEN]"), "{help}");
}

/// A webhook on a free port that keeps the requests and answers 200 to those that verify.
async fn webhook() -> (String, Arc<Mutex<Vec<String>>>) {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let public_url = acceptor.local_addr()[0].to_string().replace("socket://", "http://");
    let origin = public_url.clone();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let endpoint = poem::endpoint::make(move |mut request: poem::Request| {
        let (origin, kept) = (origin.clone(), Arc::clone(&kept));
        async move {
            let body = request.take_body().into_bytes().await?;
            let target = request.original_uri().path_and_query().map(ToString::to_string).unwrap_or_default();
            let good = verified(&origin, &target, &body, request.header("X-Twilio-Signature"))
                && request.header("User-Agent") == Some("TwilioProxy/1.1")
                && request.content_type() == Some("application/json");
            let token = request.header("I-Twilio-Idempotency-Token").unwrap_or_default();
            kept.lock().unwrap().push(token.to_owned());
            let status = if good { 200 } else { 403 };
            Ok::<_, poem::Error>(poem::Response::builder().status(status.try_into().unwrap()).body("{}"))
        }
    });
    tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
    (public_url, seen)
}

#[tokio::test]
async fn calls_are_posted_as_twilio_posts_them() {
    let (origin, seen) = webhook().await;
    let hook = format!("{origin}/hooks/x#rc=2");
    let client = http_client().unwrap();
    assert_eq!(
        Signed::of(&call(&hook, &[]).caller, &mut seeded()).post(&client).await,
        Ok((200, "{}".to_owned()))
    );
    assert_eq!(once(&client, &call(&hook, &[])).await, Ok(true));
    assert_eq!(many(&client, &call(&hook, &["--count", "30", "--rate", "5000"])).await, Ok(true));
    let tokens = seen.lock().unwrap().clone();
    assert_eq!(tokens.len(), 32);
    assert!(tokens.iter().all(|token| token.parse::<Uuid>().is_ok()));
    assert_eq!(tokens.into_iter().collect::<HashSet<_>>().len(), 32);
}

#[tokio::test]
async fn a_refusal_or_no_answer_is_not_good_and_shows_no_url() {
    let (origin, _) = webhook().await;
    let client = http_client().unwrap();
    let mut wrong = call(&format!("{origin}/hooks/x"), &[]);
    wrong.caller.auth_token = "other".to_owned();
    assert_eq!(once(&client, &wrong).await, Ok(false));
    assert_eq!(many(&client, &Call { count: 3, rate: 1000.0, ..wrong }).await, Ok(false));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = call(&format!("http://{free}/hooks/secret-path"), &[]);
    let fault = Signed::of(&nobody.caller, &mut seeded()).post(&client).await.unwrap_err();
    assert!(fault.contains("refused") && !fault.contains("secret-path"), "{fault}");
}
