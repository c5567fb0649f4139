//! How APNs is connected to, and what a lost connection costs.

use std::time::Duration;

use futures_util::future::join_all;
use ringhook::push::apns::{Credentials, Settings};
use ringhook::push::{Answer, Client, Endpoints, Network, Target};
use ringhook_openapi::AttemptOutcome::Retry;
use ringhook_openapi::{Cause, Channel, Environment};
use ringhook_tests::apns::{Apns, Options};
use ringhook_tests::stand_in::Scripted;

use super::{client, device};
use crate::push::{Call, assert_accepted, assert_meaning, target};

#[tokio::test]
async fn a_burst_shares_few_connections_and_one_token() {
    for max_streams in [None, Some(50)] {
        let delay = Duration::from_millis(20);
        let apns = Apns::start_with(Options { max_streams, delay, ..Options::default() }).await;
        let client = client(&apns);
        let call = Call::new();
        let devices: Vec<String> = (1..=500).map(device).collect();
        let sends = devices.iter().map(|device| target(Channel::ApnsVoip, device));
        let answers = join_all(sends.map(async |phone| call.send(&client, &phone).await)).await;
        answers.iter().for_each(assert_accepted);
        assert_eq!((apns.received().len(), apns.jwts()), (500, 1));
        assert!(apns.connections() <= 2, "{} connections", apns.connections());
        assert_eq!(apns.faults(), [""; 0]);
    }
}

/// As a delivery does: what may not have arrived is sent again. A stream that a closing connection forgot is the one
/// case in which that takes a time-out.
async fn patiently(call: &Call, client: &Client, phone: &Target<'_>) -> Answer {
    let answer = call.send(client, phone).await;
    match answer.outcome {
        Retry => call.send(client, phone).await,
        _ => answer,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goaway_every_50_pushes_loses_none() {
    let apns = Apns::start_with(Options { goaway_after: Some(50), ..Options::default() }).await;
    let client = client(&apns);
    let call = Call::new();
    let devices: Vec<String> = (1..=1000).map(device).collect();
    for burst in devices.chunks(250) {
        let sends = burst.iter().map(|device| target(Channel::ApnsVoip, device));
        let answers = join_all(sends.map(async |phone| patiently(&call, &client, &phone).await)).await;
        answers.iter().for_each(assert_accepted);
    }
    let mut reached: Vec<String> = apns.received().into_iter().map(|push| push.token).collect();
    reached.sort_unstable();
    reached.dedup();
    assert_eq!(reached, devices);
    assert!(apns.connections() > 1);
    assert_eq!(apns.faults(), [""; 0]);
}

#[tokio::test]
async fn no_answer_is_worth_another_try() {
    let apns = Apns::start().await;
    let client = client(&apns);
    let (reset, hung) = (device(1), device(2));
    apns.script(&reset, [Scripted::reset()]);
    apns.script(&hung, [Scripted::hang()]);
    let answer = Call::new().send(&client, &target(Channel::ApnsVoip, &reset)).await;
    assert_meaning(&answer, Retry, Cause::ConnectionFailed);

    let mut call = Call::new();
    call.ttl = Duration::from_millis(500);
    let answer = call.send(&client, &target(Channel::ApnsVoip, &hung)).await;
    assert_meaning(&answer, Retry, Cause::Timeout);

    let untrusting =
        Network::new(Endpoints { apns: Some(apns.url().parse().expect("a URL")), ..Endpoints::default() });
    let credentials = Credentials::parse(&apns.credentials()).expect("credentials");
    let untrusting = untrusting.expect("a network").apns(credentials, Settings::default());
    let answer = call.send(&untrusting.expect("a client"), &target(Channel::ApnsVoip, &reset)).await;
    assert_meaning(&answer, Retry, Cause::ConnectionFailed);
    assert!(answer.detail.is_some_and(|detail| detail.contains("certificate")));
}

#[tokio::test]
async fn each_environment_has_its_place_in_clear_text_too() {
    let options = Options { clear_text: true, ..Options::default() };
    let (production, sandbox) = (Apns::start().await, Apns::start_with(options).await);
    let endpoints = Endpoints {
        apns: Some(production.url().parse().expect("a URL")),
        apns_sandbox: Some(sandbox.url().parse().expect("a URL")),
        ..Endpoints::default()
    };
    let network = Network::new(endpoints).expect("a network");
    let credentials = Credentials::parse(&sandbox.credentials()).expect("credentials");
    let client = network.apns(credentials, Settings::default()).expect("a client");
    let device = device(1);
    let mut phone = target(Channel::ApnsVoip, &device);
    phone.environment = Environment::Sandbox;
    assert_accepted(&Call::new().send(&client, &phone).await);
    assert_eq!((sandbox.received().len(), production.connections()), (1, 0));
}
