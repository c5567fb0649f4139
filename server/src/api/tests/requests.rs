use poem::Request;

use super::*;
use crate::api::document::DOCUMENT;

#[tokio::test]
async fn whatever_is_wrong_is_a_problem_under_the_requests_id() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let id = "bnd_00000000000000000000000000";
        for (method, path, body, status, code) in [
            (Method::GET, "/nothing".to_owned(), None, 404, "no_such_path"),
            (Method::PUT, "/bindings".into(), None, 405, "method_not_allowed"),
            (Method::POST, "/bindings".into(), None, 415, "unsupported_media_type"),
            (Method::POST, "/bindings".into(), Some(json!([])), 422, "validation_failed"),
            (Method::POST, "/bindings".into(), Some(json!({"a": 1})), 422, "validation_failed"),
            (Method::GET, "/bindings/nonsense".into(), None, 404, "not_found"),
            (Method::GET, format!("/bindings/{id}"), None, 404, "not_found"),
            (Method::PATCH, format!("/bindings/{id}"), Some(json!({})), 404, "not_found"),
            (Method::GET, "/bindings?channel=pigeon".into(), None, 400, "invalid_parameter"),
            (Method::GET, "/notifications?since=yesterday".into(), None, 400, "invalid_parameter"),
            (Method::DELETE, "/bindings?identity=bob".into(), None, 400, "invalid_parameter"),
        ] {
            let answer = client.send(method.clone(), &path, body.as_ref()).await;
            assert_eq!(answer.refusal(), (status, code), "{method} {path}: {}", answer.body);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            let id = answer.headers["x-request-id"].to_str().expect("text");
            assert_eq!(answer.body["request_id"], id);
            assert!(id.starts_with("req_"));
        }
        let broken = Request::builder().method(Method::POST).uri_str("/api/v1/bindings");
        let broken = broken.header("authorization", format!("Bearer {}", client.key));
        let answer = server.send(broken.content_type("application/json").body("{\"a\"")).await;
        assert_eq!(answer.refusal(), (400, "malformed"));
    })
    .await;
}

#[tokio::test]
async fn the_document_is_served_without_a_key() {
    grounds(async |ground| {
        let request = Request::builder().uri_str("/api/openapi.json").finish();
        let answer = Server::start(&ground).send(request).await;
        assert_eq!(
            (answer.status, &answer.headers["content-type"]),
            (200, &"application/json".parse().expect("a value"))
        );
        assert_eq!(answer.body["servers"], json!([{"url": "/api/v1"}]));
        assert_eq!(answer.body, *DOCUMENT);
    })
    .await;
}

#[tokio::test]
async fn lists_go_on_where_their_cursor_ends() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        client.post("/providers", provider()).await;
        let mut made = Vec::new();
        for number in 0..5 {
            let answer = client.post("/bindings", binding(&format!("token{number}"))).await;
            made.push(answer.body["id"].clone());
        }
        let mut seen = Vec::new();
        let mut path = "/bindings?limit=2&identity=bob".to_owned();
        let mut sizes = Vec::new();
        loop {
            let page = client.get(&path).await;
            assert_eq!(page.status, 200);
            let items = page.body["items"].as_array().expect("items").clone();
            sizes.push(items.len());
            seen.extend(items.into_iter().map(|item| item["id"].clone()));
            match page.body["next_cursor"].as_str() {
                Some(cursor) => path = format!("/bindings?limit=2&identity=bob&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!((seen, sizes), (made, vec![2, 2, 1]));
        let whole = client.get("/bindings?limit=5").await;
        assert_eq!(whole.body["next_cursor"], Value::Null);
        assert_eq!(client.get("/bindings?limit=1000").await.status, 200);
        for list in ["/bindings", "/notifications", "/accounts", "/providers", "/webhook-tokens"] {
            for (query, pointer) in [
                ("limit=0", "/limit"),
                ("limit=1001", "/limit"),
                ("limit=-1", "/limit"),
                ("limit=x", "/limit"),
                ("limit=", "/limit"),
                ("cursor=nonsense", "/cursor"),
                ("cursor=key_00000000000000000000000000", "/cursor"),
            ] {
                let refused = client.get(&format!("{list}?{query}")).await;
                assert_eq!(refused.refusal(), (422, "validation_failed"), "{list}?{query}");
                assert_eq!(refused.pointers(), [pointer], "{list}?{query}");
            }
        }
        assert_eq!(client.get("/bindings?provider_id=nonsense").await.pointers(), ["/provider_id"]);
        assert_eq!(client.get("/bindings?limit=1&limit=2").await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn no_cache_keeps_an_answer() {
    grounds(async |ground| {
        let server = Server::start(&ground);
        let client = server.client().await;
        let token = json!({"account_sid": SID, "identity": "bob", "ttl_seconds": 60});
        for answer in [
            client.post("/webhook-tokens", json!({})).await,
            client.post("/client-tokens", token).await,
            client.get("/workspace").await,
            client.get("/nothing").await,
        ] {
            assert_eq!(answer.headers["cache-control"], "no-store", "{}", answer.body);
        }
    })
    .await;
}
