//! A member of the workspace that the path names, with the power that the action needs.

use std::{marker::PhantomData, ops::Deref};

use poem::{
    FromRequest, Request, RequestBody, Response, Result,
    http::{Method, StatusCode},
};
use ringhook_web::pages::{Doomed, Message};

use super::Person;
use crate::{
    domain::roles::{Power, may::May},
    http::page::{nothing_here, page, see_other, server_fault},
    store::{members::Role, workspaces::Workspace},
};

/// The name of the path's parameter that holds the workspace's slug.
const SLUG: &str = "workspace";

/// A member who may do `P`. To everybody else the workspace does not exist (404); a member who may not gets 403. Under a
/// former slug a page is shown under the new one; a closed workspace shows nothing.
pub struct Member<P> {
    /// Who, with the ground to act on.
    pub person: Person,
    /// The one workspace that this request is about.
    pub workspace: Workspace,
    /// What they are there.
    pub role: Role,
    power: PhantomData<P>,
}

impl<P> Deref for Member<P> {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

impl<P: May> Member<P> {
    /// The member that a request names, of a workspace that may be about to go.
    async fn find(request: &Request, body: &mut RequestBody) -> Result<Self> {
        let person = Person::from_request(request, body).await?;
        let slug = request.raw_path_param(SLUG).unwrap_or_default().to_owned();
        let refuse = |response| Err(poem::Error::from_response(response));
        let found = async {
            let mut conn = person.ground.store.engine().read().await?;
            conn.member_by_slug(person.user.id, &slug).await
        };
        let (workspace, role) = match found.await {
            Ok(Some(found)) => found,
            Ok(None) => return refuse(nothing_here()),
            Err(error) => {
                tracing::error!(%error, "a membership could not be looked up");
                return refuse(server_fault());
            }
        };
        if workspace.disabled_at.is_some() {
            return refuse(page(StatusCode::FORBIDDEN, &Message::workspace_disabled(&workspace.name)));
        }
        if workspace.slug != slug && *request.method() == Method::GET {
            let path = request.original_uri().path_and_query().map_or("", |path| path.as_str());
            let path = path.replacen(&format!("/w/{slug}"), &format!("/w/{}", workspace.slug), 1);
            return refuse(see_other(&path));
        }
        let member = Self { person, workspace, role, power: PhantomData };
        match member.role.may(P::POWER) {
            true => Ok(member),
            false => refuse(member.refused()),
        }
    }

    /// What a member sees who may not.
    fn refused(&self) -> Response {
        let view = Message::forbidden(self.role.as_str(), P::POWER.words());
        self.doomed().unwrap_or_else(|| page(StatusCode::FORBIDDEN, &view))
    }

    /// What a member sees of a workspace that is about to go.
    fn doomed(&self) -> Option<Response> {
        let deletes_at = self.workspace.deletes_at?;
        let view = Doomed {
            name: self.workspace.name.clone(),
            slug: self.workspace.slug.clone(),
            deletes_at: deletes_at.utc().to_rfc3339(),
            owns: self.role.may(Power::Own),
        };
        Some(page(StatusCode::FORBIDDEN, &view))
    }
}

impl<'a, P: May> FromRequest<'a> for Member<P> {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let member = Self::find(request, body).await?;
        match member.doomed() {
            None => Ok(member),
            Some(response) => Err(poem::Error::from_response(response)),
        }
    }
}

/// A member who may do `P`, also of a workspace that is about to go: to restore it.
pub struct Keeper<P>(pub Member<P>);

impl<'a, P: May> FromRequest<'a> for Keeper<P> {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        Ok(Self(Member::find(request, body).await?))
    }
}
