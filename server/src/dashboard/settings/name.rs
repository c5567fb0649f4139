//! `POST /w/{workspace}/settings/name`.

use poem::{Response, handler};
use ringhook_web::{pages::Notice, paths};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::Member,
    dashboard::fields::{Fields, errors_of},
    domain::{roles::may, settings},
    http::page::see_other,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
    slug: String,
}

/// Renames the workspace, and leads to where it is now.
#[handler]
pub async fn rename(member: Member<may::Configure>, Fields(given): Fields<Given>) -> Response {
    match settings::rename(&member.ground, member.workspace.id, &given.name, &given.slug).await {
        Ok(row) => {
            let path = paths::workspace(&row.slug, "/settings");
            see_other(&format!("{path}?done={}", Notice::Saved.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                again(&member, ("name", errors), |view| {
                    (view.name, view.slug) = (given.name, given.slug);
                })
                .await
            }
            Err(response) => response,
        },
    }
}
