use std::time::Duration;

use poem::Request;
use ringhook_openapi::Scope;

use super::*;
use crate::{secrets, store::Ts};

/// A path with ids that nothing has.
fn filled(path: &str) -> String {
    path.replace("{id}", "bnd_00000000000000000000000000").replace("{account_sid}", SID)
}

#[tokio::test]
async fn every_route_needs_the_scope_that_its_description_names() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let owner = server.client().await;
        for (method, path, scope) in operations() {
            let scope: Scope = scope.parse().unwrap_or_else(|_| panic!("{method} {path}: {scope}"));
            let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
            let refused =
                owner.with_key(&others, |_| {}).await.send(method.clone(), &filled(&path), None).await;
            assert_eq!(refused.refusal(), (403, "missing_scope"), "{method} {path}");
            let detail = refused.body["detail"].as_str().unwrap_or_default();
            assert!(detail.contains(scope.as_str()), "{detail}");

            let client = owner.with_key(&[scope], |_| {}).await;
            let taken = client.send(method.clone(), &filled(&path), None).await;
            assert!(!matches!(taken.status, 401 | 403 | 405 | 500..), "{method} {path}: {}", taken.status);
            assert_ne!(taken.refusal().1, "no_such_path", "{method} {path}");

            let anonymous =
                Request::builder().method(method.clone()).uri_str(format!("/api/v1{}", filled(&path)));
            let refused = server.send(anonymous.finish()).await;
            assert_eq!(refused.refusal(), (401, "unauthorized"), "{method} {path}");
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_does_not_hold_is_401() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let owner = server.client().await;
        let past = Ts::from_micros(1);
        let revoked = owner.with_key(Scope::ALL, |row| row.revoked_at = Some(past)).await;
        let expired = owner.with_key(Scope::ALL, |row| row.expires_at = Some(past)).await;
        let later = ground.clock.now() + Duration::from_secs(60);
        let holding = owner.with_key(Scope::ALL, |row| row.expires_at = Some(later)).await;
        for (authorization, code) in [
            (format!("Bearer {}", revoked.key), "api_key_revoked"),
            (format!("Bearer {}", expired.key), "api_key_expired"),
            (format!("Bearer {}", secrets::token("rhk_")), "invalid_api_key"),
            ("Bearer ".into(), "invalid_api_key"),
            (format!("Basic {}", owner.key), "unauthorized"),
            (owner.key.clone(), "unauthorized"),
            ("Bearer".into(), "unauthorized"),
        ] {
            let request = Request::builder().uri_str("/api/v1/workspace");
            let answer = server.send(request.header("authorization", &authorization).finish()).await;
            assert_eq!(answer.status, 401, "{authorization}");
            assert!(
                answer.body["code"] == code || authorization.trim() == "Bearer",
                "{authorization}: {}",
                answer.body
            );
        }
        assert_eq!(holding.get("/workspace").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let owner = server.client().await;
        let used = async || {
            let mut conn = ground.store.engine().read().await.expect("a connection");
            let row = conn.api_key_opening(&secrets::hash(&owner.key)).await.expect("a read");
            row.expect("a key").0.last_used_at
        };
        assert_eq!(used().await, None);
        assert_eq!(owner.get("/workspace").await.status, 200);
        // Written beside the request: it is there soon, and the loop yields until then.
        let first = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                match used().await {
                    Some(at) => break at,
                    None => tokio::task::yield_now().await,
                }
            }
        });
        let first = first.await.expect("noted");
        let (of, id, recent) = (owner.workspace, key_id(&ground, &owner.key).await, first);
        let at = first + Duration::from_secs(30);
        let note = |of, id, at, recent| {
            ground.store.write(of, async move |conn| conn.api_key_used(of, id, at, recent).await)
        };
        note(of, id, at, recent).await.expect("a write");
        assert_eq!(used().await, Some(first));
        let recent = first + Duration::from_secs(1);
        note(of, id, at, recent).await.expect("a write");
        assert_eq!(used().await, Some(at));
    })
    .await;
}

async fn key_id(ground: &crate::domain::Ground, key: &str) -> crate::store::ApiKeyId {
    let mut conn = ground.store.engine().read().await.expect("a connection");
    conn.api_key_opening(&secrets::hash(key)).await.expect("a read").expect("a key").0.id
}

#[tokio::test]
async fn another_workspaces_things_are_404_and_in_no_list() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let (own, other) = (server.client().await, server.client().await);
        let other_sid = "AC00000000000000000000000000000009";
        let id = |answer: &crate::api::testing::Answer| answer.body["id"].as_str().expect("an id").to_owned();
        let provider = own.post("/providers", provider()).await;
        let binding = own.post("/bindings", binding("token")).await;
        let token = own.post("/webhook-tokens", json!({})).await;
        let account = own.post("/accounts", json!({"account_sid": other_sid, "auth_token": "t"})).await;
        for made in [&provider, &binding, &token, &account] {
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let call = log::record(&ground, own.workspace, "in_progress", 1).await;
        let things = [
            format!("/providers/{}", id(&provider)),
            format!("/bindings/{}", id(&binding)),
            format!("/webhook-tokens/{}", id(&token)),
            format!("/accounts/{other_sid}"),
            format!("/notifications/{call}"),
        ];
        let mut asked = 0;
        for (method, path, _) in operations() {
            let Some((noun, rest)) = path.split_once("/{") else { continue };
            // A person is not a thing that is there or not: erasing a stranger's erases nothing.
            if noun == "/identities" {
                continue;
            }
            let (_, rest) = rest.split_once('}').expect("a parameter");
            let thing = things.iter().find(|thing| thing.starts_with(noun)).expect("a thing of this noun");
            let patch = json!({});
            let body = (method == Method::PATCH).then_some(&patch);
            let refused = other.send(method.clone(), &format!("{thing}{rest}"), body).await;
            assert_eq!(refused.refusal(), (404, "not_found"), "{method} {thing}{rest}");
            asked += 1;
        }
        assert_eq!(asked, 12);
        for (list, items) in [
            ("/bindings", 0),
            ("/providers", 0),
            ("/notifications", 0),
            ("/deliveries", 0),
            ("/accounts", 1),
            ("/webhook-tokens", 1),
            (&format!("/bindings?provider_id={}", id(&provider)), 0),
        ] {
            let page = other.get(list).await;
            assert_eq!(page.body["items"].as_array().map(Vec::len), Some(items), "{list}");
        }
        let deleted = other.delete(&format!("/bindings?account_sid={SID}&identity=bob")).await;
        assert_eq!(deleted.body, json!({"deleted": 0}));
        assert_eq!(own.get(&things[1]).await.status, 200);
    })
    .await;
}
