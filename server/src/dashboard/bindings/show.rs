//! `GET /w/{workspace}/bindings/{id}`.

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Path, Query},
};
use ringhook_openapi::{Channel, Environment};
use ringhook_web::pages::{BindingFields, BindingPage, Choice, Errors, Frame, Here, Notice};

use super::{CHOICES, accounts_of, is_active, row, tags};
use crate::{
    access::Member,
    dashboard::{fields::refusal, frame::frame, words, workspaces::list::Asked},
    domain::{
        Result, bindings, providers,
        roles::{Power, may},
    },
    http::page::{nothing_here, page},
    store::{BindingId, bindings::Binding},
};

/// The binding.
#[handler]
pub async fn show(
    member: Member<may::Look>,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let Ok(id) = id.parse::<BindingId>() else { return nothing_here() };
    match view(&member, id).await {
        Ok(view) => {
            let frame = Frame { notice: Notice::of(&asked.done), ..view.frame };
            page(StatusCode::OK, &BindingPage { frame, ..view })
        }
        Err(error) => refusal(error),
    }
}

/// The page again, with what was entered into a form, and what was wrong with it.
pub(super) async fn again<P>(
    member: &Member<P>,
    id: BindingId,
    entered: impl FnOnce(&mut BindingPage),
) -> Response {
    match view(member, id).await {
        Ok(mut view) => {
            entered(&mut view);
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(error) => refusal(error),
    }
}

async fn view<P>(member: &Member<P>, id: BindingId) -> Result<BindingPage> {
    let binding = bindings::get(&member.ground, member.workspace.id, id).await?;
    let accounts = accounts_of(member).await?;
    let (now, may_bind) = (member.ground.clock.now(), member.role.may(Power::Bind));
    Ok(BindingPage {
        frame: frame(member, Here::Bindings),
        binding: row(&member.workspace.slug, &accounts, &binding, now),
        fields: fields(member, &binding).await?,
        account_sid: binding.account_sid.clone(),
        address: binding.address.clone().filter(|_| may_bind),
        times: times(&binding),
        is_active: is_active(&binding, now),
        is_apns: is_apns(binding.channel.0),
        has_address: binding.address.is_some(),
        may_bind,
        wrong: ("", Errors::default()),
    })
}

pub(super) const fn is_apns(channel: Channel) -> bool {
    matches!(channel, Channel::Apns | Channel::ApnsVoip)
}

async fn fields<P>(member: &Member<P>, binding: &Binding) -> Result<BindingFields> {
    let all = providers::list(&member.ground, member.workspace.id, None, CHOICES).await?;
    let serving = all.into_iter().filter(|row| Some(row.kind.0) == binding.channel.0.provider_kind());
    let choice = |row: crate::store::providers::Provider| {
        (row.id.to_string(), row.name, Some(row.id) == binding.provider_id)
    };
    Ok(BindingFields {
        address: binding.address.clone().unwrap_or_default(),
        device_id: binding.device_id.clone().unwrap_or_default(),
        tags: tags(binding).join(", "),
        providers: serving.map(choice).collect(),
        environments: environments(binding.environment.as_ref().map_or("", |word| word.0.as_str())),
        ..BindingFields::default()
    })
}

/// Apple's environments, and the provider's own choice.
pub(super) fn environments(chosen: &str) -> Vec<Choice> {
    let provider = Choice { value: String::new(), words: "As its provider says", chosen: chosen.is_empty() };
    let named = Environment::ALL.iter().map(|environment| Choice {
        value: environment.to_string(),
        words: match environment {
            Environment::Production => "Production: App Store and TestFlight",
            Environment::Sandbox => "Sandbox: builds from Xcode",
        },
        chosen: environment.as_str() == chosen,
    });
    std::iter::once(provider).chain(named).collect()
}

fn times(binding: &Binding) -> Vec<(&'static str, String)> {
    let all = [
        ("Registered", Some(binding.registered_at)),
        ("Last rung", binding.last_notified_at),
        ("Last accepted", binding.last_accepted_at),
        ("Inactive since", binding.inactive_at),
        ("Expires", binding.expires_at),
    ];
    all.into_iter().filter_map(|(label, at)| Some((label, words::time(at?)))).collect()
}
