//! Paths and queries that hold text. U+0000 stands in no text here, and Postgres takes none that holds it; what is no UTF-8
//! is no text at all. Either is turned away before anybody looks for it.

use percent_encoding::percent_decode_str;
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{StatusCode, Uri},
};
use ringhook_openapi::problem::ApiProblem;
use ringhook_web::pages::Message;

use super::{page::page, request_id::RequestId};

/// What programs ask for, and are answered with a problem; everything else is a page.
const PROGRAMS: [&str; 2] = ["/api/", "/hooks/"];

/// Answers 400 to a path or query that is no text.
pub struct Readable;

impl<E: Endpoint> Middleware<E> for Readable {
    type Output = Read<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Read(endpoint)
    }
}

/// An endpoint whose requests can be read.
pub struct Read<E>(E);

impl<E: Endpoint> Endpoint for Read<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let Some(fault) = fault(request.uri()) else {
            return self.0.call(request).await.map(IntoResponse::into_response);
        };
        let path = request.uri().path();
        if !PROGRAMS.iter().any(|programs| path.starts_with(programs)) {
            return Ok(page(StatusCode::BAD_REQUEST, &Message::unreadable_address()));
        }
        let problem = ApiProblem::bad_request("invalid_parameter", fault);
        Ok(problem.with_request_id(RequestId::of(&request)).into_response())
    }
}

/// What keeps the path or the query from being read, if anything.
fn fault(uri: &Uri) -> Option<&'static str> {
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    if [path, query].iter().any(|part| part.contains("%00")) {
        return Some("The path or the query holds U+0000 (`%00`), which no text here does; leave it out.");
    }
    let is_text = !path.contains('%') || percent_decode_str(path).decode_utf8().is_ok();
    (!is_text).then_some("The path is not UTF-8 once it is decoded; percent-encode the bytes of UTF-8.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_query_hold_text() {
        for readable in ["/", "/w/x?q=%C3%A9", "/api/v1/bindings/%2500", "/hooks/a?b=%ff", "/a%20b"] {
            assert_eq!(fault(&Uri::from_static(readable)), None, "{readable}");
        }
        for unreadable in ["/%00", "/w/x/calls?q=a%00b", "/api/v1/bindings/%ff", "/a%C3"] {
            assert!(fault(&Uri::from_static(unreadable)).is_some(), "{unreadable}");
        }
    }
}
