//! `GET /`: that it runs, and what to do next.

use std::sync::Arc;

use poem::{Response, handler, http::StatusCode, web::Data};
use ringhook_web::pages::Start;

use super::page::page;
use crate::app::App;

#[handler]
pub fn start_page(Data(app): Data<&Arc<App>>) -> Response {
    let view = Start {
        version: env!("CARGO_PKG_VERSION"),
        public_url: app.config.public_base().to_owned(),
        loopback: app.config.is_loopback(),
    };
    page(StatusCode::OK, &view)
}
