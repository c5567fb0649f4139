use poem::{
    Endpoint, EndpointExt, IntoEndpoint, Request, handler,
    http::Method,
    middleware::{Cors, SizeLimit},
};
use poem_openapi::{
    ApiResponse, OpenApi, OpenApiService, SecurityScheme, auth::Bearer, param::Query, payload::Json,
};
use serde_json::{Value, json};

use super::*;
use crate::{problem::PROBLEM_JSON, words::Scope};

#[derive(SecurityScheme)]
#[oai(ty = "bearer", checker = "no_key")]
struct Key(());

async fn no_key(_: &Request, _: Bearer) -> poem::Result<()> {
    Err(poem::Error::from_string("the key store said hunter2", StatusCode::INTERNAL_SERVER_ERROR))
}

#[derive(ApiResponse)]
enum Refused {
    #[oai(status = 409)]
    Conflict,
}

struct Api;

#[OpenApi]
impl Api {
    #[oai(path = "/things", method = "get")]
    async fn list(&self, limit: Query<Option<u32>>) -> Json<u32> {
        Json(limit.0.unwrap_or_default())
    }

    #[oai(path = "/things", method = "post")]
    async fn create(&self, body: Json<u32>) -> Json<u32> {
        body
    }

    #[oai(path = "/secured", method = "get")]
    async fn secured(&self, _key: Key) -> Json<u32> {
        Json(1)
    }

    #[oai(path = "/refused", method = "get")]
    async fn refused(&self) -> Refused {
        Refused::Conflict
    }

    #[oai(path = "/ours", method = "get")]
    async fn ours(&self) -> Result<Json<u32>, ApiProblem> {
        Err(ApiProblem::unavailable(7))
    }
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

async fn ask(endpoint: impl Endpoint<Output = Response>, request: Request) -> Answered {
    let response = finish(endpoint.call(request).await, "req_1");
    let (parts, body) = response.into_parts();
    let bytes = body.into_bytes().await.expect("a body");
    let body = serde_json::from_slice(&bytes).expect("JSON");
    Answered { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn ask_api(request: Request) -> Answered {
    ask(OpenApiService::new(Api, "Test", "1").into_endpoint().map_to_response(), request).await
}

fn get(path: &'static str) -> Request {
    Request::builder().uri_str(path).finish()
}

fn assert_problem(answered: &Answered, status: u16, code: &str) {
    assert_eq!((answered.status, answered.body["code"].as_str()), (status, Some(code)), "{}", answered.body);
    assert_eq!(answered.body["status"], status);
    assert_eq!(answered.body["request_id"], "req_1");
    assert_eq!(answered.body["type"], format!("/api/docs/problems#{code}"));
    assert_eq!(answered.headers[header::CONTENT_TYPE], PROBLEM_JSON);
    for text in ["title", "detail"] {
        assert!(answered.body[text].as_str().is_some_and(|text| !text.is_empty()), "{}", answered.body);
    }
}

#[tokio::test]
async fn routes_that_are_not_there() {
    assert_problem(&ask_api(get("/nothing")).await, 404, "no_such_path");
    let delete = Request::builder().method(Method::DELETE).uri_str("/things").finish();
    assert_problem(&ask_api(delete).await, 405, "method_not_allowed");
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let answered = ask_api(get("/things?limit=many")).await;
    assert_problem(&answered, 400, "invalid_parameter");
    assert!(answered.body["detail"].as_str().is_some_and(|detail| detail.contains("`limit`")));
}

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let post = |content_type: &str, body: &'static str| {
        let request = Request::builder().method(Method::POST).uri_str("/things");
        request.content_type(content_type).body(body)
    };
    assert_problem(&ask_api(post("application/json", "{")).await, 400, "malformed");
    assert_problem(&ask_api(post("text/plain", "1")).await, 415, "unsupported_media_type");
    let bare = Request::builder().method(Method::POST).uri_str("/things").body("1");
    assert_problem(&ask_api(bare).await, 415, "unsupported_media_type");
}

#[tokio::test]
async fn a_missing_credential_is_401_and_a_broken_key_store_tells_nothing() {
    let answered = ask_api(get("/secured")).await;
    assert_problem(&answered, 401, "unauthorized");
    assert_eq!(answered.headers[header::WWW_AUTHENTICATE], "Bearer");

    let with_key = Request::builder().uri_str("/secured").header("authorization", "Bearer rhk_x").finish();
    let answered = ask_api(with_key).await;
    assert_problem(&answered, 500, "internal");
    assert!(!answered.body.to_string().contains("hunter2"), "{}", answered.body);
}

#[tokio::test]
async fn answers_without_a_problem_get_one() {
    assert_problem(&ask_api(get("/refused")).await, 409, "conflict");
}

#[tokio::test]
async fn our_own_problems_pass_unchanged() {
    let answered = ask_api(get("/ours")).await;
    assert_problem(&answered, 503, "unavailable");
    assert_eq!(answered.headers[header::RETRY_AFTER], "7");
}

#[tokio::test]
async fn what_is_not_an_error_passes_untouched() {
    let service = OpenApiService::new(Api, "Test", "1").into_endpoint().map_to_response();
    let response = finish(service.call(get("/things?limit=5")).await, "req_1");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().into_string().await.expect("a body"), "5");
}

