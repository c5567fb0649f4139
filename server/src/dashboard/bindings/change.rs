//! `POST /w/{workspace}/bindings/{id}`.

use poem::{Response, handler, web::Path};
use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::bindings::BindingPatch;
use ringhook_web::pages::{Errors, Notice};
use serde::Deserialize;

use super::{of_the_form, show, tags_of};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of, refusal},
    domain::{bindings, roles::may},
    http::page::{nothing_here, see_other},
    store::{BindingId, bindings::Binding},
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    address: String,
    provider_id: String,
    environment: String,
    device_id: String,
    tags: String,
}

/// Empty is none.
fn given(text: &str) -> MaybeUndefined<String> {
    match text.trim() {
        "" => MaybeUndefined::Null,
        text => MaybeUndefined::Value(text.to_owned()),
    }
}

impl Given {
    fn patch(&self, binding: &Binding) -> Result<BindingPatch, Errors> {
        let address = self.address.trim();
        let is_new = binding.address.as_deref().is_some_and(|known| known != address);
        let mut patch = BindingPatch {
            address: is_new.then(|| address.to_owned()),
            device_id: given(&self.device_id),
            tags: MaybeUndefined::Value(tags_of(&self.tags)),
            ..BindingPatch::default()
        };
        if binding.address.is_some() {
            patch.provider_id = given(&self.provider_id);
        }
        if show::is_apns(binding.channel.0) {
            patch.environment = match self.environment.as_str() {
                "" => MaybeUndefined::Null,
                word => {
                    let word = word.parse().map_err(|_| Errors::one("environment", "Choose one."))?;
                    MaybeUndefined::Value(word)
                }
            };
        }
        Ok(patch)
    }
}

/// Keeps what was entered.
#[handler]
pub async fn set(
    member: Member<may::Bind>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = id.parse::<BindingId>() else { return nothing_here() };
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let binding = match bindings::get(ground, workspace, id).await {
        Ok(binding) => binding,
        Err(error) => return refusal(error),
    };
    let errors = match given.patch(&binding) {
        Ok(patch) => match bindings::patch(ground, workspace, id, patch).await {
            Ok(_) => {
                let path = super::path(&member.workspace.slug, id);
                return see_other(&format!("{path}?done={}", Notice::Saved.word()));
            }
            Err(error) => match errors_of(error) {
                Ok(errors) => of_the_form(&errors),
                Err(response) => return response,
            },
        },
        Err(errors) => errors,
    };
    let entered = |view: &mut ringhook_web::pages::BindingPage| {
        view.fields.address = given.address;
        view.fields.device_id = given.device_id;
        view.fields.tags = given.tags;
        view.fields.environments = show::environments(&given.environment);
        view.wrong = ("change", errors);
    };
    show::again(&member, id, entered).await
}
