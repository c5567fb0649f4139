use poem::{Endpoint, EndpointExt, IntoEndpoint, Response, http::Method};
use poem_openapi::{OpenApi, OpenApiService, payload::Json};
use serde_json::{Value, json};

use super::*;
use crate::{
    batch::{Batch, BatchOperation},
    bindings::{BindingPatch, NewBinding},
    errors::finish,
    webhook_tokens::NewWebhookToken,
};

struct Api;

#[OpenApi]
impl Api {
    #[oai(path = "/bindings", method = "post")]
    async fn create(&self, body: Body<NewBinding>) -> Result<Json<String>, ApiProblem> {
        Ok(Json(body.0.identity))
    }

    #[oai(path = "/bindings", method = "patch")]
    async fn patch(&self, body: PatchBody<BindingPatch>) -> Result<Json<String>, ApiProblem> {
        Ok(Json(format!("{:?}", body.0.device_id)))
    }

    #[oai(path = "/tokens", method = "post")]
    async fn rotate(&self, body: OptionalBody<NewWebhookToken>) -> Result<Json<u32>, ApiProblem> {
        Ok(Json(body.0.grace_seconds))
    }

    #[oai(path = "/batch", method = "post")]
    async fn batch(&self, body: Body<Batch, BATCH_LIMIT>) -> Result<Json<u32>, ApiProblem> {
        let deletions =
            body.0.operations.iter().filter(|item| matches!(item.0, Ok(BatchOperation::Delete(_))));
        Ok(Json(deletions.map(|_| 1).sum()))
    }
}

async fn send(
    method: Method,
    path: &str,
    content_type: Option<&str>,
    body: impl Into<poem::Body>,
) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri_str(path);
    if let Some(content_type) = content_type {
        request = request.content_type(content_type);
    }
    let service = OpenApiService::new(Api, "Test", "1").into_endpoint().map_to_response();
    let response: Response = finish(service.call(request.body(body.into())).await, "req_1");
    let status = response.status().as_u16();
    let bytes = response.into_body().into_bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

fn binding() -> Value {
    json!({"account_sid": "AC1", "identity": "bob", "channel": "fcm", "address": "t"})
}

#[tokio::test]
async fn json_is_read_by_its_content_type() {
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let (status, body) = send(Method::POST, "/bindings", Some(content_type), binding().to_string()).await;
        assert_eq!((status, body), (200, json!("bob")));
    }
    for content_type in
        [None, Some("text/plain"), Some("application/merge-patch+json"), Some("application/jsonx")]
    {
        let (status, body) = send(Method::POST, "/bindings", content_type, binding().to_string()).await;
        assert_eq!(
            (status, body["code"].as_str()),
            (415, Some("unsupported_media_type")),
            "{content_type:?}"
        );
    }
}

#[tokio::test]
async fn faults_reach_the_client_with_their_pointer() {
    let mut body = binding();
    body["identity"] = json!(5);
    let (status, answer) = send(Method::POST, "/bindings", Some(JSON), body.to_string()).await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["errors"],
        json!([{"pointer": "/identity", "detail": "expected a string, found a number"}])
    );
    assert_eq!(answer["request_id"], "req_1");
    assert_eq!(send(Method::POST, "/bindings", Some(JSON), "{\"a\"").await.0, 400);
    assert_eq!(send(Method::POST, "/bindings", Some(JSON), "").await.0, 400);
    assert_eq!(send(Method::POST, "/bindings", Some(JSON), vec![b'"', 0xff, b'"']).await.0, 400);
}

#[tokio::test]
async fn the_limit_is_the_last_byte() {
    let body = binding().to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    assert_eq!(send(Method::POST, "/bindings", Some(JSON), padded(BODY_LIMIT)).await.0, 200);
    let (status, answer) = send(Method::POST, "/bindings", Some(JSON), padded(BODY_LIMIT + 1)).await;
    assert_eq!((status, answer["code"].as_str()), (413, Some("body_too_large")));
    assert_eq!(send(Method::PATCH, "/bindings", Some(JSON), " ".repeat(BODY_LIMIT + 1)).await.0, 413);
}

#[tokio::test]
async fn a_batch_has_room_for_a_thousand() {
    let operations = vec![json!({"op": "delete", "id": "x".repeat(1024)}); 1000];
    let body = json!({"operations": operations}).to_string();
    assert!(body.len() > BODY_LIMIT);
    assert_eq!(send(Method::POST, "/batch", Some(JSON), body).await, (200, json!(1000)));
}

#[tokio::test]
async fn a_patch_tells_absent_from_null() {
    for content_type in [MERGE_PATCH, JSON] {
        for (body, read) in
            [("{}", "Undefined"), (r#"{"device_id":null}"#, "Null"), (r#"{"device_id":"d"}"#, "Value(\"d\")")]
        {
            let answer = send(Method::PATCH, "/bindings", Some(content_type), body).await;
            assert_eq!(answer, (200, json!(read)));
        }
    }
    assert_eq!(send(Method::PATCH, "/bindings", Some("text/plain"), "{}").await.0, 415);
}

#[tokio::test]
async fn an_optional_body_may_be_left_out() {
    assert_eq!(send(Method::POST, "/tokens", None, "").await, (200, json!(86_400)));
    assert_eq!(send(Method::POST, "/tokens", Some(JSON), "{}").await, (200, json!(86_400)));
    assert_eq!(send(Method::POST, "/tokens", Some(JSON), r#"{"grace_seconds":0}"#).await, (200, json!(0)));
    assert_eq!(send(Method::POST, "/tokens", None, "{}").await.0, 415);
    assert_eq!(send(Method::POST, "/tokens", Some(JSON), r#"{"grace":0}"#).await.0, 422);
}

#[test]
fn the_document_describes_bodies_and_problems() {
    let document: Value = serde_json::from_str(&OpenApiService::new(Api, "Test", "1").spec()).expect("JSON");
    let reference = |name: &str| json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});

    let post = &document["paths"]["/bindings"]["post"];
    assert_eq!(post["requestBody"], json!({"content": {JSON: reference("NewBinding")}, "required": true}));
    let patch = &document["paths"]["/bindings"]["patch"]["requestBody"]["content"];
    assert_eq!(*patch, json!({MERGE_PATCH: reference("BindingPatch"), JSON: reference("BindingPatch")}));
    assert_eq!(document["paths"]["/tokens"]["post"]["requestBody"]["required"], false);

    for status in ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500", "503"] {
        let response = &post["responses"][status];
        assert_eq!(
            response["content"],
            json!({"application/problem+json": reference("Problem")}),
            "{status}"
        );
        assert_eq!(
            response["headers"]["Retry-After"].is_object(),
            matches!(status, "429" | "503"),
            "{status}"
        );
    }
    let batch = &document["components"]["schemas"]["BatchOperation"];
    assert_eq!(batch["discriminator"]["propertyName"], "op");
}
