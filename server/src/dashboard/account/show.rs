//! `GET /account`.

use poem::{Response, handler, http::StatusCode, web::Query};
use ringhook_web::pages::{Account, Errors, Frame, Here, Notice, PasskeyRow, SessionRow};

use super::device;
use crate::{
    access::Person,
    dashboard::{
        fields::{errors_of, refusal},
        workspaces::list::Asked,
    },
    domain::{
        DomainError,
        people::{oidc, passkeys, recovery, sessions},
    },
    http::page::page,
    store::{passkeys::Passkey, sessions::Session},
};

/// The page.
#[handler]
pub async fn show(person: Person, Query(asked): Query<Asked>) -> Response {
    render(&person, StatusCode::OK, |view| view.frame.notice = Notice::of(&asked.done)).await
}

/// The page again, with what was wrong with one of its forms.
pub(in crate::dashboard::account) async fn again(
    person: &Person,
    form: &'static str,
    email: &str,
    error: DomainError,
) -> Response {
    match errors_of(error) {
        Ok(errors) => {
            let with = |view: &mut Account| {
                view.wrong = (form, errors);
                view.new_email = email.to_owned();
            };
            render(person, StatusCode::UNPROCESSABLE_ENTITY, with).await
        }
        Err(response) => response,
    }
}

async fn render(person: &Person, status: StatusCode, with: impl FnOnce(&mut Account)) -> Response {
    let found = async {
        let sessions = sessions::of(&person.ground, &person.user).await?;
        let codes = match person.user.totp_secret {
            Some(_) => Some(recovery::left(&person.ground, &person.user).await?),
            None => None,
        };
        let linked = match &person.visitor.app.config.oidc {
            Some(provider) => oidc::is_linked(&person.ground, &person.user, &provider.issuer).await?,
            None => false,
        };
        Ok((sessions, codes, passkeys::list(&person.ground, &person.user).await?, linked))
    };
    let (found, recovery_codes, keys, linked) = match found.await {
        Ok(found) => found,
        Err(error) => return refusal(error),
    };
    let mut view = Account {
        frame: Frame::personal(&person.user.email, Here::Account),
        wrong: ("", Errors::default()),
        new_email: String::new(),
        has_password: person.user.password_hash.is_some(),
        recovery_codes,
        oidc: person.visitor.oidc_name().map(|name| (name, linked)),
        passkeys: person.visitor.app.passkeys.as_ref().map(|_| keys.iter().map(passkey).collect()),
        sessions: found.iter().map(|session| row(session, &person.session)).collect(),
    };
    with(&mut view);
    page(status, &view)
}

fn row(session: &Session, current: &Session) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        device: device::name(&session.device),
        address: session.address.clone(),
        since: session.created_at.utc().to_rfc3339(),
        seen: session.last_seen_at.utc().to_rfc3339(),
        current: session.id == current.id,
    }
}

fn passkey(passkey: &Passkey) -> PasskeyRow {
    PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name.clone(),
        since: passkey.created_at.utc().to_rfc3339(),
        used: passkey.last_used_at.map(|at| at.utc().to_rfc3339()),
    }
}
