//! `GET /w/{workspace}/docs`: guides with the workspace's own values.

use poem::{Response, handler, http::StatusCode};
use ringhook_openapi::ProviderKind;
use ringhook_web::pages::{Docs, Here};

use super::{fields::refusal, frame::frame};
use crate::{
    access::Member,
    domain::{Result, accounts, providers, roles::may},
    http::page::page,
};

/// The guides.
#[handler]
pub async fn show(member: Member<may::Look>) -> Response {
    match view(&member).await {
        Ok(view) => page(StatusCode::OK, &view),
        Err(error) => refusal(error),
    }
}

async fn view(member: &Member<may::Look>) -> Result<Docs> {
    let (ground, workspace) = (&member.ground, member.workspace.id);
    let first = accounts::list(ground, workspace, None, 1).await?.into_iter().next();
    let defaults = providers::defaults(ground, workspace).await?;
    Ok(Docs {
        frame: frame(member, Here::Docs),
        public_url: member.visitor.base().to_owned(),
        socket_url: member.visitor.base().replacen("http", "ws", 1),
        workspace_id: workspace.to_string(),
        has_account: first.is_some(),
        account_sid: first.map_or_else(|| "AC…".to_owned(), |known| known.account.account_sid),
        has_fcm: defaults.contains_key(&ProviderKind::Fcm),
        has_apns: defaults.contains_key(&ProviderKind::Apns),
    })
}
