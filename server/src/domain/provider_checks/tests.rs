use poem::{
    EndpointExt, Response, Server,
    endpoint::make,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
};
use ringhook_openapi::ProviderKind;
use serde_json::json;
use url::Url;

use super::*;
use crate::{
    domain::testing::{grounds, provider, wire, workspace_id},
    push::Endpoints,
};

/// Google's token endpoint, which answers every request alike.
async fn google(status: StatusCode, body: &'static str) -> Network {
    let listener = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a port");
    let address = *listener.local_addr()[0].as_socket_addr().expect("an address");
    let answer = make(move |_| async move {
        Ok::<_, poem::Error>(Response::builder().status(status).content_type("application/json").body(body))
    });
    tokio::spawn(Server::new_with_acceptor(listener).run(answer.boxed()));
    let url = Url::parse(&format!("http://{address}/token")).expect("a URL");
    Network::new(Endpoints { fcm_token: Some(url), ..Endpoints::default() }).expect("a network")
}

#[tokio::test]
async fn what_the_network_says_becomes_the_status() {
    grounds(async |ground| {
        let workspace = workspace_id(&ground).await;
        let row = provider(&ground, workspace, ProviderKind::Fcm).await;
        let network = google(StatusCode::OK, r#"{"access_token": "a", "expires_in": 3600}"#).await;
        let checked = create(&ground, &network, workspace, row.id).await.expect("checked");
        assert_eq!((checked.status, checked.reason), (ProviderStatus::Ok, None));
        let stored = providers::get(&ground, workspace, row.id).await.expect("a provider");
        assert_eq!((stored.status.0, stored.updated_at), (ProviderStatus::Ok, row.updated_at));

        let refusal = r#"{"error": "invalid_grant", "error_description": "Invalid JWT"}"#;
        let network = google(StatusCode::BAD_REQUEST, refusal).await;
        let checked = create(&ground, &network, workspace, row.id).await.expect("checked");
        assert_eq!(checked.status, ProviderStatus::Failing);
        let stored = providers::get(&ground, workspace, row.id).await.expect("a provider");
        assert_eq!((stored.status.0, &stored.status_reason), (ProviderStatus::Failing, &checked.reason));
        assert!(checked.reason.is_some_and(|reason| reason.contains("invalid_grant")));

        let renewed = json!({"credentials": crate::domain::testing::fcm_credentials()});
        let renewed = providers::patch(&ground, workspace, row.id, wire(renewed)).await.expect("changed");
        assert_eq!((renewed.status.0, renewed.status_reason), (ProviderStatus::Untested, None));
        let other = workspace_id(&ground).await;
        assert!(create(&ground, &network, other, row.id).await.is_err());
    })
    .await;
}
