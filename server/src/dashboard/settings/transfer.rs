//! `POST /w/{workspace}/settings/transfer`.

use poem::{Response, handler};
use ringhook_web::{
    pages::{Errors, Notice},
    paths,
};
use serde::Deserialize;

use super::show::again;
use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of},
        people::guarded,
    },
    domain::{DomainError, Result, members, people::account, roles::may},
    http::page::see_other,
    store::UserId,
};

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    member: String,
    current_password: String,
}

async fn hand_over(owner: &Member<may::Own>, given: Given) -> Result<()> {
    let nobody = |_| DomainError::invalid("/member", "Choose a member of this workspace.");
    let heir = given.member.parse::<UserId>().map_err(nobody)?;
    account::confirm(&owner.ground, &owner.user, &owner.session, given.current_password).await?;
    members::transfer(&owner.ground, &owner.workspace, &owner.user, heir).await
}

/// Makes another member the owner.
#[handler]
pub async fn transfer(owner: Member<may::Own>, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&owner) {
        return refused;
    }
    let errors: Errors = match hand_over(&owner, given).await {
        Ok(()) => {
            owner.visitor.app.mailer.wake();
            let path = paths::workspace(&owner.workspace.slug, "/settings");
            return see_other(&format!("{path}?done={}", Notice::Transferred.word()));
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => errors,
            Err(response) => return response,
        },
    };
    again(&owner, ("transfer", errors), |_| {}).await
}
