//! `/w/{workspace}/delete`.

use poem::{Response, handler, http::StatusCode};
use ringhook_web::{
    pages::{DeleteWorkspace, Errors, Here, Notice},
    paths,
};
use serde::Deserialize;

use crate::{
    access::Member,
    dashboard::{
        fields::{Fields, errors_of},
        frame::frame,
        people::guarded,
    },
    domain::{Result, closing, people::account, roles::may},
    http::page::{page, see_other},
};

fn view(owner: &Member<may::Own>, errors: Errors) -> DeleteWorkspace {
    DeleteWorkspace {
        frame: frame(owner, Here::Settings),
        days: closing::GRACE.as_secs() / 86_400,
        has_password: owner.user.password_hash.is_some(),
        errors,
    }
}

/// The form.
#[handler]
pub fn form(owner: Member<may::Own>) -> Response {
    page(StatusCode::OK, &view(&owner, Errors::default()))
}

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
    current_password: String,
}

async fn close(owner: &Member<may::Own>, given: Given) -> Result<()> {
    account::confirm(&owner.ground, &owner.user, &owner.session, given.current_password).await?;
    closing::delete(&owner.ground, &owner.workspace, &owner.user, &given.name).await
}

/// Closes the workspace.
#[handler]
pub async fn delete(owner: Member<may::Own>, Fields(given): Fields<Given>) -> Response {
    if let Some(refused) = guarded(&owner) {
        return refused;
    }
    match close(&owner, given).await {
        Ok(()) => {
            owner.visitor.app.mailer.wake();
            see_other(&format!("{}?done={}", paths::WORKSPACES, Notice::WorkspaceDeleted.word()))
        }
        Err(error) => match errors_of(error) {
            Ok(errors) => page(StatusCode::UNPROCESSABLE_ENTITY, &view(&owner, errors)),
            Err(response) => response,
        },
    }
}
