//! `POST /w/{workspace}/calls/{id}/again`.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use ringhook_web::paths;

use super::show;
use crate::{
    access::Member,
    app::App,
    dashboard::fields::{errors_of, refusal},
    domain::{notifications, roles::may},
    http::page::{nothing_here, see_other},
    intake::TestCall,
    store::NotificationId,
};

/// Rings the same identity once more, and leads to the new call.
#[handler]
pub async fn ring(
    member: Member<may::Ring>,
    Path((_, id)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let Ok(id) = id.parse::<NotificationId>() else { return nothing_here() };
    let workspace = member.workspace.id;
    let logged = match notifications::get(&member.ground, workspace, id).await {
        Ok(logged) => logged,
        Err(error) => return refusal(error),
    };
    let first = &logged.notification;
    let call =
        TestCall { account_sid: first.account_sid.clone(), identity: first.identity.clone(), only: None };
    let fault = match app.intake.try_call(workspace, &call).await {
        Ok(answer) => match answer.notification() {
            Some(id) => {
                return see_other(&paths::workspace(&member.workspace.slug, &format!("/calls/{id}")));
            }
            None => format!("It was not taken: it was answered {}.", answer.status()),
        },
        Err(error) => match errors_of(error) {
            Ok(errors) => format!("This account {}", errors.of("account_sid")),
            Err(response) => return response,
        },
    };
    show::answer(&member, &logged, StatusCode::UNPROCESSABLE_ENTITY, fault).await
}
