//! `GET /workspaces`: where one comes after logging in.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::{
    pages::{Frame, Here, Membership, Notice, WorkspaceList},
    paths,
};
use serde::Deserialize;

use crate::{
    access::Person,
    dashboard::fields::refusal,
    domain::workspaces,
    http::page::{page, see_other},
};

/// What was just done.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    pub done: String,
}

/// The list; who has none is led to a first one, unless they were here before.
#[handler]
pub async fn show(person: Person, Query(asked): Query<Asked>) -> Response {
    let found = match workspaces::of_person(&person.ground, &person.user).await {
        Ok(found) => found,
        Err(error) => return refusal(error),
    };
    let notice = Notice::of(&asked.done);
    if found.is_empty() && notice == Some(Notice::Welcome) {
        return see_other(&format!("{}?done={}", paths::NEW_WORKSPACE, asked.done));
    }
    let workspaces = found.into_iter().map(|(workspace, role)| Membership {
        role: if workspace.is_closed() { "closed" } else { role.as_str() },
        name: workspace.name,
        slug: workspace.slug,
    });
    let frame = Frame { notice, ..Frame::personal(&person.user.email, Here::Elsewhere) };
    page(StatusCode::OK, &WorkspaceList { frame, workspaces: workspaces.collect() })
}
