//! `POST /w/{workspace}/bindings/{id}/ring`: a test call to this one device.

use std::sync::Arc;

use poem::{
    Response, handler,
    web::{Data, Path},
};

use super::show;
use crate::{
    access::Member,
    app::App,
    dashboard::{fields::refusal, ringing},
    domain::{bindings, roles::may},
    http::page::{nothing_here, see_other},
    intake::TestCall,
    store::BindingId,
};

/// Rings it, and leads to the call.
#[handler]
pub async fn ring(
    member: Member<may::Ring>,
    Path((_, id)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let Ok(id) = id.parse::<BindingId>() else { return nothing_here() };
    let binding = match bindings::get(&member.ground, member.workspace.id, id).await {
        Ok(binding) => binding,
        Err(error) => return refusal(error),
    };
    let call =
        TestCall { account_sid: binding.account_sid, identity: binding.identity, only: Some(binding.id) };
    let errors = match ringing::ring(app, &member, &call).await {
        Ok(Ok(rung)) => return see_other(&rung.path),
        Ok(Err(errors)) => errors,
        Err(response) => return response,
    };
    show::again(&member, id, |view| view.wrong = ("ring", errors)).await
}
