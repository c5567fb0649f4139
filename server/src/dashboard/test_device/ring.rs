//! `POST /w/{workspace}/test-device/ring`: a test call. A script is answered JSON, a form is led to the call.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use serde_json::json;

use super::{Given, json, show, told};
use crate::{
    access::Member,
    app::App,
    dashboard::{fields::Fields, ringing},
    domain::roles::may,
    http::page::see_other,
    intake::TestCall,
};

/// Rings every device of the identity.
#[handler]
pub async fn ring(
    request: &Request,
    member: Member<may::Ring>,
    Data(app): Data<&Arc<App>>,
    Fields(given): Fields<Given>,
) -> Response {
    let wants = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_script = wants.is_some_and(|wants| wants.contains("application/json"));
    let begun = tokio::time::Instant::now();
    let identity = given.identity.trim().to_owned();
    let call = TestCall { account_sid: given.account_sid.clone(), identity, only: None };
    let errors = match ringing::ring(app, &member, &call).await {
        Ok(Ok(rung)) if is_script => {
            let after_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            let told = json!({"status": rung.status, "after_ms": after_ms, "path": rung.path});
            return json(StatusCode::OK, told);
        }
        Ok(Ok(rung)) => return see_other(&rung.path),
        Ok(Err(errors)) => errors,
        Err(response) => return response,
    };
    match is_script {
        true => json(StatusCode::UNPROCESSABLE_ENTITY, json!({ "detail": told(&errors) })),
        false => show::again(&member, &given, errors).await,
    }
}
