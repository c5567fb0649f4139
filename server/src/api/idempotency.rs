//! `Idempotency-Key`: a request that is sent again, because its answer never came, is not done again
//! (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>). An answer is kept for a day, sealed; only
//! one that says that something was done, so that a refusal can be mended under the same key.

use std::future::Future;

use poem::{
    Request, Response, Result,
    http::{HeaderValue, StatusCode, header},
};
use ringhook_openapi::{body::BATCH_LIMIT, problem::ApiProblem};
use serde_json::Value;

use crate::{
    access::ApiClient,
    domain::{
        Ground,
        idempotency::{self, Claim, Request as Asked},
    },
};

const HEADER: &str = "idempotency-key";
const REPLAYED: &str = "idempotency-replayed";
/// Longest key, in characters.
const KEY_LIMIT: usize = 255;
/// Members of an answer that are secrets: they are shown once, and kept nowhere.
const SECRETS: [&str; 3] = ["token", "secret", "webhook_url"];
/// The one POST that may have a body of any size; sending it again changes nothing anyway.
const STREAM: &str = "application/x-ndjson";

/// Lets the request pass, unless it was answered under its key already.
pub(super) async fn once<F: Future<Output = Result<Response>>>(
    ground: &Ground,
    client: &ApiClient,
    mut request: Request,
    pass: impl FnOnce(Request) -> F,
) -> Result<Response> {
    let is_stream = request.content_type().is_some_and(|kind| kind.starts_with(STREAM));
    let Some(key) = key(&request)?.filter(|_| !is_stream) else { return pass(request).await };
    let bytes = request.take_body().into_bytes_limit(BATCH_LIMIT).await?;
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let asked = Asked::new(client.workspace, client.key, &key, target, &bytes);
    request.set_body(bytes);
    match idempotency::claim(ground, &asked).await.map_err(ApiProblem::from)? {
        Claim::Granted => {}
        Claim::Done { status, body } => return Ok(replayed(status, body)),
        Claim::Refused(problem) => return Err(ApiProblem::from(problem).into()),
        Claim::Busy => {
            let detail = "A request under this `Idempotency-Key` is being worked on; try again in 1 s.";
            return Err(ApiProblem::conflict("request_in_progress", detail).after(1).into());
        }
    }
    match pass(request).await {
        Ok(response) if response.is_success() => keep(ground, &asked, response).await,
        other => {
            idempotency::release(ground, &asked).await.map_err(ApiProblem::from)?;
            other
        }
    }
}

/// The key, if one is given.
fn key(request: &Request) -> Result<Option<String>, ApiProblem> {
    let mut given = request.headers().get_all(HEADER).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let fits = (1..=KEY_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    match fits && given.next().is_none() {
        true => Ok(Some(text.to_owned())),
        false => Err(ApiProblem::bad_request(
            "invalid_parameter",
            format!("`Idempotency-Key` must be one text of 1 to {KEY_LIMIT} visible ASCII characters."),
        )),
    }
}

/// Keeps the answer before it is given.
async fn keep(ground: &Ground, asked: &Asked, response: Response) -> Result<Response> {
    let (parts, body) = response.into_parts();
    let bytes = body.into_bytes().await?;
    let shows_secret = serde_json::from_slice::<Value>(&bytes)
        .is_ok_and(|answer| SECRETS.iter().any(|name| answer.get(name).is_some_and(Value::is_string)));
    let kept = if shows_secret { None } else { Some(&bytes[..]) };
    let status = parts.status.as_u16();
    idempotency::keep(ground, asked, status, kept).await.map_err(ApiProblem::from)?;
    Ok(Response::from_parts(parts, bytes.into()))
}

fn replayed(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = Response::builder().status(status).body(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
