//! The reader's browser as a device.

pub mod ring;
pub mod show;
pub mod token;

use poem::{
    IntoResponse, Response,
    http::{StatusCode, header},
};
use ringhook_web::pages::Errors;
use serde::Deserialize;
use serde_json::Value;

/// Who is called.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    account_sid: String,
    identity: String,
}

fn json(status: StatusCode, value: Value) -> Response {
    let body = value.to_string();
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, body).into_response();
    for (name, value) in kind {
        response.headers_mut().insert(name, poem::http::HeaderValue::from_static(value));
    }
    response
}

/// What a form would show, as a sentence.
fn told(errors: &Errors) -> String {
    let each: Vec<String> = errors.iter().map(|(field, detail)| format!("{field} {detail}")).collect();
    each.join(" ")
}
