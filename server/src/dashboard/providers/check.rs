//! `POST /w/{workspace}/providers/{id}/check`.

use std::sync::Arc;

use poem::{
    Response, handler,
    web::{Data, Path},
};
use ringhook_web::paths;

use crate::{
    access::Member,
    app::App,
    dashboard::fields::refusal,
    domain::{provider_checks, roles::may},
    http::page::{nothing_here, see_other},
    store::ProviderId,
};

/// Asks the network, and shows what it says.
#[handler]
pub async fn ask(
    member: Member<may::SetUp>,
    Path((_, id)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let Ok(id) = id.parse::<ProviderId>() else { return nothing_here() };
    match provider_checks::create(&member.ground, &app.network, member.workspace.id, id).await {
        Ok(_) => see_other(&paths::workspace(&member.workspace.slug, &format!("/providers/{id}"))),
        Err(error) => refusal(error),
    }
}
