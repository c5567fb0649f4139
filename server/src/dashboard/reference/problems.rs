//! `GET /api/docs/problems`: what each code means; the `type` of a problem leads here.

use poem::{Response, handler, http::StatusCode};
use ringhook_openapi::codes::{CODES, Code};
use ringhook_web::{
    pages::{CodeRow, ReferenceProblems},
    paths,
    prose::Prose,
};

use super::frame;
use crate::http::page::page;

/// Every code.
#[handler]
pub fn show() -> Response {
    let row = |code: &Code| CodeRow {
        status: code.status,
        code: code.code,
        means: Prose::read(code.means),
        remedy: Prose::read(code.remedy),
    };
    let view = ReferenceProblems { frame: frame(paths::PROBLEMS), codes: CODES.iter().map(row).collect() };
    page(StatusCode::OK, &view)
}
