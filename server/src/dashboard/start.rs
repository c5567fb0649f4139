//! `GET /`: that it runs, and how to come in; who is in already goes on to their workspaces.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::{pages::Start, paths};

use crate::{
    access::{Person, Visitor},
    config::Signup,
    http::page::{page, see_other},
};

#[handler]
pub async fn start_page(visitor: Visitor) -> poem::Result<Response> {
    let visitor = match Person::find(visitor).await? {
        Ok(_) => return Ok(see_other(paths::WORKSPACES)),
        Err(visitor) => visitor,
    };
    let config = &visitor.app.config;
    let view = Start {
        version: env!("CARGO_PKG_VERSION"),
        public_url: config.public_base().to_owned(),
        loopback: config.is_loopback(),
        sign_up: config.signup == Signup::Open,
    };
    Ok(page(StatusCode::OK, &view))
}
