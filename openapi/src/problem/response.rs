//! A problem as poem answers it and as the document describes it.

use poem::{
    IntoResponse, Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ToJSON, Type},
};

use super::{ApiProblem, PROBLEM_JSON, Problem};

impl ResponseError for ApiProblem {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn as_response(&self) -> Response {
        let status = ResponseError::status(self);
        let body = self.problem.to_json().unwrap_or_default().to_string();
        let mut response = Response::builder().status(status).content_type(PROBLEM_JSON).body(body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // so that the request id can still be filled in
        response.set_data(self.clone());
        response
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        self.as_response()
    }
}

impl ApiResponse for ApiProblem {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: DOCUMENTED.iter().map(|(status, text)| documented(*status, text)).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

/// Every status that an endpoint may answer with a problem, as the document tells it.
const DOCUMENTED: [(u16, &str); 12] = [
    (400, "Cannot be read: not JSON, a wrong parameter."),
    (401, "No credential, or one that does not hold."),
    (403, "The credential lacks the scope of this route."),
    (404, "Not there, or another workspace's."),
    (405, "This path does not answer this method."),
    (409, "At odds with what is there, or with an earlier request under the same `Idempotency-Key`."),
    (413, "The body is too large."),
    (415, "The body is not JSON."),
    (422, "The body was read, but some of its fields cannot be taken: `errors` names them."),
    (429, "Too many requests."),
    (500, "Our fault; the log has more under the request id."),
    (503, "Not now: the database cannot be reached, or the server is at its limit."),
];

fn documented(status: u16, description: &'static str) -> MetaResponse {
    let waits = matches!(status, 429 | 503);
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: PROBLEM_JSON, schema: Problem::schema_ref() }],
        headers: if waits { vec![retry_after_header()] } else { Vec::new() },
    }
}

fn retry_after_header() -> MetaHeader {
    MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some("Seconds until another try makes sense.".to_owned()),
        required: true,
        deprecated: false,
        schema: u32::schema_ref(),
    }
}
