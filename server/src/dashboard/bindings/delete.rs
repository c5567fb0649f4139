//! `POST /w/{workspace}/bindings/{id}/delete`.

use poem::{Response, handler, web::Path};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;

use super::show;
use crate::{
    access::Member,
    dashboard::fields::{Fields, refusal},
    domain::{bindings, roles::may},
    http::page::{nothing_here, see_other},
    store::BindingId,
};

/// What is entered: the identity, to confirm.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    confirm: String,
}

/// Deletes the binding.
#[handler]
pub async fn delete(
    member: Member<may::Bind>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = id.parse::<BindingId>() else { return nothing_here() };
    let (ground, workspace) = (&member.ground, member.workspace.id);
    match bindings::get(ground, workspace, id).await {
        Ok(binding) if binding.identity != given.confirm.trim() => {
            let errors = Errors::one("confirm", "Enter the identity to confirm.");
            return show::again(&member, id, |view| view.wrong = ("delete", errors)).await;
        }
        Ok(_) => {}
        Err(error) => return refusal(error),
    }
    match bindings::delete(ground, workspace, id).await {
        Ok(()) => {
            let path = paths::workspace(&member.workspace.slug, "/bindings");
            see_other(&format!("{path}?done={}", Notice::BindingDeleted.word()))
        }
        Err(error) => refusal(error),
    }
}
