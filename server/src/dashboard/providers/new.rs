//! `/w/{workspace}/providers/new/{kind}`: the network is asked before anything is kept.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use ringhook_openapi::{
    ProviderKind,
    providers::NewProvider as New,
    values::{Credentials, JsonObject},
};
use ringhook_web::pages::{Errors, Here, NewProvider, Notice};

use super::{Given, environments, of_the_form};
use crate::{
    access::Member,
    app::App,
    dashboard::{
        fields::{Fields, errors_of},
        frame::frame,
        words,
    },
    domain::{DomainError, Result, credentials, provider_checks, providers, roles::may},
    http::page::{nothing_here, page, see_other},
};

fn kind_of(kind: &str) -> Option<ProviderKind> {
    kind.parse().ok().filter(|kind| credentials::is_supported(*kind))
}

fn view(
    member: &Member<may::SetUp>,
    kind: ProviderKind,
    given: &Given,
    (refused, errors): (String, Errors),
) -> NewProvider {
    NewProvider {
        frame: frame(member, Here::Providers),
        kind: kind.as_str(),
        network: words::kind(kind),
        fields: given.fields(),
        environments: environments(&given.environment),
        refused,
        errors,
    }
}

/// The form.
#[handler]
pub fn form(member: Member<may::SetUp>, Path((_, kind)): Path<(String, String)>) -> Response {
    match kind_of(&kind) {
        Some(kind) => {
            page(StatusCode::OK, &view(&member, kind, &Given::default(), (String::new(), Errors::default())))
        }
        None => nothing_here(),
    }
}

/// Checks the credentials with the network, and sets the provider up.
#[handler]
pub async fn make(
    member: Member<may::SetUp>,
    Path((_, kind)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
    Fields(given): Fields<Given>,
) -> Response {
    let Some(kind) = kind_of(&kind) else { return nothing_here() };
    let wrong = match make_checked(&member, app, kind, &given).await {
        Ok(Ok(path)) => return see_other(&format!("{path}?done={}", Notice::ProviderMade.word())),
        Ok(Err(refused)) => (refused, Errors::default()),
        Err(error) => match errors_of(error) {
            Ok(errors) => (String::new(), of_the_form(&errors)),
            Err(response) => return response,
        },
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view(&member, kind, &given, wrong))
}

/// The path of what was made, or what the network said against it.
async fn make_checked(
    member: &Member<may::SetUp>,
    app: &App,
    kind: ProviderKind,
    given: &Given,
) -> Result<std::result::Result<String, String>> {
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let new = || new_of(kind, given);
    let draft = providers::draft(ground, workspace, new()?)?;
    if !given.is_anyway() {
        let (_, reason) = provider_checks::ask(ground, &app.network, &draft).await?;
        if let Some(reason) = reason {
            return Ok(Err(reason));
        }
    }
    let made = providers::create(ground, workspace, new()?).await?;
    // Asked once more, of what is kept: so its page says what the network says of it now.
    provider_checks::create(ground, &app.network, workspace, made.id).await?;
    Ok(Ok(super::path(&member.workspace.slug, &made)))
}

fn new_of(kind: ProviderKind, given: &Given) -> Result<New> {
    let environment = match kind {
        ProviderKind::Apns if !given.environment.is_empty() => {
            let parsed = given.environment.parse();
            Some(parsed.map_err(|_| DomainError::invalid("/environment", "Choose one."))?)
        }
        _ => None,
    };
    let name = Some(given.name.trim().to_owned()).filter(|name| !name.is_empty());
    Ok(New {
        kind,
        name: name.or_else(|| Some(words::kind(kind).to_owned())),
        is_default: None,
        environment,
        settings: JsonObject::default(),
        credentials: Some(Credentials::new(given.credentials(kind))),
    })
}