#[handler]
fn ours_as_an_answer() -> Response {
    ApiProblem::rate_limited(3).into_response()
}

#[handler]
fn limited() -> Response {
    Response::builder()
        .status(StatusCode::TOO_MANY_REQUESTS)
        .header("RateLimit-Limit", "5")
        .header("ETag", "x")
        .body("slow")
}

#[handler]
fn teapot() -> poem::Result<()> {
    Err(StatusCode::IM_A_TEAPOT.into())
}

#[handler]
fn reads_text(_text: String) {}

#[tokio::test]
async fn headers_stay_and_the_body_goes() {
    let answered = ask(ours_as_an_answer, get("/")).await;
    assert_problem(&answered, 429, "rate_limited");
    assert_eq!(answered.headers[header::RETRY_AFTER], "3");

    let answered = ask(limited, get("/")).await;
    assert_problem(&answered, 429, "rate_limited");
    assert_eq!(answered.headers["ratelimit-limit"], "5");
    assert!(!answered.headers.contains_key(header::ETAG));
    assert_problem(&ask(teapot, get("/")).await, 418, "i_m_a_teapot");
}

#[tokio::test]
async fn the_frameworks_middleware() {
    let sized = reads_text.with(SizeLimit::new(2)).map_to_response();
    let long = Request::builder().header("content-length", "3").body("abc");
    assert_problem(&ask(&sized, long).await, 413, "body_too_large");
    assert_problem(&ask(&sized, Request::builder().body("abc")).await, 411, "length_required");

    let elsewhere = Request::builder().header("origin", "https://b.example").finish();
    let cors = reads_text.with(Cors::new().allow_origin("https://a.example")).map_to_response();
    assert_problem(&ask(cors, elsewhere).await, 403, "origin_not_allowed");
    assert_problem(
        &ask(reads_text.map_to_response(), Request::builder().body(vec![0xff])).await,
        400,
        "malformed",
    );
}

#[test]
fn the_constructors_have_stable_codes() {
    let made = [
        (ApiProblem::malformed("x"), 400, "malformed", "Malformed"),
        (ApiProblem::unauthorized("token_expired", "x"), 401, "token_expired", "Token expired"),
        (ApiProblem::forbidden_scope(Scope::CallsTest), 403, "missing_scope", "Missing scope"),
        (ApiProblem::not_found("binding"), 404, "not_found", "Not found"),
        (ApiProblem::conflict("last_webhook_token", "x"), 409, "last_webhook_token", "Last webhook token"),
        (ApiProblem::too_large(10), 413, "body_too_large", "Body too large"),
        (ApiProblem::invalid(Vec::new()), 422, "validation_failed", "Validation failed"),
        (ApiProblem::internal(), 500, "internal", "Internal"),
    ];
    for (problem, status, code, title) in made {
        let problem = problem.into_problem();
        assert_eq!((problem.status, problem.code.as_str(), problem.title.as_str()), (status, code, title));
    }
    assert!(ApiProblem::forbidden_scope(Scope::CallsTest).to_string().contains("`calls:test`"));
    assert!(ApiProblem::too_large(10).to_string().contains("10 bytes"));
    assert_eq!(ApiProblem::rate_limited(9).retry_after(), Some(9));
}

#[test]
fn a_problem_is_written_as_the_standard_says() {
    use crate::problem::FieldError;
    use poem_openapi::types::ToJSON;

    let problem = ApiProblem::invalid(vec![FieldError::new("/identity", "is required")]);
    let problem = problem.under("/operations/3").with_request_id("req_9").into_problem();
    let written = json!({
        "type": "/api/docs/problems#validation_failed", "title": "Validation failed", "status": 422,
        "detail": "The body does not fit; see `errors`.", "code": "validation_failed", "request_id": "req_9",
        "errors": [{"pointer": "/operations/3/identity", "detail": "is required"}],
    });
    assert_eq!(problem.to_json(), Some(written));
    let plain = ApiProblem::internal().into_problem().to_json().expect("JSON");
    assert_eq!(plain.get("errors"), None);
}
