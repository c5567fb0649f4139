//! Somebody who is logged in.

use poem::{FromRequest, Request, RequestBody, Result, http::Method};

use super::{Jar, visitor::Visitor};
use crate::{
    domain::{Ground, audit::Actor, people::sessions},
    http::page::{see_other, server_fault},
    store::{sessions::Session, users::User},
};

/// A person, by their session's cookie. Who has none is sent to log in, and back here afterwards.
pub struct Person {
    /// Who.
    pub user: User,
    /// With which session.
    pub session: Session,
    /// The ground, to act on in their name.
    pub ground: Ground,
    /// The request's sender as such.
    pub visitor: Visitor,
}

impl Person {
    /// The person whom the request's cookie names, if it holds.
    ///
    /// # Errors
    /// The page for a failed database.
    pub async fn find(visitor: Visitor) -> Result<std::result::Result<Self, Visitor>> {
        let Some(token) = visitor.cookie(Jar::Session) else { return Ok(Err(visitor)) };
        match sessions::find(&visitor.ground, token).await {
            Ok(Some((session, user))) => {
                let actor = Actor {
                    name: user.email.clone(),
                    user: Some(user.id),
                    address: visitor.from.address.clone(),
                };
                Ok(Ok(Self { ground: visitor.ground.by(actor), user, session, visitor }))
            }
            Ok(None) => Ok(Err(visitor)),
            Err(error) => {
                tracing::error!(%error, "a session could not be looked up");
                Err(poem::Error::from_response(server_fault()))
            }
        }
    }
}

impl<'a> FromRequest<'a> for Person {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let visitor = Visitor::from_request(request, body).await?;
        Self::find(visitor).await?.map_err(|_| poem::Error::from_response(see_other(&login_path(request))))
    }
}

/// Where to log in, and come back from; only a page that was asked for is come back to.
fn login_path(request: &Request) -> String {
    match *request.method() {
        Method::GET => {
            let path = request.original_uri().path_and_query().map_or("/", |path| path.as_str());
            let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            format!("/login?next={next}")
        }
        _ => "/login".into(),
    }
}
