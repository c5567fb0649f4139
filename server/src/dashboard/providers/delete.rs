//! `POST /w/{workspace}/providers/{id}/delete`.

use poem::{Response, handler, web::Path};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;

use super::{change::of_no_field, show};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of, refusal},
    domain::{providers, roles::may},
    http::page::{nothing_here, see_other},
    store::ProviderId,
};

/// What is entered: the name, to confirm.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    confirm: String,
}

/// Deletes the provider, unless bindings ring through it.
#[handler]
pub async fn delete(
    member: Member<may::SetUp>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = id.parse::<ProviderId>() else { return nothing_here() };
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let errors = match providers::get(ground, workspace, id).await {
        Ok(known) if known.name != given.confirm.trim() => {
            Errors::one("confirm", "Enter the provider’s name to confirm.")
        }
        Ok(_) => match providers::delete(ground, workspace, id).await {
            Ok(()) => {
                let path = paths::workspace(&member.workspace.slug, "/providers");
                return see_other(&format!("{path}?done={}", Notice::ProviderDeleted.word()));
            }
            Err(error) => match errors_of(error) {
                Ok(errors) => of_no_field(&errors),
                Err(response) => return response,
            },
        },
        Err(error) => return refusal(error),
    };
    show::again(&member, id, |view| view.wrong = ("delete", errors)).await
}
