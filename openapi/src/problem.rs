//! Problems: what every refusal of the API looks like, after [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).

mod response;

use std::fmt;

use poem::http::StatusCode;
use poem_openapi::Object;

use crate::{codes, words::Scope};

/// The media type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, and where.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// Where the documentation explains this code, relative to the server.
    #[oai(rename = "type")]
    pub kind: String,
    /// The code as a phrase.
    pub title: String,
    /// The HTTP status, once more.
    pub status: u16,
    /// What is wrong with this request, and what would put it right.
    pub detail: String,
    /// Stable, snake_case: what programs should decide on.
    pub code: String,
    /// Names this request in the server's log.
    pub request_id: String,
    /// With 422: every field that is at fault, as far as known. Left out otherwise.
    pub errors: Option<Vec<FieldError>>,
}

/// One field at fault.
#[derive(Object, Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the request's body; empty for the body as a whole.
    pub pointer: String,
    /// What is wrong with it, and what would put it right.
    pub detail: String,
}

impl FieldError {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A problem on its way to the client: the error type of every endpoint.
///
/// It is made without a request id; [`crate::errors::finish`] fills that in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiProblem {
    problem: Box<Problem>,
    retry_after: Option<u32>,
}

impl ApiProblem {
    /// A problem with any status, for what has no constructor of its own. Its code is one of [`codes`].
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        debug_assert!(codes::is_known(code), "{code} is not explained in codes.rs");
        Self::unexplained(status, code, detail)
    }

    /// A problem whose code is a status's own name, which needs no words of ours.
    pub(crate) fn unexplained(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            problem: Box::new(Problem {
                kind: format!("/api/docs/problems#{code}"),
                title: title_of(code),
                status: status.as_u16(),
                detail: detail.into(),
                code: code.to_owned(),
                request_id: String::new(),
                errors: None,
            }),
            retry_after: None,
        }
    }

    /// 400 `malformed`: the request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 400 with a code of its own.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: no credential, or one that does not hold.
    pub fn unauthorized(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, detail)
    }

    /// 403 `missing_scope`: the credential holds, but lacks `scope`.
    pub fn forbidden_scope(scope: Scope) -> Self {
        let detail = format!("This credential lacks the scope `{scope}`; use one that has it.");
        Self::forbidden("missing_scope", detail)
    }

    /// 403 with a code of its own.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 404 `not_found`: `noun`, such as `binding`, is not there or belongs to another workspace.
    pub fn not_found(noun: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("This workspace has no such {noun}."))
    }

    /// 405 `method_not_allowed`.
    pub fn method_not_allowed() -> Self {
        let detail =
            "This path does not answer this method; the document at /api/openapi.json lists those it does.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 409 with a code of its own.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 424 `batch_undone`: nothing is wrong with this operation, but another one of its batch was refused.
    pub fn undone() -> Self {
        let detail = "Another operation of this batch was refused, so none was done.";
        Self::new(StatusCode::FAILED_DEPENDENCY, "batch_undone", detail)
    }

    /// 413 `body_too_large`; `limit` in bytes.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("The body is larger than {limit} bytes; send less at once.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// 415 `unsupported_media_type`, where JSON is taken.
    pub fn unsupported_media_type() -> Self {
        Self::other_media_type_than(&["application/json"])
    }

    /// 415 `unsupported_media_type`, where these are taken.
    pub fn other_media_type_than(accepted: &[&str]) -> Self {
        let detail = format!("Send the body with `Content-Type: {}`.", accepted.join("` or `"));
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 422 `validation_failed`: the body can be read, but these fields cannot be taken as they are.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::unprocessable("validation_failed", "The body does not fit; see `errors`.", errors)
    }

    /// 422 with a code of its own, such as `no_provider`.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        problem.problem.errors = Some(errors);
        problem
    }

    /// 429 `rate_limited`; `retry_after` in seconds.
    pub fn rate_limited(retry_after: u32) -> Self {
        let detail = format!("Too many requests; try again in {retry_after} s.");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).after(retry_after)
    }

    /// 500 `internal`: our fault, told in the log and not here.
    pub fn internal() -> Self {
        let detail = "Something failed on the server; its log has more under this request_id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// 503 `unavailable`; `retry_after` in seconds.
    pub fn unavailable(retry_after: u32) -> Self {
        let detail = format!("The server cannot take this now; try again in {retry_after} s.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).after(retry_after)
    }

    /// The same problem, to be tried again after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same problem with every pointer moved under `prefix`, for a part that was read on its own.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        for error in self.problem.errors.iter_mut().flatten() {
            error.pointer.insert_str(0, prefix);
        }
        self
    }

    /// The same problem under the request's id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.problem.request_id);
        self
    }

    /// What the client will read.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// What the client will read, for an answer that carries problems inside.
    pub fn into_problem(self) -> Problem {
        *self.problem
    }

    /// Seconds of `Retry-After`, if any.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }
}

impl fmt::Display for ApiProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.problem.status, self.problem.code, self.problem.detail)
    }
}

impl std::error::Error for ApiProblem {}

/// `not_found` becomes `Not found`.
fn title_of(code: &str) -> String {
    let mut title = code.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}
