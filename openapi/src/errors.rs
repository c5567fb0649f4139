//! The net under every endpoint: whatever poem answers with, the client gets a problem.

mod parameters;

use poem::{
    IntoResponse, Response,
    error::{
        CorsError, MethodNotAllowedError, NotFoundError, ParseQueryError, ReadBodyError, SizedLimitError,
    },
    http::{HeaderMap, StatusCode, header},
};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};

use crate::problem::ApiProblem;

/// The problem that stands for any error of the framework or of ours. What the error says is passed on only where it
/// speaks of the request; of everything else the client learns the status.
pub fn problem_of(error: &poem::Error) -> ApiProblem {
    if let Some(problem) = error.downcast_ref::<ApiProblem>() {
        return problem.clone();
    }
    about_the_request(error).unwrap_or_else(|| problem_of_status(error.status()))
}

/// Ends a request under `request_id`: an error, and an answer from 400 on that is not a problem yet, become
/// `application/problem+json`; everything else passes unchanged. Headers that were set, such as `Retry-After`, stay.
///
/// What an error of 500 or more says never reaches the client: log it before it comes here.
pub fn finish(result: poem::Result<Response>, request_id: &str) -> Response {
    match result {
        Ok(response) => finish_response(response, request_id),
        Err(error) => {
            let problem = problem_of(&error).with_request_id(request_id);
            keep_headers(problem.into_response(), &error.into_response())
        }
    }
}

fn finish_response(response: Response, request_id: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = response.data::<ApiProblem>().cloned().unwrap_or_else(|| problem_of_status(status));
    keep_headers(problem.with_request_id(request_id).into_response(), &response)
}

/// Takes over the headers of `from` that do not describe its body and that `response` does not set itself.
fn keep_headers(mut response: Response, from: &Response) -> Response {
    let mut kept = HeaderMap::new();
    for (name, value) in from.headers() {
        let of_the_body =
            [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ETAG];
        if !of_the_body.contains(name) && !response.headers().contains_key(name) {
            kept.append(name, value.clone());
        }
    }
    response.headers_mut().extend(kept);
    response
}

fn about_the_request(error: &poem::Error) -> Option<ApiProblem> {
    about_the_route(error).or_else(|| about_a_parameter(error)).or_else(|| about_the_body(error))
}

fn about_the_route(error: &poem::Error) -> Option<ApiProblem> {
    if error.is::<NotFoundError>() {
        let detail = "There is nothing at this path; the document at /api/openapi.json lists every path.";
        return Some(ApiProblem::new(StatusCode::NOT_FOUND, "no_such_path", detail));
    }
    if error.is::<MethodNotAllowedError>() {
        return Some(ApiProblem::method_not_allowed());
    }
    if error.is::<CorsError>() {
        return Some(ApiProblem::forbidden(
            "origin_not_allowed",
            "This origin, method or header is not allowed here.",
        ));
    }
    error.is::<AuthorizationError>().then(unauthorized)
}

fn about_a_parameter(error: &poem::Error) -> Option<ApiProblem> {
    let (name, reason) = if let Some(error) = error.downcast_ref::<ParseParamError>() {
        (error.name, &error.reason)
    } else if let Some(error) = error.downcast_ref::<ParsePathError>() {
        (error.name, &error.reason)
    } else if let Some(error) = error.downcast_ref::<ParseQueryError>() {
        return Some(ApiProblem::bad_request(
            "invalid_parameter",
            format!("The query cannot be read: {error}."),
        ));
    } else {
        return None;
    };
    Some(ApiProblem::bad_request("invalid_parameter", parameters::sentence(name, reason)))
}

fn about_the_body(error: &poem::Error) -> Option<ApiProblem> {
    if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
        return Some(ApiProblem::malformed(format!("The body cannot be read: {}.", error.reason)));
    }
    if let Some(error) = error.downcast_ref::<ParseMultipartError>() {
        return Some(ApiProblem::malformed(format!("The form cannot be read: {}.", error.reason)));
    }
    if error.is::<ContentTypeError>() {
        return Some(ApiProblem::unsupported_media_type());
    }
    if let Some(error) = error.downcast_ref::<ReadBodyError>() {
        return match error {
            ReadBodyError::PayloadTooLarge => Some(too_large()),
            ReadBodyError::Utf8(_) | ReadBodyError::Io(_) => Some(broken_off()),
            ReadBodyError::BodyHasBeenTaken => None,
        };
    }
    (error.downcast_ref::<SizedLimitError>() == Some(&SizedLimitError::PayloadTooLarge)).then(too_large)
}

fn problem_of_status(status: StatusCode) -> ApiProblem {
    match status {
        StatusCode::BAD_REQUEST => ApiProblem::malformed("The request cannot be read."),
        StatusCode::UNAUTHORIZED => unauthorized(),
        StatusCode::FORBIDDEN => ApiProblem::forbidden("forbidden", "This credential may not do this."),
        StatusCode::NOT_FOUND => ApiProblem::not_found("thing"),
        StatusCode::METHOD_NOT_ALLOWED => ApiProblem::method_not_allowed(),
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiProblem::unsupported_media_type(),
        StatusCode::TOO_MANY_REQUESTS => {
            ApiProblem::new(status, "rate_limited", "Too many requests; try again later.")
        }
        StatusCode::INTERNAL_SERVER_ERROR => ApiProblem::internal(),
        StatusCode::SERVICE_UNAVAILABLE => {
            ApiProblem::new(status, "unavailable", "Not now; try again later.")
        }
        other => by_its_reason(other),
    }
}

/// 411 becomes `length_required`: the standard's own phrase is all there is to say.
fn by_its_reason(status: StatusCode) -> ApiProblem {
    let reason = status.canonical_reason().unwrap_or("refused");
    let code = reason.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    ApiProblem::unexplained(status, &code, format!("{reason}."))
}

fn unauthorized() -> ApiProblem {
    let detail = "Send `Authorization: Bearer …` with a credential that holds.";
    ApiProblem::unauthorized("unauthorized", detail)
}

fn too_large() -> ApiProblem {
    ApiProblem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "The body is too large; send less at once.",
    )
}

fn broken_off() -> ApiProblem {
    ApiProblem::malformed("The body ended early or is not UTF-8; send it again.")
}

#[cfg(test)]
mod tests;
