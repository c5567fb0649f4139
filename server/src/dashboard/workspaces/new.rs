//! `/workspaces/new`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Errors, Frame, Here, NewWorkspace, Notice},
    paths,
};
use serde::Deserialize;

use super::list::Asked;
use crate::{
    access::Person,
    dashboard::fields::{Fields, errors_of},
    domain::workspaces,
    http::page::{page, see_other},
};

/// The form.
#[handler]
pub fn form(person: Person, Query(asked): Query<Asked>) -> Response {
    let notice = Notice::of(&asked.done);
    let frame = Frame { notice, ..Frame::personal(&person.user.email, Here::Elsewhere) };
    let view =
        NewWorkspace { frame, name: String::new(), errors: Errors::default(), first: notice.is_some() };
    page(StatusCode::OK, &view)
}

/// What is entered.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    name: String,
}

/// Makes it.
#[handler]
pub async fn make(person: Person, Fields(given): Fields<Given>) -> Response {
    match workspaces::create(&person.ground, &given.name, &person.user).await {
        Ok(workspace) => see_other(&paths::workspace(&workspace.slug, "")),
        Err(error) => match errors_of(error) {
            Ok(errors) => {
                let frame = Frame::personal(&person.user.email, Here::Elsewhere);
                let view = NewWorkspace { frame, name: given.name, errors, first: false };
                page(StatusCode::UNPROCESSABLE_ENTITY, &view)
            }
            Err(response) => response,
        },
    }
}
