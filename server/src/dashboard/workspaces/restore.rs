//! `POST /w/{workspace}/restore`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};

use crate::{
    access::Keeper,
    dashboard::fields::refusal,
    domain::{closing, roles::may},
    http::page::see_other,
};

/// Opens the workspace again.
#[handler]
pub async fn restore(Keeper(owner): Keeper<may::Own>) -> Response {
    match closing::restore(&owner.ground, owner.workspace.id).await {
        Ok(()) => {
            let path = paths::workspace(&owner.workspace.slug, "");
            see_other(&format!("{path}?done={}", Notice::Restored.word()))
        }
        Err(error) => refusal(error),
    }
}
