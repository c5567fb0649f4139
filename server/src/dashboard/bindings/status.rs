//! `POST /w/{workspace}/bindings/{id}/activate` and `…/deactivate`.

use poem::{Response, handler, web::Path};
use ringhook_openapi::{BindingStatus, bindings::BindingPatch};
use ringhook_web::pages::Notice;

use super::{of_the_form, show};
use crate::{
    access::Member,
    dashboard::fields::errors_of,
    domain::{bindings, roles::may},
    http::page::{nothing_here, see_other},
    store::BindingId,
};

/// Lets it ring again.
#[handler]
pub async fn activate(member: Member<may::Bind>, Path((_, id)): Path<(String, String)>) -> Response {
    set(&member, &id, BindingStatus::Active).await
}

/// Stops it from ringing.
#[handler]
pub async fn deactivate(member: Member<may::Bind>, Path((_, id)): Path<(String, String)>) -> Response {
    set(&member, &id, BindingStatus::Inactive).await
}

async fn set(member: &Member<may::Bind>, id: &str, status: BindingStatus) -> Response {
    let Ok(id) = id.parse::<BindingId>() else { return nothing_here() };
    let patch = BindingPatch { status: Some(status), ..BindingPatch::default() };
    match bindings::patch(&member.ground, member.workspace.id, id, patch).await {
        Ok(_) => {
            let path = super::path(&member.workspace.slug, id);
            see_other(&format!("{path}?done={}", Notice::Saved.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let errors = of_the_form(&errors);
                show::again(member, id, |view| view.wrong = ("ring", errors)).await
            }
            Err(response) => response,
        },
    }
}
