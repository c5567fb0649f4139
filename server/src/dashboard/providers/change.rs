//! `POST /w/{workspace}/providers/{id}`.

use poem::{Response, handler, web::Path};
use poem_openapi::types::MaybeUndefined;
use ringhook_openapi::{ProviderKind, providers::ProviderPatch, values::JsonObject};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{environments, of_the_form, show};
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of, refusal},
    domain::{DomainError, Result, providers, roles::may},
    http::page::{nothing_here, see_other},
    store::ProviderId,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
    environment: String,
    aps: String,
    is_default: String,
}

impl Given {
    fn patch(&self, kind: ProviderKind) -> Result<ProviderPatch> {
        let mut patch = ProviderPatch { name: Some(self.name.clone()), ..ProviderPatch::default() };
        if !self.is_default.is_empty() {
            patch.is_default = Some(true);
        }
        if kind != ProviderKind::Apns {
            return Ok(patch);
        }
        let environment = self.environment.parse();
        let environment = environment.map_err(|_| DomainError::invalid("/environment", "Choose one."))?;
        patch.environment = MaybeUndefined::Value(environment);
        let aps = match self.aps.trim() {
            "" => Value::Null,
            aps => serde_json::from_str(aps)
                .map_err(|fault| DomainError::invalid("/aps", format!("is no JSON: {fault}")))?,
        };
        patch.settings = MaybeUndefined::Value(JsonObject(Map::from_iter([("aps".to_owned(), aps)])));
        Ok(patch)
    }
}

/// Keeps name, environment and settings.
#[handler]
pub async fn set(
    member: Member<may::SetUp>,
    Path((_, id)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = id.parse::<ProviderId>() else { return nothing_here() };
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let known = match providers::get(ground, workspace, id).await {
        Ok(known) => known,
        Err(error) => return refusal(error),
    };
    let set = match given.patch(known.kind.0) {
        Ok(patch) => providers::patch(ground, workspace, id, patch).await.map(drop),
        Err(error) => Err(error),
    };
    let errors = match set {
        Ok(()) => {
            let path = paths::workspace(&member.workspace.slug, &format!("/providers/{id}"));
            return see_other(&format!("{path}?done={}", Notice::Saved.word()));
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => of_the_form(&errors),
            Err(response) => return response,
        },
    };
    let entered = |view: &mut ringhook_web::pages::ProviderPage| {
        view.environments = environments(&given.environment);
        view.name = given.name;
        view.aps = given.aps;
        view.wrong = ("details", errors);
    };
    show::again(&member, id, entered).await
}

/// What no form shows beside a field.
pub(super) fn of_no_field(errors: &Errors) -> Errors {
    let details: Vec<&str> = errors.iter().map(|(_, detail)| detail).collect();
    Errors::one("form", details.join(" "))
}
