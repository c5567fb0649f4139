//! `/invitations/{token}`: for whoever follows an invitation's link.

use poem::{Response, handler, http::StatusCode, web::Path};
use ringhook_web::{
    pages::{Errors, InvitationPage, Message, Notice, Welcome},
    paths,
};
use serde::Deserialize;

use crate::{
    access::{Person, Visitor, throttle::Attempt},
    config::Signup as Rule,
    dashboard::{
        fields::{Fields, errors_of, refusal},
        people::entry,
    },
    domain::{DomainError, Ground, audit::Actor, invitations},
    http::page::{page, see_other},
    store::{invitations::Invitation, users::User, workspaces::Workspace},
};

fn gone() -> Response {
    page(StatusCode::NOT_FOUND, &Message::link_gone(("Your workspaces", paths::WORKSPACES)))
}

/// Somebody at the link: who they are, and what it leads to.
struct Guest {
    visitor: Visitor,
    ground: Ground,
    reader: Option<User>,
    invitation: Invitation,
    workspace: Workspace,
}

impl Guest {
    async fn find(visitor: Visitor, token: &str) -> Result<Self, Response> {
        if !visitor.throttle().admits(Attempt::Code, &visitor.from.address, "") {
            return Err(page(StatusCode::TOO_MANY_REQUESTS, &Message::slow_down()));
        }
        let found = invitations::of_link(&visitor.ground, token).await.map_err(refusal)?;
        let (invitation, workspace) = found.ok_or_else(gone)?;
        let (visitor, ground, reader) =
            match Person::find(visitor).await.map_err(poem::Error::into_response)? {
                Ok(person) => (person.visitor, person.ground, Some(person.user)),
                Err(visitor) => {
                    let name = format!("{} (invited)", invitation.email);
                    let ground = visitor.ground.by(Actor { name, ..(*visitor.ground.actor).clone() });
                    (visitor, ground, None)
                }
            };
        Ok(Self { visitor, ground, reader, invitation, workspace })
    }

    async fn welcome(&self) -> crate::domain::Result<Welcome> {
        Ok(match &self.reader {
            Some(reader) if reader.email == self.invitation.email => Welcome::Join,
            Some(_) => Welcome::LogOut,
            None if invitations::has_account(&self.ground, &self.invitation).await? => Welcome::LogIn,
            None if self.visitor.app.config.signup == Rule::Closed => Welcome::Closed,
            None => Welcome::SignUp,
        })
    }

    fn answer(self, status: StatusCode, token: String, welcome: Welcome, errors: Errors) -> Response {
        let view = InvitationPage {
            token,
            workspace: self.workspace.name,
            invited_by: self.invitation.invited_by,
            role: self.invitation.role.0.as_str(),
            email: self.invitation.email,
            reader: self.reader.map(|reader| reader.email).unwrap_or_default(),
            welcome,
            errors,
        };
        page(status, &view)
    }
}

/// What the link asks.
#[handler]
pub async fn form(visitor: Visitor, Path(token): Path<String>) -> Response {
    let guest = match Guest::find(visitor, &token).await {
        Ok(guest) => guest,
        Err(response) => return response,
    };
    match guest.welcome().await {
        Ok(welcome) => guest.answer(StatusCode::OK, token, welcome, Errors::default()),
        Err(error) => refusal(error),
    }
}

/// What is entered by who is new.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Given {
    password: String,
}

/// Joins.
#[handler]
pub async fn accept(visitor: Visitor, Path(token): Path<String>, Fields(given): Fields<Given>) -> Response {
    let guest = match Guest::find(visitor, &token).await {
        Ok(guest) => guest,
        Err(response) => return response,
    };
    let ground = &guest.ground;
    let joined = |slug: &str| format!("{}?done={}", paths::workspace(slug, ""), Notice::Joined.word());
    let welcome = match guest.welcome().await {
        Ok(welcome) => welcome,
        Err(error) => return refusal(error),
    };
    let error = match (welcome, &guest.reader) {
        (Welcome::Join, Some(reader)) => match invitations::accept(ground, &token, reader).await {
            Ok(slug) => return see_other(&joined(&slug)),
            Err(error) => error,
        },
        (Welcome::SignUp, _) => match invitations::accept_new(ground, &token, given.password).await {
            Ok((user, slug)) => return entry::enter(&guest.visitor, &user, &joined(&slug)).await,
            Err(error) => error,
        },
        (welcome, _) => return guest.answer(StatusCode::FORBIDDEN, token, welcome, Errors::default()),
    };
    match error {
        DomainError::NotFound(_) => gone(),
        error => match errors_of(error) {
            Ok(errors) => guest.answer(StatusCode::UNPROCESSABLE_ENTITY, token, welcome, errors),
            Err(response) => response,
        },
    }
}
