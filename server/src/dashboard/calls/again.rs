//! `POST /w/{workspace}/calls/{id}/again`.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path},
};

use super::show;
use crate::{
    access::Member,
    app::App,
    dashboard::{fields::refusal, ringing},
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
    let logged = match notifications::get(&member.ground, member.workspace.id, id).await {
        Ok(logged) => logged,
        Err(error) => return refusal(error),
    };
    let first = &logged.notification;
    let call =
        TestCall { account_sid: first.account_sid.clone(), identity: first.identity.clone(), only: None };
    let errors = match ringing::ring(app, &member, &call).await {
        Ok(Ok(rung)) => return see_other(&rung.path),
        Ok(Err(errors)) => errors,
        Err(response) => return response,
    };
    show::answer(&member, &logged, StatusCode::UNPROCESSABLE_ENTITY, errors.of("form").to_owned()).await
}
