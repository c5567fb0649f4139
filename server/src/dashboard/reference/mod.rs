//! The reference of the API, for whoever reads: its document as pages, one a noun.

mod curl;
pub mod noun;
pub mod problems;
mod read;
mod schema;

use std::sync::Arc;

use poem::{Response, handler, http::StatusCode, web::Data};
use ringhook_web::{pages, pages::ReferenceFrame, paths, prose::Prose};

use crate::{api::document::DOCUMENT, app::App, http::page::page};

/// `GET /api/docs`.
#[handler]
pub fn show(Data(app): Data<&Arc<App>>) -> Response {
    let view = pages::Reference {
        frame: frame(paths::REFERENCE),
        base: base(app),
        about: Prose::read(DOCUMENT["info"]["description"].as_str().unwrap_or_default()),
        nouns: read::nouns().map(|noun| noun.row()).collect(),
    };
    page(StatusCode::OK, &view)
}

fn frame(here: &str) -> ReferenceFrame {
    let overview = ("Overview".to_owned(), paths::REFERENCE.to_owned());
    let problems = ("Problems".to_owned(), paths::PROBLEMS.to_owned());
    let nouns = read::nouns().map(|noun| (noun.name.to_owned(), noun.path()));
    let pages = std::iter::once(overview).chain(nouns).chain([problems]).collect();
    ReferenceFrame { here: here.to_owned(), pages }
}

/// Where the API is, for the reader.
fn base(app: &App) -> String {
    let public = app.config.public_url.as_str().trim_end_matches('/').to_owned();
    format!("{public}{}", crate::api::BASE)
}
