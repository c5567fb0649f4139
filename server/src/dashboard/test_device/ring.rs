//! `POST /w/{workspace}/test-device/ring`: a test call. A script is answered JSON, a form is led to the call.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use ringhook_web::{pages::Errors, paths};
use serde_json::json;

use super::{Given, json, show, told};
use crate::{
    access::Member,
    app::App,
    dashboard::fields::{Fields, errors_of},
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
    let errors = match app.intake.try_call(member.workspace.id, &call).await {
        Ok(answer) => match answer.notification() {
            Some(id) => {
                let path = paths::workspace(&member.workspace.slug, &format!("/calls/{id}"));
                let after_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                let told = json!({"status": answer.status(), "after_ms": after_ms, "path": path});
                return if is_script { json(StatusCode::OK, told) } else { see_other(&path) };
            }
            None => Errors::one("form", format!("It was not taken: it was answered {}.", answer.status())),
        },
        Err(error) => match errors_of(error) {
            Ok(errors) if !errors.of("account_sid").is_empty() => {
                Errors::one("form", format!("The account {}", errors.of("account_sid")))
            }
            Ok(errors) => errors,
            Err(response) => return response,
        },
    };
    match is_script {
        true => json(StatusCode::UNPROCESSABLE_ENTITY, json!({ "detail": told(&errors) })),
        false => show::again(&member, &given, errors).await,
    }
}
