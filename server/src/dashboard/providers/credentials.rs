//! `POST /w/{workspace}/providers/{id}/credentials`: new ones, without a gap. Calls go on with the old ones until the
//! network has taken the new.

use std::sync::Arc;

use poem::{
    Response, handler,
    web::{Data, Path},
};
use ringhook_openapi::{providers::ProviderPatch, values::Credentials};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};

use super::{Given, of_the_form, show};
use crate::{
    access::Member,
    app::App,
    dashboard::fields::{Fields, errors_of},
    domain::{Result, provider_checks, providers, roles::may},
    http::page::{nothing_here, see_other},
    store::ProviderId,
};

/// Replaces the credentials.
#[handler]
pub async fn replace(
    member: Member<may::SetUp>,
    Path((_, id)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
    Fields(given): Fields<Given>,
) -> Response {
    let Ok(id) = id.parse::<ProviderId>() else { return nothing_here() };
    let (refused, errors) = match replace_checked(&member, app, id, &given).await {
        Ok(None) => {
            let path = paths::workspace(&member.workspace.slug, &format!("/providers/{id}"));
            return see_other(&format!("{path}?done={}", Notice::Saved.word()));
        }
        Ok(Some(refused)) => (refused, Errors::default()),
        Err(error) => match errors_of(error) {
            Ok(errors) => (String::new(), of_the_form(&errors)),
            Err(response) => return response,
        },
    };
    let entered = |view: &mut ringhook_web::pages::ProviderPage| {
        view.fields = given.fields();
        view.refused = refused;
        view.wrong = ("credentials", errors);
    };
    show::again(&member, id, entered).await
}

/// What the network said against them, if anything.
async fn replace_checked(
    member: &Member<may::SetUp>,
    app: &App,
    id: ProviderId,
    given: &Given,
) -> Result<Option<String>> {
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let kind = providers::get(ground, workspace, id).await?.kind.0;
    let patch = || ProviderPatch {
        credentials: Some(Credentials::new(given.credentials(kind))),
        ..ProviderPatch::default()
    };
    let draft = providers::draft_patched(ground, workspace, id, patch()).await?;
    if !given.is_anyway() {
        let (_, reason) = provider_checks::ask(ground, &app.network, &draft).await?;
        if reason.is_some() {
            return Ok(reason);
        }
    }
    providers::patch(ground, workspace, id, patch()).await?;
    provider_checks::create(ground, &app.network, workspace, id).await?;
    Ok(None)
}
