//! `POST /w/{workspace}/accounts/{sid}/disconnect`.

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
    domain::{accounts, roles::may},
    http::page::see_other,
};

/// What is entered: the SID, to confirm.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    confirm: String,
}

/// Disconnects the account.
#[handler]
pub async fn disconnect(
    member: Member<may::SetUp>,
    Path((_, sid)): Path<(String, String)>,
    Fields(given): Fields<Given>,
) -> Response {
    if given.confirm.trim() != sid {
        let errors = Errors::one("confirm", "Enter the account’s SID to confirm.");
        return show::again(&member, &sid, ("disconnect", errors), |_| {}).await;
    }
    match accounts::delete(&member.ground, member.workspace.id, &sid).await {
        Ok(()) => {
            let path = paths::workspace(&member.workspace.slug, "/accounts");
            see_other(&format!("{path}?done={}", Notice::AccountDisconnected.word()))
        }
        Err(error) => refusal(error),
    }
}
