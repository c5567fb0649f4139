//! `GET /w/{workspace}/providers/{id}`.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Path, Query},
};
use ringhook_openapi::ProviderStatus;
use ringhook_web::pages::{Errors, Frame, Here, Notice, ProviderFields, ProviderPage};
use serde_json::Value;

use crate::{
    access::Member,
    dashboard::{calls::advice, fields::refusal, frame::frame, workspaces::list::Asked},
    domain::{
        Result, providers,
        roles::{Power, may},
    },
    http::page::{nothing_here, page},
    store::{ProviderId, providers::Provider},
};

/// The provider.
#[handler]
pub async fn show(
    member: Member<may::Look>,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let Ok(id) = id.parse::<ProviderId>() else { return nothing_here() };
    match view(&member, id).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &ProviderPage { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

/// The page again, with what was entered into a form, and what was wrong with it.
pub(super) async fn again<P>(
    member: &Member<P>,
    id: ProviderId,
    entered: impl FnOnce(&mut ProviderPage),
) -> Response {
    match view(member, id).await {
        Ok(mut view) => {
            entered(&mut view);
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(error) => refusal(error),
    }
}

async fn view<P>(member: &Member<P>, id: ProviderId) -> Result<ProviderPage> {
    let provider = providers::get(&member.ground, member.workspace.id, id).await?;
    let fact = |key: &str| provider.facts.0.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(ProviderPage {
        frame: frame(member, Here::Providers),
        provider: super::row(&member.workspace.slug, &provider),
        kind: provider.kind.0.as_str(),
        name: provider.name.clone(),
        fields: ProviderFields {
            name: String::new(),
            key_id: fact("key_id"),
            team_id: fact("team_id"),
            bundle_id: fact("bundle_id"),
        },
        environments: super::environments(provider.environment.0.as_str()),
        aps: aps(&provider),
        advice: failing(&provider),
        refused: String::new(),
        may_set_up: member.role.may(Power::SetUp),
        wrong: ("", Errors::default()),
    })
}

/// The `aps` that is set, readable.
fn aps(provider: &Provider) -> String {
    let aps = provider.settings.0.get("aps").filter(|aps| !aps.is_null());
    aps.and_then(|aps| serde_json::to_string_pretty(aps).ok()).unwrap_or_default()
}

/// What the network's word means, which begins the reason.
fn failing(provider: &Provider) -> Option<advice::Advice> {
    let reason =
        provider.status_reason.as_deref().filter(|_| provider.status.0 == ProviderStatus::Failing)?;
    let word = reason.split([':', ' ']).next();
    advice::of(None, word)
}
