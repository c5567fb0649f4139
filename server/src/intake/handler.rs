//! The webhook's endpoint: HTTP in, HTTP out.

use std::sync::Arc;

use poem::{
    Body, IntoResponse, Request, Response, handler,
    http::{HeaderMap, Method, StatusCode, header},
    web::{Data, Path},
};
use ringhook_openapi::problem::ApiProblem;

use super::{
    Answer, Incoming,
    answer::{TOO_LARGE, UNSUPPORTED},
};
use crate::{
    app::App,
    http::{client_address::client_address, request_id::RequestId},
    metrics::metrics,
    telemetry::Trail,
    twilio,
};

/// `POST /hooks/{token}`; any other method is told so.
#[handler]
pub async fn webhook(
    request: &Request,
    body: Body,
    Path(token): Path<String>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let received = tokio::time::Instant::now();
    let received_at = app.ground.clock.now();
    let request_id = RequestId::of(request);
    let refuse = |word, problem: ApiProblem| {
        metrics().answered(word, false, received.elapsed());
        problem.with_request_id(request_id).into_response()
    };
    if request.method() != Method::POST {
        return only_post().with_request_id(request_id).with_header(header::ALLOW, "POST").into_response();
    }
    if !is_json(request.headers()) {
        return refuse(UNSUPPORTED, ApiProblem::unsupported_media_type());
    }
    let body = match body.into_bytes_limit(twilio::MAX_BODY).await {
        Ok(body) => body.into(),
        Err(poem::error::ReadBodyError::PayloadTooLarge) => {
            return refuse(TOO_LARGE, ApiProblem::too_large(twilio::MAX_BODY));
        }
        Err(error) => {
            let problem = ApiProblem::new(StatusCode::BAD_REQUEST, "malformed", error.to_string());
            return refuse("malformed", problem);
        }
    };
    let incoming = Incoming {
        token,
        path_and_query: request.original_uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        body,
        signature: text(request.headers(), "x-twilio-signature"),
        seen_hosts: ["host", "x-forwarded-host"]
            .iter()
            .filter_map(|name| text(request.headers(), name))
            .collect(),
        idempotency_token: text(request.headers(), "i-twilio-idempotency-token")
            .filter(|token| token.len() <= 200),
        address: client_address(request, &app.config.trusted_proxies),
        received_at,
        received,
        test: None,
    };
    // A task of its own: a sender that hangs up must not stop a call half-way.
    let answer = Trail::apart(app.intake.clone().take(incoming)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "taking a webhook failed");
        Answer::Unavailable
    });
    answer.into_response(request_id)
}

fn only_post() -> ApiProblem {
    let detail = "This is a webhook: it answers POST alone, as Twilio sends it.";
    ApiProblem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}
